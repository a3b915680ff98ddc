"""The rows of one table as comma-separated values (RFC 4180): a line for each row that a message
brings, as the row is then.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from wscli.model.instant import Instant
from wscli.model.message import MISSING, Message
from wscli.model.record import MessageRecord, Record, RowsRecord
from wscli.output.base import Stage
from wscli.output.cells import plain
from wscli.output.digits import as_written, compact
from wscli.output.escape import encode, printable
from wscli.tables.values import as_number

_FORMULA: Final = re.compile("[=+\\-@\\t\\r\\n\\uff1d\\uff0b\\uff0d\\uff20]")
"""How a text begins that a spreadsheet would run: full-width signs are signs to some of them."""

_END: Final = "\r\n"  # of a line, while it is made: only a cell with one of these is quoted for it


class CsvReporter:
    """Prints a header and rows, in one write a batch; lines end with a line feed. Columns that are
    hidden on a screen are there as well, and values are as they came.

    A row of a table with a key is printed whole, with all that is known of it. Rows of messages
    that are not shown themselves are remembered and not printed; what removes rows prints nothing.
    """

    def __init__(self, stage: Stage) -> None:
        self._write = stage.outlet.write
        self._isatty = stage.outlet.isatty
        self._encoding = stage.encoding
        self._tables = stage.tables
        table = next(
            each for each in stage.profile.tables if stage.table is None or stage.table == each.name
        )
        self._rules = frozenset(
            rule.name
            for rule in stage.profile.messages
            if rule.rows is not None and rule.rows.table == table.name
        )
        self._columns = [column.name for column in table.columns]
        self._lines = _Lines()
        self._writer = csv.writer(self._lines, lineterminator=_END)
        self._writer.writerow([_defused(name) for name in self._columns])
        self._header = self._lines.take()  # goes out with the first rows

    def report(self, records: Sequence[Record]) -> None:
        """Print a batch."""
        for record in records:
            if isinstance(record, MessageRecord | RowsRecord):
                rows = list(self._rows(record.message, record.received_at))
                if isinstance(record, MessageRecord):
                    self._writer.writerows(rows)
        lines = self._lines.take()
        if lines:
            self._print(lines)

    def idle(self, now: Instant) -> float | None:  # noqa: ARG002 - nothing is ever due
        """Nothing waits to be drawn."""
        return None

    def finish(self, now: Instant) -> None:  # noqa: ARG002 - no time is shown
        """Print the header where no row came."""
        if self._header:
            self._print("")

    def close(self) -> None:
        """The terminal is as it was."""

    def _rows(self, message: Message, now: Instant) -> Iterator[list[str]]:
        if message.rule in self._rules and message.value is not MISSING:
            value = as_written(message.raw, message.value)
            for cells in self._tables.fed(message.rule, value, now):
                yield [_field(cells.get(column)) for column in self._columns]

    def _print(self, lines: str) -> None:
        text, self._header = self._header + lines, ""
        if self._isatty:
            self._write(encode(printable(text, keep_newlines=True), self._encoding))
        else:
            self._write(text.encode(errors="backslashreplace"))  # half a surrogate pair


class _Lines:
    """What the writer writes to: keeps lines, with a line feed at their end."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def write(self, line: str) -> None:
        """Keep one."""
        self._lines.append(f"{line.removesuffix(_END)}\n")

    def take(self) -> str:
        """Give what was kept, and begin anew."""
        text = "".join(self._lines)
        self._lines.clear()
        return text


def _field(cell: Any) -> str:
    """Give a value's text: nothing where there is none, lists and objects as JSON."""
    if cell is None:
        return ""
    if isinstance(cell, list | dict):
        return compact(cell)
    return _defused(cell) if isinstance(cell, str) else plain(cell)


def _defused(text: str) -> str:
    """Put a quote before what a spreadsheet would take for a formula. A plain number is none,
    whatever its sign.
    """
    return f"'{text}" if _FORMULA.match(text) and as_number(text) is None else text
