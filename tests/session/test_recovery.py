"""What was missed during a drop is held in front of what comes: nothing lost, nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.conversation import (
    asked,
    delivered,
    kinds,
    said,
    sent,
    span,
)
from tests.session.recovering import Trading, fetch, ids, recovering, skipped
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.message import MessageOrigin, Role
from wscli.model.profile import Connect, MessageRule, ProblemRule, Split, Then
from wscli.model.record import StateEvent
from wscli.model.requests import Request
from wscli.model.steps import Ack, Step
from wscli.model.wire import Lost
from wscli.session import commands, recovery

# --- the way it should be ------------------------------------------------------------------------


def test_what_was_missed_is_shown_before_what_comes() -> None:
    talk = Trading().streaming(1, 2)
    talk.back()
    assert ids(talk.trades(6)) == [], "held back, even before the steps are through"
    done = talk.receive({"type": "welcome"})
    (request,) = asked(done)
    assert (request.method, request.url) == ("GET", "https://demo.test/trades?since=2")
    assert ids(talk.trades(7)) == []
    first = talk.page(4, 3)
    assert ids(first) == [3, 4]
    assert {message.origin for message in delivered(first)} == {MessageOrigin.RECOVERED}
    assert asked(first)[0].url.endswith("?since=4")
    second = talk.page(5)
    assert ids(second) == [5]
    last = talk.page()
    assert ids(last) == [6, 7]
    assert {message.origin for message in delivered(last)} == {MessageOrigin.LIVE}
    assert said(last, StateEvent.RECOVERED) == ["3 messages missed since 02:03:20Z recovered"]
    assert ids(talk.trades(8)) == [8]


def test_one_missed_message_is_told_as_one() -> None:
    talk = Trading(recovering(resume={"backfill": fetch(more=False)})).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    (text,) = said(talk.page(2), StateEvent.RECOVERED)
    assert text.startswith("1 message missed since ")


def test_a_message_that_is_recovered_and_received_is_shown_once() -> None:
    talk = Trading().streaming(1, 2)
    talk.back()
    talk.trades(4, 5)
    talk.receive({"type": "welcome"})
    done = talk.page(2, 3, 4)
    assert ids(done) == [3, 4, 5]
    assert skipped(done) == 2, "2 was shown before the drop, 4 came twice"


def test_a_page_that_reaches_what_is_held_back_is_the_last_one() -> None:
    """On a busy stream each page would else bring something new, for ever."""
    talk = Trading().streaming(1)
    talk.back()
    talk.trades(3, 4)
    talk.receive({"type": "welcome"})
    done = talk.page(2, 3)
    assert asked(done) == []
    assert ids(done) == [2, 3, 4]


def test_without_more_one_page_is_asked_for() -> None:
    talk = Trading(recovering(resume={"backfill": fetch(more=False)})).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    done = talk.page(2, 3)
    assert asked(done) == []
    assert ids(done) == [2, 3]


def test_without_a_way_to_tell_messages_apart_an_empty_page_is_the_last() -> None:
    talk = Trading(recovering(resume={"dedupe": ()})).streaming(1)
    talk.back()
    talk.trades(9)
    talk.receive({"type": "welcome"})
    assert ids(talk.page(2)) == [2]
    assert ids(talk.page()) == [9]


def test_one_request_is_made_for_each_element_and_the_answers_are_put_in_order() -> None:
    request = Request("GET", "https://demo.test/${item}", {"since": "${last_id}"})
    backfill = fetch(request=request, over="${pair}", more=False)
    profile = recovering(resume={"backfill": backfill})
    talk = Trading(profile, values={"pair": ["a", "b"]}).streaming(1)
    talk.back()
    first = talk.receive({"type": "welcome"})
    second = talk.page(5, 2)
    assert [each.url for each in asked(first) + asked(second)] == [
        "https://demo.test/a?since=1",
        "https://demo.test/b?since=1",
    ]
    assert ids(talk.page(4, 3)) == [2, 3, 4, 5]


@pytest.mark.parametrize(("given", "paths"), [("a", ["/a"]), (None, []), ([], [])])
def test_one_element_alone_or_none_at_all_may_be_asked_for(given: Any, paths: list[str]) -> None:
    request = Request("GET", "https://demo.test/${item}")
    backfill = fetch(request=request, over="${pair?}", more=False)
    profile = recovering(resume={"backfill": backfill})
    talk = Trading(profile, values={} if given is None else {"pair": given}).streaming(1)
    talk.back()
    done = talk.receive({"type": "welcome"})
    assert [each.url for each in asked(done)] == [f"https://demo.test{path}" for path in paths]
    assert talk.session._intake.holding is bool(paths)


def test_an_element_of_which_no_message_can_be_made_is_said_and_the_others_are_shown() -> None:
    backfill = fetch(shape={"type": "trade", "id": "${.id}"}, more=False)
    talk = Trading(recovering(resume={"backfill": backfill})).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    done = talk.answer({"items": [{"no": "id"}, {"id": 2}]})
    assert ids(done) == [2]
    (text,) = said(done, StateEvent.PROBLEM)
    assert text.startswith("1 of the answer to GET https://demo.test/trades are of no use: ")


def test_a_stream_that_never_ran_has_missed_nothing() -> None:
    talk = Trading()
    talk.connect()
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    talk.connect()
    assert ids(talk.trades(1)) == [1]
    done = talk.receive({"type": "welcome"})
    assert asked(done) == []
    assert said(done, StateEvent.GAP) == []


def test_where_nothing_was_kept_the_gap_is_told() -> None:
    talk = Trading().streaming()
    talk.back()
    assert ids(talk.trades(7)) == [7]
    done = talk.receive({"type": "welcome"})
    assert said(done, StateEvent.GAP) == [
        "not connected for 1 s; what was sent meanwhile is missing"
    ]
    assert asked(done) == []


# --- what is held back ---------------------------------------------------------------------------


def test_only_data_and_snapshots_are_held_back() -> None:
    others = (
        MessageRule("ping", Role.HEARTBEAT, reply={"type": "pong"}),
        MessageRule("note", Role.CONTROL, problem=ProblemRule(path=".text")),
        MessageRule("book", Role.SNAPSHOT),
    )
    talk = Trading(recovering(*others)).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    assert delivered(talk.receive({"type": "book"})) == []
    assert sent(talk.receive({"type": "ping"})) == [{"type": "pong"}]
    assert said(talk.receive({"type": "note", "text": "hi"})) == ["note: hi"]
    assert [message.name for message in delivered(talk.page())] == ["book"]


def test_what_is_held_back_moves_no_cursor_before_it_is_shown() -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(9)
    talk.back()
    assert asked(talk.receive({"type": "welcome"}))[0].url.endswith("?since=1")


def test_a_heartbeat_moves_no_kept_value_while_messages_are_held_back() -> None:
    beat = MessageRule("beat", Role.HEARTBEAT, capture={"last_id": ".id"})
    talk = Trading(recovering(beat)).streaming(1)
    talk.receive({"type": "beat", "id": 3})
    talk.back()
    done = talk.receive({"type": "welcome"})
    assert asked(done)[0].url.endswith("?since=3")
    talk.receive({"type": "beat", "id": 8})
    talk.back()
    assert asked(talk.receive({"type": "welcome"}))[0].url.endswith("?since=3")


def test_a_step_sees_a_message_that_is_held_back() -> None:
    book = MessageRule("book", Role.SNAPSHOT, capture={"version": ".version"})
    session = (Step(expect=("book",), send={"version": "${version}"}),)
    talk = Trading(recovering(book, session=session))
    talk.connect()
    talk.receive({"type": "book", "version": 1})
    talk.trades(1)
    talk.back()
    done = talk.receive({"type": "book", "version": 2})
    assert sent(done) == [{"version": 2}]
    assert delivered(done) == []
    assert [message.name for message in delivered(talk.page())] == ["book"]


def test_a_message_that_is_held_back_may_come_before_the_step_that_waits_for_it() -> None:
    messages = (MessageRule("book", Role.SNAPSHOT), MessageRule("subscribed", Role.ACK))
    session = (
        Step(send={"op": "subscribe"}, ack=Ack(("subscribed",), span(5))),
        Step(expect=("book",), within=span(5)),
    )
    talk = Trading(recovering(*messages, session=session))
    talk.connect()
    talk.receive({"type": "subscribed"})
    talk.receive({"type": "book"})
    talk.trades(1)
    talk.back()
    talk.receive({"type": "book"})
    assert len(asked(talk.receive({"type": "subscribed"}))) == 1
    assert talk.session.state == "streaming"


def test_a_step_sees_a_message_that_is_not_shown_because_it_came_before() -> None:
    book = MessageRule("book", Role.SNAPSHOT)
    session = (Step(expect=("book",), within=span(5)),)
    talk = Trading(recovering(book, session=session, resume={"backfill": None}))
    talk.connect()
    assert ids(talk.receive({"type": "book", "id": "b1"})) == ["b1"]
    assert talk.session.state == "streaming"
    talk.back()
    done = talk.receive({"type": "book", "id": "b1"})
    assert (ids(done), skipped(done)) == ([], 1)
    assert talk.session.state == "streaming"


def test_a_pong_that_is_data_counts_although_it_is_held_back() -> None:
    ping = PingRule(span(30), span(10), {"type": "ping"}, ("pong",))
    profile = recovering(MessageRule("pong"), keepalive=Keepalive(ping))
    talk = Trading(profile).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    assert sent(talk.wait(30)) == [{"type": "ping"}]
    talk.receive({"type": "pong"})
    assert kinds(talk.wait(10)) == []


def test_what_comes_twice_is_answered_twice_and_shown_once() -> None:
    trade = MessageRule("trade", reply={"ack": "${.id}"}, problem=ProblemRule(path=".note"))
    talk = Trading(recovering(trade=trade, resume={"keep": ()})).streaming()
    for again in (False, True):
        done = talk.receive({"type": "trade", "id": 1, "note": "look"})
        assert sent(done) == [{"ack": 1}], "whoever sends it again may not have had our answer"
        assert ids(done) == ([] if again else [1])
        assert said(done) == ([] if again else ["trade: look"])


def test_too_much_to_hold_back_is_shown_and_the_gap_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_MOST", 1000)
    talk = Trading().streaming(1)
    talk.back()
    asking = talk.receive({"type": "welcome"})
    assert ids(talk.trades(10, 11, 12)) == []
    done = talk.trades(13)
    assert ids(done) == [10, 11, 12, 13], "256 bytes are counted for each besides its text"
    assert said(done, StateEvent.GAP) == ["too much came while what was missed was awaited"]
    assert ids(talk.trades(14)) == [14]
    assert asked(asking)
    assert talk.page(2, 3) == [], "what was asked for comes too late"


def test_too_much_before_the_steps_are_through_is_shown_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recovery, "_MOST", 300)
    talk = Trading().streaming(1)
    talk.back()
    assert ids(talk.trades(10, 11)) == [10, 11]
    done = talk.receive({"type": "welcome"})
    assert asked(done) == []
    assert talk.session.state == "streaming"


def test_a_held_message_that_ends_the_connection_is_shown_with_all_that_came() -> None:
    bye = MessageRule("bye", then=Then.RECONNECT)
    talk = Trading(recovering(bye)).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(3)
    talk.receive({"type": "bye"})
    talk.trades(4)
    done = talk.page(2)
    assert ids(done)[:1] == [2]
    done = talk.page()
    assert [message.name for message in delivered(done)] == ["trade", "bye", "trade"]
    assert kinds(done)[-2:] == ["Close", "Deliver"]
    assert talk.session.state == "closing"


# --- where the provider resumes ------------------------------------------------------------------


def test_a_provider_that_resumes_is_asked_where_we_were_and_no_gap_is_told() -> None:
    resume = {
        "backfill": None,
        "connect": Connect(url="wss://demo.test/resume", query={"from": "${last_id}"}),
        "session": (Step(send={"resume": "${last_id}"}),),
    }
    talk = Trading(recovering(resume=resume)).streaming(1)
    talk.end(Lost("it was cut"))
    (connect,) = [each for each in talk.wait_for_deadline() if isinstance(each, commands.Connect)]
    assert connect.target.url == "wss://demo.test/resume?from=1"
    done = talk.connect()
    assert sent(done) == [{"resume": 1}]
    assert said(done, StateEvent.GAP) == []
    assert ids(talk.trades(1, 2)) == [2]


def test_the_first_connection_is_never_resumed() -> None:
    resume = {"backfill": None, "keep": (), "session": (Step(send="resume"),)}
    talk = Trading(recovering(session=(Step(send="hello"),), resume=resume))
    assert sent(talk.connect()) == ["hello"]
    assert sent(talk.back()) == ["resume"]


# --- messages that stand for others --------------------------------------------------------------


def test_what_an_answer_stands_for_is_recovered_one_by_one() -> None:
    batch = MessageRule("batch", split=Split(".trades[]"))
    talk = Trading(recovering(batch)).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    done = talk.answer(
        {"items": [{"type": "batch", "trades": [{"type": "trade", "id": n} for n in (2, 3)]}]}
    )
    assert ids(done) == [2, 3]


def test_a_message_that_was_split_acts_at_once_and_its_parts_are_held_back() -> None:
    batch = MessageRule("batch", split=Split(".trades[]"), reply={"ack": "${.n}"})
    talk = Trading(recovering(batch)).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    done = talk.receive({"type": "batch", "n": 4, "trades": [{"type": "trade", "id": 9}]})
    assert (sent(done), ids(done)) == ([{"ack": 4}], [])
    assert ids(talk.page()) == [9]


def test_what_was_shown_before_the_steps_were_through_counts_as_well() -> None:
    talk = Trading()
    talk.connect()
    assert ids(talk.trades(1)) == [1]
    talk.back()
    done = talk.receive({"type": "welcome"})
    assert asked(done)[0].url.endswith("?since=1")


def test_a_gap_after_what_was_shown_before_the_steps_were_through_is_told() -> None:
    profile = recovering(resume={"backfill": None, "keep": ()})
    talk = Trading(profile)
    talk.connect()
    talk.end(Lost("nothing was shown yet, so nothing is missing"))
    talk.wait_for_deadline()
    talk.connect()
    talk.trades(1)
    talk.now += 10
    talk.back()
    (text,) = said(talk.receive({"type": "welcome"}), StateEvent.GAP)
    assert text == "not connected for 1 s; what was sent meanwhile is missing"
