"""How a message becomes rows: a rule's ``rows``, compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from wscli.jq.expressions import compile_expression
from wscli.model.frozen import frozen
from wscli.model.message import MISSING, Role
from wscli.model.profile import Expression, MessageRule, RowAction, Rows, Table

Lookup: TypeAlias = Callable[[Any], Any]


@frozen
class Feed:
    """What one kind of message does to one table."""

    table: str
    action: RowAction
    each: Callable[[Any], Iterator[Any]] | None
    columns: tuple[tuple[str, Lookup], ...]

    def rows(self, value: Any) -> Iterator[dict[str, Any]]:
        """Give the cells of each row that a message's value stands for, by column. A column that
        the message does not speak of is left out, null is None.
        """
        elements = (value,) if self.each is None else self.each(value)
        for element in elements:
            cells = {}
            for name, look_up in self.columns:
                cell = look_up(element)
                if cell is not MISSING:
                    cells[name] = cell
            yield cells


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
    columns = tuple((name, _lookup(source, names)) for name, source in rows.set.items())
    return Feed(table.name, action, _elements(rows.each, names), columns)


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
