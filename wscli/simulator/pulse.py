"""Signs of life on one connection: heartbeats, pings that want a reply, answers to the client's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from wscli.model.instant import Instant
from wscli.model.message import MISSING, SHOWN, Role
from wscli.model.profile import Profile
from wscli.session.spans import told
from wscli.simulator.lines import Line, Part, Said
from wscli.simulator.naming import says_answer
from wscli.simulator.shapes import Shape

_BEAT: Final = 5.0  # seconds between two beats, where the profile allows as many
_LEAST_BEAT: Final = 0.01
_BEATS_IN_SILENCE: Final = 3
_PATIENCE: Final = 3  # beats without a reply before the client counts as gone


class Pulse:
    """Everything given back is to be sent. ``fill`` gives the value of a template, MISSING where it
    has none: the profile's silence may be told by the provider, which is us.
    """

    def __init__(
        self, profile: Profile, parts: Mapping[str, Part], fill: Callable[[str], Any]
    ) -> None:
        keepalive = profile.keepalive
        self._silence = keepalive.silence
        self._fill = fill
        ping = keepalive.ping
        self._ping = None if ping is None or ping.send is MISSING else Shape(ping.send)
        speaking = [part for part in parts.values() if part.lines]
        answers = ping.expect if ping else ()
        self._answers = _firsts(part for part in speaking if part.rule.name in answers)
        replying = [part for part in speaking if part.rule.reply is not MISSING]
        self._replies = {part.rule.name: Shape(part.rule.reply) for part in replying}
        self._pings = _firsts(part for part in replying if part.rule.role not in SHOWN)
        self._unanswered = {line.rule.name: 0 for line in self._pings}
        self._beats = _firsts(
            part
            for part in speaking
            if part.rule.role is Role.HEARTBEAT
            and part.rule.name not in answers
            and part.rule.reply is MISSING
            and not says_answer(part.rule.name)
        )

    @property
    def interval(self) -> float:
        """Seconds between two beats, well within the silence that ends the client's patience."""
        if self._silence is None:
            return _BEAT
        least = told(self._silence, self._fill).least
        return max(_LEAST_BEAT, min(_BEAT, least / _BEATS_IN_SILENCE))

    @property
    def stopped(self) -> bool:
        """Whether the client left so many pings without a reply that it counts as gone."""
        return any(count >= _PATIENCE for count in self._unanswered.values())

    def beat(self, now: Instant) -> list[Said]:
        """Give what is sent with one beat: each heartbeat, and each ping that wants a reply."""
        for name in self._unanswered:
            self._unanswered[name] += 1
        return [Said(line, line.fresh(now)) for line in (*self._beats, *self._pings)]

    def heard(self, value: Any, text: str, now: Instant) -> list[Said] | None:
        """Give the answer to a client's ping; a reply to one of ours has none. None where the
        frame is neither.
        """
        if self._ping is not None and self._ping.fits(value, text):
            return [Said(line, line.fresh(now)) for line in self._answers[:1]]
        replied = [name for name, shape in self._replies.items() if shape.fits(value, text)]
        self._unanswered.update((name, 0) for name in replied if name in self._unanswered)
        return [] if replied else None


def _firsts(parts: Iterable[Part]) -> list[Line]:
    return [part.lines[0] for part in parts]
