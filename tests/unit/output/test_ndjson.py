"""NDJSON: the message's own bytes, one line each."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.output.stage import Kept, Terminal, at, message, no_json, stage, state
from wscli.model.message import Derived, MessageOrigin
from wscli.model.record import Record, SentRecord, StateEvent
from wscli.model.wire import Binary
from wscli.output.ndjson import NdjsonReporter


def printed(*records: Record, outlet: Kept | None = None) -> str:
    outlet = outlet or Kept()
    NdjsonReporter(stage(outlet)).report(records)
    assert len(outlet.writes) <= 1
    return outlet.text


@pytest.mark.parametrize(
    "raw",
    [
        b'{"b": 0.10, "a":12345678901234567890}',
        b'"\\u00e9\\/"',
        b" [1 , 2]\t",
        '{"é":1,"é":2}'.encode(),
        b"1e400",
    ],
)
def test_a_message_is_printed_as_it_came(raw):
    assert printed(message("what it says", raw=raw)) == raw.decode() + "\n"


def test_a_batch_is_one_write():
    outlet = Kept()
    assert printed(*(message(number) for number in range(100)), outlet=outlet).count("\n") == 100
    assert len(outlet.writes) == 1


@pytest.mark.parametrize("raw", [b'{"a":\n1}', b'{"a":\r\n1}', b'\r{"a":1}\n'])
def test_a_message_over_several_lines_becomes_one(raw):
    lines = printed(message({}, raw=b"[1]"), message({"a": 1}, raw=raw), message({}, raw=b"[2]"))
    assert [json.loads(line) for line in lines.splitlines()] == [[1], {"a": 1}, [2]]
    assert "\r" not in lines


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"hello", '"hello"'),
        (b"", '""'),
        (b'a "quote"\nand \x1b', r'"a \"quote\"\nand \u001b"'),
        (b'{"a": NaN}', r'"{\"a\": NaN}"'),
        ("grüße".encode(), '"grüße"'),
        (Binary(b"\x00\xff"), '"AP8="'),
    ],
)
def test_what_is_no_json_becomes_a_json_string(raw, line):
    assert printed(message(1), no_json(raw), message(2)) == f"1\n{line}\n2\n"


def test_a_carriage_return_alone_is_a_line_break_too():
    assert printed(message({}, raw=b'{"a":\r1}')) == '{"a": 1}\n'


def test_binary_frames_that_are_json_are_printed_as_they_came():
    assert printed(message({}, raw=Binary(b"{ }"))) == "{ }\n"


def test_a_message_that_was_made_from_a_frame_is_printed_as_it_was_made():
    made = [message({}, raw=Derived(text, b"the frame")) for text in (b'{"a":0.10}', b"[\n1]")]
    assert printed(*made) == '{"a":0.10}\n[ 1]\n'


def test_where_a_message_came_from_changes_nothing():
    assert printed(message(1, origin=MessageOrigin.RECOVERED)) == "1\n"


def test_what_happens_to_the_connection_prints_nothing():
    connected = state(StateEvent.CONNECTED, "connected")
    sent = SentRecord("{}", at(0), 1)
    assert printed(connected, message(1), sent, message(2)) == "1\n2\n"
    outlet = Kept()
    assert printed(connected, sent, outlet=outlet) == ""
    assert outlet.writes == []


def test_on_a_terminal_what_it_would_act_on_is_escaped_and_the_value_stays():
    value = "\x9b2J\u202e\x7f\u2028é"
    line = printed(
        message(value, raw=json.dumps(value, ensure_ascii=False).encode()), outlet=Terminal()
    )
    assert line == '"\\u009b2J\\u202e\\u007f\\u2028é"\n'
    assert json.loads(line) == value


def test_into_a_pipe_nothing_is_escaped():
    raw = '"\x9b\u202e\u2028"'.encode()
    assert printed(message("", raw=raw)) == raw.decode() + "\n"


def test_nothing_is_ever_due():
    reporter = NdjsonReporter(stage(Kept()))
    assert reporter.idle(at(0)) is None
    reporter.finish(at(1))
    reporter.close()


@given(
    st.lists(st.binary(max_size=20) | st.text(max_size=5).map(str.encode), min_size=1, max_size=5)
)
@settings(max_examples=100)
def test_whatever_comes_every_message_is_one_line_of_json(frames):
    lines = printed(*(no_json(Binary(frame)) for frame in frames)).splitlines()
    assert [type(json.loads(line)) for line in lines] == [str] * len(frames)


def test_an_ordinary_message_costs_next_to_nothing():
    # The aim is 0.25 µs; the limit is wide because a shared machine is measured here as well.
    batch = [message({"a": number}) for number in range(1000)]
    reporter = NdjsonReporter(stage(Kept()))
    took = []
    for _ in range(20):
        start = time.perf_counter()
        reporter.report(batch)
        took.append(time.perf_counter() - start)
    assert min(took) / len(batch) < 2e-6
