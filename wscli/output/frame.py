"""A few lines at the end of the terminal's text that are drawn again and again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import inf
from typing import Final

from wscli.errors import OutputError, ReaderGone
from wscli.output.base import Outlet
from wscli.output.escape import encode

# Control sequences as ECMA-48 and xterm define them. Modes: 2026 synchronised update (the terminal
# shows nothing half drawn), 25 visible cursor, 7 line wrap. All are back as they were after each
# frame, so a run that is killed between two frames leaves the terminal sane.
_BEGIN: Final = "\x1b[?2026h\x1b[?25l\x1b[?7l"
_END: Final = "\x1b[?7h\x1b[?25h\x1b[?2026l"
_SANE: Final = b"\x1b[0m\x1b[?7h\x1b[?25h\x1b[?2026l"
_CLEAR_SCREEN: Final = "\x1b[H\x1b[J"
_CLEAR_LINE_END: Final = "\x1b[K"
_CLEAR_BELOW: Final = "\x1b[J"
_WHOLE: Final = 1.0  # seconds after which all lines are sent again


class Frame:
    """Owns the last lines of the terminal. The cursor waits on the line below them, so what else is
    printed there (``^C``) spoils nothing.
    """

    def __init__(self, outlet: Outlet, encoding: str) -> None:
        self._outlet = outlet
        self._encoding = encoding
        self._lines: list[str] = []
        self._size: tuple[int, int] | None = None
        self._drawing = False
        self._whole_at = -inf

    def draw(self, lines: Sequence[str], size: tuple[int, int], at: float) -> None:
        """Put these lines in place of the last ones, in one write. Each must fit into the width of
        ``size``, all of them into its height and leave one line free. ``at``: monotonic seconds.

        Only what differs is sent, but everything once a second: whoever presses Enter moves the
        cursor, and what was drawn before is then not where it was.
        """
        parts = [_BEGIN]
        before = self._lines
        whole = at - self._whole_at >= _WHOLE
        if whole:
            self._whole_at = at
        if self._size is not None and self._size != size:
            # Terminals disagree about what becomes of lines when they are resized, so nothing on
            # the screen can be relied on.
            parts.append(_CLEAR_SCREEN)
            before = []
        parts.append(f"\x1b[{len(before)}A\r" if before else "\r")
        for index, line in enumerate(lines):
            if whole or index >= len(before) or before[index] != line:
                parts.append(f"{line}{_CLEAR_LINE_END}")
            parts.append("\r\n")
        if len(lines) < len(before):
            parts.append(_CLEAR_BELOW)
        parts.append(_END)
        self._drawing = True
        self._outlet.write(encode("".join(parts), self._encoding))
        self._drawing = False
        self._lines = list(lines)
        self._size = size

    def forget(self, *, clear: bool = False) -> None:
        """Draw the next frame anew, below whatever others have written; with ``clear`` on an empty
        screen.
        """
        self._lines = []
        self._size = (0, 0) if clear else None

    def restore(self) -> None:
        """Make the terminal sane again if a frame was broken off. Never raises."""
        if self._drawing:
            self._drawing = False
            with suppress(OutputError, ReaderGone):
                self._outlet.write(_SANE)
