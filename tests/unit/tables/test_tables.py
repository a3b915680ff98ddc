"""Messages become rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.model.instant import Instant
from wscli.model.message import MISSING, Role
from wscli.model.profile import MessageRule
from wscli.model.tables import Column, Expression, RowAction, Rows, Table
from wscli.tables.tables import Tables

PEGS = Table("pegs", (Column("asset"), Column("state"), Column("price")), key="asset", limit=3)
EVENTS = Table("events", (Column("asset"), Column("state"), Column("price")), limit=3)
SET = {"asset": Expression(".a"), "state": Expression(".s"), "price": Expression(".p")}


def rule(
    name: str = "update", table: str = "pegs", role: Role = Role.DATA, **rows: Any
) -> MessageRule:
    return MessageRule(name, role=role, rows=Rows(table, rows.pop("set", SET), **rows))


class Told:
    """Tables that are told messages second by second."""

    def __init__(
        self, *rules: MessageRule, tables: tuple[Table, ...] = (PEGS, EVENTS), **names: Any
    ):
        self.tables = Tables(tables, rules or (rule(),), names)
        self.second = 0.0

    def __call__(self, value: Any, name: str = "update") -> None:
        self.second += 1
        self.tables.apply(name, value, Instant(self.second, 0.0))

    def cells(self, table: str = "pegs") -> list[list[Any]]:
        columns = ("asset", "state", "price")
        rows = sorted(self.tables.views[table].rows.values(), key=lambda row: row.number)
        return [[row.cells.get(column) for column in columns] for row in rows]


def test_rows_with_the_same_key_merge():
    tell = Told()
    tell({"a": "x", "s": "DRIFT", "p": 1})
    tell({"a": "y", "s": "PEGGED", "p": 2})
    tell({"a": "x", "s": "DEPEG"})
    assert tell.cells() == [["x", "DEPEG", 1], ["y", "PEGGED", 2]]


def test_an_absent_column_keeps_its_value_and_null_clears_it():
    tell = Told()
    tell({"a": "x", "s": "DRIFT", "p": 1})
    tell({"a": "x", "s": None})
    assert tell.cells() == [["x", None, 1]]


def test_null_in_a_new_row_is_no_cell():
    tell = Told()
    tell({"a": "x", "s": None})
    (row,) = tell.tables.views["pegs"].rows.values()
    assert row.cells == {"asset": "x"}


@pytest.mark.parametrize(
    "value", [{"s": "DRIFT"}, {"a": None, "s": "DRIFT"}, [], "text", 5, None, MISSING]
)
@pytest.mark.parametrize("action", [RowAction.UPSERT, RowAction.APPEND, RowAction.DELETE])
def test_a_row_without_a_key_is_left_out(value, action):
    tell = Told(rule(do=action))
    tell(value)
    assert tell.cells() == []
    assert tell.tables.revision == 0


def test_messages_of_rules_without_rows_do_nothing():
    tell = Told(rule(), MessageRule("heartbeat"))
    tell({"a": "x"}, "heartbeat")
    tell({"a": "x"}, "unheard of")
    assert tell.cells() == []


def test_without_a_key_rows_scroll():
    tell = Told(rule(table="events"))
    for price in range(5):
        tell({"a": "x", "p": price})
    assert tell.cells("events") == [["x", None, 2], ["x", None, 3], ["x", None, 4]]


def test_with_a_key_the_row_that_was_fed_longest_ago_goes_first():
    tell = Told()
    for asset in ("x", "y", "z", "x", "new"):
        tell({"a": asset})
    assert [row[0] for row in tell.cells()] == ["x", "z", "new"]


def test_a_row_that_is_fed_the_same_again_is_not_old():
    tell = Told()
    for asset in ("x", "y", "z"):
        tell({"a": asset, "p": 1})
    before = tell.tables.revision
    tell({"a": "x", "p": 1})
    assert tell.tables.revision == before
    tell({"a": "new", "p": 1})
    assert [row[0] for row in tell.cells()] == ["x", "z", "new"]


def test_each_gives_a_row_for_every_element():
    tell = Told(rule(each=Expression(".data.list[]")))
    tell({"data": {"list": [{"a": "x", "p": 1}, {"a": "y", "p": 2}]}})
    tell({"data": {}})
    assert tell.cells() == [["x", None, 1], ["y", None, 2]]


@pytest.mark.parametrize("kind", [{"role": Role.SNAPSHOT}, {"do": RowAction.REPLACE}])
def test_a_snapshot_replaces_all_rows(kind):
    tell = Told(rule(), rule("all", each=Expression(".list[]"), **kind))
    tell({"a": "old", "p": 1})
    tell({"a": "x", "s": "DRIFT", "p": 2})
    tell({"list": [{"a": "y"}, {"a": "x", "p": 3}]}, "all")
    assert tell.cells() == [["y", None, None], ["x", None, 3]]
    tell({"list": []}, "all")
    assert tell.cells() == []


def test_a_snapshot_replaces_scrolling_rows_as_well():
    tell = Told(rule(table="events"), rule("all", "events", Role.SNAPSHOT, each=Expression(".[]")))
    tell({"a": "old"})
    tell([{"a": "x"}, {"a": "x"}], "all")
    assert [row[0] for row in tell.cells("events")] == ["x", "x"]


def test_what_a_snapshot_repeats_does_not_count_as_changed():
    tell = Told(rule(), rule("all", role=Role.SNAPSHOT, each=Expression(".[]")))
    tell({"a": "x", "s": "DRIFT", "p": 1})
    tell({"a": "y", "p": 5})
    tell([{"a": "x", "s": "DRIFT", "p": 2}, {"a": "y", "p": 5}, {"a": "z"}], "all")
    x, y, z = tell.tables.views["pegs"].rows.values()
    assert x.touched == {"asset": 1.0, "state": 1.0, "price": 3.0}
    assert (x.changed, y.changed, z.changed) == (3.0, 2.0, 3.0)


def test_a_snapshot_that_must_merge_says_so():
    tell = Told(
        rule(), rule("some", role=Role.SNAPSHOT, do=RowAction.UPSERT, each=Expression(".[]"))
    )
    tell({"a": "x", "p": 1})
    tell([{"a": "y"}], "some")
    assert [row[0] for row in tell.cells()] == ["x", "y"]


def test_delete_removes_the_row_with_that_key():
    tell = Told(rule(), rule("gone", do=RowAction.DELETE, set={"asset": Expression(".id")}))
    tell({"a": "x"})
    tell({"a": "y"})
    before = tell.tables.revision
    tell({"id": "x"}, "gone")
    assert [row[0] for row in tell.cells()] == ["y"]
    assert tell.tables.revision > before
    tell({"id": "never there"}, "gone")
    assert [row[0] for row in tell.cells()] == ["y"]


def test_delete_finds_nothing_in_a_table_without_a_key():
    tell = Told(rule(table="events"), rule("gone", "events", do=RowAction.DELETE))
    tell({"a": "x"})
    tell({"a": "x"}, "gone")
    assert len(tell.cells("events")) == 1


def test_an_upsert_without_a_key_appends():
    tell = Told(rule(table="events", do=RowAction.UPSERT))
    tell({"a": "x"})
    tell({"a": "x"})
    assert len(tell.cells("events")) == 2


def test_an_appended_row_takes_the_place_of_its_equal():
    tell = Told(rule(do=RowAction.APPEND))
    tell({"a": "x", "p": 1})
    tell({"a": "y"})
    tell({"a": "x", "s": "DRIFT"})
    assert tell.cells() == [["y", None, None], ["x", "DRIFT", None]]


def test_keys_are_compared_as_json_schema_compares():
    tell = Told()
    for key in (1, 1.0, Decimal(1), True, "1", [1]):
        tell({"a": key})
    assert [row[0] for row in tell.cells()] == [True, "1", "[1]"]


def test_cells_know_when_they_last_changed():
    tell = Told()
    tell({"a": "x", "s": "DRIFT", "p": 1})
    tell({"a": "x", "s": "DRIFT", "p": 2})
    tell({"a": "x", "s": "DRIFT", "p": 2})
    (row,) = tell.tables.views["pegs"].rows.values()
    assert row.touched == {"asset": 1.0, "state": 1.0, "price": 2.0}
    assert row.changed == 2.0


@pytest.mark.parametrize(("old", "new"), [(1, True), (1, 1.0), (1, "1"), ([1], "[1]")])
def test_a_value_of_another_type_is_a_change(old, new):
    tell = Told()
    tell({"a": "x", "p": old})
    tell({"a": "x", "p": new})
    (row,) = tell.tables.views["pegs"].rows.values()
    assert row.changed == 2.0


def test_revisions_tell_a_drawer_what_to_draw_anew():
    tell = Told()
    tell({"a": "x", "p": 1})
    tell({"a": "y", "p": 1})
    view = tell.tables.views["pegs"]
    x, y = view.rows.values()
    seen = (x.revision, y.revision, view.revision)
    tell({"a": "y", "p": 1})
    assert (x.revision, y.revision, view.revision) == seen
    tell({"a": "y", "p": 2})
    assert x.revision == seen[0]
    assert y.revision == view.revision > seen[2]


def test_recent_rows_are_those_fed_last_the_latest_first():
    tell = Told()
    for asset in ("x", "y", "z", "y"):
        tell({"a": asset})
    view = tell.tables.views["pegs"]
    assert [row.cells["asset"] for row in view.recent(2)] == ["y", "z"]
    assert view.recent(0) == []
    assert len(view) == 3


def test_a_limit_of_nothing_keeps_one_row():
    tell = Told(tables=(Table("pegs", (), key="asset", limit=0),))
    tell({"a": "x"})
    tell({"a": "y"})
    assert [row[0] for row in tell.cells()] == ["y"]


def test_memory_is_bounded_whatever_comes():
    tell = Told(rule(each=Expression(".[]")))
    tell([{"a": str(number) + "x" * 3000, "p": ["x" * 3000]} for number in range(1000)])
    view = tell.tables.views["pegs"]
    assert len(view) == 3
    assert max(len(str(cell)) for row in view.rows.values() for cell in row.cells.values()) < 1100


def test_expressions_see_the_users_options():
    tell = Told(rule(set={"asset": Expression("$who // .a")}), who="me")
    tell({"a": "x"})
    assert tell.cells() == [["me", None, None]]


def test_rows_of_a_message_can_be_had_without_a_table():
    tables = Tables((PEGS,), (rule(each=Expression(".[]")), MessageRule("other")))
    assert list(tables.rows_of("update", [{"a": "x"}, {"p": None}])) == [
        {"asset": "x"},
        {"price": None},
    ]
    assert list(tables.rows_of("other", [])) == []
    assert list(tables.rows_of("update", MISSING)) == []
    assert tables.columns_of("update") == PEGS.columns
    assert tables.columns_of("other") == ()


updates = st.fixed_dictionaries(
    {},
    optional={"a": st.sampled_from(["x", "y", 1, True, None]), "s": st.none() | st.integers(0, 2)},
)


@given(st.lists(updates, max_size=20))
@settings(max_examples=100)
def test_merging_is_what_a_dictionary_would_say(came):
    tell = Told(tables=(Table("pegs", (), key="asset"),))
    wanted: dict[str, dict[str, Any]] = {}
    for value in came:
        tell(value)
        if value.get("a") is not None:
            row = wanted.setdefault(repr(value["a"]), {"asset": value["a"]})
            row.update({"state": value["s"]} if "s" in value else {})
    cells = [row.cells for row in tell.tables.views["pegs"].rows.values()]
    expected = [
        {name: cell for name, cell in row.items() if cell is not None} for row in wanted.values()
    ]
    assert sorted(map(repr, cells)) == sorted(map(repr, expected))
