"""From the YAML tree of a profile without mistakes to the typed Profile.

Everything here may assume the shape that profile.schema.json describes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wscli.loader.units import parse_codes, parse_duration, parse_size, parse_span
from wscli.model.lengths import Span
from wscli.model.message import MISSING, Role
from wscli.model.options import Option, OptionType
from wscli.model.profile import (
    About,
    Ack,
    CloseRule,
    Column,
    ColumnFormat,
    Connect,
    Keepalive,
    MessageRule,
    MiB,
    Origin,
    PingRule,
    ProblemRule,
    Profile,
    Reconnect,
    RowAction,
    Rows,
    Simulate,
    StatusRule,
    Step,
    Table,
    Then,
)

_TEN_SECONDS = Span(10.0, 10.0)


def build_profile(data: Mapping[str, Any], source: str, origin: Origin) -> Profile:
    """Give the typed profile."""
    messages = tuple(_message(name, rule) for name, rule in data.get("messages", {}).items())
    return Profile(
        name=data["name"],
        source=source,
        origin=origin,
        about=About(**data.get("about", {})),
        options=tuple(_option(name, option) for name, option in data.get("options", {}).items()),
        connect=_connect(data["connect"]),
        discriminator=tuple(_listed(data.get("discriminator", []))),
        messages=messages,
        session=tuple(_step(step) for step in data.get("session", [])),
        tables=_tables(data.get("tables", {}), messages),
        keepalive=_keepalive(data.get("keepalive", {})),
        reconnect=_reconnect(data.get("reconnect", {})),
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
        choices = {choice: choice for choice in choices}
    return Option(
        name=name,
        type=OptionType(data.get("type", "string")),
        required=data.get("required", False),
        default=data.get("default"),
        choices=choices,
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
        receive_limit=parse_size(limits.get("receive", 16 * MiB)),
        connection_limit=limits.get("connections"),
    )


def _message(name: str, data: Mapping[str, Any]) -> MessageRule:
    return MessageRule(
        name=name,
        role=Role(data.get("role", "data")),
        match=data.get("match", MISSING),
        schema=data.get("schema"),
        where=data.get("where", MISSING),
        time=data.get("time"),
        capture=data.get("capture", {}),
        problem=_problem(data.get("problem")),
        reply=data.get("reply", MISSING),
        then=Then(data["then"]) if "then" in data else None,
        wait=_span(data.get("wait")),
        rows=_rows(data.get("rows")),
        examples=tuple(data["examples"]),
    )


def _problem(data: Any) -> ProblemRule | None:
    if data is None:
        return None
    return ProblemRule(path=data) if isinstance(data, str) else ProblemRule(**data)


def _rows(data: Mapping[str, Any] | None) -> Rows | None:
    if data is None:
        return None
    action = RowAction(data["do"]) if "do" in data else None
    return Rows(table=data["table"], set=data["set"], each=data.get("each"), do=action)


def _step(data: Mapping[str, Any]) -> Step:
    ack = data.get("ack")
    return Step(
        expect=tuple(_listed(data.get("expect", []))),
        within=_span(data.get("within")) or _TEN_SECONDS,
        require=data.get("require"),
        send=data.get("send", MISSING),
        when=data.get("when"),
        ack=None if ack is None else _ack(ack),
    )


def _ack(data: Mapping[str, Any]) -> Ack:
    return Ack(
        messages=tuple(_listed(data["message"])),
        within=_span(data.get("within")) or _TEN_SECONDS,
        same=data.get("same", {}),
    )


def _keepalive(data: Mapping[str, Any]) -> Keepalive:
    ping = data.get("ping")
    return Keepalive(
        ping=None if ping is None else _ping(ping),
        silence=_span(data.get("silence")),
        data_silence=_span(data.get("data_silence")),
    )


def _ping(data: Mapping[str, Any]) -> PingRule:
    return PingRule(
        every=parse_span(data["every"]),
        within=_span(data.get("within")) or _TEN_SECONDS,
        send=data.get("send", MISSING),
        expect=tuple(_listed(data.get("expect", []))),
        idle=data.get("idle", False),
    )


def _reconnect(data: Mapping[str, Any]) -> Reconnect:
    plain = Reconnect()
    backoff = tuple(parse_span(value) for value in data.get("backoff", ()))
    settle = data.get("settle")
    return Reconnect(
        backoff=backoff or plain.backoff,
        settle=plain.settle if settle is None else parse_duration(settle),
        attempts=data.get("attempts"),
        on_close=tuple(_close_rule(rule) for rule in data.get("on_close", ())),
        on_http=tuple(_status_rule(rule) for rule in data.get("on_http", ())),
    )


def _close_rule(data: Mapping[str, Any]) -> CloseRule:
    return CloseRule(
        codes=parse_codes(data["code"]),
        reason=data.get("reason"),
        then=Then(data["then"]) if "then" in data else None,
        wait=_span(data.get("wait")),
        say=data.get("say", ""),
    )


def _status_rule(data: Mapping[str, Any]) -> StatusRule:
    return StatusRule(
        statuses=parse_codes(data["status"]),
        then=Then(data["then"]) if "then" in data else None,
        wait=_span(data.get("wait")),
        say=data.get("say", ""),
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
