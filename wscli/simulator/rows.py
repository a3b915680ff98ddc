"""Which places of a message a table's column shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wscli.jq.expressions import compile_expression
from wscli.model.tables import Expression, Rows
from wscli.simulator.places import Place, read_places
from wscli.tables.feed import whole_message_path


def column_places(rows: Rows, column: str, example: Any) -> tuple[Place, ...]:
    """Give the places of an example that the column's cells come from, one for each row; ()
    where the message does not set that column.
    """
    source = rows.set.get(column)
    if source is None:
        return ()
    return read_places(lambda value: _cells(rows, source, value), example)


def _cells(rows: Rows, source: Expression, value: Any) -> Iterable[Any]:
    of_message = whole_message_path(source)
    if of_message is not None:
        return (compile_expression(of_message).first(value, {}),)
    cell = compile_expression(source)
    elements = [value] if rows.each is None else compile_expression(rows.each).each(value, {})
    return (cell.first(element, {}) for element in elements)
