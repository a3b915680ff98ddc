"""A profile: what wscli knows about one provider's stream, checked and typed.

Expressions are jq sources and templates are trees with ``${...}`` in their leaves; both were
compiled once by the loader, so compiling them again where they are used cannot fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, Final, TypeAlias

from wscli.model.frozen import frozen
from wscli.model.message import MISSING, Role

Expression: TypeAlias = str
"""The source of an expression in the small part of jq that profiles speak."""

MiB: Final = 1024 * 1024


@frozen
class Span:
    """A length of time in seconds, drawn between both ends; equal ends are a fixed length."""

    least: float
    most: float

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to draw."""
        return self.least == self.most


@frozen
class About:
    """What a person should know of the provider."""

    title: str = ""
    docs: str = ""
    checked: str = ""
    caution: str = ""


class OptionType(StrEnum):
    """The types of an option's value."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DURATION = "duration"
    LIST = "list"


@frozen
class Option:
    """Something the user may give: ``--name`` on the command line, ``${name}`` in the profile.

    ``choices`` maps what the user types to the value it stands for; ``default`` is what the user
    would have typed.
    """

    name: str
    type: OptionType = OptionType.STRING
    required: bool = False
    default: Any = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    env: str = ""
    help: str = ""
    examples: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """How it is written on the command line."""
        return "--" + self.name.replace("_", "-")


@frozen
class Connect:
    """The opening handshake: templates for URL, query and headers."""

    url: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    origin: str | None = None
    subprotocols: tuple[str, ...] = ()
    receive_limit: int = 16 * MiB
    connection_limit: int | None = None


class Then(StrEnum):
    """What a message, a close or an HTTP status means for the connection."""

    IGNORE = "ignore"
    STOP = "stop"
    REFUSED = "refused"
    RECONNECT = "reconnect"
    RECONNECT_NOW = "reconnect_now"


class RowAction(StrEnum):
    """What a message does to the rows of a table."""

    UPSERT = "upsert"
    REPLACE = "replace"
    DELETE = "delete"
    APPEND = "append"


@frozen
class Rows:
    """How a message feeds a table: one row for each result of ``each``."""

    table: str
    set: Mapping[str, Expression]
    each: Expression | None = None
    do: RowAction | None = None


@frozen
class ProblemRule:
    """Where a message says what is wrong: a path, or a text for each result of ``each``."""

    path: Expression | None = None
    when: Expression | None = None
    each: Expression | None = None
    text: str | None = None


@frozen
class MessageRule:
    """One kind of message. Without ``match`` it is recognised by the discriminator's value.

    ``where`` is a pattern with templates in it, ``match`` one without.
    """

    name: str
    role: Role = Role.DATA
    match: Any = MISSING
    schema: Any = None
    where: Any = MISSING
    time: Expression | None = None
    capture: Mapping[str, Expression] = field(default_factory=dict)
    problem: ProblemRule | None = None
    reply: Any = MISSING
    then: Then | None = None
    wait: Span | None = None
    rows: Rows | None = None
    examples: tuple[Any, ...] = ()


@frozen
class Ack:
    """The message that answers a step's frame. ``same`` maps a path in the acknowledgement to the
    path in the frame that was sent whose value it must repeat.
    """

    messages: tuple[str, ...]
    within: Span
    same: Mapping[Expression, Expression] = field(default_factory=dict)


@frozen
class Step:
    """One step of the session, said on every connection: wait for a message, or send one."""

    expect: tuple[str, ...] = ()
    within: Span = Span(10.0, 10.0)
    require: Expression | None = None
    send: Any = MISSING
    when: Expression | None = None
    ack: Ack | None = None


@frozen
class PingRule:
    """How to see that the peer lives. Without ``send`` it is a WebSocket ping."""

    every: Span
    within: Span
    send: Any = MISSING
    expect: tuple[str, ...] = ()
    idle: bool = False


@frozen
class Keepalive:
    """``silence``: no frame at all for so long and the connection is dead; ``data_silence``: no
    data for so long is said, and the connection stays.
    """

    ping: PingRule | None = None
    silence: Span | None = None
    data_silence: Span | None = None


@frozen
class CloseRule:
    """What a close with one of ``codes`` (inclusive ranges) and a ``reason`` (a glob) means."""

    codes: tuple[tuple[int, int], ...]
    reason: str | None = None
    then: Then | None = None
    wait: Span | None = None
    say: str = ""


@frozen
class StatusRule:
    """What an HTTP status (inclusive ranges) in the opening handshake means."""

    statuses: tuple[tuple[int, int], ...]
    then: Then | None = None
    wait: Span | None = None
    say: str = ""


def _seconds(*values: float) -> tuple[Span, ...]:
    return tuple(Span(value, value) for value in values)


@frozen
class Reconnect:
    """How long to wait before the next attempt (the last value repeats), and when not to try.

    A fixed value d of ``backoff`` is drawn between d and 1.5 d, a range as it is written.
    ``settle``: so long in good health and the list starts again.
    """

    backoff: tuple[Span, ...] = _seconds(1, 2, 4, 8, 16, 30)
    settle: float = 60.0
    attempts: int | None = None
    on_close: tuple[CloseRule, ...] = ()
    on_http: tuple[StatusRule, ...] = ()


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
    and whether it descends.
    """

    name: str
    columns: tuple[Column, ...]
    key: str | None = None
    sort: str | None = None
    descending: bool = False
    limit: int = 500


@frozen
class Simulate:
    """Hints for the simulator: data messages a second, and how many different keys."""

    rate: float = 2.0
    keys: int = 8


class Origin(StrEnum):
    """Where a profile came from."""

    BUNDLED = "bundled"
    USER = "user"
    FILE = "file"
    URL = "url"


@frozen
class Profile:
    """Everything that one YAML file says. ``source`` is where it was read, for messages."""

    name: str
    connect: Connect
    source: str = ""
    origin: Origin = Origin.BUNDLED
    about: About = About()
    options: tuple[Option, ...] = ()
    discriminator: tuple[Expression, ...] = ()
    messages: tuple[MessageRule, ...] = ()
    session: tuple[Step, ...] = ()
    tables: tuple[Table, ...] = ()
    keepalive: Keepalive = Keepalive()
    reconnect: Reconnect = Reconnect()
    simulate: Simulate = Simulate()
    schemas: Mapping[str, Any] = field(default_factory=dict)

    def rule(self, name: str) -> MessageRule:
        """Give the rule of that name; KeyError where there is none."""
        for rule in self.messages:
            if rule.name == name:
                return rule
        raise KeyError(name)
