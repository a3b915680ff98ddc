"""A connected socket that one thread reads and several write, and that can be cut at any time."""

from __future__ import annotations

import contextlib
import fcntl
import select
import socket
import ssl
import struct
import sys
import termios
import threading
import time

READ_SIZE = 65_536
SEND_TIMEOUT = 10.0  # seconds that a write waits for a client that does not read
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Gone(Exception):  # noqa: N818 - not an error: clients do leave
    """The client has left, or the test has cut the connection."""


class Wire:
    """Bytes to and from a client, plain or TLS. Whatever finds the connection ended raises Gone.

    ``lock`` serialises all use of the socket, because OpenSSL does not: a write that must wait
    for a client that does not read makes the others wait too. Only the reading thread may close.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0)
        self._sock = sock
        self.lock = threading.RLock()
        self._cut = threading.Event()
        self._muted = False

    @property
    def is_muted(self) -> bool:
        """Whether ``mute`` was called."""
        return self._muted

    @property
    def is_cut(self) -> bool:
        """Whether ``cut`` or ``close`` was called."""
        return self._cut.is_set()

    def read(self, deadline: float) -> bytes | None:
        """What has come, ``b""`` at the client's end; None when nothing did by ``deadline``
        (time.monotonic()).
        """
        while True:
            data = self._read_ready()
            if self._cut.is_set():
                raise Gone("cut by the test")
            if data is not None:
                return data
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not select.select([self._sock], [], [], remaining)[0]:
                return None

    def _read_ready(self) -> bytes | None:
        with self.lock:
            try:
                return self._sock.recv(READ_SIZE)
            except WOULD_BLOCK:
                return None
            except OSError as error:
                raise Gone(str(error)) from error

    def hold(self, timeout: float) -> None:
        """Wait without reading."""
        if self._cut.wait(timeout):
            raise Gone("cut by the test")

    def write(self, data: bytes) -> None:
        """Send all of it, or nothing when muted."""
        if self._muted:
            return
        rest = memoryview(data)
        deadline = time.monotonic() + SEND_TIMEOUT
        with self.lock:
            while rest:
                if self._cut.is_set():
                    raise Gone("cut by the test")
                try:
                    rest = rest[self._sock.send(rest) :]
                except WOULD_BLOCK:
                    self._wait_writable(deadline)
                except OSError as error:
                    raise Gone(str(error)) from error

    def _wait_writable(self, deadline: float) -> None:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise Gone("the client does not read")
        with contextlib.suppress(ValueError):  # closed by the reading thread meanwhile
            select.select([], [self._sock], [], remaining)

    @property
    def unacknowledged(self) -> int:
        """How many of the bytes that were written the client's kernel has not acknowledged yet.

        Asked of our own kernel by SIOCOUTQ, which Linux has.
        """
        answer = fcntl.ioctl(self._sock, termios.TIOCOUTQ, bytes(4))  # the same number
        return int.from_bytes(answer, sys.byteorder)

    def end_sending(self) -> None:
        """Say that no more will come, over TLS by close_notify first. The client may go on."""
        with self.lock, contextlib.suppress(OSError):
            if self._muted or self._cut.is_set():
                return
            if isinstance(self._sock, ssl.SSLSocket):
                with contextlib.suppress(OSError):
                    self._sock.unwrap()  # that it does not wait for an answer is an error to it
            socket.socket.shutdown(self._sock, socket.SHUT_WR)

    def mute(self) -> None:
        """From now on write nothing."""
        self._muted = True

    def cut(self, *, reset: bool = False) -> None:
        """End the connection without a word: by FIN at once, or by RST when it is closed. An RST
        throws away what is still on its way to the client.
        """
        with contextlib.suppress(OSError):
            if reset:
                # no lingering: close() then sends RST
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._cut.set()  # before the reader wakes, or it would take this for the client's end
        with contextlib.suppress(OSError):
            # past SSLSocket's own shutdown, which forgets the TLS state under the reader's feet;
            # ending the reading side alone wakes the reader and tells the client nothing
            socket.socket.shutdown(self._sock, socket.SHUT_RD if reset else socket.SHUT_RDWR)

    def close(self) -> None:
        """Free the socket."""
        self._cut.set()
        self._sock.close()
