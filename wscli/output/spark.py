"""A row of small bars: how much there was in each second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

BARS: Final = "▁▂▃▄▅▆▇█"
PLAIN_BARS: Final = "_.:-=+*#"
"""For terminals that have no others."""


def sparkline(counts: Sequence[int], bars: str = BARS) -> str:
    """Give a bar for each count, the highest for the greatest. Nothing is the lowest bar, and
    whatever is more than nothing is higher than that.
    """
    greatest = max(counts, default=0)
    if not greatest:
        return bars[0] * len(counts)
    highest = len(bars) - 1
    return "".join(bars[-(-count * highest // greatest)] for count in counts)
