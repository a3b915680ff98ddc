"""Cuts the source of an expression into tokens, with jq's own lexical rules.

What jq's lexer would join (``?//``, ``1.``, ``|=``) is joined here too, so that a source that
parses here can never mean something else in jq.
"""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from math import inf
from typing import Any, Final, NamedTuple, NoReturn

from wscli.errors import ExpressionError

MAX_LENGTH: Final = 10_000
"""Longest source in characters."""

UNCLOSED: Final = "the text that begins here has no closing quote"

_EXCERPT: Final = 60  # how much of a source that is too long an error repeats


class Kind(Enum):
    """What a token is; ``END`` stands behind the last one."""

    FIELD = auto()  # .name; the value is the name
    VARIABLE = auto()  # $name; the value is the name
    WORD = auto()
    NUMBER = auto()
    STRING = auto()
    SYMBOL = auto()
    END = auto()


class Token(NamedTuple):
    """``text`` as written, ``value`` what it says, ``position`` its offset in the source."""

    kind: Kind
    text: str
    value: Any
    position: int


_TOKEN: Final = re.compile(
    r"""
      (?P<space>   [ \t\r\n]+ )
    | (?P<NUMBER>  (?: [0-9]+ (?: \.[0-9]* )? | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
    | (?P<FIELD>   \.[A-Za-z_][A-Za-z0-9_]* )
    | (?P<VARIABLE> \$[A-Za-z_][A-Za-z0-9_]* )
    | (?P<WORD>    @?[A-Za-z_][A-Za-z0-9_]* (?: ::[A-Za-z_][A-Za-z0-9_]* )* )
    | (?P<STRING>  " (?: [^"\\] | \\. )* " )
    | (?P<SYMBOL>  \.\. | \?//=? | //=? | [|=!<>+\-*/%]= | [][(){}.?|,:;<>=+\-*/%\#] )
    """,
    re.VERBOSE | re.DOTALL,
)
_JSON_NUMBER: Final = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_INTERPOLATION: Final = re.compile(r"(?<!\\)(?:\\\\)*\\\(")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def tokens(source: str) -> list[Token]:
    """Cut ``source`` into tokens, an ``END`` last; ExpressionError where that is impossible."""
    _check_text(source)
    found: list[Token] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            _refuse_character(source, position)
        kind = match.lastgroup
        if kind is not None and kind != "space":
            found.append(_token(source, Kind[kind], match.group(), position))
        position = match.end()
    found.append(Token(Kind.END, "", None, len(source)))
    return found


def _check_text(source: str) -> None:
    if len(source) > MAX_LENGTH:
        excerpt = source[:_EXCERPT] + "…"
        what = f"it is {len(source):,} characters long, at most {MAX_LENGTH:,} are allowed"
        raise ExpressionError(excerpt, 0, what)
    if surrogate := _SURROGATE.search(source):
        raise ExpressionError(source, surrogate.start(), "it holds bytes that are no UTF-8")
    if "\0" in source:  # libjq would end the program here
        raise ExpressionError(source, source.index("\0"), "it holds a NUL character")


def _refuse_character(source: str, position: int) -> NoReturn:
    character = source[position]
    if character == '"':
        raise ExpressionError(source, position, UNCLOSED)
    if source[position - 1 : position] == "." and character.isalpha():
        hint = 'A key with other letters than A-Z a-z 0-9 _ is written .["key"].'
        raise ExpressionError(source, position, f"unexpected {character!r}", hint=hint)
    raise ExpressionError(source, position, f"unexpected {character!r}")


def _token(source: str, kind: Kind, text: str, position: int) -> Token:
    match kind:
        case Kind.FIELD | Kind.VARIABLE:
            return Token(kind, text, text[1:], position)
        case Kind.NUMBER:
            return Token(kind, text, _number(source, text, position), position)
        case Kind.STRING:
            return Token(kind, text, _string(source, text, position), position)
        case _:
            return Token(kind, text, text, position)


def _number(source: str, text: str, position: int) -> int | float:
    match = _JSON_NUMBER.fullmatch(text)
    if match is None:
        raise ExpressionError(source, position, f"{text} is no number as JSON writes them")
    number = float(text)
    if number == inf:
        raise ExpressionError(source, position, "this number is too large")
    return int(text) if text.isdecimal() else number


def _string(source: str, text: str, position: int) -> str:
    if _INTERPOLATION.search(text):
        what = r"\( ) inside a text is not in the small part of jq that profiles use"
        raise ExpressionError(source, position, what)
    try:
        value: str = json.loads(text, strict=False)
    except ValueError:
        raise ExpressionError(source, position, "this text has an invalid escape") from None
    if _SURROGATE.search(value):
        raise ExpressionError(source, position, "this text has half a surrogate pair")
    return value
