"""``--where``, and the word to the user where it can hardly be meant as it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from wscli.jq.engine import Program  # only programs of the user's own need it at run time

_FIRST: Final = 100  # messages


class Condition:
    """A program that must hold for a message to be shown. ``holds`` takes a message's value and
    its JSON text.

    Where the program fails (an error, in jq's sense) on each of the first hundred messages that
    it is asked about, ``complaint`` says so.
    """

    def __init__(self, program: Program) -> None:
        self.holds: Callable[[Any, bytes], bool] = self._holds_at_first
        self._program = program
        self._failures = 0
        self._complaint = ""

    def complaint(self) -> str:
        """Give the sentence, without a full stop, the first time that it is asked for; else ""."""
        complaint, self._complaint = self._complaint, ""
        return complaint

    def _holds_at_first(self, value: Any, raw: bytes) -> bool:
        program = self._program
        held = program.holds(value, raw)
        error = "" if held else program.run(value, raw).error
        self._failures += bool(error)
        if not error or self._failures == _FIRST:
            self.holds = program.holds  # from now on asking costs nothing more
        if self._failures == _FIRST:
            first = f"each of the first {_FIRST} messages"
            self._complaint = f"--where {program.source!r} failed on {first}: {error}"
        return held
