"""The user's options: from the words on the command line to the values that a profile uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wscli.errors import UsageError
from wscli.loader.shape import closest
from wscli.loader.units import parse_duration
from wscli.model.options import Option, OptionType
from wscli.model.profile import Profile


def option_values(
    profile: Profile, given: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, Any]:
    """Give the value of each option that has one: given, from its environment variable, or its
    default. A list that is empty counts as not given. Raises UsageError for a missing required
    option and for a value that does not fit.
    """
    values: dict[str, Any] = {}
    for option in profile.options:
        value = given.get(option.name)
        if (value is None or value == []) and option.env:
            value = environment.get(option.env) or None
        if value is None or value == []:
            value = option.default
        if value is not None and value != []:
            values[option.name] = _converted(option, value)
        elif option.required:
            variable = f" or set {option.env}" if option.env else ""
            raise UsageError(
                f"{profile.name} needs {option.flag}.", hint=f"Give {option.flag} VALUE{variable}."
            )
    return values


def _converted(option: Option, value: Any) -> Any:
    if option.type is OptionType.LIST:
        items = value if isinstance(value, list) else [value]
        return [_chosen(option, item) for item in items]
    return _typed(option, _chosen(option, value))


def _chosen(option: Option, value: Any) -> Any:
    if not option.choices:
        return value
    if str(value) not in option.choices:
        near = closest(str(value), option.choices)
        raise UsageError(
            f"{option.flag} {value!r} is not one of {', '.join(option.choices)}.", hint=near or None
        )
    return option.choices[str(value)]


def _typed(option: Option, value: Any) -> Any:
    try:
        match option.type:
            case OptionType.INTEGER:
                return int(value)
            case OptionType.NUMBER:
                return float(value)
            case OptionType.DURATION:
                return parse_duration(value)
            case OptionType.BOOLEAN:
                return _truth(value)
            case _:
                return str(value)
    except ValueError:
        raise UsageError(f"{option.flag} {value!r} is no {option.type}.") from None


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]
