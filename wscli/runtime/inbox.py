"""The hand-over between the worker and the main thread: batches, bounded by bytes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from wscli.model.record import Batch

CAPACITY: Final = 1024 * 1024
"""Bytes of frames that may wait. What they were parsed into weighs about eight times as much."""

_ITEM: Final = 200
"""Bytes that each item weighs besides, so that empty messages fill an inbox as well."""


class Inbox:
    """One thread puts, another takes. Putting never blocks: whoever puts looks at ``full`` first
    and stops reading, so at most one batch lies above the capacity. ``room`` is called from the
    taking thread when a full inbox has been emptied.
    """

    def __init__(self, room: Callable[[], None], capacity: int = CAPACITY) -> None:
        self._batches: deque[Batch] = deque()
        self._size = 0
        self._capacity = capacity
        self._room = room
        self._filled = threading.Condition()

    @property
    def full(self) -> bool:
        """Whether nothing more should be put for now."""
        return self._size >= self._capacity

    def put(self, batch: Batch) -> None:
        """Hand a batch over."""
        with self._filled:
            self._batches.append(batch)
            self._size += batch.size + _ITEM * len(batch.items)
            self._filled.notify()

    def take(self, timeout: float | None) -> list[Batch]:
        """Give all batches that wait, in order; none after ``timeout`` seconds."""
        with self._filled:
            if not self._batches:
                self._filled.wait(timeout)
            batches = list(self._batches)
            self._batches.clear()
            was_full, self._size = self.full, 0
        if was_full:
            self._room()
        return batches
