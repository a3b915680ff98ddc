"""What a user can see: a message, a sent frame, a change of state."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import Message


class Violation(NamedTuple):
    """One way in which a message breaks its schema. ``path`` points to the place as a jq path
    (``.payload.discount``, "." for the whole message); ``what`` says what is wrong there, without
    a full stop. ``keyword`` is the JSON Schema keyword that is broken, "" where unknown: with the
    path it tells one reason from another, whatever the value was.
    """

    path: str
    what: str
    keyword: str = ""


class MessageRecord(NamedTuple):
    """A message that is to be shown. ``seq`` counts the received messages of this run from 1, so
    a filtered stream still shows where lines were left out. ``valid`` is None where no schema was
    looked at.
    """

    message: Message
    seq: int
    received_at: Instant
    connection: int
    valid: bool | None
    violations: tuple[Violation, ...] = ()
    lag: float | None = None


class RowsRecord(NamedTuple):
    """A message that is not to be shown itself, but has rows for a table."""

    message: Message
    received_at: Instant


class SentRecord(NamedTuple):
    """A frame that we sent, as it may be shown: its secrets are masked."""

    shown: str
    sent_at: Instant
    connection: int


class StateEvent(StrEnum):
    """What can happen to a stream, in the words of the envelope."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    STEP = "step"  # a step of the profile's session began or ended; for -v
    READY = "ready"  # the session's steps are through
    PROBLEM = "problem"  # the provider reports an error
    INVALID = "invalid"  # a message breaks its schema, in a way not seen before
    UNKNOWN = "unknown"  # a type of message that the profile does not know, not seen before
    REJECTED = "rejected"  # something that was asked for is refused, the rest goes on
    GAP = "gap"  # messages are missing
    RECOVERED = "recovered"  # messages that were missed have been asked for and shown
    QUIET = "quiet"  # no data for longer than the profile expects
    PAUSED = "paused"  # our own reader is slow: reading has stopped
    LOST = "lost"  # the connection ended
    RECONNECTING = "reconnecting"
    CLOSING = "closing"
    ENDED = "ended"
    UNSENT = "unsent"  # what the user wanted to say cannot be sent
    SPOKEN = "spoken"  # all that the user had to say is sent; for -v
    PONG = "pong"  # the user's own ping is answered


@frozen
class StateRecord:
    """A change in the life of the stream. ``text`` is a plain sentence without a full stop, from
    ourselves and the provider: whoever shows it makes it safe for a terminal.
    """

    event: StateEvent
    text: str
    at: Instant
    connection: int = 0
    delay: float | None = None  # seconds until the next attempt, for RECONNECTING
    hint: str = ""


@frozen
class Ending:
    """How a stream ended: the exit code (see the table of exit codes), a sentence and a hint."""

    exit_code: int
    text: str = ""
    hint: str = ""


Record: TypeAlias = MessageRecord | RowsRecord | SentRecord | StateRecord
Item: TypeAlias = Message | SentRecord | StateRecord


@frozen
class Batch:
    """What travels from the worker to the main thread at once, in the order it happened.

    ``size`` is its weight in bytes, for the bounded inbox; ``ending`` is set on the last one;
    ``repeated`` counts the messages that were dropped because they had come before; ``lane`` is the
    number of the stream among those that are followed at once.
    """

    items: list[Item]
    at: Instant
    connection: int
    size: int
    ending: Ending | None = None
    repeated: int = 0
    lane: int = 0
