"""What the session does about single messages: problems, replies, captures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.conversation import Conversation, make_profile, said, sent
from wscli.model.message import Message, Role
from wscli.model.profile import MessageRule, ProblemRule, Sequence, Then
from wscli.model.record import StateEvent
from wscli.model.steps import Step
from wscli.session import events


def problems_of(rule: ProblemRule, value: Any, values: Any = None) -> list[str]:
    message = MessageRule("note", Role.CONTROL, problem=rule)
    talk = Conversation(make_profile(messages=(message,)), values)
    talk.connect()
    return said(talk.receive(value), StateEvent.PROBLEM)


CASES: list[tuple[ProblemRule, Any, list[str]]] = [
    (ProblemRule(path=".msg"), {"type": "note", "msg": "slow down"}, ["note: slow down"]),
    (ProblemRule(path=".msg"), {"type": "note", "msg": {"code": 7}}, ['note: {"code":7}']),
    (ProblemRule(path=".msg"), {"type": "note"}, []),
    (ProblemRule(path=".msg"), {"type": "note", "msg": None}, []),
    (ProblemRule(text="Look out, ${.x}!"), {"type": "note", "x": 1}, ["note: Look out, 1!"]),
    (
        ProblemRule(each=".rejected[]", text="${.topic}: ${.reason} (${$.type})"),
        {"type": "note", "rejected": [{"topic": "a", "reason": "no"}, {"topic": "b", "reason": 2}]},
        ["note: a: no (note)", "note: b: 2 (note)"],
    ),
    (ProblemRule(each=".bad[]"), {"type": "note", "bad": ["x", 1]}, ["note: x", "note: 1"]),
    (ProblemRule(text="${.x}!"), {"type": "note"}, ['note: {"type":"note"}']),
    (ProblemRule(each=".bad[]"), {"type": "note"}, []),
]


@pytest.mark.parametrize(("rule", "value", "texts"), CASES)
def test_a_message_says_what_is_wrong(rule: ProblemRule, value: Any, texts: list[str]) -> None:
    assert problems_of(rule, value) == texts


@pytest.mark.parametrize(("values", "texts"), [({}, []), ({"token": "t"}, ["note: not accepted"])])
def test_a_problem_may_depend_on_what_was_given(values: Any, texts: list[str]) -> None:
    rule = ProblemRule(when="$token", text="not accepted")
    assert problems_of(rule, {"type": "note"}, values) == texts


def test_a_providers_words_are_cut_to_a_line() -> None:
    rule = ProblemRule(path=".msg")
    (text,) = problems_of(rule, {"type": "note", "msg": "x" * 1000})
    assert text == "note: " + "x" * 300 + "…"


def test_a_message_that_wants_an_answer_gets_it_at_once() -> None:
    ping = MessageRule("ping", Role.HEARTBEAT, reply={"type": "pong", "at": "${.at}"})
    talk = Conversation(make_profile(messages=(ping,)))
    talk.connect()
    assert sent(talk.receive({"type": "ping", "at": 7})) == [{"type": "pong", "at": 7}]
    assert sent(talk.receive({"type": "ping", "at": "x"})) == [{"type": "pong", "at": "x"}]


def test_an_answer_that_lacks_a_value_is_said_and_the_stream_goes_on() -> None:
    ping = MessageRule("ping", Role.HEARTBEAT, reply={"at": "${.at}"})
    talk = Conversation(make_profile(messages=(ping,)))
    talk.connect()
    done = talk.receive({"type": "ping"})
    assert sent(done) == []
    (text,) = said(done, StateEvent.PROBLEM)
    assert text.startswith("the answer to ping cannot be made: ")
    assert sent(talk.receive({"type": "ping", "at": 1})) == [{"at": 1}]


def test_an_answer_may_be_left_out() -> None:
    ping = MessageRule("ping", Role.HEARTBEAT, reply="${id?}")
    talk = Conversation(make_profile(messages=(ping,)))
    talk.connect()
    assert sent(talk.receive({"type": "ping"})) == []


def test_a_value_that_is_missing_keeps_what_was_captured_before() -> None:
    tell = MessageRule("tell", capture={"seq": ".seq"})
    ask = MessageRule("ask", Role.HEARTBEAT, reply={"seq": "${seq:-null}"})
    talk = Conversation(make_profile(messages=(tell, ask)))
    talk.connect()
    answers = []
    for message in (
        {"type": "ask"},
        {"type": "tell", "seq": 5},
        {"type": "ask"},
        {"type": "tell"},
        {"type": "tell", "seq": None},
        {"type": "ask"},
    ):
        answers += sent(talk.receive(message))
    assert answers == [{"seq": None}, {"seq": 5}, {"seq": 5}]


def test_only_messages_that_concern_the_session_are_told() -> None:
    messages = (
        MessageRule("update"),
        MessageRule("heartbeat", Role.HEARTBEAT),
        MessageRule("welcome", Role.CONTROL),
        MessageRule("error", Role.ERROR),
    )
    talk = Conversation(make_profile(messages=messages, session=(Step(expect=("welcome",)),)))
    assert talk.session.concerns == {"welcome", "error"}


def test_a_message_that_comes_while_closing_is_none_of_the_sessions_business() -> None:
    ping = MessageRule("ping", Role.HEARTBEAT, reply="pong", problem=ProblemRule(text="late"))
    bye = MessageRule("bye", Role.ERROR)
    talk = Conversation(make_profile(messages=(ping, bye), session=(Step(expect=("ping",)),)))
    talk.connect()
    talk.receive({"type": "bye"})
    assert talk.session.state == "closing"
    assert talk.receive({"type": "ping"}) == []


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_a_value_nested_beyond_what_can_be_written_is_said_and_survived() -> None:
    rule = ProblemRule(path=".msg")
    message = MessageRule("note", Role.CONTROL, problem=rule, reply={"echo": "${.msg}"})
    talk = Conversation(make_profile(messages=(message,)))
    talk.connect()
    raw = Message(b"", {"type": "note", "msg": deep(100_000)}, "note", "note")
    done = talk.tell(events.Received(raw))
    assert said(done, StateEvent.PROBLEM) == [
        "note: a deeply nested value",
        "the answer to note cannot be made: it is nested too deeply to be written",
    ]
    assert sent(done) == []


def test_a_name_that_a_provider_makes_up_is_cut_to_a_line() -> None:
    rules = {
        "error": MessageRule("error", Role.ERROR, match={"bad": True}),
        "numbered": MessageRule(
            "numbered", match={"n": {"$exists": True}}, sequence=Sequence(".n")
        ),
        "ping": MessageRule("ping", Role.HEARTBEAT, match={"ping": True}, reply="${nothing}"),
        "bye": MessageRule("bye", Role.ERROR, match={"bye": True}, then=Then.MOVE, to="${.url}"),
    }
    talk = Conversation(make_profile(messages=tuple(rules.values())))
    talk.connect()
    name = "x" * 100_000
    done = [
        *talk.receive({"type": name, "bad": True}),
        *talk.receive({"type": name, "n": 1}),
        *talk.receive({"type": name, "n": 9}),
        *talk.receive({"type": name, "ping": True}),
        *talk.receive({"type": name, "bye": True}),
        *talk.wait(3),
    ]
    assert len(said(done)) >= 6
    assert max(map(len, said(done))) < 1000
