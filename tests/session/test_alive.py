"""How a session sees whether the provider lives."""

from __future__ import annotations

from tests.session.conversation import (
    Conversation,
    delay,
    kinds,
    make_profile,
    said,
    sent,
    span,
)
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.message import Role
from wscli.model.profile import MessageRule
from wscli.model.record import StateEvent
from wscli.model.steps import Step
from wscli.model.wire import Lost
from wscli.session import commands, events

MESSAGES = (
    MessageRule("pong", Role.HEARTBEAT),
    MessageRule("heartbeat", Role.HEARTBEAT),
    MessageRule("update"),
)
PING = {"type": "ping"}


def talk_with(keepalive: Keepalive) -> Conversation:
    talk = Conversation(make_profile(messages=MESSAGES, keepalive=keepalive))
    talk.connect()
    return talk


def test_silence_drops_the_connection_and_reconnects() -> None:
    talk = talk_with(Keepalive(silence=span(15)))
    assert talk.session.deadline == talk.now + 15
    assert kinds(talk.wait(14.9)) == []
    done = talk.wait(0.1)
    assert kinds(done) == ["Drop"]
    assert said(done, StateEvent.RECONNECTING) == ["silent for 15 s"]
    assert delay(done) == 1.0


def test_any_frame_ends_the_silence() -> None:
    talk = talk_with(Keepalive(silence=span(15)))
    talk.wait(14)
    talk.receive({"type": "heartbeat"})
    assert kinds(talk.wait(14)) == []
    assert kinds(talk.wait(1)) == ["Drop"]


def test_silence_counts_during_the_steps_as_well() -> None:
    profile = make_profile(
        messages=MESSAGES,
        session=(Step(expect=("pong",), within=span(100)),),
        keepalive=Keepalive(silence=span(15)),
    )
    talk = Conversation(profile)
    talk.connect()
    assert kinds(talk.wait(15)) == ["Drop"]


def test_the_profiles_ping_is_sent_at_its_interval_and_must_be_answered() -> None:
    talk = talk_with(Keepalive(PingRule(span(30), span(10), PING, ("pong",))))
    assert sent(talk.wait(29.9)) == []
    assert sent(talk.wait(0.1)) == [PING]
    talk.receive({"type": "pong"})
    assert sent(talk.wait(29.9)) == []
    assert sent(talk.wait(0.1)) == [PING]
    talk.receive({"type": "update"})  # other frames are no answer
    assert kinds(talk.wait(9.9)) == []
    done = talk.wait(0.1)
    assert kinds(done) == ["Drop"]
    assert said(done, StateEvent.RECONNECTING) == ["no answer to our ping within 10 s"]


def test_at_most_one_ping_is_outstanding() -> None:
    talk = talk_with(Keepalive(PingRule(span(5), span(20), PING, ("pong",))))
    assert sent(talk.wait(5)) == [PING]
    assert sent(talk.wait(5)) == []
    assert sent(talk.wait(5)) == []
    talk.receive({"type": "pong"})
    assert sent(talk.wait(0)) == [PING]


def test_without_a_frame_of_its_own_a_websocket_ping_is_sent() -> None:
    talk = talk_with(Keepalive(PingRule(span(30), span(10))))
    (ping,) = talk.wait(30)
    assert isinstance(ping, commands.SendPing)
    talk.tell(events.PongReceived(b"somebody else's"))
    assert talk.session.deadline == talk.now + 10
    talk.tell(events.PongReceived(ping.payload))
    assert talk.session.deadline == talk.now + 30
    (second,) = talk.wait(30)
    assert isinstance(second, commands.SendPing)
    assert second.payload != ping.payload


def test_an_idle_ping_counts_from_the_last_frame_and_any_frame_answers_it() -> None:
    talk = talk_with(Keepalive(PingRule(span(30), span(10), PING, ("pong",), idle=True)))
    talk.wait(20)
    talk.receive({"type": "update"})
    assert sent(talk.wait(20)) == []
    assert sent(talk.wait(10)) == [PING]
    talk.receive({"type": "update"})
    assert kinds(talk.wait(15)) == []
    assert sent(talk.wait(15)) == [PING]
    assert kinds(talk.wait(10)) == ["Drop"]


def test_pings_begin_when_the_steps_are_through() -> None:
    profile = make_profile(
        messages=MESSAGES,
        session=(Step(expect=("heartbeat",), within=span(100)),),
        keepalive=Keepalive(PingRule(span(30), span(10), PING, ("pong",))),
    )
    talk = Conversation(profile)
    talk.connect()
    assert sent(talk.wait(60)) == []
    talk.receive({"type": "heartbeat"})
    assert sent(talk.wait(30)) == [PING]


def test_quiet_is_said_once_and_the_connection_stays() -> None:
    talk = talk_with(Keepalive(data_silence=span(60)))
    talk.wait(30)
    talk.receive({"type": "heartbeat"})
    done = talk.wait(30)
    assert said(done, StateEvent.QUIET) == ["no data for 1 min"]
    assert kinds(done) == []
    assert said(talk.wait(100)) == []
    talk.receive({"type": "update"})
    assert said(talk.wait(60), StateEvent.QUIET) == ["no data for 1 min"]


def test_while_reading_is_paused_the_silence_is_ours() -> None:
    talk = talk_with(Keepalive(PingRule(span(30), span(10), PING, ("pong",)), silence=span(15)))
    talk.wait(5)
    talk.tell(events.ReadingPaused())
    talk.tell(events.ReadingPaused())
    assert sent(talk.wait(25)) == [PING]  # still sent: it keeps the connection open
    assert kinds(talk.wait(100)) == []
    done = talk.tell(events.ReadingResumed())
    assert said(done, StateEvent.PAUSED) == [
        "our output was not taken for 2 min 5 s, so nothing was read meanwhile"
    ]
    assert kinds(talk.wait(9)) == []
    assert kinds(talk.wait(1)) == ["Drop"]  # 5 s before the pause, 10 s after it


def test_a_short_pause_is_not_worth_a_word() -> None:
    talk = talk_with(Keepalive(silence=span(15)))
    talk.tell(events.ReadingPaused())
    talk.wait(0.5)
    assert talk.tell(events.ReadingResumed()) == []
    assert talk.tell(events.ReadingResumed()) == []


def test_a_pause_without_a_connection_means_nothing() -> None:
    talk = talk_with(Keepalive(silence=span(15)))
    talk.end(Lost("it was cut"))
    assert talk.tell(events.ReadingPaused()) == []
    assert talk.tell(events.ReadingResumed()) == []
    assert talk.tell(events.PongReceived(b"")) == []


def test_a_step_does_not_time_out_while_reading_is_paused() -> None:
    profile = make_profile(
        messages=MESSAGES, session=(Step(expect=("pong",), within=span(5)),), keepalive=Keepalive()
    )
    talk = Conversation(profile)
    talk.connect()
    talk.wait(3)
    talk.tell(events.ReadingPaused())
    assert talk.session.deadline is None
    assert kinds(talk.wait(60)) == []
    talk.tell(events.ReadingResumed())
    assert kinds(talk.wait(1.9)) == []
    assert kinds(talk.wait(0.1)) == ["Close"]


def test_a_step_without_an_answer_does_not_call_other_messages_nothing() -> None:
    profile = make_profile(messages=MESSAGES, session=(Step(expect=("pong",), within=span(5)),))
    talk = Conversation(profile)
    talk.connect()
    talk.receive({"type": "update"})
    talk.wait(5)
    done = talk.wait_for_deadline()
    assert said(done, StateEvent.RECONNECTING) == [
        "no pong within 5 s; what came is of other kinds"
    ]
