"""Indented, coloured JSON: a message over several lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from wscli.model.instant import Instant
from wscli.model.message import MISSING, MessageOrigin
from wscli.model.record import MessageRecord, Record
from wscli.model.wire import Binary
from wscli.output.base import Stage
from wscli.output.escape import encode, printable, printable_json
from wscli.output.indent import indented
from wscli.output.json_line import json_of
from wscli.output.project import Projection
from wscli.output.reasons import reasons
from wscli.output.words import cut, plural, time_of_day

_ENOUGH: Final = 1 << 20  # bytes of one write: a large message grows when it is laid out
_LONGEST: Final = 200  # characters of a type's name
_DIM, _RED, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[0m"


class PrettyReporter:
    """Prints the JSON of messages, or of what a program makes of them, as ``jq .`` would, but with
    the digits and escapes that came.

    A terminal shows a line with time and type above each message, why it is invalid, and what is no
    JSON as text; a pipe gets JSON alone.
    """

    def __init__(self, stage: Stage) -> None:
        self._write = stage.outlet.write
        self._isatty = stage.outlet.isatty
        self._encoding = stage.encoding
        self._label = stage.label
        self._typed = bool(stage.profile.messages)
        self._colour = stage.colour
        self._moves = stage.moves
        self._projection = None if stage.program is None else Projection(stage.program, stage)

    def report(self, records: Sequence[Record]) -> None:
        """Print a batch."""
        waiting: list[bytes] = []
        size = 0
        for piece in self._pieces(records):
            waiting.append(piece)
            size += len(piece)
            if size >= _ENOUGH:
                self._write(b"".join(waiting))
                waiting, size = [], 0
        if waiting:
            self._write(b"".join(waiting))

    def idle(self, now: Instant) -> float | None:  # noqa: ARG002 - nothing is ever due
        """Nothing waits to be drawn."""
        return None

    def finish(self, now: Instant) -> None:
        """Nothing is left to show."""

    def close(self) -> None:
        """The terminal is as it was."""

    def _pieces(self, records: Sequence[Record]) -> Iterator[bytes]:
        if self._projection is not None:
            for line in self._projection.lines(records):
                yield from self._json(line)
            return
        for record in records:
            if isinstance(record, MessageRecord):
                if self._isatty:
                    yield from self._above(record)
                if self._isatty and record.message.value is MISSING:
                    yield self._encoded(f"{_text(record.message.raw)}\n")
                else:
                    yield from self._json(json_of(record.message))

    def _json(self, text: bytes) -> Iterator[bytes]:
        if self._isatty:
            text = printable_json(text, self._encoding)
        yield from indented(text, colour=self._colour)
        yield b"\n"

    def _above(self, record: MessageRecord) -> Iterator[bytes]:
        """Give the line that introduces a message, and a line for each reason why it is invalid."""
        message = record.message
        parts = [time_of_day(record.received_at.wall)]
        if self._label:
            parts.append(printable(self._label))
        if message.name:
            parts.append(printable(cut(message.name, _LONGEST)))
        if message.origin is not MessageOrigin.LIVE:
            parts.append(str(message.origin))
        mark = self._styled("  ✗", _RED) if record.valid is False else ""
        yield self._encoded(f"{self._styled('  '.join(parts), _DIM)}{mark}\n")
        for reason in reasons(record, typed=self._typed):
            yield self._encoded(f"{self._styled(f'    {reason}', _RED)}\n")

    def _styled(self, text: str, style: str) -> str:
        wanted = self._moves if style == _DIM else self._colour
        return f"{style}{text}{_PLAIN}" if wanted else text

    def _encoded(self, text: str) -> bytes:
        return encode(text, self._encoding)


def _text(raw: bytes) -> str:
    """Give what is no JSON as a person can read it."""
    if isinstance(raw, Binary):
        return f"binary, {plural(len(raw), 'byte')}: {raw.hex(' ')}"
    return printable(raw.decode(errors="replace"), keep_newlines=True)
