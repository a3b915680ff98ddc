"""JSON text laid out for reading: indented, with colours. Nothing else of it changes, so digits,
escapes and the order of keys stay as they came; and nothing here recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final, assert_never


class Token(IntEnum):
    """What a piece of the text is: the groups of ``_TOKEN`` by number."""

    STRING = 1
    KEY = 2  # with its colon
    OPENING = 3
    EMPTY = 4  # a list or an object without anything in it
    CLOSING = 5
    COMMA = 6
    NULL = 7
    OTHER = 8  # a number, true or false


# Possessive, so that nothing is kept to go back to, however long the text is.
_TOKEN: Final = re.compile(
    rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")[ \t\n\r]*+(:)?+'
    rb"|([\[{])[ \t\n\r]*+([\]}])?+"
    rb"|([\]}])"
    rb"|(,)"
    rb"|(null)"
    rb'|([^\s,:"\[\]{}]++)',
    re.DOTALL,
)
_STEP: Final = b"  "
_DEEPEST: Final = 100  # levels that are indented
_BOLD: Final = b"\x1b[1m"
_PLAIN: Final = b"\x1b[0m"
_COLOURS: Final[Mapping[Token, bytes]] = {  # those of jq
    Token.STRING: b"\x1b[32m",
    Token.KEY: b"\x1b[1;34m",
    Token.OPENING: _BOLD,
    Token.EMPTY: _BOLD,
    Token.CLOSING: _BOLD,
    Token.COMMA: _BOLD,
    Token.NULL: b"\x1b[90m",
    Token.OTHER: b"",
}


def indented(text: bytes, *, colour: bool) -> Iterator[bytes]:
    """Give valid JSON in pieces, laid out as ``jq .`` does it, without a line break at its end.
    What is nested very deeply is not moved further to the right: it would be nothing but spaces.
    """
    depth = 0
    for found in _TOKEN.finditer(text):
        kind = Token(found.lastindex or 0)
        match kind:
            case Token.KEY:
                yield _painted(found[1], kind, colour=colour)
                yield _painted(b":", Token.COMMA, colour=colour) + b" "
            case Token.OPENING:
                depth += 1
                yield _painted(found[3], kind, colour=colour) + b"\n" + _margin(depth)
            case Token.EMPTY:
                yield _painted(found[3] + found[4], kind, colour=colour)
            case Token.CLOSING:
                depth -= 1
                yield b"\n" + _margin(depth) + _painted(found[5], kind, colour=colour)
            case Token.COMMA:
                yield _painted(b",", kind, colour=colour) + b"\n" + _margin(depth)
            case Token.STRING | Token.NULL | Token.OTHER:
                yield _painted(found[kind], kind, colour=colour)
            case _:  # pragma: no cover
                assert_never(kind)


def _margin(depth: int) -> bytes:
    return _STEP * min(depth, _DEEPEST)


def _painted(piece: bytes, kind: Token, *, colour: bool) -> bytes:
    before = _COLOURS[kind] if colour else b""
    return b"%b%b%b" % (before, piece, _PLAIN) if before else piece
