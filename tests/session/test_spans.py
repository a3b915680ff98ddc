"""Lengths of time, drawn and said."""

from __future__ import annotations

import random

import pytest

from wscli.model.lengths import Span
from wscli.session.spans import draw, in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.25, "250 ms"),
        (2.13, "2.1 s"),
        (15, "15 s"),
        (15.04, "15 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (7200, "2 h"),
        (7260, "2 h 1 min"),
    ],
)
def test_a_length_of_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_a_range_is_drawn_from() -> None:
    rng = random.Random(1)
    drawn = [draw(Span(1, 5), rng) for _ in range(100)]
    assert 1 <= min(drawn) < max(drawn) <= 5
    assert draw(Span(3, 3), rng) == 3
