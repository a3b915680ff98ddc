"""What a run has seen so far: counts, rates and lag, in memory that does not grow."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, log
from typing import Final

from wscli.model.instant import Instant
from wscli.model.message import MessageOrigin
from wscli.model.record import StateEvent

_FLOOR: Final = 1e-4  # seconds; differences below it are noise
_FINENESS: Final = 50.0  # buckets for each factor e: each is 2 % wide, so a percentile is 1 % right
_NAMES: Final = 1000  # a provider that makes up type names must not fill the memory


class Lag:
    """Seconds between the provider's time and reception: percentiles from buckets that grow by
    2 %, worst and least exact. A negative lag means that the clocks disagree.
    """

    __slots__ = ("_after", "_before", "count", "least", "worst")

    def __init__(self) -> None:
        self.count = 0
        self.least = 0.0
        self.worst = 0.0
        self._before: dict[int, int] = {}  # negative lags, by bucket of their size
        self._after: dict[int, int] = {}

    def add(self, seconds: float) -> None:
        """Count one message's lag. Called for every message."""
        if not self.count:
            self.least = self.worst = seconds
        elif seconds > self.worst:
            self.worst = seconds
        elif seconds < self.least:
            self.least = seconds
        self.count += 1
        if seconds >= 0.0:
            bucket, counts = int(log(seconds + _FLOOR) * _FINENESS + 500.0), self._after
        else:
            bucket, counts = int(log(_FLOOR - seconds) * _FINENESS + 500.0), self._before
        counts[bucket] = counts.get(bucket, 0) + 1

    def percentile(self, share: float) -> float:
        """Give the lag in seconds that ``share`` (0 to 1) of the messages did not exceed; 0 where
        there were none.
        """
        wanted = share * self.count
        seen = 0
        for sign, counts in ((-1.0, self._before), (1.0, self._after)):
            for bucket in sorted(counts, reverse=sign < 0):
                seen += counts[bucket]
                if seen >= wanted:
                    size = exp((bucket - 499.5) / _FINENESS) - _FLOOR
                    return min(max(sign * size, self.least), self.worst)
        return self.worst


@dataclass(slots=True)
class Statistics:
    """Counts of one run. Times are monotonic seconds, None before the first.

    ``received`` counts every message, ``printed`` those that were shown, ``filtered`` data that a
    filter left out, ``undecodable`` those that are no JSON; ``unknown`` counts by the name that
    came (at most a thousand names, then under "…"). ``recovered`` and ``history`` count printed
    messages by their origin, ``gaps`` the places where messages are missing, ``repeated`` messages
    that were dropped because they had come before; those are not among ``received``.
    """

    started: Instant
    received: int = 0
    printed: int = 0
    filtered: int = 0
    invalid: int = 0
    undecodable: int = 0
    bytes: int = 0
    connections: int = 0
    reconnects: int = 0
    problems: int = 0
    gaps: int = 0
    recovered: int = 0
    history: int = 0
    repeated: int = 0
    last_received: float | None = None
    last_heartbeat: float | None = None
    unknown: dict[str, int] = field(default_factory=dict)
    lag: Lag = field(default_factory=Lag)

    def count_origin(self, origin: MessageOrigin) -> None:
        """Count a printed message by how it came to us."""
        if origin is MessageOrigin.RECOVERED:
            self.recovered += 1
        elif origin is MessageOrigin.HISTORY:
            self.history += 1

    def count_event(self, event: StateEvent) -> None:
        """Count what happened to the stream, where that is counted."""
        match event:
            case StateEvent.CONNECTED:
                self.connections += 1
            case StateEvent.RECONNECTING:
                self.reconnects += 1
            case StateEvent.PROBLEM | StateEvent.REJECTED:
                self.problems += 1
            case StateEvent.GAP:
                self.gaps += 1
            case _:
                pass

    def count_unknown(self, name: str) -> bool:
        """Count a message of an unknown type; True when the name is new."""
        new = name not in self.unknown
        if new and len(self.unknown) >= _NAMES:
            name, new = "…", False
        self.unknown[name] = self.unknown.get(name, 0) + 1
        return new
