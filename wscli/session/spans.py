"""Lengths of time: drawn from a range, and said in words."""

from __future__ import annotations

from random import Random

from wscli.model.lengths import Span


def draw(span: Span, rng: Random) -> float:
    """Give a length in seconds between both ends of ``span``."""
    return span.least if span.fixed else rng.uniform(span.least, span.most)


def in_words(seconds: float) -> str:
    """Say a length of time for a person: ``250 ms``, ``2.1 s``, ``15 s``, ``1 min 30 s``, ``2 h``.

    A whole number of seconds is said without a fraction; hours leave out the seconds.
    """
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        rounded = round(seconds, 1)
        return f"{rounded:.0f} s" if rounded == int(rounded) else f"{rounded:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
