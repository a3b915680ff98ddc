"""What is written with a unit behind a template, and how many in a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from wscli.loader.units import parse_duration, parse_interval
from wscli.model.lengths import Length, Told, ToldPart
from wscli.model.profile import Rate

_UNITS: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_TOLD: Final = re.compile(r"(.*\S)\s+(ms|s|m|h)", re.DOTALL)
_RATE: Final = re.compile(r"([0-9]{1,9}) per (\S+)")


def parse_told(text: str) -> ToldPart:
    """Give a template and its unit, ``${activity_timeout} s``; raises ValueError."""
    found = _TOLD.fullmatch(text)
    if found is None:
        raise ValueError(f'{text!r} has no unit; write "${{name}} s" or "${{name}} ms"')
    return ToldPart(found[1], _UNITS[found[2]])


def parse_length(value: Any) -> Length:
    """Give a length of time that is longer than nothing: fixed, a range, or a mapping with
    ``told`` and ``most``; raises ValueError.
    """
    if not isinstance(value, dict):
        return parse_interval(value)
    told = value["told"]
    parts = tuple(parse_told(part) for part in (told if isinstance(told, list) else [told]))
    most = parse_duration(value["most"])
    if most <= 0:
        raise ValueError(f"{value['most']!r} must be longer than nothing")
    return Told(parts, most)


def parse_rate(text: str) -> Rate:
    """Give how many in a time, ``20 per 1s``; raises ValueError."""
    found = _RATE.fullmatch(text)
    if found is None or int(found[1]) == 0 or parse_duration(found[2]) <= 0:
        raise ValueError(f"{text!r} is no rate; write 20 per 1s")
    return Rate(int(found[1]), parse_duration(found[2]))
