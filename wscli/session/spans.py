"""Lengths of time: drawn from a range, and said in words."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from random import Random
from typing import Any, Final

from wscli.model.lengths import Length, Span

_LEAST: Final = 1.0  # seconds that a provider may tell at the least,
_MOST: Final = 3600.0  # and at the most: a mistake of its own must not become a storm, or silence


def draw(span: Span, rng: Random) -> float:
    """Give a length in seconds between both ends of ``span``."""
    return span.least if span.fixed else rng.uniform(span.least, span.most)


def told(length: Length, fill: Callable[[str], Any]) -> Span:
    """Give a span for what the provider told: the sum of its parts, no less than a second, no
    more than an hour and no more than the profile's ``most``. ``fill`` renders a template.
    """
    if isinstance(length, Span):
        return length
    seconds = 0.0
    for part in length.parts:
        number = as_number(fill(part.template))
        if number is None:
            return Span(length.most, length.most)
        seconds += number * part.unit
    seconds = min(clamped(seconds), length.most)
    return Span(seconds, seconds)


def clamped(seconds: float) -> float:
    """Give seconds that a provider told within what makes sense."""
    return min(seconds, _MOST) if seconds > _LEAST else _LEAST  # NaN is not more than anything


def as_number(value: Any) -> float | None:
    """Give a number that the provider told, as one or as its text; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def in_words(seconds: float) -> str:
    """Say a length of time for a person: ``250 ms``, ``2.1 s``, ``15 s``, ``1 min 30 s``, ``2 h``.

    A whole number of seconds is said without a fraction; hours leave out the seconds.
    """
    if round(seconds, 3) < 1:
        return f"{round(seconds * 1000)} ms"
    rounded = round(seconds, 1)
    if rounded < 60:
        return f"{rounded:.0f} s" if rounded == int(rounded) else f"{rounded:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
