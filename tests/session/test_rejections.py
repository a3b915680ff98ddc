"""What is not granted: said once, counted, and the end of the run where it is everything."""

from __future__ import annotations

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
from wscli.model.message import Role
from wscli.model.options import Option
from wscli.model.profile import MessageRule, ProblemRule, Profile
from wscli.model.record import StateEvent
from wscli.model.requests import HttpStep, Request
from wscli.model.steps import Ack, Step
from wscli.model.wire import Close, Lost
from wscli.session import commands

REJECTED = ProblemRule(each=".rejected[]", text="${.topic}: ${.reason}")
MESSAGES = (
    MessageRule("welcome", Role.CONTROL, capture={"user_id": ".user"}),
    MessageRule("subscribed", Role.ACK, accepted=".topics[]", problem=REJECTED),
    MessageRule("acked", Role.ACK, problem=ProblemRule(path=".why")),
    MessageRule("refused", Role.ERROR, problem=ProblemRule(path=".why")),
    MessageRule("update"),
)
TOPICS = Step(send={"sub": "${topics}"}, when="$topics", ack=Ack(("subscribed",), span(5)))
ORDERS = Step(send={"sub": "orders"}, when="$orders", needs=("user_id",))
EACH = Step(each="${topics}", send={"sub": "${item}"}, ack=Ack(("acked",), span(5)))


def profile_with(*steps: Step) -> Profile:
    options = (Option("topics"), Option("orders"))
    return make_profile(messages=MESSAGES, session=steps, options=options)


def talk_with(*steps: Step, **values: Any) -> Conversation:
    """A talk that is connected."""
    talk = Conversation(profile_with(*steps), values)
    talk.connect()
    return talk


def subscribed(
    talk: Conversation, granted: list[str], rejected: list[str] | None = None
) -> list[commands.Command]:
    told = [{"topic": topic, "reason": "forbidden"} for topic in rejected or []]
    return talk.receive({"type": "subscribed", "topics": granted, "rejected": told})


def closed(talk: Conversation) -> Any:
    return ending(talk.end(Close(1000)))


# --- everything is rejected ----------------------------------------------------------------------


def test_when_everything_is_rejected_the_run_ends() -> None:
    talk = talk_with(TOPICS, topics=["a", "b"])
    done = subscribed(talk, [], ["a", "b"])
    assert said(done, StateEvent.REJECTED) == ["rejected: a: forbidden", "rejected: b: forbidden"]
    assert said(done, StateEvent.PROBLEM) == []
    assert kinds(done) == ["Close"]
    end = closed(talk)
    assert (end.exit_code, end.text) == (4, "everything that was asked for was rejected")


def test_when_the_only_step_was_left_out_the_run_ends() -> None:
    talk = Conversation(profile_with(ORDERS), {"orders": True})
    assert kinds(talk.connect()) == ["Close"]
    assert closed(talk).exit_code == 4


def test_when_every_element_is_rejected_the_run_ends() -> None:
    talk = talk_with(EACH, topics=["a", "b"])
    talk.receive({"type": "refused", "why": "no a"})
    talk.receive({"type": "acked", "why": "no b"})
    assert closed(talk).exit_code == 4


def test_what_rejects_everything_on_a_later_connection_ends_the_run_as_well() -> None:
    talk = talk_with(TOPICS, topics=["a"])
    subscribed(talk, ["a"])
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    talk.connect()
    assert kinds(subscribed(talk, [], ["a"])) == ["Close"]
    assert closed(talk).exit_code == 4


# --- a part of it is -----------------------------------------------------------------------------


def test_when_a_part_is_rejected_that_is_said_and_the_rest_goes_on() -> None:
    talk = talk_with(TOPICS, topics=["a", "b"])
    done = subscribed(talk, ["a"], ["b"])
    assert said(done, StateEvent.REJECTED) == ["rejected: b: forbidden"]
    assert talk.session.state == "streaming"


def test_one_step_that_is_granted_is_enough() -> None:
    talk = talk_with(TOPICS, ORDERS, topics=["a"], orders=True)
    done = subscribed(talk, ["a"])
    assert said(done, StateEvent.REJECTED) == ["--orders was left out: user_id is not known"]
    assert talk.session.state == "streaming"


def test_one_element_that_is_granted_is_enough() -> None:
    talk = talk_with(EACH, topics=["a", "b"])
    talk.receive({"type": "acked"})
    talk.receive({"type": "refused", "why": "no b"})
    assert talk.session.state == "streaming"


def test_an_element_that_needs_no_answer_counts_as_granted() -> None:
    step = Step(each="${topics}", send={"sub": "${item}"})
    talk = talk_with(step, ORDERS, topics=["a"], orders=True)
    assert talk.session.state == "streaming"


def test_an_acknowledgement_that_grants_nothing_and_rejects_nothing_goes_on() -> None:
    talk = talk_with(TOPICS, topics=["a"])
    subscribed(talk, [])
    assert talk.session.state == "streaming"


@pytest.mark.parametrize("topics", [5, "a", {"a": 1}, None, [[]]])
def test_an_acknowledgement_of_an_odd_shape_is_survived(topics: Any) -> None:
    talk = talk_with(TOPICS, topics=["a"])
    talk.receive({"type": "subscribed", "topics": topics, "rejected": topics})
    assert talk.session.state == "streaming"


def test_where_nothing_was_asked_for_nothing_was_rejected() -> None:
    assert talk_with(TOPICS).session.state == "streaming"


# --- said once -----------------------------------------------------------------------------------


def test_a_rejection_is_said_once_and_not_on_each_connection() -> None:
    talk = talk_with(TOPICS, topics=["a", "b"])
    subscribed(talk, ["a"], ["b"])
    for rejected, told in ((["b"], []), (["b", "c"], ["rejected: c: forbidden"])):
        talk.end(Lost("it was cut"))
        talk.wait_for_deadline()
        talk.connect()
        assert said(subscribed(talk, ["a"], rejected), StateEvent.REJECTED) == told


def test_rejections_without_end_are_told_up_to_a_point() -> None:
    talk = talk_with(TOPICS, topics=["a"])
    done = subscribed(talk, ["a"], [str(number) for number in range(2000)])
    texts = said(done, StateEvent.REJECTED)
    assert texts[999:] == ["rejected: 999: forbidden", "more is rejected than is told here"]
    assert said(subscribed(talk, [], ["new"]), StateEvent.REJECTED) == []


# --- what is not answered ------------------------------------------------------------------------


def test_a_step_that_is_not_answered_is_retried() -> None:
    talk = talk_with(TOPICS, topics=["a"])
    assert kinds(talk.wait(5)) == ["Close"]
    done = talk.end(Close(1000))
    assert said(done, StateEvent.RECONNECTING) == ["no subscribed within 5 s; nothing came"]
    assert delay(done) == 1.0


def test_elements_of_which_none_is_answered_are_retried() -> None:
    talk = talk_with(EACH, topics=["a", "b"])
    talk.wait(5)
    assert kinds(talk.wait(5)) == ["Close"]
    done = talk.end(Close(1000))
    why = "no acked within 5 s; nothing came"
    assert said(done, StateEvent.RECONNECTING) == [f"a: {why}; b: {why}"]
    assert delay(done) == 1.0


def test_of_many_elements_of_which_none_is_answered_some_are_named() -> None:
    talk = talk_with(EACH, topics=[str(number) for number in range(50)])
    for _ in range(50):
        talk.wait(5)
    (text,) = said(talk.end(Close(1000)), StateEvent.RECONNECTING)
    assert text.count("no acked") == 5
    assert text.endswith("; and 45 more")


def test_where_one_is_rejected_and_one_not_answered_trying_again_may_help() -> None:
    talk = talk_with(EACH, topics=["a", "b"])
    talk.receive({"type": "refused", "why": "no a"})
    assert kinds(talk.wait(5)) == ["Close"]
    assert delay(talk.end(Close(1000))) == 1.0


def test_where_one_is_granted_what_is_not_answered_is_only_told() -> None:
    talk = talk_with(EACH, topics=["a", "b"])
    talk.receive({"type": "acked"})
    talk.wait(5)
    assert talk.session.state == "streaming"


def test_an_elements_request_that_comes_to_nothing_is_as_one_that_is_not_answered() -> None:
    http = HttpStep(Request("POST", "https://demo.test/auth"))
    talk = talk_with(Step(each="${topics}", http=http), topics=["a"])
    assert kinds(talk.answer(status=500)) == ["Close"]
    assert delay(talk.end(Close(1000))) == 1.0


def test_an_elements_request_that_is_refused_is_a_rejection() -> None:
    http = HttpStep(Request("POST", "https://demo.test/auth"))
    talk = talk_with(Step(each="${topics}", http=http), topics=["a"])
    assert kinds(talk.answer(status=403)) == ["Close"]
    assert closed(talk).exit_code == 4


def test_a_rejection_says_nothing_to_the_provider() -> None:
    talk = talk_with(EACH, topics=["a", "b"])
    assert sent(talk.receive({"type": "refused", "why": "no"})) == [{"sub": "b"}]
