"""Short facts side by side, on as many lines as there are for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from wscli.output.paint import Paint, width_of

Fact: TypeAlias = Sequence[tuple[str, str]]
"""A printable text in pieces, each with its style."""

INDENT: Final = "  "
_BETWEEN: Final = " · "


def width_of_fact(fact: Fact) -> int:
    """Give the number of cells that it takes."""
    return sum(width_of(text) for text, _ in fact)


def flow(facts: Iterable[Fact], width: int, height: int, paint: Paint) -> list[str]:
    """Give at most ``height`` lines of at most ``width`` cells. Facts stay in their order and are
    not broken; those that find no room any more are left out, but the first is only cut.
    """
    lines: list[list[tuple[str, str]]] = []
    left = 0
    for fact in facts:
        size = width_of_fact(fact)
        if lines and len(_BETWEEN) + size <= left:
            lines[-1] += [(_BETWEEN, "dim"), *fact]
            left -= len(_BETWEEN) + size
        elif len(lines) < height and (not lines or len(INDENT) + size <= width):
            lines.append([(INDENT, ""), *fact])
            left = width - len(INDENT) - size
        else:
            break
    return [paint.line(segments, width) for segments in lines]
