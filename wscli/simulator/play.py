"""The provider's side of the conversation on one connection, as a state machine without I/O.

The profile's session is read from the other side: what the client expects is said, what it sends
is awaited and acknowledged. Beside it go heartbeats, pings and their answers, and the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, TypeAlias

import orjson

from wscli.messages.encode import frame_text
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import MISSING, Role
from wscli.model.profile import Profile
from wscli.simulator.admission import Admission, Refusal
from wscli.simulator.pulse import Pulse
from wscli.simulator.script import Script
from wscli.simulator.world import World

_BURST: Final = 1000  # data messages at once, where the clock was looked at late
_DEEPEST: Final = 64  # levels of nesting in a frame that is read; no client's frame needs more
_GONE: Final = 1011  # as common servers close after unanswered pings; a client may come back


@frozen
class SendText:
    """A text frame is to be sent."""

    text: str


@frozen
class SendClose:
    """The connection is to be closed; nothing comes after it."""

    code: int
    reason: str


Out: TypeAlias = SendText | SendClose


class Play:
    """One connection. ``opened`` comes first, then ``received`` for each text frame and ``tick``
    whenever ``deadline`` (monotonic seconds) is over. None of them raises for what a client says.

    ``options`` are the values of the user's options; all connections share one ``world``.
    """

    def __init__(
        self, profile: Profile, options: Mapping[str, Any], world: World, rng: Random
    ) -> None:
        self._world = world
        self._rng = rng
        self._admission = Admission(profile, options)
        self._script = Script(profile, world.parts, options)
        self._pulse = Pulse(profile, world.parts)
        self._rate = profile.simulate.rate
        self._beat_at: float | None = None
        self._data_at: float | None = None
        self._streaming = False

    @property
    def deadline(self) -> float | None:
        """When ``tick`` has something to do; None where only the client can go on."""
        times = (self._beat_at, self._data_at)
        return min((time for time in times if time is not None), default=None)

    def opened(
        self,
        path: str,
        query: Mapping[str, Sequence[str]],
        headers: Mapping[str, str],
        now: Instant,
    ) -> Refusal | list[Out]:
        """Answer the opening handshake: with a refusal, or with what is said first. ``path`` is
        percent-encoded, ``query`` decoded, the names in ``headers`` are lower-case.
        """
        refusal = self._admission.refusal(path, query, headers)
        if refusal is not None:
            return refusal
        self._beat_at = now.monotonic + self._pulse.interval
        return self._texts(self._script.begin(now)) + self._begin_data(now)

    def received(self, text: str, now: Instant) -> list[Out]:
        """Answer a text frame."""
        if self._beat_at is None:
            return []
        value = _read(text)
        alive = self._pulse.heard(value, text, now)
        if alive is not None:
            return self._texts(alive)
        return self._texts(self._script.heard(value, text, now)) + self._begin_data(now)

    def tick(self, now: Instant) -> list[Out]:
        """Give what has come due; nothing before ``deadline``."""
        out: list[Out] = []
        if self._beat_at is not None and now.monotonic >= self._beat_at:
            if self._pulse.stopped:
                self._beat_at = self._data_at = None
                return [SendClose(_GONE, "no reply to our pings")]
            self._beat_at = now.monotonic + self._pulse.interval
            out += self._texts(self._pulse.beat(now))
        return out + self._texts(self._due_data(now))

    def _begin_data(self, now: Instant) -> list[Out]:
        """Once the steps are through: give the snapshots that no step said, and start the data."""
        if self._streaming or not self._script.through:
            return []
        self._streaming = True
        if self._rate > 0:
            self._data_at = now.monotonic + self._pause()
        return self._texts(
            part.fresh(0, now)
            for part in self._world.parts.values()
            if part.rule.role is Role.SNAPSHOT
            and part.rule.examples
            and part.rule.name not in self._script.said
        )

    def _due_data(self, now: Instant) -> Iterator[Any]:
        """Give the data that has come due; what is due beyond a burst is left out."""
        for _ in range(_BURST):
            if self._data_at is None or now.monotonic < self._data_at:
                return
            self._data_at += self._pause()
            value = self._world.data(now, self._rng)
            if value is not MISSING:
                yield value
        self._data_at = now.monotonic + self._pause()

    def _pause(self) -> float:
        return self._rng.uniform(0.5, 1.5) / self._rate

    @staticmethod
    def _texts(values: Iterable[Any]) -> list[Out]:
        return [SendText(frame_text(value)) for value in values]


def _read(text: str) -> Any:
    """Give what a frame says, or its text where that is no JSON or nested beyond reason."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            member
            for each in level
            if isinstance(each, dict | list)
            for member in (each.values() if isinstance(each, dict) else each)
        ]
    return text if level else value
