"""The bytes of a frame become one JSON value, whatever they hold."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final, NoReturn

import orjson

from wscli.model.message import MISSING
from wscli.model.wire import Binary

_INT_DIGITS: Final = 4000  # Python refuses to read longer ones as int, so they become Decimal
_DEEPEST: Final = 900  # a little less than what every Python reads; orjson reads 1,024
_SIGNS: Final = re.compile(r'["\\\[\]{}]')
_TOO_DEEP: Final = "JSON nested too deeply to be read"


def decode(raw: bytes) -> tuple[Any, str]:
    """Give the value and "", or MISSING and in words why ``raw`` is no JSON.

    orjson reads nearly everything; what JSON allows and orjson does not (1e400, very long
    integers, lone surrogates in escapes) is read by ``json`` with Decimal, so no digit is lost.
    """
    try:
        return orjson.loads(raw if raw.__class__ is bytes else bytes(raw)), ""  # no other class
    except orjson.JSONDecodeError as error:
        if "depth limit" in error.msg:
            return MISSING, _TOO_DEEP
        return _decode_strictly(raw)


def _decode_strictly(raw: bytes) -> tuple[Any, str]:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return MISSING, f"a binary frame of {len(raw)} bytes that is no JSON"
    if _depth(text) > _DEEPEST:  # how deep json itself reads depends on the version of Python
        return MISSING, _TOO_DEEP
    try:
        value = json.loads(
            text, parse_float=Decimal, parse_int=_integer, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        kind = "a binary frame that is no JSON" if isinstance(raw, Binary) else "no JSON"
        what = error.msg.removesuffix(" at")
        return MISSING, f"{kind}: {what} at character {error.pos + 1}"
    except ValueError as error:
        return MISSING, f"no JSON: {error}"
    except ArithmeticError:  # an exponent that even Decimal does not take
        return MISSING, "a number beyond all bounds"
    return value, ""


def _depth(text: str) -> int:
    """Give how deeply lists and objects are nested, strings left out: one pass, whatever comes."""
    deepest = depth = 0
    inside = False  # a string
    literal = -1  # the place behind a backslash
    for found in _SIGNS.finditer(text):
        sign, at = found[0], found.start()
        if at == literal:
            continue
        if sign == "\\":
            literal = at + 1
        elif sign == '"':
            inside = not inside
        elif not inside:
            depth += 1 if sign in "[{" else -1
            deepest = max(deepest, depth)
    return deepest


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < _INT_DIGITS else Decimal(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
