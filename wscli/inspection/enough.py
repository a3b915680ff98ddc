"""When a run has what it was started for: counted over all the streams that it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wscli.inspection.conditions import Condition
from wscli.model.message import Message
from wscli.model.record import Ending

if TYPE_CHECKING:
    from wscli.jq.engine import Program  # only programs of the user's own need it at run time


class Enough:
    """Shared by the inspectors of one run. ``ending`` is set as soon as no more is to be shown:
    after ``count`` messages, after the first for which ``until`` holds, or because an inspector
    says so. Inspectors pass on what ``until`` has to complain of.
    """

    def __init__(self, count: int | None = None, until: Program | None = None) -> None:
        self.ending: Ending | None = None
        self.counts = count is not None or until is not None
        self._left = count
        self.until = None if until is None else Condition(until, "--until")

    def printed(self, message: Message) -> None:
        """Tell of a message that is shown, where ``counts``."""
        if self._left is not None:
            self._left -= 1
        reached = self._left == 0
        if not reached and self.until is not None:
            reached = self.until.holds(message.value, message.raw)
        if reached:
            self.end(Ending(0))

    def end(self, ending: Ending) -> None:
        """Show no more; the first word holds."""
        if self.ending is None:
            self.ending = ending
