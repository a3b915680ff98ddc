"""Raw: the frame's own bytes."""

from __future__ import annotations

import pytest

from tests.unit.output.stage import Kept, Terminal, at, message, no_json, stage, state
from wscli.model.message import Derived
from wscli.model.record import Record, StateEvent
from wscli.model.wire import Binary
from wscli.output.raw import RawReporter


@pytest.mark.parametrize("raw", [b'{"a": 1}', b"hello\n", Binary(b"\x00\xff\x1b")])
def test_bytes_are_printed_as_they_came(raw):
    outlet = Kept()
    RawReporter(stage(outlet)).report([no_json(raw), message(1)])
    assert outlet.writes == [raw + b"\n1\n"]


def test_what_happens_to_the_connection_prints_nothing():
    outlet = Kept()
    reporter = RawReporter(stage(outlet))
    reporter.report([state(StateEvent.CONNECTED, "connected")])
    assert reporter.idle(at(0)) is None
    reporter.finish(at(1))
    reporter.close()
    assert outlet.writes == []


def test_on_a_terminal_what_it_would_act_on_is_escaped():
    outlet = Terminal()
    RawReporter(stage(outlet)).report([no_json(b"\x1b[2J\nb"), no_json(Binary(b"\xff"))])
    assert outlet.text == "\\x1b[2J\nb\n\\xff\n"


FRAME = b'[{"a":1},{"a":2}]'


def made(text: bytes, frame: bytes) -> Record:
    return message({}, raw=Derived(text, frame))


def test_messages_of_one_frame_print_that_frame_once():
    outlet = Kept()
    reporter = RawReporter(stage(outlet))
    other = bytes(bytearray(FRAME))  # equal, and another frame
    reporter.report([made(b"1", FRAME), made(b"2", FRAME), made(b"1", other), made(b"2", other)])
    assert outlet.text.encode() == (FRAME + b"\n") * 2
    reporter.report([made(b"3", other)])
    reporter.report([])
    reporter.report([state(StateEvent.PROBLEM, "between"), made(b"4", other)])
    assert len(outlet.writes) == 1


def test_a_frame_is_printed_again_after_something_else():
    outlet = Kept()
    reporter = RawReporter(stage(outlet))
    reporter.report([made(b"1", FRAME), message(5), made(b"2", FRAME)])
    reporter.report([message(6)])
    reporter.report([made(b"3", FRAME)])
    between = FRAME + b"\n"
    assert outlet.text.encode() == between + b"5\n" + between + b"6\n" + between
