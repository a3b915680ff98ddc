"""JSON as a server writes it: compact, and with the digits that a test wants."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


def digits(number: str) -> orjson.Fragment:
    """A number that is written with exactly these digits, ``7.5e-8`` too."""
    return orjson.Fragment(number)


def dump(value: object) -> bytes:
    """Compact JSON, as JSON.stringify writes it; a Decimal is written digit for digit."""
    return orjson.dumps(value, default=_exactly)


def dump_text(value: object) -> str:
    """The same as text."""
    return dump(value).decode()


def parse_text(message: str | bytes) -> Any:
    """The JSON value of a text message; None where it is none, and of a binary message."""
    try:
        return json.loads(message) if isinstance(message, str) else None
    except ValueError:
        return None


def _exactly(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return digits(str(value))
    raise TypeError(f"no JSON value: {value!r}")
