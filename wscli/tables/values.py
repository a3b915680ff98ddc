"""The values of cells: JSON scalars as they came, and everything else brought down to a size."""

from __future__ import annotations

import json
import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any, Final, TypeAlias

LONGEST: Final = 1024
"""Characters that are kept of a text: no screen shows more of a cell."""

_BITS: Final = 512  # integers up to here are kept as they are
_DIGITS: Final = 160  # significant digits that are kept of a longer number
_DECIMAL: Final = re.compile(
    r"[+-]?(?:\d{1,200}(?:\.\d{0,200})?|\.\d{1,200})(?:[eE][+-]?\d{1,5})?", re.ASCII
)


class JsonText(str):
    """The JSON text of a list or an object, at most ``LONGEST`` characters and an ellipsis."""

    __slots__ = ()


Cell: TypeAlias = bool | int | float | Decimal | str | JsonText | None


def bounded(value: Any) -> Cell:
    """Give a JSON value as a cell holds it: a scalar as it is, a list or an object as its text.

    Very long texts and numbers are cut, so a row is small whatever a message says.
    """
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= _BITS else _shortened(Decimal(value))
    if isinstance(value, Decimal):
        return _shortened(value)
    return JsonText(bounded(json_text(value)))


def json_text(value: Any) -> str:
    """Give compact JSON for a list or an object, characters beyond ASCII as they are. Decimals,
    which stand for numbers that no float can hold, are written as strings. What is nested too
    deeply to be written becomes an ellipsis in its brackets.
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except RecursionError:
        return "{…}" if isinstance(value, dict) else "[…]"


def as_number(value: Any) -> Decimal | None:
    """Give a JSON number, or a string that is a decimal number, exactly; None for all else."""
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL.fullmatch(value) else None
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return Decimal(repr(value))
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _shortened(number: Decimal) -> Decimal:
    """Round to ``_DIGITS`` significant digits, whatever the exponent."""
    return Context(prec=_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[]).plus(number)
