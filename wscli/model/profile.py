"""A profile: what wscli knows about one provider's stream, checked and typed.

Expressions are jq sources and templates are trees with ``${...}`` in their leaves; both were
compiled once by the loader, so compiling them again where they are used cannot fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, Final

from wscli.model.frozen import frozen
from wscli.model.keepalive import Keepalive
from wscli.model.lengths import Span, ToldPart
from wscli.model.message import MISSING, Role
from wscli.model.options import Option
from wscli.model.requests import Fetch, HttpStep
from wscli.model.steps import Operation, Step
from wscli.model.tables import Expression, Rows, Table

MiB: Final = 1024 * 1024


@frozen
class About:
    """What a person should know of the provider."""

    title: str = ""
    docs: str = ""
    checked: str = ""
    caution: str = ""


@frozen
class Rate:
    """So many in so many seconds."""

    count: int
    seconds: float


@frozen
class Connect:
    """The opening handshake: templates for URL, query and headers.

    ``trust``: globs for further hosts that captured URLs may lead to and secrets may go to;
    ``deflate``: whether permessage-deflate may be offered.
    """

    url: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    origin: str | None = None
    subprotocols: tuple[str, ...] = ()
    deflate: bool = True
    trust: tuple[str, ...] = ()
    receive_limit: int = 16 * MiB
    send_limit: Rate | None = None
    connection_limit: int | None = None


@frozen
class Codec:
    """One stage of a frame's way in or out. ``argument``: what the profile says beside its name:
    the separator of ``lines``, the ``names`` of ``array``, the text of ``append``.
    """

    name: str
    argument: Any = None


@frozen
class Frames:
    """How frames become JSON values, and values frames."""

    receive: tuple[Codec, ...] = (Codec("json"),)
    send: tuple[Codec, ...] = (Codec("json"),)


@frozen
class Remembered:
    """The part of a discriminator that asks what a step of the session remembered for a value."""

    path: Expression


class Then(StrEnum):
    """What a message, a close or an HTTP status means for the connection."""

    IGNORE = "ignore"
    STOP = "stop"
    REFUSED = "refused"
    RENEW = "renew"
    RECONNECT = "reconnect"
    RECONNECT_NOW = "reconnect_now"
    RESTART = "restart"
    MOVE = "move"


@frozen
class ProblemRule:
    """Where a message says what is wrong: a path, or a text for each result of ``each``."""

    path: Expression | None = None
    when: Expression | None = None
    each: Expression | None = None
    text: str | None = None


@frozen
class Split:
    """A message that stands for several: an expression for its elements, and a template that makes
    a message of each (``${.}`` is the element, ``${$.x}`` from the whole), MISSING where the
    element is one.
    """

    each: Expression
    shape: Any = MISSING


class Gap(StrEnum):
    """What a missing number in a sequence leads to."""

    WARN = "warn"
    RECONNECT = "reconnect"
    BACKFILL = "backfill"


@frozen
class Sequence:
    """Where messages are numbered without gaps. ``at``: the number, the last one of a range where
    ``first`` is its first; ``per``: what has a numbering of its own; ``step``: from one number to
    the next.
    """

    at: Expression
    first: Expression | None = None
    per: Expression | None = None
    step: int = 1
    gap: Gap = Gap.WARN


@frozen
class MessageRule:
    """One kind of message. Without ``match`` it is recognised by the discriminator's value.

    ``where`` is a pattern with templates in it, ``match`` one without. ``parse``: paths where a
    string that is JSON is replaced by what it says. ``accepted``: what an acknowledgement grants,
    one result each. ``to``: the URL of the next connection, a template, with Then.MOVE.
    """

    name: str
    role: Role = Role.DATA
    match: Any = MISSING
    parse: tuple[Expression, ...] = ()
    split: Split | None = None
    schema: Any = None
    where: Any = MISSING
    time: Expression | None = None
    sequence: Sequence | None = None
    capture: Mapping[str, Expression] = field(default_factory=dict)
    accepted: Expression | None = None
    problem: ProblemRule | None = None
    reply: Any = MISSING
    then: Then | None = None
    to: str | None = None
    wait: Span | None = None
    rows: Rows | None = None
    examples: tuple[Any, ...] = ()


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
    ``told``: a list of numbers that the provider tells, in place of ``backoff`` once it is known.
    ``settle``: so long in good health and the list starts again. ``max_age``: a connection that is
    so old is replaced by a new one.
    """

    backoff: tuple[Span, ...] = _seconds(1, 2, 4, 8, 16, 30)
    told: ToldPart | None = None
    settle: float = 60.0
    attempts: int | None = None
    max_age: float | None = None
    on_close: tuple[CloseRule, ...] = ()
    on_http: tuple[StatusRule, ...] = ()


@frozen
class Resume:
    """What follows a drop. ``keep``: captured values that survive it; once all of them are set,
    ``connect`` (the profile's own with changes) and ``session`` hold instead of the profile's.
    ``dedupe``: paths to what tells messages apart.
    """

    keep: tuple[str, ...] = ()
    connect: Connect | None = None
    session: tuple[Step, ...] | None = None
    backfill: Fetch | None = None
    dedupe: tuple[Expression, ...] = ()


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
    computed: Mapping[str, Any] = field(default_factory=dict)
    bootstrap: tuple[HttpStep, ...] = ()
    frames: Frames = Frames()
    discriminator: tuple[Expression | Remembered, ...] = ()
    messages: tuple[MessageRule, ...] = ()
    session: tuple[Step, ...] = ()
    operations: tuple[Operation, ...] = ()
    tables: tuple[Table, ...] = ()
    keepalive: Keepalive = Keepalive()
    reconnect: Reconnect = Reconnect()
    resume: Resume = Resume()
    history: Fetch | None = None
    catalog: Fetch | None = None
    simulate: Simulate = Simulate()
    schemas: Mapping[str, Any] = field(default_factory=dict)

    def rule(self, name: str) -> MessageRule:
        """Give the rule of that name; KeyError where there is none."""
        for rule in self.messages:
            if rule.name == name:
                return rule
        raise KeyError(name)
