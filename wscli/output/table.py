"""The live table: the latest state for a person, drawn by a clock and never by messages."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from wscli.model.instant import Instant
from wscli.model.record import MessageRecord, Record, RowsRecord, StateRecord
from wscli.output.base import Stage
from wscli.output.escape import encode, printable
from wscli.output.frame import Frame
from wscli.output.grid import Grid
from wscli.output.headline import Headline
from wscli.output.layout import share_lines
from wscli.output.paint import Paint, width_of

_QUICK: Final = 0.25  # seconds between two frames while something changes
_SLOW: Final = 1.0  # seconds between two frames while only ages do
_APPENDED: Final = 5.0  # seconds between two frames where they can only be appended
_ROOMY: Final = 12  # lines from which on there are empty ones between the parts
_NO_LIMIT: Final = (10_000, 1_000_000)  # columns and lines of a file


class TableReporter:
    """Feeds the tables as messages come and draws what is on the screen when it is due.

    Where the cursor cannot be moved whole frames are appended now and then; into a pipe or a file
    the tables are written once, at the end.
    """

    def __init__(self, stage: Stage) -> None:
        self._outlet = stage.outlet
        self._encoding = stage.encoding
        self._tables = stage.tables
        self._caution = printable(stage.profile.about.caution)
        self._moves = stage.moves and stage.outlet.isatty
        self._paint = Paint(colour=stage.colour, attributes=self._moves)
        self._headline = Headline(
            stage.profile.name, stage.statistics, self._paint, verbose=stage.verbose
        )
        self._grids = [
            Grid(view, self._paint, sort=stage.sort, moves=self._moves)
            for name, view in stage.tables.views.items()
            if stage.table is None or stage.table == name
        ]
        self._frame = Frame(stage.outlet, stage.encoding)
        self._changed = True
        self._drawn_at: float | None = None  # monotonic seconds
        self._over = False

    def report(self, records: Sequence[Record]) -> None:
        """Put messages into their rows and remember changes of state; nothing is drawn."""
        apply = self._tables.apply
        for record in records:
            if isinstance(record, MessageRecord | RowsRecord):
                message = record.message
                apply(message.rule, message.value, record.received_at)
            elif isinstance(record, StateRecord):
                self._headline.take(record)
            else:
                self._headline.sent(record)
        self._changed = self._changed or bool(records)

    def idle(self, now: Instant) -> float | None:
        """Draw if it is time, and say when it is time again."""
        due = self._due()
        if due is None or now.monotonic < due:
            return due
        if self._moves:
            size = self._outlet.size()
            self._frame.draw(self.snapshot(now, size), size, now.monotonic)
        else:
            self._append([*self.snapshot(now, self._outlet.size()), ""])
        self._changed = False
        self._drawn_at = now.monotonic
        return self._due()

    def finish(self, now: Instant) -> None:
        """Draw the last state, which stays where it is."""
        self._over = True
        self._headline.end()
        if self._outlet.isatty:
            size = self._outlet.size()
            lines = self.snapshot(now, size)
            if self._moves:
                self._frame.draw(lines, size, now.monotonic)
            else:
                self._append(lines)
        else:
            self._append(self._body(*_NO_LIMIT, now))

    def close(self) -> None:
        """Leave the terminal sane, whatever happened."""
        self._over = True
        self._frame.restore()

    def snapshot(self, now: Instant, size: tuple[int, int]) -> list[str]:
        """Give the lines of a frame for a terminal of so many columns and rows. They hold nothing
        but printable text and ANSI sequences, so ``rich.text.Text.from_ansi`` makes a picture.
        """
        width, height = max(size[0] - 1, 1), max(size[1] - 1, 1)  # the cursor needs room as well
        head = self._headline.lines(width, 2 if height >= 6 else 1, now)
        notes = self._headline.notes(width, height // 4)
        gap = [""] if height >= _ROOMY else []
        used = len(head) + len(notes) + len(gap) * (2 if notes else 1)
        body = self._body(width, height - used, now)
        lines = [*head, *gap, *body]
        return [*lines, *gap, *notes] if notes else lines

    def _due(self) -> float | None:
        """When the next frame is wanted, in monotonic seconds."""
        if self._over or not self._outlet.isatty:
            return None
        if self._drawn_at is None:
            return 0.0
        if not self._moves:
            return self._drawn_at + _APPENDED if self._changed else None
        restless = self._headline.restless or any(grid.restless for grid in self._grids)
        return self._drawn_at + (_QUICK if self._changed or restless else _SLOW)

    def _body(self, width: int, height: int, now: Instant) -> list[str]:
        """Give the lines of all tables that have rows, or say why there is none."""
        grids = [grid for grid in self._grids if len(grid.view)]
        if not grids:
            return self._nothing_yet(width)[: max(height, 0)]
        title = len(grids) > 1
        wanted = [grid.wanted + title for grid in grids]
        lines: list[str] = []
        for grid, share in zip(grids, share_lines(wanted, max(height, 0)), strict=True):
            if share <= title:
                continue
            if title:
                name = printable(grid.view.table.name)
                lines.append(self._paint.line([(name, "bold cyan")], width))
            lines += grid.lines(width, share - title, now)
        return lines

    def _nothing_yet(self, width: int) -> list[str]:
        if any(grid.view.revision for grid in self._grids):
            return [self._paint.line([("The table is empty.", "")], width)]
        if not self._headline.connected:
            return []
        text = f"Connected; waiting for the first update. {self._caution}"
        most = max(width * len(text) // width_of(text), 1)  # wide characters take two cells each
        return [self._paint.line([(line, "")], width) for line in wrap(text, most)]

    def _append(self, lines: Sequence[str]) -> None:
        if lines:
            self._outlet.write(encode("".join(f"{line}\n" for line in lines), self._encoding))
