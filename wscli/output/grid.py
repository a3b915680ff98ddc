"""One table as lines of text. What was written once is kept until it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.tables import ColumnFormat
from wscli.output.cells import RIGHT, is_number, show, style_of
from wscli.output.escape import printable
from wscli.output.layout import GAP, Wish, fit_columns
from wscli.output.paint import Paint, fit, shorten, width_of
from wscli.output.words import plural
from wscli.tables.order import ordered
from wscli.tables.rows import Row, TableRows

MARKED: Final = 1.5  # seconds for which a changed cell is marked
_MARK: Final = "bold"
_MARK_ON_BOLD: Final = "underline"
_WIDEST: Final = 40  # cells of one column


@dataclass(slots=True)
class _Written:
    """A row as it was last written, by column: texts, their styles and widths in cells, and
    whether the value is a JSON number (None where there is no value).
    """

    revision: int
    texts: list[str]
    styles: list[str]
    widths: list[int]
    numbers: list[bool | None]


@frozen
class _Place:
    """Where a column is on the screen: its index, first cell (from 0), width and alignment."""

    index: int
    start: int
    width: int
    right: bool


class Grid:
    """Draws the rows of one table. ``sort`` is a column to sort by instead of the profile's, with
    ``-`` in front descending. ``moves``: whether the cursor may be put under a column again after a
    text whose width terminals disagree about.

    ``restless`` says that the last lines hold a mark, which will have to be taken off again.
    """

    def __init__(
        self, view: TableRows, paint: Paint, *, sort: str | None = None, moves: bool = True
    ) -> None:
        self.view = view
        self.restless = False
        self._paint = paint
        self._moves = moves
        self._columns = [column for column in view.table.columns if not column.hide]
        self._names = [printable(column.name) for column in self._columns]
        self._sort = view.table.sort if sort is None else sort.removeprefix("-")
        self._descending = view.table.descending if sort is None else sort.startswith("-")
        self._written: dict[int, _Written] = {}
        self._widths: list[int] = []  # only grow, so that columns do not dance
        self._screen = 0

    @property
    def wanted(self) -> int:
        """How many lines it takes at the most to show every row."""
        return len(self.view) + 2

    def lines(self, width: int, height: int, now: Instant) -> list[str]:
        """Give at most ``height`` lines of at most ``width`` cells: the columns' names, the rows,
        and how much is hidden. Where not all rows fit, those that were fed last are shown.
        """
        space = height - 1
        if len(self.view) <= space:
            rows = list(self.view.rows.values())
        else:
            space = max(space - 1, 0)  # one line says how many are hidden
            rows = self.view.recent(space)
        rows = ordered(rows, self._sort, descending=self._descending)
        written = self._write(rows, now.wall)
        places = self._places(written, width)
        self.restless = False
        lines = [self._header(places)]
        for row, texts in zip(rows, written, strict=True):
            lines.append(self._line(row, texts, places, now.monotonic))
        rows_hidden = len(self.view) - len(rows)
        if rows_hidden or (len(places) < len(self._columns) and len(rows) < space):
            lines.append(self._hidden(rows_hidden, len(self._columns) - len(places), width))
        return lines[: max(height, 0)]

    # --- writing cells -------------------------------------------------------------------------

    def _write(self, rows: Sequence[Row], wall: float) -> list[_Written]:
        """Write the rows anew that changed, and the cells that change with time."""
        before, self._written = self._written, {}
        for row in rows:
            known = before.get(row.number)
            if known is None or known.revision != row.revision:
                known = self._write_row(row, wall)
            else:
                for index, column in enumerate(self._columns):
                    if column.format is ColumnFormat.AGO:
                        known.texts[index] = show(row.cells.get(column.name), column, wall)
                        known.widths[index] = width_of(known.texts[index])
            self._written[row.number] = known
        return list(self._written.values())

    def _write_row(self, row: Row, wall: float) -> _Written:
        cells = [row.cells.get(column.name) for column in self._columns]
        pairs = list(zip(cells, self._columns, strict=True))
        texts = [show(cell, column, wall) for cell, column in pairs]
        return _Written(
            row.revision,
            texts,
            [style_of(cell, column) for cell, column in pairs],
            [width_of(text) for text in texts],
            [None if cell is None else is_number(cell) for cell in cells],
        )

    # --- putting them in place -----------------------------------------------------------------

    def _places(self, written: Sequence[_Written], width: int) -> list[_Place]:
        if self._screen != width:
            self._screen = width
            self._widths = [width_of(name) for name in self._names]
        for texts in written:
            self._widths = list(map(max, self._widths, texts.widths))
        key = self.view.table.key
        wishes = [
            Wish(min(wide, _WIDEST), column.name == key)
            for wide, column in zip(self._widths, self._columns, strict=True)
        ]
        places = []
        start = 0
        for index, size in fit_columns(wishes, width):
            places.append(_Place(index, start, size, self._is_right(index, written)))
            start += size + GAP
        return places

    def _is_right(self, index: int, written: Sequence[_Written]) -> bool:
        """Whether a column is aligned to the right: by its format, or because all are numbers."""
        wanted = self._columns[index].format
        if wanted is not None:
            return wanted in RIGHT
        kinds = {texts.numbers[index] for texts in written} - {None}
        return kinds == {True}

    def _header(self, places: Sequence[_Place]) -> str:
        names = [fit(self._names[place.index], place.width, right=place.right) for place in places]
        return self._paint((" " * GAP).join(names).rstrip(), "bold")

    def _line(self, row: Row, written: _Written, places: Sequence[_Place], at: float) -> str:
        fresh = at - row.changed < MARKED
        parts = []
        for place in places:
            text = written.texts[place.index]
            style = written.styles[place.index]
            spare = " " * max(place.width - written.widths[place.index], 0)
            shown = (
                text if written.widths[place.index] <= place.width else shorten(text, place.width)
            )
            if fresh and at - row.touched.get(self._columns[place.index].name, -MARKED) < MARKED:
                style = f"{style} {_MARK_ON_BOLD if 'bold' in style else _MARK}"
                self.restless = True
            painted = self._paint(shown, style) if shown else ""
            parts.append(f"{spare}{painted}" if place.right else f"{painted}{spare}")
            if self._moves and not shown.isascii():
                parts[-1] += f"\x1b[{place.start + place.width + 1}G"
        return (" " * GAP).join(parts).rstrip(" ")

    def _hidden(self, rows: int, columns: int, width: int) -> str:
        counts = [plural(rows, "row")] if rows else []
        if columns:
            counts.append(plural(columns, "column"))
        which = "; shown are those that changed last" if rows else ""
        return self._paint.line([(f"… {' and '.join(counts)} hidden{which}", "dim")], width)
