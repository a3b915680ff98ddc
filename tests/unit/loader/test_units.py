"""Durations, sizes and codes as people write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.loader.units import parse_codes, parse_duration, parse_size, parse_span
from wscli.model.lengths import Span


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("10s", 10),
        ("1m30s", 90),
        ("2h", 7200),
        ("1.5", 1.5),
        ("0", 0),
        (3, 3),
        (0.25, 0.25),
        ("1h1m1s1ms", 3661.001),
    ],
)
def test_durations(text: Any, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10 s",
        "s",
        "1d",
        "-1s",
        "1s2",
        "ten",
        "1e3",
        "٣s",
        "9" * 40,
        "1..2",
        float("nan"),
        float("inf"),
        -1,
    ],
)
def test_what_is_no_duration_is_said(text: Any) -> None:
    with pytest.raises(ValueError, match="is no length of time"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [("1s..5s", Span(1, 5)), ("3s", Span(3, 3)), (2, Span(2, 2)), ("500ms..1m", Span(0.5, 60))],
)
def test_spans(text: Any, span: Span) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["5s..1s", "1s..", "..1s", "1s...2s", "1s..2s..3s"])
def test_a_span_has_two_ends_in_order(text: str) -> None:
    with pytest.raises(ValueError, match=r"length of time|ends before it begins"):
        parse_span(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64k", 65536),
        ("16MiB", 16 << 20),
        ("1 GB", 1 << 30),
        ("12", 12),
        (7, 7),
        ("3B", 3),
        ("5kB", 5120),
    ],
)
def test_sizes(text: Any, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1T", "k", "1.5M", 1.5])
def test_what_is_no_size_is_said(text: Any) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


def test_codes() -> None:
    assert parse_codes(1000) == ((1000, 1000),)
    assert parse_codes("4200-4299") == ((4200, 4299),)
    assert parse_codes([401, "500-599"]) == ((401, 401), (500, 599))
    with pytest.raises(ValueError, match="ends before it begins"):
        parse_codes("500-400")


@given(st.text(max_size=30))
def test_any_text_is_a_value_or_a_value_error(text: str) -> None:
    for parse in (parse_duration, parse_span, parse_size):
        try:
            parse(text)
        except ValueError as error:
            assert str(error)  # noqa: PT017 - either is right
