"""Tells a session what happens, on a clock of its own, and hands back what it wants done."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from wscli.messages.classify import Decoder
from wscli.messages.whole import Whole
from wscli.model.instant import Instant
from wscli.model.keepalive import Keepalive
from wscli.model.lengths import Span
from wscli.model.message import MISSING, Message
from wscli.model.profile import Connect, Profile, Reconnect
from wscli.model.record import StateEvent
from wscli.model.secret import Secret
from wscli.model.wire import Ended, Failure, FailureKind, Handshake, HttpAnswer, HttpRequest, Target
from wscli.session import commands, events
from wscli.session.session import Session
from wscli.session.target import Overrides


def span(least: float, most: float | None = None) -> Span:
    return Span(least, least if most is None else most)


def make_profile(**parts: Any) -> Profile:
    parts.setdefault("discriminator", (".type",))
    parts.setdefault("reconnect", Reconnect(backoff=(span(1, 1.0), span(2, 2.0), span(4, 4.0))))
    parts.setdefault("keepalive", Keepalive())
    return Profile(name="demo", connect=Connect(url="wss://demo.test/ws"), **parts)


class Conversation:
    """``rng`` draws the least of every range, so waits are what the profile says."""

    def __init__(
        self,
        profile: Profile | None = None,
        values: Mapping[str, Any] | None = None,
        overrides: Overrides | None = None,
        *,
        secrets: bool = False,
    ) -> None:
        self.profile = profile or make_profile()
        self.now = 1000.0
        self.session = Session(
            self.profile, values or {}, overrides or Overrides(), LeastRandom(), secrets=secrets
        )
        self.token = 0  # of the request that was asked for last
        self._decoder = Decoder(self.profile, self.session.memory)

    def tell(self, event: events.Event) -> list[commands.Command]:
        done = self.session.handle(event, Instant(self.now, self.now + 1e9))
        self.token = next(
            (each.token for each in done if isinstance(each, commands.Ask)), self.token
        )
        return done

    def start(self) -> list[commands.Command]:
        return self.tell(events.Started())

    def give(self, **secrets: str) -> list[commands.Command]:
        """Let the user's secrets be read."""
        read = {name: Secret(value) for name, value in secrets.items()}
        return self.tell(events.SecretsRead(read))

    def answer(
        self, value: Any = MISSING, status: int = 200, token: int | None = None, **parts: Any
    ) -> list[commands.Command]:
        """Let the last request be answered, with JSON, or with ``body`` as it stands."""
        if value is not MISSING:
            parts["body"] = json.dumps(value).encode()
        answer = HttpAnswer(status, **parts)
        return self.tell(events.HttpAnswered(self.token if token is None else token, answer))

    def fail_to_ask(
        self, kind: FailureKind = FailureKind.TIMEOUT, **parts: Any
    ) -> list[commands.Command]:
        """Let the last request come to nothing."""
        return self.tell(events.HttpAnswered(self.token, Failure(kind, "it failed", **parts)))

    def connect(self) -> list[commands.Command]:
        """Start if need be, and let the connection open."""
        if self.session.state == "idle":
            self.tell(events.Started())
        return self.tell(events.Connected(Handshake(101)))

    def receive(self, value: Any) -> list[commands.Command]:
        """As the worker does: something came, and the session hears of it if it concerns it."""
        raw = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        done: list[commands.Command] = []
        for found in self._decoder.messages([raw]):
            whole = isinstance(found, Whole)
            message = found.message if isinstance(found, Whole) else found
            done += self.tell(events.Activity(data=message.rule in self.session.data_rules))
            if message.rule in self.session.concerns:
                done += self.tell(events.Received(message, whole=whole))
        return done

    def wait(self, seconds: float) -> list[commands.Command]:
        self.now += seconds
        return self.tell(events.Tick())

    def wait_for_deadline(self) -> list[commands.Command]:
        deadline = self.session.deadline
        assert deadline is not None
        return self.wait(max(0.0, deadline - self.now))

    def end(self, ended: Ended) -> list[commands.Command]:
        return self.tell(events.ConnectionEnded(ended))

    def fail(self, kind: FailureKind = FailureKind.STATUS, **parts: Any) -> list[commands.Command]:
        return self.tell(events.ConnectFailed(Failure(kind, "it failed", **parts)))


class LeastRandom(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return min(a, b)


def sent(done: list[commands.Command]) -> list[Any]:
    return [
        json.loads(each.text) if str(each.text)[:1] in "{[" else each.text
        for each in done
        if isinstance(each, commands.Send)
    ]


def asked(done: list[commands.Command]) -> list[HttpRequest]:
    return [each.request for each in done if isinstance(each, commands.Ask)]


def delivered(done: list[commands.Command]) -> list[Message]:
    return [each.message for each in done if isinstance(each, commands.Deliver)]


def said(done: list[commands.Command], event: StateEvent | None = None) -> list[str]:
    records = [each.record for each in done if isinstance(each, commands.Announce)]
    return [record.text for record in records if event in (None, record.event)]


def shown(done: list[commands.Command]) -> str:
    """Everything that somebody may see."""
    texts: list[str] = []
    for each in done:
        match each:
            case commands.Announce(record):
                texts += [record.text, record.hint]
            case commands.Finish(end):
                texts += [end.text, end.hint]
            case commands.Send(shown=text):
                texts.append(text)
            case commands.Ask(_, request):
                texts.append(repr(request))
            case commands.Connect(target):
                texts.append(target.shown)
            case _:
                pass
    return "\n".join(texts)


def target(done: list[commands.Command]) -> Target | None:
    return next((each.target for each in done if isinstance(each, commands.Connect)), None)


def delay(done: list[commands.Command]) -> float | None:
    for each in done:
        if isinstance(each, commands.Announce) and each.record.event == StateEvent.RECONNECTING:
            return each.record.delay
    return None


def ending(done: list[commands.Command]) -> Any:
    return next((each.ending for each in done if isinstance(each, commands.Finish)), None)


def kinds(done: list[commands.Command]) -> list[str]:
    return [type(each).__name__ for each in done if not isinstance(each, commands.Announce)]
