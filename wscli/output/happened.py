"""What happened to the stream, kept for whoever looks later."""

from __future__ import annotations

from collections import deque
from typing import Final

from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.record import SentRecord, StateEvent, StateRecord
from wscli.output.escape import printable
from wscli.output.status import LOUDNESS, Loudness, sentence
from wscli.output.words import cut

_WORRYING: Final = {
    StateEvent.PROBLEM: "red",
    StateEvent.INVALID: "red",
    StateEvent.REJECTED: "red",
    StateEvent.GAP: "yellow",
}
"""The events whose note is more than one of many, and its colour."""

_ERROR: Final = "red"
_LONGEST: Final = 500  # characters of a text that are kept
_KEPT: Final = 100  # notes, and as many errors besides, so that notes do not push them out


@frozen
class Note:
    """One thing that happened; ``text`` is printable."""

    at: Instant
    text: str
    style: str


class Happened:
    """Keeps the last notes and the last errors. ``errors`` counts those of the whole run."""

    def __init__(self, *, verbose: bool = False) -> None:
        self.errors = 0
        self._loudness = Loudness.VERBOSE if verbose else Loudness.NORMAL
        self._notes: deque[tuple[int, Note]] = deque(maxlen=_KEPT)
        self._errors: deque[tuple[int, Note]] = deque(maxlen=_KEPT)
        self._number = 0

    def take(self, record: StateRecord | SentRecord) -> None:
        """Keep a change of state or a sent frame, if that is wanted."""
        if isinstance(record, SentRecord):
            if self._loudness is Loudness.VERBOSE:
                self._keep(record.sent_at, f"> {record.shown}", "dim")
        elif LOUDNESS[record.event] <= self._loudness:
            self._keep(record.at, sentence(record), _WORRYING.get(record.event, "dim"))

    def last(self, count: int) -> list[Note]:
        """Give the last notes, the latest at the end."""
        return [note for _, note in list(self._notes)[-count:]] if count > 0 else []

    def everything(self) -> list[Note]:
        """Give all that is kept, the latest at the end."""
        by_number = dict([*self._errors, *self._notes])
        return [by_number[number] for number in sorted(by_number)]

    def _keep(self, at: Instant, text: str, style: str) -> None:
        self._number += 1
        note = (self._number, Note(at, printable(cut(text, _LONGEST)), style))
        self._notes.append(note)
        if style == _ERROR:
            self.errors += 1
            self._errors.append(note)
