"""Amounts and times in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.unit.output.stage import NOON
from wscli.output.words import cut, delay, duration, plural, time_of_day


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 messages"), (1, "1 message"), (2, "2 messages"), (1234567, "1,234,567 messages")],
)
def test_a_count_agrees_with_its_noun(count, text):
    assert plural(count, "message") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0.9, "0s"),
        (3, "3s"),
        (60, "1m"),
        (130, "2m 10s"),
        (3600, "1h"),
        (3605, "1h"),
        (5 * 3600 + 61, "5h 1m"),
        (86400, "1d"),
        (2 * 86400 + 4 * 3600 + 59, "2d 4h"),
        (400 * 86400, "400d"),
    ],
)
def test_a_duration_is_told_by_its_two_largest_units(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0434, "43 ms"),
        (0.9999, "1.0 s"),
        (2.13, "2.1 s"),
        (59.9, "59.9 s"),
        (59.96, "1m"),
        (72, "1m 12s"),
        (-2.1, "-2.1 s"),
        (-0.02, "-20 ms"),
        (-0.0001, "0 ms"),
        (-100, "-1m 40s"),
    ],
)
def test_a_delay_is_told_as_finely_as_it_matters(seconds, text):
    assert delay(seconds) == text


def test_a_text_that_is_cut_says_so():
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdef", 5) == "abcd…"


def test_the_time_of_day_is_local():
    local = datetime.fromtimestamp(NOON)  # noqa: DTZ006 - local is meant
    assert time_of_day(NOON) == local.strftime("%H:%M:%S")
