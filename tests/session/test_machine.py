"""Every order of events: whatever happens, and whenever, the session keeps its promises."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.session.conversation import Conversation, make_profile, span
from wscli.model.instant import Instant
from wscli.model.message import Message, Role
from wscli.model.profile import (
    Ack,
    CloseRule,
    Keepalive,
    MessageRule,
    PingRule,
    ProblemRule,
    Reconnect,
    Step,
    Then,
)
from wscli.model.record import Ending
from wscli.model.wire import Close, Failure, FailureKind, Handshake, Lost, Violated
from wscli.session import commands, events
from wscli.session.states import MOVES, OPEN, State, diagram
from wscli.session.target import Overrides

PROFILE = make_profile(
    messages=(
        MessageRule("welcome", Role.CONTROL, capture={"user": ".user"}),
        MessageRule("subscribed", Role.ACK),
        MessageRule("ping", Role.HEARTBEAT, reply={"type": "pong"}),
        MessageRule("pong", Role.HEARTBEAT),
        MessageRule("stop", Role.ERROR, then=Then.STOP),
        MessageRule("again", Role.ERROR, then=Then.RECONNECT, wait=span(3, 9)),
        MessageRule("error", Role.ERROR, problem=ProblemRule(path=".msg")),
        MessageRule("update"),
    ),
    session=(
        Step(expect=("welcome",), within=span(5)),
        Step(send={"op": "sub"}, ack=Ack(("subscribed",), span(5))),
    ),
    keepalive=Keepalive(
        PingRule(span(7), span(3), {"type": "ping"}, ("pong",)),
        silence=span(11),
        data_silence=span(9),
    ),
    reconnect=Reconnect(
        backoff=(span(1), span(2, 8)),
        on_close=(
            CloseRule(((4000, 4000),), then=Then.REFUSED),
            CloseRule(((4200, 4200),), then=Then.RECONNECT_NOW),
        ),
    ),
)


class Life(RuleBasedStateMachine):
    """Plays the worker: it reports only what can happen in the state that it was led to."""

    @initialize(most=st.none() | st.integers(0, 3), patient=st.booleans(), seed=st.integers(0, 99))
    def begin(self, most: int | None, patient: bool, seed: int) -> None:
        overrides = Overrides(max_reconnects=most, patient=patient)
        self.talk = Conversation(PROFILE, overrides=overrides)
        self.talk.session._rng = random.Random(seed)
        self.connecting = self.open = self.finished = False
        self.pings = 0
        self.hear(events.Started())

    def hear(self, event: events.Event) -> None:
        before = self.talk.session.state
        assert not self.finished
        now = Instant(self.talk.now, self.talk.now)
        for command in self.talk.session.handle(event, now):
            assert not self.finished, "nothing follows Finish"
            match command:
                case commands.Connect():
                    assert not self.open
                    assert not self.connecting
                    self.connecting = True
                case commands.Send() | commands.SendPing():
                    assert self.open
                case commands.Close():
                    assert self.open
                case commands.Drop():
                    assert self.open
                    self.open = False
                case commands.Finish():
                    self.finished = True
                case commands.Announce(record):
                    assert record.text
        after = self.talk.session.state
        assert after == before or self.reachable(before, after)

    @staticmethod
    def reachable(before: State, after: State) -> bool:
        """Whether one event may lead there, by legal moves."""
        seen: set[State] = set()
        todo = [before]
        while todo:
            for target in MOVES[todo.pop()] - seen:
                seen.add(target)
                todo.append(target)
        return after in seen

    @precondition(lambda self: self.connecting and not self.finished)
    @rule()
    def connected(self) -> None:
        self.connecting, self.open = False, True
        self.hear(events.Connected(Handshake(101)))

    @precondition(lambda self: self.connecting and not self.finished)
    @rule(
        kind=st.sampled_from(FailureKind),
        status=st.sampled_from([200, 401, 403, 404, 429, 500, 503]),
        retry=st.booleans(),
    )
    def not_connected(self, kind: FailureKind, status: int, retry: bool) -> None:
        self.connecting = False
        self.hear(events.ConnectFailed(Failure(kind, "it failed", status=status, retry=retry)))

    @precondition(lambda self: self.open and not self.finished)
    @rule(
        name=st.sampled_from([rule.name for rule in PROFILE.messages] + ["unheard-of"]),
        extra=st.dictionaries(st.sampled_from(["msg", "user", "id"]), st.integers() | st.text()),
    )
    def message(self, name: str, extra: dict[str, Any]) -> None:
        (found,) = self.talk._decoder.messages([b'{"type": "%s"}' % name.encode()])
        assert isinstance(found, Message)
        message = found._replace(value={**extra, "type": name})
        self.hear(events.Activity(data=name == "update"))
        if message.rule in self.talk.session.concerns and not self.finished:
            self.hear(events.Received(message))

    @precondition(lambda self: self.open and not self.finished)
    @rule(
        ended=st.builds(Close, st.sampled_from([None, 1000, 1001, 1008, 1011, 4000, 4200]))
        | st.just(Lost("it was cut", 3))
        | st.just(Violated(1002, "reserved bits"))
    )
    def ended(self, ended: Close | Lost | Violated) -> None:
        self.open = False
        self.hear(events.ConnectionEnded(ended))

    @precondition(lambda self: self.open and not self.finished)
    @rule()
    def send_failed(self) -> None:
        self.hear(events.SendFailed("broken pipe"))

    @precondition(lambda self: not self.finished)
    @rule(event=st.sampled_from([events.ReadingPaused(), events.ReadingResumed()]))
    def reading(self, event: events.Event) -> None:
        self.hear(event)

    @precondition(lambda self: self.open and not self.finished)
    @rule(payload=st.sampled_from([b"wscli 1", b"wscli 2", b"other"]))
    def pong(self, payload: bytes) -> None:
        self.hear(events.PongReceived(payload))

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 5.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.talk.now += seconds
        if not self.finished:
            self.hear(events.Tick())

    @precondition(lambda self: not self.finished and self.talk.session.deadline is not None)
    @rule()
    def deadline(self) -> None:
        self.talk.now = max(self.talk.now, self.talk.session.deadline or 0.0)
        self.hear(events.Tick())
        deadline = self.talk.session.deadline
        assert deadline is None or self.connecting or deadline > self.talk.now

    @precondition(lambda self: not self.finished)
    @rule(patience=st.sampled_from([0.5, 3.0]))
    def stop(self, patience: float) -> None:
        self.hear(events.StopAsked(Ending(130), patience))
        assert self.finished or self.talk.session.state is State.CLOSING

    @invariant()
    def the_state_tells_whether_there_is_a_connection(self) -> None:
        if hasattr(self, "talk"):
            state = self.talk.session.state
            assert (state in OPEN) == self.open or self.finished
            assert (state is State.CONNECTING) == self.connecting or self.finished
            assert (state is State.CLOSED) == self.finished

    @invariant()
    def something_will_happen(self) -> None:
        """Where nothing is awaited from outside, there is a deadline."""
        if hasattr(self, "talk") and not self.finished and not self.connecting:
            alive = self.talk.session._alive
            assert self.talk.session.deadline is not None or (alive and alive.paused)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_every_move_is_drawn() -> None:
    drawn = diagram().splitlines()
    assert drawn[0] == "stateDiagram-v2"
    assert len(drawn) == 3 + sum(len(targets) for targets in MOVES.values())
    assert "    waiting --> bootstrapping" in drawn
