"""``tables.NAME.where``: which rows belong into a table."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.errors import TemplateError
from wscli.model.instant import Instant
from wscli.model.message import Role
from wscli.model.profile import MessageRule
from wscli.model.tables import Column, Expression, RowAction, Rows, Table
from wscli.tables.tables import Tables

SET = {name: Expression(f".{name}") for name in ("id", "state", "size", "tags")}
RULES = (
    MessageRule("update", rows=Rows("orders", SET)),
    MessageRule("all", Role.SNAPSHOT, rows=Rows("orders", SET, each=".[]")),
    MessageRule("again", rows=Rows("orders", SET, do=RowAction.APPEND)),
    MessageRule("fill", rows=Rows("orders", SET, on="state")),
)
OPEN = {"state": {"$in": ["open", "partly"]}}


class Told:
    def __init__(self, where: Any, *, key: str | None = "id", **names: Any) -> None:
        table = Table("orders", tuple(map(Column, SET)), key=key, where=where)
        self.tables = Tables((table,), RULES, names)
        self.view = self.tables.views["orders"]

    def __call__(self, value: Any, name: str = "update") -> list[Any]:
        self.tables.apply(name, value, Instant(0.0, 0.0))
        return [row.cells["id"] for row in self.view.rows.values()]


def order(number: int, state: str = "open", **more: Any) -> dict[str, Any]:
    return {"id": number, "state": state, **more}


def test_only_rows_that_fit_are_put_into_the_table():
    tell = Told(OPEN)
    assert tell(order(1)) == [1]
    assert tell(order(2, "closed")) == [1]
    assert tell({"id": 3, "size": 5}) == [1]


def test_a_row_that_does_not_fit_any_more_is_taken_out():
    tell = Told(OPEN)
    tell(order(1))
    tell(order(2))
    before = tell.tables.revision
    assert tell(order(1, "closed")) == [2]
    assert tell.tables.revision > before
    assert tell({"id": 2, "state": None}) == []


def test_a_row_that_fits_again_comes_back_with_what_is_said_of_it_then():
    tell = Told(OPEN)
    tell(order(1, size=5))
    tell(order(1, "closed"))
    tell(order(1, "partly"))
    (row,) = tell.view.rows.values()
    assert row.cells == {"id": 1, "state": "partly"}


def test_a_part_of_a_row_is_judged_with_the_rest_of_it():
    tell = Told({"state": "open", "size": {"$exists": True}})
    assert tell(order(1, size=5)) == [1]
    assert tell({"id": 1, "size": 6}) == [1]
    assert tell({"id": 1, "size": None}) == []


def test_a_snapshot_leaves_out_what_does_not_fit():
    assert Told(OPEN)([order(1), order(2, "closed"), order(3)], "all") == [1, 3]


def test_an_appended_row_that_does_not_fit_takes_its_equal_along():
    tell = Told(OPEN)
    tell(order(1))
    assert tell(order(1, "closed"), "again") == []
    scrolling = Told(OPEN, key=None)
    scrolling(order(1), "again")
    assert scrolling(order(1, "closed"), "again") == [1]


def test_a_join_takes_rows_out_as_well():
    tell = Told({"size": {"$not": 0}})
    tell(order(1, "open", size=5))
    tell(order(2, "partly", size=5))
    assert tell({"state": "open", "size": 0}, "fill") == [2]
    assert tell({"state": "open", "size": 1}, "fill") == [2]


def test_what_does_not_fit_takes_no_rows_place():
    tell = Told(OPEN)
    tell.view._limit = 2
    tell(order(1))
    tell(order(2))
    assert tell(order(3, "closed")) == [1, 2]


@pytest.mark.parametrize(
    ("names", "shown"), [({}, [1, 2]), ({"state": ["partly"]}, [2]), ({"state": []}, [])]
)
def test_the_users_options_may_be_asked_for_and_a_test_on_an_unset_one_holds(names, shown):
    tell = Told({"state": {"$in": "${state?}"}}, **names)
    tell(order(1))
    assert tell(order(2, "partly")) == shown


def test_a_name_that_is_not_set_is_an_error_at_once():
    with pytest.raises(TemplateError):
        Told({"state": "${state}"})


def test_a_list_is_judged_as_the_cell_shows_it():
    assert Told({"tags": '["a"]'})(order(1, tags=["a"])) == [1]
