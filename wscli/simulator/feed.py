"""What one connection hears once its steps are through: data, on the channels that it asked for."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Final

from wscli.model.instant import Instant
from wscli.model.message import Role
from wscli.session.gate import Dedupe
from wscli.simulator.channels import Channel, Wiring
from wscli.simulator.lines import Part, Said
from wscli.simulator.moving import Stream
from wscli.simulator.streams import Streams

_MOST: Final = 1000  # channels of one connection
_TRIES: Final = 8  # to say something that was not said before: a key's time must have gone on


class Feed:
    """Where the profile remembers channels, data comes on these alone. Where acknowledgements grant
    them it does as soon as one that there is data for was granted, and freely until then.
    ``dedupe`` is shared by all connections.
    """

    def __init__(self, streams: Streams, wiring: Wiring, dedupe: Dedupe, rng: Random) -> None:
        self._streams = streams
        self._wiring = wiring
        self._dedupe = dedupe
        self._rng = rng
        self._channels: set[Channel] = set()
        self._on: list[Stream] = []
        self._sources: tuple[Stream, ...] = ()
        self._weights: list[float] = []
        self._mix()

    def open(self, channel: Channel) -> list[Part]:
        """Let data come on a channel; gives the snapshots that are said on it first, nothing where
        it is open already, or one too many.
        """
        if channel in self._channels or len(self._channels) >= _MOST:
            return []
        self._channels.add(channel)
        self._on += self._streams.on(channel)
        self._mix()
        return _snapshots(self._wiring.on(channel))

    def snapshots(self, parts: Iterable[Part]) -> list[Part]:
        """Give those of the parts that are snapshots, but for what is said on channels alone."""
        return _snapshots(map(self._wiring.free, parts) if self._bound else parts)

    def next(self, now: Instant) -> Said | None:
        """Make one data message, of a stream drawn at random, that a client would not take for one
        that came before; None where there is none.
        """
        for _ in range(_TRIES if self._sources else 0):
            (stream,) = self._rng.choices(self._sources, self._weights)
            said = stream.next(now, self._rng)
            if said.line.rule.sequence is not None or self._dedupe.new(said.value):
                return said
        return None

    @property
    def _bound(self) -> bool:
        """Whether data that could come on a channel comes on those that are open alone."""
        return bool(self._on) or self._wiring.remembers

    def _mix(self) -> None:
        free = self._streams.free if self._bound else self._streams.all
        self._sources = (*free, *self._on)
        self._weights = [stream.weight for stream in self._sources]


def _snapshots(parts: Iterable[Part]) -> list[Part]:
    return [part for part in parts if part.rule.role is Role.SNAPSHOT and part.lines]
