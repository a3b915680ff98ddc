"""TLS inside TLS, for a server behind a proxy that is spoken to over TLS: no
``ssl.SSLSocket`` takes another one for its socket.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

_T = TypeVar("_T")

_RECORD: Final = 16 * 1024  # bytes that TLS sends at once
_CHUNK: Final = 64 * 1024


class NestedTls:
    """Behaves as an ``ssl.SSLSocket`` that never blocks, over another one, ``socket``.

    What it waits for when it raises ``ssl.SSLWantReadError`` or ``ssl.SSLWantWriteError`` is that
    one; it is closed by closing that one.
    """

    __slots__ = ("_came", "_goes", "_inner", "_rest", "_taken", "socket", "suppress_ragged_eofs")

    def __init__(self, outer: ssl.SSLSocket, host: str, context: ssl.SSLContext) -> None:
        self.socket = outer
        self.suppress_ragged_eofs = True
        self._came, self._goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._inner = context.wrap_bio(self._came, self._goes, server_hostname=host)
        self._rest = b""  # encrypted, not sent yet
        self._taken = 0  # bytes of a send that did not come to its end

    def do_handshake(self) -> None:
        """As of ``ssl.SSLSocket``."""
        self._run(self._inner.do_handshake)
        self._flush()

    def recv(self, size: int) -> bytes:
        """As of ``ssl.SSLSocket``."""
        try:
            return self._run(lambda: self._inner.read(size))
        except ssl.SSLEOFError:
            if self.suppress_ragged_eofs:
                return b""
            raise

    def send(self, data: bytes | memoryview) -> int:
        """As of ``ssl.SSLSocket``: after an error that wants something it is to be called with the
        same data again.
        """
        if not self._taken:
            self._taken = self._run(lambda: self._inner.write(data[:_RECORD]))
        self._flush()
        taken, self._taken = self._taken, 0
        return taken

    def _run(self, step: Callable[[], _T]) -> _T:
        """Do a step of TLS, and bring it what it asks for."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
            except ssl.SSLError:
                with suppress(OSError):
                    self._flush()  # the peer is told what was wrong
                raise

    def _flush(self) -> None:
        self._rest += self._goes.read()
        while self._rest:
            self._rest = self._rest[self.socket.send(self._rest) :]

    def _fill(self) -> None:
        data = self.socket.recv(_CHUNK)
        if data:
            self._came.write(data)
        else:
            self._came.write_eof()
