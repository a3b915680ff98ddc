"""Which rule a message follows, and the name that users see."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wscli.messages.classify import Classifier, Decoder
from wscli.messages.memory import Memory
from wscli.model.message import MISSING, Message
from wscli.model.profile import Connect, MessageRule, Profile, Remembered
from wscli.model.wire import Binary


def profile(
    *rules: MessageRule, discriminator: tuple[str | Remembered, ...] = (".type",)
) -> Profile:
    return Profile("demo", Connect("ws://x"), discriminator=discriminator, messages=rules)


def name_of(made: Profile, value: Any) -> tuple[str, str]:
    return Classifier(made).name(value, json.dumps(value).encode())


def received(made: Profile, frames: list[bytes]) -> list[Message]:
    return [one for one in Decoder(made).messages(frames) if isinstance(one, Message)]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"type": "update"}, ("update", "update")),
        ({"type": "other"}, ("other", "")),
        ({"type": 7}, ("7", "7")),
        ({"type": True}, ("true", "")),
        ({"type": None}, ("", "")),
        ({"type": ["update"]}, ("", "")),
        ({}, ("", "")),
        ([1, 2], ("", "")),
        ("update", ("", "")),
        (None, ("", "")),
    ],
)
def test_the_discriminators_value_names_the_rule(value: Any, name: tuple[str, str]) -> None:
    assert name_of(profile(MessageRule("update"), MessageRule("7")), value) == name


def test_the_first_discriminator_that_is_present_decides() -> None:
    made = profile(MessageRule("created"), discriminator=(".data.eventType", ".type"))
    assert name_of(made, {"type": "position", "data": {"eventType": "created"}})[1] == "created"
    assert name_of(made, {"type": "created", "data": "text"})[1] == "created"
    assert name_of(made, {"type": "created", "data": {"eventType": None}})[1] == "created"


def test_the_first_rule_that_holds_wins() -> None:
    made = profile(
        MessageRule("anonymous", match={"type": "welcome", "user": None}),
        MessageRule("welcome"),
        MessageRule("late", match={"type": "welcome"}),
    )
    assert name_of(made, {"type": "welcome", "user": None}) == ("welcome", "anonymous")
    assert name_of(made, {"type": "welcome", "user": "u"}) == ("welcome", "welcome")


def test_a_message_is_shown_under_its_own_name_where_it_has_one() -> None:
    made = profile(
        MessageRule("trades:*", match={"topic": {"$glob": "trades:*"}}),
        MessageRule("rest", match={"rest": True}),
        discriminator=(".type", ".topic"),
    )
    assert name_of(made, {"topic": "trades:x"}) == ("trades:x", "trades:*")
    assert name_of(made, {"rest": True}) == ("rest", "rest")


def test_a_discriminator_may_be_more_than_a_path() -> None:
    made = profile(MessageRule("x"), discriminator=("(.a // .b)",))
    assert name_of(made, {"b": "x"})[1] == "x"


def test_a_text_that_is_no_json_may_have_a_rule() -> None:
    made = profile(MessageRule("pong", match={"$text": "pong"}))
    assert Classifier(made).name(MISSING, b"pong") == ("pong", "pong")
    assert Classifier(made).name(MISSING, b"ping") == ("", "")
    assert Classifier(profile()).name(MISSING, b"pong") == ("", "")


def test_frames_become_messages_with_their_own_bytes() -> None:
    frames = [b'{"type": "update", "n": 0.10}', b"pong", Binary(b'{"type":"update"}'), b"1e400"]
    messages = received(profile(MessageRule("update")), frames)
    assert [message.raw for message in messages] == frames
    assert [message.rule for message in messages] == ["update", "", "update", ""]
    assert messages[0] == Message(frames[0], {"type": "update", "n": 0.1}, "update", "update")
    assert messages[1].problem.startswith("no JSON")
    assert isinstance(messages[2].raw, Binary)


def test_a_number_beyond_64_bits_may_be_a_name() -> None:
    made = profile(MessageRule("123456789012345678901234567890"))
    raw = b'{"type":123456789012345678901234567890,"x":1e400}'
    (message,) = received(made, [raw])
    assert message.rule == "123456789012345678901234567890"


def test_what_is_remembered_names_a_message_before_its_own_type_does() -> None:
    made = profile(
        MessageRule("ack", match={"event": "subscribed"}),
        MessageRule("swaps"),
        MessageRule("rest", match={"channel": {"$exists": True}}),
        MessageRule("ping"),
        discriminator=(Remembered(".channel"), ".event"),
    )
    memory = Memory()
    name = Classifier(made, memory).name
    update = {"event": "update", "channel": "c1"}
    assert name(update, b"") == ("update", "rest")
    memory.put("c1", "swaps")
    memory.put("c2", "balances")
    assert name(update, b"") == ("swaps", "swaps")
    assert name(update | {"channel": "c2"}, b"") == ("balances", "rest")
    assert name(update | {"event": "subscribed"}, b"") == ("swaps", "ack")
    assert name({"event": "ping"}, b"") == ("ping", "ping")
    assert name({"event": "ping", "channel": ["c1"]}, b"") == ("ping", "rest")


def test_a_remembered_name_alone_may_be_the_discriminator() -> None:
    memory = Memory()
    memory.put(7, "trades")
    made = profile(MessageRule("trades"), discriminator=(Remembered(".[0]"),))
    assert Classifier(made, memory).name([7, "te"], b"") == ("trades", "trades")
    assert Classifier(made).name([7, "te"], b"") == ("", "")


def test_a_discriminator_that_is_present_and_empty_decides_too() -> None:
    made = profile(MessageRule("x"), discriminator=(".type", ".kind"))
    assert name_of(made, {"type": "", "kind": "x"}) == ("", "")
