"""What a user can say to a stream: a closed set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final, TypeAlias

from wscli.model.frozen import frozen

BUILT_IN: Final[Mapping[str, str]] = {
    "help": "what can be said",
    "quit": "end the run, as Ctrl-D does",
    "ping": "send a WebSocket ping: /ping [text]",
    "close": "close the connection and end the run: /close [code [reason]]",
}
"""What can be said to every stream, by the word behind the slash; no operation may be called so."""


@frozen
class Text:
    """A text frame, as it stands; it may hold a secret."""

    text: str = field(repr=False)


@frozen
class Call:
    """One of the profile's operations, with what fills it in beside the profile's own values."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)


@frozen
class Ping:
    """A WebSocket ping with at most 125 bytes; its pong is told."""

    payload: bytes = b""


@frozen
class Goodbye:
    """The end of the run, with this close frame."""

    code: int = 1000
    reason: str = ""


Saying: TypeAlias = Text | Call | Ping | Goodbye
