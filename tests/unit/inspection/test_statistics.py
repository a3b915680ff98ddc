"""Counts and lag of a run, in bounded memory."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.inspection.statistics import Lag, Statistics
from wscli.inspection.times import posix_seconds
from wscli.model.instant import Instant
from wscli.model.message import MessageOrigin
from wscli.model.record import StateEvent


def test_percentiles_are_right_to_a_few_percent() -> None:
    lag = Lag()
    values = [random.Random(1).lognormvariate(-3, 1) for _ in range(5000)]
    for value in values:
        lag.add(value)
    ordered = sorted(values)
    for share in (0.5, 0.9, 0.99):
        exact = ordered[int(share * len(ordered)) - 1]
        assert lag.percentile(share) == pytest.approx(exact, rel=0.03)
    assert (lag.least, lag.worst, lag.count) == (ordered[0], ordered[-1], 5000)


def test_a_negative_lag_is_kept_as_it_is() -> None:
    lag = Lag()
    for value in (-2.0, -2.0, 0.1):
        lag.add(value)
    assert lag.least == -2.0
    assert lag.percentile(0.5) == pytest.approx(-2.0, rel=0.03)
    assert lag.worst == 0.1


def test_without_messages_there_is_no_lag() -> None:
    assert Lag().percentile(0.5) == 0.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_percentiles_rise_and_stay_between_the_extremes(values: list[float]) -> None:
    lag = Lag()
    for value in values:
        lag.add(value)
    shares = [lag.percentile(share) for share in (0.0, 0.1, 0.5, 0.9, 0.99, 1.0)]
    assert shares == sorted(shares)
    assert min(values) <= shares[0]
    assert shares[-1] <= max(values)


def test_the_memory_of_unknown_names_is_bounded() -> None:
    statistics = Statistics(started=Instant(0, 0))
    assert statistics.count_unknown("a") is True
    assert statistics.count_unknown("a") is False
    for number in range(5000):
        statistics.count_unknown(f"name {number}")
    assert len(statistics.unknown) <= 1001
    assert statistics.unknown["a"] == 2
    assert statistics.unknown["…"] == 4001
    assert sum(statistics.unknown.values()) == 5002


@pytest.mark.parametrize(
    ("origin", "counted"),
    [
        (MessageOrigin.LIVE, (0, 0)),
        (MessageOrigin.RECOVERED, (1, 0)),
        (MessageOrigin.HISTORY, (0, 1)),
    ],
)
def test_messages_are_counted_by_how_they_came(
    origin: MessageOrigin, counted: tuple[int, int]
) -> None:
    statistics = Statistics(started=Instant(0, 0))
    statistics.count_origin(origin)
    assert (statistics.recovered, statistics.history) == counted


COUNTED = {
    StateEvent.CONNECTED: "connections",
    StateEvent.RECONNECTING: "reconnects",
    StateEvent.PROBLEM: "problems",
    StateEvent.REJECTED: "problems",
    StateEvent.GAP: "gaps",
}


@pytest.mark.parametrize("event", StateEvent)
def test_what_happens_is_counted_where_the_summary_speaks_of_it(event: StateEvent) -> None:
    statistics = Statistics(started=Instant(0, 0))
    statistics.count_event(event)
    names = ("connections", "reconnects", "problems", "gaps", "recovered", "invalid")
    counts = {name for name in names if getattr(statistics, name)}
    assert counts == ({COUNTED[event]} if event in COUNTED else set())


TIMES: list[tuple[Any, float | None]] = [
    ("2026-05-26T14:32:11Z", 1779805931.0),
    ("2026-05-26T14:32:11.5+02:00", 1779798731.5),
    ("2026-05-26T14:32:11", 1779805931.0),
    ("2026-05-26T14:32:11.123456789Z", 1779805931.123456),
    (1779805931, 1779805931.0),
    (1779805931.25, 1779805931.25),
    (1779805931000, 1779805931.0),
    ("1779805931000", 1779805931.0),
    (1779805931000000, 1779805931.0),
    (1779805931000000000, 1779805931.0),
    (Decimal("1779805931.5"), 1779805931.5),
    (True, None),
    (None, None),
    ("", None),
    ("soon", None),
    ("nan", None),
    ("9" * 50, None),
    (10**40, None),
    ({}, None),
]


@pytest.mark.parametrize(("value", "seconds"), TIMES)
def test_a_providers_time_is_understood_in_every_form(value: Any, seconds: float | None) -> None:
    assert posix_seconds(value) == (None if seconds is None else pytest.approx(seconds, abs=1e-5))


@given(st.text() | st.integers() | st.floats() | st.none())
def test_whatever_a_provider_calls_a_time_never_raises(value: Any) -> None:
    posix_seconds(value)
