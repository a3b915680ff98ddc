"""How long an undertaking may wait, over all its waits together."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

from wscli.model.wire import Failure, FailureKind
from wscli.transport.clock import Clock
from wscli.transport.failures import Cancelled, Failed, TimedOut
from wscli.transport.waker import Waker


class Patience:
    """One deadline, and the question whether the whole thing was called off.

    ``cancelled`` is asked before each wait, so a ``waker.wake()`` after its answer has changed
    ends the wait at once.
    """

    __slots__ = ("_cancelled", "_clock", "_deadline", "seconds", "waker")

    def __init__(
        self, seconds: float, waker: Waker, clock: Clock, cancelled: Callable[[], bool]
    ) -> None:
        self.seconds = seconds
        self.waker = waker
        self._clock = clock
        self._cancelled = cancelled
        self._deadline = clock.now().monotonic + seconds

    def left(self) -> float:
        """Seconds until the deadline, negative after it."""
        return self._deadline - self._clock.now().monotonic

    def shorter(self, seconds: float) -> Patience:
        """Give one that ends with this one, but in ``seconds`` at the latest."""
        return Patience(min(seconds, self.left()), self.waker, self._clock, self._cancelled)

    def wait(
        self, waits: Mapping[socket.socket, int], at_most: float | None = None
    ) -> list[socket.socket]:
        """Wait until one of the sockets is ready, see ``Waker.select``. Nothing comes back after a
        wake or ``at_most`` seconds.

        Raises ``Cancelled``; ``TimedOut`` when the deadline has passed.
        """
        if self._cancelled():
            raise Cancelled
        left = self.left()
        if left <= 0:
            raise TimedOut
        return self.waker.select(waits, left if at_most is None else min(left, at_most))


class Attempt:
    """One attempt to open a connection: how long it may take, and where it leads.

    ``place`` is ``host:port``, for messages.
    """

    __slots__ = ("patience", "place")

    def __init__(self, place: str, patience: Patience) -> None:
        self.place = place
        self.patience = patience

    def wait(
        self, waits: Mapping[socket.socket, int], missing: str, at_most: float | None = None
    ) -> list[socket.socket]:
        """As ``Patience.wait``; ``missing`` says what there is not yet. Raises ``Cancelled``;
        ``Failed`` with kind TIMEOUT when the deadline has passed.
        """
        try:
            return self.patience.wait(waits, at_most)
        except TimedOut:
            what = f"{missing} within {self.patience.seconds:g} s"
            raise self.failed(FailureKind.TIMEOUT, what) from None

    def failed(self, kind: FailureKind, what: str, *, hint: str = "", retry: bool = True) -> Failed:
        """Make the exception that ends this attempt."""
        text = f"cannot connect to {self.place}: {what}"
        return Failed(Failure(kind, text, hint=hint, retry=retry))
