"""Raw: the frame's own bytes."""

from __future__ import annotations

import pytest

from tests.unit.output.stage import Kept, Terminal, at, message, no_json, stage, state
from wscli.model.record import StateEvent
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
