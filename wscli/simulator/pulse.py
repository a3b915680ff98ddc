"""Signs of life on one connection: heartbeats, pings that want a reply, answers to the client's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wscli.model.instant import Instant
from wscli.model.lengths import Told
from wscli.model.message import MISSING, SHOWN, Role
from wscli.model.profile import Profile
from wscli.simulator.naming import says_answer
from wscli.simulator.parts import Part
from wscli.simulator.shapes import Shape

_BEAT: Final = 5.0  # seconds between two beats, where the profile allows as many
_LEAST_BEAT: Final = 0.01
_BEATS_IN_SILENCE: Final = 3
_PATIENCE: Final = 3  # beats without a reply before the client counts as gone


class Pulse:
    """Everything given back is a value to send. ``interval``: seconds between two beats, well
    within the silence that ends the client's patience.
    """

    def __init__(self, profile: Profile, parts: Mapping[str, Part]) -> None:
        keepalive = profile.keepalive
        silence = keepalive.silence
        least = silence.most if isinstance(silence, Told) else silence.least if silence else None
        most = _BEAT if least is None else least / _BEATS_IN_SILENCE
        self.interval = max(_LEAST_BEAT, min(_BEAT, most))
        ping = keepalive.ping
        self._ping = None if ping is None or ping.send is MISSING else Shape(ping.send)
        speaking = [part for part in parts.values() if part.rule.examples]
        answers = ping.expect if ping else ()
        self._answers = [part for part in speaking if part.rule.name in answers]
        replying = [part for part in speaking if part.rule.reply is not MISSING]
        self._replies = {part.rule.name: Shape(part.rule.reply) for part in replying}
        self._pings = [part for part in replying if part.rule.role not in SHOWN]
        self._unanswered = {part.rule.name: 0 for part in self._pings}
        self._beats = [
            part
            for part in speaking
            if part.rule.role is Role.HEARTBEAT
            and part.rule.name not in answers
            and part.rule.reply is MISSING
            and not says_answer(part.rule.name)
        ]

    @property
    def stopped(self) -> bool:
        """Whether the client left so many pings without a reply that it counts as gone."""
        return any(count >= _PATIENCE for count in self._unanswered.values())

    def beat(self, now: Instant) -> list[Any]:
        """Give what is sent with one beat: each heartbeat, and each ping that wants a reply."""
        for name in self._unanswered:
            self._unanswered[name] += 1
        return [part.fresh(0, now) for part in (*self._beats, *self._pings)]

    def heard(self, value: Any, text: str, now: Instant) -> list[Any] | None:
        """Give the answer to a client's ping; a reply to one of ours has none. None where the
        frame is neither.
        """
        if self._ping is not None and self._ping.fits(value, text):
            return [part.fresh(0, now) for part in self._answers[:1]]
        replied = [name for name, shape in self._replies.items() if shape.fits(value, text)]
        self._unanswered.update((name, 0) for name in replied if name in self._unanswered)
        return [] if replied else None
