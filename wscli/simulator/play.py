"""The provider's side of the conversation on one connection, as a state machine without I/O.

The profile's session is read from the other side: what the client expects is said, what it sends
is awaited and acknowledged. Beside it go heartbeats, pings and their answers, and the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from wscli.errors import WscliError
from wscli.messages.encode import frame_text
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.simulator.admission import Refusal
from wscli.simulator.channels import Channel
from wscli.simulator.framing import Framing
from wscli.simulator.lines import Part, Said
from wscli.simulator.numbering import Numbering
from wscli.simulator.pulse import Pulse
from wscli.simulator.script import Script
from wscli.simulator.subscriptions import Subscriptions
from wscli.simulator.world import World
from wscli.templates import compile_template

_BURST: Final = 1000  # data messages at once, where the clock was looked at late
_GONE: Final = 1011  # as common servers close after unanswered pings; a client may come back
_REFUSED: Final = 1008  # RFC 6455, section 7.4.1: a message that breaks a policy
_LONGEST: Final = 120  # bytes of a close frame's reason; section 5.5 allows 123


@frozen
class SendText:
    """A text frame is to be sent."""

    text: str


@frozen
class SendBinary:
    """A binary frame is to be sent."""

    data: bytes


@frozen
class SendClose:
    """The connection is to be closed; nothing comes after it."""

    code: int
    reason: str


Out: TypeAlias = SendText | SendBinary | SendClose


class Play:
    """One connection. ``opened`` comes first, then ``received`` for each text frame and ``tick``
    whenever ``deadline`` (monotonic seconds) is over. None of them raises for what a client says.
    All connections share one ``world``.
    """

    def __init__(self, world: World) -> None:
        profile = world.profile
        self._world = world
        self._values = world.known()
        subscriptions = Subscriptions(profile, self._values, world.told)
        self._script = Script(profile, world.parts, self._values, subscriptions)
        self._pulse = Pulse(profile, world.parts, self._filled)
        self._feed = world.feed()
        self._numbering = Numbering(world.highest)
        self._framing = Framing(profile.frames)
        self._rate = profile.simulate.rate
        self._now = Instant(0.0, 0.0)
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
        refusal = self._world.admission.refusal(path, query, headers, self._values.scope(now))
        if refusal is not None:
            return refusal
        self._now = now
        self._world.go_on(now)
        said = self._script.begin(now)
        self._beat_at = now.monotonic + self._pulse.interval
        return self._frames((*said, *self._begin_data()))

    def received(self, text: str, now: Instant) -> list[Out]:
        """Answer a text frame."""
        self._now = now
        out: list[Out] = []
        for value, own in self._framing.read(text):
            if self._beat_at is None:  # not opened yet, or closed
                break
            out += self._answer(value, own)
        return out

    def tick(self, now: Instant) -> list[Out]:
        """Give what has come due; nothing before ``deadline``."""
        self._now = now
        out: list[Out] = []
        if self._beat_at is not None and now.monotonic >= self._beat_at:
            if self._pulse.stopped:
                return self._closed(_GONE, "no reply to our pings")
            self._beat_at = now.monotonic + self._pulse.interval
            out += self._frames(self._pulse.beat(now))
        return out + self._frames(self._due_data())

    def _answer(self, value: Any, text: str) -> list[Out]:
        alive = self._pulse.heard(value, text, self._now)
        if alive is not None:
            return self._frames(alive)
        reply = self._script.heard(value, text, self._now)
        if reply.refusal:
            return self._closed(_REFUSED, reply.refusal)
        self._beat_soon()
        said = (*reply.said, *self._opened_channels(reply.channels), *self._begin_data())
        return self._frames(said)

    def _beat_soon(self) -> None:
        """A message may have told the client how long it bears silence: beat as often as that."""
        if self._beat_at is not None:
            self._beat_at = min(self._beat_at, self._now.monotonic + self._pulse.interval)

    def _opened_channels(self, channels: Iterable[Channel]) -> Iterator[Said]:
        for channel in channels:
            yield from self._snapshots(self._feed.open(channel))

    def _begin_data(self) -> Iterator[Said]:
        """Once the steps are through: give the snapshots that no step said, and start the data."""
        if self._streaming or not self._script.through:
            return
        self._streaming = True
        if self._rate > 0:
            self._data_at = self._now.monotonic + self._pause()
        unsaid = [part for name, part in self._world.parts.items() if name not in self._script.said]
        yield from self._snapshots(self._feed.snapshots(unsaid))

    def _snapshots(self, parts: Iterable[Part]) -> Iterator[Said]:
        """Give a snapshot of each part: the one that says most."""
        for part in parts:
            line = max(part.lines, key=lambda line: len(frame_text(line.example)))
            yield Said(line, line.fresh(self._now))

    def _due_data(self) -> Iterator[Said]:
        """Give the data that has come due; what is due beyond a burst is left out."""
        now = self._now
        for _ in range(_BURST):
            if self._data_at is None or now.monotonic < self._data_at:
                return
            self._data_at += self._pause()
            said = self._feed.next(now)
            if said is not None:
                yield said
        self._data_at = now.monotonic + self._pause()

    def _pause(self) -> float:
        return self._world.rng.uniform(0.5, 1.5) / self._rate

    def _frames(self, said: Iterable[Said]) -> list[Out]:
        """Make frames of what is said, as the profile's ``sequence`` and ``frames`` want them."""
        numbered = map(self._numbering.numbered, said)
        return [self._frame(each) for each in map(self._noted, numbered)]

    def _noted(self, said: Said) -> Said:
        self._world.note(said, self._now)
        return said

    def _frame(self, said: Said) -> Out:
        frame = self._framing.written(said.wire)
        return SendText(frame) if isinstance(frame, str) else SendBinary(frame)

    def _closed(self, code: int, reason: str) -> list[Out]:
        self._beat_at = self._data_at = None
        short = reason.encode(errors="replace")[:_LONGEST].decode(errors="ignore")
        return [SendClose(code, short)]

    def _filled(self, template: str) -> Any:
        """Give what we have told the client, MISSING where we have not."""
        try:
            return compile_template(template).render(self._values.scope(self._now)).value
        except WscliError:
            return MISSING
