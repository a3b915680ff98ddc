"""The client's session and the provider's play, talking to each other without a wire."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.simulator.simulated import NEEDED, OPTIONS, WALL
from wscli.messages.classify import Decoder
from wscli.messages.encode import frame_text
from wscli.messages.whole import Whole
from wscli.model.instant import Instant
from wscli.model.message import SHOWN, Message
from wscli.model.profile import Profile
from wscli.model.record import Ending, StateEvent
from wscli.model.secret import Secret
from wscli.model.wire import (
    Binary,
    Close,
    Failure,
    FailureKind,
    Handshake,
    HttpAnswer,
    HttpRequest,
    Incoming,
    Lost,
    Target,
)
from wscli.schemas.validate import compile_schema
from wscli.session import commands, events
from wscli.session.session import Session
from wscli.session.target import Overrides
from wscli.simulator.admission import Refusal
from wscli.simulator.endpoints import Call
from wscli.simulator.play import Out, Play, SendBinary, SendClose, SendText
from wscli.simulator.site import make_endpoints
from wscli.simulator.world import World

PORT = 4711
TROUBLE = frozenset(
    {StateEvent.PROBLEM, StateEvent.REJECTED, StateEvent.GAP, StateEvent.RECONNECTING}
)


class Talk:
    """Carries every frame and request to the other side at once, on one clock.

    ``options`` are the user's, ``secrets`` the names of the secret ones; ``client``: the profile of
    the client where it is another one than the provider's. ``received`` has the names of the rules
    of all messages, ``shown`` the messages that a user would see, ``asked`` the requests with the
    status of their answers, ``targets`` where connections led to.
    """

    def __init__(
        self,
        profile: Profile,
        options: Mapping[str, Any] | None = None,
        *,
        secrets: tuple[str, ...] = (),
        client: Profile | None = None,
        overrides: Overrides | None = None,
    ) -> None:
        given = OPTIONS.get(profile.name, {}) if options is None else options
        given = {**NEEDED.get(profile.name, {}), **given}
        keys = dict.fromkeys(secrets, Secret("simulated"))
        self.profile = profile
        self.client = client or profile
        self.world = World(profile, {**given, **keys}, Random(0))
        scope = self.world.known().scope(Instant(0, WALL))
        self.endpoints = make_endpoints(self.world, PORT, scope)
        self.play: Play | None = None
        self.session = Session(
            self.client,
            given,
            overrides or Overrides(url=f"ws://127.0.0.1:{PORT}"),
            Random(0),
            secrets=bool(secrets),
        )
        self._secrets = {name: Secret(f"the {name}") for name in secrets}
        self._decoder = Decoder(self.client, self.session.memory)
        self._queue: deque[events.Event] = deque()
        self.at = 100.0
        self.events: list[tuple[StateEvent, str]] = []
        self.received: list[str] = []
        self.shown: list[Message] = []
        self.sent: list[str | bytes] = []
        self.asked: list[tuple[str, str, int]] = []
        self.targets: list[str] = []
        self.skipped = 0
        self.ending: Ending | None = None

    @property
    def now(self) -> Instant:
        return Instant(self.at, WALL + self.at)

    def run(self, duration: float) -> None:
        """Begin, or go on, for so long."""
        until = self.at + duration
        if not self.targets and not self.asked:
            self.tell(events.Started())
        while self.at < until and self.ending is None:
            times = (self.play.deadline if self.play else None, self.session.deadline, until)
            self.at = max(self.at, min(time for time in times if time is not None))
            if self.play is not None:
                self.hear(self.play.tick(self.now))
            self.tell(events.Tick())

    def drop(self) -> None:
        """Cut the connection."""
        self.end(Lost("cut"))

    def end(self, ended: Lost | Close) -> None:
        self.play = None
        self.tell(events.ConnectionEnded(ended))

    def tell(self, event: events.Event) -> None:
        """Tell the client, one event after the other."""
        self._queue.append(event)
        if len(self._queue) > 1:  # the outer call goes on with it
            return
        while self._queue:
            for command in self.session.handle(self._queue[0], self.now):
                self._perform(command)
            self._queue.popleft()

    def hear(self, outs: list[Out]) -> None:
        """Tell the client what came."""
        for out in outs:
            match out:
                case SendText(text):
                    self._take(text.encode())
                case SendBinary(data):
                    self._take(Binary(data))
                case SendClose(code, reason):
                    self.end(Close(code, reason))

    def said(self, event: StateEvent) -> list[str]:
        return [text for each, text in self.events if each is event]

    @property
    def trouble(self) -> list[tuple[StateEvent, str]]:
        """What should not be said where all goes well."""
        return [event for event in self.events if event[0] in TROUBLE]

    @property
    def wrong(self) -> list[Message]:
        """The messages that a client does not know, or finds invalid."""
        return [message for message in self.shown if not self._is_right(message)]

    def of(self, rule: str) -> list[Any]:
        """The values of the messages of one rule that were shown."""
        return [message.value for message in self.shown if message.rule == rule]

    def _is_right(self, message: Message) -> bool:
        if message.problem or not message.rule:
            return False
        schema = self.client.rule(message.rule).schema
        return schema is None or compile_schema(schema, self.client.schemas).is_valid(message.value)

    def _perform(self, command: commands.Command) -> None:
        match command:
            case commands.ReadSecrets():
                self.tell(events.SecretsRead(self._secrets))
            case commands.Ask(token, request):
                self.tell(events.HttpAnswered(token, self._answered(request)))
            case commands.Connect(target):
                self._connect(target)
            case commands.Send(frame):
                self.sent.append(frame)
                if self.play is not None:
                    self.hear(self.play.received(frame, self.now))
            case commands.SendPing(payload):
                self.tell(events.PongReceived(payload))
            case commands.Close(code, reason):
                self.end(Close(code, reason))
            case commands.Drop():
                self.play = None
            case commands.Deliver(message):
                self.shown.append(message)
            case commands.Skip():
                self.skipped += 1
            case commands.Announce(record):
                self.events.append((record.event, record.text))
            case commands.Finish(ending):
                self.ending = ending

    def _connect(self, target: Target) -> None:
        url = urlsplit(target.url)
        self.targets.append(target.url)
        self._decoder.reset()
        self.play = Play(self.world)
        headers = {name.lower(): value for name, value in target.headers}
        if target.origin is not None:
            headers["origin"] = target.origin
        opened = self.play.opened(url.path, _query(url.query), headers, self.now)
        if isinstance(opened, Refusal):
            self.play = None
            text = f"HTTP {opened.status} {opened.text}"
            failure = Failure(FailureKind.STATUS, text, status=opened.status)
            self.tell(events.ConnectFailed(failure))
            return
        self.tell(events.Connected(Handshake(101)))
        self.hear(opened)

    def _answered(self, request: HttpRequest) -> HttpAnswer:
        call = called(request)
        assert call.method in self.endpoints.methods(call.path), request.shown
        answer = self.endpoints.answer(call, self.now)
        refused = isinstance(answer, Refusal)
        status = answer.status if refused else 200
        self.asked.append((request.method, request.url, status))
        body = answer.text if refused else frame_text([answer])[1:-1]
        return HttpAnswer(status, body=body.encode())

    def _take(self, frame: Incoming) -> None:
        assert isinstance(frame, bytes)
        self.tell(events.Activity(data=True))
        for each in self._decoder.messages([frame]):
            whole = isinstance(each, Whole)
            message = each.message if isinstance(each, Whole) else each
            self.received.append(message.rule)
            role = self.client.rule(message.rule).role if message.rule else None
            if not whole and message.rule not in self.session.gated and role in (*SHOWN, None):
                self.shown.append(message)
            if message.rule in self.session.concerns:
                self.tell(events.Received(message, whole=whole))


def called(request: HttpRequest) -> Call:
    """What a request is on the other side."""
    url = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers}
    return Call(request.method, url.path, _query(url.query), headers, request.body or b"")


def _query(text: str) -> dict[str, list[str]]:
    return parse_qs(text, keep_blank_values=True)
