"""How many messages of each type come in a second, as of late."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from wscli.model.frozen import frozen

SECONDS: Final = 30  # that are kept
_RECENT: Final = 10  # seconds over which a rate is taken; all of them where it is small
_NAMES: Final = 100  # types that are told apart; a provider may make up any number of names
_REST: Final = "…"
_LONGEST: Final = 200  # characters of a name


@frozen
class Pace:
    """How one type comes: ``counts`` of the last seconds, the latest last; ``rate`` in messages a
    second.
    """

    name: str
    counts: tuple[int, ...]
    rate: float


class Rates:
    """Counts messages by type, second by second."""

    def __init__(self) -> None:
        self._totals: dict[str, int] = {}
        self._counts: dict[str, deque[int]] = {}
        self._current: dict[str, int] = {}
        self._second: int | None = None  # the monotonic second that is being counted
        self._elapsed = 0  # seconds that are through, at most those that are kept

    def add(self, counts: Mapping[str, int], at: float) -> None:
        """Count what came at a monotonic second, by type."""
        self._turn(int(at))
        current = self._current
        for name, count in counts.items():
            known = name[:_LONGEST]
            if known not in self._totals and len(self._totals) >= _NAMES:
                known = _REST
            self._totals[known] = self._totals.get(known, 0) + count
            current[known] = current.get(known, 0) + count

    def paces(self, at: float) -> list[Pace]:
        """Give how each type came in the seconds that are through, the most frequent type of the
        run first.
        """
        self._turn(int(at))
        names = sorted(self._totals, key=lambda name: -self._totals[name])
        return [self._pace(name) for name in names]

    def _pace(self, name: str) -> Pace:
        kept = self._counts.get(name, ())
        counts = (0,) * (self._elapsed - len(kept)) + tuple(kept)
        recent = counts[-_RECENT:]
        if sum(recent) < len(recent):  # less than one a second
            recent = counts
        return Pace(name, counts, sum(recent) / len(recent) if recent else 0.0)

    def _turn(self, second: int) -> None:
        """Close the seconds that are through."""
        if self._second is None:
            self._second = second
        gone = min(second - self._second, SECONDS)
        if gone <= 0:
            return
        self._second = second
        self._elapsed = min(self._elapsed + gone, SECONDS)
        for name in self._current:
            if name not in self._counts:
                self._counts[name] = deque(maxlen=SECONDS)
        for name, counts in self._counts.items():
            counts.append(self._current.get(name, 0))
            counts.extend([0] * (gone - 1))
        self._current = {}
