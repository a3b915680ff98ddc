"""What was before is shown before the stream begins, where the user wants it."""

from __future__ import annotations

from typing import Any

from tests.session.conversation import (
    Conversation,
    asked,
    delivered,
    ending,
    kinds,
    make_profile,
    said,
    sent,
    span,
)
from tests.session.recovering import TRADE, Trading, fetch, ids, recovering, skipped
from wscli.model.keepalive import Keepalive
from wscli.model.message import MessageOrigin
from wscli.model.options import Option
from wscli.model.profile import Profile, Reconnect, Resume
from wscli.model.record import Ending, StateEvent
from wscli.model.requests import HttpStep, Request
from wscli.model.steps import Step
from wscli.model.wire import FailureKind
from wscli.session import events
from wscli.session.target import Overrides

WANTED = Overrides(history=True, max_reconnects=5, patient=True)
BEFORE = fetch(request=Request("GET", "https://demo.test/history"), more=False)


def with_history(**parts: Any) -> Trading:
    overrides = parts.pop("overrides", WANTED)
    parts.setdefault("history", BEFORE)
    return Trading(recovering(**parts), overrides)


def test_the_history_comes_in_order_before_the_connection_is_opened() -> None:
    talk = with_history()
    done = talk.start()
    assert kinds(done) == ["Ask"]
    assert asked(done)[0].url == "https://demo.test/history"
    done = talk.page(3, 1, 2)
    assert ids(done) == [1, 2, 3]
    assert {message.origin for message in delivered(done)} == {MessageOrigin.HISTORY}
    assert said(done, StateEvent.STEP) == ["3 messages of the history"]
    assert kinds(done)[-1] == "Connect"


def test_a_history_of_one_message_is_told_as_one() -> None:
    talk = with_history()
    talk.start()
    assert said(talk.page(1), StateEvent.STEP) == ["1 message of the history"]


def test_without_the_users_wish_no_history_is_asked_for() -> None:
    talk = with_history(overrides=Overrides())
    assert kinds(talk.start()) == ["Connect"]


def test_a_profile_without_a_history_has_none_to_ask_for() -> None:
    talk = with_history(history=None)
    assert kinds(talk.start()) == ["Connect"]


def test_the_history_is_asked_for_once_and_after_the_bootstrap() -> None:
    bootstrap = (HttpStep(Request("POST", "https://demo.test/login")),)
    talk = with_history(bootstrap=bootstrap)
    assert asked(talk.start())[0].url == "https://demo.test/login"
    assert asked(talk.answer({}))[0].url == "https://demo.test/history"
    assert kinds(talk.page(1))[-1] == "Connect"
    talk.fail(FailureKind.REFUSED)
    talk.wait_for_deadline()
    assert kinds(talk.answer({})) == ["Connect"]


def test_a_history_that_cannot_be_had_is_told_and_the_stream_begins() -> None:
    talk = with_history()
    talk.start()
    done = talk.answer(status=404)
    (text,) = said(done, StateEvent.PROBLEM)
    assert text.startswith("the history could not be had: GET https://demo.test/history was ")
    assert said(done, StateEvent.STEP) == []
    assert kinds(done) == ["Connect"]


def test_a_history_may_have_pages() -> None:
    history = fetch(request=Request("GET", "https://demo.test/history", {"after": "${last_id?}"}))
    talk = with_history(history=history)
    assert asked(talk.start())[0].url == "https://demo.test/history"
    assert asked(talk.page(1, 2))[0].url == "https://demo.test/history?after=2"
    assert asked(talk.page(3))[0].url == "https://demo.test/history?after=3"
    done = talk.answer(status=500)
    assert said(done, StateEvent.STEP) == ["3 messages of the history"]
    assert len(said(done, StateEvent.PROBLEM)) == 1


def test_what_the_history_showed_is_not_shown_again() -> None:
    talk = with_history()
    talk.start()
    assert skipped(talk.page(1, 2, 2)) == 1
    talk.connect()
    talk.receive({"type": "welcome"})
    assert ids(talk.trades(2, 3)) == [3]


def test_between_history_and_stream_there_is_no_gap_to_recover() -> None:
    talk = with_history()
    talk.start()
    talk.page(1, 2)
    talk.connect()
    done = talk.receive({"type": "welcome"})
    assert asked(done) == []
    assert said(done, StateEvent.GAP) == []


def test_a_server_that_wants_us_to_wait_is_asked_for_the_history_once_more() -> None:
    talk = with_history()
    talk.start()
    talk.answer(status=503, headers=(("retry-after", "7"),))
    assert talk.session.deadline == talk.now + 7
    assert asked(talk.wait(6)) == []
    assert len(asked(talk.wait(1))) == 1
    assert kinds(talk.page(1))[-1] == "Connect"


def test_the_user_may_stop_while_the_history_is_awaited() -> None:
    talk = with_history()
    talk.start()
    done = talk.tell(events.StopAsked(Ending(130)))
    assert kinds(done) == ["Finish"]
    assert ending(done) == Ending(130)
    assert talk.page(1) == [], "nothing follows the end"


def long_history() -> Profile:
    return make_profile(
        messages=(TRADE,),
        session=(Step(send={"op": "subscribe"}), Step(expect=("trade",), within=span(5))),
        keepalive=Keepalive(silence=span(15)),
        reconnect=Reconnect(backoff=(span(1),)),
        resume=Resume(dedupe=(".id",)),
        history=BEFORE,
    )


def test_a_history_that_our_output_takes_slowly_is_no_silence_of_the_provider() -> None:
    """Nothing is read while the output is behind, so nothing can come."""
    talk = Trading(long_history(), WANTED)
    talk.start()
    talk.tell(events.ReadingPaused())
    talk.page(1, 2)
    assert sent(talk.connect()) == [{"op": "subscribe"}]
    assert kinds(talk.wait(100)) == []
    assert talk.session.deadline is None
    done = talk.tell(events.ReadingResumed())
    assert said(done, StateEvent.PAUSED) == [
        "our output was not taken for 1 min 40 s, so nothing was read meanwhile"
    ]
    assert kinds(talk.wait(4)) == []
    assert kinds(talk.wait(1)) == ["Close"], "now the step's own time is over"


def test_a_secret_does_not_follow_a_history_to_a_host_that_only_an_answer_named() -> None:
    profile = make_profile(
        options=(Option("key", secret=True),),
        bootstrap=(
            HttpStep(Request("GET", "https://demo.test/where"), capture={"server": ".server"}),
        ),
        history=fetch(request=Request("GET", "${server}/history", headers={"X-Key": "${key}"})),
    )
    talk = Conversation(profile, overrides=WANTED, secrets=True)
    talk.start()
    talk.give(key="s3cret")
    done = talk.answer({"server": "https://elsewhere.test"})
    assert kinds(done) == ["Finish"]
    assert ending(done).exit_code == 3
    assert "elsewhere.test" in ending(done).text
    assert "s3cret" not in repr(done)
