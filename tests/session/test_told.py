"""Lengths of time that the provider tells, within what makes sense."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from tests.session.conversation import Conversation, delay, kinds, make_profile, said, sent, span
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.lengths import Span, Told, ToldPart
from wscli.model.message import MISSING, Role
from wscli.model.profile import MessageRule, Profile, Reconnect
from wscli.model.record import StateEvent
from wscli.model.requests import HttpStep, Request
from wscli.model.steps import Step
from wscli.model.wire import Close, Lost
from wscli.session.spans import as_number, clamped, in_words, told

HELLO = MessageRule("hello", Role.CONTROL, capture={"every": ".every", "more": ".more"})
MESSAGES = (HELLO, MessageRule("pong", Role.HEARTBEAT), MessageRule("update"))
EVERY = Told((ToldPart("${every}", 0.001),), 120.0)


def pinging(**ping: Any) -> Profile:
    rule = PingRule(EVERY, span(30), {"type": "ping"}, ("pong",), **ping)
    return make_profile(
        messages=MESSAGES, session=(Step(expect=("hello",)),), keepalive=Keepalive(rule)
    )


@pytest.mark.parametrize(
    ("every", "seconds"),
    [
        (25_000, 25.0),
        ("25000", 25.0),
        (0, 1.0),
        (1, 1.0),
        (-5, 1.0),
        (10**12, 120.0),
        (10**400, 120.0),
        ("soon", 120.0),
        (None, 120.0),
        (True, 120.0),
        ([25_000], 120.0),
        ({"ms": 1}, 120.0),
    ],
)
def test_the_interval_of_the_ping_may_be_told(every: Any, seconds: float) -> None:
    talk = Conversation(pinging())
    talk.connect()
    talk.receive({"type": "hello", "every": every})
    assert talk.session.deadline == talk.now + seconds
    assert sent(talk.wait_for_deadline()) == [{"type": "ping"}]


def test_an_idle_ping_is_counted_from_the_last_frame_by_what_was_told() -> None:
    talk = Conversation(pinging(idle=True))
    talk.connect()
    talk.receive({"type": "hello", "every": 20_000})
    talk.wait(15)
    talk.receive({"type": "update"})
    assert talk.session.deadline == talk.now + 20
    assert sent(talk.wait(20)) == [{"type": "ping"}]
    talk.receive({"type": "update"})
    assert talk.session.deadline == talk.now + 20, "any frame was the answer"


class HalfRandom(random.Random):
    def random(self) -> float:
        return 0.5


def test_the_first_ping_may_come_after_a_random_part_of_the_interval() -> None:
    talk = Conversation(pinging(jitter_first=True))
    talk.session._desk.rng = HalfRandom()
    talk.connect()
    talk.receive({"type": "hello", "every": 20_000})
    assert sent(talk.wait(9)) == []
    assert sent(talk.wait(1)) == [{"type": "ping"}]
    talk.receive({"type": "pong"})
    assert sent(talk.wait(19)) == []
    assert sent(talk.wait(1)) == [{"type": "ping"}]


BOTH = Told((ToldPart("${every}", 1.0), ToldPart("${more}", 1.0)), 300.0)


def silent(keepalive: Keepalive) -> Conversation:
    talk = Conversation(make_profile(messages=MESSAGES, keepalive=keepalive))
    talk.connect()
    return talk


def test_the_silence_is_the_sum_of_what_was_told_from_the_moment_it_is() -> None:
    talk = silent(Keepalive(silence=BOTH))
    assert talk.session.deadline == talk.now + 300, "as long as nothing was told"
    talk.receive({"type": "hello", "every": 20})
    assert talk.session.deadline == talk.now + 300, "as long as a part was not told"
    talk.receive({"type": "hello", "more": 5})
    assert talk.session.deadline == talk.now + 25
    assert said(talk.wait(25), StateEvent.RECONNECTING) == ["silent for 25 s"]


def test_what_one_connection_told_is_forgotten_with_it() -> None:
    talk = silent(Keepalive(silence=BOTH))
    talk.receive({"type": "hello", "every": 20, "more": 5})
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    talk.connect()
    assert talk.session.deadline == talk.now + 300


def test_how_long_no_data_is_normal_may_be_told_too() -> None:
    talk = silent(Keepalive(data_silence=BOTH))
    talk.receive({"type": "hello", "every": 20, "more": 5})
    assert kinds(talk.wait(24)) == []
    assert said(talk.wait(1), StateEvent.QUIET) == ["no data for 25 s"]


# --- waits ---------------------------------------------------------------------------------------


def told_waits(**parts: Any) -> Conversation:
    waits = MessageRule("waits", Role.CONTROL, capture={"list": ".list"})
    reconnect = Reconnect(backoff=(span(7),), told=ToldPart("${list}", 0.001))
    return Conversation(make_profile(messages=(waits,), reconnect=reconnect, **parts))


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        ([1000, 2000, 4000], [1.0, 2.0, 4.0, 4.0]),
        (["1500"], [1.5, 1.5, 1.5, 1.5]),
        (2500, [2.5, 2.5, 2.5, 2.5]),
        ([0, -1, 1, 10**9], [1.0, 1.0, 1.0, 3600.0]),
        ([None, "x", 3000, [], {}], [3.0, 3.0, 3.0, 3.0]),
        ([], [7.0, 7.0, 7.0, 7.0]),
        ("soon", [7.0, 7.0, 7.0, 7.0]),
        ({"a": 1}, [7.0, 7.0, 7.0, 7.0]),
        (None, [7.0, 7.0, 7.0, 7.0]),
    ],
)
def test_how_long_to_wait_may_be_told(waits: Any, expected: list[float]) -> None:
    talk = told_waits()
    delays = []
    for _ in expected:
        talk.connect()
        talk.receive({"type": "waits", "list": waits})
        delays.append(delay(talk.end(Close(1011))))
        talk.wait_for_deadline()
    assert delays == expected


def test_what_was_told_is_drawn_like_the_profiles_own() -> None:
    class Most(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return max(a, b)

    talk = told_waits()
    talk.session._fate.backoff._rng = Most()
    talk.connect()
    talk.receive({"type": "waits", "list": [2000]})
    assert delay(talk.end(Close(1011))) == 3.0


def test_an_answer_before_the_connection_may_tell_how_long_to_wait() -> None:
    step = HttpStep(Request("GET", "https://demo.test/s"), capture={"list": ".waits"})
    talk = told_waits(bootstrap=(step,))
    talk.start()
    talk.answer({"waits": [5000]})
    assert delay(talk.fail(status=503)) == 5.0


# --- the numbers themselves ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5.0), (1.5, 1.5), ("2.5", 2.5), (Decimal("3.5"), 3.5), (" 4 ", 4.0),
        (True, None), (None, None), ([], None), ("", None), ("x", None), (MISSING, None),
        ("inf", None), ("nan", None), (10**400, None), (Decimal("1e400"), None),
    ],
)  # fmt: skip
def test_a_number_that_a_provider_tells(value: Any, number: float | None) -> None:
    assert as_number(value) == number


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, 1.0), (-1e308, 1.0), (1.0, 1.0), (59.5, 59.5), (3600.0, 3600.0), (1e308, 3600.0)],
)
def test_what_a_provider_tells_is_a_second_at_least_and_an_hour_at_most(
    seconds: float, expected: float
) -> None:
    assert clamped(seconds) == expected


def test_parts_that_add_up_to_nothing_sensible_are_a_second() -> None:
    parts = (ToldPart("a", 1e308), ToldPart("b", 1e308))
    numbers = {"a": 1e308, "b": -1e308}
    assert told(Told(parts, 60.0), numbers.get) == Span(1.0, 1.0)


def test_a_length_that_the_profile_says_itself_is_left_alone() -> None:
    assert told(Span(0.1, 9999.0), lambda _: MISSING) == Span(0.1, 9999.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.9996, "1 s"),
        (0.9994, "999 ms"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (119.7, "2 min"),
        (3599.6, "1 h"),
    ],
)
def test_a_length_is_rounded_before_its_words_are_chosen(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
