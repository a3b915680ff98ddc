"""The port to an open connection."""

from __future__ import annotations

from typing import Protocol

from wscli.model.wire import Handshake, Incoming


class Wire(Protocol):
    """What the worker needs of an open connection, see ``transport.connection.Connection``."""

    @property
    def handshake(self) -> Handshake:
        """The server's answer."""

    @property
    def taken(self) -> int:
        """Bytes received so far, those of unfinished messages included."""

    @property
    def behind(self) -> bool:
        """Whether something waits to be received that came while a frame was sent."""

    def receive(self, timeout: float | None) -> list[Incoming]:
        """Wait for messages and give what has come."""

    def send_text(self, text: str) -> None:
        """Send a text message."""

    def ping(self, payload: bytes) -> None:
        """Send a ping."""

    def close(self, code: int, reason: str) -> None:
        """Send a close frame."""

    def abort(self) -> None:
        """Give the socket back."""
