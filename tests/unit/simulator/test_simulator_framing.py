"""What the simulator writes a client of the same profile reads, and the other way round."""

from __future__ import annotations

import json
import sys
import zlib
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.messages.classify import Decoder
from wscli.messages.frames import encode_frame
from wscli.messages.unpack import MissingPackageError
from wscli.model.message import Message
from wscli.model.profile import Codec, Connect, Frames, Profile
from wscli.model.wire import Binary
from wscli.simulator.framing import Framing

NAMES = ("ref", "topic", "data")
JSON = Codec("json")
ARRAY = Codec("array")
NAMED = Codec("array", NAMES)
RECEIVE: dict[str, tuple[tuple[Codec, ...], bool]] = {
    "json": ((JSON,), False),
    "gunzip": ((Codec("gunzip"), JSON), True),
    "inflate": ((Codec("inflate"), JSON), True),
    "zlib-stream": ((Codec("zlib-stream"), JSON), True),
    "base64": ((Codec("base64"), JSON), False),
    "base64 of gzip": ((Codec("base64"), Codec("gunzip"), JSON), False),
    "gzip of base64": ((Codec("gunzip"), Codec("base64"), JSON), True),
    "lines": ((Codec("lines"), JSON), False),
    "lines of their own": ((Codec("lines", "\x1e"), JSON), False),
    "gzip of lines": ((Codec("gunzip"), Codec("lines"), JSON), True),
    "several": ((JSON, ARRAY), False),
    "a list of values": ((JSON, NAMED), False),
    "lists of values": ((JSON, ARRAY, NAMED), False),
}
SEND: dict[str, tuple[Codec, ...]] = {
    "json": (JSON,),
    "append": (JSON, Codec("append", "\x1e")),
    "base64": (JSON, Codec("base64")),
    "base64 of append": (JSON, Codec("append", "\n"), Codec("base64")),
    "a list of values": (NAMED, JSON),
}
MESSAGES: list[Any] = [
    {"topic": "a", "data": {"x": [1, 2.5, None]}},
    {"ref": 1, "topic": "é\n", "data": []},
    {"topic": "again", "data": "text"},
]


def client(receive: tuple[Codec, ...]) -> Decoder:
    return Decoder(Profile(name="x", connect=Connect("wss://x.test"), frames=Frames(receive)))


def heard(decoder: Decoder, frame: str | bytes) -> list[Any]:
    raw = frame.encode() if isinstance(frame, str) else Binary(frame)
    messages = list(decoder.messages([raw]))
    assert all(isinstance(message, Message) and not message.problem for message in messages)
    return [message.value for message in messages if isinstance(message, Message)]


def without_nulls(value: Any) -> Any:
    return {key: part for key, part in value.items() if part is not None}


@pytest.mark.parametrize("name", RECEIVE)
def test_a_client_reads_what_is_written(name: str):
    receive, binary = RECEIVE[name]
    framing, decoder = Framing(Frames(receive)), client(receive)
    for message in MESSAGES:
        frame = framing.written(message)
        assert isinstance(frame, bytes) is binary
        (value,) = heard(decoder, frame)
        assert without_nulls(value) == message


@pytest.mark.parametrize("name", SEND)
def test_what_a_client_sends_is_read(name: str):
    framing = Framing(Frames(send=SEND[name]))
    for message in MESSAGES:
        ((value, _),) = framing.read(encode_frame(message, SEND[name]))
        assert value == message


def test_packets_are_written_and_read():
    codecs = (Codec("socket.io"),)
    framing = Framing(Frames(codecs, codecs))
    event = {"type": "event", "nsp": "/", "event": "tick", "args": [{"a": 1}]}
    assert framing.written(event) == '42["tick",{"a":1}]'
    assert heard(client(codecs), framing.written(event)) == [event]
    assert list(framing.read('42["tick",{"a":1}]')) == [(event, '42["tick",{"a":1}]')]
    assert list(framing.read("3")) == [({"type": "pong"}, "3")]
    assert list(framing.read("nothing")) == [("nothing", "nothing")]


def test_a_text_is_written_as_it_stands():
    assert Framing(Frames()).written("pong") == "pong"
    assert Framing(Frames((JSON, ARRAY))).written("pong") == "pong"
    assert Framing(Frames((Codec("lines", "\x1e"), JSON))).written("pong") == "pong\x1e"


def test_a_text_is_read_as_it_stands():
    framing = Framing(Frames(send=(JSON, Codec("append", "\x1e"))))
    assert list(framing.read("ping\x1e")) == [("ping", "ping")]
    assert list(framing.read('{"a":1}\x1e{"b":2}\x1e')) == [
        ({"a": 1}, '{"a":1}'),
        ({"b": 2}, '{"b":2}'),
    ]


def test_what_has_no_place_in_a_list_is_written_as_it_is():
    assert json.loads(Framing(Frames((JSON, NAMED))).written({"other": 1})) == {"other": 1}


@pytest.mark.parametrize("send", [(JSON,), (JSON, Codec("append", "\n"))])
def test_what_is_nested_beyond_reason_counts_as_text(send: tuple[Codec, ...]):
    deep = "[" * 65 + "]" * 65
    for text, value in ((deep, deep), (deep[1:-1], json.loads(deep[1:-1]))):
        assert list(Framing(Frames(send=send)).read(text)) == [(value, text)]


def test_zstandard_needs_its_package(monkeypatch: pytest.MonkeyPatch):
    frames = Frames((Codec("zstd"), JSON))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingPackageError, match="not installed"):
        Framing(frames)
    monkeypatch.setitem(sys.modules, "zstandard", SimpleNamespace(compress=zlib.compress))
    frame = Framing(frames).written([1])
    assert isinstance(frame, bytes)
    assert zlib.decompress(frame) == b"[1]"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(RECEIVE)), st.lists(values, max_size=3))
def test_whatever_is_written_is_read(name: str, data: list[Any]):
    receive, _ = RECEIVE[name]
    framing, decoder = Framing(Frames(receive)), client(receive)
    for part in data:
        message = {"topic": "a", "data": part}
        (value,) = heard(decoder, framing.written(message))
        assert value["data"] == part
