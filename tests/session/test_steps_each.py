"""A step that is said for each element of a list: one after the other, each with its own fate."""

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
)
from wscli.model.message import Role
from wscli.model.options import Option
from wscli.model.profile import Connect, MessageRule, ProblemRule, Profile, Remembered, Then
from wscli.model.record import Ending, StateEvent
from wscli.model.requests import HttpStep, Request
from wscli.model.steps import Ack, Remember, Step
from wscli.model.wire import Close, FailureKind, Lost
from wscli.session import commands, events

MESSAGES = (
    MessageRule("welcome", Role.CONTROL, capture={"channels": ".channels"}),
    MessageRule("subscribed", Role.ACK, problem=ProblemRule(path=".problem")),
    MessageRule("refused", Role.ERROR, problem=ProblemRule(path=".why")),
    MessageRule("warning", Role.ERROR, problem=ProblemRule(path=".why"), then=Then.IGNORE),
    MessageRule("bye", Role.ERROR, then=Then.STOP),
    MessageRule("update"),
)
ACK = Ack(("subscribed",), span(5), {".topic": ".sub"})
EACH = Step(each="${topics}", send={"sub": "${item}"}, ack=ACK)
AUTH = HttpStep(
    Request("POST", "https://api.demo.test/auth", form={"channel": "${item}"}),
    capture={"auth": ".auth", "extra": ".extra"},
    secret=("auth",),
)
SIGNED = replace(EACH, http=AUTH, send={"sub": "${item}", "auth": "${auth?}", "x": "${extra?}"})


def profile_with(*steps: Step, **parts: Any) -> Profile:
    parts.setdefault("messages", MESSAGES)
    options = (Option("key", secret=True), Option("topics"))
    return make_profile(session=steps, options=options, **parts)


def talk_with(*steps: Step, topics: Any = ("a", "b", "c"), **parts: Any) -> Conversation:
    """A talk that has not begun yet."""
    values = {} if topics is None else {"topics": list(topics)}
    talk = Conversation(profile_with(*steps, **parts), {**values, **parts.pop("values", {})})
    talk.start()
    return talk


def grant(talk: Conversation, topic: Any) -> list[commands.Command]:
    return talk.receive({"type": "subscribed", "topic": topic})


def refuse(talk: Conversation, topic: Any) -> list[commands.Command]:
    return talk.receive({"type": "refused", "topic": topic, "why": f"no {topic}"})


# --- one after the other -------------------------------------------------------------------------


def test_a_step_is_said_for_each_element() -> None:
    talk = talk_with(replace(EACH, ack=None))
    assert sent(talk.connect()) == [{"sub": "a"}, {"sub": "b"}, {"sub": "c"}]
    assert talk.session.state == "streaming"


def test_an_element_waits_for_the_answer_to_the_one_before() -> None:
    talk = talk_with(EACH, Step(send="done"))
    assert sent(talk.connect()) == [{"sub": "a"}]
    assert sent(grant(talk, "b")) == []
    assert sent(grant(talk, "a")) == [{"sub": "b"}]
    assert sent(grant(talk, "b")) == [{"sub": "c"}]
    assert sent(grant(talk, "c")) == ["done"]
    assert talk.session.state == "streaming"


@pytest.mark.parametrize(
    ("topics", "frames"),
    [([], []), ("x", ["x"]), (None, []), ({"a": 1}, [{"a": 1}]), ([["a"], None], [["a"], None])],
)
def test_what_is_no_list_is_the_only_element(topics: Any, frames: Any) -> None:
    step = Step(each="${topics}", send={"sub": "${item}"})
    talk = Conversation(profile_with(step), {"topics": topics})
    assert sent(talk.connect()) == [{"sub": each} for each in frames]
    assert talk.session.state == "streaming"


def test_a_list_that_is_left_out_has_no_elements() -> None:
    talk = talk_with(Step(each="${topics?}", send="${item}"), topics=None)
    assert sent(talk.connect()) == []
    assert talk.session.state == "streaming"


def test_a_list_that_is_not_set_fails_the_step() -> None:
    talk = talk_with(Step(each="${topics}", send="${item}"), topics=None)
    assert kinds(talk.connect()) == ["Close"]
    (text,) = said(talk.end(Close(1000)), StateEvent.RECONNECTING)
    assert text.startswith("a frame cannot be made: ${topics}")


def test_the_list_may_come_from_the_provider() -> None:
    step = Step(expect=("welcome",), each="${channels}", send={"sub": "${item.name}"})
    talk = talk_with(step)
    talk.connect()
    done = talk.receive({"type": "welcome", "channels": [{"name": "x"}, {"name": "y"}]})
    assert sent(done) == [{"sub": "x"}, {"sub": "y"}]


def test_several_elements_may_be_said_at_once() -> None:
    step = Step(each="${topics}", chunk=2, send={"sub": "${item}"}, ack=ACK)
    talk = talk_with(step)
    assert sent(talk.connect()) == [{"sub": ["a", "b"]}]
    assert sent(grant(talk, ["a", "b"])) == [{"sub": ["c"]}]
    grant(talk, ["c"])
    assert talk.session.state == "streaming"


def test_between_two_elements_some_time_may_pass() -> None:
    step = Step(each="${topics}", pace=span(0.2, 0.5), send={"sub": "${item}"})
    talk = talk_with(step)
    assert sent(talk.connect()) == [{"sub": "a"}]
    assert talk.session.deadline == talk.now + 0.2
    assert sent(talk.wait(0.1)) == []
    assert sent(talk.wait(0.1)) == [{"sub": "b"}]
    assert sent(talk.wait_for_deadline()) == [{"sub": "c"}]
    assert talk.session.state == "streaming"


def test_an_element_may_name_what_comes_on_its_channel() -> None:
    remember = Remember("${item}", "stream ${item}")
    discriminator = (Remembered(".topic"), ".type")
    talk = talk_with(replace(EACH, remember=remember), discriminator=discriminator)
    talk.connect()
    talk.receive({"type": "subscribed", "topic": "z"})
    assert talk.session.memory.name("a") == "stream a"
    assert talk.session.memory.name("b") == ""


# --- a request for each --------------------------------------------------------------------------


def test_each_element_has_a_request_of_its_own() -> None:
    talk = talk_with(SIGNED)
    done = talk.connect()
    assert [request.body for request in asked(done)] == [b"channel=a"]
    done = talk.answer({"auth": "s1gn", "extra": 5})
    assert sent(done) == [{"sub": "a", "auth": "s1gn", "x": 5}]
    assert "s1gn" not in shown(done)
    done = grant(talk, "a")
    assert [request.body for request in asked(done)] == [b"channel=b"]
    assert sent(talk.answer({})) == [{"sub": "b"}]


def test_a_request_may_be_for_some_elements_alone() -> None:
    http = replace(AUTH, when='$item | startswith("private-")')
    talk = talk_with(replace(SIGNED, http=http), topics=["open", "private-x"])
    assert sent(talk.connect()) == [{"sub": "open"}]
    assert len(asked(grant(talk, "open"))) == 1


@pytest.mark.parametrize(("url", "named"), [("x", 1), ("${item}", 5)])
def test_what_answers_lack_is_told_in_short_where_it_is_missed(url: str, named: int) -> None:
    http = replace(AUTH, request=Request("GET", f"https://api.demo.test/{url}"))
    step = Step(each="${topics}", http=http, send={"auth": "${auth}"})
    talk = talk_with(step, topics=list("abcdefgh"))
    talk.connect()
    for _ in range(8):
        done = talk.answer({})
    (text,) = said(done, StateEvent.REJECTED)
    assert text.startswith("h cannot be asked for: ${auth}: auth is not set; GET https://api.")
    assert text.count("was answered without .auth, .extra") == named


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_request_that_is_refused_is_its_elements_rejection(status: int) -> None:
    talk = talk_with(SIGNED, topics=["a", "b"])
    talk.connect()
    done = talk.answer(status=status)
    (text,) = said(done, StateEvent.REJECTED)
    assert text.startswith("rejected: a: POST https://api.demo.test/auth was answered with 4")
    assert len(asked(done)) == 1
    talk.answer({})
    grant(talk, "b")
    assert talk.session.state == "streaming"


@pytest.mark.parametrize("fail", ["status", "failure"])
def test_a_request_that_comes_to_nothing_is_told_and_the_next_element_asked_for(fail: str) -> None:
    talk = talk_with(SIGNED, topics=["a", "b"])
    talk.connect()
    failed = talk.answer(status=500) if fail == "status" else talk.fail_to_ask(FailureKind.TIMEOUT)
    (text,) = said(failed, StateEvent.PROBLEM)
    assert text.startswith("a: POST https://api.demo.test/auth")
    assert said(failed, StateEvent.REJECTED) == []
    talk.answer({})
    grant(talk, "b")
    assert talk.session.state == "streaming"


def test_a_request_that_is_to_wait_is_made_once_more() -> None:
    talk = talk_with(SIGNED, topics=["a"])
    talk.connect()
    done = talk.answer(status=429, headers=(("retry-after", "7"),))
    assert asked(done) == []
    assert talk.session.deadline == talk.now + 7
    assert len(asked(talk.wait_for_deadline())) == 1
    assert sent(talk.answer({"auth": "x"})) == [{"sub": "a", "auth": "x"}]


def test_a_request_that_is_to_wait_again_is_given_up() -> None:
    talk = talk_with(SIGNED, topics=["a"])
    talk.connect()
    talk.answer(status=429, headers=(("retry-after", "7"),))
    talk.wait_for_deadline()
    done = talk.answer(status=429, headers=(("retry-after", "7"),))
    assert kinds(done) == ["Close"]
    assert delay(talk.end(Close(1000))) == 1.0


def test_an_error_while_an_elements_answer_is_awaited_over_http_is_only_told() -> None:
    talk = talk_with(SIGNED, topics=["a"])
    talk.connect()
    assert said(refuse(talk, "a"), StateEvent.PROBLEM) == ["refused: no a"]
    assert sent(talk.answer({})) == [{"sub": "a"}]


# --- what becomes of an element ------------------------------------------------------------------


def test_what_is_refused_is_that_elements_rejection_and_the_others_go_on() -> None:
    talk = talk_with(EACH)
    talk.connect()
    done = refuse(talk, "a")
    assert said(done, StateEvent.REJECTED) == ["rejected: a: no a"]
    assert said(done, StateEvent.PROBLEM) == []
    assert sent(done) == [{"sub": "b"}]
    grant(talk, "b")
    grant(talk, "c")
    assert talk.session.state == "streaming"


def test_what_is_refused_late_is_told_and_nothing_to_the_element_at_hand() -> None:
    talk = talk_with(EACH)
    talk.connect()
    grant(talk, "a")
    done = refuse(talk, "a")
    assert said(done, StateEvent.PROBLEM) == ["refused: no a"]
    assert said(done, StateEvent.REJECTED) == []
    assert sent(grant(talk, "b")) == [{"sub": "c"}]


def test_what_a_refused_element_was_about_is_nothing_to_the_next_step() -> None:
    talk = talk_with(EACH, Step(expect=("welcome",)), topics=["a", "b"])
    talk.connect()
    grant(talk, "a")
    refuse(talk, "b")
    assert talk.session.state == "greeting"
    talk.receive({"type": "welcome", "topic": "z"})
    assert talk.session.state == "streaming"


def test_an_error_that_is_to_be_ignored_is_told_and_no_rejection() -> None:
    talk = talk_with(EACH)
    talk.connect()
    done = talk.receive({"type": "warning", "why": "slow"})
    assert said(done) == ["warning: slow"]
    assert sent(grant(talk, "a")) == [{"sub": "b"}]


def test_an_error_that_ends_the_stream_ends_it_in_the_middle_of_a_list() -> None:
    talk = talk_with(EACH)
    talk.connect()
    assert kinds(talk.receive({"type": "bye"})) == ["Close"]
    assert ending(talk.end(Close(1000))).exit_code == 3


def test_an_element_that_is_not_answered_is_told_and_the_others_go_on() -> None:
    talk = talk_with(EACH)
    talk.connect()
    done = talk.wait(5)
    assert said(done, StateEvent.PROBLEM) == ["a: no subscribed within 5 s; nothing came"]
    assert sent(done) == [{"sub": "b"}]
    grant(talk, "b")
    grant(talk, "c")
    assert talk.session.state == "streaming"


def test_an_element_whose_frame_cannot_be_made_is_rejected() -> None:
    step = Step(each="${topics}", send={"sub": "${item.name}"})
    talk = talk_with(step, topics=[{"id": 1}, {"name": "b"}])
    done = talk.connect()
    (text,) = said(done, StateEvent.REJECTED)
    assert text.startswith('{"id":1} cannot be asked for: ${item.name}')
    assert sent(done) == [{"sub": "b"}]


def test_an_element_is_called_by_the_first_two_texts_in_it() -> None:
    step = Step(each="${topics}", send={"sub": "${item.no}"})
    long = "n" * 1000
    talk = talk_with(step, topics=[{"id": 1, "name": "x", "b": "y"}, {"name": long}, ["a"], 5])
    texts = [text.partition(" cannot")[0] for text in said(talk.connect(), StateEvent.REJECTED)]
    assert texts == ["x (y)", "n" * 300 + "…", '["a"]', "5"]


def test_everything_is_said_again_after_a_reconnect() -> None:
    talk = talk_with(EACH)
    talk.connect()
    grant(talk, "a")
    talk.end(Lost("it was cut"))
    assert talk.session.deadline == talk.now + 1
    talk.wait_for_deadline()
    assert sent(talk.connect()) == [{"sub": "a"}]


def test_to_stop_between_two_elements_closes_the_connection() -> None:
    talk = talk_with(Step(each="${topics}", pace=span(1), send={"sub": "${item}"}))
    talk.connect()
    assert kinds(talk.tell(events.StopAsked(Ending(130)))) == ["Close"]
    assert sent(talk.wait(1)) == []
    assert ending(talk.end(Close(1000))) == Ending(130)


# --- secrets in the list -------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [None, 2])
def test_a_secret_in_an_element_is_sent_and_never_shown(chunk: int | None) -> None:
    step = Step(each="${accounts}", chunk=chunk, send={"login": "${item}"}, ack=ACK)
    accounts = {"map": {"each": "${topics}", "to": {"name": "${item}", "key": "${key}"}}}
    talk = Conversation(
        profile_with(step, computed={"accounts": accounts}),
        {"topics": ["a", "b"]},
        secrets=True,
    )
    talk.start()
    talk.give(key="k3y")
    done = talk.connect()
    wanted = [{"name": "a", "key": "k3y"}, {"name": "b", "key": "k3y"}]
    assert sent(done) == [{"login": wanted[0] if chunk is None else wanted}]
    done += talk.receive({"type": "refused", "why": "no"})
    done += talk.wait(5)
    assert "rejected: " in shown(done)
    assert "k3y" not in shown(done)


def test_a_secret_element_is_called_by_its_mask() -> None:
    talk = Conversation(
        profile_with(Step(each="${key}", send={"sub": "${item}"}, ack=ACK)), secrets=True
    )
    talk.start()
    talk.give(key="k3y")
    talk.connect()
    assert said(refuse(talk, None), StateEvent.REJECTED) == []
    done = talk.receive({"type": "refused", "why": "no"})
    assert said(done, StateEvent.REJECTED) == ["rejected: ***: no"]


LOGIN = HttpStep(
    Request("GET", "https://api.demo.test/login"),
    capture={"accounts": ".accounts", "host": ".host"},
    secret=("accounts",),
)
PLACE = HttpStep(Request("GET", "https://api.demo.test/place"), capture={"place": ".place"})
BY_FRAME = Step(each="${accounts}", send="${item}")
BY_REQUEST = Step(
    each="${accounts}", http=HttpStep(Request("POST", "https://${place}/", json="${item}"))
)


@pytest.mark.parametrize(
    ("step", "url"), [(BY_FRAME, "wss://${place}/ws"), (BY_REQUEST, "wss://demo.test/ws")]
)
@pytest.mark.parametrize(("place", "goes"), [("edge.test", True), ("evil.test", False)])
def test_a_secret_in_an_element_goes_where_its_list_may_go(
    step: Step, url: str, place: str, goes: bool
) -> None:
    profile = profile_with(step, bootstrap=(LOGIN, PLACE))
    talk = Conversation(replace(profile, connect=Connect(url=url)))
    talk.start()
    talk.answer({"accounts": ["s3cret"], "host": "edge.test"})
    talk.answer({"place": place})
    done = talk.connect()
    assert (kinds(done)[-1] != "Finish") is goes
    assert "s3cret" not in shown(done)
