"""The rows of one table, and when they changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeAlias

from wscli.model.tables import Table
from wscli.tables.index import Index
from wscli.tables.keys import row_key
from wscli.tables.values import Cell, bounded

_LEAST_LIMIT: Final = 1

Join: TypeAlias = tuple[str, bool]
"""A column by whose value rows are found, and whether the case of letters is set aside."""


@dataclass(slots=True)
class Row:
    """One row. ``cells`` holds what is known, by column; ``number`` counts the rows of this table
    from 1, in the order they came. Times are monotonic seconds: ``changed`` when any cell last
    changed, ``touched`` when each of them did. ``revision`` is another after every change and
    never the same for two rows of a table.
    """

    number: int
    cells: dict[str, Cell]
    changed: float
    revision: int
    touched: dict[str, float] = field(default_factory=dict)


class TableRows:
    """The rows of one table by key, or by number where it has none; never more than its limit:
    the row that was fed longest ago goes first. ``revision`` grows with every change.

    ``joins``: how ``change`` may find rows. ``fits`` tells of a row's cells whether it belongs
    into the table; one that does not (any more) is not there.
    """

    __slots__ = ("_fits", "_indexes", "_limit", "_numbered", "_rows", "revision", "table")

    def __init__(
        self,
        table: Table,
        joins: Iterable[Join] = (),
        fits: Callable[[Mapping[str, Cell]], bool] | None = None,
    ) -> None:
        self.table = table
        self.revision = 0
        self._indexes = {(column, fold): Index(column, fold=fold) for column, fold in joins}
        self._fits = fits
        self._limit = max(table.limit, _LEAST_LIMIT)
        self._numbered = 0
        self._rows: OrderedDict[Hashable, Row] = OrderedDict()  # fed longest ago first

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Mapping[Hashable, Row]:
        """The rows by key (see ``row_key``), the one fed longest ago first. Not to be changed."""
        return self._rows

    def recent(self, count: int) -> list[Row]:
        """Give the ``count`` rows that were fed last, the latest first."""
        return list(islice(reversed(self._rows.values()), count))

    def upsert(self, cells: Mapping[str, Any], at: float) -> Row | None:
        """Merge: an absent column keeps its value, null clears it. Without a key: append. Gives the
        row, None where there is none.
        """
        if self.table.key is None:
            return self.append(cells, at)
        key = self._key(cells)
        if key is None:
            return None
        row = self._rows.get(key)
        if row is None:
            return self._insert(key, cells, at)
        return self._merge(key, row, cells, at)

    def append(self, cells: Mapping[str, Any], at: float) -> Row | None:
        """Add a row at the end. In a table with a key it takes the place of its equal. Gives the
        row, None where there is none.
        """
        if self.table.key is None:
            return self._insert(self._numbered + 1, cells, at)
        key = self._key(cells)
        if key is None:
            return None
        self._drop(key)
        return self._insert(key, cells, at)

    def change(self, join: Join, cells: Mapping[str, Any], at: float) -> list[Row]:
        """Merge into every row whose column of ``join`` equals what ``cells`` say of it, in the
        order in which the rows came. Neither that column nor the table's key is written, so a row
        stays what it is. Gives the rows that are still there.
        """
        others = self.written(join, cells)
        found = self._indexes[join].find(cells.get(join[0]))
        keys = sorted(found, key=lambda key: self._rows[key].number)
        merged = [self._merge(key, self._rows[key], others, at) for key in keys]
        return [row for row in merged if row is not None]

    def written(self, join: Join, cells: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give those of the cells that ``change`` writes."""
        kept = (join[0], self.table.key)
        return {name: value for name, value in cells.items() if name not in kept}

    def replace(self, many: Iterable[Mapping[str, Any]], at: float) -> list[Row | None]:
        """Put these rows in place of all others. What a row of the same key said already does not
        count as a change. Gives what ``append`` gave for each of them.
        """
        before = self._rows
        self._rows = OrderedDict()
        for index in self._indexes.values():
            index.clear()
        self.revision += 1
        appended = [self.append(cells, at) for cells in many]
        if self.table.key is None:
            return appended
        for key, row in self._rows.items():
            old = before.get(key)
            if old is not None:
                _remember(row, old)
        return appended

    def delete(self, cells: Mapping[str, Any]) -> None:
        """Remove the row with the key that ``cells`` names, if there is one."""
        key = self._key(cells)
        if key is not None:
            self._drop(key)

    def _key(self, cells: Mapping[str, Any]) -> Hashable | None:
        return None if self.table.key is None else row_key(cells.get(self.table.key))

    def _insert(self, key: Hashable, cells: Mapping[str, Any], at: float) -> Row | None:
        known = {name: bounded(value) for name, value in cells.items() if value is not None}
        if self._fits is not None and not self._fits(known):
            return None
        self._numbered += 1
        self.revision += 1
        row = Row(self._numbered, known, at, self.revision, dict.fromkeys(known, at))
        self._rows[key] = row
        self._note(key, cells)
        if len(self._rows) > self._limit:
            self._drop(next(iter(self._rows)))
        return row

    def _merge(self, key: Hashable, row: Row, cells: Mapping[str, Any], at: float) -> Row | None:
        self._rows.move_to_end(key)
        changed = False
        known = row.cells
        for name, value in cells.items():
            new = bounded(value)
            if _same(new, known.get(name)):
                continue
            changed = True
            row.touched[name] = at
            if new is None:
                del known[name]
            else:
                known[name] = new
        self._note(key, cells)
        if changed:
            self.revision += 1
            row.revision = self.revision
            row.changed = at
            if self._fits is not None and not self._fits(known):
                self._drop(key)
                return None
        return row

    def _note(self, key: Hashable, cells: Mapping[str, Any]) -> None:
        """Let the indexes know what was said of a row."""
        for index in self._indexes.values():
            if index.column in cells:
                index.put(key, cells[index.column])

    def _drop(self, key: Hashable) -> None:
        if self._rows.pop(key, None) is None:
            return
        self.revision += 1
        for index in self._indexes.values():
            index.drop(key)


def _same(new: Cell, old: Cell) -> bool:
    """Whether a cell says the same as before, to the letter: true is not 1, and 1.0 is not 1."""
    return type(new) is type(old) and new == old


def _remember(row: Row, old: Row) -> None:
    """Take over from the row before when the cells that stayed the same last changed."""
    for name, cell in row.cells.items():
        if _same(cell, old.cells.get(name)):
            row.touched[name] = old.touched[name]
    row.changed = max(row.touched.values(), default=row.changed)
