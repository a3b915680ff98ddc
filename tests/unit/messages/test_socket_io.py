"""Packets of Engine.IO 4 and Socket.IO 5, both ways."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.messages.test_decode import json_values
from wscli.messages.codecs import Unreadable
from wscli.messages.socket_io import packet_text, read_packet
from wscli.model.wire import Binary

# the packets of the protocols' own documents, and what they are here
PACKETS = [
    (
        '0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000}',
        {"type": "open", "sid": "x", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000},
    ),
    ("0{}", {"type": "open"}),
    ("1", {"type": "close"}),
    ("2", {"type": "ping"}),
    ("2probe", {"type": "ping", "data": "probe"}),
    ("3", {"type": "pong"}),
    ("3probe", {"type": "pong", "data": "probe"}),
    ("5", {"type": "upgrade"}),
    ("6", {"type": "noop"}),
    ("40", {"type": "connect", "nsp": "/"}),
    ('40{"sid":"oSO0"}', {"type": "connect", "nsp": "/", "data": {"sid": "oSO0"}}),
    ('40/admin,{"sid":"w"}', {"type": "connect", "nsp": "/admin", "data": {"sid": "w"}}),
    ("40/admin?token=1234,{}", {"type": "connect", "nsp": "/admin?token=1234", "data": {}}),
    ("41/admin,", {"type": "disconnect", "nsp": "/admin"}),
    ('42["foo"]', {"type": "event", "nsp": "/", "event": "foo", "args": []}),
    ('42/admin,["bar"]', {"type": "event", "nsp": "/admin", "event": "bar", "args": []}),
    ('4212["foo",1]', {"type": "event", "nsp": "/", "id": 12, "event": "foo", "args": [1]}),
    ('43/admin,13["bar"]', {"type": "ack", "nsp": "/admin", "id": 13, "args": ["bar"]}),
    ('44{"message":"no"}', {"type": "connect_error", "nsp": "/", "data": {"message": "no"}}),
    ('44"no"', {"type": "connect_error", "nsp": "/", "data": "no"}),
    (
        '452-/admin,7["baz",{"_placeholder":true,"num":0}]',
        {
            "type": "binary_event",
            "nsp": "/admin",
            "binary": 2,
            "id": 7,
            "event": "baz",
            "args": [{"_placeholder": True, "num": 0}],
        },
    ),
    ('461-15["bar"]', {"type": "binary_ack", "nsp": "/", "binary": 1, "id": 15, "args": ["bar"]}),
]


@pytest.mark.parametrize(("packet", "value"), PACKETS)
def test_a_packet_is_an_object(packet: str, value: Any) -> None:
    text = read_packet(packet.encode())
    assert json.loads(text) == value
    assert next(iter(json.loads(text))) == "type"


@pytest.mark.parametrize(("packet", "value"), PACKETS)
def test_the_object_is_the_packet_again(packet: str, value: Any) -> None:
    assert packet_text(value) == packet


def test_digits_spaces_and_escapes_stay_as_they_came() -> None:
    packet = b'42[ "p\\u0061" , {"b":0.10, "a":18446744073709551616} , 1e400 ]'
    assert read_packet(packet) == (
        b'{"type":"event","nsp":"/","event":"p\\u0061",'
        b'"args":[{"b":0.10, "a":18446744073709551616} , 1e400 ]}'
    )


def test_a_handshake_cannot_pass_for_another_packet() -> None:
    assert read_packet(b'0{"type":"event","sid":"\\ud800"}') == (b'{"type":"open","sid":"\\ud800"}')


def test_a_namespace_needs_no_comma_where_nothing_follows() -> None:
    assert json.loads(read_packet(b"41/admin"))["nsp"] == "/admin"


def test_a_binary_frame_is_an_attachment() -> None:
    assert read_packet(Binary(b"\x01\xff")) == b'{"type":"binary","data":"Af8="}'


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (b"", "it does not begin with a digit from 0 to 6"),
        (b"7", "it does not begin with a digit from 0 to 6"),
        (b"01", "its data is not an object"),
        (b"0", "its data is not an object"),
        (b"4", "its message has no type from 0 to 6"),
        (b"47[]", "its message has no type from 0 to 6"),
        (b"42", "its data is not a list"),
        (b'42{"a":1}', "its data is not a list"),
        (b"42[]", "its event has no name"),
        (b"42[1", "its data is not a list"),
        (b"40{", "its data is not JSON"),
    ],
)
def test_what_is_no_packet_is_said(packet: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=f"^no Socket.IO packet: {words}$"):
        read_packet(packet)


@given(st.binary(max_size=60) | st.from_regex(rb"4[0-6][0-9,/\-\[\]{}\" a:]*", fullmatch=True))
def test_whatever_comes_is_json_or_unreadable(packet: bytes) -> None:
    try:
        text = read_packet(packet)
    except Unreadable:
        return
    assert isinstance(json.loads(text), dict)


@given(st.lists(json_values, max_size=3), st.none() | st.integers(0, 10**9), st.text(min_size=1))
def test_an_event_comes_back_as_it_was_sent(args: Any, identity: int | None, name: str) -> None:
    value = {"type": "event", "nsp": "/a", "event": name, "args": args}
    value |= {} if identity is None else {"id": identity}
    assert json.loads(read_packet(packet_text(value).encode())) == value


def test_a_text_is_sent_as_it_stands() -> None:
    assert packet_text("3") == "3"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"type": "message"}, '"?message"? is no type'),
        ({"type": "binary", "data": ""}, "binary is no type"),
        ({}, "null is no type"),
        ([], "null is no type"),
        ({"type": "event", "args": []}, "event is missing"),
        ({"type": "event", "event": "x", "args": "y"}, "args of a Socket.IO packet are no list"),
    ],
)
def test_what_cannot_be_sent_is_said(value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=re.compile(words)):
        packet_text(value)
