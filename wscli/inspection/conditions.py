"""``--where`` and ``--until``, and the word to the user where one can hardly be meant as it is
written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from wscli.inspection.fields import Unseen
from wscli.jq.reads import Keys, written
from wscli.model.message import MISSING

if TYPE_CHECKING:
    from wscli.jq.engine import Program  # only programs of the user's own need it at run time

_FIRST: Final = 100  # messages


class Condition:
    """A program that chooses messages. ``holds`` takes a message's value and its JSON text.

    The first hundred messages that it is asked about are looked at more closely: where the program
    fails (an error, in jq's sense) on each of them, or none has a field that it names, and this
    can explain what is seen, ``complaints`` say so. As soon as nothing of this is possible any
    more, asking costs nothing more.
    """

    def __init__(self, program: Program, option: str = "--where") -> None:
        self.holds: Callable[[Any, bytes], bool] = self._holds_at_first
        self._program = program
        self._option = option
        self._asked = 0
        self._held = False
        self._failing = True
        self._unseen = Unseen(program.reads)
        self._complaints: list[str] = []

    def complaints(self) -> list[str]:
        """Give the sentences, without a full stop, each the first time that they are asked for."""
        complaints, self._complaints = self._complaints, []
        return complaints

    def last_words(self) -> list[str]:
        """Give, once, what can be said after fewer messages, where the condition held for none of
        them: nobody would else learn why.
        """
        if self._asked == _FIRST or self._held:
            return []
        unseen, self._unseen = self._unseen, Unseen(())
        messages = "1 message" if self._asked == 1 else f"{self._asked} messages"
        return [
            f"{self._option}: no message had {written(keys)} in {messages}; did you mean {near}?"
            for keys in unseen.paths
            if (near := unseen.nearest(keys))
        ]

    def _holds_at_first(self, value: Any, raw: bytes) -> bool:
        program = self._program
        held = program.holds(value, raw)
        error = "" if held or not self._failing else program.run(value, raw).error
        self._asked += 1
        self._held = self._held or held
        self._failing = bool(error)
        if value is not MISSING:
            self._unseen.look(value)
        if self._asked == _FIRST:
            self._judge(error)
        if self._asked == _FIRST or not (self._failing or self._unseen.paths):
            self.holds = program.holds
            self._unseen = Unseen(())
        return held

    def _judge(self, error: str) -> None:
        if error:
            first = f"each of the first {_FIRST} messages"
            source = self._program.source
            self._complaints = [f"{self._option} {source!r} failed on {first}: {error}"]
        if self._unseen.found:
            self._complaints += filter(None, map(self._absent, self._unseen.paths))

    def _absent(self, keys: Keys) -> str:
        """Say that a field was not met; "" where it may well be that it is looked for in vain."""
        near = self._unseen.nearest(keys)
        if self._held and not near:
            return ""
        meant = f"; did you mean {near}?" if near else ""
        return f"{self._option}: no message had {written(keys)} in {_FIRST} messages{meant}"
