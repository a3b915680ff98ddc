"""Whether the messages of a profile and the tables that they feed make sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wscli.errors import ExpressionError, Problem
from wscli.loader.checks import OF_A_MESSAGE, Checks, Path, listed, mapping, named
from wscli.loader.shape import closest
from wscli.loader.units import parse_span
from wscli.messages.parse import compile_parse
from wscli.tables.feed import whole_message_path


def message_problems(checks: Checks) -> Iterator[Problem]:
    """Give the problems of the discriminator, of every message and of the tables."""
    yield from _discriminator(checks)
    for name, rule in checks.messages.items():
        yield from _message(checks, mapping(rule), ("messages", name))
    yield from _tables(checks)


def _discriminator(checks: Checks) -> Iterator[Problem]:
    keys = checks.data.get("discriminator")
    many = isinstance(keys, list)
    for index, key in enumerate(listed(keys) if many else [keys]):
        path: Path = ("discriminator", index) if many else ("discriminator",)
        if isinstance(key, dict):
            yield from checks.expression(key.get("remembered"), (*path, "remembered"), names=())
        else:
            yield from checks.expression(key, path, names=())


def _message(checks: Checks, rule: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    if "match" in rule:
        yield from checks.pattern(rule["match"], (*path, "match"))
    elif not checks.data.get("discriminator"):
        yield checks.problem(
            path,
            "it cannot be recognised: there is no discriminator and it has no match.",
            "Say where a message names its type, or give the message a match.",
        )
    for index, source in enumerate(named(rule.get("parse")) if "parse" in rule else []):
        yield from checks.expression(source, (*path, "parse", index), names=())
        yield from _path(checks, source, (*path, "parse", index))
    yield from _split(checks, mapping(rule.get("split")), (*path, "split"))
    if "where" in rule:
        yield from checks.template(rule["where"], (*path, "where"), names=checks.options)
        yield from checks.pattern(rule["where"], (*path, "where"))
    yield from checks.expression(rule.get("time"), (*path, "time"), names=())
    for key in ("at", "from", "per"):
        number = mapping(rule.get("sequence")).get(key)
        yield from checks.expression(number, (*path, "sequence", key), names=())
    for name, source in mapping(rule.get("capture")).items():
        if name in checks.options or name in checks.computed:
            what = f'"{name}" is an option or a computed value already.'
            yield checks.problem((*path, "capture", name), what, "Choose another name.")
        yield from checks.expression(source, (*path, "capture", name))
    yield from checks.expression(rule.get("accepted"), (*path, "accepted"))
    yield from _problem(checks, rule.get("problem"), (*path, "problem"))
    if "reply" in rule:
        yield from checks.template(rule["reply"], (*path, "reply"), roots=OF_A_MESSAGE)
    yield from _ending(checks, rule, path)
    yield from _rows(checks, mapping(rule.get("rows")), (*path, "rows"))


def _path(checks: Checks, source: str, path: Path) -> Iterator[Problem]:
    """Check that an expression leads to places, and makes no values."""
    try:
        compile_parse([source])
    except ExpressionError as error:
        if "takes a path" in error.what:  # what else is wrong is told already
            yield checks.problem(path, f"{error.text}.", "For example .data or .events[].")


def _split(checks: Checks, split: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    yield from checks.expression(split.get("each"), (*path, "each"), names=())
    if "as" in split:
        yield from checks.template(split["as"], (*path, "as"), roots=OF_A_MESSAGE, names=())


def _problem(checks: Checks, problem: Any, path: Path) -> Iterator[Problem]:
    if isinstance(problem, str):
        yield from checks.expression(problem, path)
    for key in ("when", "each"):
        yield from checks.expression(mapping(problem).get(key), (*path, key))
    if isinstance(mapping(problem).get("text"), str):
        yield from checks.template(problem["text"], (*path, "text"), roots=OF_A_MESSAGE)


def _ending(checks: Checks, rule: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    yield from checks.units(rule, path, {"wait": parse_span})
    if "to" in rule:
        yield from checks.template(rule["to"], (*path, "to"), roots=OF_A_MESSAGE)
    if ("to" in rule) is not (rule.get("then") == "move"):
        what = '"to" and "then: move" need each other.'
        yield checks.problem((*path, "then"), what, 'Say where to: to: "${url}".')


def _rows(checks: Checks, rows: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    table, columns, on = rows.get("table"), mapping(rows.get("set")), rows.get("on")
    tables = mapping(checks.data.get("tables"))
    if isinstance(table, str) and table not in tables:
        remedy = closest(table, tables) or f"Describe it under tables: {table}."
        yield checks.problem((*path, "table"), f'there is no table "{table}".', remedy)
    key = mapping(tables.get(table)).get("key") if isinstance(table, str) else None
    if columns and isinstance(key, str) and key not in columns and on is None:
        what = f'the column "{key}" is missing, by which the rows of {table} are told apart.'
        yield checks.problem((*path, "set"), what, f"Set {key} as well.")
    if isinstance(on, str) and on not in columns:
        yield _no_column(checks, on, set(columns), (*path, "on"))
    if on is not None and rows.get("do") not in (None, "upsert"):
        what = f"on changes rows, so it does not go with do: {rows['do']}."
        yield checks.problem((*path, "on"), what, "Leave one of them out.")
    if rows.get("do") in ("upsert", "delete") and key is None and on is None and table in tables:
        what = f"{rows['do']} needs a table with a key."
        yield checks.problem((*path, "do"), what, f"Give tables.{table} a key.")
    yield from checks.expression(rows.get("each"), (*path, "each"))
    for name, source in columns.items():
        whole = whole_message_path(source) if isinstance(source, str) else None
        yield from checks.expression(whole or source, (*path, "set", name))


def _tables(checks: Checks) -> Iterator[Problem]:
    fed: dict[str, set[str]] = {}
    for rule in checks.messages.values():
        rows = mapping(mapping(rule).get("rows"))
        fed.setdefault(str(rows.get("table")), set()).update(mapping(rows.get("set")))
    for name, data in mapping(checks.data.get("tables")).items():
        table, path = mapping(data), ("tables", name)
        columns = fed.get(name)
        if columns is None:
            what = "no message has rows for it."
            yield checks.problem(path, what, f"Give a message rows: {{table: {name}, …}}.")
            continue
        used = {"key": table.get("key"), "sort": table.get("sort")}
        for key, column in used.items():
            if isinstance(column, str) and column.removeprefix("-") not in columns:
                yield _no_column(checks, column.removeprefix("-"), columns, (*path, key))
        for part in ("columns", "where"):
            for column in mapping(table.get(part)):
                if column not in columns:
                    yield _no_column(checks, column, columns, (*path, part, column))
        if "where" in table:
            yield from checks.template(table["where"], (*path, "where"), names=checks.options)
            yield from checks.pattern(table["where"], (*path, "where"))


def _no_column(checks: Checks, column: str, columns: set[str], path: Path) -> Problem:
    remedy = closest(column, columns) or f"There are {', '.join(sorted(columns))}."
    return checks.problem(path, f'no message sets a column "{column}".', remedy)
