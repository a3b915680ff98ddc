"""``--jq``: what a program makes of messages, in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wscli.inspection.enough import Enough, Printed
from wscli.model.record import MessageRecord, Record, StateEvent, StateRecord
from wscli.output.base import Stage

if TYPE_CHECKING:
    from wscli.jq.engine import Program  # only programs of the user's own need it at run time

_ERRORS: Final = 100  # distinct errors that are told
_VALUE: Final = re.compile(r"\(.*\)")  # jq's errors quote values: `string ("abc") cannot be …`

Input: TypeAlias = tuple[Any, bytes]
"""What a program looks at: a value and the JSON text that it was read from."""

Seen: TypeAlias = MessageRecord | StateRecord
"""The records that a program can see."""


def message_of(record: Seen) -> Input | None:
    """Give what a program sees of a record: messages, and nothing of the rest."""
    if isinstance(record, MessageRecord):
        return record.message.value, record.message.raw
    return None


class Projection:
    """Runs the stage's program over records. ``given`` says what it sees of each, if anything. The
    stage is told of each error once, whatever the values that it came of.
    """

    def __init__(
        self,
        program: Program,
        stage: Stage,
        given: Callable[[Seen], Input | None] = message_of,
    ) -> None:
        self._program = program
        self._note = stage.note
        self._printed = Printed(stage.enough or Enough(), stage.statistics)
        self._given = given
        self._told: set[str] = set()

    def lines(self, records: Sequence[Record]) -> list[bytes]:
        """Give each result as one line of JSON. A record on which the program fails gives none, and
        so do those after the last that is wanted.
        """
        printed = self._printed
        lines: list[bytes] = []
        for record in records:
            if isinstance(record, MessageRecord):
                results = () if printed.enough else self._results(record)
                printed.tell(record.message, printed=bool(results))
                lines += results
            elif isinstance(record, StateRecord) and not printed.enough:
                lines += self._results(record)
        return lines

    def _results(self, record: Seen) -> Sequence[bytes]:
        given = self._given(record)
        if given is None:
            return ()
        results = self._program.run(*given)
        if results.error:
            self._failed(results.error, record)
            return ()
        return results.lines

    def _failed(self, error: str, record: Seen) -> None:
        kind = _VALUE.sub("", error)
        if kind not in self._told and len(self._told) < _ERRORS:
            self._told.add(kind)
            at = record.at if isinstance(record, StateRecord) else record.received_at
            text = f"--jq: {error}"
            self._note(StateRecord(StateEvent.INVALID, text, at, record.connection))
