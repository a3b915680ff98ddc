"""Pretty: JSON for a person, and still JSON in a pipe."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.unit.output.stage import (
    NOON,
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
from wscli.jq.engine import compile_program
from wscli.model.message import MessageOrigin
from wscli.model.profile import Connect, Profile
from wscli.model.record import Record, StateEvent, Violation
from wscli.model.wire import Binary
from wscli.output.pretty import PrettyReporter
from wscli.output.words import time_of_day

TIME = time_of_day(NOON)


def printed(*records: Record, outlet: Kept | None = None, **how: Any) -> list[str]:
    outlet = outlet or Kept()
    PrettyReporter(stage(outlet, **how)).report(records)
    assert len(outlet.writes) <= 1
    return outlet.text.replace(TIME, "TIME").splitlines()


def on_terminal(*records: Record, **how: Any) -> list[str]:
    return printed(*records, outlet=Terminal(), **{"moves": False, **how})


def test_messages_follow_each_other_with_their_digits():
    raw = b'{"b":0.10,"a":12345678901234567890}'
    assert printed(message({}, raw=raw), message([1e9], raw=b"[1e9]")) == [
        "{",
        '  "b": 0.10,',
        '  "a": 12345678901234567890',
        "}",
        "[",
        "  1e9",
        "]",
    ]


def test_a_pipe_gets_json_alone_whatever_comes():
    reason = Violation(".a", "is wrong")
    lines = printed(
        message({"a": 1}, violations=(reason,)), no_json(b"hello"), no_json(Binary(b"\0"))
    )
    assert lines == ["{", '  "a": 1', "}", '"hello"', '"AA=="']


def test_a_terminal_shows_time_and_type_above_each_message():
    assert on_terminal(message([1])) == ["TIME  update", "[", "  1", "]"]
    late = message(1, origin=MessageOrigin.RECOVERED)
    assert on_terminal(late, label="pear") == ["TIME  pear  update  recovered", "1"]


def test_and_why_a_message_is_invalid():
    reasons = tuple(Violation(f".f{number}", "is \x1bwrong") for number in range(7))
    assert on_terminal(message(1, violations=reasons)) == [
        "TIME  update  ✗",
        *(f"    .f{number} is \\x1bwrong" for number in range(5)),
        "    and 2 more reasons",
        "1",
    ]


def test_and_what_is_no_json_as_text():
    assert on_terminal(no_json(b"a\x1b\nb"), no_json(Binary(b"\x00\xff"), "a binary frame")) == [
        "TIME",
        "    no JSON: Expecting value at character 1",
        "a\\x1b",
        "b",
        "TIME",
        "    a binary frame",
        "binary, 2 bytes: 00 ff",
    ]
    url = Profile("url", Connect("ws://x"))
    assert on_terminal(no_json(b"hello"), profile=url) == ["TIME", "hello"]


def test_a_program_s_results_are_printed_alone():
    program = compile_program(".a, {b: .a}")
    expected = ["0.10", "{", '  "b": 0.10', "}"]
    raw = b'{"a":0.10}'
    assert printed(message({"a": 0.1}, raw=raw), program=program) == expected
    assert on_terminal(message({"a": 0.1}, raw=raw), program=program) == expected


def test_on_a_terminal_what_it_would_act_on_is_escaped_and_the_value_stays():
    value = {"k\x9b": "\u202e\x7f日本 😀"}
    raw = json.dumps(value, ensure_ascii=False).encode()
    lines = on_terminal(message(value, raw=raw))
    assert lines == ["TIME  update", "{", '  "k\\u009b": "\\u202e\\u007f日本 😀"', "}"]
    assert json.loads("".join(lines[1:])) == value


def test_a_terminal_of_another_encoding_gets_backslashes():
    outlet = Terminal()
    PrettyReporter(stage(outlet, encoding="ascii")).report([message("é", raw='"é"'.encode())])
    assert outlet.writes[0].endswith(b'"\\u00e9"\n')


def test_colours_only_where_they_are_wanted():
    reason = Violation(".", "is wrong")
    plain = "\n".join(on_terminal(message(["x"], violations=(reason,))))
    assert "\x1b" not in plain
    for outlet in (Terminal(), Kept()):
        coloured = "\n".join(
            printed(message(["x"], violations=(reason,)), outlet=outlet, colour=True)
        )
        assert '\x1b[32m"x"\x1b[0m' in coloured
        assert ("\x1b[31m    . is wrong\x1b[0m" in coloured) == outlet.isatty
        assert ("\x1b[2mTIME  update\x1b[0m\x1b[31m  ✗\x1b[0m" in coloured) == outlet.isatty
        without = re.sub("\x1b\\[[0-9;]*m", "", coloured)
        assert without.endswith('[\n  "x"\n]')


def test_a_large_message_goes_out_in_parts():
    outlet = Kept()
    raw = b"[" + b"1," * 400_000 + b"1]"
    PrettyReporter(stage(outlet)).report([message([], raw=raw), message(2)])
    assert len(outlet.writes) > 1
    assert max(map(len, outlet.writes)) < 1_100_000
    assert outlet.text.count("1") == 400_001
    assert outlet.text.endswith("]\n2\n")


def test_nothing_but_messages_is_printed():
    outlet = Kept()
    reporter = PrettyReporter(stage(outlet, PROFILE))
    reporter.report([state(StateEvent.CONNECTED, "connected"), rows({})])
    assert reporter.idle(at(0)) is None
    reporter.finish(at(1))
    reporter.close()
    assert outlet.writes == []


@pytest.mark.parametrize("size", [10, 1000])
def test_a_long_name_is_cut(size):
    line = on_terminal(message(1, "n" * size))[0]
    assert len(line) == len("TIME  ") + min(size, 200)
