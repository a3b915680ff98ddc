"""How a session begins: connecting, and the profile's steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.session.conversation import (
    Conversation,
    delay,
    ending,
    kinds,
    make_profile,
    said,
    sent,
    span,
)
from wscli.errors import WscliError
from wscli.model.message import Role
from wscli.model.options import Option
from wscli.model.profile import Connect, MessageRule, ProblemRule, Profile
from wscli.model.record import StateEvent
from wscli.model.requests import HttpStep, Request
from wscli.model.steps import Ack, Step
from wscli.model.wire import Handshake, Lost
from wscli.session import commands, events
from wscli.session.target import Overrides


def profile_with(*steps: Step, **parts: Any) -> Profile:
    messages = (
        MessageRule("welcome", Role.CONTROL, capture={"user": ".user"}),
        MessageRule("subscribed", Role.ACK),
        MessageRule("snapshot", Role.SNAPSHOT),
        MessageRule("error", Role.ERROR),
        MessageRule("update"),
    )
    return make_profile(messages=messages, session=steps, **parts)


REJECTED = {"type": "subscribed", "rejected": ["a"]}
SUBSCRIBE = Step(send={"op": "subscribe", "topics": "${topic}"}, when="$topic")


def test_a_profile_without_steps_streams_as_soon_as_it_is_connected() -> None:
    talk = Conversation()
    (announced, connect) = talk.tell(events.Started())
    assert isinstance(announced, commands.Announce)
    assert isinstance(connect, commands.Connect)
    assert connect.target.url == "wss://demo.test/ws"
    done = talk.tell(events.Connected(Handshake(101)))
    assert said(done) == ["connected to wss://demo.test/ws", "the session is set up"]
    assert talk.session.state == "streaming"
    assert talk.session.deadline is None


def test_a_step_sends_its_frame_with_the_users_options() -> None:
    talk = Conversation(profile_with(SUBSCRIBE), {"topic": ["a", "b"]})
    assert sent(talk.connect()) == [{"op": "subscribe", "topics": ["a", "b"]}]
    assert talk.session.state == "streaming"


@pytest.mark.parametrize("values", [{}, {"topic": []}, {"topic": ""}, {"topic": None}])
def test_a_step_is_left_out_when_its_option_is_not_set_or_empty(values: dict[str, Any]) -> None:
    talk = Conversation(profile_with(SUBSCRIBE), values)
    assert sent(talk.connect()) == []
    assert talk.session.state == "streaming"


def test_a_condition_may_be_more_than_a_name() -> None:
    step = Step(send="hi", when='$mode == "loud"')
    assert sent(Conversation(profile_with(step), {"mode": "loud"}).connect()) == ["hi"]
    assert sent(Conversation(profile_with(step), {"mode": "soft"}).connect()) == []


def test_a_text_is_sent_as_it_stands() -> None:
    assert sent(Conversation(profile_with(Step(send="PING"))).connect()) == ["PING"]


def test_a_number_beyond_64_bits_is_sent_with_all_its_digits() -> None:
    talk = Conversation(profile_with(Step(send={"id": "${id}"})), {"id": 2**70})
    assert sent(talk.connect()) == [{"id": 2**70}]


def test_the_next_step_waits_for_the_expected_message() -> None:
    steps = (Step(expect=("welcome",)), Step(send={"hello": "${user}"}))
    talk = Conversation(profile_with(*steps))
    done = talk.connect()
    assert sent(done) == []
    assert "waiting for welcome" in said(done, StateEvent.STEP)
    assert talk.session.state == "greeting"
    assert sent(talk.receive({"type": "update"})) == []
    assert sent(talk.receive({"type": "welcome", "user": "u1"})) == [{"hello": "u1"}]
    assert talk.session.state == "streaming"


def test_one_of_several_messages_may_be_expected() -> None:
    step = Step(expect=("welcome", "snapshot"), send="go")
    talk = Conversation(profile_with(step))
    talk.connect()
    assert sent(talk.receive({"type": "snapshot"})) == ["go"]


def test_a_message_that_comes_before_its_step_is_kept_for_it() -> None:
    steps = (
        Step(send={"op": "sub"}, ack=Ack(("subscribed",), span(10))),
        Step(expect=("snapshot",)),
    )
    talk = Conversation(profile_with(*steps))
    talk.connect()
    talk.receive({"type": "snapshot"})
    assert talk.session.state == "greeting"
    talk.receive({"type": "subscribed"})
    assert talk.session.state == "streaming"


def test_an_acknowledgement_must_repeat_what_was_sent() -> None:
    ack = Ack(("subscribed",), span(10), {".id": ".id"})
    talk = Conversation(profile_with(Step(send={"id": 7}, ack=ack)))
    talk.connect()
    talk.receive({"type": "subscribed", "id": 6})
    talk.receive({"type": "subscribed", "id": "7"})
    assert talk.session.state == "greeting"
    talk.receive({"type": "subscribed", "id": 7.0})
    assert talk.session.state == "streaming"


def test_an_acknowledgement_of_something_else_is_named() -> None:
    ack = Ack(("subscribed",), span(10), {".id": ".id"})
    talk = Conversation(profile_with(Step(send={"id": 7}, ack=ack)))
    talk.connect()
    talk.receive({"type": "subscribed", "id": 8})
    talk.wait(10)
    assert said(talk.wait_for_deadline(), StateEvent.RECONNECTING) == [
        "no subscribed within 10 s; what came: subscribed with another .id"
    ]


def test_an_answer_that_does_not_come_is_said_and_retried() -> None:
    talk = Conversation(profile_with(Step(expect=("welcome",), within=span(5))))
    talk.connect()
    talk.receive({"type": "subscribed"})
    assert kinds(talk.wait(4.9)) == []
    assert kinds(talk.wait(0.1)) == ["Close"]
    done = talk.wait_for_deadline()
    assert kinds(done) == ["Drop"]
    assert said(done, StateEvent.RECONNECTING) == [
        "no welcome within 5 s; what came is of other kinds"
    ]
    assert delay(done) == 1.0


def test_what_came_instead_is_named() -> None:
    step = Step(send="x", ack=Ack(("subscribed",), span(5)))
    talk = Conversation(profile_with(step, Step(expect=("welcome",))))
    talk.connect()
    talk.receive({"type": "welcome"})
    talk.wait(5)
    assert said(talk.wait_for_deadline(), StateEvent.RECONNECTING) == [
        "no subscribed within 5 s; what came: welcome"
    ]


def test_an_error_message_during_a_wait_fails_the_step() -> None:
    talk = Conversation(profile_with(Step(expect=("welcome",))))
    talk.connect()
    done = talk.receive({"type": "error", "code": 7})
    assert said(done, StateEvent.PROBLEM) == ['error: {"type":"error","code":7}']
    assert kinds(done) == ["Close"]


def test_what_is_required_of_the_expected_message_must_hold() -> None:
    step = Step(expect=("welcome",), require='.tier != "FREE"')
    good, bad = Conversation(profile_with(step)), Conversation(profile_with(step))
    good.connect()
    good.receive({"type": "welcome", "tier": "PULSE"})
    assert good.session.state == "streaming"
    bad.connect()
    assert kinds(bad.receive({"type": "welcome", "tier": "FREE"})) == ["Close"]
    done = bad.wait_for_deadline()
    assert said(done, StateEvent.RECONNECTING) == [
        'welcome came, but .tier != "FREE" does not hold'
    ]


def test_everything_is_said_again_after_a_reconnect() -> None:
    talk = Conversation(profile_with(SUBSCRIBE), {"topic": ["a"]})
    talk.connect()
    talk.end(Lost("it was cut"))
    assert kinds(talk.wait_for_deadline()) == ["Connect"]
    assert sent(talk.connect()) == [{"op": "subscribe", "topics": ["a"]}]


def test_captured_values_are_forgotten_with_the_connection() -> None:
    steps = (Step(send={"was": "${user:-null}"}), Step(expect=("welcome",)))
    talk = Conversation(profile_with(*steps))
    assert sent(talk.connect()) == [{"was": None}]
    talk.receive({"type": "welcome", "user": "u1"})
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    assert sent(talk.connect()) == [{"was": None}]


def test_the_command_line_overrides_the_profiles_target() -> None:
    overrides = Overrides(
        url="http://127.0.0.1:8080",
        headers=(("X-Extra", "1"),),
        origin="https://elsewhere.test",
        subprotocols=("v2",),
    )
    (_, connect) = Conversation(overrides=overrides).tell(events.Started())
    assert isinstance(connect, commands.Connect)
    target = connect.target
    assert target.url == "ws://127.0.0.1:8080/ws"
    assert target.headers == (("X-Extra", "1"),)
    assert target.origin == "https://elsewhere.test"
    assert target.subprotocols == ("v2",)


def test_a_step_may_wait_send_and_wait_for_the_answer() -> None:
    step = Step(expect=("welcome",), send={"id": 1}, ack=Ack(("subscribed",), span(10)))
    talk = Conversation(profile_with(step, Step(send="done")))
    talk.connect()
    assert sent(talk.receive({"type": "welcome"})) == [{"id": 1}]
    assert sent(talk.receive({"type": "subscribed"})) == ["done"]


def test_the_profiles_headers_and_query_are_filled_in() -> None:
    connect = Connect(
        url="wss://demo.test/ws",
        query={"token": "${token}", "sym": "${sym?}"},
        headers={"X-Key": "${token}", "X-Extra": "profile", "X-Left-Out": "${none?}"},
        origin="https://${token}.test",
    )
    profile = replace(profile_with(), connect=connect)
    overrides = Overrides(headers=(("x-extra", "mine"),))
    talk = Conversation(profile, {"token": "a b"}, overrides)
    (_, command) = talk.tell(events.Started())
    assert isinstance(command, commands.Connect)
    assert command.target.url == "wss://demo.test/ws?token=a%20b"
    assert command.target.headers == (("X-Key", "a b"), ("x-extra", "mine"))
    assert command.target.origin == "https://a b.test"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("wss://other", "wss://other/ws?token=t"),
        ("https://other:1/", "wss://other:1/ws?token=t"),
        ("ws://other/path", "ws://other/path?token=t"),
        ("ws://other/path?x=1", "ws://other/path?x=1"),
    ],
)
def test_another_url_keeps_what_it_does_not_say_itself(given: str, url: str) -> None:
    profile = replace(
        profile_with(), connect=Connect(url="wss://demo.test/ws", query={"token": "t"})
    )
    (_, command) = Conversation(profile, {}, Overrides(url=given)).tell(events.Started())
    assert isinstance(command, commands.Connect)
    assert command.target.url == url


def test_what_is_no_websocket_url_is_told() -> None:
    profile = replace(profile_with(), connect=Connect(url="ftp://demo.test"))
    with pytest.raises(WscliError, match="is no URL"):
        Conversation(profile).tell(events.Started())


def test_a_frame_that_lacks_a_value_fails_its_step() -> None:
    talk = Conversation(profile_with(Step(send={"user": "${user}"}), Step(send="never")))
    done = talk.connect()
    assert sent(done) == []
    assert kinds(done) == ["Close"]
    (text,) = said(talk.wait_for_deadline(), StateEvent.RECONNECTING)
    assert text.startswith("a frame cannot be made: ")
    assert "user" in text


def test_a_frame_that_lacks_a_value_fails_its_step_after_a_wait_too() -> None:
    talk = Conversation(profile_with(Step(expect=("welcome",), send={"user": "${user}"})))
    talk.connect()
    assert kinds(talk.receive({"type": "welcome"})) == ["Close"]


@pytest.mark.parametrize(
    ("when", "called"), [("$mine", "--mine"), ("$mine == true", '{"topic":"orders:${user}"}')]
)
def test_a_step_that_needs_what_is_not_known_is_left_out_and_called_by_its_option(
    when: str, called: str
) -> None:
    step = Step(send={"topic": "orders:${user}"}, when=when, needs=("user",))
    profile = profile_with(step, SUBSCRIBE, options=(Option("mine"), Option("topic")))
    talk = Conversation(profile, {"mine": True, "topic": ["a"]})

    done = talk.connect()

    assert sent(done) == [{"op": "subscribe", "topics": ["a"]}]
    assert said(done, StateEvent.REJECTED) == [f"{called} was left out: user is not known"]


def test_what_an_acknowledgement_rejects_is_told_once() -> None:
    subscribed = MessageRule("subscribed", Role.ACK, problem=ProblemRule(each=".rejected[]"))
    profile = make_profile(messages=(subscribed,))
    talk = Conversation(profile)
    talk.connect()

    done = [*talk.receive(REJECTED), *talk.receive(REJECTED)]

    assert said(done, StateEvent.REJECTED) == ["rejected: a"]


def test_what_an_answer_lacks_is_said_where_it_is_used() -> None:
    login = HttpStep(
        Request("POST", "https://demo.test/login"), capture={"token": ".token", "user": ".user"}
    )
    url = Connect(url="wss://demo.test/ws", query={"token": "${token}"})
    talk = Conversation(replace(make_profile(), connect=url, bootstrap=(login,)))
    talk.start()

    end = ending(talk.answer({"user": "u-1"}))

    assert end.exit_code == 3
    assert end.text.endswith(
        "token is not set; POST https://demo.test/login was answered without .token"
    )
