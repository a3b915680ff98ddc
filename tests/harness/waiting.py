"""Waiting for something that another thread or process brings about."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE = 0.005  # seconds between two looks


def eventually(look: Callable[[], T], timeout: float = 10, *, what: str = "") -> T:
    """Call ``look`` until its answer is true, and return that answer.

    Raises AssertionError after ``timeout`` seconds, with ``what`` was waited for and the last
    answer.
    """
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while not (answer := look()):
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise AssertionError(f"waited {timeout:g} s for {what or look}; last seen: {answer!r}")
        pause.wait(min(PAUSE, remaining))
    return answer
