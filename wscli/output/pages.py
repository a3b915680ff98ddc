"""What keys bring up: pages in place of the table, the line to type in, and what was wished."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from wscli.output.escape import printable
from wscli.output.flow import Fact, flow
from wscli.output.happened import Note
from wscli.output.paint import Paint, width_of
from wscli.output.view import KEYS, View
from wscli.output.words import plural, time_of_day

_KEY: Final = 7  # cells of a key's name with the space behind it
_TIME: Final = 10  # cells of a note's time with the space behind it
_TIMED: Final = 36  # cells from which on there is room for the time
_ABOVE: Final = (
    "lag: from a message's own time to its arrival. p50, p99: half, and 99 of 100, took no longer.",
    "Bars: messages of a type in each of the last seconds, and how many a second that is.",
    "Colours: a cell that has just changed is bold for a moment.",
)
_BACK: Final = "any key leads back to the table"


def help_page(width: int, height: int, paint: Paint) -> list[str]:
    """Give the keys and what they do, in at most ``height`` lines of at most ``width`` cells."""
    lines = [paint.line([("Keys", "bold")], width)]
    for key, what in KEYS:
        for index, part in enumerate(broken(what, width - _KEY)):
            shown = f"{key:{_KEY}}" if not index else " " * _KEY
            lines.append(paint.line([(shown, "bold"), (part, "")], width))
    above = [paint.line([("Above the table", "bold")], width)]
    for text in _ABOVE:
        above += [paint.line([(part, "")], width) for part in broken(text, width)]
    if len(lines) + 1 + len(above) + 2 <= height:
        lines += ["", *above]
    return _closed(lines, width, height, paint)


def errors_page(
    notes: Sequence[Note], errors: int, width: int, height: int, paint: Paint
) -> list[str]:
    """Give what happened, whole sentences, the latest at the bottom, in at most ``height`` lines of
    at most ``width`` cells: what does not fit any more is the oldest. ``errors``: how many of the
    run's notes were errors.
    """
    title = plural(errors, "error") if errors else "No errors"
    lines: list[str] = []
    indent = _TIME if width >= _TIMED else 0
    for note in notes:
        when = f"{time_of_day(note.at.wall)}  " if indent else ""
        for index, part in enumerate(broken(note.text, width - indent)):
            shown = when if not index else " " * indent
            lines.append(paint.line([(shown, "dim"), (part, note.style)], width))
    latest = lines[-max(height - 2, 1) :]
    heading = f"{title} so far; what happened, the latest last"
    return _closed([paint.line([(heading, "bold")], width), *latest], width, height, paint)


def prompt(view: View, counts: tuple[int, int], width: int, paint: Paint) -> str:
    """Give the line in which the filter is typed, with the number of rows that match it."""
    hint = f"   {_matching(counts)}; Enter keeps it, Esc clears it"
    text = printable(view.filter)
    room = max(width - width_of(hint) - 2, width // 2)  # the end of a long text is what is typed
    while width_of(text) > room:
        text = text[1:]
    return paint.line([("/", "bold"), (text, ""), (" ", "reverse"), (hint, "dim")], width)


def wishes(view: View, counts: tuple[int, int], width: int, paint: Paint) -> str:
    """Give the line that says which rows are left out and how they are sorted."""
    facts: list[Fact] = []
    if view.filter:
        text = f'only rows with "{printable(view.filter)}": {_matching(counts)}'
        facts.append([(text, "yellow"), (" (Esc: all)", "dim")])
    if view.sort is not None:
        order = ", descending" if view.turned else ""
        facts.append([(f"sorted by {printable(view.sort)}{order}", "")])
    elif view.turned:
        facts.append([("order turned round", "")])
    return "".join(flow(facts, width, 1, paint))


def _matching(counts: tuple[int, int]) -> str:
    return f"{counts[0]:,} of {plural(counts[1], 'row')}"


def broken(text: str, width: int) -> list[str]:
    """Break a printable text into lines of about so many cells."""
    most = max(width * len(text) // max(width_of(text), 1), 1)  # wide characters take two cells
    return wrap(text, most) or [""]


def _closed(lines: list[str], width: int, height: int, paint: Paint) -> list[str]:
    return [*lines[: max(height - 1, 0)], paint.line([(_BACK, "dim")], width)][: max(height, 0)]
