"""A way to interrupt one thread's wait for its sockets, from any thread or signal handler."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

READABLE: Final = selectors.EVENT_READ
WRITABLE: Final = selectors.EVENT_WRITE

_Selector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)  # poll costs one system call a wait, epoll four; Windows has select alone

_LONGEST: Final = 86_400.0  # seconds of one wait; poll() takes no more than 24 days


class Waker:
    """Belongs to the thread that waits; other threads only call ``wake()``.

    No wake is lost: one that was noticed by ``select()`` makes the next ``wait()`` return at once.
    So whoever puts something into a box and then wakes is heard, if the waiting thread looks into
    its boxes after each ``wait()``.
    """

    __slots__ = ("_bell", "_ear", "_heard")

    def __init__(self) -> None:
        self._bell, self._ear = socket.socketpair()
        self._bell.settimeout(0)  # never block
        self._ear.settimeout(0)
        self._heard = False

    def wake(self) -> None:
        """End the present or else the next wait. Never blocks, never raises."""
        with suppress(OSError):  # full: awake already; closed: nobody waits any more
            self._bell.send(b"\0")

    def wait(self, sock: socket.socket | None, timeout: float | None) -> bool:
        """Wait until ``sock`` is readable, ``wake()`` was called or ``timeout`` seconds are over.

        True where ``sock`` is readable. None for ``timeout`` waits without limit.
        """
        waits = {} if sock is None else {sock: READABLE}
        ready = self.select(waits, 0.0 if self._heard else timeout)
        self._heard = False
        return bool(ready)

    def select(
        self, waits: Mapping[socket.socket, int], timeout: float | None
    ) -> list[socket.socket]:
        """Wait for one of several sockets, each with the events it waits for: READABLE, WRITABLE
        or both. The sockets that are ready come back; none after a wake or ``timeout`` seconds.
        """
        with _Selector() as selector:
            selector.register(self._ear, READABLE)
            for sock, events in waits.items():
                selector.register(sock, events)
            at_most = None if timeout is None else min(timeout, _LONGEST)
            ready = [key.fileobj for key, _ in selector.select(at_most)]
        if self._ear in ready:
            self.drain()
        return [sock for sock in waits if sock in ready]

    def drain(self) -> None:
        """Take all wakes at once; the next ``wait()`` tells of them."""
        with suppress(BlockingIOError):
            while self._ear.recv(4096):
                self._heard = True

    def close(self) -> None:
        """Give the sockets back. A ``wake()`` that comes later does nothing."""
        self._bell.close()
        self._ear.close()
