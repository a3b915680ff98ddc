"""Which columns fit on the screen, and how the screen's lines are shared out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wscli.model.frozen import frozen

GAP: Final = 2  # cells between two columns
_NARROW: Final = 16  # cells to which a column is narrowed before another one is left out
_NARROWEST: Final = 8  # the same for the last two, because one alone says little


@frozen
class Wish:
    """What a column would like: its ``width`` in cells. ``keep``: it is never left out."""

    width: int
    keep: bool = False


def fit_columns(wishes: Sequence[Wish], width: int) -> list[tuple[int, int]]:
    """Give (index, width) of the columns that fit into ``width`` cells, from left to right.

    Wide columns are narrowed first, then columns are left out from the right; the one to keep (or
    the first) stays and takes what there is.
    """
    chosen = list(range(len(wishes)))
    while chosen:
        least = _NARROW if len(chosen) > 2 else _NARROWEST
        widths = _narrowed([wishes[index].width for index in chosen], width, least)
        if _total(widths) <= width:
            return list(zip(chosen, widths, strict=True))
        spare = [index for index in chosen if not wishes[index].keep]
        if len(chosen) == 1 or not spare:
            return [(chosen[0], min(widths[0], width))]
        chosen.remove(spare[-1])
    return []


def _narrowed(widths: list[int], width: int, least: int) -> list[int]:
    """Take cells from the widest, as long as it has more than ``least`` and there are too many."""
    excess = _total(widths) - width
    while excess > 0:
        widest = max(widths)
        if widest <= least:
            break
        widths[widths.index(widest)] -= 1
        excess -= 1
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def share_lines(wanted: Sequence[int], lines: int) -> list[int]:
    """Share ``lines`` out among tables that want so many each. The first gets most: each other one
    gets at most its equal part of half of them, and what nobody takes goes to the first in need.
    """
    if not wanted:
        return []
    others = len(wanted) - 1
    part = lines // (2 * others) if others else 0
    shares = [0, *(min(want, part) for want in wanted[1:])]
    for index, want in enumerate(wanted):
        free = lines - sum(shares)
        shares[index] += max(min(want - shares[index], free), 0)
    return shares
