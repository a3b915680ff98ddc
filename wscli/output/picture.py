"""What is on the screen: the headline, the tables or a page in their place, and the notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from wscli.model.instant import Instant
from wscli.output.base import Stage
from wscli.output.escape import encode, printable
from wscli.output.grid import Grid
from wscli.output.happened import Happened
from wscli.output.headline import Headline
from wscli.output.layout import share_lines
from wscli.output.pages import broken, errors_page, help_page, prompt, wishes
from wscli.output.paint import Paint
from wscli.output.rates import Rates
from wscli.output.spark import BARS, PLAIN_BARS
from wscli.output.view import Page, View
from wscli.output.words import time_of_day

_TIMED: Final = 36  # cells from which on there is room for the time of a note

# Lines of the terminal from which on there is room for
_TWO: Final = 6  # the numbers
_ROOMY: Final = 12  # empty lines between the parts
_PACED: Final = 14  # the rates by type
_WRAPPED: Final = 20  # a second line of numbers
_TALL: Final = 40  # three lines of rates


class Picture:
    """Puts the lines of a frame together from its parts, which are fed by others."""

    def __init__(self, stage: Stage, *, moves: bool) -> None:
        encoding = stage.encoding
        paint = Paint(colour=stage.colour, attributes=moves, encoding=encoding)
        has_blocks = stage.blocks and encode(BARS, encoding) == BARS.encode()
        self.headline = Headline(
            stage.profile.name,
            stage.statistics,
            paint,
            encoding=encoding,
            bars=BARS if has_blocks else PLAIN_BARS,
            keys=stage.keys,
        )
        self.happened = Happened(verbose=stage.verbose)
        self.rates = Rates()
        self.grids: Sequence[Grid] = [
            Grid(view, paint, sort=stage.sort, moves=moves, encoding=encoding)
            for name, view in stage.tables.views.items()
            if stage.table is None or stage.table == name
        ]
        self.view = View(tuple(dict.fromkeys(name for grid in self.grids for name in grid.columns)))
        self._paint = paint
        self._caution = printable(stage.profile.about.caution)
        self._held_at: Instant | None = None  # when the picture was that stands still

    @property
    def restless(self) -> bool:
        """Whether something on it will change soon, though nothing comes."""
        marked = not self.view.paused and any(grid.restless for grid in self.grids)
        return self.headline.restless or marked

    def see(self, view: View) -> None:
        """Show from now on what this view says."""
        before, self.view = self.view, view
        for grid in self.grids:
            grid.arrange(view.sort, view.filter, turned=view.turned)
            if view.paused and not before.paused:
                grid.hold()
            elif not view.paused:
                grid.release()
        if view.paused != before.paused:
            self._held_at = None
            self.headline.pause(paused=view.paused)

    def end(self) -> None:
        """Show from now on the last state."""
        self.see(self.view.ended())
        self.headline.end()

    def lines(self, now: Instant, size: tuple[int, int]) -> list[str]:
        """Give the lines of a frame for a terminal of so many columns and rows."""
        width, height = max(size[0] - 1, 1), max(size[1] - 1, 1)  # the cursor needs room as well
        view = self.view
        head = self._head(width, height, now)
        room = height // 4 if height >= _TWO and view.page is Page.TABLE else 0
        notes = self._notes(width, room)
        gap = [""] if height >= _ROOMY else []
        wished = bool(view.filter or view.sort or view.turned) and not view.typing
        used = len(head) + len(notes) + len(gap) * (2 if notes else 1) + wished + view.typing
        body = self._below(width, height - used, now)
        if wished:
            head.append(wishes(view, self._counts(), width, self._paint))
        lines = [*head, *gap, *body]
        if notes:
            lines += [*gap, *notes]
        if view.typing:
            lines = [*lines[: height - 1], prompt(view, self._counts(), width, self._paint)]
        return lines[:height]

    def _counts(self) -> tuple[int, int]:
        """How many rows the filter leaves, and of how many; known once they were drawn."""
        grids = [grid for grid in self.grids if grid.rows]
        return sum(grid.matching for grid in grids), sum(grid.rows for grid in grids)

    def _below(self, width: int, height: int, now: Instant) -> list[str]:
        match self.view.page:
            case Page.TABLE:
                return self.tables(width, height, now)
            case Page.ERRORS:
                happened, errors = self.happened.everything(), self.happened.errors
                return errors_page(happened, errors, width, height, self._paint)
            case Page.HELP:
                return help_page(width, height, self._paint)
            case _:  # pragma: no cover
                assert_never(self.view.page)

    def _head(self, width: int, height: int, now: Instant) -> list[str]:
        lines = [self.headline.state(width, now)]
        if height >= _TWO:
            lines += self.headline.numbers(width, 2 if height >= _WRAPPED else 1, now)
        if height >= _PACED:
            paces = [pace for pace in self.rates.paces(now.monotonic) if pace.counts]
            lines += self.headline.paces(paces, width, 3 if height >= _TALL else 1)
        return lines

    def _notes(self, width: int, height: int) -> list[str]:
        """Give the last notes, the latest at the bottom."""
        lines = []
        for note in self.happened.last(height):
            when = f"{time_of_day(note.at.wall)}  " if width >= _TIMED else ""
            lines.append(self._paint.line([(f"{when}{note.text}", note.style)], width))
        return lines

    def tables(self, width: int, height: int, now: Instant) -> list[str]:
        """Give the lines of all tables that have rows, or say why there is none."""
        grids = [grid for grid in self.grids if grid.rows]
        if not grids:
            return self._nothing_yet(width)[: max(height, 0)]
        if self.view.paused:
            now = self._held_at = self._held_at or now
        title = len(grids) > 1
        wanted = [grid.wanted + title for grid in grids]
        lines: list[str] = []
        for grid, share in zip(grids, share_lines(wanted, max(height, 0)), strict=True):
            if share <= title:
                continue
            if title:
                name = printable(grid.view.table.name)
                lines.append(self._paint.line([(name, "bold cyan")], width))
            lines += grid.lines(width, share - title, now)
        return lines

    def _nothing_yet(self, width: int) -> list[str]:
        if any(grid.view.revision for grid in self.grids):
            return [self._paint.line([("The table is empty.", "")], width)]
        if not self.headline.connected:
            return []
        text = f"Connected; waiting for the first update. {self._caution}"
        return [self._paint.line([(line, "")], width) for line in broken(text, width)]
