"""A YAML syntax error in plain words, with the remedy where it is one of YAML's known traps.

The errors are those of libyaml 0.2 and of PyYAML's own parser, which word the same mistake
differently; the patterns below cover both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from yaml import Mark, MarkedYAMLError

from wscli.errors import Problem
from wscli.loader.yaml_text import split_lines
from wscli.model.frozen import frozen


@frozen
class _Mistake:
    """Where the parser gave up: ``before`` and ``rest`` of that line, ``opened`` (a line, and what
    stands there) where the thing began in which it gave up. Lines count from 1.
    """

    problem: str
    line: int
    before: str
    rest: str
    opened_line: int
    opened: str


def in_words(error: MarkedYAMLError, text: str) -> Problem:
    """Say what is wrong with ``text``, which a parser refused with ``error``."""
    lines = split_lines(text)
    here = error.problem_mark or error.context_mark
    line, before, rest = _place(here, lines)
    opened_line, _, opened = _place(error.context_mark or here, lines)
    mistake = _Mistake(error.problem or "", line, before, rest, opened_line, opened)
    if rest.startswith("\t") or re.match(" *\t", before):
        return Problem(line, "", "a tab stands where only spaces may.", "Use spaces.")
    said = f"{error.context or ''}; {error.problem or ''}"
    for pattern, words in _TRAPS:
        if pattern.search(said):
            return words(mistake)
    return Problem(line, "", f"this is no valid YAML: {mistake.problem}.")


def _place(mark: Mark | None, lines: list[str]) -> tuple[int, str, str]:
    if mark is None or mark.line >= len(lines):
        return len(lines), "", ""
    line = lines[mark.line]
    return mark.line + 1, line[: mark.column], line[mark.column :]


def _open_quote(mistake: _Mistake) -> Problem:
    return Problem(mistake.opened_line, "", "the quote that opens here is never closed.")


def _unknown_escape(mistake: _Mistake) -> Problem:
    escape = "\\" + mistake.rest.removeprefix("\\")[:1]
    what = f"{escape} means nothing in double quotes."
    return Problem(mistake.line, "", what, "Use single quotes, where a backslash is a backslash.")


def _no_character(mistake: _Mistake) -> Problem:
    what = "this escape stands for no character."
    return Problem(mistake.line, "", what, "Write the character itself.")


def _first_character(mistake: _Mistake) -> Problem:
    if not mistake.opened:
        return Problem(mistake.line, "", "the text ends before the value does.")
    if mistake.opened[0] in _CLOSING:
        return _closes_nothing(mistake)
    what = f"a value cannot begin with {mistake.opened[0]} unless it is quoted."
    return Problem(mistake.opened_line, "", what, "Quote it.")


def _closes_nothing(mistake: _Mistake) -> Problem:
    what = f"{mistake.rest[:1]} closes nothing that is open."
    return Problem(mistake.line, "", what, "Take it out, or quote the value.")


def _inside_braces(mistake: _Mistake) -> Problem:
    start = mistake.opened[:1]
    char = mistake.rest[:1]
    part = re.split(r"[,{\[]", mistake.before)[-1]
    if char in {"[", "{"} or (char == ":" and ":" in part):
        what = f"a value inside of {start} holds {char} without quotes."
        remedy = 'Inside {…} and […] quote what holds [, {, ": " or ${.'
        return Problem(mistake.line, "", what, remedy)
    if mistake.line == mistake.opened_line:
        what = f"after the {start} of this line a comma is missing, or what closes it."
        return Problem(mistake.line, "", what)
    what = f"the {start} here is not closed, or a comma is missing before line {mistake.line}."
    return Problem(mistake.opened_line, "", what)


def _second_colon(mistake: _Mistake) -> Problem:
    if ": " in mistake.before:
        what = 'a value holds ": ", which begins another key.'
        return Problem(mistake.line, "", what, "Quote the value.")
    what = "this line does not follow from the one above."
    remedy = 'Check its indentation, and that the key above it ends with ": ".'
    return Problem(mistake.line, "", what, remedy)


def _no_key(mistake: _Mistake) -> Problem:
    what = 'this line is neither "key: value" nor "- value".'
    return Problem(mistake.opened_line, "", what, "Put a colon and a space after the key.")


def _misfit(mistake: _Mistake) -> Problem:
    if mistake.rest[:1] in _CLOSING:
        return _closes_nothing(mistake)
    if mistake.rest.startswith(":"):
        return Problem(mistake.line, "", "a key is missing before the colon.")
    if mistake.before.strip(" -"):
        what = f'"{mistake.rest[:20]}" follows a value that is complete.'
        return Problem(mistake.line, "", what, "Quote the whole value.")
    what = "this line does not fit those above it."
    return Problem(mistake.line, "", what, "Check its indentation.")


def _after_the_end(mistake: _Mistake) -> Problem:
    return Problem(mistake.line, "", "this follows the end of the document.", "Take it out.")


_CLOSING: Final = frozenset("]}")

# "context; problem" of the parsers' errors. The first that fits is taken.
_TRAPS: Final[tuple[tuple[re.Pattern[str], Callable[[_Mistake], Problem]], ...]] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        ("quoted scalar; found unexpected", _open_quote),
        ("unknown escape character", _unknown_escape),
        ("invalid Unicode character|expected escape sequence|expected hexdecimal", _no_character),
        ("(anchor|alias|tag|block scalar|directive|node);", _first_character),
        ("cannot start any token|incompatible YAML document", _first_character),
        ("(sequence entries|mapping keys) are not allowed", _first_character),
        ("while parsing a flow", _inside_braces),
        ("mapping values are not allowed", _second_colon),
        ("could not find expected ':'", _no_key),
        ("while parsing a block", _misfit),
        ("<document start>", _after_the_end),
    )
)
