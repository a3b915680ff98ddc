"""CSV: a line for each row that a message brings."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

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
from wscli.model.profile import Connect, MessageRule, Profile
from wscli.model.record import Record, StateEvent
from wscli.model.tables import Column, RowAction, Rows, Table
from wscli.output.csv import CsvReporter

HEADER = "asset,state,discount,note,age,secret"


def printed(*records: Record, outlet: Kept | None = None, **how: Any) -> list[str]:
    outlet = outlet or Kept()
    reporter = CsvReporter(stage(outlet, **{"table": "pegs", **how}))
    reporter.report(records)
    assert len(outlet.writes) <= 1
    reporter.finish(at(1))
    reporter.close()
    return outlet.text.split("\n")[:-1]


def cells(value: Any, raw: bytes | None = None) -> str:
    """The line of one update of the asset "x"."""
    return printed(message(value, raw=raw))[1]


def test_the_columns_are_the_header_hidden_ones_too():
    assert printed() == [HEADER]
    lines = printed(message({"asset": "x", "secret": "s"}), message({"asset": "y"}))
    assert lines == [HEADER, "x,,,,,s", "y,,,,,"]


def test_the_header_goes_out_with_the_first_rows():
    outlet = Kept()
    reporter = CsvReporter(stage(outlet, table="pegs"))
    reporter.report([state(StateEvent.CONNECTED, "connected"), no_json(b"hello")])
    reporter.report([])
    assert reporter.idle(at(0)) is None
    assert outlet.writes == []
    reporter.report([message({"asset": "x"})])
    reporter.report([message({"asset": "y"})])
    assert outlet.writes == [f"{HEADER}\nx,,,,,\n".encode(), b"y,,,,,\n"]


def test_a_row_is_printed_whole_each_time_a_message_speaks_of_it():
    lines = printed(
        message({"asset": "x", "state": "DRIFT", "note": "n"}),
        message({"asset": "x", "state": "DEPEG"}),
        message({"asset": "x", "state": "DEPEG"}),
        message({"asset": "x", "note": None}),
    )
    assert lines[1:] == ["x,DRIFT,,n,,", "x,DEPEG,,n,,", "x,DEPEG,,n,,", "x,DEPEG,,,,"]


def test_values_are_as_they_came():
    raw = b'{"asset":12345678901234567890,"state":true,"discount":0.10,"note":1e400,"age":"2026-05-26T14:32:11Z","secret":-1.50}'
    assert (
        cells({"asset": 1}, raw)
        == "12345678901234567890,true,0.10,1e400,2026-05-26T14:32:11Z,-1.50"
    )
    raw = b'{"asset":[1.0, {"a": 0.10}],"state":{}}'
    assert cells({}, raw) == '"[1.0,{""a"":0.10}]",{},,,,'


def test_digits_survive_in_a_row_that_another_message_changes():
    first = message({}, raw=b'{"asset":"x","discount":0.10}')
    assert printed(first, message({"asset": "x", "note": "n"}))[2] == "x,,0.10,n,,"


def test_a_long_text_is_not_cut():
    assert cells({"asset": "x", "note": "n" * 5000}) == f"x,,,{'n' * 5000},,"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a,b", '"a,b"'),
        ('a"b', '"a""b"'),
        ("a\nb", '"a\nb"'),
        ("a\rb", '"a\rb"'),
        ("a\r\nb", '"a\r\nb"'),
        ("日本 😀", "日本 😀"),
        ("\x1b[2J\u202e", "\x1b[2J\u202e"),
        ("", ""),
    ],
)
def test_what_separates_is_quoted_and_the_rest_is_as_it_came(text, line):
    outlet = Kept()
    CsvReporter(stage(outlet, table="pegs")).report([message({"asset": "x", "note": text})])
    assert outlet.text == f"{HEADER}\nx,,,{line},,\n"
    read = list(csv.reader(io.StringIO(outlet.text, newline="")))
    assert read[1][3] == text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|'/C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\uff1d1",
        "-",
        "+1 2",
        "--1",
    ],
)
def test_a_formula_is_defused(text):
    outlet = Kept()
    CsvReporter(stage(outlet, table="pegs")).report([message({"asset": "x", "note": text})])
    read = list(csv.reader(io.StringIO(outlet.text, newline="")))
    assert read[1][3] == f"'{text}"


@pytest.mark.parametrize("value", [-1.5, -3, "-1.5", "+0.0034", "-1e5", "a=b", "1-2", "'=1"])
def test_a_number_is_none_whatever_its_sign(value):
    assert cells({"asset": "x", "note": value}) == f"x,,,{value},,".replace("-100000.0", "-1e5")


def test_a_column_of_that_kind_is_defused_as_well():
    table = Table("t", (Column("=a"),))
    profile = Profile("p", Connect("ws://x"), tables=(table,))
    assert printed(profile=profile, table=None) == ["'=a"]


def test_a_message_of_many_rows_is_as_many_lines():
    lines = printed(message([{"id": 1, "text": "a"}, {"id": 2}], "event"), table="events")
    assert lines == ["id,text", "1,a", "2,"]


def test_other_tables_and_other_messages_print_nothing():
    others = [message([{"id": 1}], "event"), message({"any": 1}, "plain"), message(1, "unknown")]
    assert printed(*others, no_json(b"x"), state(StateEvent.GAP, "gap")) == [HEADER]


def test_rows_of_a_message_that_is_not_shown_are_remembered():
    behind = rows({"asset": "x", "note": "n"})
    assert printed(behind, message({"asset": "x", "state": "s"})) == [HEADER, "x,s,,n,,"]


def test_a_row_that_goes_prints_nothing():
    table = Table("t", (Column("id"), Column("v")), key="id")
    set_ = {"id": ".id", "v": ".v"}
    profile = Profile(
        "p",
        Connect("ws://x"),
        messages=(
            MessageRule("up", rows=Rows("t", set_)),
            MessageRule("del", rows=Rows("t", set_, do=RowAction.DELETE)),
        ),
        tables=(table,),
    )
    records = (
        message({"id": 1, "v": 2}, "up"),
        message({"id": 1}, "del"),
        message({"id": 1}, "up"),
    )
    assert printed(*records, profile=profile, table=None) == ["id,v", "1,2", "1,"]


def test_on_a_terminal_what_it_would_act_on_is_escaped():
    outlet = Terminal()
    lines = printed(message({"asset": "\x1b[2J\u202e", "note": "a\nb"}), outlet=outlet)
    assert lines[1:] == ['\\x1b[2J\\u202e,,,"a', 'b",,']


def test_half_a_surrogate_pair_is_written_as_an_escape():
    raw = b'{"asset":"\\ud800"}'
    assert printed(message(json.loads(raw), raw=raw))[1] == "\\ud800,,,,,"


def test_without_a_name_it_is_the_first_table():
    assert printed(table=None, profile=PROFILE) == [HEADER]
