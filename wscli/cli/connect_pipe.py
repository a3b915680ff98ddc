"""Lines from a pipe, a file or a plain terminal, on a thread of their own."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterator
from typing import Final

_CHUNK: Final = 64 * 1024
LONGEST: Final = 16 * 1024 * 1024
"""Bytes of a line, from which on it is passed over: memory must not fill up."""


class Lines:
    """Cuts bytes into lines without their line breaks: LF, or CR LF. None stands for a line that is
    too long.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Give the lines that end in ``data``."""
        *ended, begun = data.split(b"\n")
        for part in ended:
            self._add(part)
            yield from self.rest(empty=True)
        self._add(begun)

    def rest(self, *, empty: bool = False) -> Iterator[bytes | None]:
        """Give the line that was begun, if there is anything of it, or ``empty``."""
        parts, size = self._parts, self._size
        self._parts, self._size = [], 0
        if size > self._longest:
            yield None
        elif size or empty:
            yield b"".join(parts).removesuffix(b"\r")

    def _add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= self._longest:
            self._parts.append(part)
        else:
            self._parts.clear()


class PipedLines(threading.Thread):
    """Reads ``fd`` to its end; ``hear`` is called for each line, and gives whether to go on.
    ``ended`` is called once, when nothing more is read.
    """

    def __init__(
        self, fd: int, hear: Callable[[bytes | None], bool], ended: Callable[[], None]
    ) -> None:
        super().__init__(name="wscli-stdin", daemon=True)
        self._fd = fd
        self._hear = hear
        self._ended = ended

    def run(self) -> None:
        """Read."""
        lines = Lines()
        while data := self._read():
            if not all(map(self._hear, lines.feed(data))):
                break
        else:
            for line in lines.rest():
                self._hear(line)
        self._ended()

    def _read(self) -> bytes:
        """Give what is there, nothing at the end. What cannot be read is at its end too."""
        while True:
            try:
                return os.read(self._fd, _CHUNK)
            except BlockingIOError:  # somebody has made the pipe non-blocking
                select.select([self._fd], [], [])
            except OSError:
                return b""
