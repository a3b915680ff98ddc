"""Runs a command on a pseudo-terminal and reads the picture that a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

from tests.harness.environment import clean_environment
from tests.harness.pump import Pump

SCROLLBACK = 1000  # lines

# Makes stdin the controlling terminal, so that resizing sends SIGWINCH and ^C sends SIGINT, and
# becomes the command. Done after the exec because preexec_fn is unsafe beside threads.
LAUNCHER = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execvp(sys.argv[1], sys.argv[1:])\n"
)


class Screen:
    """A command on a terminal of so many columns and rows; stdout and stderr both go there.

    As a context manager it kills the command at the end whatever happens.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        columns: int = 100,
        rows: int = 30,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._command = tuple(command)
        self._raw = bytearray()
        self._screen = pyte.HistoryScreen(columns, rows, history=SCROLLBACK)
        self._stream = pyte.ByteStream(self._screen)
        master, slave = pty.openpty()
        self._control = os.dup(master)  # for writing; the pump owns the other and closes it
        self._set_size(columns, rows)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", LAUNCHER, *self._command],
                env={**clean_environment(folder), "TERM": "xterm-256color", **(env or {})},
                cwd=folder,
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
            )
        finally:
            os.close(slave)
        self._pump = Pump({master: self._feed})
        self._master = master

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def _feed(self, data: bytes) -> None:
        self._raw += data
        self._stream.feed(data)

    @property
    def raw(self) -> bytes:
        """Every byte that the command sent to the terminal."""
        with self._pump.changed:
            return bytes(self._raw)

    @property
    def display(self) -> list[str]:
        """The lines that are visible now, without trailing spaces."""
        with self._pump.changed:
            return self._lines()

    @property
    def history(self) -> list[str]:
        """The lines that have scrolled out at the top, oldest first, then the visible ones."""
        with self._pump.changed:
            columns = self._screen.columns
            gone = [
                "".join(line[x].data for x in range(columns)).rstrip()
                for line in self._screen.history.top
            ]
            return gone + self._lines()

    @property
    def title(self) -> str:
        """The window's title, as the command set it."""
        with self._pump.changed:
            return str(self._screen.title)

    @property
    def ended(self) -> bool:
        """Whether the command has ended."""
        return self._process.poll() is not None

    def wait_for(
        self, wanted: str | Callable[[list[str]], object], timeout: float = 10
    ) -> list[str]:
        """Wait until the text is visible, or the predicate is true of the visible lines.

        Returns those lines; raises AssertionError when it did not happen.
        """
        seen: list[str] = []

        def look() -> bool:
            seen[:] = self._lines()
            if isinstance(wanted, str):
                return any(wanted in line for line in seen)
            return bool(wanted(seen))

        self._pump.wait(lambda: look() or not self._pump.is_open(self._master), timeout)
        with self._pump.changed:
            if look():
                return list(seen)
        raise AssertionError(self._story(f"{wanted!r} was not seen in {timeout:g} s"))

    def cell_colour(self, text: str) -> str:
        """The foreground colour where ``text`` is first visible: of its first character.

        A name of pyte's ("red", "brown" for ANSI yellow, "default") or six hexadecimal digits.
        Raises AssertionError when the text is not visible.
        """
        with self._pump.changed:
            for row in range(self._screen.lines):
                cells = [self._screen.buffer[row][x] for x in range(self._screen.columns)]
                at = "".join(cell.data for cell in cells).find(text)
                if at >= 0:
                    # the cell behind a wide character is empty, so offsets are no columns
                    return str([cell for cell in cells for _ in cell.data][at].fg)
        raise AssertionError(self._story(f"{text!r} is not visible"))

    def type(self, keys: str) -> None:
        """Press keys: ``"\\x03"`` is Ctrl-C."""
        os.write(self._control, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size; the kernel sends SIGWINCH to the command."""
        with self._pump.changed:
            self._screen.resize(lines=rows, columns=columns)
        self._set_size(columns, rows)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._control, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def signal(self, number: int) -> None:
        """Send a signal to the command."""
        self._process.send_signal(number)

    def hang_up(self, timeout: float = 10) -> int:
        """Take the terminal away, as closing its window does; return the exit code."""
        self._pump.drop(self._master)
        os.close(self._control)
        self._control = -1
        return self._process.wait(timeout)

    def finish(self, timeout: float = 10) -> int:
        """Wait for the end of the command and of its output; return the exit code, negative where
        a signal killed it. Raises AssertionError when it has not ended after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(self._story(f"still running after {timeout:g} s")) from None
        ended = self._pump.wait(
            lambda: not self._pump.is_open(self._master), max(0, deadline - time.monotonic())
        )
        assert ended, self._story("the command has ended, but something keeps its terminal open")
        return code

    def kill(self) -> None:
        """End the command at once, if it still runs, and free what it held."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._pump.close()
        if self._control >= 0:
            os.close(self._control)
            self._control = -1

    def _lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    def _story(self, what: str) -> str:
        code = self._process.poll()
        state = "running" if code is None else f"ended with {code}"
        picture = "\n".join(f"| {line}" for line in self.display)
        return (
            f"{what}\n$ {' '.join(self._command)}   ({state})\n{picture}\n"
            f"last bytes: {self.raw[-400:]!r}"
        )
