"""Cells hold scalars as they came, and everything else brought down to a size."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.tables.values import LONGEST, JsonText, as_number, bounded, json_text


def nested(levels: int, *, as_object: bool) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = {"a": value} if as_object else [value]
    return value


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -1, 2**64, 0.5, 1e300, "", "text", Decimal("0.10"), Decimal("1e400")],
)
def test_a_scalar_stays_as_it_is(value):
    cell = bounded(value)
    assert cell == value
    assert type(cell) is type(value)
    assert str(cell) == str(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "[]"),
        ({}, "{}"),
        ([1, {"ä": None}], '[1,{"ä":null}]'),
        ([Decimal("1e400")], '["1E+400"]'),
    ],
)
def test_a_list_or_an_object_becomes_its_text(value, text):
    cell = bounded(value)
    assert cell == text
    assert isinstance(cell, JsonText)


def test_a_text_that_looks_like_json_is_no_json():
    assert not isinstance(bounded("[]"), JsonText)


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10**6,
        ["x" * 10**6],
        {"a": [0] * 10**5},
        10**3999,
        Decimal("7" * 10**5),
        Decimal(10) ** 9,
    ],
)
def test_a_cell_is_small_whatever_a_message_says(value):
    assert len(str(bounded(value))) <= LONGEST + 1


def test_a_cut_text_says_so():
    assert bounded("x" * (LONGEST + 1)) == "x" * LONGEST + "…"
    assert bounded("x" * LONGEST) == "x" * LONGEST


def test_a_number_beyond_all_measure_keeps_its_first_digits():
    assert str(bounded(7 * 10**3000)) == "7." + "0" * 159 + "E+3000"


@pytest.mark.parametrize(("as_object", "text"), [(False, "[…]"), (True, "{…}")])
def test_what_is_nested_too_deeply_is_hinted_at(as_object, text):
    assert json_text(nested(100_000, as_object=as_object)) == text


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, "1"),
        (0.1, "0.1"),
        (Decimal("0.10"), "0.10"),
        ("-0.0034", "-0.0034"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1E+3"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
    ],
)
def test_numbers_and_decimal_strings_are_numbers_to_the_last_digit(value, number):
    assert str(as_number(value)) == number


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        "",
        "-",
        ".",
        "e5",
        "1 2",
        "NaN",
        "Infinity",
        "0x10",
        "1_000",
        "١٢",
        "1e999999",
        "9" * 500,
    ],
)
def test_nothing_else_is_a_number(value):
    assert as_number(value) is None


def test_json_text_is_no_number():
    assert as_number(bounded([1])) is None


@given(st.text("0123456789.+-eE ", max_size=12))
@settings(max_examples=200)
def test_any_text_is_a_number_or_is_not_and_never_fails(text):
    number = as_number(text)
    assert number is None or number.is_finite()
