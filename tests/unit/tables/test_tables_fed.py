"""The rows that a message speaks of, as they are when it has been heard."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.model.instant import Instant
from wscli.model.message import MISSING, Role
from wscli.model.profile import MessageRule
from wscli.model.tables import Column, RowAction, Rows, Table
from wscli.tables.tables import Tables

NOW = Instant(1.0, 1_780_000_000.0)
SET = {"id": ".id", "a": ".a", "b": ".b"}
COLUMNS = (Column("id"), Column("a"), Column("b"))


def tables(
    *,
    key: str | None = "id",
    limit: int = 500,
    where: Any = MISSING,
    **rows: Any,
) -> Tables:
    table = Table("t", COLUMNS, key=key, limit=limit, where=where)
    rules = (
        MessageRule("up", rows=Rows("t", SET)),
        MessageRule("all", role=Role.SNAPSHOT, rows=Rows("t", SET, each=".[]")),
        MessageRule("one", rows=Rows("t", SET, **rows)),
        MessageRule("none"),
    )
    return Tables((table,), rules)


def fed(these: Tables, rule: str, value: Any) -> list[dict[str, Any]]:
    return list(these.fed(rule, value, NOW))


def test_a_row_that_merges_is_given_whole():
    these = tables()
    assert fed(these, "up", {"id": 1, "a": 2}) == [{"id": 1, "a": 2}]
    assert fed(these, "up", {"id": 1, "b": 3}) == [{"id": 1, "a": 2, "b": 3}]
    assert fed(these, "up", {"id": 1, "b": 3}) == [{"id": 1, "a": 2, "b": 3}]
    assert fed(these, "up", {"id": 1, "a": None}) == [{"id": 1, "b": 3}]


def test_it_changes_what_apply_would_change():
    one, other = tables(), tables()
    for value in ({"id": 1, "a": 2}, {"id": 2}, {"id": 1, "a": None, "b": "x" * 2000}):
        fed(one, "up", value)
        other.apply("up", value, NOW)
    assert one.views["t"].rows == other.views["t"].rows


def test_what_the_message_says_itself_is_not_cut():
    these = tables()
    assert fed(these, "up", {"id": 1, "a": "x" * 2000, "b": [1]}) == [
        {"id": 1, "a": "x" * 2000, "b": [1]}
    ]


def test_a_row_without_its_key_is_none():
    assert fed(tables(), "up", {"a": 1}) == []
    assert fed(tables(do=RowAction.APPEND), "one", {"a": 1}) == []


def test_without_a_key_each_row_is_another():
    these = tables(key=None)
    assert fed(these, "up", {"id": 1, "a": 1}) == [{"id": 1, "a": 1}]
    assert fed(these, "up", {"id": 1}) == [{"id": 1}]


def test_a_replacement_gives_all_its_rows_even_those_beyond_the_limit():
    these = tables(limit=2)
    fed(these, "up", {"id": 1, "a": "before"})
    many = [{"id": 1}, {"id": 2, "b": 1}, {"a": "no key"}, {"id": 3}]
    assert fed(these, "all", many) == [{"id": 1}, {"id": 2, "b": 1}, {"id": 3}]
    assert len(these.views["t"]) == 2
    assert fed(tables(key=None), "all", many[:2]) == many[:2]


def test_a_join_gives_every_row_that_it_changed():
    these = tables(on="a", fold=True)
    for number, name in ((1, "X"), (2, "x"), (3, "y")):
        fed(these, "up", {"id": number, "a": name})
    assert fed(these, "one", {"id": 9, "a": "x", "b": "new"}) == [
        {"id": 1, "a": "X", "b": "new"},
        {"id": 2, "a": "x", "b": "new"},
    ]


def test_what_does_not_belong_into_the_table_is_not_given():
    these = tables(where={"a": {"$in": [1, 2]}}, on="b")
    assert fed(these, "up", {"id": 1, "a": 5}) == []
    assert fed(these, "up", {"id": 1, "a": 1, "b": 7}) == [{"id": 1, "a": 1, "b": 7}]
    assert fed(these, "one", {"a": 5, "b": 7}) == []
    assert fed(these, "up", {"id": 1, "a": 2}) == [{"id": 1, "a": 2}]
    assert fed(these, "up", {"id": 1, "a": 5}) == []


def test_a_row_that_goes_is_not_given():
    these = tables(do=RowAction.DELETE)
    fed(these, "up", {"id": 1})
    assert fed(these, "one", {"id": 1}) == []
    assert len(these.views["t"]) == 0


@pytest.mark.parametrize(("rule", "value"), [("none", {}), ("nobody", {}), ("up", MISSING)])
def test_what_feeds_no_table_gives_nothing(rule, value):
    assert fed(tables(), rule, value) == []
