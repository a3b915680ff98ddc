"""One client that a fake has let in, and what may be done to it."""

from __future__ import annotations

import contextlib
import threading

from tests.harness.wire import Gone
from tests.harness.ws_connection import Connection


class Guest:
    """A client that was let in. Any thread may send; one that has left meanwhile is no error.

    ``speaking`` is held while frames must follow each other: a welcome before anything else, a
    snapshot right behind its acknowledgement. What others send waits for it.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.speaking = threading.RLock()

    @property
    def is_open(self) -> bool:
        """Whether it was let in, and nobody has ended the connection."""
        return self.connection.is_open

    def send_raw(self, text: str | bytes) -> bytes:
        """Send a text frame as it is, bytes even where they are no UTF-8; returns its bytes."""
        data = text.encode() if isinstance(text, str) else text
        with self.speaking, contextlib.suppress(Gone):
            self.connection.send_text(data)
        return data

    def send_bytes(self, data: bytes) -> bytes:
        """Send a binary frame; returns its bytes."""
        with self.speaking, contextlib.suppress(Gone):
            self.connection.send_binary(data)
        return data

    def silence(self) -> None:
        """Send nothing more, not even pongs; the connection stays open."""
        self.connection.mute()

    def drop(self, code: int | None = 1000, reason: str = "") -> None:
        """Send a close frame with a code that RFC 6455 lets one send, or None for an empty one."""
        with contextlib.suppress(Gone):
            self.connection.close(code, reason)

    def cut(self, partial: bytes = b"", *, reset: bool = False) -> None:
        """Send the first bytes of a frame and end the connection without a close frame, by FIN or
        by RST.
        """
        with contextlib.suppress(Gone):
            self.connection.cut(partial, reset=reset)
