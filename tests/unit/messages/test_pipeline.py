"""Frames go through a profile's codecs."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.messages.test_codecs import codecs
from tests.unit.messages.test_decode import json_values
from tests.unit.messages.test_unpack import Sender
from wscli.messages.codecs import CODECS
from wscli.messages.decode import decode
from wscli.messages.pipeline import Pipeline, Read
from wscli.model.message import MISSING, Derived
from wscli.model.wire import Binary

NAMED = ("array", ("topic", "event", "payload"))


def read(frame: bytes, *stages: Any) -> list[Read]:
    return list(Pipeline(codecs(*stages), 1000).read(frame))


@pytest.mark.parametrize(
    ("stages", "frame", "texts"),
    [
        (("json",), b'{"a": 1}', [b'{"a": 1}']),
        (("gunzip", "json"), Binary(gzip.compress(b'{"a":0.10}', mtime=0)), [b'{"a":0.10}']),
        (("gunzip", "json"), b'{"a":1}', [b'{"a":1}']),
        (("base64", "inflate", "json"), b64encode(zlib.compress(b'{"b":3}')), [b'{"b":3}']),
        (("lines", "json"), b'{"a":1}\n{"b":2}\n', [b'{"a":1}', b'{"b":2}']),
        (("json", "array"), b'[{"p":0.10}, 1e400 ,[2]]', [b'{"p":0.10}', b"1e400", b"[2]"]),
        (("json", "array"), b"[]", []),
        (("json", "array"), b'{"a":[1]}', [b'{"a":[1]}']),
        (("json", "array", "array"), b"[[1],2,[[3]]]", [b"1", b"2", b"[3]"]),
        (
            ("json", NAMED),
            b'["t", "e" ,{"n":18446744073709551616}]',
            [b'{"topic":"t","event":"e","payload":{"n":18446744073709551616}}'],
        ),
        (("json", NAMED), b'["t"]', [b'{"topic":"t"}']),
        (("json", NAMED), b"[]", [b"{}"]),
        (
            ("json", NAMED),
            b"[1,2,3, 4 ,5 ]",
            [b'{"topic":1,"event":2,"payload":3,"_rest":[4 ,5 ]}'],
        ),
        (("json", NAMED), b'{"topic":1}', [b'{"topic":1}']),
        (("json", "array", ("array", ("a",))), b"[[1],[2]]", [b'{"a":1}', b'{"a":2}']),
        (
            ("lines", "socket.io"),
            b'42["x",0.10]\n2',
            [b'{"type":"event","nsp":"/","event":"x","args":[0.10]}', b'{"type":"ping"}'],
        ),
        (("gunzip", "socket.io"), Binary(gzip.compress(b"2", mtime=0)), [b'{"type":"ping"}']),
        (("socket.io",), Binary(b"x"), [b'{"type":"binary","data":"eA=="}']),
    ],
)
def test_a_frame_is_what_the_stages_make_of_it(
    stages: Any, frame: bytes, texts: list[bytes]
) -> None:
    found = read(frame, *stages)
    assert [one.raw for one in found] == texts
    assert [(one.value, one.problem) for one in found] == [decode(text) for text in texts]
    for one in found:
        assert one.raw is frame or (isinstance(one.raw, Derived) and one.raw.frame is frame)


def test_what_no_stage_changes_is_the_frame_itself() -> None:
    frame = b'{"a":1}'
    (one,) = read(frame, "gunzip", "lines", "json", "array", NAMED)
    assert one.raw is frame


@pytest.mark.parametrize(
    ("stages", "frame", "problems"),
    [
        (("gunzip", "json"), Binary(b"x"), ["broken gzip data: "]),
        (("lines", "base64", "json"), b"!\nMQ==", ["no base64: ", ""]),
        (("socket.io",), b"hello", ["no Socket.IO packet: "]),
        (("lines", "socket.io"), b"2\n9\n3", ["", "no Socket.IO packet: ", ""]),
        (("zlib-stream", "json"), Binary(b"nonsense"), ["a broken zlib stream: "]),
    ],
)
def test_a_stage_that_fails_leaves_the_frame(
    stages: Any, frame: bytes, problems: list[str]
) -> None:
    found = read(frame, *stages)
    assert len(found) == len(problems)
    for one, problem in zip(found, problems, strict=True):
        assert one.problem.startswith(problem)
        assert (one.value is MISSING) is bool(problem)
        assert one.raw is frame or not problem


def test_what_is_unpacked_and_no_json_is_its_text() -> None:
    (one,) = read(Binary(gzip.compress(b"pong", mtime=0)), "gunzip", "json", "array")
    assert (one.raw, one.value) == (b"pong", MISSING)
    assert one.problem.startswith("no JSON")


def test_one_stream_goes_through_all_binary_frames_until_the_next_connection() -> None:
    pipeline, sender = Pipeline(codecs("zlib-stream", "json"), 1000), Sender()
    packed = sender.pack(b'{"a":1}')
    assert list(pipeline.read(Binary(packed[:4]))) == []
    assert [one.raw for one in pipeline.read(b'"text"')] == [b'"text"']
    (one,) = pipeline.read(Binary(packed[4:]))
    assert isinstance(one.raw, Derived)
    assert (one.raw, one.raw.frame, one.value) == (b'{"a":1}', packed, {"a": 1})
    (two,) = pipeline.read(sender.pack(b'{"a":2}'))
    assert two.value == {"a": 2}
    pipeline.reset()
    assert [one.value for one in pipeline.read(Sender().pack(b"3"))] == [3]


def test_a_pipeline_without_a_stream_has_nothing_to_forget() -> None:
    pipeline = Pipeline(codecs("json"), 1000)
    pipeline.reset()
    assert len(list(pipeline.read(b"1"))) == 1


def test_the_limit_holds_for_each_message() -> None:
    (one,) = read(Binary(zlib.compress(bytes(1001))), "inflate", "json")
    assert one.problem == "deflate data that comes to more than 1000 bytes"


@given(st.lists(json_values, max_size=5), st.lists(st.text(), unique=True, min_size=1, max_size=3))
def test_no_element_of_a_list_is_lost(values: list[Any], names: list[str]) -> None:
    frame = json.dumps(values).encode()
    assert [json.loads(one.raw) for one in read(frame, "json", "array")] == values
    names = [name for name in names if name != "_rest"] or ["a"]
    (one,) = read(frame, "json", ("array", names))
    made = json.loads(one.raw)
    assert [made[name] for name in names[: len(values)]] + made.get("_rest", []) == values


@pytest.mark.parametrize("stages", [("gunzip", "lines", "json", "array"), ("base64", "socket.io")])
@given(data=st.binary(max_size=60), binary=st.booleans())
def test_whatever_comes_never_raises(stages: Any, data: bytes, binary: bool) -> None:
    for one in read(Binary(data) if binary else data, *stages):
        assert (one.value is MISSING) is bool(one.problem)


def test_all_that_can_be_received_is_known() -> None:
    for name, entry in CODECS.items():
        if entry.receives and name != "zstd":
            Pipeline(codecs(name), 1000)
