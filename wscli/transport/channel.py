"""A connected byte stream, plain or over TLS, that never blocks."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from wscli.transport.dial import dial
from wscli.transport.patience import Attempt
from wscli.transport.place import host_and_port
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import start_tls, tls_context
from wscli.transport.waker import READABLE, WRITABLE

CHUNK: Final = 64 * 1024
"""Bytes read at once. Larger blocks cross malloc's mmap threshold and cost page faults."""

Wait = Callable[[Mapping[socket.socket, int]], object]
"""Waits for one of several sockets, see ``Waker.select``; raises when it has waited enough."""

_NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Channel:
    """Reads and writes bytes. ``socket`` is for waiting only."""

    __slots__ = ("peer", "socket")

    def __init__(self, connected: socket.socket) -> None:
        connected.settimeout(0)  # never block
        self.socket = connected
        self.peer = _peer(connected)

    def read(self, size: int = CHUNK) -> bytes | None:
        """Take what has come, about ``size`` bytes: None where there is nothing yet, ``b""`` at
        the end of the stream. Raises OSError.
        """
        try:
            data = self.socket.recv(size)
        except _NOT_NOW:
            return None
        if isinstance(self.socket, ssl.SSLSocket) and data:
            return self._more(data, size)
        return data

    def _more(self, data: bytes, wanted: int) -> bytes:
        """TLS gives one record at a time, at most 16 KiB and often one frame: gather them. What
        ends the stream is kept back; the next ``read()`` meets it again.
        """
        parts, size = [data], len(data)
        with suppress(OSError):
            while size < wanted and (data := self.socket.recv(wanted)):
                parts.append(data)
                size += len(data)
        return b"".join(parts)

    def write(self, data: bytes, wait: Wait) -> None:
        """Hand all of ``data`` to the system. Raises OSError, and whatever ``wait`` raises: then
        part of it may have been sent, and nothing more must be.
        """
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self.socket.send(rest) :]
            except ssl.SSLWantReadError:
                wait({self.socket: READABLE})
            except (BlockingIOError, ssl.SSLWantWriteError):
                wait({self.socket: WRITABLE})

    def close(self) -> None:
        """End both directions at once. May be called again."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def _peer(connected: socket.socket) -> str:
    """The other end's address and port, "" where it has gone already."""
    try:
        host, port, *_ = connected.getpeername()
    except OSError:
        return ""
    return host_and_port(host, port)


def open_channel(
    host: str, port: int, *, secure: bool, settings: TransportSettings, attempt: Attempt
) -> Channel:
    """Connect to a host, with TLS where ``secure``.

    Raises ``Failed`` and ``Cancelled``, see ``dial`` and ``start_tls``; ``Failed`` with kind
    UNUSABLE where the TLS settings' files cannot be used.
    """
    context = tls_context(settings.tls) if secure else None
    connected = dial(host, port, attempt, resolve=settings.resolve)
    # A proxy belongs here: dial the proxy instead, and let it lead the socket on to the host.
    if context is not None:
        connected = start_tls(connected, host, context, attempt)
    return Channel(connected)
