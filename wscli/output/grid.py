"""One table as lines of text. What was written once is kept until it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.tables import Column, ColumnFormat
from wscli.output.cells import RIGHT, is_number, show, style_of
from wscli.output.escape import legible, printable
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
    text whose width terminals disagree about. ``encoding``: what the terminal shows.

    ``restless`` says that the last lines hold a mark, which will have to be taken off again;
    ``matching`` is how many rows the filter left in them.
    """

    def __init__(
        self,
        view: TableRows,
        paint: Paint,
        *,
        sort: str | None = None,
        moves: bool = True,
        encoding: str = "utf-8",
    ) -> None:
        self.view = view
        self.restless = False
        self.matching = 0
        self._paint = paint
        self._moves = moves
        self._encoding = encoding
        self._columns = [column for column in view.table.columns if not column.hide]
        self._ages = [
            index for index, column in enumerate(self._columns) if column.format is ColumnFormat.AGO
        ]
        self._names = [legible(printable(column.name), encoding) for column in self._columns]
        self._own_sort = view.table.sort if sort is None else sort.removeprefix("-")
        self._own_descending = view.table.descending if sort is None else sort.startswith("-")
        self._sort, self._descending = self._own_sort, self._own_descending
        self._filter = ""
        self._held: list[Row] | None = None  # the rows of a picture that stands still
        self._written: dict[int, _Written] = {}
        self._widths: list[int] = []  # only grow, so that columns do not dance
        self._screen = 0

    @property
    def wanted(self) -> int:
        """How many lines it takes at the most to show every row."""
        return self.rows + 2

    @property
    def rows(self) -> int:
        """How many rows there are, filter or not."""
        return len(self.view) if self._held is None else len(self._held)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it can be sorted by, beginning after the one that it is sorted by
        without a wish of the user.
        """
        names = tuple(column.name for column in self._columns)
        after = names.index(self._own_sort) + 1 if self._own_sort in names else 0
        return names[after:] + names[:after]

    def arrange(self, column: str | None, text: str, *, turned: bool) -> None:
        """Sort from now on by another column, if there is one of that name, ``turned`` the other
        way round; show only rows in which a cell contains the text, whatever the case of letters.
        """
        if column in self.columns:
            self._sort, self._descending = column, turned
        else:
            self._sort, self._descending = self._own_sort, self._own_descending != turned
        self._filter = text.casefold()

    def hold(self) -> None:
        """Let the picture stand still, whatever comes."""
        rows = self.view.rows.values()
        self._held = [
            replace(row, cells=dict(row.cells), touched=dict(row.touched)) for row in rows
        ]

    def release(self) -> None:
        """Show again what there is."""
        self._held = None

    def lines(self, width: int, height: int, now: Instant) -> list[str]:
        """Give at most ``height`` lines of at most ``width`` cells: the columns' names, the rows,
        and how much is hidden. Where not all rows fit, those that were fed last are shown.
        """
        space = height - 1
        chosen = self._chosen(now.wall)
        self.matching = self.rows if chosen is None else len(chosen)
        if self.matching > space > 1:
            space -= 1  # one line says how many are hidden
        space = max(space, 0)
        rows = self._latest(space) if chosen is None else chosen[max(len(chosen) - space, 0) :]
        rows = ordered(rows, self._sort, descending=self._descending)
        written = self._write(rows, now.wall, keep=chosen is not None)
        places = self._places(written, width)
        self.restless = False
        lines = [self._header(places)]
        for row, texts in zip(rows, written, strict=True):
            lines.append(self._line(row, texts, places, now.monotonic))
        rows_hidden = self.matching - len(rows)
        if rows_hidden or (len(places) < len(self._columns) and len(rows) < space):
            lines.append(self._hidden(rows_hidden, len(self._columns) - len(places), width))
        return lines[: max(height, 0)]

    # --- choosing rows -------------------------------------------------------------------------

    def _chosen(self, wall: float) -> list[Row] | None:
        """Give the rows that the filter leaves, the one fed last at the end; None without one."""
        if not self._filter:
            return None
        rows = list(self.view.rows.values()) if self._held is None else self._held
        written = self._write(rows, wall)
        return [
            row
            for row, known in zip(rows, written, strict=True)
            if any(self._filter in text.casefold() for text in known.texts)
        ]

    def _latest(self, count: int) -> list[Row]:
        """Give the rows that were fed last."""
        if self._held is None:
            return self.view.recent(count)
        return list(islice(reversed(self._held), count))

    # --- writing cells -------------------------------------------------------------------------

    def _write(self, rows: Sequence[Row], wall: float, *, keep: bool = False) -> list[_Written]:
        """Write the rows anew that changed, and the cells that change with time. Forgets all
        others, unless they are to be kept.
        """
        before = self._written
        written = []
        for row in rows:
            known = before.get(row.number)
            if known is None or known.revision != row.revision:
                known = self._write_row(row, wall)
            else:
                for index in self._ages:
                    column = self._columns[index]
                    known.texts[index] = self._text(row, column, wall)
                    known.widths[index] = width_of(known.texts[index])
            written.append(known)
        fresh = {row.number: known for row, known in zip(rows, written, strict=True)}
        self._written = before | fresh if keep else fresh
        return written

    def _text(self, row: Row, column: Column, wall: float) -> str:
        return legible(show(row.cells.get(column.name), column, wall), self._encoding)

    def _write_row(self, row: Row, wall: float) -> _Written:
        cells = [row.cells.get(column.name) for column in self._columns]
        texts = [self._text(row, column, wall) for column in self._columns]
        return _Written(
            row.revision,
            texts,
            [style_of(cell, column) for cell, column in zip(cells, self._columns, strict=True)],
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
