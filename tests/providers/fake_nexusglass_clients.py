"""Who is connected to the fake NexusGlass, and what may be done to them below its protocol."""

from __future__ import annotations

import contextlib
import threading

from tests.harness.wire import Gone
from tests.harness.ws_connection import Connection


class Clients:
    """The connections that were let in. Where a method takes ``only``, that is one of
    ``clients``; without it the method is for all of them. Those that leave meanwhile are no error.
    """

    def __init__(self) -> None:
        # One order for greetings, pushes and the log: no event comes before HANDSHAKE or between
        # SNAPSHOT and the stream. Held while sending, which ends after ten seconds at the most.
        self._delivery = threading.Lock()
        self._open: list[Connection] = []

    @property
    def clients(self) -> list[Connection]:
        """Those that are connected and greeted, in order of their coming."""
        with self._delivery:
            return [connection for connection in self._open if connection.is_open]

    def push_raw(self, text: str | bytes, *, only: Connection | None = None) -> None:
        """Send a text frame as it is, bytes even where they are no UTF-8."""
        for connection in self._those(only):
            deliver(connection, text)

    def push_bytes(self, data: bytes, *, only: Connection | None = None) -> None:
        """Send a binary frame."""
        for connection in self._those(only):
            with contextlib.suppress(Gone):
                connection.send_binary(data)

    def silence(self, *, only: Connection | None = None) -> None:
        """Send nothing more, not even a PONG; the connections stay open."""
        for connection in self._those(only):
            connection.mute()

    def drop(
        self, code: int | None = 1000, reason: str = "", *, only: Connection | None = None
    ) -> None:
        """Close with a code that RFC 6455 lets one send (None: a close frame without one)."""
        for connection in self._those(only):
            with contextlib.suppress(Gone):
                connection.close(code, reason)

    def cut(
        self, partial: bytes = b"", *, reset: bool = False, only: Connection | None = None
    ) -> None:
        """Send the first bytes of a frame and end the connections without a close frame, by FIN
        or by RST.
        """
        for connection in self._those(only):
            with contextlib.suppress(Gone):
                connection.cut(partial, reset=reset)

    def _those(self, only: Connection | None) -> list[Connection]:
        return self.clients if only is None else [only]


def deliver(connection: Connection, text: str | bytes) -> None:
    """Send a text frame to a client that may have left."""
    with contextlib.suppress(Gone):
        connection.send_text(text)
