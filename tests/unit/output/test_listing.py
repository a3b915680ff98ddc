"""A list of items for a person: their scalars in columns."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wscli.output.listing import listing
from wscli.output.paint import Paint

PLAIN = Paint(colour=False, attributes=False)
WIDE = 200


def lines(*items: Any, width: int = WIDE) -> list[str]:
    return listing([json.dumps(item).encode() for item in items], width, PLAIN)


def test_columns_are_in_the_order_in_which_the_items_first_have_them() -> None:
    assert lines({"b": "x", "a": "y"}, {"c": "z", "a": "w"}) == [
        "b  a  c",
        "x  y",
        "   w  z",
    ]


def test_scalars_are_shown_and_lists_of_scalars_but_nothing_deeper() -> None:
    item = {"on": True, "off": False, "none": None, "tags": ["a", 1, None], "deep": {"a": 1}}
    assert lines({**item, "rows": [{"a": 1}], "lists": [[1]], "empty": []}) == [
        "on    off    none  tags        empty",
        "true  false        a, 1, null",
    ]


def test_digits_stay_and_a_column_of_numbers_is_aligned_to_the_right() -> None:
    texts = [b'{"n":0.10,"m":1}', b'{"n":12345678901234567890,"m":"x"}', b'{"n":null,"m":2}']
    assert listing(texts, WIDE, PLAIN) == [
        "                   n  m",
        "                0.10  1",
        "12345678901234567890  x",
        "                      2",
    ]


def test_items_that_are_scalars_have_one_column() -> None:
    assert lines("BTC", 7) == ["value", "BTC", "7"]


def test_what_cannot_be_shown_at_all_has_no_lines() -> None:
    assert lines({"a": {"b": 1}}) == []
    assert lines() == []


def test_columns_that_do_not_fit_are_left_out_from_the_right_and_counted() -> None:
    item = {"id": "i" * 10, "b": "b" * 10, "c": "c" * 10, "d": "d"}
    hidden = "… 2 columns hidden; -o nd…"
    assert lines(item, width=26) == ["id          b", f"{'i' * 10}  {'b' * 10}", hidden]
    assert lines(item, width=34)[-1] == "… 1 column hidden; -o ndjson show…"


def test_the_first_column_is_cut_only_where_the_screen_ends() -> None:
    item = {"id": "i" * 60, "about": "b" * 60}
    assert lines(item)[1] == f"{'i' * 60}  {'b' * 39}…"
    assert lines(item, width=20)[1] == f"{'i' * 19}…"


def test_text_that_a_terminal_would_act_on_is_escaped() -> None:
    shown = "\n".join(lines({"\x1b[31mid": "\x1b]0;owned\x07", "b": "\u202e[/]"}))
    assert "\x1b" not in shown
    assert r"\x1b]0;owned\x07" in shown
    assert r"\u202e[/]" in shown


def test_a_very_long_text_is_cut() -> None:
    assert len(lines("x" * 5000, width=10_000)[1]) == 1024


@pytest.mark.parametrize("width", [1, 2, 5, 10, 40])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    items = [{"id": "wide ☂ 漢字" * n, "n": 10**n, "t": ["a"] * n} for n in range(1, 5)]
    assert all(len(line) <= width for line in lines(*items, width=width))
