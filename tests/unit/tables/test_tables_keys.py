"""Equality of keys follows JSON Schema's equality of values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.model.message import MISSING
from wscli.tables.keys import row_key


def equal(one: Any, other: Any) -> bool:
    """JSON Schema core, 4.2.2, written down plainly."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


SAME = [
    (1, 1.0),
    (1, Decimal(1)),
    (0.1, Decimal("0.1")),
    (10**30, Decimal(10**30)),
    (-0.0, 0),
    ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}),
    ([1, {"a": 0.5}], [Decimal("1.0"), {"a": Decimal("0.5")}]),
    ("x" * 5000, "x" * 5000),
    ([["x" * 5000]], [["x" * 5000]]),
    (Decimal("1e5000"), Decimal("1e5000")),
    (Decimal("9" * 5000), Decimal("9" * 5000)),
    ([Decimal("1e5000")], [Decimal("1e5000")]),
]

DIFFERENT = [
    (True, 1),
    (False, 0),
    (1, "1"),
    (True, "true"),
    ([True], [1]),
    ([], {}),
    ([1], "[1]"),
    ([1, 2], [2, 1]),
    ([0.5], ["0.5"]),
    ("x" * 5000, "x" * 5001),
    ("é", "e\u0301"),
    ("x" * 2000, ["x" * 2000]),
    (Decimal("9" * 5000), Decimal("9" * 5001)),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal_values_are_the_same_key(one, other):
    assert row_key(one) == row_key(other)
    assert hash(row_key(one)) == hash(row_key(other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_values_are_different_keys(one, other):
    assert row_key(one) != row_key(other)


@pytest.mark.parametrize("value", [None, MISSING])
def test_what_is_absent_or_null_is_no_key(value):
    assert row_key(value) is None


@pytest.mark.parametrize(
    "value", ["x" * 10**6, ["x"] * 10**5, {"k" * 10**6: 1}, Decimal("7" * 10**5)]
)
def test_a_key_is_small_however_long_the_value(value):
    assert len(repr(row_key(value))) < 2000


def test_what_is_nested_too_deeply_is_still_a_key():
    assert row_key(deep(100_000)) is not None


def test_a_lone_surrogate_is_a_key_like_any_other():
    assert row_key("\ud800" * 2000) != row_key("\ud801" * 2000)


json_values = st.recursive(
    st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, 0.5, 1.0, -2.0])
    | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(json_values, json_values)
@settings(max_examples=200)
def test_keys_are_equal_exactly_when_values_are(one, other):
    assert (row_key(one) == row_key(other)) == equal(one, other)
