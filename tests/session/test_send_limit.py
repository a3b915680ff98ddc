"""What we send obeys the provider's limit, and nothing that was asked for is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.session.conversation import Conversation, kinds, make_profile, said, sent, span
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.message import Role
from wscli.model.profile import Connect, MessageRule, Profile, Rate
from wscli.model.record import StateEvent
from wscli.model.steps import Ack, Step
from wscli.model.wire import Lost
from wscli.session import events, outbox

MESSAGES = (
    MessageRule("ping", Role.HEARTBEAT, reply={"pong": "${.n}"}),
    MessageRule("pong", Role.HEARTBEAT),
    MessageRule("subscribed", Role.ACK),
)


def limited(*steps: Step, count: int = 2, seconds: float = 10.0, **parts: Any) -> Profile:
    connect = Connect(url="wss://demo.test/ws", send_limit=Rate(count, seconds))
    return replace(make_profile(messages=MESSAGES, session=steps, **parts), connect=connect)


def flood(talk: Conversation, count: int) -> list[Any]:
    """Let the server want so many replies; gives those that go out at once."""
    return [each for n in range(count) for each in sent(talk.receive({"type": "ping", "n": n}))]


def pour(talk: Conversation) -> list[Any]:
    """Let time pass until nothing waits any more; gives what was sent."""
    out: list[Any] = []
    while talk.session._desk.outbox.deadline is not None:
        out += sent(talk.wait_for_deadline())
    return out


def test_so_many_frames_go_out_in_so_many_seconds_and_the_rest_in_order_after_them() -> None:
    talk = Conversation(limited())
    talk.connect()
    assert flood(talk, 5) == [{"pong": 0}, {"pong": 1}]
    assert talk.session.deadline == talk.now + 10
    assert sent(talk.wait(9)) == []
    assert sent(talk.wait(1)) == [{"pong": 2}, {"pong": 3}]
    assert sent(talk.wait_for_deadline()) == [{"pong": 4}]
    assert talk.session.deadline is None


def test_the_limit_counts_any_stretch_of_time() -> None:
    talk = Conversation(limited())
    talk.connect()
    flood(talk, 1)
    talk.now += 6
    assert flood(talk, 2) == [{"pong": 0}]
    assert sent(talk.wait(4)) == [{"pong": 1}], "ten seconds after the first"
    assert flood(talk, 1) == []
    assert sent(talk.wait(5)) == []
    assert sent(talk.wait(1)) == [{"pong": 0}], "ten seconds after the second"


def test_without_a_limit_everything_goes_out_at_once() -> None:
    talk = Conversation(make_profile(messages=MESSAGES))
    talk.connect()
    assert len(flood(talk, 5000)) == 5000


def test_a_step_may_send_more_than_can_wait_and_nothing_is_left_out() -> None:
    channels = [f"c{n}" for n in range(3000)]
    steps = (Step(each="${channel}", send={"subscribe": "${item}"}),)
    talk = Conversation(limited(*steps, count=500, seconds=1), {"channel": channels})
    first = sent(talk.connect())
    assert talk.session.state == "streaming"
    assert [each["subscribe"] for each in first + pour(talk)] == channels


def test_a_server_that_floods_us_gets_so_many_replies_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "_LONGEST", 5)
    talk = Conversation(limited())
    talk.connect()
    at_once = flood(talk, 1000)
    assert [each["pong"] for each in at_once + pour(talk)] == [0, 1, 2, 3, 4, 5, 6]
    assert flood(talk, 1) == [] or talk.session.state == "streaming"


def test_a_ping_that_cannot_be_sent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_LONGEST", 3)
    keepalive = Keepalive(PingRule(span(30), span(5), {"type": "ping"}, ("pong",)))
    talk = Conversation(limited(count=1, seconds=1000, keepalive=keepalive))
    talk.connect()
    flood(talk, 10)
    assert kinds(talk.wait(30)) == []
    assert kinds(talk.wait(10)) == [], "the connection is not given up for our own limit"
    assert talk.session.state == "streaming"


def test_a_ping_of_which_no_frame_can_be_made_is_said_and_not_waited_for() -> None:
    keepalive = Keepalive(PingRule(span(30), span(5), {"seq": "${seq}"}, ("pong",)))
    talk = Conversation(make_profile(messages=MESSAGES, keepalive=keepalive))
    talk.connect()
    for _ in range(2):
        (text,) = said(talk.wait(30), StateEvent.PROBLEM)
        assert text.startswith("our ping cannot be made: ")
    assert talk.session.state == "streaming"


def test_a_step_waits_for_its_answer_from_when_it_was_said() -> None:
    step = Step(each="${channel}", send="${item}", ack=Ack(("subscribed",), span(60)))
    talk = Conversation(limited(step, count=1), {"channel": ["a", "b"]})
    assert sent(talk.connect()) == ["a"]
    assert sent(talk.receive({"type": "subscribed"})) == []
    assert sent(talk.wait(10)) == ["b"]
    talk.receive({"type": "subscribed"})
    assert talk.session.state == "streaming"


def test_what_waits_is_gone_with_the_connection_and_the_limit_begins_anew() -> None:
    talk = Conversation(limited())
    talk.connect()
    flood(talk, 5)
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    talk.connect()
    assert pour(talk) == []
    assert flood(talk, 2) == [{"pong": 0}, {"pong": 1}]


def test_what_waits_is_not_sent_while_the_connection_is_closed() -> None:
    talk = Conversation(limited())
    talk.connect()
    flood(talk, 5)
    talk.tell(events.SendFailed("broken pipe"))
    assert sent(talk.wait(2.9)) == []
    assert kinds(talk.wait(0.1)) == ["Drop"]
