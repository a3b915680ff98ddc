"""An error of an expression, with the expression and a caret under the place."""

from __future__ import annotations

import re
from typing import Final

from wscli.errors import ExpressionError, UsageError
from wscli.jq.engine import Program, compile_program
from wscli.jq.mistakes import refuse_assignment
from wscli.output.escape import printable
from wscli.output.sink import Sink

_INDENT: Final = "  "
_NO_TERMINAL: Final = 80  # columns
_LEAST: Final = 12  # columns for the expression, however narrow the terminal is
_BREAKS: Final = re.compile(r"\r\n|\r|\n")


def program_of(option: str, source: str, *, condition: bool) -> Program:
    """Compile what an option says; UsageError that shows where it is wrong. ``condition``: it is to
    be true or false of a message.
    """
    try:
        if condition:
            refuse_assignment(source)
        return compile_program(source)
    except ExpressionError as error:
        stderr = Sink(2)
        columns = stderr.size()[0] if stderr.isatty else _NO_TERMINAL
        raise UsageError(pointed(option, error, columns - 1)) from None


def pointed(option: str, error: ExpressionError, columns: int) -> str:
    """Give the error in three lines that fit so many columns, safe for a terminal: what is wrong,
    the line of the expression that has the place, cut around it, and a caret.
    """
    start = max(
        (found.end() for found in _BREAKS.finditer(error.source, 0, error.position)), default=0
    )
    number = len(_BREAKS.findall(error.source, 0, error.position)) + 1
    line = _BREAKS.split(error.source[start:], maxsplit=1)[0]
    where = f"{option}, line {number}" if number > 1 else option
    hint = f". {error.hint}" if error.hint else ""
    text, column = _around(line, error.position - start, max(columns - len(_INDENT), _LEAST))
    return f"{where}: {error.what}{hint}\n{_INDENT}{text}\n{_INDENT}{' ' * column}^"


def _around(line: str, position: int, columns: int) -> tuple[str, int]:
    """Give the part of a line around a place, as wide as there are columns, and the column of the
    place in it.
    """
    from rich.cells import cell_len  # noqa: PLC0415 - only an error needs it

    pieces = [" " if character == "\t" else printable(character) for character in line]
    widths = [cell_len(piece) for piece in pieces]
    before, after = sum(widths[:position]), sum(widths[position:])
    first, last = 0, len(pieces)
    front = back = ""
    if before + after + 1 > columns:
        room = columns - 3  # an ellipsis on either side, and the caret behind the last one
        left = min(before, max(room // 2, room - after))
        while before > left:
            before -= widths[first]
            first, front = first + 1, "…"
        while before + after > room:
            last, back = last - 1, "…"
            after -= widths[last]
    return front + "".join(pieces[first:last]) + back, len(front) + before
