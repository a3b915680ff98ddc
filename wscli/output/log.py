"""One line a message, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias
from zlib import crc32

from wscli.model.instant import Instant
from wscli.model.message import MISSING, Message, MessageOrigin
from wscli.model.record import MessageRecord, Record
from wscli.model.tables import Column
from wscli.model.wire import Binary
from wscli.output.base import Stage
from wscli.output.cells import show, style_of
from wscli.output.digits import as_written
from wscli.output.escape import encode, printable
from wscli.output.paint import Paint, fit, width_of
from wscli.output.reasons import reasons
from wscli.output.telling import telling
from wscli.output.words import plural, time_of_day
from wscli.tables.values import bounded

Segments: TypeAlias = Iterator[tuple[str, str]]

_COLOURS: Final = ("cyan", "magenta", "blue", "green", "yellow", "bright_cyan", "bright_magenta")
_NO_LIMIT: Final = 1_000_000  # cells of a line that goes to a file
_WIDEST: Final = 24  # cells to which types are aligned
_BREAKS: Final = str.maketrans("\r\n\t", "   ")


class LogReporter:
    """Prints messages, in one write a batch: time, type, and what the message says: the columns of
    the table that it feeds, its most telling fields, or its own text, cut to the terminal's width.
    Why it is invalid follows on lines of its own.
    """

    def __init__(self, stage: Stage) -> None:
        self._outlet = stage.outlet
        self._encoding = stage.encoding
        self._label = printable(stage.label)
        self._tables = stage.tables
        self._typed = bool(stage.profile.messages)  # else any frame is as good as another
        self._paint = Paint(colour=stage.colour, attributes=stage.moves and stage.outlet.isatty)
        self._type_width = 0  # only grows, so that lines stay under each other

    def report(self, records: Sequence[Record]) -> None:
        """Print a batch."""
        width = self._outlet.size()[0] if self._outlet.isatty else _NO_LIMIT
        lines = []
        for record in records:
            if isinstance(record, MessageRecord):
                lines.append(self._paint.line(self._message(record, width), width))
                lines += self._reasons(record, width)
        if lines:
            self._outlet.write(encode("".join(f"{line}\n" for line in lines), self._encoding))

    def idle(self, now: Instant) -> float | None:  # noqa: ARG002 - nothing is ever due
        """Nothing waits to be drawn."""
        return None

    def finish(self, now: Instant) -> None:
        """Nothing is left to show."""

    def close(self) -> None:
        """The terminal is as it was."""

    def _message(self, record: MessageRecord, width: int) -> Segments:
        message = record.message
        yield f"{time_of_day(record.received_at.wall)}  ", "dim"
        if self._label:
            yield f"{self._label}  ", _colour_of(self._label)
        name = printable(message.name[:_WIDEST])
        if name:
            self._type_width = max(self._type_width, min(width_of(name), _WIDEST))
            yield f"{fit(name, self._type_width)}  ", _colour_of(name)
        if record.valid is False:
            yield "✗ ", "bold red"
        if message.origin is not MessageOrigin.LIVE:
            yield f"{message.origin}  ", "dim"
        rows = self._tables.rows_of(message.rule, message.value)
        columns = self._tables.columns_of(message.rule)
        first = next(rows, {})
        pairs = list(_pairs(first, columns, record.received_at.wall))
        if not pairs:  # of a row that goes there may be no more than a key that is not shown
            yield from self._without_table(message, width)
            return
        more = sum(1 for _ in rows)
        if more:
            yield f"{plural(more + 1, 'row')}: ", "dim"
        yield from pairs

    def _without_table(self, message: Message, width: int) -> Segments:
        """Tell a message by its fields where a profile knows what it is, else by its own text."""
        fields = []
        if self._typed and isinstance(message.value, dict):
            fields = telling(as_written(message.raw, message.value), message.name)
        if not fields:
            yield _own_text(message, width), ""
        for index, field in enumerate(fields):
            yield f"{' ' if index else ''}{printable(field.path)}=", "dim"
            yield _quoted(printable(field.text)), ""

    def _reasons(self, record: MessageRecord, width: int) -> list[str]:
        texts = reasons(record, typed=self._typed)
        return [self._paint.line([(f"    {text}", "red")], width) for text in texts]


def _pairs(cells: dict[str, Any], columns: Sequence[Column], wall: float) -> Segments:
    """Give ``name=value`` for each column that is shown and known."""
    between = ""
    for column in columns:
        cell = bounded(cells.get(column.name))
        if column.hide or cell is None:
            continue
        text = show(cell, column, wall)
        if column.format is None:
            text = _quoted(text)
        yield f"{between}{printable(column.name)}=", "dim"
        yield text, style_of(cell, column)
        between = " "


def _quoted(text: str) -> str:
    """Give a text so that it can be seen where it ends; a list ends with its bracket."""
    return f'"{text}"' if " " in text and not text.startswith("[") else text


def _own_text(message: Message, width: int) -> str:
    """Give the beginning of a message's own text, on one line."""
    raw = message.raw
    start = raw[: 4 * width]  # a character has four bytes at the most
    if message.value is not MISSING:
        return printable(start.decode(errors="replace").translate(_BREAKS))
    if isinstance(raw, Binary):
        return f"binary, {plural(len(raw), 'byte')}: {start.hex(' ')}"
    return printable(start.decode(errors="replace"))


def _colour_of(name: str) -> str:
    """A steady colour for a type: a hash that is the same in every run."""
    return _COLOURS[crc32(name.encode()) % len(_COLOURS)]
