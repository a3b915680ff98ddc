"""``on``: messages that change the rows whose column equals theirs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.model.instant import Instant
from wscli.model.message import Role
from wscli.model.profile import MessageRule
from wscli.model.tables import Column, Expression, RowAction, Rows, Table
from wscli.tables.rows import Join, Row, TableRows
from wscli.tables.tables import Tables

COLUMNS = ("id", "token", "price", "note")
POSITIONS = Table("positions", tuple(map(Column, COLUMNS)), key="id", limit=4)


def sets(*columns: str) -> dict[str, Expression]:
    return {column: Expression(f".{column}") for column in columns}


def rules(**more: Any) -> tuple[MessageRule, ...]:
    """What a provider of positions tells; ``more`` is said of the rows of its prices."""
    prices = {"set": sets("token", "price"), "on": "token"} | more
    return (
        MessageRule("position", rows=Rows("positions", sets("id", "token", "note"))),
        MessageRule("all", Role.SNAPSHOT, rows=Rows("positions", sets("id", "token"), each=".[]")),
        MessageRule("gone", rows=Rows("positions", sets("id"), do=RowAction.DELETE)),
        MessageRule("price", rows=Rows("positions", **prices)),
    )


class Told:
    """Positions that are told messages second by second."""

    def __init__(self, *told: MessageRule, table: Table = POSITIONS) -> None:
        self.tables = Tables((table,), told or rules())
        self.view = self.tables.views["positions"]
        self.second = 0.0

    def __call__(self, name: str, value: Any) -> None:
        self.second += 1
        self.tables.apply(name, value, Instant(self.second, 0.0))

    @property
    def prices(self) -> dict[Any, Any]:
        return {row.cells.get("id"): row.cells.get("price") for row in self.view.rows.values()}


def test_every_row_whose_column_is_equal_changes():
    tell = Told()
    for number, token in enumerate(["So1", "So2", "So1"]):
        tell("position", {"id": number, "token": token})
    tell("price", {"token": "So1", "price": 5})
    assert tell.prices == {0: 5, 1: None, 2: 5}


def test_the_columns_of_a_message_merge_as_ever():
    tell = Told(*rules(set=sets("token", "price", "note")))
    tell("position", {"id": 1, "token": "So1", "note": "long"})
    tell("price", {"token": "So1", "price": 5})
    tell("price", {"token": "So1", "note": None})
    (row,) = tell.view.rows.values()
    assert row.cells == {"id": 1, "token": "So1", "price": 5}
    assert row.touched["price"] == 2.0
    assert row.changed == 3.0


def test_where_no_row_is_equal_nothing_happens():
    tell = Told()
    tell("position", {"id": 1, "token": "So1"})
    before = tell.tables.revision
    for token in ("so1", "So2", None, 1):
        tell("price", {"token": token, "price": 5})
    tell("price", {"price": 5})
    assert tell.prices == {1: None}
    assert tell.tables.revision == before


def test_the_case_of_letters_may_be_set_aside_and_the_column_is_never_written():
    tell = Told(*rules(fold=True))
    tell("position", {"id": 1, "token": "So11BigAndSmall"})
    tell("price", {"token": "so11bigandsmall", "price": 5})
    (row,) = tell.view.rows.values()
    assert row.cells == {"id": 1, "token": "So11BigAndSmall", "price": 5}


def test_the_key_of_a_row_is_never_written_either():
    tell = Told(*rules(set=sets("id", "token", "price")))
    tell("position", {"id": 1, "token": "So1"})
    tell("price", {"id": 2, "token": "So1", "price": 5})
    assert tell.prices == {1: 5}


def test_the_key_itself_may_be_the_column():
    tell = Told(*rules(set=sets("id", "price"), on="id"))
    tell("position", {"id": "a"})
    tell("price", {"id": "a", "price": 5})
    tell("price", {"id": "b", "price": 5})
    assert tell.prices == {"a": 5}


def test_a_batch_of_prices_changes_the_rows_of_each():
    tell = Told(*rules(each=".updates[]"))
    for number in range(3):
        tell("position", {"id": number, "token": f"So{number}"})
    tell("price", {"updates": [{"token": f"So{number}", "price": number} for number in range(9)]})
    assert tell.prices == {0: 0, 1: 1, 2: 2}


def test_a_role_or_do_says_nothing_where_rows_are_joined():
    for rows in ({"do": RowAction.REPLACE}, {"do": RowAction.DELETE}):
        tell = Told(*rules(**rows))
        tell("position", {"id": 1, "token": "So1"})
        tell("price", {"token": "So1", "price": 5})
        assert tell.prices == {1: 5}


def test_rows_are_found_by_what_they_hold_now():
    tell = Told()
    tell("position", {"id": 1, "token": "old"})
    tell("position", {"id": 1, "token": "new"})
    tell("position", {"id": 2, "token": "old"})
    tell("gone", {"id": 2})
    tell("price", {"token": "old", "price": 1})
    assert tell.prices == {1: None}
    tell("price", {"token": "new", "price": 2})
    assert tell.prices == {1: 2}
    tell("all", [{"id": 3, "token": "new"}])
    tell("price", {"token": "new", "price": 3})
    assert tell.prices == {3: 3}


def test_a_row_that_is_changed_so_counts_as_fed():
    tell = Told()
    for number in range(4):
        tell("position", {"id": number, "token": f"So{number}"})
    tell("price", {"token": "So0", "price": 5})
    tell("position", {"id": 4})
    assert list(tell.prices) == [2, 3, 0, 4]


def test_rows_that_change_together_change_in_the_order_in_which_they_came():
    tell = Told()
    for number in (2, 0, 3, 1, 0, 2):
        tell("position", {"id": number, "token": "So1"})
    tell("price", {"token": "So1", "price": 5})
    assert list(tell.prices) == [2, 0, 3, 1]


def test_scrolling_rows_can_be_changed_as_well():
    tell = Told(table=Table("positions", POSITIONS.columns, limit=2))
    for number in range(3):
        tell("position", {"id": number, "token": "So1"})
    tell("price", {"token": "So1", "price": 5})
    assert tell.prices == {1: 5, 2: 5}


def test_texts_that_differ_beyond_what_a_cell_holds_are_different():
    tell = Told()
    tell("position", {"id": 1, "token": "x" * 5000})
    tell("price", {"token": "x" * 5001, "price": 5})
    assert tell.prices == {1: None}
    tell("position", {"id": 1, "token": "x" * 5001})
    tell("price", {"token": "x" * 5001, "price": 6})
    assert tell.prices == {1: 6}


def test_thousands_of_rows_cost_a_price_no_more_than_a_few():
    view = TableRows(Table("positions", POSITIONS.columns, key="id", limit=5000), [("token", True)])
    for number in range(5000):
        view.upsert({"id": number, "token": f"So{number}"}, 0.0)
    begun = time.perf_counter()
    for number in range(5000):
        view.change(("token", True), {"token": f"SO{number}", "price": number}, 1.0)
    # 25 ms here; whoever looks at each row for each price needs seconds.
    assert time.perf_counter() - begun < 1.0
    assert all(row.cells["price"] == row.cells["id"] for row in view.rows.values())


# --- a naive model -------------------------------------------------------------------------------

JOINS: tuple[Join, ...] = (("token", True), ("note", False))
TOKENS = st.sampled_from(["a", "A", "b", None, 1])
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from([1, 2, 3, 4, None]),
        "token": TOKENS,
        "note": TOKENS,
        "price": st.sampled_from([0, 1, "closed", None]),
    },
)
OPERATIONS = st.one_of(
    st.tuples(st.sampled_from(["upsert", "append", "delete"]), CELLS),
    st.tuples(st.sampled_from(JOINS), CELLS),
    st.tuples(st.just("replace"), st.lists(CELLS, max_size=5)),
)


def is_open(cells: Any) -> bool:
    return bool(cells.get("price") != "closed")


class Model:
    """The same rows as a plain list, fed longest ago first, every one looked at every time."""

    def __init__(self, key: str | None, limit: int) -> None:
        self.key = key
        self.limit = limit
        self.came = 0
        self.rows: list[tuple[int, dict[str, Any]]] = []

    def of(self, cells: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        assert self.key is not None
        for row in list(self.rows):
            if row[1][self.key] == cells[self.key]:
                yield row

    def keyless(self, cells: dict[str, Any]) -> bool:
        return self.key is not None and cells.get(self.key) is None

    def upsert(self, cells: dict[str, Any]) -> None:
        if self.keyless(cells):
            return
        known = [] if self.key is None else list(self.of(cells))
        for row in known:
            self.merge(row, cells)
        if not known:
            self.append(cells)

    def append(self, cells: dict[str, Any]) -> None:
        if self.keyless(cells):
            return
        if self.key is not None:
            self.delete(cells)
        new = {name: cell for name, cell in cells.items() if cell is not None}
        if is_open(new):
            self.came += 1
            self.rows.append((self.came, new))
            del self.rows[: -self.limit]

    def delete(self, cells: dict[str, Any]) -> None:
        if self.key is not None and not self.keyless(cells):
            for row in self.of(cells):
                self.rows.remove(row)

    def replace(self, many: list[dict[str, Any]]) -> None:
        self.rows = []
        for cells in many:
            self.append(cells)

    def change(self, join: Join, cells: dict[str, Any]) -> None:
        column, fold = join
        value = cells.get(column)
        others = {name: cell for name, cell in cells.items() if name not in (column, self.key)}
        for row in sorted(self.rows, key=lambda row: row[0]):
            if value is not None and self.same(row[1].get(column), value, fold=fold):
                self.merge(row, others)

    @staticmethod
    def same(one: Any, other: Any, *, fold: bool) -> bool:
        if fold and isinstance(one, str) and isinstance(other, str):
            return one.casefold() == other.casefold()
        return type(one) is type(other) and one == other

    def merge(self, row: tuple[int, dict[str, Any]], cells: dict[str, Any]) -> None:
        self.rows.remove(row)
        merged = row[1] | cells
        merged = {name: cell for name, cell in merged.items() if cell is not None}
        if is_open(merged):
            self.rows.append((row[0], merged))


def shown(row: Row) -> tuple[int, dict[str, Any]]:
    return row.number, row.cells


@pytest.mark.parametrize("key", ["id", None])
@given(operations=st.lists(OPERATIONS, max_size=15))
@settings(max_examples=150, deadline=None)
def test_the_rows_are_those_that_looking_at_each_would_give(key, operations):
    view = TableRows(Table("positions", POSITIONS.columns, key=key, limit=3), JOINS, is_open)
    model = Model(key, 3)
    for kind, told in operations:
        before, was = view.revision, repr(view.rows)
        match kind:
            case "replace":
                view.replace(told, 0.0)
                model.replace(told)
            case "delete":
                view.delete(told)
                model.delete(told)
            case "upsert" | "append":
                getattr(view, kind)(told, 0.0)
                getattr(model, kind)(told)
            case _:
                view.change(kind, told, 0.0)
                model.change(kind, told)
        assert [shown(row) for row in view.rows.values()] == model.rows
        assert view.revision >= before + (sorted(repr(view.rows)) != sorted(was))
