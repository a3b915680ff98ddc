"""From the YAML tree of a profile without mistakes to the typed Profile.

Everything here may assume the shape that profile.schema.json describes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wscli.loader.build_session import (
    build_fetch,
    build_http,
    build_keepalive,
    build_reconnect,
    build_step,
)
from wscli.loader.merge import merge
from wscli.loader.told import parse_rate
from wscli.loader.units import parse_size, parse_span
from wscli.model.lengths import Span
from wscli.model.message import MISSING, Role
from wscli.model.options import Option, OptionType
from wscli.model.profile import (
    About,
    Codec,
    Connect,
    Frames,
    Gap,
    MessageRule,
    MiB,
    Origin,
    ProblemRule,
    Profile,
    Remembered,
    Resume,
    Sequence,
    Simulate,
    Split,
    Then,
)
from wscli.model.steps import Operation
from wscli.model.tables import Column, ColumnFormat, RowAction, Rows, Table


def build_profile(data: Mapping[str, Any], source: str, origin: Origin) -> Profile:
    """Give the typed profile."""
    messages = tuple(_message(name, rule) for name, rule in data.get("messages", {}).items())
    return Profile(
        name=data["name"],
        source=source,
        origin=origin,
        about=About(**data.get("about", {})),
        options=tuple(_option(name, option) for name, option in data.get("options", {}).items()),
        computed=data.get("computed", {}),
        bootstrap=tuple(build_http(step) for step in data.get("bootstrap", [])),
        connect=_connect(data["connect"]),
        frames=build_frames(data.get("frames")),
        discriminator=tuple(map(_key, _listed(data.get("discriminator", [])))),
        messages=messages,
        session=tuple(build_step(step) for step in data.get("session", [])),
        operations=tuple(
            Operation(name=name, **operation)
            for name, operation in data.get("operations", {}).items()
        ),
        tables=_tables(data.get("tables", {}), messages),
        keepalive=build_keepalive(data.get("keepalive", {})),
        reconnect=build_reconnect(data.get("reconnect", {})),
        resume=_resume(data.get("resume", {}), data["connect"]),
        history=build_fetch(data.get("history")),
        catalog=build_fetch(data.get("catalog")),
        simulate=Simulate(**data.get("simulate", {})),
        schemas=data.get("schemas", {}),
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _span(value: Any) -> Span | None:
    return None if value is None else parse_span(value)


def _option(name: str, data: Mapping[str, Any]) -> Option:
    choices = data.get("choices", {})
    if isinstance(choices, list):
        choices = {str(choice): choice for choice in choices}
    return Option(
        name=name,
        type=OptionType(data.get("type", "string")),
        required=data.get("required", False),
        default=data.get("default"),
        choices=choices,
        selector="of" in data,
        secret=data.get("secret", False),
        env=data.get("env", ""),
        help=data.get("help", ""),
        examples=tuple(data.get("examples", ())),
    )


def _connect(data: Mapping[str, Any]) -> Connect:
    limits = data.get("limits", {})
    return Connect(
        url=data["url"],
        query=data.get("query", {}),
        headers=data.get("headers", {}),
        origin=data.get("origin"),
        subprotocols=tuple(data.get("subprotocols", ())),
        deflate=data.get("deflate", True),
        trust=tuple(data.get("trust", ())),
        receive_limit=parse_size(limits.get("receive", 16 * MiB)),
        send_limit=parse_rate(limits["send"]) if "send" in limits else None,
        connection_limit=limits.get("connections"),
    )


def build_frames(data: Any) -> Frames:
    """Give the pipelines; a plain list is what happens to frames that come."""
    if data is None:
        return Frames()
    parts = {"receive": data} if isinstance(data, list) else data
    return Frames(**{way: tuple(map(_codec, stages)) for way, stages in parts.items()})


def _codec(data: Any) -> Codec:
    if isinstance(data, str):
        return Codec(data)
    ((name, argument),) = data.items()
    if name == "lines":
        return Codec(name, argument["split"])
    return Codec(name, tuple(argument["names"])) if name == "array" else Codec(name, argument)


def _key(data: Any) -> str | Remembered:
    return data if isinstance(data, str) else Remembered(data["remembered"])


def _message(name: str, data: Mapping[str, Any]) -> MessageRule:
    return MessageRule(
        name=name,
        role=Role(data.get("role", "data")),
        match=data.get("match", MISSING),
        parse=tuple(data.get("parse", ())),
        split=_split(data.get("split")),
        schema=data.get("schema"),
        where=data.get("where", MISSING),
        time=data.get("time"),
        sequence=_sequence(data.get("sequence")),
        capture=data.get("capture", {}),
        accepted=data.get("accepted"),
        problem=_problem(data.get("problem")),
        reply=data.get("reply", MISSING),
        then=Then(data["then"]) if "then" in data else None,
        to=data.get("to"),
        wait=_span(data.get("wait")),
        rows=_rows(data.get("rows")),
        examples=tuple(data["examples"]),
    )


def _split(data: Any) -> Split | None:
    return None if data is None else Split(data["each"], data.get("as", MISSING))


def _sequence(data: Any) -> Sequence | None:
    if data is None:
        return None
    return Sequence(
        at=data["at"],
        first=data.get("from"),
        per=data.get("per"),
        step=data.get("step", 1),
        gap=Gap(data.get("gap", "warn")),
    )


def _problem(data: Any) -> ProblemRule | None:
    if data is None:
        return None
    return ProblemRule(path=data) if isinstance(data, str) else ProblemRule(**data)


def _rows(data: Mapping[str, Any] | None) -> Rows | None:
    if data is None:
        return None
    action = RowAction(data["do"]) if "do" in data else None
    return Rows(
        table=data["table"],
        set=data["set"],
        each=data.get("each"),
        do=action,
        on=data.get("on"),
        fold=data.get("fold", False),
    )


def _resume(data: Mapping[str, Any], connect: Mapping[str, Any]) -> Resume:
    session = data.get("session")
    return Resume(
        keep=tuple(data.get("keep", ())),
        connect=_connect(merge(connect, data["connect"])) if "connect" in data else None,
        session=None if session is None else tuple(build_step(step) for step in session),
        backfill=build_fetch(data.get("backfill")),
        dedupe=tuple(_listed(data.get("dedupe", []))),
    )


def _tables(data: Mapping[str, Any], messages: tuple[MessageRule, ...]) -> tuple[Table, ...]:
    """Give the tables; their columns are those that messages set, in the order they are set."""
    return tuple(_table(name, table, columns_of(name, messages)) for name, table in data.items())


def columns_of(table: str, messages: tuple[MessageRule, ...]) -> list[str]:
    """Give the columns of a table: what the rules that feed it set, in order."""
    names: dict[str, None] = {}
    for rule in messages:
        if rule.rows is not None and rule.rows.table == table:
            names.update(dict.fromkeys(rule.rows.set))
    return list(names)


def _table(name: str, data: Mapping[str, Any], columns: list[str]) -> Table:
    looks = data.get("columns", {})
    sort = data.get("sort")
    return Table(
        name=name,
        columns=tuple(_column(column, looks.get(column, {})) for column in columns),
        key=data.get("key"),
        sort=None if sort is None else sort.removeprefix("-"),
        descending=sort is not None and sort.startswith("-"),
        limit=data.get("limit", 500),
        where=data.get("where", MISSING),
    )


def _column(name: str, data: Mapping[str, Any]) -> Column:
    style = data.get("style", {})
    return Column(
        name=name,
        hide=data.get("hide", False),
        format=ColumnFormat(data["format"]) if "format" in data else None,
        style={} if style == "sign" else style,
        by_sign=style == "sign",
    )
