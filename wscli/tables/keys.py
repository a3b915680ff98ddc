"""What makes two values the same key: equality as JSON Schema defines it (core, 4.2.2)."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from wscli.model.message import MISSING
from wscli.tables.values import LONGEST, json_text

_DIGITS: Final = 309  # of an integer that a float can be, at the most


def row_key(value: Any) -> Hashable | None:
    """Give something hashable that is equal for equal JSON values: 1 and 1.0 are, true and 1, or
    1 and "1", are not. None where ``value`` cannot be a key: it is absent or null.

    A list or an object is known by its JSON text, a long text by its hash, so a key is small.
    """
    if isinstance(value, str):
        return value if len(value) <= LONGEST else _digest("string", value)
    if value is None or value is MISSING:
        return None
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, int | float | Decimal):
        return _number(value)
    text = json_text(_sorted(value))
    return ("json", text) if len(text) <= LONGEST else _digest("json", text)


def _digest(kind: str, text: str) -> Hashable:
    return (kind, blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest())


def _number(value: float | Decimal) -> Hashable:
    """Python compares int, float and Decimal by value; only decimals need a word."""
    if not isinstance(value, Decimal):
        return value
    if value != value.to_integral_value():
        return float(value)  # 0.1 is the same key whether it was read as a float or not
    text = str(value)
    return value if len(text) <= LONGEST else _digest("number", text)


def _sorted(value: Any) -> Any:
    """Bring equal lists and objects to the same text: names in order, 1.0 written as 1."""
    try:
        return _plain(value)
    except RecursionError:
        return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if isinstance(value, Decimal):
        is_integer = value.adjusted() < _DIGITS and value == value.to_integral_value()
        return int(value) if is_integer else float(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
