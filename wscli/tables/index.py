"""The rows of a table by what stands in one of their columns."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from wscli.tables.keys import row_key


class Index:
    """Finds rows by the value in a column, without looking at the others. A row is known by its
    key in the table. Values are equal as keys are (see ``row_key``), with ``fold`` whatever the
    case of a text's letters; what is absent or null equals nothing.
    """

    __slots__ = ("_fold", "_rows", "_values", "column")

    def __init__(self, column: str, *, fold: bool) -> None:
        self.column = column
        self._fold = fold
        self._values: dict[Hashable, Hashable] = {}  # by row
        self._rows: dict[Hashable, set[Hashable]] = {}  # by value

    def put(self, row: Hashable, value: Any) -> None:
        """Say what stands in the row's column from now on."""
        new = self._comparable(value)
        if new == self._values.get(row):
            return
        self.drop(row)
        if new is not None:
            self._values[row] = new
            self._rows.setdefault(new, set()).add(row)

    def drop(self, row: Hashable) -> None:
        """Forget a row, if it is known."""
        old = self._values.pop(row, None)
        if old is None:
            return
        rows = self._rows[old]
        rows.remove(row)
        if not rows:
            del self._rows[old]

    def clear(self) -> None:
        """Forget every row."""
        self._values.clear()
        self._rows.clear()

    def find(self, value: Any) -> list[Hashable]:
        """Give the rows with an equal value, in no order that means anything."""
        return list(self._rows.get(self._comparable(value), ()))

    def _comparable(self, value: Any) -> Hashable | None:
        if self._fold and isinstance(value, str):
            value = value.casefold()
        return row_key(value)
