"""Profiles of every kind that the simulator plays, as values, and a stage to play them on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from wscli.messages.classify import Classifier
from wscli.model.instant import Instant
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.lengths import Span
from wscli.model.message import Role
from wscli.model.options import Option, OptionType
from wscli.model.profile import Connect, MessageRule, ProblemRule, Profile, Simulate, Then
from wscli.model.steps import Ack, Step
from wscli.model.tables import Column, Expression, RowAction, Rows, Table
from wscli.schemas.validate import compile_schema
from wscli.simulator.admission import Refusal
from wscli.simulator.play import Out, Play, SendText
from wscli.simulator.world import World

WALL = 1_795_000_000.0  # 2026-11-18T11:06:40Z


def e(source: str) -> Expression:
    return Expression(source)


def seconds(value: float) -> Span:
    return Span(value, value)


def columns(**sources: str) -> dict[str, Expression]:
    return {name: e(source) for name, source in sources.items()}


STATES = ("PEGGED", "DRIFT", "DEPEG")

quiet = Profile(
    name="quiet",
    connect=Connect(url="${server}/v1/ws", origin="https://quiet.test"),
    options=(
        Option("asset", OptionType.LIST, examples=("aaSOL", "bbSOL")),
        Option("server"),
    ),
    discriminator=(e(".op"),),
    messages=(
        MessageRule(
            "update",
            where={"asset": {"$in": "${asset?}"}},
            time=e(".payload.ts"),
            schema={
                "type": "object",
                "required": ["op", "asset", "payload"],
                "properties": {
                    "asset": {"type": "string", "minLength": 1},
                    "payload": {
                        "type": "object",
                        "required": ["state", "ts"],
                        "properties": {"discount": {"$ref": "#/schemas/Decimal"}},
                    },
                },
            },
            rows=Rows(
                "pegs",
                columns(asset=".asset", state=".payload.state", was=".payload.previous_state"),
            ),
            examples=(
                {
                    "op": "update",
                    "asset": "aaSOL",
                    "payload": {
                        "state": "DRIFT",
                        "previous_state": "PEGGED",
                        "discount": "-0.0034",
                        "market_usd": "212.69",
                        "ts": "2026-05-26T14:32:11Z",
                    },
                },
            ),
        ),
        MessageRule(
            "heartbeat",
            Role.HEARTBEAT,
            examples=({"op": "heartbeat", "ts": "2026-05-26T14:32:16Z"},),
        ),
        MessageRule("pong", Role.HEARTBEAT, examples=({"op": "pong"},)),
        MessageRule(
            "error",
            Role.ERROR,
            problem=ProblemRule(path=e(".msg")),
            then=Then.IGNORE,
            examples=({"op": "error", "msg": "malformed frame"},),
        ),
    ),
    session=(Step(send={"op": "subscribe", "assets": "${asset}"}, when=e("$asset")),),
    tables=(
        Table(
            "pegs",
            (
                Column("state", style=dict.fromkeys(STATES, "green")),
                Column("was", style=dict.fromkeys(STATES, "dim")),
                Column("asset"),
            ),
            key="asset",
        ),
    ),
    keepalive=Keepalive(silence=seconds(15)),
    simulate=Simulate(rate=2, keys=5),
    schemas={"Decimal": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}},
)
"""A heartbeat, quiet data by key, nothing that must be said."""

subscribing = Profile(
    name="subscribing",
    connect=Connect(url="${env}", query={"token": "${token?}"}),
    options=(
        Option("env"),
        Option("token"),
        Option("topic", OptionType.LIST),
        Option("orders", OptionType.BOOLEAN),
    ),
    discriminator=(e(".type"), e(".topic")),
    messages=(
        MessageRule(
            "anonymous",
            Role.CONTROL,
            match={"type": "welcome", "userId": None},
            problem=ProblemRule(when=e("$token"), text="The token was not accepted"),
            examples=({"type": "welcome", "userId": None},),
        ),
        MessageRule(
            "welcome",
            Role.CONTROL,
            capture={"user_id": e(".userId")},
            examples=({"type": "welcome", "userId": "did:abc"},),
        ),
        MessageRule(
            "subscribed",
            Role.ACK,
            problem=ProblemRule(each=e(".rejected[]"), text="${.reason}"),
            examples=(
                {"type": "subscribed", "topics": [], "rejected": [{"reason": "forbidden"}]},
                {"type": "subscribed", "topics": ["prices:x"], "id": 1},
            ),
        ),
        MessageRule(
            "connection_limit",
            Role.ERROR,
            match={"type": "error", "code": "connection_limit"},
            then=Then.RECONNECT,
            examples=({"type": "error", "code": "connection_limit"},),
        ),
        MessageRule(
            "prices:*",
            match={"topic": {"$glob": "prices:*"}},
            rows=Rows("prices", columns(topic=".topic", price=".data.price")),
            examples=(
                {"topic": "prices:x", "data": {"price": 0.61, "ask": 0.62, "ts": 1764000000000}},
            ),
        ),
    ),
    session=(
        Step(expect=("anonymous", "welcome")),
        Step(
            send={"action": "subscribe", "topics": "${topic}", "id": 1},
            when=e("$topic"),
            ack=Ack(("subscribed",), seconds(10), {e(".topics"): e(".topics"), e(".id"): e(".id")}),
        ),
        Step(
            send={"action": "subscribe", "topics": ["orders:${user_id}"]},
            when=e("$orders and $user_id"),
            ack=Ack(("subscribed",), seconds(10)),
        ),
    ),
    tables=(Table("prices", (Column("price"),), key="topic"),),
)
"""A hello, then subscriptions that are acknowledged."""

pinged = Profile(
    name="pinged",
    connect=Connect(url="wss://pinged.test/ws/fast", query={"token": "${api_key}"}),
    options=(
        Option("api_key", required=True),
        Option("symbols", OptionType.LIST),
    ),
    discriminator=(e(".type"),),
    messages=(
        MessageRule(
            "HELLO",
            Role.CONTROL,
            examples=(
                {"type": "HELLO", "payload": {"tier": "FREE"}},
                {"type": "HELLO", "payload": {"tier": "PULSE", "at": "2026-03-17T10:30:00.123Z"}},
            ),
        ),
        MessageRule("SNAPSHOT", Role.SNAPSHOT, examples=({"type": "SNAPSHOT", "payload": []},)),
        MessageRule(
            "EVENT",
            where={"payload": {"symbol": {"$in": "${symbols?}"}}},
            capture={"last_id": e(".payload.id")},
            schema={
                "properties": {
                    "payload": {
                        "required": ["id", "priority", "confidence"],
                        "properties": {
                            "id": {"type": "integer"},
                            "priority": {"enum": ["P0", "P1", "P2"]},
                            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                        },
                    }
                }
            },
            rows=Rows("events", columns(id=".payload.id", symbol=".payload.symbol")),
            examples=(
                {
                    "type": "EVENT",
                    "payload": {
                        "id": 12346,
                        "priority": "P0",
                        "symbol": "BTCUSDT",
                        "confidence": 0.99,
                        "chain_id": 137,
                        "data": {"price": 98500, "side": "LONG"},
                        "detected_at": "2026-03-17T10:30:45Z",
                    },
                },
            ),
        ),
        MessageRule("PONG", Role.HEARTBEAT, examples=({"type": "PONG"},)),
    ),
    session=(Step(expect=("HELLO",), require=e('.payload.tier != "FREE"')),),
    tables=(Table("events", (Column("id"), Column("symbol"))),),
    keepalive=Keepalive(
        ping=PingRule(seconds(30), seconds(10), send={"type": "PING"}, expect=("PONG",))
    ),
    simulate=Simulate(rate=5),
)
"""The client pings; a key in the query; rising ids; rows that scroll."""

POSITION = {"id": "pos-1", "address": "DezX", "price": 2.5e-06, "pnl": -1.25, "dca": 2}

pinging = Profile(
    name="pinging",
    connect=Connect(url="ws://localhost:4000/ws", headers={"X-Agent": "${agent}"}),
    options=(Option("agent", required=True),),
    discriminator=(e(".data.kind"), e(".type")),
    messages=(
        MessageRule(
            "state",
            Role.SNAPSHOT,
            rows=Rows("positions", columns(id=".id", price=".price"), each=e(".data.positions[]")),
            examples=(
                {"type": "state", "data": {"positions": [POSITION, {**POSITION, "id": "pos-2"}]}},
            ),
        ),
        MessageRule(
            "updated",
            rows=Rows("positions", columns(id=".id", price=".price"), each=e(".data.position")),
            examples=({"type": "position", "data": {"kind": "updated", "position": POSITION}},),
        ),
        MessageRule(
            "closed",
            rows=Rows("positions", columns(id=".data.id"), do=RowAction.DELETE),
            examples=({"type": "position", "data": {"kind": "closed", "id": "pos-1"}},),
        ),
        MessageRule(
            "ping",
            Role.HEARTBEAT,
            reply={"type": "pong", "timestamp": "${.timestamp}"},
            examples=({"type": "ping", "timestamp": "2025-01-20T10:30:00.000Z"},),
        ),
        MessageRule("pong", Role.HEARTBEAT, examples=({"type": "pong"},)),
    ),
    tables=(Table("positions", (Column("id"), Column("price")), key="id"),),
    keepalive=Keepalive(silence=seconds(6)),
    simulate=Simulate(rate=4, keys=3),
)
"""The server pings and wants a reply; a snapshot; several rules feed one table."""

NEEDED: dict[str, dict[str, Any]] = {
    "quiet": {"server": "https://api.quiet.test"},
    "subscribing": {"env": "wss://sub.test/ws"},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "quiet": {"asset": ["mine"], **NEEDED["quiet"]},
    "subscribing": {"topic": ["prices:mine"], **NEEDED["subscribing"]},
    "pinged": {"api_key": "k", "symbols": ["ETHUSDT"]},
    "pinging": {"agent": "a"},
}
PROFILES = {profile.name: profile for profile in (quiet, subscribing, pinged, pinging)}
PATHS = {"quiet": "/v1/ws", "subscribing": "/ws", "pinged": "/ws/fast", "pinging": "/ws"}


class Stage:
    """One play, told what happens on a clock that stands still until it is moved."""

    def __init__(
        self, profile: Profile, options: Mapping[str, Any] | None = None, seed: int = 0
    ) -> None:
        given = OPTIONS.get(profile.name, {}) if options is None else options
        given = {**NEEDED.get(profile.name, {}), **given}
        self.profile = profile
        self.world = World(profile, given, Random(seed))
        self.play = Play(self.world)
        self.at = 100.0

    @property
    def now(self) -> Instant:
        return Instant(self.at, WALL + self.at)

    def open(
        self,
        path: str | None = None,
        query: Mapping[str, list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[Any]:
        """Open where a client would, with what it would send along, and give what is said."""
        opened = self.try_open(path, query, headers)
        assert not isinstance(opened, Refusal), opened
        return values(opened)

    def try_open(
        self,
        path: str | None = None,
        query: Mapping[str, list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Refusal | list[Out]:
        path = PATHS.get(self.profile.name, "/") if path is None else path
        query = {"token": ["k"]} if query is None else query
        headers = {"x-agent": "a"} if headers is None else headers
        return self.play.opened(path, query, headers, self.now)

    def say(self, frame: Any) -> list[Any]:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        return values(self.play.received(text, self.now))

    def run(self, duration: float) -> list[tuple[float, Any]]:
        """Let time go by, from deadline to deadline; give what is said, and when."""
        begin, until = self.at, self.at + duration
        said: list[tuple[float, Any]] = []
        while self.play.deadline is not None and self.play.deadline <= until:
            self.at = max(self.at, self.play.deadline)
            said += [(self.at - begin, value) for value in values(self.play.tick(self.now))]
        self.at = until
        return said

    def messages(self, duration: float) -> list[Any]:
        return [value for _, value in self.run(duration)]

    def rule_of(self, value: Any) -> str:
        return Classifier(self.profile).name(value, b"")[1]


def values(outs: list[Out]) -> list[Any]:
    """What was sent: JSON values, and closes as they are."""
    return [json.loads(out.text) if isinstance(out, SendText) else out for out in outs]


def is_valid(profile: Profile, rule: str, value: Any) -> bool:
    schema = profile.rule(rule).schema
    return schema is None or compile_schema(schema, profile.schemas).is_valid(value)
