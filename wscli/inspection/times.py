"""A provider's own time, in any of the forms that providers use."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, Final

_LARGEST: Final = 10**30  # far beyond any time in ns, and still a float


def posix_seconds(value: Any) -> float | None:
    """Give POSIX seconds for an RFC 3339 time or a number, or for a string that is one; None for
    everything else. The size of a number tells seconds, ms, µs and ns apart (until the year 5138).
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return _number(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _scaled(float(value)) if -_LARGEST < value < _LARGEST else None
    return None


def _number(text: str) -> float | None:
    if len(text) > 40:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return _scaled(number) if isfinite(number) else None


def _scaled(number: float) -> float:
    size = abs(number)
    if size < 1e11:
        return number
    if size < 1e14:
        return number / 1e3
    return number / 1e6 if size < 1e17 else number / 1e9
