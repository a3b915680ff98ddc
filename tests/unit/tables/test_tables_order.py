"""The order of rows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.tables.order import ordered
from wscli.tables.rows import Row
from wscli.tables.values import bounded


def rows(*values: Any) -> list[Row]:
    return [
        Row(number, {} if value is None else {"c": bounded(value)}, 0.0, number)
        for number, value in enumerate(values, start=1)
    ]


def values(result: list[Row]) -> list[Any]:
    return [row.cells.get("c") for row in result]


@pytest.mark.parametrize(
    ("came", "shown"),
    [
        ([10, 9, 2.5], [2.5, 9, 10]),
        (["10", "9", "-1"], ["-1", "9", "10"]),
        (["9", 10, "x", 8.5], [8.5, "9", 10, "x"]),
        (["mSOL", "jitoSOL", "BTC", "Btc"], ["BTC", "Btc", "jitoSOL", "mSOL"]),
        ([None, "x", 1, None], [1, "x", None, None]),
        (["x", True, [1], 3], [3, "x", True, "[1]"]),
        (["1e400", "1e399", 5], [5, "1e399", "1e400"]),
        (
            ["12345678901234567891", "12345678901234567890"],
            ["12345678901234567890", "12345678901234567891"],
        ),
    ],
)
def test_numbers_come_before_texts_and_what_is_missing_comes_last(came, shown):
    assert values(ordered(rows(*came), "c")) == shown


def test_descending_turns_each_kind_around_and_leaves_what_is_missing_last():
    came = rows(1, "a", None, 3, "b")
    assert values(ordered(came, "c", descending=True)) == [3, 1, "b", "a", None]


@pytest.mark.parametrize("descending", [False, True])
def test_equal_rows_stay_in_the_order_in_which_they_came(descending):
    result = ordered(rows(1, "1.0", 1.0, "1"), "c", descending=descending)
    assert [row.number for row in result] == [1, 2, 3, 4]


def test_without_a_column_rows_are_shown_in_the_order_in_which_they_came():
    came = rows(3, 1, 2)
    assert ordered(reversed(came), None) == came


def test_a_column_that_no_row_has_changes_nothing():
    came = rows(3, 1, 2)
    assert ordered(came, "other", descending=True) == came


@given(
    st.lists(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers())
    )
)
@settings(max_examples=100)
def test_whatever_the_cells_hold_every_row_is_shown_once(came):
    assert sorted(row.number for row in ordered(rows(*came), "c")) == list(range(1, len(came) + 1))
