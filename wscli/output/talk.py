"""What the other side says, marked, beside what the user types: for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wscli.model.instant import Instant
from wscli.model.record import MessageRecord, Record
from wscli.model.wire import Binary
from wscli.output.base import Outlet
from wscli.output.escape import encode, printable
from wscli.output.words import plural

_MARK: Final = "< "
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_SHOWN: Final = 64  # bytes of a binary frame


class TalkReporter:
    """Prints each frame's text behind a mark, in one write a batch; further lines of it stand under
    the first. What the terminal would act on is escaped.
    """

    def __init__(self, outlet: Outlet, encoding: str, *, colour: bool) -> None:
        self._write = outlet.write
        self._encoding = encoding
        self._mark = f"{_DIM}{_MARK}{_PLAIN}" if colour else _MARK

    def report(self, records: Sequence[Record]) -> None:
        """Print a batch."""
        texts = [
            self._mark + _text(record.message.raw).replace("\n", f"\n{' ' * len(_MARK)}") + "\n"
            for record in records
            if isinstance(record, MessageRecord)
        ]
        if texts:
            self._write(encode("".join(texts), self._encoding))

    def idle(self, now: Instant) -> float | None:  # noqa: ARG002 - nothing is ever due
        """Nothing waits to be drawn."""
        return None

    def finish(self, now: Instant) -> None:
        """Nothing is left to show."""

    def close(self) -> None:
        """The terminal is as it was."""


def _text(raw: bytes) -> str:
    if isinstance(raw, Binary):
        more = "…" if len(raw) > _SHOWN else ""
        return f"binary, {plural(len(raw), 'byte')}: {raw[:_SHOWN].hex(' ')}{more}"
    return printable(raw.decode(errors="replace"), keep_newlines=True)
