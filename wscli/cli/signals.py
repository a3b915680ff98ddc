"""Signals that end a run: the first in good order, a second SIGINT at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from wscli.cli.last_resort import GRACE, LastResort
from wscli.runtime.stop import StopBox
from wscli.runtime.stream import interrupt

SIGNALLED: Final = 128
"""What shells add to a signal's number to make an exit code of it."""

_NAMES: Final = ("SIGHUP", "SIGINT", "SIGTERM")


@contextmanager
def signals_to(stop: StopBox, last_resort: LastResort) -> Iterator[None]:
    """Inside, a signal asks for the end of the run with exit code 128 + its number, as shells
    count; a second SIGINT raises KeyboardInterrupt. A signal that is ignored (nohup) stays so.
    Where the end takes too long ``last_resort`` leaves.
    """
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    old = {number: signal.getsignal(number) for number in numbers}
    interrupts = 0

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
        nonlocal interrupts
        interrupts += number == signal.SIGINT
        if interrupts > 1:
            raise KeyboardInterrupt
        if not stop.asked:
            last_resort.arm(GRACE, SIGNALLED + number)
        interrupt(stop, SIGNALLED + number, "interrupted")

    for number in numbers:
        if old[number] is not signal.SIG_IGN:
            signal.signal(number, ask)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, old[number] or signal.SIG_DFL)
