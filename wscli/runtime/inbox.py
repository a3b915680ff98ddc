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

    ``linger``: seconds between two takings in which batches are left to gather, where nobody is in
    a hurry: to be woken for each costs more than what most of them hold.
    """

    def __init__(
        self, room: Callable[[], None], capacity: int = CAPACITY, *, linger: float = 0.0
    ) -> None:
        self._batches: deque[Batch] = deque()
        self._size = 0
        self._capacity = capacity
        self._room = room
        self._linger = linger
        self._nudged = False
        self._lingering = False  # nobody is to be woken for a batch
        self._filled = threading.Condition()

    @property
    def full(self) -> bool:
        """Whether nothing more should be put for now."""
        return self._size >= self._capacity

    @property
    def _ripe(self) -> bool:
        """Whether what waits is worth to be taken at once."""
        return self.full or any(batch.ending is not None for batch in self._batches)

    def put(self, batch: Batch) -> None:
        """Hand a batch over."""
        with self._filled:
            self._batches.append(batch)
            self._size += batch.size + _ITEM * len(batch.items)
            if not self._lingering or self.full or batch.ending is not None:
                self._filled.notify()

    def nudge(self) -> None:
        """Let ``take`` return at once, now or the next time, whether there is a batch or not."""
        with self._filled:
            self._nudged = True
            self._filled.notify()

    def take(self, timeout: float | None) -> list[Batch]:
        """Give all batches that wait, in order; none after ``timeout`` seconds or a nudge."""
        with self._filled:
            if self._linger and not self._nudged and not self._ripe:
                pause = self._linger if timeout is None else min(self._linger, timeout)
                self._lingering = True
                self._filled.wait(pause)
                self._lingering = False
                timeout = None if timeout is None else timeout - pause
            if not self._batches and not self._nudged:
                self._filled.wait(timeout)
            self._nudged = False
            batches = list(self._batches)
            self._batches.clear()
            was_full, self._size = self.full, 0
        if was_full:
            self._room()
        return batches
