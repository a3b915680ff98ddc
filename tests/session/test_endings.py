"""What an ending means: stop, wait, at once, and for how long."""

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
    span,
)
from wscli.model.message import Role
from wscli.model.profile import CloseRule, MessageRule, Reconnect, StatusRule, Then
from wscli.model.record import Ending, StateEvent
from wscli.model.steps import Step
from wscli.model.wire import Close, FailureKind, Lost, Violated
from wscli.session import commands, events
from wscli.session.target import Overrides

LADDER = (span(1), span(2), span(4))


def talk_with(overrides: Overrides | None = None, **reconnect: Any) -> Conversation:
    reconnect.setdefault("backoff", LADDER)
    messages = (MessageRule("update"), MessageRule("welcome", Role.CONTROL))
    profile = make_profile(reconnect=Reconnect(**reconnect), messages=messages)
    return Conversation(profile, overrides=overrides)


# --- the built-in rules --------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1002, 1003, 1007, 1008, 1009, 1010])
def test_a_close_that_says_we_are_at_fault_stops(code: int) -> None:
    talk = talk_with()
    talk.connect()
    end = ending(talk.end(Close(code, "bad you")))
    assert (end.exit_code, end.text) == (3, f"the server closed the connection: {code} bad you")


@pytest.mark.parametrize("code", [None, 1000, 1001, 1011, 1012, 1013, 3000, 4000, 4401])
def test_every_other_close_backs_off(code: int | None) -> None:
    talk = talk_with()
    talk.connect()
    assert delay(talk.end(Close(code))) == 1.0


@pytest.mark.parametrize("ended", [Lost("connection reset", 40), Violated(1002, "reserved bits")])
def test_a_lost_connection_and_a_broken_protocol_back_off(ended: Lost | Violated) -> None:
    talk = talk_with()
    talk.connect()
    done = talk.end(ended)
    assert delay(done) == 1.0
    (text,) = said(done, StateEvent.RECONNECTING)
    assert text in {
        "the connection was lost: connection reset; 1 partial frame (40 B) discarded",
        "the server broke the WebSocket protocol: reserved bits",
    }


@pytest.mark.parametrize(
    ("status", "code"), [(401, 4), (403, 4), (400, 3), (404, 3), (426, 3), (200, 3), (302, 3)]
)
def test_a_status_that_will_not_change_stops(status: int, code: int) -> None:
    talk = talk_with()
    talk.tell(events.Started())
    assert ending(talk.fail(status=status)).exit_code == code


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_a_status_that_may_change_is_waited_out(status: int) -> None:
    talk = talk_with()
    talk.tell(events.Started())
    assert delay(talk.fail(status=status)) == 1.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("retry-after", "30"),), 30.0),
        ((("retry-after", "0"),), 1.0),
        ((("retry-after", "99999999"),), 3600.0),
        ((("retry-after", "soon"),), 1.0),
        ((("retry-after", "Mon, 01 Jan 99999999999 00:00:00 GMT"), ("date", "x")), 1.0),
        ((("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),), 1.0),
        (
            (
                ("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT"),
                ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ),
            60.0,
        ),
    ],
)
def test_retry_after_is_a_least_wait(headers: Any, seconds: float) -> None:
    talk = talk_with()
    talk.tell(events.Started())
    assert delay(talk.fail(status=429, headers=headers)) == seconds


# --- the first attempt ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FailureKind.NAME, FailureKind.REFUSED, FailureKind.TIMEOUT])
def test_a_first_attempt_that_reaches_nothing_ends_the_run(kind: FailureKind) -> None:
    talk = talk_with()
    talk.tell(events.Started())
    assert ending(talk.fail(kind)).exit_code == 3


def test_a_later_attempt_that_reaches_nothing_is_repeated() -> None:
    talk = talk_with()
    talk.connect()
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    assert delay(talk.fail(FailureKind.REFUSED)) == 2.0


def test_a_first_attempt_is_repeated_where_the_user_said_how_often() -> None:
    talk = talk_with(Overrides(max_reconnects=1, patient=True))
    talk.tell(events.Started())
    assert delay(talk.fail(FailureKind.REFUSED)) == 1.0
    talk.wait_for_deadline()
    assert ending(talk.fail(FailureKind.REFUSED)).exit_code == 3


def test_a_failure_that_a_retry_cannot_mend_ends_the_run() -> None:
    talk = talk_with(Overrides(max_reconnects=5, patient=True))
    talk.tell(events.Started())
    assert ending(talk.fail(FailureKind.TLS, retry=False)).exit_code == 3


# --- the profile's rules -------------------------------------------------------------------------


def test_the_first_close_rule_that_fits_holds() -> None:
    rules = (
        CloseRule(((1000, 1000),), "New connection*", Then.STOP, say="another client took over"),
        CloseRule(((1008, 1008),), then=Then.REFUSED),
        CloseRule(((4100, 4199),), wait=span(7)),
        CloseRule(((4200, 4299),), then=Then.RECONNECT_NOW),
        CloseRule(((1006, 1006),), then=Then.STOP),
    )
    outcomes: dict[Close | Lost, tuple[int | None, float | None]] = {
        Close(1000, "New connection established"): (3, None),
        Close(1000, "Server shutdown"): (None, 1.0),
        Close(1008): (4, None),
        Close(4150): (None, 7.0),
        Close(4201): (None, 0.0),
        Lost("it was cut"): (3, None),
    }
    for ended, (code, seconds) in outcomes.items():
        talk = talk_with(on_close=rules)
        talk.connect()
        done = talk.end(ended)
        end = ending(done)
        assert (end.exit_code if end else None, delay(done)) == (code, seconds)


def test_what_a_rule_says_is_the_hint() -> None:
    rules = (StatusRule(((403, 403),), Then.STOP, say="Name another origin with --origin."),)
    talk = talk_with(on_http=rules)
    talk.tell(events.Started())
    end = ending(talk.fail(status=403))
    assert (end.exit_code, end.hint) == (3, "Name another origin with --origin.")


def test_a_status_rule_with_a_wait_is_waited_out_whatever_the_status() -> None:
    rules = (StatusRule(((418, 429),), wait=span(30, 60)), StatusRule(((500, 599),), say="Sorry."))
    talk = talk_with(on_http=rules)
    talk.tell(events.Started())
    assert delay(talk.fail(status=418)) == 30.0
    talk.wait_for_deadline()
    assert delay(talk.fail(status=429, headers=(("retry-after", "45"),))) == 45.0
    talk.wait_for_deadline()
    assert delay(talk.fail(status=500)) == 4.0


def test_at_once_is_honoured_three_times_in_a_row() -> None:
    talk = talk_with(on_close=(CloseRule(((4200, 4200),), then=Then.RECONNECT_NOW),))
    delays = []
    for _ in range(5):
        talk.connect()
        delays.append(delay(talk.end(Close(4200))))
        talk.wait_for_deadline()
    assert delays == [0.0, 0.0, 0.0, 4.0, 4.0]


# --- how long ------------------------------------------------------------------------------------


def test_delays_grow_even_though_the_handshake_succeeds() -> None:
    talk = talk_with()
    delays = []
    for _ in range(4):
        talk.connect()
        delays.append(delay(talk.end(Close(1011))))
        talk.wait_for_deadline()
    assert delays == [1.0, 2.0, 4.0, 4.0]


def test_good_health_for_long_enough_makes_the_list_begin_again() -> None:
    talk = talk_with(settle=60)
    for wait, expected in ((59.0, 1.0), (59.0, 2.0), (60.0, 1.0)):
        talk.connect()
        talk.receive({"type": "update"})
        talk.wait(wait)
        assert delay(talk.end(Close(1011))) == expected
        talk.wait_for_deadline()


def test_good_health_takes_a_second_at_least() -> None:
    talk = talk_with(settle=0)
    for wait, expected in ((0.0, 1.0), (0.9, 2.0), (1.0, 1.0)):
        talk.connect()
        talk.receive({"type": "update"})
        talk.wait(wait)
        assert delay(talk.end(Close(1011))) == expected
        talk.wait_for_deadline()


def test_a_profile_may_limit_the_attempts_in_a_row() -> None:
    talk = talk_with(attempts=2)
    for _ in range(2):
        talk.connect()
        assert ending(talk.end(Close(1011))) is None
        talk.wait_for_deadline()
    talk.connect()
    end = ending(talk.end(Close(1011)))
    assert (end.exit_code, end.text) == (
        3,
        "the server closed the connection: 1011; given up after 2 attempts in a row",
    )


@pytest.mark.parametrize(
    ("ended", "code"),
    [(Close(1000), 0), (Close(None), 0), (Close(1001), 3), (Close(1011), 3), (Lost("cut"), 3)],
)
def test_without_reconnecting_only_a_normal_close_is_a_good_end(
    ended: Close | Lost, code: int
) -> None:
    talk = talk_with(Overrides(max_reconnects=0))
    talk.connect()
    assert ending(talk.end(ended)).exit_code == code


def test_the_number_of_reconnects_may_be_limited() -> None:
    talk = talk_with(Overrides(max_reconnects=2))
    for _ in range(2):
        talk.connect()
        assert ending(talk.end(Close(1000))) is None
        talk.wait_for_deadline()
    talk.connect()
    assert ending(talk.end(Close(1000))).exit_code == 3


# --- the user stops, sending fails ---------------------------------------------------------------


def test_a_stop_closes_the_connection_properly_and_then_ends() -> None:
    talk = talk_with()
    talk.connect()
    assert kinds(talk.tell(events.StopAsked(Ending(130)))) == ["Close"]
    talk.receive({"type": "welcome"})
    assert ending(talk.end(Close(1000))) == Ending(130)
    assert talk.session.state == "closed"


def test_a_stop_does_not_wait_for_ever_for_the_peers_close() -> None:
    talk = talk_with()
    talk.connect()
    talk.tell(events.StopAsked(Ending(0), patience=0.5))
    assert talk.wait(0.4) == []
    done = talk.wait(0.1)
    assert kinds(done) == ["Drop", "Finish"]
    assert ending(done) == Ending(0)


@pytest.mark.parametrize("before", ["connecting", "waiting"])
def test_a_stop_without_a_connection_ends_at_once(before: str) -> None:
    talk = talk_with()
    talk.tell(events.Started())
    if before == "waiting":
        talk.connect()
        talk.end(Lost("it was cut"))
    assert talk.session.state == before
    assert kinds(talk.tell(events.StopAsked(Ending(130)))) == ["Finish"]
    assert talk.tell(events.StopAsked(Ending(0))) == []


def test_a_stop_while_closing_decides_how_it_ends() -> None:
    profile = make_profile(
        messages=(MessageRule("bye", Role.CONTROL, then=Then.RECONNECT), MessageRule("update"))
    )
    talk = Conversation(profile)
    talk.connect()
    assert kinds(talk.receive({"type": "bye"})) == ["Close"]
    assert kinds(talk.tell(events.StopAsked(Ending(130)))) == []
    assert ending(talk.end(Close(1000))) == Ending(130)


def test_a_frame_that_cannot_be_sent_means_that_the_connection_is_lost() -> None:
    talk = talk_with()
    talk.connect()
    assert talk.tell(events.SendFailed("broken pipe")) == []
    assert talk.tell(events.SendFailed("broken pipe")) == []
    assert talk.session.state == "closing", "what came before is still read"
    done = talk.end(Lost("connection reset"))
    assert said(done, StateEvent.RECONNECTING) == ["the connection was lost: broken pipe"]


def test_an_answer_that_came_too_late_does_not_hide_why_the_peer_closed() -> None:
    talk = talk_with()
    talk.connect()
    talk.tell(events.SendFailed("the connection is being closed"))
    done = talk.end(Close(1012, "restarting"))
    assert said(done, StateEvent.RECONNECTING) == [
        "the server closed the connection: 1012 restarting"
    ]


def test_after_a_failed_send_the_end_is_not_awaited_for_ever() -> None:
    talk = talk_with()
    talk.connect()
    talk.tell(events.SendFailed("broken pipe"))
    done = talk.wait(3)
    assert kinds(done) == ["Drop"]
    assert delay(done) == 1.0


def test_what_cannot_be_sent_is_wrong_usage() -> None:
    talk = talk_with()
    talk.tell(events.Started())
    assert ending(talk.fail(FailureKind.UNUSABLE, retry=False)).exit_code == 2


def test_an_ending_of_a_connection_that_is_gone_already_means_nothing() -> None:
    talk = talk_with()
    talk.connect()
    talk.end(Lost("it was cut"))
    assert talk.end(Lost("it was cut")) == []


# --- messages that end the connection ------------------------------------------------------------


def ending_message(then: Then, **parts: Any) -> Conversation:
    rule = MessageRule("bad", Role.ERROR, then=then, **parts)
    talk = Conversation(make_profile(messages=(rule, MessageRule("update"))))
    talk.connect()
    return talk


@pytest.mark.parametrize(("then", "code"), [(Then.STOP, 3), (Then.REFUSED, 4)])
def test_a_message_may_end_the_run(then: Then, code: int) -> None:
    talk = ending_message(then)
    assert kinds(talk.receive({"type": "bad"})) == ["Close"]
    assert ending(talk.end(Close(1000))).exit_code == code


def test_a_message_may_ask_for_a_reconnect_after_a_wait() -> None:
    talk = ending_message(Then.RECONNECT, wait=span(30, 45))
    talk.receive({"type": "bad"})
    assert delay(talk.end(Close(1013))) == 30.0


def test_the_peers_own_close_says_for_good_what_went_wrong() -> None:
    talk = ending_message(Then.RECONNECT)
    talk.receive({"type": "bad"})
    end = ending(talk.end(Close(1008, "Agent not found")))
    assert end.exit_code == 3
    assert end.text.endswith("the server closed the connection: 1008 Agent not found")


def test_the_peers_own_close_says_how_to_go_on_as_well() -> None:
    rule = CloseRule(codes=((1013, 1013),), wait=span(40), say="Five are allowed.")
    profile = make_profile(
        messages=(MessageRule("bad", Role.ERROR, then=Then.RECONNECT, wait=span(30)),),
        reconnect=Reconnect(backoff=LADDER, on_close=(rule,)),
    )
    talk = Conversation(profile)
    talk.connect()
    talk.receive({"type": "bad"})
    done = talk.end(Close(1013))
    assert delay(done) == 40.0
    assert said(done, StateEvent.RECONNECTING) == [
        'bad: {"type":"bad"}; the server closed the connection: 1013'
    ]
    (hint,) = [
        each.record.hint
        for each in done
        if isinstance(each, commands.Announce) and each.record.event is StateEvent.RECONNECTING
    ]
    assert hint == "Five are allowed."


@pytest.mark.parametrize(
    ("then", "waits"), [(None, 0.0), (Then.RECONNECT, 0.0), (Then.RESTART, 1.0)]
)
def test_a_close_that_wants_us_back_at_once_is_obeyed_where_we_only_back_off(
    then: Then | None, waits: float
) -> None:
    profile = make_profile(
        messages=(MessageRule("bad", Role.ERROR, then=then), MessageRule("welcome", Role.CONTROL)),
        session=(Step(expect=("welcome",)),),
        reconnect=Reconnect(
            backoff=LADDER, on_close=(CloseRule(((4200, 4299),), then=Then.RECONNECT_NOW),)
        ),
    )
    talk = Conversation(profile)
    talk.connect()
    talk.receive({"type": "bad"})
    assert delay(talk.end(Close(4200))) == waits


def test_an_error_message_that_is_to_be_ignored_changes_nothing() -> None:
    talk = ending_message(Then.IGNORE)
    done = talk.receive({"type": "bad"})
    assert kinds(done) == []
    assert said(done, StateEvent.PROBLEM) == ['bad: {"type":"bad"}']


def test_an_ignored_error_does_not_fail_a_step_either() -> None:
    messages = (
        MessageRule("bad", Role.ERROR, then=Then.IGNORE),
        MessageRule("welcome", Role.CONTROL),
    )
    talk = Conversation(make_profile(messages=messages, session=(Step(expect=("welcome",)),)))
    talk.connect()
    assert kinds(talk.receive({"type": "bad"})) == []
    talk.receive({"type": "welcome"})
    assert talk.session.state == "streaming"


def test_an_error_at_rest_is_said_and_nothing_more() -> None:
    talk = Conversation(make_profile(messages=(MessageRule("bad", Role.ERROR),)))
    talk.connect()
    assert kinds(talk.receive({"type": "bad"})) == []


def test_an_error_page_is_told_as_one_line_of_text() -> None:
    page = "<html><head><title>x</title></head>\n<body><b>Log\n in</b> first</body></html>"
    for body, words in ((page, "it failed: Log in first"), ("", "it failed"), ("x" * 999, "x…")):
        talk = talk_with()
        talk.tell(events.Started())
        assert ending(talk.fail(status=404, body=body)).text.endswith(words)


def test_a_refusal_says_what_may_be_missing() -> None:
    talk = talk_with()
    talk.tell(events.Started())
    assert "--origin" in ending(talk.fail(status=401)).hint


def test_a_message_that_is_too_long_names_the_option() -> None:
    talk = talk_with(Overrides(max_reconnects=0))
    talk.connect()
    end = ending(talk.end(Violated(1009, "a message of 99 bytes, the limit is 10")))
    assert end == Ending(
        3, "a message of 99 bytes, the limit is 10", "--max-frame SIZE raises the limit."
    )
