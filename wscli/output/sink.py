"""Where output goes: a file descriptor that takes bytes, now or later."""

from __future__ import annotations

import errno
import os
import select
from typing import Final

from wscli.errors import OutputError, ReaderGone

_READER_GONE: Final = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ESHUTDOWN})
_WHY: Final = {
    errno.ENOSPC: ("no space is left on the device", "Free some space, or write elsewhere."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space, or write elsewhere."),
    errno.EFBIG: ("the file has grown to the largest size allowed", "Write elsewhere."),
    errno.EBADF: ("it is closed", "Leave it open, or send it to /dev/null."),
    errno.EIO: ("the device reports an input/output error", "Is the disk still there?"),
}
_SIZE: Final = (80, 24)  # columns and rows of a terminal that does not tell


class Sink:
    """Writes to ``fd`` without a buffer of its own."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.isatty = os.isatty(fd)

    def write(self, data: bytes) -> None:
        """Write all of it, waiting as long as the reader needs. Raises ReaderGone when nobody
        reads any more and OutputError when it cannot be written for another reason.
        """
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._write_some(rest) :]
        except OSError as error:
            raise self._failure(error) from error

    def gone(self) -> bool:
        """Whether nobody reads any more. Costs one system call, and never waits."""
        if not hasattr(select, "poll"):  # pragma: no cover - Windows has no poll for pipes
            return False
        poller = select.poll()
        poller.register(self._fd, 0)  # errors and hang-ups are always reported
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poller.poll(0))

    def size(self) -> tuple[int, int]:
        """Give the terminal's columns and rows, 80 and 24 where it does not tell."""
        try:
            columns, rows = os.get_terminal_size(self._fd)
        except OSError:
            return _SIZE
        return columns or _SIZE[0], rows or _SIZE[1]

    def _write_some(self, data: memoryview) -> int:
        """Write what the kernel takes. A non-blocking descriptor that is full is waited for."""
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            select.select([], [self._fd], [])
            return 0

    def _failure(self, error: OSError) -> ReaderGone | OutputError:
        # What a terminal says whose window was closed; SIGHUP comes with it, and decides.
        closed = error.errno == errno.EIO and self.isatty
        if closed or error.errno in _READER_GONE:
            return ReaderGone()
        why, hint = _WHY.get(error.errno or 0, (os.strerror(error.errno or 0).lower(), ""))
        return OutputError(f"stdout could not be written: {why}.", hint=hint or None)
