"""The only reader of clocks: everything else is told what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from wscli.model.instant import Instant


def _steady_seconds() -> Callable[[], float]:
    """Choose a clock that never jumps and goes on counting while the machine is suspended.

    Linux has it as CLOCK_BOOTTIME, macOS as CLOCK_MONOTONIC; elsewhere ``time.monotonic`` must do.
    """
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):
        if hasattr(time, name):
            return partial(time.clock_gettime, getattr(time, name))
    return time.monotonic


class Clock:
    """Reads the system's clocks."""

    __slots__ = ("_steady",)

    def __init__(self) -> None:
        self._steady = _steady_seconds()

    def now(self) -> Instant:
        """Give the present moment."""
        return Instant(self._steady(), time.time())
