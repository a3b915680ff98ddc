"""All tables of a profile, fed by messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, assert_never

from wscli.messages.match import compile_match
from wscli.messages.where import fill_where
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.profile import MessageRule
from wscli.model.tables import Column, RowAction, Table
from wscli.tables.feed import Feed, compile_feed
from wscli.tables.rows import Row, TableRows
from wscli.templates import Scope

_NO_NAMES: Final[Mapping[str, Any]] = MappingProxyType({})


class Tables:
    """The rows of every table. ``views`` holds them by name, in the profile's order. ``names``:
    the values of the user's options, which expressions and a table's ``where`` may ask for.
    """

    def __init__(
        self,
        tables: Sequence[Table],
        rules: Sequence[MessageRule],
        names: Mapping[str, Any] = _NO_NAMES,
    ) -> None:
        by_name = {table.name: table for table in tables}
        self._feeds: dict[str, Feed] = {
            rule.name: compile_feed(rule, rule.rows, by_name[rule.rows.table], names)
            for rule in rules
            if rule.rows is not None
        }
        self.views: Mapping[str, TableRows] = {
            table.name: _view(table, self._feeds.values(), names) for table in tables
        }

    @property
    def revision(self) -> int:
        """A number that grows whenever a row of any table changes."""
        return sum(view.revision for view in self.views.values())

    def apply(self, rule_name: str, value: Any, now: Instant) -> None:
        """Do what the rule says with a message's value. Rules without rows do nothing."""
        feed = self._feeds.get(rule_name)
        if feed is None or value is MISSING:
            return
        view = self.views[feed.table]
        at = now.monotonic
        if feed.join is not None:
            for cells in feed.rows(value):
                view.change(feed.join, cells, at)
            return
        match feed.action:
            case RowAction.UPSERT:
                for cells in feed.rows(value):
                    view.upsert(cells, at)
            case RowAction.APPEND:
                for cells in feed.rows(value):
                    view.append(cells, at)
            case RowAction.REPLACE:
                view.replace(feed.rows(value), at)
            case RowAction.DELETE:
                for cells in feed.rows(value):
                    view.delete(cells)
            case _:  # pragma: no cover
                assert_never(feed.action)

    def fed(self, rule_name: str, value: Any, now: Instant) -> Iterator[dict[str, Any]]:
        """Do what ``apply`` does, and give each row that the message speaks of as it is then, by
        column: what the message says itself unabridged. A row that it takes away is not given.
        To be read to the end.
        """
        feed = self._feeds.get(rule_name)
        if feed is None or value is MISSING:
            return
        view = self.views[feed.table]
        at = now.monotonic
        if feed.join is not None:
            for cells in feed.rows(value):
                for row in view.change(feed.join, cells, at):
                    yield _whole(row, view.written(feed.join, cells))
            return
        match feed.action:
            case RowAction.UPSERT | RowAction.APPEND:
                put = view.upsert if feed.action is RowAction.UPSERT else view.append
                for cells in feed.rows(value):
                    yield from _whole_if_any(put(cells, at), cells)
            case RowAction.REPLACE:
                many = list(feed.rows(value))
                for placed, cells in zip(view.replace(many, at), many, strict=True):
                    yield from _whole_if_any(placed, cells)
            case RowAction.DELETE:
                self.apply(rule_name, value, now)
            case _:  # pragma: no cover
                assert_never(feed.action)

    def rows_of(self, rule_name: str, value: Any) -> Iterator[dict[str, Any]]:
        """Give the cells of each row that a message stands for, by column, changing nothing."""
        feed = self._feeds.get(rule_name)
        if feed is not None and value is not MISSING:
            yield from feed.rows(value)

    def columns_of(self, rule_name: str) -> tuple[Column, ...]:
        """Give the columns of the table that a rule feeds; none where it feeds no table."""
        feed = self._feeds.get(rule_name)
        return () if feed is None else self.views[feed.table].table.columns


def _whole_if_any(row: Row | None, cells: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if row is not None:
        yield _whole(row, cells)


def _whole(row: Row, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Give all that is known of a row, and unabridged what was said just now."""
    return row.cells | {name: cell for name, cell in cells.items() if cell is not None}


def _view(table: Table, feeds: Iterable[Feed], names: Mapping[str, Any]) -> TableRows:
    joins = {feed.join for feed in feeds if feed.table == table.name and feed.join is not None}
    if table.where is MISSING:
        return TableRows(table, joins)
    return TableRows(table, joins, compile_match(fill_where(table.where, Scope(names=names))))
