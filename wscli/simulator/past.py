"""What the provider has said lately, whether anybody listened or not: it can be asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from wscli.model.instant import Instant
from wscli.simulator.feed import Feed
from wscli.simulator.lines import Said

_KEPT: Final = 500  # messages
_BEFORE: Final = 20  # messages that had been said when the first client came,
_BETWEEN: Final = 15.0  # seconds apart
_MISSED: Final = 50  # messages at the most that were said while nobody listened


class Past:
    """``feed``: what is said while nobody listens; ``rate``: messages a second."""

    def __init__(self, feed: Feed, rate: float) -> None:
        self._feed = feed
        self._rate = rate
        self._said: deque[Said] = deque(maxlen=_KEPT)
        self._until: float | None = None  # POSIX seconds

    def note(self, said: Said, now: Instant) -> None:
        """Keep what was said to somebody."""
        self._said.append(said)
        self._until = now.wall

    def recall(self, now: Instant) -> Iterator[Said]:
        """Give what was said until now, the oldest first."""
        self.go_on(now)
        return iter(tuple(self._said))

    def go_on(self, now: Instant) -> None:
        """Say what should have been said since the last time."""
        if self._rate <= 0:
            return
        if self._until is None:
            count, apart = _BEFORE, _BETWEEN
        else:
            gone = max(0.0, now.wall - self._until)
            count = min(_MISSED, int(gone * self._rate))
            apart = gone / (count + 1)
        for back in range(count, 0, -1):
            moment = Instant(now.monotonic, now.wall - back * apart)
            said = self._feed.next(moment)
            if said is not None:
                self.note(said, moment)
        self._until = now.wall if self._until is None or count else self._until
