"""Whether a profile that may have the right shape also makes sense: names, expressions, examples.

Works on the raw tree and steps over what has the wrong shape, so that all mistakes of a file,
those of shape and those of meaning, come at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from wscli.errors import ExpressionError, Problem, TemplateError
from wscli.jq.expressions import compile_expression
from wscli.loader.examples import example_problems
from wscli.loader.reserved import COMMON_OPTIONS
from wscli.loader.shape import closest
from wscli.loader.units import (
    parse_codes,
    parse_duration,
    parse_interval,
    parse_size,
    parse_span,
)
from wscli.loader.yaml_builder import key_path
from wscli.loader.yaml_tree import Tree
from wscli.messages.match import PatternError, compile_match
from wscli.model.profile import Origin
from wscli.templates import compile_template, compile_url
from wscli.templates.syntax import Root

_Path = tuple[str | int, ...]
_SUFFIXES: Final = ("_file", "_cmd")  # --X-file and --X-cmd give a secret option X
_ROOTS: Final = {Root.ELEMENT: "${.…}", Root.MESSAGE: "${$.…}", Root.ITEM: "${item}"}
_OF_A_MESSAGE: Final = frozenset({Root.ELEMENT, Root.MESSAGE})


def meaning_problems(tree: Tree, origin: Origin, own: Mapping[str, Any]) -> list[Problem]:
    """Give everything that does not make sense. ``own``: the options that the file itself
    declares, where the tree is laid over another profile.
    """
    return [*_Checker(tree, origin, own).problems(), *example_problems(tree)]


def mapping(value: Any) -> Mapping[str, Any]:
    """Give the value where it is a mapping, else an empty one: its shape is told elsewhere."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Give the value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def _named(value: Any) -> list[str]:
    """Give the names of a name or a list of names."""
    return [item for item in (value if isinstance(value, list) else [value]) if type(item) is str]


class _Checker:
    """Walks one profile; each method yields the problems of its part."""

    def __init__(self, tree: Tree, origin: Origin, own: Mapping[str, Any]) -> None:
        self._tree = tree
        self._own = own
        self._origin = origin
        self._data = mapping(tree.data)
        self._options = mapping(self._data.get("options"))
        self._messages = mapping(self._data.get("messages"))
        self._names = set(self._options)
        for rule in self._messages.values():
            self._names.update(mapping(mapping(rule).get("capture")))

    def problems(self) -> Iterator[Problem]:
        yield from self._check_options()
        yield from self._check_connect()
        if "extends" not in self._data and "connect" not in self._data:
            yield self._problem((), '"connect" is missing.', "It says where to connect.")
        for index, source in enumerate(_named(self._data.get("discriminator"))):
            many = isinstance(self._data["discriminator"], list)
            path: _Path = ("discriminator", index) if many else ("discriminator",)
            yield from self._expression(source, path, names=())
        for name, rule in self._messages.items():
            yield from self._check_message(mapping(rule), ("messages", name))
        for index, step in enumerate(listed(self._data.get("session"))):
            yield from self._check_step(mapping(step), ("session", index))
        yield from self._check_tables()
        yield from self._check_keepalive(mapping(self._data.get("keepalive")))
        yield from self._check_reconnect(mapping(self._data.get("reconnect")))

    # --- the parts -----------------------------------------------------------------------------

    def _check_options(self) -> Iterator[Problem]:
        for name, data in self._options.items():
            path: _Path = ("options", name)
            option = mapping(data)
            base = next((name[: -len(end)] for end in _SUFFIXES if name.endswith(end)), None)
            if name in COMMON_OPTIONS:
                yield self._problem(
                    path, f'"{name}" is an option of every profile.', "Choose another name."
                )
            elif base in self._options:
                what = f'"{name}" would be taken for a way to give "{base}".'
                yield self._problem(path, what, "Choose another name.")
            if name in self._own:
                yield from self._check_env(option.get("env"), (*path, "env"))
            default, choices = option.get("default"), option.get("choices")
            if isinstance(choices, dict | list) and default is not None:
                for value in default if isinstance(default, list) else [default]:
                    if str(value) not in choices:
                        what = f'the default "{value}" is none of the choices.'
                        yield self._problem((*path, "default"), what, closest(str(value), choices))

    def _check_env(self, variable: Any, path: _Path) -> Iterator[Problem]:
        name = self._data.get("name")
        if not isinstance(variable, str) or not isinstance(name, str):
            return
        own = name.upper().replace("-", "_") + "_"
        bundled = self._origin is Origin.BUNDLED and variable.startswith(own)
        if not variable.startswith("WSCLI_" + own) and not bundled:
            yield self._problem(
                path,
                f"a profile may not read {variable}: it may belong to another program.",
                f"Begin it with WSCLI_{own}.",
            )

    def _check_connect(self) -> Iterator[Problem]:
        connect = mapping(self._data.get("connect"))
        url = connect.get("url")
        if isinstance(url, str):
            yield from self._template(url, ("connect", "url"), compile_url)
        for part in ("query", "headers", "origin"):
            if part in connect:
                yield from self._template(connect[part], ("connect", part))
        size = mapping(connect.get("limits")).get("receive")
        if size is not None:
            yield from self._unit(parse_size, size, ("connect", "limits", "receive"))

    def _check_message(self, rule: Mapping[str, Any], path: _Path) -> Iterator[Problem]:
        if "match" in rule:
            yield from self._pattern(rule["match"], (*path, "match"))
        elif not self._data.get("discriminator"):
            yield self._problem(
                path,
                "it cannot be recognised: there is no discriminator and it has no match.",
                "Say where a message names its type, or give the message a match.",
            )
        if "where" in rule:
            yield from self._template(rule["where"], (*path, "where"), names=self._options)
            yield from self._pattern(rule["where"], (*path, "where"))
        if isinstance(rule.get("time"), str):
            yield from self._expression(rule["time"], (*path, "time"), names=())
        for name, source in mapping(rule.get("capture")).items():
            if name in self._options:
                what = f'"{name}" is an option already.'
                yield self._problem((*path, "capture", name), what, "Choose another name.")
            yield from self._expression(source, (*path, "capture", name))
        yield from self._check_problem(rule.get("problem"), (*path, "problem"))
        if "reply" in rule:
            yield from self._template(rule["reply"], (*path, "reply"), roots=_OF_A_MESSAGE)
        if "wait" in rule:
            yield from self._unit(parse_span, rule["wait"], (*path, "wait"))
        yield from self._check_rows(mapping(rule.get("rows")), (*path, "rows"))

    def _check_problem(self, problem: Any, path: _Path) -> Iterator[Problem]:
        if isinstance(problem, str):
            yield from self._expression(problem, path)
        for key in ("when", "each"):
            if key in mapping(problem):
                yield from self._expression(problem[key], (*path, key))
        if isinstance(mapping(problem).get("text"), str):
            yield from self._template(problem["text"], (*path, "text"), roots=_OF_A_MESSAGE)

    def _check_rows(self, rows: Mapping[str, Any], path: _Path) -> Iterator[Problem]:
        table, columns = rows.get("table"), mapping(rows.get("set"))
        tables = mapping(self._data.get("tables"))
        if isinstance(table, str) and table not in tables:
            remedy = closest(table, tables) or f"Describe it under tables: {table}."
            yield self._problem((*path, "table"), f'there is no table "{table}".', remedy)
        key = mapping(tables.get(table)).get("key") if isinstance(table, str) else None
        if columns and isinstance(key, str) and key not in columns:
            what = f'the column "{key}" is missing, by which the rows of {table} are told apart.'
            yield self._problem((*path, "set"), what, f"Set {key} as well.")
        if rows.get("do") in ("upsert", "delete") and key is None and table in tables:
            what = f"{rows['do']} needs a table with a key."
            yield self._problem((*path, "do"), what, f"Give tables.{table} a key.")
        if "each" in rows:
            yield from self._expression(rows["each"], (*path, "each"))
        for name, source in columns.items():
            yield from self._expression(source, (*path, "set", name))

    def _check_step(self, step: Mapping[str, Any], path: _Path) -> Iterator[Problem]:
        yield from self._messages_exist(step.get("expect"), (*path, "expect"))
        ack = mapping(step.get("ack"))
        yield from self._messages_exist(ack.get("message"), (*path, "ack", "message"))
        for key in ("require", "when"):
            if key in step:
                yield from self._expression(step[key], (*path, key))
        if "send" in step:
            yield from self._template(step["send"], (*path, "send"))
        for answer, sent in mapping(ack.get("same")).items():
            yield from self._expression(answer, (*path, "ack", "same", answer))
            yield from self._expression(sent, (*path, "ack", "same", answer))
        for part, within in ((step, (*path, "within")), (ack, (*path, "ack", "within"))):
            if "within" in part:
                yield from self._unit(parse_span, part["within"], within)

    def _check_tables(self) -> Iterator[Problem]:
        fed: dict[str, set[str]] = {}
        for rule in self._messages.values():
            rows = mapping(mapping(rule).get("rows"))
            fed.setdefault(str(rows.get("table")), set()).update(mapping(rows.get("set")))
        for name, data in mapping(self._data.get("tables")).items():
            table, path = mapping(data), ("tables", name)
            columns = fed.get(name)
            if columns is None:
                what = "no message has rows for it."
                yield self._problem(path, what, f"Give a message rows: {{table: {name}, …}}.")
                continue
            used = {"key": table.get("key"), "sort": table.get("sort")}
            for key, column in used.items():
                if isinstance(column, str) and column.removeprefix("-") not in columns:
                    yield self._no_column(column.removeprefix("-"), columns, (*path, key))
            for column in mapping(table.get("columns")):
                if column not in columns:
                    yield self._no_column(column, columns, (*path, "columns", column))

    def _check_keepalive(self, keepalive: Mapping[str, Any]) -> Iterator[Problem]:
        path: _Path = ("keepalive",)
        ping = mapping(keepalive.get("ping"))
        yield from self._messages_exist(ping.get("expect"), (*path, "ping", "expect"))
        if "send" in ping:
            yield from self._template(ping["send"], (*path, "ping", "send"))
        for key in ("every", "within"):
            if key in ping:
                yield from self._unit(parse_interval, ping[key], (*path, "ping", key))
        for key in ("silence", "data_silence"):
            if key in keepalive:
                yield from self._unit(parse_interval, keepalive[key], (*path, key))

    def _check_reconnect(self, reconnect: Mapping[str, Any]) -> Iterator[Problem]:
        for index, value in enumerate(listed(reconnect.get("backoff"))):
            yield from self._unit(parse_interval, value, ("reconnect", "backoff", index))
        if "settle" in reconnect:
            yield from self._unit(parse_duration, reconnect["settle"], ("reconnect", "settle"))
        for part, key in (("on_close", "code"), ("on_http", "status")):
            for index, data in enumerate(listed(reconnect.get(part))):
                rule, path = mapping(data), ("reconnect", part, index)
                if key in rule:
                    yield from self._unit(parse_codes, rule[key], (*path, key))
                if "wait" in rule:
                    yield from self._unit(parse_span, rule["wait"], (*path, "wait"))

    # --- single things -------------------------------------------------------------------------

    def _problem(self, path: _Path, what: str, remedy: str = "") -> Problem:
        return Problem(self._tree.line(path), key_path(path), what, remedy)

    def _no_column(self, column: str, columns: set[str], path: _Path) -> Problem:
        remedy = closest(column, columns) or f"There are {', '.join(sorted(columns))}."
        return self._problem(path, f'no message sets a column "{column}".', remedy)

    def _messages_exist(self, names: Any, path: _Path) -> Iterator[Problem]:
        for name in _named(names) if names is not None else []:
            if name not in self._messages:
                remedy = closest(name, self._messages) or "Describe it under messages."
                yield self._problem(path, f'there is no message "{name}".', remedy)

    def _expression(
        self, source: Any, path: _Path, names: tuple[str, ...] | None = None
    ) -> Iterator[Problem]:
        if not isinstance(source, str):
            return
        try:
            compile_expression(source, self._names if names is None else names)
        except ExpressionError as error:
            yield self._problem(path, f"{error.text}.".replace("..", "."), error.hint or "")

    def _template(
        self,
        tree: Any,
        path: _Path,
        compiler: Callable[..., Any] = compile_template,
        roots: Collection[Root] = (),
        names: Collection[str] | None = None,
    ) -> Iterator[Problem]:
        try:
            compiled = compiler(tree, names=self._names if names is None else names)
        except TemplateError as error:
            yield self._problem(path, f"{error.text}.".replace("..", "."), error.hint or "")
            return
        for root in sorted(compiled.roots - set(roots), key=lambda each: each.name):
            what = f"{_ROOTS[root]} means nothing here."
            yield self._problem(path, what, "Use an option or a captured value.")

    def _pattern(self, pattern: Any, path: _Path) -> Iterator[Problem]:
        try:
            compile_match(_without_templates(pattern))
        except PatternError as error:
            yield self._problem(path, f"{error.text}.")

    def _unit(self, parse: Callable[[Any], Any], value: Any, path: _Path) -> Iterator[Problem]:
        try:
            parse(value)
        except (ValueError, TypeError) as error:
            yield self._problem(path, f"{error}.")


def _without_templates(pattern: Any) -> Any:
    """Give the pattern with a harmless value where an option is filled in."""
    if isinstance(pattern, dict):
        return {key: _without_templates(sub) for key, sub in pattern.items()}
    if isinstance(pattern, list):
        return [_without_templates(sub) for sub in pattern]
    if isinstance(pattern, str) and pattern.startswith("${"):
        return []
    return pattern
