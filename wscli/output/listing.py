"""A list of items for a person: one line each, their scalars in columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wscli.messages.exact import exact_tree
from wscli.model.frozen import frozen
from wscli.output.cells import is_number, plain
from wscli.output.escape import printable
from wscli.output.layout import GAP
from wscli.output.paint import Paint, fit, width_of
from wscli.output.words import plural

_WIDEST: Final = 40  # cells of a column, but for the first: that is the one to be copied
_LONGEST: Final = 1024  # characters that are looked at of a text
_VALUE: Final = "value"  # the column of items that are scalars themselves


@frozen
class _Column:
    name: str
    cells: tuple[str, ...]
    width: int
    right: bool


def listing(texts: Sequence[bytes], width: int, paint: Paint) -> list[str]:
    """Give a header and a line for each item, in at most ``width`` cells. ``texts``: the items'
    JSON, of which the scalars are shown, digit for digit, and lists of scalars; columns are in
    the order in which the items first have them. Those that do not fit are left out from the
    right, and counted in a last line.
    """
    items = [_cells(exact_tree(text)) for text in texts]
    names = dict.fromkeys(name for item in items for name in item)
    columns = [_column(name, items, first=not index) for index, name in enumerate(names)]
    shown = _fitting(columns, width)
    header = [fit(printable(each.name), each.width, right=each.right) for each in shown]
    lines = [paint((" " * GAP).join(header).rstrip(), "bold")] if shown else []
    for row in range(len(items) if shown else 0):
        cells = [fit(each.cells[row], each.width, right=each.right) for each in shown]
        lines.append((" " * GAP).join(cells).rstrip())
    hidden = len(columns) - len(shown)
    if hidden:
        text = f"… {plural(hidden, 'column')} hidden; -o ndjson shows everything"
        lines.append(paint.line([(text, "dim")], width))
    return lines


def _cells(item: Any) -> Mapping[str, Any]:
    """Give what can be shown of an item, by column."""
    if not isinstance(item, dict):
        item = {_VALUE: item}
    return {name: value for name, value in item.items() if _is_shown(value)}


def _is_shown(value: Any) -> bool:
    if isinstance(value, list):
        return not any(isinstance(part, list | dict) for part in value)
    return not isinstance(value, dict)


def _column(name: str, items: Sequence[Mapping[str, Any]], *, first: bool) -> _Column:
    values = [item[name] for item in items if name in item and item[name] is not None]
    cells = tuple(printable(_text(item.get(name))) for item in items)
    widest = max(map(width_of, [printable(name), *cells]))
    width = widest if first else min(widest, _WIDEST)
    return _Column(name, cells, width, bool(values) and all(map(is_number, values)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        value = ", ".join(json.dumps(part) if part is None else plain(part) for part in value)
    return plain(value)[:_LONGEST]


def _fitting(columns: Sequence[_Column], width: int) -> Sequence[_Column]:
    """Give the columns from the left that fit; the first in any case, cut where it must be."""
    total = -GAP
    for index, column in enumerate(columns):
        total += GAP + column.width
        if total > width and index:
            return columns[:index]
        if total > width:
            return [_Column(column.name, column.cells, width, column.right)]
    return columns
