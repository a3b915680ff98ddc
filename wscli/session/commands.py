"""Everything the session can ask for: a closed set, carried out by the worker in order."""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from wscli.model.frozen import frozen
from wscli.model.message import Message
from wscli.model.record import Ending, StateRecord
from wscli.model.wire import HttpRequest, Target


@frozen
class ReadSecrets:
    """Read the user's secrets; answered by SecretsRead or SecretsFailed."""


@frozen
class Ask:
    """Make an HTTP request; answered by HttpAnswered with the same ``token``."""

    token: int
    request: HttpRequest


@frozen
class Connect:
    """Open a connection; answered by Connected or ConnectFailed."""

    target: Target


@frozen
class Send:
    """Send a text frame. ``shown`` is it with its secrets masked."""

    text: str = field(repr=False)
    shown: str


@frozen
class SendPing:
    """Send a WebSocket ping; its pong comes back as PongReceived."""

    payload: bytes


@frozen
class Close:
    """Send a close frame and go on reading; answered by ConnectionEnded."""

    code: int
    reason: str = ""


@frozen
class Drop:
    """Give the connection up at once. Nothing answers."""


@frozen
class Deliver:
    """Show a message, at this place among the others: one of ``Session.gated``, or one that was
    asked for over HTTP.
    """

    message: Message


@frozen
class Skip:
    """A message came again; it is not shown, but counted."""


@frozen
class Announce:
    """Tell the user, at this place among the messages."""

    record: StateRecord


@frozen
class Finish:
    """The run is over. The last command, once."""

    ending: Ending


Command: TypeAlias = (
    ReadSecrets
    | Ask
    | Connect
    | Send
    | SendPing
    | Close
    | Drop
    | Deliver
    | Skip
    | Announce
    | Finish
)
