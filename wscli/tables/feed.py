"""How a message becomes rows: a rule's ``rows``, compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from wscli.jq.expressions import compile_expression
from wscli.model.frozen import frozen
from wscli.model.message import MISSING, Role
from wscli.model.profile import MessageRule
from wscli.model.tables import Expression, RowAction, Rows, Table
from wscli.tables.rows import Join

Lookup: TypeAlias = Callable[[Any], Any]
Columns: TypeAlias = tuple[tuple[str, Lookup], ...]

_WHOLE: Final = "$."


@frozen
class Feed:
    """What one kind of message does to one table. ``whole`` are the columns that look at the
    message itself, ``columns`` those that look at each element. With a ``join`` the message
    changes the rows that it finds, and ``action`` says nothing.
    """

    table: str
    action: RowAction
    each: Callable[[Any], Iterator[Any]] | None
    whole: Columns
    columns: Columns
    join: Join | None = None

    def rows(self, value: Any) -> Iterator[dict[str, Any]]:
        """Give the cells of each row that a message's value stands for, by column. A column that
        the message does not speak of is left out, null is None.
        """
        shared = _cells(self.whole, value)
        elements = (value,) if self.each is None else self.each(value)
        for element in elements:
            yield shared | _cells(self.columns, element)


def whole_message_path(source: Expression) -> Expression | None:
    """Give what a column's expression asks of the whole message: ``$.symbol`` asks ``.symbol``.
    None for an expression that asks the element at hand.
    """
    return source.removeprefix("$") if source.startswith(_WHOLE) else None


def compile_feed(rule: MessageRule, rows: Rows, table: Table, names: Mapping[str, Any]) -> Feed:
    """Compile a rule's ``rows``; ``names`` are the values of the expressions' ``$name``.

    Without ``do`` a snapshot replaces, and other messages merge where the table has a key.
    """
    if rows.do is not None:
        action = rows.do
    elif rule.role is Role.SNAPSHOT:
        action = RowAction.REPLACE
    else:
        action = RowAction.APPEND if table.key is None else RowAction.UPSERT
    whole, columns = [], []
    for name, source in rows.set.items():
        of_whole = whole_message_path(source)
        if of_whole is None:
            columns.append((name, _lookup(source, names)))
        else:
            whole.append((name, _lookup(of_whole, names)))
    join = None if rows.on is None else (rows.on, rows.fold)
    return Feed(table.name, action, _elements(rows.each, names), tuple(whole), tuple(columns), join)


def _cells(columns: Columns, value: Any) -> dict[str, Any]:
    cells = {}
    for name, look_up in columns:
        cell = look_up(value)
        if cell is not MISSING:
            cells[name] = cell
    return cells


def _lookup(source: Expression, names: Mapping[str, Any]) -> Lookup:
    expression = compile_expression(source)
    if expression.get is not None:
        return expression.get
    return lambda value: expression.first(value, names)


def _elements(
    source: Expression | None, names: Mapping[str, Any]
) -> Callable[[Any], Iterator[Any]] | None:
    if source is None:
        return None
    expression = compile_expression(source)
    return lambda value: iter(expression.each(value, names))
