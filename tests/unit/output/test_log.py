"""The log: one line a message."""

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
    stage,
    state,
)
from wscli.model.message import MessageOrigin
from wscli.model.profile import Connect, Profile
from wscli.model.record import Record, StateEvent, Violation
from wscli.model.wire import Binary
from wscli.output.log import LogReporter
from wscli.output.words import time_of_day

TIME = time_of_day(NOON)
UPDATE = {
    "asset": "mSOL",
    "state": "DRIFT",
    "discount": "-0.0034",
    "age": NOON - 3,
    "secret": "hidden",
}


def printed(
    *records: Record, outlet: Kept | None = None, profile: Profile = PROFILE, **how: Any
) -> list[str]:
    outlet = outlet or Kept()
    LogReporter(stage(outlet, profile, **how)).report(records)
    assert len(outlet.writes) <= 1
    return outlet.text.replace(TIME, "TIME").splitlines()


def test_a_message_of_a_table_is_told_by_its_columns():
    assert printed(message(UPDATE)) == [
        "TIME  update  asset=mSOL state=DRIFT discount=-0.34 % age=3s"
    ]


def test_a_text_with_spaces_is_quoted():
    assert printed(message({"asset": "a b", "state": None})) == ['TIME  update  asset="a b"']


def test_a_message_of_many_rows_says_how_many():
    lines = printed(message([{"id": 1, "text": "x"}, {"id": 2}, {"id": 3}], "event"))
    assert lines == ["TIME  event  3 rows: id=1 text=x"]


def test_a_row_of_which_nothing_is_shown_leaves_the_word_to_the_message():
    assert printed(message({"secret": "s"})) == ["TIME  update  secret=s"]
    assert printed(message({"asset": None})) == ['TIME  update  {"asset": null}']


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'{"a": 0.10}', '{"a": 0.10}'),
        (b'{\n\t"a":\r\n1}', '{  "a":  1}'),
        ('{"a":"\u202e\x7f"}'.encode(), '{"a":"\\u202e\\x7f"}'),
    ],
)
def test_without_a_profile_a_message_is_told_by_its_own_text(raw, text):
    profile = Profile("url", Connect("ws://x"))
    assert printed(message({}, "plain", raw=raw), profile=profile) == [f"TIME  plain  {text}"]


@pytest.mark.parametrize("raw", [b"[1, 2]", b'"text"', b"{}", b'{"a": null}', b"1e400"])
def test_what_has_no_fields_is_told_by_its_own_text(raw):
    record = message(json.loads(raw), "plain", raw=raw)
    assert printed(record) == [f"TIME  plain  {raw.decode()}"]


def test_a_message_without_a_table_is_told_by_its_most_telling_fields():
    raw = b'{"at":"2026","data":{"price":0.10,"id":12345678901234567890,"say":"a b"},"l":[1,2,3,4]}'
    assert printed(message({"some": "object"}, "plain", raw=raw)) == [
        'TIME  plain  data.id=12345678901234567890 data.price=0.10 l=[4 items] data.say="a b" at=2026'
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo\r\tthree", "one\\x0atwo\\x0d\\x09three"),
        ("日本", "日本"),
        ("😀", "😀"),
        ("a\u202eb", "a\\u202eb"),
        ("\x1b[2J\x9b", "\\x1b[2J\\x9b"),
        ("[bold]x[/]", "[bold]x[/]"),
    ],
)
def test_fields_hold_whatever_comes(text, shown):
    assert printed(message({"id": text}, "plain")) == [f"TIME  plain  id={shown}"]
    assert printed(message({text: 1}, "plain"))[0].startswith("TIME  plain  [")
    assert printed(message({"asset": text})) == [f"TIME  update  asset={shown}"]


def test_one_of_several_streams_says_which_it_is():
    lines = printed(message(UPDATE), label="pear")
    assert lines[0].startswith("TIME  pear  update  asset=mSOL")
    line = printed(message(UPDATE), label="pear", colour=True)[0]
    assert re.search(r"\x1b\[\d+mpear  \x1b\[0m", line)


def test_what_is_no_json_is_shown_with_its_problem():
    assert printed(no_json(b"hello\x1b\n"), no_json(Binary(b"\x00\xff"), "a binary frame")) == [
        "TIME  hello\\x1b\\x0a",
        "    no JSON: Expecting value at character 1",
        "TIME  binary, 2 bytes: 00 ff",
        "    a binary frame",
    ]


def test_without_a_profile_any_frame_is_as_good_as_another():
    assert printed(no_json(b"hello"), profile=Profile("url", Connect("ws://x"))) == ["TIME  hello"]


def test_an_invalid_message_is_marked_with_its_reasons_beneath():
    reasons = tuple(Violation(f".f{number}", "is \x1bnot a string") for number in range(7))
    lines = printed(
        message({"asset": "x"}, violations=reasons[:1]), message({"asset": "y"}, violations=reasons)
    )
    assert lines[:3] == [
        "TIME  update  ✗ asset=x",
        "    .f0 is \\x1bnot a string",
        "TIME  update  ✗ asset=y",
    ]
    assert lines[-1] == "    and 2 more reasons"
    assert len(lines) == 9


@pytest.mark.parametrize("origin", [MessageOrigin.RECOVERED, MessageOrigin.HISTORY])
def test_a_message_that_was_asked_for_afterwards_says_so(origin):
    assert printed(message({"asset": "x"}, origin=origin)) == [f"TIME  update  {origin}  asset=x"]
    reason = Violation(".asset", "is wrong")
    assert printed(message({"asset": "x"}, origin=origin, violations=(reason,))) == [
        f"TIME  update  ✗ {origin}  asset=x",
        "    .asset is wrong",
    ]
    line = printed(message({"asset": "x"}, origin=origin), outlet=Terminal(), colour=True)[0]
    assert f"\x1b[2m{origin}  \x1b[0m" in line


def test_types_stay_under_each_other():
    lines = printed(message(1, "a long type"), message(2, "b"), message(3, "x" * 1000))
    assert lines[0].index("1") == lines[1].index("2")
    assert lines[2] == f"TIME  {'x' * 24}  3"


def test_what_happens_to_the_connection_prints_nothing():
    outlet = Kept()
    reporter = LogReporter(stage(outlet))
    reporter.report([state(StateEvent.CONNECTED, "connected")])
    assert reporter.idle(at(0)) is None
    reporter.finish(at(1))
    reporter.close()
    assert outlet.writes == []


def test_on_a_terminal_lines_are_cut_to_its_width():
    terminal = Terminal(40, 10)
    reason = Violation(".payload", "x" * 100)
    printed(
        message({"asset": "日" * 50}),
        message({}, "plain", raw=b"[" + b"1," * 10_000),
        outlet=terminal,
    )
    assert [line[-3:] for line in terminal.lines] == ["日 …", "1,…"]
    terminal = Terminal(40, 10)
    printed(message({"asset": "x"}, violations=(reason,)), outlet=terminal)
    assert [line[-3:] for line in terminal.lines] == ["t=x", "xx…"]


def test_into_a_file_lines_are_whole():
    assert printed(message({}, "plain", raw=b"9" * 5000)) == [f"TIME  plain  {'9' * 5000}"]


def test_a_type_has_the_same_colour_in_every_run():
    line = printed(message(1, "trades"), colour=True)[0]
    found = re.search(r"\x1b\[(\d+)mtrades", line)
    assert found is not None
    assert found[1] == "34"


def test_values_have_the_styles_of_their_columns():
    line = printed(message(UPDATE), colour=True)[0]
    assert "\x1b[33mDRIFT\x1b[0m" in line
    assert "\x1b[31m-0.34 %\x1b[0m" in line


def test_without_colour_a_file_holds_no_escapes():
    assert "\x1b" not in printed(message(UPDATE))[0]


def test_a_terminal_without_unicode_gets_backslashes():
    outlet = Kept()
    LogReporter(stage(outlet, encoding="ascii")).report(
        [message({"asset": "é"}, violations=(Violation(".", "bad"),))]
    )
    assert b"x asset=\\xe9" in outlet.writes[0]
