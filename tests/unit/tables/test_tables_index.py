"""Rows are found by the value of a column."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.tables.index import Index


def index(*values: Any, fold: bool = False) -> Index:
    """An index of rows 0, 1, 2, … with these values."""
    made = Index("c", fold=fold)
    for row, value in enumerate(values):
        made.put(row, value)
    return made


@pytest.mark.parametrize(
    ("value", "rows"),
    [("x", {0, 2}), ("X", {1}), (1, {3, 4}), (True, {5}), ("1", set()), ([1], {6}), ("[1]", set())],
)
def test_equal_values_are_found_and_no_others(value, rows):
    assert set(index("x", "X", "x", 1, 1.0, True, [1]).find(value)) == rows


@pytest.mark.parametrize("value", ["straße", "STRASSE", "Strasse"])
def test_the_case_of_letters_may_be_set_aside(value):
    made = index("Straße", "strasse", "stras", fold=True)
    assert set(made.find(value)) == {0, 1}


def test_only_the_case_of_texts_is_set_aside():
    assert index(["A"], fold=True).find(["a"]) == []


def test_what_is_null_equals_nothing():
    made = index(None)
    assert made.find(None) == []


def test_a_row_that_changed_is_found_by_its_new_value_alone():
    made = index("x", "x")
    made.put(0, "y")
    assert (made.find("x"), made.find("y")) == ([1], [0])
    made.put(0, None)
    assert made.find("y") == []


def test_a_row_that_is_told_again_is_found_once():
    made = index("x")
    made.put(0, "x")
    assert made.find("x") == [0]


def test_rows_that_are_dropped_are_gone_and_leave_nothing_behind():
    made = index("x", "x", "y")
    made.drop(0)
    made.drop(0)
    made.drop("never there")
    assert made.find("x") == [1]
    made.drop(1)
    made.drop(2)
    assert not made._rows
    assert not made._values


def test_all_rows_can_be_forgotten():
    made = index("x", "y")
    made.clear()
    assert (made.find("x"), made.find("y")) == ([], [])
    made.put(0, "x")
    assert made.find("x") == [0]
