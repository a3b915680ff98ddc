"""What the user says: when it is sent, in which order, what is kept, and what is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.session.conversation import (
    Conversation,
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
from wscli.model.profile import Codec, Connect, Frames, MessageRule, Profile, Rate
from wscli.model.record import Ending, StateEvent
from wscli.model.steps import Ack, Operation, Step
from wscli.model.wire import Close, Lost
from wscli.session import commands, events
from wscli.session.sayings import Call, Goodbye, Ping, Saying, Text

SUBSCRIBE = Operation("subscribe", {"subscribe": "${topic}", "user": "${user?}"})
NUMBERED = Operation("next", {"id": "${number}", "text": "${text}"})
MESSAGES = (MessageRule("subscribed", Role.ACK),)
GREETING = Step(send={"hello": 1}, ack=Ack(("subscribed",), span(5)))


def talking(
    *operations: Operation, values: dict[str, Any] | None = None, **parts: Any
) -> Conversation:
    """A talk whose steps are through."""
    talk = Conversation(make_profile(operations=operations, **parts), values)
    talk.connect()
    return talk


def say(talk: Conversation, *sayings: Saying) -> list[commands.Command]:
    return [done for each in sayings for done in talk.tell(events.Said(each))]


def limited(profile: Profile) -> Profile:
    return replace(profile, connect=Connect("wss://demo.test/ws", send_limit=Rate(1, 10.0)))


# --- when ----------------------------------------------------------------------------------------


def test_a_line_is_a_text_frame_as_it_stands() -> None:
    frames = Frames(send=(Codec("json"), Codec("append", "\x1e")))
    talk = talking(frames=frames)
    (send,) = say(talk, Text(' {"a":  1} '))
    assert send == commands.Send(' {"a":  1} ', ' {"a":  1} ')


def test_what_is_said_before_the_steps_are_through_is_sent_after_them_in_order() -> None:
    talk = Conversation(make_profile(messages=MESSAGES, session=(GREETING,)))
    assert sent(say(talk, Text("first"))) == []
    assert sent(talk.connect()) == [{"hello": 1}]
    assert sent(say(talk, Text("second"))) == []
    assert sent(talk.receive({"type": "subscribed"})) == ["first", "second"]


def test_what_is_said_while_there_is_no_connection_is_sent_on_the_next_one() -> None:
    talk = talking()
    say(talk, Text("before"))
    talk.end(Lost("cut"))
    assert sent(say(talk, Text("meanwhile"))) == []
    talk.wait_for_deadline()
    assert sent(talk.connect()) == ["meanwhile"], "what was sent is not sent again"


def test_the_providers_limit_holds_for_the_user_too_and_nothing_that_waits_is_lost() -> None:
    talk = Conversation(limited(make_profile()))
    talk.connect()
    assert sent(say(talk, Text("a"), Text("b"), Text("c"))) == ["a"]
    assert talk.session.deadline == talk.now + 10
    assert sent(talk.wait_for_deadline()) == ["b"]
    talk.end(Lost("cut"))
    talk.wait_for_deadline()
    assert sent(talk.connect()) == ["c"]


def test_where_much_waits_the_user_has_to_wait() -> None:
    talk = Conversation(make_profile())
    for number in range(100):
        assert talk.session.listens
        say(talk, Text(str(number)))
    assert not talk.session.listens
    assert len(sent(talk.connect())) == 100
    assert talk.session.listens


def test_waiting_lines_do_not_make_the_session_restless_while_it_cannot_send() -> None:
    talk = Conversation(make_profile(messages=MESSAGES, session=(GREETING,)))
    talk.connect()
    say(talk, Text("later"))
    assert talk.session.deadline == talk.now + 5, "the acknowledgement's"


# --- the end -------------------------------------------------------------------------------------


def test_when_all_is_said_and_sent_that_is_told_once() -> None:
    talk = Conversation(make_profile())
    say(talk, Text("a"))
    assert talk.tell(events.SaidAll()) == []
    assert said(talk.connect(), StateEvent.SPOKEN) == ["everything that was to be said is sent"]
    assert said(talk.wait(1), StateEvent.SPOKEN) == []


def test_after_all_is_said_the_end_of_the_connection_is_that_of_the_run() -> None:
    for ended, code in ((Close(1000), 0), (Lost("cut"), 3), (Close(1011), 3)):
        talk = talking()
        say(talk, Text("a"))
        talk.tell(events.SaidAll())
        end = ending(talk.end(ended))
        assert end is not None
        assert end.exit_code == code


def test_while_something_waits_to_be_said_a_lost_connection_is_made_again() -> None:
    talk = Conversation(limited(make_profile()))
    talk.connect()
    say(talk, Text("a"), Text("b"))
    talk.tell(events.SaidAll())
    assert ending(talk.end(Lost("cut"))) is None
    talk.wait_for_deadline()
    done = talk.connect()
    assert sent(done) == ["b"]
    assert said(done, StateEvent.SPOKEN)


def test_a_goodbye_closes_in_its_turn_and_ends_the_run_well() -> None:
    talk = talking()
    done = say(talk, Text("a"), Goodbye(4001, "enough"), Text("never"))
    assert kinds(done) == ["Send", "Close"]
    assert done[-1] == commands.Close(4001, "enough")
    assert ending(talk.end(Close(1000))) == Ending(0, "closed as you said")


def test_a_goodbye_that_waits_for_a_connection_is_said_on_it() -> None:
    talk = Conversation(make_profile())
    assert say(talk, Goodbye()) == []
    assert kinds(talk.connect()) == ["Close"]


# --- operations ----------------------------------------------------------------------------------


def test_an_operation_is_filled_with_arguments_before_the_profiles_own_values() -> None:
    talk = talking(SUBSCRIBE, values={"topic": ["own"], "user": "u"})
    assert sent(say(talk, Call("subscribe"), Call("subscribe", {"topic": ["x", 1]}))) == [
        {"subscribe": ["own"], "user": "u"},
        {"subscribe": ["x", 1], "user": "u"},
    ]


def test_computed_values_and_the_profiles_frames_hold_for_operations() -> None:
    talk = talking(
        NUMBERED,
        computed={"number": {"counter": 1}},
        frames=Frames(send=(Codec("json"), Codec("append", "\x1e"))),
    )
    done = say(talk, Call("next", {"text": "a"}), Call("next", {"text": "b"}))
    assert [each.text for each in done if isinstance(each, commands.Send)] == [
        '{"id":1,"text":"a"}\x1e',
        '{"id":2,"text":"b"}\x1e',
    ]


@pytest.mark.parametrize(
    ("operation", "text", "hint"),
    [
        (SUBSCRIBE, "/subscribe was not sent: topic is not given", "Write /subscribe topic=…."),
        (
            Operation("subscribe", {"a": "${a}", "b": "${b}"}),
            "/subscribe was not sent: a and b are not given",
            "Write /subscribe a=… b=….",
        ),
        (
            Operation("subscribe", "${a // b}"),
            "/subscribe was not sent: ${a // b}: a or b is not set",
            "",
        ),
        (
            Operation("subscribe", "${a?}"),
            "/subscribe was not sent: with these values nothing of it is left",
            "",
        ),
    ],
)
def test_what_cannot_be_made_is_told_and_the_talk_goes_on(
    operation: Operation, text: str, hint: str
) -> None:
    talk = talking(operation)
    done = say(talk, Call("subscribe"), Text("next"))
    record = next(each.record for each in done if isinstance(each, commands.Announce))
    assert (record.event, record.text, record.hint) == (StateEvent.UNSENT, text, hint)
    assert sent(done) == ["next"]


def test_what_the_user_cannot_say_is_told_at_once_whatever_the_state() -> None:
    talk = Conversation(make_profile())
    done = talk.tell(events.Unsayable("there is no /x", "See /help."))
    assert [each.record.hint for each in done if isinstance(each, commands.Announce)] == [
        "See /help."
    ]
    assert said(done, StateEvent.UNSENT) == ["there is no /x"]


def test_secrets_are_masked_in_what_is_shown_of_what_is_said() -> None:
    operation = Operation("login", {"key": "${key}"})
    profile = make_profile(operations=(operation,), options=(Option("key", secret=True),))
    talk = Conversation(profile, secrets=True)
    talk.start()
    talk.give(key="s3cret")
    talk.connect()
    done = say(talk, Call("login"), Text("my key is s3cret"))
    assert sent(done) == [{"key": "s3cret"}, "my key is s3cret"]
    assert "s3cret" not in shown(done)
    assert talk.session.veiled("a s3cret b") == "a *** b"


def test_where_much_waits_to_be_said_no_more_is_taken_however_few_lines_it_is() -> None:
    talk = talking(SUBSCRIBE)
    talk.end(Lost("cut"))
    listens = []
    for saying in (Text("x" * 200_000), Call("subscribe", {"topic": "y" * 200_000})):
        say(talk, saying)
        listens.append(talk.session.listens)
    talk.wait_for_deadline()
    assert len(sent(talk.connect())) == 2
    listens.append(talk.session.listens)
    assert listens == [True, False, True]


# --- pings ---------------------------------------------------------------------------------------


def test_the_pong_of_the_users_ping_is_told_with_its_time() -> None:
    talk = talking()
    assert say(talk, Ping(b"a"), Ping(b"")) == [commands.SendPing(b"a"), commands.SendPing(b"")]
    talk.now += 0.25
    assert said(talk.tell(events.PongReceived(b"a"))) == ["pong a after 250 ms"]
    assert said(talk.tell(events.PongReceived(b"a"))) == []
    assert said(talk.tell(events.PongReceived(b""))) == ["pong after 250 ms"]


def test_a_pong_of_another_connection_is_none_of_ours() -> None:
    talk = talking()
    say(talk, Ping(b"a"))
    talk.end(Lost("cut"))
    talk.wait_for_deadline()
    talk.connect()
    assert said(talk.tell(events.PongReceived(b"a"))) == []
