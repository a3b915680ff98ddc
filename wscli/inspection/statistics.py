"""What a run has seen so far: counts, rates and lag, in memory that does not grow."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, exp, log
from typing import Final

from wscli.model.instant import Instant

_STEP: Final = log(1.02)  # a bucket is 2 % wide, so a percentile is right to 1 %
_NAMES: Final = 1000  # a provider that makes up type names must not fill the memory


class Lag:
    """Seconds between the provider's time and reception: percentiles from buckets that grow by
    2 %, worst and least exact. A negative lag means that the clocks disagree.
    """

    __slots__ = ("_buckets", "count", "least", "worst")

    def __init__(self) -> None:
        self.count = 0
        self.least = 0.0
        self.worst = 0.0
        self._buckets: dict[int, int] = {}

    def add(self, seconds: float) -> None:
        """Count one message's lag."""
        if not self.count:
            self.least = self.worst = seconds
        self.count += 1
        self.least = min(self.least, seconds)
        self.worst = max(self.worst, seconds)
        size = max(abs(seconds), 1e-4)
        bucket = ceil(log(size / 1e-4) / _STEP) + 1
        key = bucket if seconds >= 0 else -bucket
        self._buckets[key] = self._buckets.get(key, 0) + 1

    def percentile(self, share: float) -> float:
        """Give the lag in seconds that ``share`` (0 to 1) of the messages did not exceed; 0 where
        there were none.
        """
        wanted = share * self.count
        seen = 0
        for key in sorted(self._buckets):
            seen += self._buckets[key]
            if seen >= wanted:
                size = 1e-4 * exp((abs(key) - 1.5) * _STEP)
                value = size if key > 0 else -size
                return min(max(value, self.least), self.worst)
        return self.worst


@dataclass(slots=True)
class Statistics:
    """Counts of one run. Times are monotonic seconds, None before the first.

    ``received`` counts every message, ``printed`` those that were shown, ``filtered`` data that a
    filter left out, ``undecodable`` those that are no JSON; ``unknown`` counts by the name that
    came (at most a thousand names, then under "…").
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
    last_received: float | None = None
    last_heartbeat: float | None = None
    unknown: dict[str, int] = field(default_factory=dict)
    lag: Lag = field(default_factory=Lag)

    def count_unknown(self, name: str) -> bool:
        """Count a message of an unknown type; True when the name is new."""
        new = name not in self.unknown
        if new and len(self.unknown) >= _NAMES:
            name, new = "…", False
        self.unknown[name] = self.unknown.get(name, 0) + 1
        return new
