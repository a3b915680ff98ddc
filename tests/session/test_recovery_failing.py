"""A recovery that fails, or that outlasts its connection: a gap that is told, nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.conversation import (
    asked,
    delivered,
    ending,
    kinds,
    said,
    sent,
    span,
)
from tests.session.recovering import Trading, fetch, ids, recovering
from wscli.model.keepalive import Keepalive
from wscli.model.message import Role
from wscli.model.profile import MessageRule, Reconnect, StatusRule, Then
from wscli.model.record import Ending, StateEvent
from wscli.model.requests import Request
from wscli.model.wire import Close, FailureKind, Lost
from wscli.session import events, recovery
from wscli.session.target import Overrides

# --- when it fails -------------------------------------------------------------------------------


def test_a_recovery_that_fails_is_a_gap_and_the_stream_goes_on() -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(9)
    done = talk.answer(status=500)
    (text,) = said(done, StateEvent.GAP)
    assert text == (
        "what was missed since 02:03:20Z could not be recovered: "
        "GET https://demo.test/trades was answered with 500 Internal Server Error"
    )
    assert ids(done) == [9]
    assert ids(talk.trades(10)) == [10]


def test_a_recovery_that_fails_midway_says_how_far_it_came() -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.page(2, 3)
    (text,) = said(talk.answer(status=500), StateEvent.GAP)
    assert "could not be recovered but for 2 messages: " in text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>sorry</html>", "no JSON"),
        (b"", "no JSON"),
        (b'{"items": ' + b"[" * 2000 + b"]" * 2000 + b"}", "nested too deeply"),
    ],
)
def test_an_answer_of_no_use_is_a_gap(body: bytes, words: str) -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    (text,) = said(talk.answer(body=body), StateEvent.GAP)
    assert words in text


@pytest.mark.parametrize("value", [None, 5, "text", [], {"items": None}, {"items": {}}, {"x": 1}])
def test_an_answer_of_another_shape_brings_nothing_and_breaks_nothing(value: Any) -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(9)
    done = talk.answer(value)
    assert ids(done) == [9]
    assert talk.session.state == "streaming"


def test_elements_that_are_no_messages_are_shown_as_what_they_are() -> None:
    backfill = fetch(each=".items[]", more=False)
    talk = Trading(recovering(resume={"backfill": backfill})).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    done = talk.answer({"items": [5, "x", None, {"type": "unheard-of"}]})
    assert [message.value for message in delivered(done)] == [5, "x", None, {"type": "unheard-of"}]


def test_a_request_that_cannot_be_made_is_a_gap() -> None:
    backfill = fetch(request=Request("GET", "https://demo.test/${nothing}"))
    talk = Trading(recovering(resume={"backfill": backfill})).streaming(1)
    talk.back()
    talk.trades(9)
    done = talk.receive({"type": "welcome"})
    (text,) = said(done, StateEvent.GAP)
    assert "nothing" in text
    assert ids(done) == [9]


def test_a_server_that_wants_us_to_wait_is_asked_once_more() -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    limited = talk.answer(status=429, headers=(("retry-after", "30"),))
    assert asked(limited) == []
    talk.trades(9)
    assert talk.session.deadline == talk.now + 30
    assert asked(talk.wait(29)) == []
    again = talk.wait(1)
    assert [each.url for each in asked(again)] == ["https://demo.test/trades?since=1"]
    done = talk.answer(status=429, headers=(("retry-after", "30"),))
    assert len(said(done, StateEvent.GAP)) == 1
    assert ids(done) == [9]


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, (("retry-after", "61"),)), (429, ()), (401, ()), (404, (("retry-after", "5"),))],
)
def test_a_wait_that_is_too_long_or_a_refusal_is_a_gap_at_once(status: int, headers: Any) -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    done = talk.answer(status=status, headers=headers)
    assert len(said(done, StateEvent.GAP)) == 1
    assert talk.session.state == "streaming"


def test_a_request_that_reaches_nobody_is_a_gap() -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    (text,) = said(talk.fail_to_ask(FailureKind.TIMEOUT), StateEvent.GAP)
    assert text.endswith("GET https://demo.test/trades: it failed")


def test_a_provider_that_brings_something_new_for_ever_is_asked_so_often_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recovery, "_PAGES", 3)
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(99)
    talk.page(2)
    talk.page(3)
    done = talk.page(4)
    assert asked(done) == []
    assert ids(done) == [4, 99]
    (text,) = said(done, StateEvent.GAP)
    assert text.endswith("but for 3 messages: after 3 pages there was still more")


def test_the_profiles_rules_for_statuses_hold_for_the_recovery_too() -> None:
    rules = (StatusRule(((500, 500),), wait=span(7)),)
    talk = Trading(recovering(reconnect=Reconnect(on_http=rules))).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.answer(status=500)
    assert talk.session.deadline == talk.now + 7


# --- when the connection goes --------------------------------------------------------------------


def test_a_second_drop_begins_again_from_what_was_printed() -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.page(2, 3)
    talk.trades(8, 9)
    talk.now += 60
    talk.back()
    late = talk.token
    assert talk.page(4) == [], "the answer belongs to the connection that is gone"
    done = talk.receive({"type": "welcome"})
    assert asked(done)[0].url.endswith("?since=3")
    assert talk.answer({"items": []}, token=late) == [], "and is no answer to the next request"
    assert ids(talk.page(4, 8, 9)) == [4, 8, 9]
    (text,) = said(talk.page(), StateEvent.RECOVERED)
    assert text == "3 messages missed since 02:03:20Z recovered", "since the first drop"


def test_a_drop_before_the_steps_are_through_loses_nothing_either() -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.trades(7)
    talk.back()
    done = talk.receive({"type": "welcome"})
    assert asked(done)[0].url.endswith("?since=1")
    assert ids(talk.page(7)) == [7]


def test_while_the_connection_is_closed_during_a_recovery_nothing_hides_what_is_missing() -> None:
    """Shown, 9 would become the place from where we ask next, and 8 would be lost."""
    bye = MessageRule("bye", Role.CONTROL, then=Then.RECONNECT)
    talk = Trading(recovering(bye)).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(8)
    assert kinds(talk.receive({"type": "bye"})) == ["Close"]
    assert talk.page(2) == []
    assert ids(talk.trades(9)) == []
    assert ids(talk.end(Close(1000))) == []
    talk.wait_for_deadline()
    talk.connect()
    done = talk.receive({"type": "welcome"})
    assert asked(done)[0].url.endswith("?since=1")
    assert ids(talk.page(2, 8, 9)) == [2, 8, 9]


def test_what_is_held_back_when_the_run_ends_is_shown_and_the_gap_told() -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(8)
    talk.tell(events.StopAsked(Ending(130)))
    talk.trades(9)
    done = talk.end(Close(1000))
    assert ids(done) == [8, 9]
    assert said(done, StateEvent.GAP) == ["the run ends before what was missed is recovered"]
    assert kinds(done)[-1] == "Finish"
    assert ending(done) == Ending(130)


def test_a_run_that_ends_in_a_recovery_sends_nothing_for_what_it_shows() -> None:
    trade = MessageRule("trade", capture={"last_id": ".id"}, reply={"ack": "${.id}"})
    profile = recovering(trade=trade, keepalive=Keepalive(silence=span(15)))
    talk = Trading(profile, Overrides(max_reconnects=1)).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    assert sent(talk.trades(8)) == []
    done = talk.wait(15)
    assert kinds(done) == ["Drop", "Deliver", "Finish"]


def test_a_run_that_ends_with_nothing_held_back_tells_no_gap() -> None:
    talk = Trading(overrides=Overrides(max_reconnects=1)).streaming(1)
    talk.back()
    done = talk.end(Lost("it was cut"))
    assert said(done) == []
    assert kinds(done) == ["Finish"]


def test_a_restart_forgets_where_we_were() -> None:
    reset = MessageRule("reset", Role.CONTROL, then=Then.RESTART)
    talk = Trading(recovering(reset)).streaming(1)
    talk.receive({"type": "reset"})
    talk.end(Close(1000))
    talk.wait_for_deadline()
    talk.connect()
    done = talk.receive({"type": "welcome"})
    assert asked(done) == []
    assert len(said(done, StateEvent.GAP)) == 1
