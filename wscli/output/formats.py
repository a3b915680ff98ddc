"""The list of output formats, from which choices, help and tests come."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from wscli.output.base import Format, Reporter, Stage


def _table(stage: Stage) -> Reporter:
    from wscli.output.table import TableReporter  # noqa: PLC0415 - brings Rich, so only when chosen

    return TableReporter(stage)


def _log(stage: Stage) -> Reporter:
    from wscli.output.log import LogReporter  # noqa: PLC0415 - brings Rich, so only when chosen

    return LogReporter(stage)


def _ndjson(stage: Stage) -> Reporter:
    from wscli.output.ndjson import NdjsonReporter  # noqa: PLC0415 - only when chosen

    return NdjsonReporter(stage)


def _pretty(stage: Stage) -> Reporter:
    from wscli.output.pretty import PrettyReporter  # noqa: PLC0415 - only when chosen

    return PrettyReporter(stage)


def _csv(stage: Stage) -> Reporter:
    from wscli.output.csv import CsvReporter  # noqa: PLC0415 - only when chosen

    return CsvReporter(stage)


def _raw(stage: Stage) -> Reporter:
    from wscli.output.raw import RawReporter  # noqa: PLC0415 - only when chosen

    return RawReporter(stage)


_LIST: Final = (
    Format("table", "a live table of the latest state", _table, needs_table=True, sorts=True),
    Format("log", "one coloured line a message", _log),
    Format(
        "ndjson", "the message as it came, one line of JSON", _ndjson, projects=True, wraps=True
    ),
    Format("pretty", "indented, coloured JSON", _pretty, projects=True),
    Format("raw", "the frame's own text", _raw),
    Format("csv", "a table's rows as messages leave them", _csv, needs_table=True, single=True),
)

FORMATS: Final[Mapping[str, Format]] = MappingProxyType({each.name: each for each in _LIST})
"""Every output format by name."""
