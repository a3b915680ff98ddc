"""What a step of the session does: needs, requests, acknowledgements, what it remembers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.session.conversation import (
    Conversation,
    asked,
    delay,
    ending,
    kinds,
    make_profile,
    said,
    sent,
    shown,
    span,
    target,
)
from wscli.model.message import Role
from wscli.model.options import Option
from wscli.model.profile import Connect, MessageRule, Profile, Reconnect, Remembered, Resume, Then
from wscli.model.record import Ending, StateEvent
from wscli.model.requests import HttpStep, Request
from wscli.model.steps import Ack, Remember, Step
from wscli.model.wire import Close, FailureKind, Lost
from wscli.session import events

MESSAGES = (
    MessageRule("welcome", Role.CONTROL, capture={"user_id": ".user"}),
    MessageRule("subscribed", Role.ACK),
    MessageRule("note", Role.CONTROL, capture={"note": ".note"}),
    MessageRule("error", Role.ERROR),
    MessageRule("update", capture={"seq": ".seq"}),
)
KEY = Option("api_key", secret=True)
AUTH = HttpStep(
    Request("POST", "https://api.demo.test/auth", form={"id": "${user_id?}"}),
    capture={"auth": ".auth", "extra": ".extra"},
    secret=("auth",),
)
ACK = Ack(("subscribed",), span(5))
HELLO = Step(expect=("welcome",), within=span(5))


def profile_with(*steps: Step, **parts: Any) -> Profile:
    parts.setdefault("messages", MESSAGES)
    return make_profile(session=steps, options=parts.pop("options", (KEY,)), **parts)


def talk_with(*steps: Step, values: Any = None, **parts: Any) -> Conversation:
    talk = Conversation(profile_with(*steps, **parts), values)
    talk.start()
    return talk


# --- what a step needs ---------------------------------------------------------------------------

ORDERS = Step(send={"sub": "orders:${user_id}"}, when="$orders", needs=("user_id",))


def test_a_step_is_said_when_what_it_needs_is_known() -> None:
    talk = talk_with(HELLO, ORDERS, values={"orders": True})
    talk.connect()
    assert sent(talk.receive({"type": "welcome", "user": "u1"})) == [{"sub": "orders:u1"}]


@pytest.mark.parametrize("user", [{}, {"user": None}])
def test_a_step_that_lacks_what_it_needs_is_left_out_and_the_rest_goes_on(user: Any) -> None:
    public = Step(each="${topics}", send={"sub": "${item}"})
    options = (Option("orders"), Option("topics"))
    talk = talk_with(
        HELLO, ORDERS, public, options=options, values={"orders": True, "topics": ["a"]}
    )
    talk.connect()
    done = talk.receive({"type": "welcome", **user})
    assert said(done, StateEvent.REJECTED) == ["--orders was left out: user_id is not known"]
    assert sent(done) == [{"sub": "a"}]
    assert talk.session.state == "streaming"


def test_a_step_that_nobody_wants_needs_nothing() -> None:
    talk = talk_with(ORDERS)
    assert said(talk.connect(), StateEvent.REJECTED) == []
    assert talk.session.state == "streaming"


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Step(send="sub ${a}", needs=("a", "b")), "sub ${a} was left out: a and b are not known"),
        (Step(http=AUTH, needs=("a",)), "a step was left out: a is not known"),
    ],
)
def test_a_step_that_no_option_wants_is_called_by_what_it_sends(step: Step, told: str) -> None:
    assert said(talk_with(step).connect(), StateEvent.REJECTED) == [told]


def test_a_step_may_need_a_computed_value() -> None:
    step = Step(send="${name}", needs=("name",))
    computed = {"name": {"value": "user ${user}"}}
    talk = talk_with(step, computed=computed, values={"user": "u1"})
    assert sent(talk.connect()) == ["user u1"]
    done = talk_with(step, computed=computed).connect()
    assert said(done, StateEvent.REJECTED) == ["${name} was left out: name is not known"]


def test_a_computed_value_that_cannot_be_made_fails_its_step() -> None:
    talk = talk_with(
        Step(send="x", when="$n"), computed={"n": {"value": "${x|int}"}}, values={"x": "five"}
    )
    done = talk.connect()
    assert kinds(done) == ["Close"]
    (text,) = said(talk.end(Close(1000)), StateEvent.RECONNECTING)
    assert "n cannot be computed" in text


# --- a request in a step -------------------------------------------------------------------------

SIGNED = Step(http=AUTH, send={"auth": "${auth}", "extra": "${extra?}"}, ack=ACK)


def test_a_step_asks_before_it_speaks() -> None:
    talk = talk_with(HELLO, SIGNED, Step(send={"again": "${auth?}"}))
    talk.connect()
    done = talk.receive({"type": "welcome", "user": "u1"})
    assert [request.body for request in asked(done)] == [b"id=u1"]
    assert sent(done) == []
    done = talk.answer({"auth": "s1gn", "more": 1})
    assert sent(done) == [{"auth": "s1gn"}]
    assert "s1gn" not in shown(done)
    assert talk.session.deadline == talk.now + 5
    assert sent(talk.receive({"type": "subscribed"})) == [{}]
    assert talk.session.state == "streaming"


def test_messages_are_handled_while_a_step_asks() -> None:
    talk = talk_with(Step(http=AUTH), HELLO)
    talk.connect()
    assert talk.session.deadline is None
    assert talk.receive({"type": "welcome", "user": "u1"}) == []
    done = talk.receive({"type": "error", "code": 5})
    assert said(done, StateEvent.PROBLEM) == ['error: {"type":"error","code":5}']
    assert talk.session.state == "greeting"
    talk.answer({})
    assert talk.session.state == "streaming"


@pytest.mark.parametrize(("status", "code"), [(401, 4), (404, 3)])
def test_a_request_that_is_refused_ends_the_run(status: int, code: int) -> None:
    talk = talk_with(SIGNED)
    talk.connect()
    assert kinds(talk.answer(status=status)) == ["Close"]
    assert ending(talk.end(Close(1000))).exit_code == code


def test_a_request_that_comes_to_nothing_is_retried() -> None:
    talk = talk_with(SIGNED)
    talk.connect()
    assert kinds(talk.fail_to_ask(FailureKind.TIMEOUT)) == ["Close"]
    done = talk.end(Close(1000))
    assert said(done, StateEvent.RECONNECTING) == ["POST https://api.demo.test/auth: it failed"]
    assert delay(done) == 1.0


def test_a_request_that_is_to_wait_is_made_again_with_the_next_connection() -> None:
    talk = talk_with(SIGNED)
    talk.connect()
    done = talk.answer(status=429, headers=(("retry-after", "7"),))
    assert kinds(done) == ["Close"]
    assert delay(talk.end(Close(1000))) == 7.0


def test_an_answer_that_does_not_hold_is_retried() -> None:
    talk = talk_with(Step(http=replace(AUTH, require=".ok")))
    talk.connect()
    assert kinds(talk.answer({"ok": False})) == ["Close"]
    assert delay(talk.end(Close(1000))) == 1.0


def test_what_an_answer_lacks_is_told_where_it_is_used() -> None:
    talk = talk_with(SIGNED)
    talk.connect()
    assert kinds(talk.answer({"token": "x"})) == ["Close"]
    (text,) = said(talk.end(Close(1000)), StateEvent.RECONNECTING)
    assert text.startswith("a frame cannot be made: ")
    assert "POST https://api.demo.test/auth was answered without .auth" in text


def test_an_answer_to_another_connections_request_does_nothing() -> None:
    talk = talk_with(SIGNED)
    talk.connect()
    first = talk.token
    talk.end(Lost("it was cut"))
    assert talk.answer({"auth": "old"}, token=first) == []
    talk.wait_for_deadline()
    talk.connect()
    assert talk.token != first
    assert talk.answer({"auth": "old"}, token=first) == []
    assert sent(talk.answer({"auth": "new"})) == [{"auth": "new"}]


def test_an_answer_that_comes_twice_is_taken_once() -> None:
    talk = talk_with(SIGNED, HELLO)
    talk.connect()
    talk.answer({"auth": "a"})
    assert talk.answer({"auth": "b"}) == []
    talk.receive({"type": "subscribed"})
    assert talk.answer({"auth": "c"}) == []
    assert talk.session.state == "greeting"


def test_to_stop_while_a_step_asks_closes_the_connection() -> None:
    talk = talk_with(SIGNED)
    talk.connect()
    assert kinds(talk.tell(events.StopAsked(Ending(130)))) == ["Close"]
    assert talk.answer({"auth": "late"}) == []
    assert ending(talk.end(Close(1000))) == Ending(130)


def test_a_secret_in_a_frame_stays_where_the_connection_leads_elsewhere() -> None:
    step = HttpStep(Request("GET", "https://api.demo.test/x"), capture={"host": ".host"})
    profile = replace(
        profile_with(Step(send={"key": "${api_key}"}), bootstrap=(step,)),
        connect=Connect(url="wss://${host}/ws"),
    )
    talk = Conversation(profile, secrets=True)
    talk.start()
    talk.give(api_key="k3y")
    assert kinds(talk.answer({"host": "edge.test"})) == ["Connect"]
    done = talk.connect()
    assert kinds(done) == ["Drop", "Finish"]
    assert ending(done).exit_code == 3
    assert "k3y" not in shown(done)


def test_a_request_with_a_secret_is_not_made_elsewhere() -> None:
    http = HttpStep(Request("POST", "${note}", headers={"Authorization": "${api_key}"}))
    talk = Conversation(profile_with(Step(expect=("note",)), Step(http=http)), secrets=True)
    talk.start()
    talk.give(api_key="k3y")
    talk.connect()
    done = talk.receive({"type": "note", "note": "https://evil.test/auth"})
    assert kinds(done) == ["Drop", "Finish"]
    assert "k3y" not in shown(done)


# --- acknowledgements ----------------------------------------------------------------------------


def test_an_acknowledgement_that_comes_too_early_does_not_count() -> None:
    talk = talk_with(HELLO, Step(send="sub", ack=ACK))
    talk.connect()
    talk.receive({"type": "subscribed"})
    talk.receive({"type": "welcome"})
    assert talk.session.state == "greeting"
    talk.receive({"type": "subscribed"})
    assert talk.session.state == "streaming"


def test_an_acknowledgement_may_repeat_what_was_captured_for_its_step() -> None:
    ack = Ack(("subscribed",), span(5), {".extra": "$extra"})
    talk = talk_with(Step(http=AUTH, send={}, ack=ack))
    talk.connect()
    talk.answer({"extra": 5})
    talk.receive({"type": "subscribed", "extra": 6})
    assert talk.session.state == "greeting"
    talk.receive({"type": "subscribed", "extra": 5})
    assert talk.session.state == "streaming"


BY_ID = Step(send={"id": 7}, ack=Ack(("subscribed",), span(5), {".id": ".id"}))


@pytest.mark.parametrize("id_", [{}, {"id": 7}])
def test_an_error_about_what_was_sent_or_about_nothing_fails_its_step(id_: Any) -> None:
    talk = talk_with(BY_ID)
    talk.connect()
    assert kinds(talk.receive({"type": "error", **id_})) == ["Close"]


def test_an_error_about_something_else_is_only_told() -> None:
    talk = talk_with(BY_ID)
    talk.connect()
    done = talk.receive({"type": "error", "id": 6})
    assert said(done, StateEvent.PROBLEM) == ['error: {"type":"error","id":6}']
    assert talk.session.state == "greeting"
    talk.receive({"type": "subscribed", "id": 7})
    assert talk.session.state == "streaming"


def test_what_the_frame_before_was_about_is_nothing_to_the_next_step() -> None:
    talk = talk_with(BY_ID, HELLO)
    talk.connect()
    talk.receive({"type": "subscribed", "id": 7})
    assert kinds(talk.receive({"type": "error", "id": 6})) == ["Close"]


def test_of_what_came_instead_the_last_five_are_named_and_long_names_cut() -> None:
    rule = MessageRule("x", Role.CONTROL, match={"x": {"$exists": True}}, capture={"x": ".x"})
    talk = talk_with(HELLO, messages=(*MESSAGES, rule))
    talk.connect()
    for name in ("first", *"abcd", "n" * 1000):
        talk.receive({"type": name, "x": 1})
    talk.wait(5)
    (text,) = said(talk.end(Close(1000)), StateEvent.RECONNECTING)
    came = text.rpartition("what came: ")[2].split(", ")
    assert came == [*"abcd", "n" * 300 + "…"]


def test_where_nothing_came_at_all_that_is_said() -> None:
    talk = talk_with(HELLO)
    talk.connect()
    talk.wait(5)
    (text,) = said(talk.end(Close(1000)), StateEvent.RECONNECTING)
    assert text == "no welcome within 5 s; nothing came"


def test_a_wait_is_longer_by_as_long_as_nothing_was_read() -> None:
    talk = talk_with(HELLO)
    talk.connect()
    talk.tell(events.ReadingPaused())
    assert talk.session.deadline is None
    assert kinds(talk.wait(100)) == []
    talk.tell(events.ReadingResumed())
    assert kinds(talk.wait(4.9)) == []
    assert kinds(talk.wait(0.1)) == ["Close"]


# --- what is remembered --------------------------------------------------------------------------

NAMED = (
    Remembered(".channel"),
    ".type",
)


def names_of(talk: Conversation, *channels: Any) -> list[str]:
    """How messages of these channels are called."""
    raw = [f'{{"type":"update","channel":{channel}}}'.encode() for channel in channels]
    return [found.name for found in talk._decoder.messages(raw)]  # type: ignore[union-attr]  # no wholes


def test_a_step_names_what_comes_on_a_channel() -> None:
    step = Step(send={"sub": "c1"}, remember=Remember("${id}", "trades of ${id}"))
    talk = talk_with(step, discriminator=NAMED, values={"id": 5})
    talk.connect()
    assert names_of(talk, "5", '"5"') == ["trades of 5", "update"]


def test_a_channel_that_the_acknowledgement_tells_is_named_once_that_came() -> None:
    step = Step(send={"sub": "x"}, ack=ACK, remember=Remember("${$.id}", "${stream}"))
    talk = talk_with(step, discriminator=NAMED, values={"stream": "trades"})
    talk.connect()
    assert names_of(talk, 17) == ["update"]
    talk.receive({"type": "subscribed", "id": 17})
    assert names_of(talk, 17) == ["trades"]


def test_a_channel_is_named_before_its_acknowledgement_where_that_tells_nothing() -> None:
    step = Step(send={"sub": "x"}, ack=ACK, remember=Remember("c1", "trades"))
    talk = talk_with(step, discriminator=NAMED)
    talk.connect()
    assert names_of(talk, '"c1"') == ["trades"]


def test_what_is_remembered_is_forgotten_with_the_connection() -> None:
    talk = talk_with(Step(remember=Remember("c1", "trades")), discriminator=NAMED)
    talk.connect()
    talk.end(Lost("it was cut"))
    assert names_of(talk, '"c1"') == ["update"]


@pytest.mark.parametrize(
    ("channel", "name"), [([1], "x"), ("c1", 5), ("c1", None), ({"a": 1}, "x")]
)
def test_what_cannot_be_remembered_is_passed_over(channel: Any, name: Any) -> None:
    step = Step(remember=Remember("${channel}", "${name}"))
    talk = talk_with(step, discriminator=NAMED, values={"channel": channel, "name": name})
    talk.connect()
    assert talk.session.state == "streaming"
    assert names_of(talk, '"c1"') == ["update"]


def test_a_channel_that_is_left_out_is_not_remembered() -> None:
    step = Step(remember=Remember("${channel?}", "x"))
    talk = talk_with(step, discriminator=NAMED)
    talk.connect()
    assert talk.session.state == "streaming"


def test_a_channel_that_an_acknowledgement_lacks_fails_the_step() -> None:
    step = Step(send={"sub": "x"}, ack=ACK, remember=Remember("${$.id}", "x"))
    talk = talk_with(step, discriminator=NAMED)
    talk.connect()
    assert kinds(talk.receive({"type": "subscribed"})) == ["Close"]


def test_a_secret_is_no_name() -> None:
    step = Step(remember=Remember("c1", "${api_key}"))
    talk = Conversation(profile_with(step, discriminator=NAMED), secrets=True)
    talk.start()
    talk.give(api_key="k3y")
    talk.connect()
    assert names_of(talk, '"c1"') == ["***"]


# --- to go on where we were ----------------------------------------------------------------------

RESUMING = Resume(
    keep=("seq",),
    connect=Connect(url="wss://demo.test/resume", query={"seq": "${seq}"}),
    session=(Step(send={"resume": "${seq}"}, ack=Ack(("note",), span(5))),),
)


def lose(talk: Conversation) -> Any:
    """Lose the connection, and wait until the next is wanted."""
    talk.end(Lost("it was cut"))
    return target(talk.wait_for_deadline())


def test_a_stream_goes_on_where_it_was() -> None:
    talk = talk_with(Step(send="hello"), resume=RESUMING)
    assert sent(talk.connect()) == ["hello"]
    talk.receive({"type": "update", "seq": 7})
    assert lose(talk).url == "wss://demo.test/resume?seq=7"
    assert sent(talk.connect()) == [{"resume": 7}]
    talk.receive({"type": "note"})
    assert talk.session.state == "streaming"


def test_a_stream_that_does_not_know_where_it_was_begins_afresh() -> None:
    talk = talk_with(Step(send="hello"), resume=RESUMING)
    talk.connect()
    assert lose(talk).url == "wss://demo.test/ws"
    assert sent(talk.connect()) == ["hello"]


def test_a_provider_may_want_the_stream_to_begin_afresh() -> None:
    again = MessageRule("again", Role.CONTROL, then=Then.RESTART)
    talk = talk_with(Step(send="hello"), messages=(*MESSAGES, again), resume=RESUMING)
    talk.connect()
    talk.receive({"type": "update", "seq": 7})
    talk.receive({"type": "again"})
    assert lose(talk).url == "wss://demo.test/ws"
    assert sent(talk.connect()) == ["hello"]


def test_after_a_step_that_fails_again_and_again_the_wait_grows() -> None:
    talk = talk_with(HELLO, reconnect=Reconnect(backoff=(span(1, 1.0), span(2, 2.0))))
    waits = []
    for _ in range(3):
        talk.connect()
        talk.wait(5)
        waits.append(delay(talk.end(Close(1000))))
        talk.wait_for_deadline()
    assert waits == [1.0, 2.0, 2.0]
