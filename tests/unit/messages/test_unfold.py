"""Messages whose rules parse and split them, on their way through the decoder."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wscli.messages.classify import Decoder
from wscli.messages.memory import Memory
from wscli.messages.whole import Whole
from wscli.model.message import MISSING, Derived, Message, MessageOrigin
from wscli.model.profile import (
    Codec,
    Connect,
    Frames,
    MessageRule,
    Profile,
    Remembered,
    Split,
)
from wscli.model.wire import Binary


def profile(*rules: MessageRule, **parts: Any) -> Profile:
    return Profile(
        "demo", Connect("ws://x"), messages=rules, **{"discriminator": (".type",)} | parts
    )


def told(found: Any) -> list[tuple[str, str]]:
    """Give the rule and the text of each message; that of one that was split in brackets."""
    return [
        (f"({one.message.rule})", one.message.raw.decode())
        if isinstance(one, Whole)
        else (one.rule or one.problem, one.raw.decode())
        for one in found
    ]


def test_a_parsed_message_has_its_own_text_and_remembers_its_frame() -> None:
    frame = rb'{"type":"e","data":"{\"n\":0.10}"}'
    (message,) = Decoder(profile(MessageRule("e", parse=(".data",)))).messages([frame])
    made = b'{"type":"e","data":{"n":0.10}}'
    assert message == Message(made, {"type": "e", "data": {"n": 0.1}}, "e", "e")
    assert isinstance(message, Message)
    assert isinstance(message.raw, Derived)
    assert message.raw.frame is frame


def test_a_message_without_anything_to_parse_is_its_frame() -> None:
    frames = [b'{"type":"e","data":"text"}', b'{"type":"x","data":"1"}', b"pong"]
    messages = list(Decoder(profile(MessageRule("e", parse=(".data",)))).messages(frames))
    assert all(
        isinstance(one, Message) and one.raw is frame
        for one, frame in zip(messages, frames, strict=True)
    )


def test_a_split_message_is_told_before_its_elements() -> None:
    rules = (
        MessageRule("SNAPSHOT", split=Split(".list[]", {"type": "EVENT", "payload": "${.}"})),
        MessageRule("EVENT"),
    )
    frame = b'{"type":"SNAPSHOT","list":[0.10,{"b":2,"a":1}]}'
    found = list(Decoder(profile(*rules)).messages([frame, b'{"type":"EVENT"}']))
    assert told(found) == [
        ("(SNAPSHOT)", frame.decode()),
        ("EVENT", '{"type":"EVENT","payload":0.10}'),
        ("EVENT", '{"type":"EVENT","payload":{"b":2,"a":1}}'),
        ("EVENT", '{"type":"EVENT"}'),
    ]
    frames = [one.raw.frame for one in found[1:3]]  # type: ignore[union-attr]  # both are Derived
    assert all(one is frame for one in frames)


def test_parse_comes_before_split_and_all_share_the_frame() -> None:
    rules = (MessageRule("e", parse=(".data",), split=Split(".data[]")), MessageRule("x"))
    frame = rb'{"type":"e","data":"[{\"type\":\"x\",\"n\":1e400},2]"}'
    whole, *rest = Decoder(profile(*rules)).messages([frame])
    assert isinstance(whole, Whole)
    assert whole.message.raw == b'{"type":"e","data":[{"type":"x","n":1e400},2]}'
    assert told(rest) == [("x", '{"type":"x","n":1e400}'), ("", "2")]
    for one in [whole.message, *rest]:
        assert isinstance(one, Message)
        assert isinstance(one.raw, Derived)
        assert one.raw.frame is frame


def test_a_message_without_elements_stands_for_itself() -> None:
    split = Split(".payload | (.events? // arrays)[]", {"type": "EVENT", "payload": "${.}"})
    frames = [b'{"type":"EVENT","payload":{"id":1}}', b'{"type":"EVENT","payload":[]}']
    found = list(Decoder(profile(MessageRule("EVENT", split=split))).messages(frames))
    assert told(found) == [("EVENT", frame.decode()) for frame in frames]


def test_an_element_is_parsed_and_split_as_if_received() -> None:
    rules = (
        MessageRule("all", split=Split(".list[]")),
        MessageRule("some", parse=(".list",), split=Split(".list[]")),
    )
    frame = rb'{"type":"all","list":[{"type":"some","list":"[{\"type\":\"one\"}]"}]}'
    assert [rule for rule, _ in told(Decoder(profile(*rules)).messages([frame]))] == [
        "(all)",
        "(some)",
        "",
    ]


def test_a_rule_that_splits_into_itself_comes_to_an_end() -> None:
    rule = MessageRule("e", split=Split(".a[]", {"type": "e", "a": ["${.}"]}))
    found = told(Decoder(profile(rule)).messages([b'{"type":"e","a":[1]}']))
    assert [rule for rule, _ in found] == ["(e)"] * 4 + ["e"]


def test_elements_that_cannot_be_shaped_are_a_problem() -> None:
    rule = MessageRule("e", split=Split(".a[]", {"type": "x", "id": "${.id}"}))
    frame = b'{"type":"e","a":[{"id":1},{}]}'
    *_, last = Decoder(profile(rule)).messages([frame])
    assert last == Message(
        frame,
        MISSING,
        "",
        "",
        "incompletely split: 1 elements make no message, ${.id}: .id is not set",
    )


def test_a_text_with_a_rule_is_not_changed() -> None:
    rule = MessageRule("none", match={"$text": "NaN"}, parse=(".",), split=Split("."))
    (message,) = Decoder(profile(rule)).messages([b"NaN"])
    assert isinstance(message, Message)
    assert (message.rule, message.raw) == ("none", b"NaN")


def test_what_the_session_learns_from_one_element_names_the_next() -> None:
    memory = Memory()
    made = profile(
        MessageRule("all", split=Split(".list[]")),
        MessageRule("trades"),
        discriminator=(".type", Remembered(".ch")),
        frames=Frames(receive=(Codec("json"), Codec("array"))),
    )
    frame = b'[{"type":"all","list":[{"ch":1},{"ch":1}]},{"ch":1.0},{"ch":"1"}]'
    names = []
    for one in Decoder(made, memory).messages([frame]):
        names.append(one.message.name if isinstance(one, Whole) else one.name)
        if len(names) == 2:
            memory.put(1, "trades")
    assert names == ["all", "", "trades", "trades", ""]


def test_one_frame_cannot_stand_for_everything() -> None:
    rule = MessageRule("e", split=Split(".a[]", {"type": "e", "a": "${$.a}"}))
    frame = b'{"type":"e","a":[' + b",".join([b"1"] * 50) + b"]}"
    found = list(Decoder(profile(rule), limit=10_000).messages([frame, b'{"type":"x"}']))
    assert len(found) < 200
    last, then = found[-2:]
    assert last == Message(
        frame, MISSING, "", "", "the rest of a frame that comes to more than 40000 bytes"
    )
    assert told([then]) == [("", '{"type":"x"}')]


def test_a_large_message_alone_is_never_too_much() -> None:
    made = profile(frames=Frames(receive=(Codec("json"), Codec("array"))))
    frame = b'{"a":"' + b"x" * 1000 + b'"}'
    (message,) = Decoder(made, limit=10).messages([frame])
    assert isinstance(message, Message)
    assert message.raw is frame


def test_a_new_connection_begins_a_new_stream_and_remembers_names() -> None:
    memory = Memory()
    made = profile(
        frames=Frames(receive=(Codec("zlib-stream"), Codec("json"))),
        discriminator=(Remembered(".ch"),),
    )
    memory.put(1, "trades")
    decoder = Decoder(made, memory)
    (broken,) = decoder.messages([Binary(b"nonsense")])
    assert isinstance(broken, Message)
    assert broken.problem.startswith("a broken zlib stream")
    decoder.reset()
    assert list(decoder.messages([Binary(b"\x78\x9c")])) == []
    (message,) = decoder.messages([b'{"ch":1}'])
    assert isinstance(message, Message)
    assert message.name == "trades"
    Decoder(profile()).reset()


def test_what_was_made_of_an_answer_is_as_if_received() -> None:
    rules = (
        MessageRule("e", parse=(".data",)),
        MessageRule("all", split=Split(".list[]")),
    )
    decoder, origin = Decoder(profile(*rules)), MessageOrigin.RECOVERED
    text = rb'{"type":"all","list":[{"type":"e","data":"0.10"},{"type":"x"}]}'
    found = decoder.made(text, origin)
    assert told(found) == [("e", '{"type":"e","data":0.10}'), ("", '{"type":"x"}')]
    assert {one.origin for one in found} == {origin}
    plain = b'{"type":"e"}'
    (message,) = Decoder(profile()).made(plain, MessageOrigin.HISTORY)
    assert message == Message(plain, {"type": "e"}, "e", "", "", MessageOrigin.HISTORY)
    assert message.raw is plain


values = st.recursive(
    st.integers(0, 3) | st.sampled_from(["e", "[1]", '{"type":"e"}', "x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.fixed_dictionaries({"type": st.just("e"), "data": inner})
    ),
    max_leaves=8,
)


@given(values)
def test_every_message_is_what_its_text_says(value: Any) -> None:
    rule = MessageRule("e", parse=(".data", ".data[]"), split=Split(".data[]"))
    frame = json.dumps(value).encode()
    for one in Decoder(profile(rule)).messages([frame]):
        message = one.message if isinstance(one, Whole) else one
        assert json.loads(message.raw) == message.value
        assert message.origin is MessageOrigin.LIVE
