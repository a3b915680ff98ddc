"""Which columns fit, and how lines are shared out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.output.layout import GAP, Wish, fit_columns, share_lines


@pytest.mark.parametrize(
    ("wishes", "width", "fitted"),
    [
        ([5, 5, 5], 19, [(0, 5), (1, 5), (2, 5)]),
        ([5, 5, 5], 18, [(0, 5), (1, 5)]),
        ([40, 30], 60, [(0, 29), (1, 29)]),
        ([40, 5, 5], 40, [(0, 26), (1, 5), (2, 5)]),
        ([20, 20, 5], 30, [(0, 14), (1, 14)]),
        ([20, 12], 18, [(0, 8), (1, 8)]),
        ([20, 12], 17, [(0, 17)]),
        ([20], 50, [(0, 20)]),
        ([20], 7, [(0, 7)]),
        ([], 80, []),
    ],
)
def test_wide_columns_are_narrowed_before_the_last_ones_are_left_out(wishes, width, fitted):
    assert fit_columns([Wish(wish) for wish in wishes], width) == fitted


def test_the_key_stays_wherever_it_is():
    wishes = [Wish(10), Wish(10), Wish(10, keep=True)]
    assert fit_columns(wishes, 22) == [(0, 10), (2, 10)]
    assert fit_columns(wishes, 15) == [(2, 10)]
    assert fit_columns(wishes, 3) == [(2, 3)]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(0, 100), st.integers(0, 7))
@settings(max_examples=200)
def test_columns_never_take_more_than_there_is(widths, width, key):
    wishes = [Wish(wish, keep=index == key) for index, wish in enumerate(widths)]
    fitted = fit_columns(wishes, width)
    assert sum(size for _, size in fitted) + GAP * (len(fitted) - 1) <= width
    assert [index for index, _ in fitted] == sorted(index for index, _ in fitted)
    assert all(size <= widths[index] for index, size in fitted)
    assert key >= len(widths) or key in [index for index, _ in fitted]


@pytest.mark.parametrize(
    ("wanted", "lines", "shares"),
    [
        ([], 20, []),
        ([5], 20, [5]),
        ([50], 20, [20]),
        ([50, 50], 20, [10, 10]),
        ([50, 50, 50], 20, [10, 5, 5]),
        ([4, 50, 50], 20, [4, 11, 5]),
        ([50, 3, 3], 20, [14, 3, 3]),
        ([50, 50], 0, [0, 0]),
    ],
)
def test_the_first_table_gets_most_of_the_lines(wanted, lines, shares):
    assert share_lines(wanted, lines) == shares


@given(st.lists(st.integers(1, 60), max_size=5), st.integers(0, 80))
@settings(max_examples=200)
def test_lines_are_never_shared_out_twice(wanted, lines):
    shares = share_lines(wanted, lines)
    assert sum(shares) == min(sum(wanted), lines)
    assert all(0 <= share <= want for share, want in zip(shares, wanted, strict=True))
