"""The order in which rows are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wscli.tables.rows import Row
from wscli.tables.values import as_number


def ordered(rows: Iterable[Row], column: str | None, *, descending: bool = False) -> list[Row]:
    """Sort by a column: numbers and decimal strings by value, then texts without regard to case,
    then everything else by its text; rows without a cell there come last, whichever the direction.
    Equal rows, and all rows where ``column`` is None, stay in the order in which they came.
    """
    came = sorted(rows, key=lambda row: row.number)
    if column is None:
        return came
    numbers: list[tuple[Any, Row]] = []
    texts: list[tuple[Any, Row]] = []
    others: list[tuple[Any, Row]] = []
    without: list[Row] = []
    for row in came:
        cell = row.cells.get(column)
        number = as_number(cell)
        if cell is None:
            without.append(row)
        elif number is not None:
            numbers.append((number, row))
        elif type(cell) is str:
            texts.append(((cell.casefold(), cell), row))
        else:
            others.append((str(cell), row))
    return [
        *(
            row
            for group in (numbers, texts, others)
            for _, row in sorted(group, key=_first, reverse=descending)
        ),
        *without,
    ]


def _first(pair: tuple[Any, Row]) -> Any:
    return pair[0]
