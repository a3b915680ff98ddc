"""Reads file descriptors on one thread, so that a started process never blocks on a full pipe."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Mapping

CHUNK = 65_536
JOIN_TIMEOUT = 5  # seconds


class Pump:
    """Owns the descriptors it is given: reads each into its sink, closes each at its end.

    A sink is called under ``changed``, which is also what ``wait`` waits on. An exception in a
    sink ends the pump and is raised by the next ``wait``.
    """

    def __init__(self, sinks: Mapping[int, Callable[[bytes], object]]) -> None:
        self.changed = threading.Condition()
        self._sinks = dict(sinks)
        self._paused: set[int] = set()
        self._dropped: set[int] = set()
        self._stopping = False
        self._failure: Exception | None = None
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)
        self._thread.start()

    def is_open(self, fd: int) -> bool:
        """Whether more may come; for use in a ``wait``."""
        return fd in self._sinks

    def wait(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until ``condition`` holds, which is looked at whenever something was read."""
        with self.changed:
            held = self.changed.wait_for(lambda: bool(self._failure or condition()), timeout)
            if self._failure:
                raise self._failure
            return held

    def pause(self, fd: int) -> None:
        """Stop reading, so that the pipe fills up and its writer has to wait."""
        self._order(lambda: self._paused.add(fd))

    def resume(self, fd: int) -> None:
        """Go on reading."""
        self._order(lambda: self._paused.discard(fd))

    def drop(self, fd: int) -> None:
        """Close the descriptor, as a reader does that has seen enough; returns when it is done."""
        self._order(lambda: self._dropped.add(fd))
        self.wait(lambda: not self.is_open(fd), JOIN_TIMEOUT)

    def close(self) -> None:
        """Close everything and end the thread."""
        if self._waker < 0:
            return
        self._order(self._stop)
        self._thread.join(JOIN_TIMEOUT)
        assert not self._thread.is_alive(), "the pump's thread does not end"
        os.close(self._wake)
        os.close(self._waker)
        self._waker = -1

    def _stop(self) -> None:
        self._stopping = True

    def _order(self, change: Callable[[], object]) -> None:
        with self.changed:
            change()
        os.write(self._waker, b"!")

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._turn()
        except Exception as failure:  # noqa: BLE001 - handed to the thread that waits
            self._failure = failure
        finally:
            with self.changed:
                for fd in list(self._sinks):
                    self._end(fd)
                self.changed.notify_all()

    def _turn(self) -> None:
        with self.changed:
            for fd in self._dropped & self._sinks.keys():
                self._end(fd)
            wanted = self._sinks.keys() - self._paused
        ready, _, _ = select.select([*wanted, self._wake], [], [])
        for fd in ready:
            if fd == self._wake:
                os.read(fd, CHUNK)
            else:
                self._read(fd)

    def _read(self, fd: int) -> None:
        try:
            data = os.read(fd, CHUNK)
        except OSError:  # Linux says EIO when the last process leaves a pseudo-terminal
            data = b""
        with self.changed:
            if data:
                self._sinks[fd](data)
                self.changed.notify_all()
            else:
                self._end(fd)

    def _end(self, fd: int) -> None:
        os.close(fd)
        del self._sinks[fd]
        self.changed.notify_all()
