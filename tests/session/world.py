"""A provider with everything that a profile can say, and a world in which it is lived with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.session.conversation import make_profile, span
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.lengths import Told, ToldPart
from wscli.model.message import Role
from wscli.model.options import Option
from wscli.model.profile import (
    CloseRule,
    Connect,
    Gap,
    MessageRule,
    ProblemRule,
    Profile,
    Rate,
    Reconnect,
    Resume,
    Sequence,
    Split,
    StatusRule,
    Then,
)
from wscli.model.requests import Fetch, HttpStep, Request
from wscli.model.steps import Ack, Step

SECRET, TOKEN = "s3cret-of-the-user", "t0ken-of-the-provider"
OPTIONS = {"channel": ["a", "b"]}

MESSAGES = (
    MessageRule("welcome", Role.CONTROL, capture={"user": ".user", "every": ".every"}),
    MessageRule("subscribed", Role.ACK),
    MessageRule("ping", Role.HEARTBEAT, reply={"type": "pong", "user": "${user:-null}"}),
    MessageRule("pong", Role.HEARTBEAT),
    MessageRule("beat", Role.HEARTBEAT, sequence=Sequence(".n", gap=Gap.BACKFILL)),
    MessageRule("stop", Role.ERROR, then=Then.STOP),
    MessageRule("expired", Role.ERROR, then=Then.RENEW),
    MessageRule("again", Role.ERROR, then=Then.RECONNECT, wait=span(3, 9)),
    MessageRule("now", Role.CONTROL, then=Then.RECONNECT_NOW),
    MessageRule("reset", Role.CONTROL, then=Then.RESTART, capture={"waits": ".waits"}),
    MessageRule("move", Role.CONTROL, then=Then.MOVE, to="${.msg}"),
    MessageRule("error", Role.ERROR, problem=ProblemRule(path=".msg")),
    MessageRule("recent", Role.SNAPSHOT, split=Split(".trades[]")),
    MessageRule("trade", capture={"last_id": ".id"}, sequence=Sequence(".id", gap=Gap.BACKFILL)),
)

CONTROLS = [rule.name for rule in MESSAGES if rule.name not in ("trade", "recent")]


def fetched(path: str, **parts: Any) -> Fetch:
    return Fetch(
        Request("GET", f"https://demo.test/{path}", **parts),
        each=".items[]",
        sort=".id",
        more=True,
    )


WHERE = Connect(url="wss://demo.test/ws", query={"token": "${token}"}, send_limit=Rate(10, 1.0))

_PROFILE = make_profile(
    options=(Option("key", secret=True), Option("channel")),
    bootstrap=(
        HttpStep(
            Request("POST", "https://demo.test/login", json={"key": "${key}"}),
            require=".ok != false",
            capture={"token": ".token"},
            secret=("token",),
            cache=True,
        ),
    ),
    messages=MESSAGES,
    session=(
        Step(expect=("welcome",), within=span(5)),
        Step(
            each="${channel}",
            http=HttpStep(
                Request("POST", "https://demo.test/auth", form={"channel": "${item}"}),
                capture={"auth": ".auth"},
                secret=("auth",),
            ),
            send={"subscribe": "${item}", "auth": "${auth?}"},
            ack=Ack(("subscribed",), span(5)),
            pace=span(1),
        ),
    ),
    keepalive=Keepalive(
        PingRule(Told((ToldPart("${every}", 1.0),), 7.0), span(9), {"type": "ping"}, ("pong",)),
        silence=span(11),
        data_silence=span(9),
    ),
    reconnect=Reconnect(
        backoff=(span(1), span(2, 8)),
        told=ToldPart("${waits}", 0.001),
        max_age=50,
        on_close=(
            CloseRule(((4000, 4000),), then=Then.REFUSED),
            CloseRule(((4200, 4200),), then=Then.RECONNECT_NOW),
            CloseRule(((4401, 4401),), then=Then.RENEW),
        ),
        on_http=(StatusRule(((401, 401),), then=Then.RENEW),),
    ),
    resume=Resume(
        keep=("last_id",),
        backfill=fetched("trades", query={"since": "${last_id}"}, headers={"X-Key": "${key}"}),
        dedupe=(".id",),
    ),
    history=fetched("history", query={"since": "${last_id:-0}"}),
)


PROFILE: Profile = replace(_PROFILE, connect=WHERE)
UNNUMBERED: Profile = replace(
    PROFILE, messages=(*MESSAGES[:-1], replace(MESSAGES[-1], sequence=None))
)


class Market:
    """What really happens, whether anybody hears of it or not: trades with rising numbers."""

    def __init__(self) -> None:
        self.last = 0

    def trade(self) -> int:
        self.last += 1
        return self.last

    def answer(self, url: str) -> Any:
        """Answer a request as the provider does."""
        match urlsplit(url).path:
            case "/login":
                return {"ok": True, "token": TOKEN}
            case "/auth":
                return {"auth": TOKEN}
            case _:
                since = int(parse_qs(urlsplit(url).query)["since"][0])
                numbers = range(since + 1, min(since + 3, self.last + 1))
                return {"items": [{"type": "trade", "id": number} for number in numbers]}
