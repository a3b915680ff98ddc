"""What the user says, on its way to the worker: bounded, so that a fast pipe has to wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from wscli.session import events

CAPACITY: Final = 256 * 1024
"""Bytes that may wait; a single saying may be longer."""

_SAYING: Final = 200
"""Bytes that each saying weighs besides its text."""


class Speech:
    """One thread puts, another takes. Putting blocks while it is full, until ``close``; ``wake`` is
    called from the putting thread.
    """

    def __init__(self, wake: Callable[[], None], capacity: int = CAPACITY) -> None:
        self._wake = wake
        self._capacity = capacity
        self._waiting: deque[tuple[events.Event, int]] = deque()
        self._size = 0
        self._closed = False
        self._taken = threading.Condition()

    @property
    def waits(self) -> bool:
        """Whether there is something to be taken."""
        return bool(self._waiting)

    def put(self, event: events.Event, size: int = 0) -> bool:
        """Hand over what the user says, of so many bytes. False where nobody listens any more."""
        weight = size + _SAYING
        with self._taken:
            self._taken.wait_for(lambda: self._closed or self._size < self._capacity)
            if self._closed:
                return False
            self._waiting.append((event, weight))
            self._size += weight
        self._wake()
        return True

    def offer(self, event: events.Event, size: int = 0) -> bool:
        """Do the same without waiting: False where it is full as well."""
        with self._taken:
            if self._closed or self._size >= self._capacity:
                return False
        return self.put(event, size)

    def take(self) -> tuple[events.Event, int]:
        """Give the first thing that waits, and its weight; there must be one."""
        with self._taken:
            event, weight = self._waiting.popleft()
            self._size -= weight
            self._taken.notify()
        return event, weight

    def close(self) -> None:
        """Let nobody wait any more: the run is over."""
        with self._taken:
            self._closed = True
            self._taken.notify_all()
