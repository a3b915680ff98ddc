"""The keys of the terminal that stdin is, read one by one without waiting for Enter."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final

from wscli.output.keys import RESUMED, KeyReader

try:
    import termios
except ImportError:  # pragma: no cover - Windows: there are no keys
    _HAS_KEYS = False
else:
    _HAS_KEYS = True

_MOMENT: Final = 0.04  # seconds after which ESC alone is a key
_LOOK: Final = 0.5  # seconds between two looks whether the terminal is ours again
_CHUNK: Final = 1024
_JOIN: Final = 1.0  # seconds
_WAITING: Final = 4096  # keys that are kept for the main thread


def can_read_keys(fd: int) -> bool:
    """Whether ``fd`` is a terminal whose keys can be read on this system."""
    return _HAS_KEYS and os.isatty(fd)


def way_back(fd: int) -> Callable[[], None]:
    """Give what puts a terminal back as it is now, as long as it is ours. That never raises, waits
    for nothing, and may be called from any thread.
    """
    if not can_read_keys(fd):
        return lambda: None
    with suppress(termios.error):
        before = termios.tcgetattr(fd)
        return lambda: _put_back(fd, before)
    return lambda: None  # pragma: no cover - it hung up at this very moment


class Keyboard:
    r"""Reads a terminal's keys on a thread of its own and calls ``nudge`` when there are some.

    As long as the process is not in the terminal's foreground (``wscli … &``) the terminal is left
    alone, or the kernel would stop us. ``close`` puts it back as it was; it may be called from any
    thread and more than once, and must be called on every way out. Ctrl-C, Ctrl-Z and Ctrl-\ stay
    what they are: for a stop the terminal is put back, and taken again afterwards.

    Made and started on the main thread, where signals arrive.
    """

    def __init__(self, fd: int, nudge: Callable[[], None], encoding: str = "utf-8") -> None:
        self._fd = fd
        self._nudge = nudge
        self._reader = KeyReader(encoding)
        self._keys = ""
        self._lock = threading.RLock()  # also a signal's handler takes it
        self._before: list[Any] | None = None  # how the terminal was before it was ours
        self._held = False  # it is ours
        self._lost = False  # it was others' meanwhile
        self._closed = False
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._thread = threading.Thread(target=self._run, name="keyboard", daemon=True)
        self._old_stop: Any = signal.SIG_DFL
        self._old_continue: Any = signal.SIG_DFL

    def start(self) -> None:
        """Begin to read."""
        self._old_stop = signal.getsignal(signal.SIGTSTP)
        self._old_continue = signal.getsignal(signal.SIGCONT)
        if self._old_stop is signal.SIG_DFL:  # a shell without job control has it ignored
            signal.signal(signal.SIGTSTP, self._stop)
        signal.signal(signal.SIGCONT, self._resumed)
        self._thread.start()

    def take(self) -> str:
        """Give the keys that were pressed since the last time, a character each."""
        with self._lock:
            keys, self._keys = self._keys, ""
        return keys

    def close(self) -> None:
        """Put the terminal back as it was and stop reading. Never raises."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._release()
        self._rouse()
        if threading.current_thread() is threading.main_thread() and self._thread.ident is not None:
            if self._old_stop is signal.SIG_DFL:
                signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            signal.signal(signal.SIGCONT, self._old_continue or signal.SIG_DFL)
            self._thread.join(_JOIN)
            waker, self._waker = self._waker, -1
            os.close(waker)

    # --- on the thread -------------------------------------------------------------------------

    def _run(self) -> None:
        # From a terminal that is not ours a read then fails instead of stopping the process.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
        try:
            while not self._closed:
                self._turn()
        finally:
            with suppress(OSError):
                os.close(self._wake)

    def _turn(self) -> None:
        """Wait for keys, or a while for the terminal to become ours."""
        if not self._hold():
            self._wait([self._wake], _LOOK)
            return
        ready = self._wait([self._fd, self._wake], _MOMENT if self._reader.undecided else _LOOK)
        if self._fd in ready:
            if not _in_foreground(self._fd):
                return
            try:
                data = os.read(self._fd, _CHUNK)
            except OSError:  # it hung up, or went to the background at this very moment
                data = b""
            if data:
                self._press(self._reader.feed(data))
            else:
                self._wait([self._wake], _LOOK)
        elif not ready:
            self._press(self._reader.decide())

    def _wait(self, fds: list[int], seconds: float) -> list[int]:
        ready, _, _ = select.select(fds, [], [], seconds)
        if self._wake in ready:
            os.read(self._wake, _CHUNK)
            self._nudge()
        return ready

    def _press(self, keys: str) -> None:
        if keys:
            with self._lock:
                self._keys = (self._keys + keys)[:_WAITING]
            self._nudge()

    # --- the terminal --------------------------------------------------------------------------

    def _hold(self) -> bool:
        """Make the terminal give each key at once and show none, if it is ours; tells that."""
        with self._lock:
            if self._closed or not _in_foreground(self._fd):
                self._held, self._lost = False, True
                return False
            if not self._held:
                try:
                    self._take_over()
                except termios.error:
                    return False
                self._held = True
                if self._lost:
                    self._lost = False
                    self._keys += RESUMED
            return True

    def _take_over(self) -> None:
        now = termios.tcgetattr(self._fd)
        if self._before is None or now[3] & termios.ICANON:  # else it is as we left it
            self._before = now
        ours = [*now[:6], list(now[6])]
        ours[3] &= ~(termios.ICANON | termios.ECHO)
        ours[6][termios.VMIN], ours[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._fd, termios.TCSANOW, ours)

    def _release(self) -> None:
        """Put the terminal back, unless others have it by now: they have set it as they like."""
        held, self._held = self._held, False
        if not held or self._before is None:
            return
        _put_back(self._fd, self._before)

    def _stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal's own
        """Stop as the user wishes, with the terminal as it was."""
        with self._lock:
            self._release()
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)  # here we stop, and go on with SIGCONT
            signal.signal(signal.SIGTSTP, self._stop)

    def _resumed(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as above
        """Take the terminal again and have the screen drawn anew."""
        with self._lock:
            self._held, self._lost = False, True
        self._rouse()

    def _rouse(self) -> None:
        with suppress(OSError):
            os.write(self._waker, b"!")


def _put_back(fd: int, before: list[Any]) -> None:
    with _undisturbed(), suppress(termios.error):
        if _in_foreground(fd):
            termios.tcsetattr(fd, termios.TCSANOW, before)


def _in_foreground(fd: int) -> bool:
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep a change of the terminal from stopping the process, should it just lose it."""
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
