"""JSON as a tree whose numbers keep their text, so that what is made of it keeps every digit."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final, Self

import orjson

from wscli.templates.values import json_text

_EXACT_DIGITS: Final = 18  # of an integer that every writer writes as it was read
_TOO_DEEP: Final = "JSON nested too deeply to be taken apart"


class Digits(Decimal):
    """A number that is written as it was read: ``0.10`` stays ``0.10``."""

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> Self:
        """Make one of JSON's text for it."""
        try:
            made = super().__new__(cls, text)
        except ArithmeticError:  # 1e-9999999999999999999, which readers take for 0
            made = super().__new__(cls, 0)
        made._text = text
        return made

    def __str__(self) -> str:
        return self._text


def exact_tree(text: bytes) -> Any:
    """Read valid JSON. ValueError, in words, where it is nested too deeply."""
    try:
        return _READER.decode(text.decode())
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def exact_text(tree: Any) -> bytes:
    """Write compact JSON. ValueError, in words, where it is nested too deeply."""
    try:
        return orjson.dumps(tree, default=_fragment)
    except TypeError:  # deeper than orjson goes, an integer beyond 64 bits or a lone surrogate
        pass
    try:
        # what json_text leaves of a lone surrogate stands in a string, where \udc00 says the same
        return json_text(tree).encode(errors="backslashreplace")
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _integer(text: str) -> int | Digits:
    return int(text) if len(text) <= _EXACT_DIGITS and text != "-0" else Digits(text)


def _fragment(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError


_READER: Final = json.JSONDecoder(parse_float=Digits, parse_int=_integer)
