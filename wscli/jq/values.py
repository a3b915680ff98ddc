"""What jq thinks of values: truth and the order of all values across types.

Values are what orjson and json make of JSON: dict, list, str, int, float, Decimal, bool, None.
Beside them stand two marks: ``MISSING`` is jq's null of a key that is absent, told apart from a
null that is present, and ``NOTHING`` is no result at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from wscli.model.message import MISSING
from wscli.model.secret import Secret

Names: TypeAlias = Mapping[str, Any]
"""The values of ``$name``; one that is not there is null."""

Number: TypeAlias = int | float | Decimal
NumberOrder: TypeAlias = Callable[[Any, Any], int]


NOTHING: Final = object()
"""Stands for "no result" where ``MISSING`` would be null."""


class Failed(Exception):  # noqa: N818 - not an error of ours: jq's word for a program that raised
    """The program fails on this value."""


class Inexact(Exception):  # noqa: N818 - not an error: libjq is to be asked instead
    """Only libjq, which reads the digits themselves, can say what jq says here."""


def truthy(value: Any) -> bool:
    """Everything is true but null and false."""
    return value is not None and value is not False and value is not MISSING


_RANKS: Final[dict[type, int]] = {
    type(None): 0,
    type(MISSING): 0,
    bool: 1,
    int: 2,
    float: 2,
    Decimal: 2,
    str: 3,
    list: 4,
    dict: 5,
}


def order(left: Any, right: Any, numbers: NumberOrder) -> int:
    """Give a number below, at or above 0, as jq sorts: null, false, true, numbers, texts by code
    point, arrays, objects (by their sorted keys first, then by values). TypeError for what is no
    JSON, RecursionError for what is nested too deeply.
    """
    if type(left) is Secret:
        left = left.reveal()
    if type(right) is Secret:
        right = right.reveal()
    rank = _rank(left)
    if difference := rank - _rank(right):
        return difference
    match rank:
        case 0:
            return 0
        case 2:
            return numbers(left, right)
        case 4:
            return _order_items(left, right, numbers)
        case 5:
            keys = sorted(left)
            if difference := _order_items(keys, sorted(right), numbers):
                return difference
            return _order_items([left[k] for k in keys], [right[k] for k in keys], numbers)
        case _:
            return int(left > right) - int(left < right)


def _rank(value: Any) -> int:
    rank = _RANKS.get(type(value))
    if rank is None and isinstance(value, Decimal):  # one that keeps its digits as written
        return _RANKS[Decimal]
    if rank is None:
        raise TypeError(f"{type(value).__name__} is no type of JSON")
    return rank


def _order_items(left: list[Any], right: list[Any], numbers: NumberOrder) -> int:
    for one, other in zip(left, right, strict=False):
        if difference := order(one, other, numbers):
            return difference
    return len(left) - len(right)


def order_numbers(left: Number, right: Number) -> int:
    """Order two numbers by what Python holds of them."""
    return int(left > right) - int(left < right)


def order_numbers_exactly(left: Number, right: Number) -> int:
    """Order two numbers by their digits, which jq compares. Two texts that differ may round to
    the same float: then only their digits can tell, and ``Inexact`` is raised.
    """
    if type(left) is not int or type(right) is not int:
        try:
            left, right = float(left), float(right)
        except OverflowError:
            raise Inexact from None
        if left == right:
            raise Inexact
    return order_numbers(left, right)
