"""How many messages come in a second, as of late."""

from __future__ import annotations

from collections import deque
from typing import Final

_WINDOW: Final = 10.0  # seconds
_APART: Final = 0.9  # seconds between two samples, at the least


class Rate:
    """A rate over the last ten seconds, from a counter that is looked at about once a second."""

    __slots__ = ("_samples",)

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def at(self, now: float, count: int) -> float:
        """Look at the counter and give messages a second, 0 as long as nothing can be said.
        ``now`` is monotonic seconds.
        """
        samples = self._samples
        if not samples or now - samples[-1][0] >= _APART:
            samples.append((now, count))
        while len(samples) > 1 and now - samples[1][0] >= _WINDOW:
            samples.popleft()
        since, counted = samples[0]
        return (count - counted) / (now - since) if now - since >= _APART else 0.0
