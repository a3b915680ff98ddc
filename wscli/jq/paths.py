"""Paths as look-ups. A plain path (keys and indexes from the value itself) is what profiles use
for almost everything, so it gets a closure of one call without loops for up to three keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from wscli.jq.syntax import Iterate, Key
from wscli.jq.values import NOTHING, Names
from wscli.model.message import MISSING

Get: TypeAlias = Callable[[Any], Any]
"""Gives the value at a path, or ``MISSING``."""

Fail: TypeAlias = Callable[[], Any]
"""What to do where jq raises an error: give ``NOTHING``, or raise ``Failed``."""


def getter(keys: tuple[str | int, ...]) -> Get:
    """Compile a plain path: the value there, or ``MISSING`` where there is none."""
    match keys:
        case ():
            return lambda value: value
        case (str(first),):
            return _get_one(first)
        case (str(first), str(second)):
            return _get_two(first, second)
        case (str(first), str(second), str(third)):
            return _get_three(first, second, third)
        case (int(index),):
            return _get_element(index)
        case (str(first), int(index)):
            return _get_element_of(first, index)
        case (*inner, str(last)) if all(isinstance(key, str) for key in inner):
            return _get_deep(inner, last)
        case _:
            return _get_mixed(keys)


# Values are dicts and lists themselves, never of a subclass: `type(...) is` costs less.


def _get_one(first: str) -> Get:
    def get(value: Any) -> Any:
        return value.get(first, MISSING) if type(value) is dict else MISSING

    return get


def _get_two(first: str, second: str) -> Get:
    def get(value: Any) -> Any:
        if type(value) is dict and type(value := value.get(first)) is dict:
            return value.get(second, MISSING)
        return MISSING

    return get


def _get_three(first: str, second: str, third: str) -> Get:
    def get(value: Any) -> Any:
        try:
            return value[first][second].get(third, MISSING)
        except (KeyError, TypeError, AttributeError):  # no such key, or no object
            return MISSING

    return get


def _get_deep(inner: list[Any], last: str) -> Get:
    def get(value: Any) -> Any:
        try:
            for name in inner:
                value = value[name]
            return value.get(last, MISSING)
        except (KeyError, TypeError, AttributeError):
            return MISSING

    return get


def _get_element(index: int) -> Get:
    def get(value: Any) -> Any:
        try:
            return value[index] if type(value) is list else MISSING
        except IndexError:
            return MISSING

    return get


def _get_element_of(first: str, index: int) -> Get:
    def get(value: Any) -> Any:
        try:
            found = value[first]
            return found[index] if type(found) is list else MISSING
        except (LookupError, TypeError):
            return MISSING

    return get


def _get_mixed(keys: tuple[str | int, ...]) -> Get:
    steps: list[tuple[Any, Any]] = [(key, dict if isinstance(key, str) else list) for key in keys]

    def get(value: Any) -> Any:
        try:
            for key, kind in steps:
                if type(value) is not kind:
                    return MISSING
                value = value[key]
        except LookupError:
            return MISSING
        return value

    return get


def finder(names: tuple[str, ...], fail: Fail) -> Callable[[Any, Names], Any]:
    """Compile a path of names within an expression: as ``getter``, but what ``fail`` does where
    jq raises an error.
    """

    def find(value: Any, _names: Names) -> Any:
        for name in names:
            if type(value) is dict:
                value = value.get(name, MISSING)
            elif value is not None and value is not MISSING:
                return fail()
            else:
                value = MISSING
        return value

    return find


def lookup(key: Key, fail: Fail) -> Get:
    """Compile one key: its value, ``MISSING`` where it is absent or the value is null, and what
    ``fail`` does where the value has no such keys at all.
    """
    if key.optional:
        fail = _nothing
    return _lookup_name(key.name, fail) if isinstance(key.name, str) else _index(key.name, fail)


def _lookup_name(name: str, fail: Fail) -> Get:
    def get(value: Any) -> Any:
        if type(value) is dict:
            return value.get(name, MISSING)
        return MISSING if value is None or value is MISSING else fail()

    return get


def _index(index: int, fail: Fail) -> Get:
    def get(value: Any) -> Any:
        if type(value) is list:
            return value[index] if -len(value) <= index < len(value) else MISSING
        return MISSING if value is None or value is MISSING else fail()

    return get


def iteration(step: Iterate, fail: Fail) -> Callable[[Any], list[Any]]:
    """Compile ``[]``: the elements of a list or the values of an object, not to be changed."""
    if step.optional:
        fail = _nothing

    def items(value: Any) -> list[Any]:
        if type(value) is list:
            return value
        if type(value) is dict:
            return list(value.values())
        fail()
        return []

    return items


def _nothing() -> Any:
    return NOTHING
