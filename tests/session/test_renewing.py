"""How a stream goes on: renewed, begun afresh, moved, at once, or replaced because it is old."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.conversation import (
    Conversation,
    asked,
    delay,
    delivered,
    ending,
    kinds,
    make_profile,
    said,
    sent,
    span,
)
from tests.session.recovering import Trading, ids, recovering
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.message import Message, Role
from wscli.model.options import Option
from wscli.model.profile import (
    CloseRule,
    MessageRule,
    Profile,
    Reconnect,
    Remembered,
    StatusRule,
    Then,
)
from wscli.model.record import Ending, StateEvent
from wscli.model.requests import HttpStep, Request
from wscli.model.steps import Remember, Step
from wscli.model.wire import Close, Lost
from wscli.session import commands, events
from wscli.session.target import Overrides

LOGIN = HttpStep(
    Request("POST", "https://demo.test/login", json={"key": "${key}"}),
    capture={"token": ".token"},
    secret=("token",),
    cache=True,
)
EXPIRED = MessageRule("expired", Role.ERROR, then=Then.RENEW)


def targets(done: list[commands.Command]) -> list[str]:
    return [each.target.url for each in done if isinstance(each, commands.Connect)]


def renewing(**parts: Any) -> Conversation:
    """A provider whose token comes from a login with the user's key, and may expire."""
    rules = Reconnect(
        backoff=(span(7),),
        on_close=(CloseRule(((4401, 4401),), then=Then.RENEW),),
        on_http=(StatusRule(((401, 401),), then=Then.RENEW),),
    )
    parts = {"messages": (EXPIRED, MessageRule("update")), "reconnect": rules, **parts}
    profile = make_profile(options=(Option("key", secret=True),), bootstrap=(LOGIN,), **parts)
    return Conversation(profile, secrets=True)


def log_in(talk: Conversation, key: str = "k") -> list[commands.Command]:
    """From the reading of the secrets to the open connection; gives the request."""
    login = talk.give(key=key)
    talk.answer({"token": f"token of {key}"})
    talk.connect()
    return login


# --- renew ---------------------------------------------------------------------------------------


def test_what_is_refused_is_renewed_at_once_with_fresh_secrets_and_a_new_login() -> None:
    talk = renewing()
    assert kinds(talk.start()) == ["ReadSecrets"]
    log_in(talk)
    assert talk.session.state == "streaming"
    done = talk.end(Close(4401))
    assert delay(done) == 0.0
    assert kinds(talk.wait_for_deadline()) == ["ReadSecrets"]
    login = log_in(talk, "k2")
    assert asked(login)[0].body == b'{"key":"k2"}', "nothing is taken from the cache"


def test_what_is_refused_twice_in_a_row_is_refused_for_good() -> None:
    talk = renewing()
    talk.start()
    log_in(talk)
    talk.end(Close(4401))
    talk.wait_for_deadline()
    talk.give(key="k")
    talk.answer({"token": "t"})
    end = ending(talk.fail(status=401))
    assert end.exit_code == 4


def test_what_never_streamed_is_refused_at_once() -> None:
    talk = renewing()
    talk.start()
    talk.give(key="k")
    assert ending(talk.answer(status=401)).exit_code == 4


def test_once_it_streams_again_it_may_be_renewed_again() -> None:
    talk = renewing()
    talk.start()
    for _ in range(3):
        log_in(talk)
        done = talk.end(Close(4401))
        assert delay(done) == 0.0
        talk.wait_for_deadline()
    log_in(talk)
    assert delay(talk.end(Close(4401))) == 7.0, "but no oftener than three times in a row at once"


def test_a_message_may_say_that_the_token_has_expired() -> None:
    talk = renewing()
    talk.start()
    log_in(talk)
    assert kinds(talk.receive({"type": "expired"})) == ["Close"]
    assert delay(talk.end(Close(1000))) == 0.0


def test_the_secrets_stand_in_no_text() -> None:
    talk = renewing(session=(Step(send={"auth": "${token}"}),))
    talk.start()
    done = talk.give(key="s3cret")
    done += talk.answer({"token": "t0ken"})
    done += talk.connect()
    done += talk.receive({"type": "expired"})
    done += talk.end(Close(4401))
    shown = [each.shown for each in done if isinstance(each, commands.Send)]
    assert shown
    texts = [*shown, *said(done), repr(asked(done)), *(each.shown for each in asked(done))]
    assert not [text for text in texts if "s3cret" in text or "t0ken" in text]


# --- at once, afresh, moved ----------------------------------------------------------------------


@pytest.mark.parametrize("then", [Then.RECONNECT_NOW, Then.MOVE])
def test_at_once_is_honoured_three_times_in_a_row(then: Then) -> None:
    to = "wss://demo.test/other" if then is Then.MOVE else None
    bye = MessageRule("bye", Role.CONTROL, then=then, to=to)
    reconnect = Reconnect(backoff=(span(1), span(2), span(4), span(8)))
    talk = Conversation(make_profile(messages=(bye,), reconnect=reconnect))
    delays = []
    for _ in range(5):
        talk.connect()
        talk.receive({"type": "bye"})
        delays.append(delay(talk.end(Close(1000))))
        talk.wait_for_deadline()
    assert delays == [0.0, 0.0, 0.0, 8.0, 8.0]


def test_at_once_is_honoured_again_after_good_health() -> None:
    rules = (CloseRule(((4200, 4200),), then=Then.RECONNECT_NOW),)
    reconnect = Reconnect(backoff=(span(1),), on_close=rules, settle=60)
    talk = Conversation(make_profile(messages=(MessageRule("update"),), reconnect=reconnect))
    delays = []
    for _ in range(5):
        talk.connect()
        talk.receive({"type": "update"})
        talk.wait(60)
        delays.append(delay(talk.end(Close(4200))))
        talk.wait_for_deadline()
    assert delays == [0.0] * 5


def test_a_least_wait_holds_at_once_too() -> None:
    rules = (CloseRule(((4200, 4200),), then=Then.RECONNECT_NOW, wait=span(3)),)
    talk = Conversation(make_profile(reconnect=Reconnect(on_close=rules)))
    talk.connect()
    assert delay(talk.end(Close(4200))) == 3.0


MOVE = MessageRule("move", Role.CONTROL, then=Then.MOVE, to="${.url}")


def moving(**parts: Any) -> Conversation:
    talk = Conversation(make_profile(messages=(MOVE, MessageRule("update")), **parts))
    talk.connect()
    return talk


def test_the_next_connection_goes_where_the_provider_wants_and_the_one_after_does_not() -> None:
    talk = moving()
    talk.receive({"type": "move", "url": "wss://other.test/ws?x=1"})
    talk.end(Close(1000))
    assert targets(talk.wait_for_deadline()) == ["wss://other.test/ws?x=1"]
    talk.fail(status=503)
    assert targets(talk.wait_for_deadline()) == ["wss://demo.test/ws"]


ODD_URLS: list[Any] = [
    None, 5, True, [], {}, "", "other.test", "/ws", "ftp://x.test", "wss://", "wss://[", "wss://a b",
    "wss://x.test:99999/", "wss://x\r\nHost: y", ["wss://x.test"],
]  # fmt: skip


@pytest.mark.parametrize("url", ODD_URLS)
def test_a_place_that_is_none_is_said_and_the_profiles_own_is_taken(url: Any) -> None:
    talk = moving()
    done = talk.receive({"type": "move", "url": url})
    assert len(said(done, StateEvent.PROBLEM)) == 1
    assert delay(talk.end(Close(1000))) == 0.0
    assert targets(talk.wait_for_deadline()) == ["wss://demo.test/ws"]


def test_a_message_without_a_place_to_move_to_is_said() -> None:
    talk = moving()
    done = talk.receive({"type": "move"})
    (text,) = said(done, StateEvent.PROBLEM)
    assert text.startswith("move: ")


def test_a_secret_does_not_move_to_a_host_that_a_message_named() -> None:
    move = MessageRule("move", Role.CONTROL, then=Then.MOVE, to="${.url}?token=${key}")
    profile = make_profile(messages=(move,), options=(Option("key", secret=True),))
    talk = Conversation(profile, secrets=True)
    talk.start()
    talk.give(key="s3cret")
    talk.connect()
    talk.receive({"type": "move", "url": "wss://evil.test/ws"})
    talk.end(Close(1000))
    talk.wait_for_deadline()
    done = talk.give(key="s3cret")
    assert kinds(done) == ["Finish"]
    assert ending(done).exit_code == 3
    assert "s3cret" not in repr(done)


def test_a_restart_begins_afresh_after_the_usual_wait() -> None:
    reset = MessageRule("reset", Role.CONTROL, then=Then.RESTART)
    resume = {"backfill": None, "session": (Step(send={"resume": "${last_id}"}),)}
    talk = Trading(recovering(reset, resume=resume, session=(Step(send="hello"),)))
    assert sent(talk.connect()) == ["hello"]
    talk.trades(5)
    assert sent(talk.back()) == [{"resume": 5}]
    talk.receive({"type": "reset"})
    assert delay(talk.end(Close(1000))) == 1.0
    talk.wait_for_deadline()
    assert sent(talk.connect()) == ["hello"]


# --- old age -------------------------------------------------------------------------------------


def aging(**parts: Any) -> Trading:
    return Trading(make_profile(reconnect=Reconnect(max_age=3600, backoff=(span(9),)), **parts))


def test_a_connection_that_is_old_is_replaced_and_what_is_on_its_way_still_shown() -> None:
    talk = Trading(recovering(reconnect=Reconnect(max_age=3600, backoff=(span(9),))))
    talk.streaming(1)
    assert talk.session.deadline == talk.now + 3600
    assert kinds(talk.wait(3599)) == []
    assert kinds(talk.wait(1)) == ["Close"]
    assert ids(talk.trades(2)) == [2]
    done = talk.end(Close(1000))
    assert said(done, StateEvent.RECONNECTING)[0].startswith("the connection is 1 h old")
    assert delay(done) == 0.0


def test_old_age_counts_while_the_steps_are_said_and_while_reading_is_paused() -> None:
    for paused in (False, True):
        messages = (MessageRule("hello", Role.CONTROL),)
        talk = aging(messages=messages, session=(Step(expect=("hello",), within=span(9999)),))
        talk.connect()
        if paused:
            talk.tell(events.ReadingPaused())
        assert kinds(talk.wait(3600)) == ["Close"]


def test_the_next_connection_has_its_own_age() -> None:
    talk = aging()
    talk.connect()
    talk.wait(3000)
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    talk.connect()
    assert kinds(talk.wait(3599)) == []
    assert kinds(talk.wait(1)) == ["Close"]


# --- what is on its way when it ends -------------------------------------------------------------


def named_by_a_step() -> Profile:
    return make_profile(
        discriminator=(Remembered(".channel"), ".type"),
        messages=(MessageRule("swaps"), MessageRule("bye", Role.CONTROL, then=Then.RECONNECT)),
        session=(Step(send={"join": 7}, remember=Remember("${channel}", "swaps")),),
    )


def test_what_comes_while_the_connection_is_closed_keeps_its_name() -> None:
    talk = Conversation(named_by_a_step(), {"channel": 7})
    talk.connect()

    def name() -> str:
        (message,) = talk._decoder.messages([b'{"channel": 7}'])
        assert isinstance(message, Message)
        return message.name

    assert name() == "swaps"
    talk.receive({"type": "bye"})
    assert name() == "swaps"
    talk.end(Close(1000))
    assert name() == "", "it is forgotten with the connection"


def test_while_our_output_is_behind_the_peers_close_is_waited_for() -> None:
    """What has come lies unread; to drop it would be to lose it."""
    bye = MessageRule("bye", Role.CONTROL, then=Then.RECONNECT)
    talk = Conversation(make_profile(messages=(bye,)))
    talk.connect()
    talk.tell(events.ReadingPaused())
    talk.receive({"type": "bye"})
    assert [talk.session.deadline, *kinds(talk.wait(100))] == [None]
    talk.tell(events.ReadingResumed())
    assert talk.session.deadline == talk.now + 3
    assert kinds(talk.wait(3)) == ["Drop"]


def test_a_user_who_stops_is_not_kept_waiting_by_a_slow_output() -> None:
    talk = Conversation(make_profile(messages=(MessageRule("update"),)))
    talk.connect()
    talk.tell(events.ReadingPaused())
    talk.tell(events.StopAsked(Ending(130), 3.0))
    assert talk.session.deadline == talk.now + 3
    assert kinds(talk.wait(3)) == ["Drop", "Finish"]


def test_a_user_may_stop_while_a_slow_output_delays_a_close() -> None:
    bye = MessageRule("bye", Role.CONTROL, then=Then.RECONNECT)
    talk = Conversation(make_profile(messages=(bye,)))
    talk.connect()
    talk.tell(events.ReadingPaused())
    talk.receive({"type": "bye"})
    talk.tell(events.StopAsked(Ending(130), 0.5))
    assert kinds(talk.wait(0.5)) == ["Drop", "Finish"]


def test_a_pause_lasts_over_a_new_connection() -> None:
    rules = Keepalive(PingRule(span(30), span(10)), silence=span(15))
    talk = Conversation(make_profile(messages=(MessageRule("update"),), keepalive=rules))
    talk.connect()
    talk.tell(events.ReadingPaused())
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    talk.connect()
    assert kinds(talk.wait(30)) == ["SendPing"]
    assert kinds(talk.wait(1000)) == []
    talk.tell(events.ReadingResumed())
    assert kinds(talk.wait(14)) == []
    assert kinds(talk.wait(1)) == ["Drop"], "from here on the silence is the provider's"


def test_once_it_is_over_nothing_follows() -> None:
    talk = Conversation(make_profile(messages=(MessageRule("update"),)), overrides=Overrides())
    talk.connect()
    talk.tell(events.StopAsked(Ending(0)))
    assert kinds(talk.end(Close(1000))) == ["Finish"]
    late: list[events.Event] = [
        events.Started(), events.SecretsRead({}), events.SecretsFailed("no"), events.Activity(),
        events.PongReceived(b""), events.ConnectionEnded(Lost("x")), events.SendFailed("x"),
        events.ReadingPaused(), events.ReadingResumed(), events.Tick(),
        events.StopAsked(Ending(130)),
    ]  # fmt: skip
    for event in late:
        assert talk.tell(event) == []
    assert talk.answer({}) == []
    assert delivered(talk.receive({"type": "update"})) == []
    assert talk.session.deadline is None
