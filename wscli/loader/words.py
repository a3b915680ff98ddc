"""From the words that a user gives for an option to its value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from math import isfinite
from operator import or_
from typing import Any, Final

from wscli.errors import UsageError
from wscli.loader.selectors import FORM, parse_selector
from wscli.loader.shape import closest
from wscli.loader.units import parse_duration
from wscli.model.options import Option, OptionType

_TRUTHS: Final[Mapping[str, bool]] = {
    "true": True,
    "1": True,
    "yes": True,
    "false": False,
    "0": False,
    "no": False,
}


def value_of(option: Option, given: Any) -> Any:
    """Give the value of what was given: a word, or a list of them for what can be repeated.
    Raises UsageError for what does not fit.
    """
    items = given if isinstance(given, list) else [given]
    match option.type:
        case OptionType.LIST if option.selector:
            return [_selected(option, str(item)) for item in items]
        case OptionType.LIST:
            return [_chosen(option, item) for item in items]
        case OptionType.FLAGS:
            return reduce(or_, [_bits(option, _chosen(option, item)) for item in items])
        case _:
            return _typed(option, _chosen(option, given))


def _chosen(option: Option, word: Any) -> Any:
    """Give what a label stands for; without choices a word stands for itself."""
    if not option.choices:
        return word
    if str(word) not in option.choices:
        near = closest(str(word), option.choices)
        raise UsageError(
            f"{option.flag} {word!r} is not one of {', '.join(option.choices)}.", hint=near or None
        )
    return option.choices[str(word)]


def _selected(option: Option, word: str) -> dict[str, Any]:
    try:
        selector = parse_selector(word)
    except ValueError as error:
        raise UsageError(
            f"{option.flag} {word!r}: {error}.",
            hint=rf"Write {option.flag} {FORM}; a comma inside a value is \,",
        ) from None
    return {"name": _chosen(option, selector.name), "with": selector.filters}


def _bits(option: Option, value: Any) -> int:
    try:
        bits = value if isinstance(value, int) else int(str(value), 0)  # 0x… and 0b… as well
    except ValueError:
        bits = -1
    if bits < 0:
        raise UsageError(f"{option.flag} {value!r} is no number of bits that are set.")
    return bits


def _typed(option: Option, value: Any) -> Any:
    try:
        match option.type:
            case OptionType.INTEGER:
                return int(value)
            case OptionType.NUMBER:
                return _number(value)
            case OptionType.DURATION:
                return parse_duration(value)
            case OptionType.BOOLEAN:
                return _truth(value)
            case _:
                return str(value)
    except ValueError:
        raise UsageError(f"{option.flag} {value!r} is no {option.type}.") from None


def _number(value: Any) -> float:
    number = float(value)
    if not isfinite(number):  # JSON has none such
        raise ValueError(value)
    return number


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() not in _TRUTHS:
        raise ValueError(value)
    return _TRUTHS[str(value).lower()]
