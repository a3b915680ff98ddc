"""How a cell's value is written: one function for each format of the profile's columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final, TypeAlias

from wscli.inspection.times import posix_seconds
from wscli.model.tables import Column, ColumnFormat
from wscli.output.escape import printable
from wscli.output.words import duration
from wscli.tables.values import Cell, JsonText, as_number

_WIDEST: Final = 24  # digits before or after the point; beyond, a number is shown as it came
_EARLIEST: Final = 1e8  # POSIX seconds; a smaller number is no time that a stream speaks of
_SHORT: Final = 11  # characters that ``short`` leaves alone
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def show(cell: Cell, column: Column, wall: float) -> str:
    """Give a cell's text, safe for a terminal. ``wall`` is now in POSIX seconds. A value that does
    not fit the column's format is shown as it is.
    """
    if cell is None:
        return ""
    text = None if column.format is None else _WRITERS[column.format](cell, wall)
    return printable(plain(cell) if text is None else text)


def plain(cell: Cell) -> str:
    """Give a value without a format: texts as they are, all else as JSON writes it."""
    if cell is None:
        return "null"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if isinstance(cell, str) else str(cell)


def style_of(cell: Cell, column: Column) -> str:
    """Give the style that the profile wants for a value; "" for none."""
    if column.by_sign:
        number = as_number(cell)
        if not number:
            return ""
        return "green" if number > 0 else "red"
    return column.style.get(plain(cell), "") if column.style else ""


def is_number(cell: Cell) -> bool:
    """Whether it is a JSON number."""
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


# --- the formats: each gives None for a value that does not fit ----------------------------------


def _number(cell: Cell, _: float) -> str | None:
    number = _ordinary(cell)
    if number is None:
        return None
    if isinstance(cell, float):
        number = Decimal(f"{cell:.12g}")  # 0.1 + 0.2 is 0.3 to a reader
    return f"{number:,f}"


def _price(cell: Cell, _: float) -> str | None:
    """As many decimals as the size of a price makes telling, and no more than it has, but two:
    64,123.50, 33.66, 1.0832, 0.00001234.
    """
    number = _ordinary(cell)
    if number is None:
        return None
    size = abs(number)
    telling = 2 if size >= 100 else 4 if size >= 1 or not number else 3 - number.adjusted()
    given = -int(number.normalize().as_tuple().exponent)
    return f"{number:,.{min(telling, max(given, 2))}f}"


def _percent(cell: Cell, _: float) -> str | None:
    """A fraction: 0.0034 is 0.34 %. Two decimals, more where nothing would be left of it."""
    number = _ordinary(cell)
    if number is None:
        return None
    share = number.scaleb(2)
    decimals = 2
    if share and share.adjusted() < -2:
        decimals = min(1 - share.adjusted(), 8)
    return f"{_no_minus_zero(f'{share:,.{decimals}f}')} %"


def _signed(cell: Cell, wall: float) -> str | None:
    text = _number(cell, wall)
    number = as_number(cell)
    return f"+{text}" if text is not None and number is not None and number > 0 else text


def _time(cell: Cell, wall: float) -> str | None:
    """Local time, with the date where it is another day than today."""
    seconds = _moment(cell)
    if seconds is None:
        return None
    try:
        # DTZ: the reader's own time zone is meant
        moment = datetime.fromtimestamp(seconds)  # noqa: DTZ006
        today = datetime.fromtimestamp(wall).date()  # noqa: DTZ006
    except (ValueError, OverflowError, OSError):
        return None
    return moment.strftime("%H:%M:%S" if moment.date() == today else "%Y-%m-%d %H:%M:%S")


def _ago(cell: Cell, wall: float) -> str | None:
    seconds = _moment(cell)
    if seconds is None:
        return None
    age = wall - seconds
    return f"in {duration(-age)}" if age <= -1 else duration(age)


def _bytes(cell: Cell, _: float) -> str | None:
    number = _ordinary(cell)
    if number is None or number < 0:
        return None
    size, unit = float(number), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:,.1f} {_UNITS[unit]}" if unit else f"{size:,.0f} B"


def _json(cell: Cell, _: float) -> str | None:
    if isinstance(cell, str) and not isinstance(cell, JsonText):
        return f'"{cell}"'
    return plain(cell)


def _short(cell: Cell, _: float) -> str | None:
    """Enough of an address or a hash to tell it from another."""
    text = plain(cell)
    return text if len(text) <= _SHORT else f"{text[:4]}…{text[-4:]}"


Writer: TypeAlias = Callable[[Cell, float], str | None]

_WRITERS: Final[Mapping[ColumnFormat, Writer]] = MappingProxyType(
    {
        ColumnFormat.NUMBER: _number,
        ColumnFormat.PRICE: _price,
        ColumnFormat.PERCENT: _percent,
        ColumnFormat.SIGNED: _signed,
        ColumnFormat.TIME: _time,
        ColumnFormat.AGO: _ago,
        ColumnFormat.BYTES: _bytes,
        ColumnFormat.JSON: _json,
        ColumnFormat.SHORT: _short,
    }
)

RIGHT: Final = frozenset(
    {
        ColumnFormat.NUMBER,
        ColumnFormat.PRICE,
        ColumnFormat.PERCENT,
        ColumnFormat.SIGNED,
        ColumnFormat.AGO,
        ColumnFormat.BYTES,
    }
)
"""Formats whose columns are aligned to the right."""


def _ordinary(cell: Cell) -> Decimal | None:
    """Give a number or decimal string that can be written out; None where it would fill lines."""
    number = as_number(cell)
    return number if number is not None and abs(number.adjusted()) <= _WIDEST else None


def _moment(cell: Cell) -> float | None:
    """Give POSIX seconds, None for what is no time."""
    seconds = posix_seconds(cell)
    return seconds if seconds is not None and abs(seconds) >= _EARLIEST else None


def _no_minus_zero(text: str) -> str:
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text
