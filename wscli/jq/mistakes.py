"""Words for what libjq says of a program that it does not compile: what is wrong, as a person would
say it, and the place. libjq names its parser's own tokens, and of a program that ends too early it
points at the last word; an open bracket or quote is the better place then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from difflib import get_close_matches
from typing import Final

from wscli.errors import ExpressionError
from wscli.jq.lexer import UNCLOSED, Kind, Token, tokens

_UNEXPECTED: Final = re.compile(r"syntax error, unexpected (?P<what>.+?)(?:, expecting .+)?")
_UNDEFINED: Final = re.compile(r"(?P<name>[^\s/]+)/(?P<count>\d+) is not defined")
_ESCAPE: Final = re.compile(r"Invalid (?:\\u\w+ )?escape at .*")
_NOTHING: Final = re.compile(r"Top-level program not given.*")
_COMMENTS: Final = re.compile(r"(?:\s|#.*)*")
_PIECE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\S")

_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = "'\u2018\u2019\u201c\u201d"  # what people and word processors write as well
_HINTS: Final = {
    **dict.fromkeys(_QUOTES, 'A text stands in double quotes: "text".'),
    "&": "Conditions are joined with and.",
    "|": "One of two conditions is: a or b.",
    "!": "The opposite of a condition is: (condition) | not.",
    "=": "Equal is ==.",
}
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


def plainer(error: ExpressionError, builtins: Callable[[], Collection[str]]) -> ExpressionError:
    """Give the error in better words, where we have them. ``builtins`` tells jq's functions, as
    ``name/count``.
    """
    source, position, what = error.source, error.position, error.what
    if found := _UNEXPECTED.fullmatch(what):
        if found["what"] == "end of file":
            return _too_early(source)
        return _unclosed_quote(source) or _unexpected(source, position)
    if found := _UNDEFINED.fullmatch(what):
        return _undefined(source, position, found["name"], int(found["count"]), builtins())
    if _ESCAPE.fullmatch(what):
        hint = r"A backslash in a text is written \\."
        return ExpressionError(source, position, "this text has an invalid escape", hint=hint)
    if _NOTHING.fullmatch(what):
        empty = _COMMENTS.fullmatch(source) is not None
        told = "it is empty" if empty else "it ends with its definitions"
        return ExpressionError(source, len(source), told, hint=". is the whole message.")
    return error


def refuse_assignment(source: str) -> None:
    """Raise ExpressionError for a condition that assigns: what it gives is always true, and `==`
    was meant.
    """
    for token in _tokens(source):
        if token.kind is Kind.SYMBOL and token.text == "=":
            what = "= gives a field another value, so this always holds"
            raise ExpressionError(source, token.position, what, hint=_HINTS["="])


def _too_early(source: str) -> ExpressionError:
    if quote := _unclosed_quote(source):
        return quote
    if opened := _unclosed_bracket(source):
        what = f"{opened.text} has no closing {_CLOSING[opened.text]}"
        return ExpressionError(source, opened.position, what)
    return ExpressionError(source, len(source.rstrip()), "it ends too early")


def _unclosed_quote(source: str) -> ExpressionError | None:
    r"""Give the error of our own lexer, but not where \( ) puts quotes inside of quotes."""
    try:
        tokens(source)
    except ExpressionError as error:
        return error if error.what == UNCLOSED and "\\(" not in source else None
    return None


def _unclosed_bracket(source: str) -> Token | None:
    """Give the innermost bracket that is open at the end."""
    opened: list[Token] = []
    for token in _tokens(source):
        if token.kind is Kind.SYMBOL and token.text in _CLOSING:
            opened.append(token)
        elif token.kind is Kind.SYMBOL and opened and token.text in _CLOSING.values():
            opened.pop()
    return opened[-1] if opened else None


def _unexpected(source: str, position: int) -> ExpressionError:
    piece = _piece(source, position)
    if piece in _CLOSING.values():
        return ExpressionError(source, position, f"{piece} closes nothing that is open")
    twice = piece not in ("|", "=") or source[:position].endswith(piece)
    hint = _HINTS.get(piece) if twice else None
    if source[:position].endswith(".") and piece.isalpha() and not piece.isascii():
        hint = 'A key with other letters than A-Z a-z 0-9 _ is written .["key"].'
    return ExpressionError(source, position, f"unexpected {piece}", hint=hint)


def _undefined(
    source: str, position: int, name: str, count: int, builtins: Collection[str]
) -> ExpressionError:
    counts = sorted(int(each.partition("/")[2]) for each in builtins if each.startswith(f"{name}/"))
    if counts:
        takes = " or ".join("no" if each == 0 else str(each) for each in counts)
        noun = "argument" if counts == [1] else "arguments"
        return ExpressionError(source, position, f"{name} takes {takes} {noun}, not {count}")
    hint = _meant(source, position, name, count, builtins)
    return ExpressionError(source, position, f"there is no function {name}", hint=hint)


def _meant(
    source: str, position: int, name: str, count: int, builtins: Collection[str]
) -> str | None:
    """Guess what a word without a meaning was to be, by what stands around it."""
    found = _tokens(source)
    at = next((i for i, each in enumerate(found) if each.position == position), None)
    if at is not None and count == 0:
        before = found[at - 1] if at else None
        after = found[at + 1]
        if before is not None and before.text == "-" and position == before.position + 1:
            return 'A key with other letters than A-Z a-z 0-9 _ is written .["key"].'
        if after.kind is Kind.FIELD or after.text == "[" or after.text in _COMPARISONS:
            return f"A path begins with a dot: .{name}."
        if before is not None and before.text in _COMPARISONS:
            return f'A text stands in double quotes: "{name}".'
    names = sorted({each.partition("/")[0] for each in builtins})
    near = get_close_matches(name, names, n=1)
    return f"Did you mean {near[0]}?" if near else None


def _tokens(source: str) -> list[Token]:
    """Cut the source as far as our lexer can: none where it cannot."""
    try:
        return tokens(source)
    except ExpressionError:
        return []


def _piece(source: str, position: int) -> str:
    """Give the word or the character at a place."""
    found = _PIECE.match(source, position)
    return found[0] if found else source[position : position + 1]
