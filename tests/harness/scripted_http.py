"""HTTP answers that a test lays ready, and an HTTP side that it can hold back."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping

from tests.harness.http_exchange import HttpAnswer


class Answers:
    """Answers that wait for the requests to come; each is given once. Thread safe, as deques are."""

    def __init__(self) -> None:
        self._ready: deque[HttpAnswer] = deque()

    def answer_next(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        times: int = 1,
    ) -> None:
        """Answer the next ``times`` requests with this, whatever they are."""
        self._ready.extend([(status, headers or {}, body)] * times)

    def take(self) -> HttpAnswer | None:
        """The next of the answers that are laid ready, if there is one."""
        try:
            return self._ready.popleft()
        except IndexError:
            return None


class ScriptedHttp(Answers):
    """An HTTP side whose answers a test may also delay and hold back."""

    def __init__(self) -> None:
        super().__init__()
        self._gate = threading.Event()
        self._gate.set()
        self._ending = threading.Event()

    def hold(self) -> None:
        """Answer nothing until ``release``."""
        self._gate.clear()

    def release(self) -> None:
        """Answer what is held, and everything from now on."""
        self._gate.set()

    def end(self) -> None:
        """Let go of all that waits, at the end of the fake."""
        self._ending.set()
        self._gate.set()

    def turn(self, delay: float = 0.0) -> HttpAnswer | None:
        """Wait until a request may be answered, ``delay`` seconds at the least; returns the answer
        that was laid ready for it, if there is one.
        """
        self._ending.wait(delay)
        self._gate.wait()
        return self.take()
