"""Ends the process where ending in good order takes too long: nobody reads our output, say, and
the main thread cannot get away from its write.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Final

GRACE: Final = 4.0
"""Seconds for an end in good order: those of the closing handshake, and one more."""


class LastResort:
    """Timers that leave the process at once; ``disarm`` takes them all back. ``before`` is called
    then, to leave the terminal sane; it must not wait for anything.
    """

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self._before = before
        self._timers: list[threading.Timer] = []

    def arm(self, seconds: float, code: int) -> None:
        """Leave with ``code`` after so many seconds, if it is not disarmed by then."""
        timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), self._leave, (code,))
        timer.daemon = True
        timer.start()
        self._timers.append(timer)

    def _leave(self, code: int) -> None:
        try:
            self._before()
        finally:
            os._exit(code)

    def disarm(self) -> None:
        """Take back what was armed."""
        for timer in self._timers:
            timer.cancel()
