"""Values become frames as the profile says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.messages.test_codecs import codecs
from wscli.messages.codecs import CODECS
from wscli.messages.frames import encode_frame
from wscli.messages.pipeline import Pipeline
from wscli.model.profile import Frames

PHOENIX = ("array", ("join_ref", "ref", "topic"))


@pytest.mark.parametrize(
    ("stages", "value", "frame"),
    [
        (("json",), {"op": "ping"}, '{"op":"ping"}'),
        (("json",), "PING", "PING"),
        (("json", ("append", "\x1e")), {"type": 6}, '{"type":6}\x1e'),
        (("json", ("append", "\x1e")), "PING", "PING\x1e"),
        ((PHOENIX, "json"), {"topic": "t", "join_ref": None}, '[null,null,"t"]'),
        ((PHOENIX, "json"), {"ref": 1, "_rest": [2, "x"]}, '[null,1,null,2,"x"]'),
        ((PHOENIX, "json"), "ping", "ping"),
        ((PHOENIX, "json"), [1], "[1]"),
        (("json", "base64"), {"a": "é"}, "eyJhIjoiw6kifQ=="),
        (("socket.io",), {"type": "event", "event": "x"}, '42["x"]'),
    ],
)
def test_a_value_goes_through_every_stage(stages: Any, value: Any, frame: str) -> None:
    assert encode_frame(value, codecs(*stages)) == frame


@pytest.mark.parametrize(
    ("stages", "value", "words"),
    [
        ((PHOENIX, "json"), {"ref": 1, "event": "x"}, "event has no place in a list of join_ref, "),
        ((PHOENIX, "json"), {"_rest": "x"}, "_rest has no place"),
        (("socket.io",), 7, "null is no type of a Socket.IO packet"),
    ],
)
def test_what_cannot_be_a_frame_is_said(stages: Any, value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        encode_frame(value, codecs(*stages))


def test_the_usual_frame_is_compact_json() -> None:
    assert encode_frame({"n": [1.5, 2**70], "d": Decimal("1e400")}, Frames().send) == (
        '{"n":[1.5,1180591620717411303424],"d":"1E+400"}'
    )


def test_a_value_that_is_nested_too_deeply_cannot_be_sent() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="nested too deeply"):
        encode_frame(value, Frames().send)


@pytest.mark.parametrize("name", [name for name, entry in CODECS.items() if entry.sends])
def test_everything_that_sends_has_its_stage(name: str) -> None:
    argument = {"array": ("type",), "append": ";"}.get(name)
    value = {"type": "ping"} if name == "socket.io" else {"type": "x"}
    assert isinstance(encode_frame(value, codecs((name, argument))), str)


def test_what_was_sent_as_a_list_is_received_as_the_same_object() -> None:
    value = {"join_ref": None, "ref": 1, "topic": "t", "_rest": ["event", {"a": [0.5]}]}
    frame = encode_frame(value, codecs(PHOENIX, "json"))
    (read,) = Pipeline(codecs("json", PHOENIX), 1000).read(frame.encode())
    assert read.value == value
