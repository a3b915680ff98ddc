"""What reporters are given in tests: a profile, tables, and outlets that keep what is written."""

from __future__ import annotations

import json
from typing import Any

import pyte

from wscli.inspection.statistics import Statistics
from wscli.model.instant import Instant
from wscli.model.message import MISSING, Message, MessageOrigin
from wscli.model.profile import About, Connect, MessageRule, Profile
from wscli.model.record import MessageRecord, RowsRecord, StateEvent, StateRecord, Violation
from wscli.model.tables import Column, ColumnFormat, Expression, Rows, Table
from wscli.output.base import Stage
from wscli.tables.tables import Tables

NOON = 1_780_000_000.0  # POSIX seconds at which the tests' runs start

PEGS = Table(
    "pegs",
    (
        Column("asset"),
        Column("state", style={"DRIFT": "yellow", "DEPEG": "bold red"}),
        Column("discount", format=ColumnFormat.PERCENT, by_sign=True),
        Column("note"),
        Column("age", format=ColumnFormat.AGO),
        Column("secret", hide=True),
    ),
    key="asset",
    sort="asset",
)
EVENTS = Table("events", (Column("id"), Column("text")))

PROFILE = Profile(
    "demo",
    Connect("wss://demo.example/ws"),
    about=About(caution="Quiet is normal."),
    messages=(
        MessageRule(
            "update",
            rows=Rows(
                "pegs", {column.name: Expression(f".{column.name}") for column in PEGS.columns}
            ),
        ),
        MessageRule(
            "event",
            rows=Rows(
                "events", {"id": Expression(".id"), "text": Expression(".text")}, Expression(".[]")
            ),
        ),
        MessageRule("plain"),
    ),
    tables=(PEGS, EVENTS),
)


class Kept:
    """An outlet that keeps what is written to it, write by write."""

    isatty = False

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def size(self) -> tuple[int, int]:
        return 80, 24

    @property
    def text(self) -> str:
        return b"".join(self.writes).decode()


class Terminal(Kept):
    """An outlet that is a terminal: what is written can be read from its screen."""

    isatty = True

    def __init__(self, columns: int = 100, rows: int = 24) -> None:
        super().__init__()
        self.screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.ByteStream(self.screen)

    def write(self, data: bytes) -> None:
        super().write(data)
        # A terminal turns a line feed into a new line, which the emulator leaves to its driver.
        self._stream.feed(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def size(self) -> tuple[int, int]:
        return self.screen.columns, self.screen.lines

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)

    @property
    def lines(self) -> list[str]:
        """The lines on the screen, without the empty ones at its end."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def cell(self, text: str) -> Any:
        """The first character of ``text`` on the screen, with its attributes."""
        for y, line in enumerate(self.screen.display):
            if text in line:
                return self.screen.buffer[y][line.index(text)]
        raise AssertionError(f"{text!r} is not on the screen: {self.lines}")


def at(second: float) -> Instant:
    """So many seconds after noon."""
    return Instant(1000.0 + second, NOON + second)


def stage(outlet: Kept, profile: Profile = PROFILE, **more: Any) -> Stage:
    statistics = Statistics(started=at(0))
    return Stage(outlet, profile, Tables(profile.tables, profile.messages), statistics, **more)


def message(
    value: Any,
    name: str = "update",
    *,
    second: float = 0.0,
    raw: bytes | None = None,
    violations: tuple[Violation, ...] = (),
    origin: MessageOrigin = MessageOrigin.LIVE,
) -> MessageRecord:
    """A message that is JSON, of the rule ``name``."""
    raw = json.dumps(value).encode() if raw is None else raw
    return MessageRecord(
        Message(raw, value, name, name, origin=origin),
        1,
        at(second),
        1,
        valid=not violations,
        violations=violations,
    )


def rows(value: Any, name: str = "update", *, second: float = 0.0) -> RowsRecord:
    """A message that is not shown and has rows."""
    return RowsRecord(message(value, name).message, at(second))


def no_json(raw: bytes, problem: str = "no JSON: Expecting value at character 1") -> MessageRecord:
    """A message that is no JSON."""
    return MessageRecord(Message(raw, MISSING, "", "", problem), 1, at(0), 1, valid=None)


def state(event: StateEvent, text: str, second: float = 0.0, **more: Any) -> StateRecord:
    return StateRecord(event, text, at(second), 1, **more)
