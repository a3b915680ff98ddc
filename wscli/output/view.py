"""What the user wants to see of the table, changed by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Final

from wscli.model.frozen import frozen
from wscli.output.keys import BACKSPACE, ENTER, ERASE, ESCAPE

_LONGEST: Final = 200  # characters of a filter


class Page(Enum):
    """What is shown below the headline."""

    TABLE = auto()
    ERRORS = auto()
    HELP = auto()


@frozen
class View:
    """``columns``: the names to sort by, in the order in which a key walks through them. ``sort``
    is None for the order that the profile or the user's option names; ``turned``: the other way
    round. ``typing``: the filter is being typed. ``leaving``: the user wants to end the run.
    """

    columns: tuple[str, ...] = ()
    sort: str | None = None
    turned: bool = False
    filter: str = ""
    typing: bool = False
    paused: bool = False
    page: Page = Page.TABLE
    leaving: bool = False

    def pressed(self, key: str) -> View:
        """Give the view after a key. One that means nothing changes nothing."""
        if self.typing:
            return self._typed(key)
        if self.page is not Page.TABLE:
            return replace(self, page=Page.TABLE)  # q as well: in a pager it leaves the page
        match key:
            case "q":
                return replace(self, leaving=True)
            case " ":
                return replace(self, paused=not self.paused)
            case "/":
                return replace(self, typing=True)
            case "s":
                return self._next_column()
            case "S":
                return replace(self, turned=not self.turned)
            case "e":
                return replace(self, page=Page.ERRORS)
            case "?":
                return replace(self, page=Page.HELP)
            case _ if key == ESCAPE:
                return replace(self, filter="")
            case _:
                return self

    def ended(self) -> View:
        """Give the view of the last state: the rows and the order that were chosen, no page."""
        return replace(self, typing=False, paused=False, page=Page.TABLE)

    def _typed(self, key: str) -> View:
        if key == ENTER:
            return replace(self, typing=False)
        if key == ESCAPE:
            return replace(self, typing=False, filter="")
        if key == ERASE:
            return replace(self, filter="")
        if key == BACKSPACE:  # of an empty prompt it leaves it, as in less
            return replace(self, filter=self.filter[:-1], typing=bool(self.filter))
        if key.isprintable():
            return replace(self, filter=(self.filter + key)[:_LONGEST])
        return self

    def _next_column(self) -> View:
        if not self.columns:
            return self
        at = self.columns.index(self.sort) + 1 if self.sort in self.columns else 0
        return replace(self, sort=self.columns[at % len(self.columns)], turned=False)


KEYS: Final[Sequence[tuple[str, str]]] = (
    ("q", "end the run; the last state and the summary stay (Ctrl-C does as well)"),
    ("space", "pause the picture; the stream goes on behind it. Again: go on"),
    ("/", "show only rows that contain a text. Enter keeps it, Esc clears it"),
    ("s", "sort by the next column"),
    ("S", "turn the order round"),
    ("e", "the last errors and what else happened"),
    ("?", "this page"),
)
"""The keys and what they do, for the help page."""
