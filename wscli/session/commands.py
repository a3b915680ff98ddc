"""Everything the session can ask for: a closed set, carried out by the worker in order."""

from __future__ import annotations

from typing import TypeAlias

from wscli.model.frozen import frozen
from wscli.model.record import Ending, StateRecord
from wscli.model.wire import Target


@frozen
class Connect:
    """Open a connection; answered by Connected or ConnectFailed."""

    target: Target


@frozen
class Send:
    """Send a text frame. ``shown`` is the same with its secrets masked."""

    text: str
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
class Announce:
    """Tell the user, at this place among the messages."""

    record: StateRecord


@frozen
class Finish:
    """The run is over. The last command, once."""

    ending: Ending


Command: TypeAlias = Connect | Send | SendPing | Close | Drop | Announce | Finish
