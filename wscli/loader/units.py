"""Durations and sizes as people write them, on the command line and in profiles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from wscli.model.durations import parse_duration
from wscli.model.lengths import Span

__all__ = [
    "parse_codes",
    "parse_duration",
    "parse_interval",
    "parse_size",
    "parse_span",
]

_SIZE: Final = re.compile(r"(\d{1,15}) ?(?:([kmg])i?b?|b)?", re.ASCII | re.IGNORECASE)
_POWERS: Final[Mapping[str, int]] = {"k": 1, "m": 2, "g": 3}


def parse_span(text: str | float) -> Span:
    """Give a length of time or a range of two, ``1s..5s``; raises ValueError."""
    least, dots, most = str(text).partition("..")
    if not dots:
        seconds = parse_duration(text)
        return Span(seconds, seconds)
    span = Span(parse_duration(least), parse_duration(most))
    if span.least > span.most:
        raise ValueError(f"{text!r} is a range that ends before it begins")
    return span


def parse_interval(text: str | float) -> Span:
    """Give a span that is longer than nothing: one that is not would be a storm; raises
    ValueError.
    """
    span = parse_span(text)
    if span.least <= 0:
        raise ValueError(f"{text!r} must be longer than nothing")
    return span


def parse_size(text: str | int) -> int:
    """Give the bytes of ``64k``, ``16MiB`` or a bare number (a k is 1024); raises ValueError."""
    found = _SIZE.fullmatch(str(text).strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(f"{text!r} is no size; write 64k or 16MiB")
    power = _POWERS.get((found[2] or "").lower(), 0)
    return int(found[1]) * int(1024**power)


def parse_codes(value: Any) -> tuple[tuple[int, int], ...]:
    """Give inclusive ranges for a code, ``4200-4299``, or a list of them; raises ValueError."""
    items = value if isinstance(value, list) else [value]
    ranges = []
    for item in items:
        least, _, most = str(item).partition("-")
        ranges.append((int(least), int(most or least)))
        if ranges[-1][0] > ranges[-1][1]:
            raise ValueError(f"{item!r} is a range that ends before it begins")
    return tuple(ranges)
