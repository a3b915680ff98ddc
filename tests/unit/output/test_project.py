"""``--jq``: what a program makes of messages."""

from __future__ import annotations

import json

import pytest

from tests.unit.output.stage import Kept, Terminal, at, message, no_json, rows, stage, state
from wscli.inspection.enough import Enough
from wscli.jq.engine import compile_program
from wscli.model.message import Derived
from wscli.model.record import Ending, Record, SentRecord, StateEvent, StateRecord
from wscli.output.ndjson import NdjsonReporter


class Run:
    """A reporter with a program; ``told`` is what it had to say."""

    def __init__(self, source: str, outlet: Kept | None = None) -> None:
        self.outlet = outlet or Kept()
        self.notes: list[StateRecord] = []
        program = compile_program(source)
        self._reporter = NdjsonReporter(stage(self.outlet, program=program, note=self.notes.append))

    def __call__(self, *records: Record) -> str:
        del self.outlet.writes[:]
        self._reporter.report(records)
        assert len(self.outlet.writes) <= 1
        return self.outlet.text

    @property
    def told(self) -> list[str]:
        return [note.text for note in self.notes]


VALUE = b'{"id": 9007199254740993, "price": 0.1000, "list": [1, 2], "text": "a\\n\\u00e9"}'


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (".id", ["9007199254740993"]),
        (".price", ["0.1000"]),
        (".id, .price", ["9007199254740993", "0.1000"]),
        ("{price, id}", ['{"price":0.1000,"id":9007199254740993}']),
        (".list[]", ["1", "2"]),
        (".list[] | select(. > 1)", ["2"]),
        (".text", ['"a\\né"']),
        (".missing", ["null"]),
        ("empty", []),
        ("if .id then .list else empty end", ["[1,2]"]),
    ],
)
def test_each_result_is_one_line_of_json_with_every_digit(source, lines):
    run = Run(source)
    assert run(message(json.loads(VALUE), raw=VALUE)).splitlines() == lines
    assert run.told == []


def test_the_messages_of_a_batch_are_one_write_in_order():
    assert Run(".[]")(message([1, 2]), message([]), message([3])) == "1\n2\n3\n"


def test_where_there_are_no_results_nothing_is_written():
    run = Run("empty")
    run(message(1))
    assert run.outlet.writes == []


def test_a_message_that_was_made_from_a_frame_is_looked_at_as_it_was_made():
    assert Run(".a")(message({"a": 0.1}, raw=Derived(b'{"a":0.100}', b"frame"))) == "0.100\n"


def test_nothing_but_messages_is_looked_at():
    others: list[Record] = [
        state(StateEvent.CONNECTED, "connected"),
        SentRecord("{}", at(0), 1),
        rows({}),
    ]
    run = Run(".")
    assert run(*others) == ""
    assert run(others[0], message(1), *others, message(2)) == "1\n2\n"
    assert run.told == []


def test_a_message_on_which_the_program_fails_prints_nothing_and_its_error_is_told_once():
    run = Run('"before", .a + 1')
    fails = message({"a": "x"}, second=3)
    assert run(message({"a": 1}), fails, message({"a": 2})) == '"before"\n2\n"before"\n3\n'
    assert run(fails, message({"a": "another"})) == ""
    assert run.told == ['--jq: string ("x") and number (1) cannot be added']
    (note,) = run.notes
    assert (note.event, note.at, note.connection) == (StateEvent.INVALID, at(3), 1)


def test_another_error_is_told_as_well():
    run = Run(".a + 1")
    run(message({"a": "x"}), message({"a": []}), message([]), message({"a": "y"}))
    assert [text.partition("(")[0] for text in run.told] == [
        "--jq: string ",
        "--jq: array ",
        "--jq: Cannot index array with string ",
    ]


def test_what_is_no_json_is_an_error_as_well():
    run = Run(".")
    assert run(no_json(b"hello"), no_json(b"again"), message(1)) == "1\n"
    assert run.told == ["--jq: the message is no JSON"]


def test_a_program_that_makes_up_errors_is_not_listened_to_for_ever():
    run = Run("error(.)")
    run(*(message(f"error {number}") for number in range(1000)))
    assert len(run.told) == 100


def test_on_a_terminal_what_it_would_act_on_is_escaped():
    run = Run(".", outlet=Terminal())
    assert run(message("\x9b\u202e", raw='"\x9b\u202e"'.encode())) == '"\\u009b\\u202e"\n'


def test_what_is_wanted_counts_only_where_something_is_printed():
    enough = Enough(count=2, later=True)
    outlet = Kept()
    program = compile_program(".n | select(. > 1) | (., .)")
    on = stage(outlet, program=program, enough=enough)
    on.statistics.printed = 5
    NdjsonReporter(on).report([message({"n": n}) for n in (1, 2, 1, 3, 4)])
    assert outlet.text.split() == ["2", "2", "3", "3"]
    assert enough.ending == Ending(0)
    assert (on.statistics.printed, on.statistics.filtered) == (2, 3)


def test_nothing_is_printed_after_the_last_that_was_wanted():
    enough = Enough(until=compile_program(".n == 2"), later=True)
    outlet = Kept()
    on = stage(outlet, program=compile_program(".n"), enough=enough)
    reporter = NdjsonReporter(on)
    reporter.report([message({"n": 1}), message({"n": 2}), state(StateEvent.GAP, "x")])
    reporter.report([message({"n": 3})])
    assert outlet.text.split() == ["1", "2"]


def test_events_are_not_counted_and_end_with_the_messages():
    enough = Enough(count=1, later=True)
    outlet = Kept()
    program = compile_program(".event // .message.n")
    on = stage(outlet, program=program, enough=enough, envelope=True, events=True)
    gap = state(StateEvent.GAP, "something is missing")
    NdjsonReporter(on).report([gap, message({"n": 1}), gap])
    assert outlet.text.split() == ['"gap"', "1"]
