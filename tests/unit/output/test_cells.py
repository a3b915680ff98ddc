"""How the values of cells are written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.output.stage import NOON
from wscli.model.tables import Column, ColumnFormat
from wscli.output.cells import is_number, plain, show, style_of
from wscli.output.escape import printable
from wscli.tables.values import bounded

F = ColumnFormat


def local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds)  # noqa: DTZ006 - local is meant


def rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        (None, "text", "text"),
        (None, "0.10", "0.10"),
        (None, 12345678901234567890, "12345678901234567890"),
        (None, Decimal("0.10"), "0.10"),
        (None, 0.1, "0.1"),
        (None, True, "true"),
        (None, False, "false"),
        (None, None, ""),
        (None, [1, None], "[1,null]"),
        (F.NUMBER, 1234567, "1,234,567"),
        (F.NUMBER, "1234567.80", "1,234,567.80"),
        (F.NUMBER, 0.1 + 0.2, "0.3"),
        (F.NUMBER, -5, "-5"),
        (F.NUMBER, "1e3", "1,000"),
        (F.NUMBER, 0, "0"),
        (F.NUMBER, None, ""),
        (F.PRICE, "64123.5", "64,123.50"),
        (F.PRICE, 64123.456, "64,123.46"),
        (F.PRICE, "33.66", "33.66"),
        (F.PRICE, "1.0832", "1.0832"),
        (F.PRICE, 1.08324567, "1.0832"),
        (F.PRICE, 5, "5.00"),
        (F.PRICE, "0.5", "0.50"),
        (F.PRICE, "0.00001234567", "0.00001235"),
        (F.PRICE, 1.234e-05, "0.00001234"),
        (F.PRICE, -0.25, "-0.25"),
        (F.PRICE, 0, "0.00"),
        (F.PRICE, 0.0, "0.00"),
        (F.PRICE, "1e3", "1,000.00"),
        (F.PERCENT, "-0.0034", "-0.34 %"),
        (F.PERCENT, 0.98, "98.00 %"),
        (F.PERCENT, 1, "100.00 %"),
        (F.PERCENT, 12.3456, "1,234.56 %"),
        (F.PERCENT, 0, "0.00 %"),
        (F.PERCENT, "-0.0000", "0.00 %"),
        (F.PERCENT, "0.00001234", "0.0012 %"),
        (F.PERCENT, "-0.00000001", "-0.0000010 %"),
        (F.PERCENT, "1e-20", "0.00000000 %"),
        (F.SIGNED, 5, "+5"),
        (F.SIGNED, "1234.50", "+1,234.50"),
        (F.SIGNED, -5, "-5"),
        (F.SIGNED, 0, "0"),
        (F.TIME, NOON, local(NOON).strftime("%H:%M:%S")),
        (F.TIME, int(NOON * 1000), local(NOON).strftime("%H:%M:%S")),
        (F.TIME, int(NOON * 1e6), local(NOON).strftime("%H:%M:%S")),
        (F.TIME, int(NOON * 1e9), local(NOON).strftime("%H:%M:%S")),
        (F.TIME, str(int(NOON)), local(NOON).strftime("%H:%M:%S")),
        (F.TIME, rfc3339(NOON), local(NOON).strftime("%H:%M:%S")),
        (F.TIME, NOON - 3 * 86400, local(NOON - 3 * 86400).strftime("%Y-%m-%d %H:%M:%S")),
        (F.AGO, NOON - 3, "3s"),
        (F.AGO, rfc3339(NOON - 130), "2m 10s"),
        (F.AGO, NOON + 0.5, "0s"),
        (F.AGO, NOON + 65, "in 1m 5s"),
        (F.BYTES, 512, "512 B"),
        (F.BYTES, 1536, "1.5 KiB"),
        (F.BYTES, "1048576", "1.0 MiB"),
        (F.BYTES, 2**62, "4,096.0 PiB"),
        (F.JSON, "text", '"text"'),
        (F.JSON, [1], "[1]"),
        (F.JSON, 5, "5"),
        (F.JSON, True, "true"),
        (F.SHORT, "0x1234567890abcdef", "0x12…cdef"),
        (F.SHORT, "short", "short"),
        (F.SHORT, 12345678901234567890, "1234…7890"),
    ],
)
def test_each_format_writes_its_values(form, value, text):
    assert show(bounded(value), Column("c", format=form), NOON) == text


@pytest.mark.parametrize("form", [F.NUMBER, F.PRICE, F.PERCENT, F.SIGNED, F.TIME, F.AGO, F.BYTES])
@pytest.mark.parametrize(
    "value",
    [
        "n/a",
        "",
        True,
        [1],
        {"a": 1},
        "NaN",
        1e300,
        1e-300,
        "1e400",
        Decimal("1e999999"),
        Decimal("-1e-999999"),
    ],
)
def test_a_value_that_does_not_fit_is_shown_as_it_is(form, value):
    cell = bounded(value)
    assert show(cell, Column("c", format=form), NOON) == plain(cell)


@pytest.mark.parametrize(
    ("form", "value"),
    [(F.BYTES, -1), (F.TIME, 5), (F.AGO, 0), (F.AGO, "3"), (F.TIME, "0001-01-01T00:00:00Z")],
)
def test_a_number_that_means_nothing_there_is_shown_as_it_is(form, value):
    assert show(value, Column("c", format=form), NOON) == str(value)


@given(
    st.sampled_from([None, *ColumnFormat]),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.from_regex(r"-?[0-9]{1,30}\.[0-9]{1,30}(e-?[0-9]{1,4})?", fullmatch=True),
)
@settings(max_examples=200)
def test_whatever_a_cell_holds_its_text_is_printable_and_of_a_size(form, value):
    text = show(bounded(value), Column("c", format=form), NOON)
    assert printable(text) == text
    assert len(text) < 12 * 1100


@pytest.mark.parametrize(
    ("value", "style"),
    [
        ("DRIFT", "yellow"),
        ("drift", ""),
        (True, "green"),
        (None, "dim"),
        (5, "blue"),
        ("5", "blue"),
        ("other", ""),
    ],
)
def test_a_value_has_the_style_that_the_profile_gives_it(value, style):
    styles = {"DRIFT": "yellow", "true": "green", "null": "dim", "5": "blue"}
    assert style_of(value, Column("c", style=styles)) == style
    assert style_of(value, Column("c")) == ""


@pytest.mark.parametrize(
    ("value", "style"),
    [(1, "green"), ("-0.5", "red"), (0, ""), ("0.00", ""), ("n/a", ""), (None, ""), (True, "")],
)
def test_a_sign_has_a_colour(value, style):
    assert style_of(value, Column("c", by_sign=True)) == style


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, True), (1.5, True), (Decimal(1), True), (True, False), ("1", False), (None, False)],
)
def test_only_json_numbers_are_numbers(value, number):
    assert is_number(value) is number
