"""``--jq``: what a program makes of messages, in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from wscli.model.record import MessageRecord, Record, StateEvent, StateRecord

if TYPE_CHECKING:
    from wscli.jq.engine import Program  # only programs of the user's own need it at run time

_ERRORS: Final = 100  # distinct errors that are told
_VALUE: Final = re.compile(r"\(.*\)")  # jq's errors quote values: `string ("abc") cannot be …`


class Projection:
    """Runs a program over messages. ``note`` is told of each error once, whatever the values that
    it came of.
    """

    def __init__(self, program: Program, note: Callable[[StateRecord], None]) -> None:
        self._program = program
        self._note = note
        self._told: set[str] = set()

    def lines(self, records: Sequence[Record]) -> list[bytes]:
        """Give each result as one line of JSON. A message on which the program fails gives none."""
        run = self._program.run
        lines: list[bytes] = []
        for record in records:
            if isinstance(record, MessageRecord):
                results = run(record.message.value, record.message.raw)
                if results.error:
                    self._failed(results.error, record)
                else:
                    lines += results.lines
        return lines

    def _failed(self, error: str, record: MessageRecord) -> None:
        kind = _VALUE.sub("", error)
        if kind not in self._told and len(self._told) < _ERRORS:
            self._told.add(kind)
            text = f"--jq: {error}"
            self._note(StateRecord(StateEvent.INVALID, text, record.received_at, record.connection))
