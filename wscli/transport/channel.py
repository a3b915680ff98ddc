"""A connected byte stream, plain or over TLS, that never blocks."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from wscli.transport.nested_tls import NestedTls
from wscli.transport.place import host_and_port
from wscli.transport.waker import READABLE, WRITABLE

CHUNK: Final = 64 * 1024
"""Bytes read at once. Larger blocks cross malloc's mmap threshold and cost page faults."""

Wait = Callable[[Mapping[socket.socket, int]], object]
"""Waits for one of several sockets, see ``Waker.select``; raises when it has waited enough."""

_NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Channel:
    """Reads and writes bytes. ``socket`` is for waiting only; ``via`` says what the bytes go
    through, "" for the straight way.
    """

    __slots__ = ("_stream", "peer", "socket", "via")

    def __init__(self, connected: socket.socket | NestedTls, via: str = "") -> None:
        self.socket = connected.socket if isinstance(connected, NestedTls) else connected
        self.socket.settimeout(0)  # never block
        self.peer = _peer(self.socket)
        self.via = via
        self._stream = connected

    def insist_on_the_end(self) -> None:
        """Where there is TLS let ``read`` raise OSError at an end that TLS has not announced."""
        if isinstance(self._stream, ssl.SSLSocket | NestedTls):
            self._stream.suppress_ragged_eofs = False  # type: ignore[union-attr]  # not in typeshed

    def read(self, size: int = CHUNK) -> bytes | None:
        """Take what has come, about ``size`` bytes: None where there is nothing yet, ``b""`` at
        the end of the stream. Raises OSError.
        """
        try:
            data = self._stream.recv(size)
        except _NOT_NOW:
            return None
        if data and isinstance(self._stream, ssl.SSLSocket | NestedTls):
            return self._more(data, size)
        return data

    def _more(self, data: bytes, wanted: int) -> bytes:
        """TLS gives one record at a time, at most 16 KiB and often one frame: gather them. What
        ends the stream is kept back; the next ``read()`` meets it again.
        """
        parts, size = [data], len(data)
        with suppress(OSError):
            while size < wanted and (data := self._stream.recv(wanted)):
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
                rest = rest[self._stream.send(rest) :]
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
    """The other end's address and port, or its path; "" where it has gone already."""
    try:
        name = connected.getpeername()
    except OSError:
        return ""
    return name if isinstance(name, str) else host_and_port(*name[:2])
