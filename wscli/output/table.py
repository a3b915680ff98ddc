"""The live table: the latest state for a person, drawn by a clock and never by messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from wscli.model.instant import Instant
from wscli.model.record import MessageRecord, Record, RowsRecord, StateRecord
from wscli.output.base import Stage
from wscli.output.escape import encode
from wscli.output.frame import Frame
from wscli.output.keys import REDRAW, RESUMED
from wscli.output.picture import Picture

_QUICK: Final = 0.25  # seconds between two frames while something changes
_SLOW: Final = 1.0  # seconds between two frames while only ages do
_APPENDED: Final = 5.0  # seconds between two frames where they can only be appended
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
        self._moves = stage.moves and stage.outlet.isatty
        self._picture = Picture(stage, moves=self._moves)
        self._frame = Frame(stage.outlet, stage.encoding)
        self._changed = True
        self._urgent = False  # a key was pressed
        self._drawn_at: float | None = None  # monotonic seconds
        self._over = False

    def report(self, records: Sequence[Record]) -> None:
        """Put messages into their rows and remember changes of state; nothing is drawn."""
        apply = self._tables.apply
        names = []
        at = 0.0
        for record in records:
            if isinstance(record, MessageRecord):
                message = record.message
                names.append(message.name)
                at = record.received_at.monotonic
                apply(message.rule, message.value, record.received_at)
            elif isinstance(record, RowsRecord):
                apply(record.message.rule, record.message.value, record.received_at)
            else:
                self._picture.happened.take(record)
                if isinstance(record, StateRecord):
                    self._picture.headline.take(record)
        if names:
            self._picture.rates.add(Counter(names), at)
        self._changed = self._changed or bool(records)

    def press(self, keys: str) -> bool:
        """Do what keys ask for, each a character (see ``KeyReader``); tells whether the user wants
        to end the run. They are answered by the next ``idle``.
        """
        view = self._picture.view
        for key in keys:
            if key in (REDRAW, RESUMED):
                self._frame.forget(clear=key == REDRAW)
                self._urgent = True
            else:
                view = view.pressed(key)
        if view != self._picture.view:
            self._picture.see(view)
            self._urgent = True
        return view.leaving

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
        self._changed = self._urgent = False
        self._drawn_at = now.monotonic
        return self._due()

    def finish(self, now: Instant) -> None:
        """Draw the last state, which stays where it is."""
        self._over = True
        self._picture.end()
        if self._outlet.isatty:
            size = self._outlet.size()
            lines = self.snapshot(now, size)
            if self._moves:
                self._frame.draw(lines, size, now.monotonic)
            else:
                self._append(lines)
        else:
            self._append(self._picture.tables(*_NO_LIMIT, now))

    def close(self) -> None:
        """Leave the terminal sane, whatever happened."""
        self._over = True
        self._frame.restore()

    def snapshot(self, now: Instant, size: tuple[int, int]) -> list[str]:
        """Give the lines of a frame for a terminal of so many columns and rows. They hold nothing
        but printable text and ANSI sequences, so ``rich.text.Text.from_ansi`` makes a picture.
        """
        return self._picture.lines(now, size)

    def _due(self) -> float | None:
        """When the next frame is wanted, in monotonic seconds."""
        if self._over or not self._outlet.isatty:
            return None
        if self._drawn_at is None or self._urgent:
            return 0.0
        if not self._moves:
            return self._drawn_at + _APPENDED if self._changed else None
        restless = self._changed or self._picture.restless
        return self._drawn_at + (_QUICK if restless else _SLOW)

    def _append(self, lines: Sequence[str]) -> None:
        if lines:
            self._outlet.write(encode("".join(f"{line}\n" for line in lines), self._encoding))
