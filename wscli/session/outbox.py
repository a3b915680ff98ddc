"""Frames that wait because the provider allows only so many in a time."""

from __future__ import annotations

from collections import deque
from typing import Final

from wscli.model.profile import Rate
from wscli.session.commands import Send

_LONGEST: Final = 1000  # frames that wait, from which on nothing that can be spared is added


class Outbox:
    """Sends at once as long as the limit allows. Times are monotonic seconds."""

    def __init__(self, limit: Rate | None) -> None:
        self._limit = limit
        self._waiting: deque[Send] = deque()
        self._sent: deque[float] = deque(maxlen=limit.count if limit else 1)

    @property
    def full(self) -> bool:
        """Whether so many wait that what can be spared should not be put: a server that floods us
        with what wants a reply gets no more of them.
        """
        return len(self._waiting) >= _LONGEST

    @property
    def deadline(self) -> float | None:
        """When the next frame may be sent, None where none waits."""
        return self.free_at if self._waiting else None

    @property
    def free_at(self) -> float:
        """When the limit allows another frame; it may be in the past."""
        if self._limit is None or len(self._sent) < self._limit.count:
            return 0.0
        return self._sent[0] + self._limit.seconds

    def free(self, now: float) -> bool:
        """Whether a frame that is put now goes out at once."""
        return not self._waiting and now >= self.free_at

    def put(self, frame: Send, now: float) -> list[Send]:
        """Take a frame; gives what may be sent now."""
        if self._limit is None:
            return [frame]
        self._waiting.append(frame)
        return self.due(now)

    def due(self, now: float) -> list[Send]:
        """Give what may be sent now."""
        frames = []
        while self._waiting and now >= self.free_at:
            frames.append(self._waiting.popleft())
            self._sent.append(now)
        return frames

    def clear(self) -> None:
        """The connection is gone, and with it what waited."""
        self._waiting.clear()
        self._sent.clear()
