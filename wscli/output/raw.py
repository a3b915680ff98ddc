"""Each frame's own bytes and a line break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wscli.model.instant import Instant
from wscli.model.message import Derived
from wscli.model.record import MessageRecord, Record
from wscli.output.base import Stage
from wscli.output.escape import encode, printable


class RawReporter:
    """Prints the bytes of messages, in one write a batch; nothing else. Messages that were made
    from one frame and come in a row print that frame once. On a terminal what it would act on is
    escaped.
    """

    def __init__(self, stage: Stage) -> None:
        self._write = stage.outlet.write
        self._isatty = stage.outlet.isatty
        self._encoding = stage.encoding
        self._last: bytes | None = None  # the frame that was printed, if messages were made from it

    def report(self, records: Sequence[Record]) -> None:
        """Print a batch."""
        # record.message.raw, by position: names cost twice as much here
        frames = [record[0][0] for record in records if type(record) is MessageRecord]
        if Derived in {type(frame) for frame in frames}:
            frames = list(self._once(frames))
        elif frames:
            self._last = None
        if not frames:
            return
        data = b"\n".join(frames)
        if self._isatty:
            text = data.decode(errors="backslashreplace")
            data = encode(printable(text, keep_newlines=True), self._encoding)
        self._write(data + b"\n")

    def idle(self, now: Instant) -> float | None:  # noqa: ARG002 - nothing is ever due
        """Nothing waits to be drawn."""
        return None

    def finish(self, now: Instant) -> None:
        """Nothing is left to show."""

    def close(self) -> None:
        """The terminal is as it was."""

    def _once(self, raws: Iterable[bytes]) -> Iterator[bytes]:
        """Give the frames that these came from, one after the other but never the same again."""
        for raw in raws:
            if not isinstance(raw, Derived):
                self._last = None
                yield raw
            elif raw.frame is not self._last:
                self._last = raw.frame
                yield raw.frame
