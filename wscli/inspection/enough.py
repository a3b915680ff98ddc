"""When a run has what it was started for: counted over all the streams that it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wscli.inspection.conditions import Condition
from wscli.inspection.statistics import Statistics
from wscli.model.message import Message
from wscli.model.record import Ending

if TYPE_CHECKING:
    from wscli.jq.engine import Program  # only programs of the user's own need it at run time


class Enough:
    """Shared by the inspectors of one run. ``ending`` is set as soon as no more is to be shown:
    after ``count`` messages, after the first for which ``until`` holds, or because an inspector
    says so. Inspectors pass on what ``until`` has to complain of.

    ``counts``: inspectors are to tell of each message that is shown. ``later``: they cannot know,
    because a program says what is printed of it; then ``Printed`` tells. ``reached``: ``count`` or
    ``until`` is.
    """

    def __init__(
        self, count: int | None = None, until: Program | None = None, *, later: bool = False
    ) -> None:
        self.ending: Ending | None = None
        self.reached = False
        self.counts = (count is not None or until is not None) and not later
        self._left = count
        self.until = None if until is None else Condition(until, "--until")

    def printed(self, message: Message) -> None:
        """Tell of a message that is shown."""
        if self._left is not None:
            self._left -= 1
        self.reached = self._left == 0
        if not self.reached and self.until is not None:
            self.reached = self.until.holds(message.value, message.raw)
        if self.reached:
            self.end(Ending(0))

    def end(self, ending: Ending) -> None:
        """Show no more; the first word holds."""
        if self.ending is None:
            self.ending = ending


class Printed:
    """Hears what is really printed of the messages that an inspector let through and counted."""

    def __init__(self, enough: Enough, statistics: Statistics) -> None:
        self._enough = enough
        self._statistics = statistics

    @property
    def enough(self) -> bool:
        """Whether no more is to be printed."""
        return self._enough.reached

    def tell(self, message: Message, *, printed: bool) -> None:
        """Tell of a message whether there was something to print of it."""
        if printed:
            self._enough.printed(message)
        else:
            self._statistics.printed -= 1
            self._statistics.filtered += 1
