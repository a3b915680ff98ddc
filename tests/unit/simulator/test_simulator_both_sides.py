"""The client's session and the simulator's play, talking to each other without a wire."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from tests.unit.simulator.simulated import PROFILES, Stage, pinging, quiet, subscribing
from wscli.messages.classify import Decoder
from wscli.model.message import MISSING
from wscli.model.profile import Profile, Step
from wscli.model.record import StateEvent
from wscli.model.wire import Close, Handshake
from wscli.session import commands, events
from wscli.session.session import Session
from wscli.session.states import State
from wscli.session.target import Overrides
from wscli.simulator.admission import Refusal
from wscli.simulator.play import Out, SendClose, SendText


class Talk:
    """Carries every frame to the other side at once, on one clock."""

    def __init__(
        self,
        profile: Profile,
        options: dict[str, Any] | None = None,
        *,
        client: Profile | None = None,
    ) -> None:
        self.stage = Stage(profile, options)
        names = self.stage.world.names
        self.session = Session(client or profile, names, Overrides(), Random(0))
        self.decoder = Decoder(profile)
        self.events: list[tuple[StateEvent, str]] = []
        self.received: list[str] = []

    def run(self, duration: float) -> None:
        stage = self.stage
        until = stage.at + duration
        self.tell(events.Started())
        opened = stage.try_open()
        assert not isinstance(opened, Refusal)
        self.tell(events.Connected(Handshake(101)))
        self.hear(opened)
        while stage.at < until:
            times = (stage.play.deadline, self.session.deadline, until)
            stage.at = max(stage.at, min(time for time in times if time is not None))
            self.hear(stage.play.tick(stage.now))
            self.tell(events.Tick())

    def tell(self, event: events.Event) -> None:
        for command in self.session.handle(event, self.stage.now):
            match command:
                case commands.Send(text):
                    self.hear(self.stage.play.received(text, self.stage.now))
                case commands.Announce(record):
                    self.events.append((record.event, record.text))
                case _:
                    pass

    def hear(self, outs: list[Out]) -> None:
        for out in outs:
            match out:
                case SendText(text):
                    self.tell(events.Activity(data=True))
                    for message in self.decoder.messages([text.encode()]):
                        self.received.append(message.rule)
                        if message.rule in self.session.concerns:
                            self.tell(events.Received(message))
                case SendClose(code, reason):
                    self.tell(events.ConnectionEnded(Close(code, reason)))

    def said(self, event: StateEvent) -> list[str]:
        return [text for each, text in self.events if each is event]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("quiet", {"update", "heartbeat"}),
        ("subscribing", {"anonymous", "subscribed", "prices:*"}),
        ("pinged", {"HELLO", "SNAPSHOT", "EVENT", "PONG"}),
        ("pinging", {"state", "updated", "closed", "ping"}),
    ],
)
def test_a_client_streams_for_minutes_without_a_complaint(name: str, expected: set[str]):
    talk = Talk(PROFILES[name])
    talk.run(180)
    assert talk.session.state is State.STREAMING
    assert set(talk.received) == expected
    assert talk.said(StateEvent.PROBLEM) == []
    assert talk.said(StateEvent.LOST) == talk.said(StateEvent.RECONNECTING) == []


def test_a_client_that_was_told_its_name_subscribes_with_it():
    talk = Talk(subscribing, {"token": "t", "orders": True})
    talk.run(5)
    assert talk.session.state is State.STREAMING
    assert talk.received[:2] == ["welcome", "subscribed"]


def test_a_profile_that_sends_what_is_not_awaited_hears_of_it():
    talk = Talk(quiet, client=replace(quiet, session=(Step(send={"op": "dance"}),)))
    talk.run(1)
    assert talk.said(StateEvent.PROBLEM) == [
        'error: expected {"op":"subscribe","assets":"${asset}"}'
    ]


def test_a_client_that_never_replies_to_pings_is_dropped_and_comes_back():
    mute = tuple(replace(rule, reply=MISSING) for rule in pinging.messages)
    talk = Talk(pinging, client=replace(pinging, messages=mute))
    talk.run(8.5)
    assert talk.session.state is State.WAITING
    assert "1011" in talk.said(StateEvent.RECONNECTING)[0]
