"""A rule's ``rows`` turn a message into the cells of rows."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.jq.expressions import compile_expression
from wscli.model.profile import MessageRule
from wscli.model.tables import Expression, Rows, Table
from wscli.tables.feed import compile_feed, whole_message_path

BOOK = {"symbol": "ABC", "levels": [{"price": 1}, {"price": 2, "symbol": "of the level"}]}


def cells(
    message: Any, *, each: str | None = ".levels[]", names: dict[str, Any] | None = None, **of: str
) -> list[dict[str, Any]]:
    rows = Rows("book", {name: Expression(source) for name, source in of.items()}, each)
    feed = compile_feed(MessageRule("book", rows=rows), rows, Table("book", ()), names or {})
    return list(feed.rows(message))


def test_a_column_may_look_at_the_whole_message():
    assert cells(BOOK, symbol="$.symbol", price=".price") == [
        {"symbol": "ABC", "price": 1},
        {"symbol": "ABC", "price": 2},
    ]


def test_other_columns_look_at_the_element():
    assert cells(BOOK, symbol=".symbol") == [{}, {"symbol": "of the level"}]


def test_what_the_whole_message_lacks_is_left_out_and_null_is_kept():
    assert cells({"levels": [{}], "b": None}, a="$.a", b="$.b") == [{"b": None}]


def test_where_there_are_no_elements_there_is_no_row():
    assert cells({"symbol": "ABC", "levels": []}, symbol="$.symbol") == []


def test_without_each_the_whole_message_is_the_element():
    assert cells(BOOK, each=None, symbol="$.symbol", other=".symbol") == [
        {"symbol": "ABC", "other": "ABC"}
    ]


def test_all_of_the_expression_looks_at_the_whole_message():
    assert cells(BOOK, a="$.name // .symbol // $who") == [{"a": "ABC"}, {"a": "ABC"}]
    assert cells({"levels": [1]}, names={"who": "me"}, a="$.name // $who") == [{"a": "me"}]


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("$.symbol", ".symbol"),
        ("$.a.b[0]", ".a.b[0]"),
        ('$.["err-msg"]', '.["err-msg"]'),
        ("$.", "."),
        (".symbol", None),
        ("$symbol", None),
        ("$symbol.name", None),
        (".", None),
        (".a // $.b", None),
    ],
)
def test_an_expression_says_at_its_beginning_what_it_looks_at(source, path):
    assert whole_message_path(Expression(source)) == path
    if path is not None:
        compile_expression(path)
