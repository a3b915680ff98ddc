"""``--envelope``: each message inside of an object that says what is known about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from wscli.messages.decode import decode
from wscli.messages.exact import exact_text
from wscli.model.instant import Instant
from wscli.model.message import MISSING, Message
from wscli.model.record import MessageRecord, Record, StateEvent, StateRecord, Violation
from wscli.model.wire import Binary
from wscli.output.json_line import json_of
from wscli.output.project import Input, Seen

EVENTS: Final = frozenset(
    {
        StateEvent.CONNECTING,
        StateEvent.CONNECTED,
        StateEvent.READY,
        StateEvent.PROBLEM,
        StateEvent.REJECTED,
        StateEvent.GAP,
        StateEvent.RECOVERED,
        StateEvent.QUIET,
        StateEvent.PAUSED,
        StateEvent.LOST,
        StateEvent.RECONNECTING,
        StateEvent.CLOSING,
        StateEvent.ENDED,
    }
)
"""The changes that are lines: what happens to the connection. What is wrong with a message stands
in its own envelope, and single steps and frames sent are for stderr.
"""

_BEFORE: Final = (
    b'%b"seq": %d, "type": %b, "valid": %b, "errors": %b, "origin": "%b", "lag_ms": %b%b, '
    b'"message": '
)
_ERROR: Final = b'{"path": %b, "message": %b, "keyword": %b}'
_VALID: Final = {True: b"true", False: b"false", None: b"null"}
_NAMES: Final = 1000  # a provider that makes up type names must not fill the memory


class Envelope:
    """Writes records as strict JSON, one line each; a message's own bytes are in it as they came.

    ``name``: what the stream is called. ``events``: whether changes of the connection are lines.
    """

    def __init__(self, name: str, *, events: bool) -> None:
        self._profile = exact_text(name)
        self._events = events
        self._types: dict[str, bytes] = {"": b"null"}
        self._at: tuple[Instant, int] | None = None  # what ``_head`` says
        self._head = b""

    def lines(self, records: Sequence[Record]) -> list[bytes]:
        """Give a line for each record that has one."""
        lines = []
        for record in records:
            if isinstance(record, MessageRecord):
                lines.append(b"%b%b}" % (self._before(record), json_of(record.message)))
            elif isinstance(record, StateRecord) and self._has_line(record):
                lines.append(self._event(record))
        return lines

    def given(self, record: Seen) -> Input | None:
        """Give what a program sees of a record, None where it has no line."""
        if isinstance(record, StateRecord):
            return _read(self._event(record)) if self._has_line(record) else None
        before, message = self._before(record), record.message
        line = b"%b%b}" % (before, json_of(message))
        if message.value is MISSING:
            return _read(line)
        value, _ = decode(before + b"null}")
        value["message"] = message.value  # which need not be read again
        return value, line

    def _has_line(self, record: StateRecord) -> bool:
        return self._events and record.event in EVENTS

    def _before(self, record: MessageRecord) -> bytes:
        """Give all that stands before the message."""
        message, seq, at, connection, valid, violations, lag = record
        return _BEFORE % (
            self._opened(at, connection),
            seq,
            self._types.get(message.name) or self._type(message.name),
            _VALID[valid],
            _errors(violations) if violations else b"[]",
            message.origin.encode(),
            b"null" if lag is None else _number(lag * 1000),
            _problem(message) if message.value is MISSING else b"",
        )

    def _event(self, record: StateRecord) -> bytes:
        return b'%b"event": "%b", "reason": %b, "delay_s": %b}' % (
            self._opened(record.at, record.connection),
            record.event.encode(),
            exact_text(record.text),
            b"null" if record.delay is None else _number(record.delay),
        )

    def _opened(self, at: Instant, connection: int) -> bytes:
        """Give what all records of a moment have in common."""
        if self._at != (at, connection):
            moment = datetime.fromtimestamp(at.wall, UTC).isoformat(timespec="microseconds")
            self._at = at, connection
            self._head = b'{"received_at": "%bZ", "profile": %b, "connection": %d, ' % (
                moment.removesuffix("+00:00").encode(),
                self._profile,
                connection,
            )
        return self._head

    def _type(self, name: str) -> bytes:
        if len(self._types) >= _NAMES:
            self._types = {"": b"null"}
        text = self._types[name] = exact_text(name)
        return text


def _read(line: bytes) -> Input:
    return decode(line)[0], line


def _errors(violations: Sequence[Violation]) -> bytes:
    parts = (tuple(map(exact_text, (path, what, key or None))) for path, what, key in violations)
    return b"[%b]" % b", ".join(_ERROR % each for each in parts)


def _problem(message: Message) -> bytes:
    """Say why a message is given as a string, and how."""
    encoding = b', "encoding": "base64"' if isinstance(message.raw, Binary) else b""
    return b', "problem": %b%b' % (exact_text(message.problem), encoding)


def _number(number: float) -> bytes:
    return repr(round(number, 3)).encode()
