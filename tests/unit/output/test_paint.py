"""Styles and widths of text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.output.escape import printable
from wscli.output.paint import Paint, fit, shorten, width_of

PLAIN = Paint(colour=False, attributes=False)
FULL = Paint(colour=True, attributes=True)


@pytest.mark.parametrize(
    ("paint", "painted"),
    [
        (FULL, "\x1b[1;31mx\x1b[0m"),
        (Paint(colour=True, attributes=False), "\x1b[1;31mx\x1b[0m"),
        (Paint(colour=False, attributes=True), "\x1b[1mx\x1b[0m"),
        (PLAIN, "x"),
    ],
)
def test_colours_and_attributes_are_used_where_they_may_be(paint, painted):
    assert paint("x", "bold red") == painted


@pytest.mark.parametrize("style", ["", "no such style", "bold on", "#12345g", "link", "not"])
def test_what_is_no_style_changes_nothing(style):
    assert FULL("x", style) == "x"


def test_a_style_carries_no_link_along():
    assert FULL("x", "red link http://a\x1b[2J") == "\x1b[31mx\x1b[0m"


def test_markup_is_text_like_any_other():
    assert FULL("[red]x[/] [/]", "") == "[red]x[/] [/]"


@pytest.mark.parametrize(
    ("text", "width", "fitted"),
    [
        ("ab", 4, "ab  "),
        ("ab", 2, "ab"),
        ("abcdef", 4, "abc…"),
        ("日本", 5, "日本 "),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日 …"),
        ("e\u0301x", 3, "e\u0301x "),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_a_text_takes_exactly_the_cells_it_is_given(text, width, fitted):
    assert fit(text, width) == fitted
    assert width_of(fitted) == width


def test_a_text_on_the_right_is_padded_on_the_left():
    assert fit("5", 3, right=True) == "  5"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (20, "one two three"),
        (13, "one two three"),
        (12, "one two thr…"),
        (8, "one two…"),
        (7, "one tw…"),
        (1, "…"),
        (0, ""),
    ],
)
def test_a_line_of_many_parts_is_cut_as_a_whole(width, line):
    assert PLAIN.line([("one", "bold"), (" two", ""), (" three", "red")], width) == line


def test_each_part_of_a_line_has_its_style():
    assert FULL.line([("a", "red"), ("b", ""), ("cd", "bold")], 3) == "\x1b[31ma\x1b[0mb…"


@given(st.text().map(printable), st.integers(0, 12))
@settings(max_examples=200)
def test_no_text_is_wider_than_it_may_be(text, width):
    assert width_of(shorten(text, width)) <= width
    assert width_of(fit(text, width)) == width
    assert width_of(PLAIN.line([(text, ""), (text, "")], width)) <= width
