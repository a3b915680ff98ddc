"""What the user may give along with one of the profile's operations, and what it comes to:
``key=word``, ``key="several words"`` or ``key:=JSON``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, Final

from wscli.errors import UsageError
from wscli.loader.shape import closest
from wscli.loader.words import value_of
from wscli.model.frozen import frozen
from wscli.model.options import OptionType
from wscli.model.profile import Profile
from wscli.model.steps import Operation
from wscli.session.computed import uses
from wscli.templates import compile_template

_KEY: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_-]*)(:?=)")
_WORD: Final = re.compile(r"""(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']\S*)|)(?=\s|$)""", re.DOTALL)
_ESCAPE: Final = re.compile(r'\\(["\\])')
_LONGEST: Final = 40  # characters of what is repeated in an error


def arguments_of(profile: Profile, operation: Operation) -> list[str]:
    """Give the names that the user may fill in, sorted: all that the operation uses but computed
    values and secrets.
    """
    names = set(compile_template(operation.send).names)
    for name in list(names):
        names |= uses(profile.computed, name)
    return sorted(names - profile.computed.keys() - _secrets(profile))


def read_arguments(profile: Profile, operation: Operation, text: str) -> dict[str, Any]:
    """Give the values of the arguments in ``text`` by name: JSON as it says, a word as an option
    of the same name takes it, else as a text. Raises UsageError.
    """
    known = arguments_of(profile, operation)
    words: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    for argument in _arguments(text):
        if argument.name not in known:
            hint = closest(argument.name, known) or f"It takes {', '.join(known) or 'none'}."
            raise UsageError(f'there is no argument "{argument.name}".', hint=hint)
        if argument.is_json:
            values[argument.name] = argument.value
        else:
            words.setdefault(argument.name, []).append(argument.value)
    return {**_typed(profile, words), **values}


@frozen
class _Argument:
    """One ``key=word`` or, where ``is_json``, one ``key:=JSON``."""

    name: str
    value: Any
    is_json: bool


def _arguments(text: str) -> Iterator[_Argument]:
    position = 0
    while text[position:].strip():
        key = _KEY.match(text, position)
        if key is None:
            shown = text[position:].strip()[:_LONGEST]
            raise UsageError(f"{shown!r} is no argument.", hint="Write key=value or key:=JSON.")
        name, is_json = key[1].replace("-", "_"), key[2] == ":="
        value, position = (_json if is_json else _word)(text, key.end())
        yield _Argument(name, value, is_json)


def _word(text: str, start: int) -> tuple[str, int]:
    found = _WORD.match(text, start)
    if found is None:
        shown = text[start : start + _LONGEST]
        raise UsageError(f"the quotes in {shown!r} do not end.", hint='Write key="several words".')
    double, single, bare = found.groups()
    if double is not None:
        return _ESCAPE.sub(r"\1", double), found.end()
    return single or bare or "", found.end()


def _json(text: str, start: int) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        shown = text[start : start + _LONGEST]
        raise UsageError(f"{shown!r} is no JSON.", hint="A text is written key=text.") from None
    if not text[end : end + 1].strip():
        return value, end
    raise UsageError(f"{text[start : end + 1]!r} is no JSON.", hint="A text is written key=text.")


def _typed(profile: Profile, given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Give what options make of the words; of several the last where an option takes one."""
    options = {option.name: option for option in profile.options}
    values: dict[str, Any] = {}
    for name, words in given.items():
        option = options.get(name)
        if option is None:
            values[name] = words[-1]
        elif option.type in (OptionType.LIST, OptionType.FLAGS):
            values[name] = value_of(option, list(words))
        else:
            values[name] = value_of(option, words[-1])
    return values


def _secrets(profile: Profile) -> set[str]:
    """Give the names of what must not be typed, where it is shown and remembered."""
    steps = (*profile.session, *(profile.resume.session or ()))
    asked = [*profile.bootstrap, *(step.http for step in steps if step.http is not None)]
    secret = {option.name for option in profile.options if option.secret}
    return secret.union(*(step.secret for step in asked))


def _finite(number: str) -> float:
    if isfinite(found := float(number)):
        return found
    raise ValueError(number)


_DECODER: Final = json.JSONDecoder(parse_float=_finite, parse_constant=_finite)
