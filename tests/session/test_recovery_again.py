"""A connection that is lost while what was missed is asked for: what it brought is not lost."""

from __future__ import annotations

from tests.session.conversation import asked, delivered, said, sent
from tests.session.recovering import TRADE, Trading, fetch, ids, recovering, skipped
from wscli.model.message import MessageOrigin, Role
from wscli.model.profile import MessageRule, Split, Then
from wscli.model.record import StateEvent
from wscli.model.wire import Close, Lost
from wscli.session.target import Overrides


def lost_while_recovering(talk: Trading, *held: int) -> Trading:
    """Lose the stream after 1, hold these back on the next connection, and lose that as well."""
    talk.streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(*held)
    talk.back()
    talk.receive({"type": "welcome"})
    return talk


def test_what_an_earlier_connection_brought_alone_is_shown_after_what_was_missed() -> None:
    talk = lost_while_recovering(Trading(), 8)
    assert ids(talk.trades(11)) == []
    assert ids(talk.page(2, 9)) == [2, 9]
    done = talk.page()
    assert ids(done) == [8, 11]
    assert {message.origin for message in delivered(done)} == {MessageOrigin.LIVE}


def test_what_comes_again_with_what_was_missed_is_shown_once() -> None:
    talk = lost_while_recovering(Trading(), 8)
    assert ids(talk.page(2, 8, 9)) == [2, 8, 9]
    done = talk.page()
    assert (ids(done), skipped(done)) == ([], 1)


def test_that_a_page_reaches_what_an_earlier_connection_brought_does_not_end_the_paging() -> None:
    talk = lost_while_recovering(Trading(), 8)
    assert len(asked(talk.page(2, 8))) == 1
    assert ids(talk.page(9)) == [9]


def test_where_nothing_can_be_had_it_is_shown_after_the_gap() -> None:
    talk = lost_while_recovering(Trading(), 8)
    talk.trades(11)
    done = talk.answer(status=500)
    assert ids(done) == [8, 11]
    assert len(said(done, StateEvent.GAP)) == 1
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    talk.connect()
    assert asked(talk.receive({"type": "welcome"}))[0].url.endswith("?since=11")


def test_a_run_that_ends_before_the_next_connection_shows_it() -> None:
    talk = Trading(overrides=Overrides(max_reconnects=2))
    lost_while_recovering(talk, 8)
    done = talk.end(Lost("it was cut"))
    assert ids(done) == [8]
    assert said(done, StateEvent.GAP) == ["the run ends before what was missed is recovered"]


def test_what_cannot_be_told_apart_would_come_twice_and_is_left_to_the_provider() -> None:
    talk = lost_while_recovering(Trading(recovering(resume={"dedupe": ()})), 8)
    assert ids(talk.page(2, 8)) == [2, 8]
    assert ids(talk.page()) == []


def test_nothing_is_sent_for_a_message_of_a_connection_that_is_gone() -> None:
    trade = MessageRule("trade", capture={"last_id": ".id"}, reply={"ack": "${.id}"})
    talk = lost_while_recovering(Trading(recovering(trade=trade)), 8)
    talk.trades(11)
    done = talk.page()
    assert (ids(done), sent(done)) == ([8, 11], [{"ack": 11}])


def test_where_the_provider_begins_anew_it_is_shown_at_once() -> None:
    reset = MessageRule("reset", Role.CONTROL, then=Then.RESTART)
    talk = Trading(recovering(reset)).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(8)
    talk.receive({"type": "reset"})
    done = talk.end(Close(1000))
    assert ids(done) == [8]
    assert said(done, StateEvent.GAP) == [
        "the provider begins anew before what was missed is recovered"
    ]


def test_a_part_of_a_snapshot_that_is_held_back_does_not_end_the_paging() -> None:
    book = MessageRule("book", Role.SNAPSHOT, split=Split(".trades[]"))
    talk = Trading(recovering(book)).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.receive({"type": "book", "trades": [{"type": "trade", "id": each} for each in (2, 9)]})
    assert len(asked(talk.page(2, 3))) == 1
    assert ids(talk.page(4)) == [4]
    assert ids(talk.page()) == [9]


def test_only_what_the_user_asked_for_is_counted() -> None:
    trade = MessageRule(
        "trade", capture=TRADE.capture, where={"id": {"$in": "${wanted?}"}}, role=Role.DATA
    )
    profile = recovering(trade=trade, resume={"backfill": fetch(more=False)})
    talk = Trading(profile, values={"wanted": [2]}).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    done = talk.page(2, 3)
    assert ids(done) == [2, 3], "what is left out is the filter's business"
    assert said(done, StateEvent.RECOVERED) == ["1 message missed since 02:03:20Z recovered"]


def test_that_nothing_was_missed_is_told_in_words() -> None:
    talk = Trading().streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    assert said(talk.page(), StateEvent.RECOVERED) == ["nothing was missed since 02:03:20Z"]
