"""Single values in motion: times that become now, numbers that drift, each in its own form."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Context, Decimal
from typing import Any, Final

_RFC_3339: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}([Tt ])\d{2}:\d{2}:\d{2}(?:\.(\d{1,9}))?([Zz]|([+-])(\d{2}):(\d{2}))?"
)
_EPOCH_TEXT: Final = re.compile(r"\d{9,19}(?:\.\d{1,9})?")
_DECIMAL_TEXT: Final = re.compile(r"[+-]?\d+\.\d+")
_UNITS: Final = ((1e11, 1), (1e14, 1000), (1e17, 1_000_000), (1e20, 1_000_000_000))
# numbers below the first belong to the second: seconds until the year 5138, then ms, µs, ns
_LEAST_EPOCH: Final = 100_000_000  # seconds; a smaller number is no time of day, but a count
_DIGITS: Final = 40  # before or after the point; longer numbers stay as they are
_EXACT: Final = Context(prec=3 * _DIGITS)
_SMALLEST_COUNT: Final = 10  # smaller integers are levels, flags and codes more often than amounts
_SCALE_IN_STEPS: Final = 50  # numbers near zero move as if they were so many of their last digits


def now_like(value: Any, wall: float) -> Any:
    """Give the moment ``wall`` (POSIX seconds) in the form of ``value``: an RFC 3339 text with as
    many digits and the same offset, or an epoch number, also as a text, in the same unit. None
    where ``value`` is no time.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _epoch_like(value, wall)
    if not isinstance(value, str):
        return None
    if _EPOCH_TEXT.fullmatch(value):
        return _epoch_text_like(value, wall)
    match = _RFC_3339.fullmatch(value)
    return None if match is None else _rfc_3339_like(match, wall)


def drifted(value: Any, drift: float) -> Any:
    """Give a number moved by ``drift`` (0.01 is one percent up), with as many decimals as it had.

    A decimal text stays one and keeps an explicit plus. What is between 0 and 1 stays there, what
    is above zero stays above it. None where ``value`` is nothing that could be an amount: texts
    without a point, integers below ten, numbers of more than 40 digits.
    """
    number = _amount(value)
    if number is None:
        return None
    exponent = number.as_tuple().exponent
    step = Decimal(1).scaleb(min(0, int(exponent)))
    scale = max(_EXACT.abs(number), _SCALE_IN_STEPS * step)
    moved = _EXACT.add(number, _EXACT.multiply(scale, Decimal(repr(drift))))
    moved = _EXACT.quantize(moved, step)
    if number >= 0:
        moved = max(moved, step if number > 0 else 0 * step)
    if 0 <= number <= 1:
        moved = min(moved, _EXACT.quantize(Decimal(1), step))
    return _like(value, moved)


def _epoch_like(value: float, wall: float) -> Any:
    if value < _LEAST_EPOCH or value >= _UNITS[-1][0]:
        return None
    unit = next(unit for limit, unit in _UNITS if value < limit)
    if isinstance(value, int):
        return int(Decimal(repr(wall)) * unit)
    return round(wall * unit, _decimals(value))


def _epoch_text_like(text: str, wall: float) -> str | None:
    whole, _, fraction = text.partition(".")
    now = _epoch_like(int(whole), wall)
    if now is None:
        return None
    if not fraction:
        return str(now)
    unit = next(unit for limit, unit in _UNITS if int(whole) < limit)
    return f"{wall * unit:.{len(fraction)}f}"


def _rfc_3339_like(match: re.Match[str], wall: float) -> str:
    between, fraction, offset, sign, hours, minutes = match.groups()
    zone = UTC
    if sign:
        apart = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(min(apart, timedelta(hours=23, minutes=59)) * (-1 if sign == "-" else 1))
    moment = datetime.fromtimestamp(wall, zone)
    text = f"{moment:%Y-%m-%d}{between}{moment:%H:%M:%S}"
    if fraction:
        text += "." + f"{moment.microsecond:06}".ljust(9, "0")[: len(fraction)]
    return text + (offset or "")


def _amount(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        number = Decimal(value)
        if abs(number) < _SMALLEST_COUNT:
            return None
    elif isinstance(value, float) or (isinstance(value, str) and _DECIMAL_TEXT.fullmatch(value)):
        number = Decimal(value if isinstance(value, str) else repr(value))
    else:
        return None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_DIGITS or number.adjusted() >= _DIGITS:
        return None
    return number


def _like(value: Any, number: Decimal) -> Any:
    if isinstance(value, str):
        text = f"{number:f}"
        if not number:
            text = text.removeprefix("-")
        return "+" + text if value.startswith("+") and number >= 0 else text
    return type(value)(number)


def _decimals(value: float) -> int:
    exponent = Decimal(repr(value)).as_tuple().exponent
    return max(0, -int(exponent))
