"""Each frame's own bytes and a line break."""

from __future__ import annotations

from collections.abc import Sequence

from wscli.model.instant import Instant
from wscli.model.record import MessageRecord, Record
from wscli.output.base import Stage
from wscli.output.escape import printable


class RawReporter:
    """Prints the bytes of messages, in one write a batch; nothing else. On a terminal what it
    would act on is escaped.
    """

    def __init__(self, stage: Stage) -> None:
        self._write = stage.outlet.write
        self._isatty = stage.outlet.isatty

    def report(self, records: Sequence[Record]) -> None:
        """Print a batch."""
        frames = [record[0][0] for record in records if type(record) is MessageRecord]
        if not frames:
            return
        data = b"\n".join(frames)
        if self._isatty:
            text = data.decode(errors="backslashreplace")
            data = printable(text, keep_newlines=True).encode()
        self._write(data + b"\n")

    def idle(self, now: Instant) -> float | None:  # noqa: ARG002 - nothing is ever due
        """Nothing waits to be drawn."""
        return None

    def finish(self, now: Instant) -> None:
        """Nothing is left to show."""

    def close(self) -> None:
        """The terminal is as it was."""
