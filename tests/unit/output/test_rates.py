"""How fast each type of message comes, and the bars that show it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.output.rates import SECONDS, Rates
from wscli.output.spark import BARS, PLAIN_BARS, sparkline
from wscli.output.words import per_second


def test_messages_are_counted_second_by_second():
    rates = Rates()
    rates.add({"update": 3}, 10.0)
    rates.add({"update": 1}, 10.9)
    rates.add({"update": 5, "snapshot": 1}, 12.1)
    assert [(pace.name, pace.counts) for pace in rates.paces(13.0)] == [
        ("update", (4, 0, 5)),
        ("snapshot", (0, 0, 1)),
    ]


def test_the_second_that_runs_is_not_shown_yet():
    rates = Rates()
    rates.add({"update": 3}, 10.0)
    (pace,) = rates.paces(10.9)
    assert (pace.counts, pace.rate) == ((), 0.0)


def test_the_most_frequent_type_of_the_run_comes_first_and_stays_there():
    rates = Rates()
    rates.add({"a": 1, "b": 100}, 0.0)
    for second in range(1, 50):
        rates.add({"a": 2}, float(second))
    assert [pace.name for pace in rates.paces(50.0)] == ["b", "a"]


def test_only_the_last_seconds_are_kept():
    rates = Rates()
    rates.add({"a": 7}, 0.0)
    rates.add({"a": 1}, 5.0)
    (pace,) = rates.paces(31.0)
    assert pace.counts == (0, 0, 0, 0, 1, *[0] * 25)
    (pace,) = rates.paces(10_000.0)
    assert pace.counts == (0,) * SECONDS


@pytest.mark.parametrize(("every", "rate"), [(1, 100.0), (5, 20.0), (30, 100 / 30)])
def test_a_rate_is_that_of_ten_seconds(every, rate):
    rates = Rates()
    for second in range(60):
        rates.add({"a": 100 if second % every == 0 else 0}, float(second))
    (pace,) = rates.paces(60.0)
    assert pace.rate == pytest.approx(rate if every < 30 else 100 / 30)


def test_a_clock_that_goes_back_counts_on():
    rates = Rates()
    rates.add({"a": 1}, 10.0)
    rates.add({"a": 1}, 9.0)
    assert rates.paces(11.0)[0].counts == (2,)


def test_a_provider_that_makes_up_types_fills_no_memory():
    rates = Rates()
    for number in range(10_000):
        rates.add({f"{number}{'x' * 1000}": 1}, 0.0)
    paces = rates.paces(1.0)
    assert len(paces) == 101
    assert (paces[0].name, paces[0].counts) == ("…", (9900,))
    assert max(len(pace.name) for pace in paces) <= 200


@pytest.mark.parametrize(
    ("counts", "bars"),
    [
        ((), ""),
        ((0, 0), "▁▁"),
        ((1,), "█"),
        ((0, 1, 500, 1000), "▁▂▅█"),
        ((1, 2, 3, 4, 5, 6, 7), "▂▃▄▅▆▇█"),
    ],
)
def test_the_highest_bar_is_the_greatest_count_and_the_lowest_is_nothing(counts, bars):
    assert sparkline(counts) == bars


@given(st.lists(st.integers(0, 10**9), max_size=40))
def test_there_is_a_bar_for_each_count_and_more_is_never_lower(counts):
    heights = [BARS.index(bar) for bar in sparkline(counts)]
    assert len(heights) == len(counts)
    ordered = [height for _, height in sorted(zip(counts, heights, strict=True))]
    assert ordered == sorted(ordered)
    assert len(sparkline(counts, PLAIN_BARS)) == len(counts)
    assert PLAIN_BARS.isascii()


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.0, "0/s"),
        (1 / 30, "0.03/s"),
        (0.1, "0.1/s"),
        (5.04, "5.0/s"),
        (9.96, "10/s"),
        (5000.4, "5,000/s"),
    ],
)
def test_a_rate_has_as_many_digits_as_say_something(rate, text):
    assert per_second(rate) == text
