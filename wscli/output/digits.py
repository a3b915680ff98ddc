"""Numbers that are shown as they were written, and count as what they were read as."""

from __future__ import annotations

import json
from decimal import Decimal
from math import isinf
from typing import Any, Final, Self

import orjson

from wscli.messages.exact import Digits
from wscli.tables.values import json_text

_INT_DIGITS: Final = 4000  # Python refuses to read longer ones as int


class Number(float):
    """A float that is written as it was read: ``0.10`` stays ``0.10``. To everything that compares
    it, it is the float that any reader makes of it.
    """

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> Self:
        """Make one of JSON's text for it."""
        made = super().__new__(cls, text)
        made._text = text
        return made

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__


def as_written(text: bytes, value: Any) -> Any:
    """Give a message's value with numbers that keep their digits; ``text`` is its JSON. The value
    itself where it is nested too deeply to be read like this.
    """
    try:
        return _READER.decode(text.decode())
    except (RecursionError, ValueError):
        return value


def compact(tree: Any) -> str:
    """Give a list or an object as compact JSON, its digits as they were written."""
    try:
        return orjson.dumps(tree, default=_fragment).decode()
    except TypeError:  # deeper than orjson goes, an integer beyond 64 bits or a lone surrogate
        return json_text(tree)


def _float(text: str) -> Number | Digits:
    number = Number(text)
    return Digits(text) if isinf(number) else number


def _integer(text: str) -> int | Number | Digits:
    if text == "-0":
        return Number(text)
    return int(text) if len(text) < _INT_DIGITS else Digits(text)


def _fragment(value: Any) -> orjson.Fragment:
    if isinstance(value, Number | Decimal):
        return orjson.Fragment(str(value))
    raise TypeError


_READER: Final = json.JSONDecoder(parse_float=_float, parse_int=_integer)
