"""Each message as one line of JSON: its own bytes. The hot path of the main thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.record import MessageRecord, Record
from wscli.output.base import Stage
from wscli.output.envelope import Envelope
from wscli.output.escape import printable_json
from wscli.output.json_line import json_of, on_one_line_each
from wscli.output.project import Projection


class NdjsonReporter:
    """Prints messages, or their envelopes, or what a program makes of either, in one write a batch.
    Changes of state are lines where the stage wants ``events`` in envelopes; sent frames are none.
    """

    def __init__(self, stage: Stage) -> None:
        self._write = stage.outlet.write
        self._isatty = stage.outlet.isatty
        self._encoding = stage.encoding
        self._lines = _lines_of(stage)

    def report(self, records: Sequence[Record]) -> None:
        """Print a batch."""
        lines = self._lines(records)
        if not lines:
            return
        data = b"\n".join([*on_one_line_each(lines), b""])  # the last one gets a line break too
        self._write(printable_json(data, self._encoding) if self._isatty else data)

    def idle(self, now: Instant) -> float | None:  # noqa: ARG002 - nothing is ever due
        """Nothing waits to be drawn."""
        return None

    def finish(self, now: Instant) -> None:
        """Nothing is left to show."""

    def close(self) -> None:
        """The terminal is as it was."""


def _lines_of(stage: Stage) -> Callable[[Sequence[Record]], list[bytes]]:
    """Choose what gives the lines of a batch."""
    program = stage.program
    if not stage.envelope:
        return _own_lines if program is None else Projection(program, stage).lines
    envelope = Envelope(stage.label or stage.profile.name, events=stage.events)
    if program is None:
        return envelope.lines
    return Projection(program, stage, envelope.given).lines


def _own_lines(records: Sequence[Record]) -> list[bytes]:
    lines = [
        record[0][0]  # record.message.raw, by position: names cost twice as much here
        for record in records
        if type(record) is MessageRecord and record[0][1] is not MISSING
    ]
    if len(lines) != len(records):
        lines = [json_of(each.message) for each in records if isinstance(each, MessageRecord)]
    return lines
