"""The list of formats, and what every one of them must be able to do."""

from __future__ import annotations

import pytest

from tests.unit.output.stage import (
    PROFILE,
    Kept,
    Terminal,
    at,
    message,
    no_json,
    rows,
    stage,
    state,
)
from wscli.model.message import Derived, MessageOrigin
from wscli.model.profile import Connect, Profile
from wscli.model.record import Record, SentRecord, StateEvent, Violation
from wscli.model.wire import Binary
from wscli.output.formats import FORMATS

EVERYTHING: list[Record] = [
    *(state(event, f"it is {event} \x1b[2J", delay=1.0) for event in StateEvent),
    SentRecord('{"token":"***"}', at(0), 1),
    message({"asset": "x\u202e\x1b[2J", "state": "DRIFT"}),
    message({"asset": ["deep"]}, violations=(Violation(".asset", "is \x1b no string"),)),
    message({"asset": "x"}, origin=MessageOrigin.RECOVERED),
    message({"asset": "x"}, origin=MessageOrigin.HISTORY, raw=Derived(b"{}", b"\x1b[2J")),
    rows({"asset": "\x1b[2J"}),
    message([{"id": 1}, {"id": 2}], "event"),
    message({"any": "thing"}, "plain"),
    message(None, "a type that nobody knows"),
    no_json(b"hello \x1b[2J"),
    no_json(b""),
    no_json(Binary(b"\x00\xff\x9b"), "a binary frame of 3 bytes that is no JSON"),
]


def test_the_formats_are_these():
    assert list(FORMATS) == ["table", "log", "ndjson", "pretty", "raw", "csv"]


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_has_its_name_and_its_help(name):
    assert FORMATS[name].name == name
    assert FORMATS[name].help
    assert FORMATS[name].needs_table == (name in ("table", "csv"))
    assert FORMATS[name].single == (name == "csv")
    assert FORMATS[name].sorts == (name == "table")
    assert FORMATS[name].wraps == (name == "ndjson")


URL = Profile("url", Connect("ws://localhost"))
CASES: list[tuple[str, Profile, dict[str, bool]]] = [
    *((name, PROFILE, {}) for name in FORMATS),
    *((name, URL, {}) for name, each in FORMATS.items() if not each.single),
    *(("ndjson", each, {"envelope": True, "events": True}) for each in (PROFILE, URL)),
]


@pytest.mark.parametrize(("name", "profile", "how"), CASES)
@pytest.mark.parametrize("terminal", [True, False])
def test_each_format_takes_every_record_and_lets_nothing_act_on_a_terminal(
    name, profile, how, terminal
):
    outlet = Terminal() if terminal else Kept()
    label = "a \x1b[2J label"
    reporter = FORMATS[name].make(stage(outlet, profile, colour=terminal, label=label, **how))
    for record in EVERYTHING:
        reporter.report([record])
        reporter.idle(at(0))
    reporter.report(EVERYTHING)
    reporter.report([])
    reporter.idle(at(10))
    reporter.finish(at(11))
    reporter.close()
    reporter.close()
    written = b"".join(outlet.writes)
    assert written or not profile.tables
    if terminal:
        assert b"\x1b[2J" not in written
        assert "\u202e".encode() not in written
        assert "\x9b".encode() not in written


@pytest.mark.parametrize("name", FORMATS)
def test_rows_of_a_message_that_is_not_shown_are_seen_in_the_table_alone(name):
    outlet = Kept()
    reporter = FORMATS[name].make(stage(outlet))
    reporter.report([rows({"asset": "behind"}), rows({"asset": "the scenes"})])
    reporter.idle(at(1))
    reporter.finish(at(2))
    assert ("behind" in outlet.text) == ("the scenes" in outlet.text) == (name == "table")


def test_only_json_can_be_what_a_program_makes():
    assert [name for name, each in FORMATS.items() if each.projects] == ["ndjson", "pretty"]
