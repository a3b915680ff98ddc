"""Which rows each rule speaks of, where several rules feed one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wscli.model.message import Role
from wscli.model.profile import Profile
from wscli.model.tables import RowAction, Rows, Table
from wscli.simulator.keys import Key, Keys, find_keys, is_key
from wscli.simulator.lines import Part
from wscli.simulator.places import at
from wscli.simulator.rows import column_places


def share_out(
    table: Table, parts: Iterable[Part], profile: Profile, names: Mapping[str, Any]
) -> dict[str, Keys]:
    """Give the keys by rule. All rules speak of all rows, unless a snapshot tells of some rows and
    a rule fills in fewer columns than another: then that one speaks of the snapshot's rows, and
    the others of rows of their own. So no row is half empty, or changes after it was removed.
    """
    feeding = [
        (part, part.rule.rows)
        for part in parts
        if part.rule.rows is not None and part.rule.rows.table == table.name and part.lines
    ]
    keys = find_keys(table.name, (part for part, _ in feeding), profile, names)
    told = [
        key
        for part, rows in feeding
        if part.rule.role is Role.SNAPSHOT
        for key in _own_keys(part, rows, table)
    ]
    widths = {
        part.rule.name: _width(part, rows)
        for part, rows in feeding
        if part.rule.role is Role.DATA and table.key in rows.set and rows.do is not RowAction.DELETE
    }
    partial = {name for name, width in widths.items() if width < max(widths.values())}
    if not told or not partial:
        return {part.rule.name: keys for part, _ in feeding}
    known = Keys(keys.asked, tuple(dict.fromkeys(told)), len(keys.asked) + len(told))
    others = tuple(key for key in keys.further if key not in told)
    own = Keys(keys.asked, others, keys.wanted)
    return {part.rule.name: known if part.rule.name in partial else own for part, _ in feeding}


def _own_keys(part: Part, rows: Rows, table: Table) -> list[Key]:
    found = [
        at(line.example, place)
        for line in part.lines
        for place in column_places(rows, table.key or "", line.example)
    ]
    return [key for key in found if is_key(key)]


def _width(part: Part, rows: Rows) -> int:
    """Give how many columns of a row a rule's messages fill in, at the most."""
    return max(
        sum(bool(column_places(rows, column, line.example)) for column in rows.set)
        for line in part.lines
    )
