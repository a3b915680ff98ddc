"""What is shown in tables: how messages feed them, and how they look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, TypeAlias

from wscli.model.frozen import frozen
from wscli.model.message import MISSING

Expression: TypeAlias = str
"""The source of an expression in the small part of jq that profiles speak."""


class RowAction(StrEnum):
    """What a message does to the rows of a table."""

    UPSERT = "upsert"
    REPLACE = "replace"
    DELETE = "delete"
    APPEND = "append"


@frozen
class Rows:
    """How a message feeds a table: one row for each result of ``each``. In ``set`` an expression
    that begins with ``$.`` looks at the whole message. ``on``: the column whose equal rows are
    changed, ``fold``: whatever the case of its letters.
    """

    table: str
    set: Mapping[str, Expression]
    each: Expression | None = None
    do: RowAction | None = None
    on: str | None = None
    fold: bool = False


class ColumnFormat(StrEnum):
    """How a cell's value is written."""

    NUMBER = "number"
    PRICE = "price"
    PERCENT = "percent"
    SIGNED = "signed"
    TIME = "time"
    AGO = "ago"
    BYTES = "bytes"
    JSON = "json"
    SHORT = "short"


@frozen
class Column:
    """A column of a table. ``style`` maps a value to a colour; ``by_sign`` colours by sign."""

    name: str
    hide: bool = False
    format: ColumnFormat | None = None
    style: Mapping[str, str] = field(default_factory=dict)
    by_sign: bool = False


@frozen
class Table:
    """Rows for a person. With a ``key`` rows merge, without one they scroll; ``sort`` is a column
    and whether it descends. ``where``: a pattern with templates that a row's cells must fit.
    """

    name: str
    columns: tuple[Column, ...]
    key: str | None = None
    sort: str | None = None
    descending: bool = False
    limit: int = 500
    where: Any = MISSING
