"""Messages become records: validated, filtered, counted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wscli.inspection.conditions import Condition
from wscli.inspection.inspector import Inspector
from wscli.inspection.plans import Selection, Validation
from wscli.inspection.statistics import Statistics
from wscli.jq.engine import compile_program
from wscli.messages.classify import Decoder
from wscli.model.instant import Instant
from wscli.model.message import Message, MessageOrigin, Role
from wscli.model.profile import Connect, MessageRule, Profile
from wscli.model.record import (
    Batch,
    Item,
    MessageRecord,
    Record,
    RowsRecord,
    SentRecord,
    StateEvent,
    StateRecord,
)
from wscli.model.tables import Expression, Rows

AT = Instant(100.0, 1_800_000_000.0)
UPDATE = MessageRule(
    "update",
    schema={"type": "object", "properties": {"n": {"type": "integer"}}},
    where={"asset": {"$in": "${asset?}"}},
    time=".ts",
)
PROFILE = Profile(
    "demo",
    Connect("ws://x"),
    discriminator=(".type",),
    messages=(UPDATE, MessageRule("heartbeat", Role.HEARTBEAT), MessageRule("snap", Role.SNAPSHOT)),
)


class Inspection:
    def __init__(
        self,
        selection: Selection | None = None,
        validation: Validation = Validation.WARN,
        values: dict[str, Any] | None = None,
        profile: Profile = PROFILE,
    ) -> None:
        self.statistics = Statistics(started=AT)
        self.inspector = Inspector(
            profile, values or {}, selection or Selection(), validation, self.statistics
        )
        self._decoder = Decoder(profile)

    def __call__(self, *frames: str) -> list[Record]:
        return self.batch(*frames)

    def batch(
        self, *frames: str, origin: MessageOrigin = MessageOrigin.LIVE, repeated: int = 0
    ) -> list[Record]:
        raws = [frame.encode() for frame in frames]
        items: list[Item] = [
            message._replace(origin=origin)
            for message in self._decoder.messages(raws)
            if isinstance(message, Message)
        ]
        size = sum(map(len, raws))
        return self.inspector.inspect(Batch(items, AT, 1, size, repeated=repeated))

    def shown(self, *frames: str) -> list[str]:
        return [r.message.raw.decode() for r in self(*frames) if isinstance(r, MessageRecord)]


def notes(records: list[Record]) -> list[tuple[str, str]]:
    return [(r.event.value, r.text) for r in records if isinstance(r, StateRecord)]


def test_data_is_shown_and_control_messages_are_not() -> None:
    frames = ['{"type":"update"}', '{"type":"heartbeat"}', '{"type":"snap"}']
    assert Inspection().shown(*frames) == [frames[0], frames[2]]
    assert Inspection(Selection(show_all=True)).shown(*frames) == frames


def test_records_say_where_lines_were_left_out() -> None:
    inspection = Inspection()
    frames = [
        '{"type":"heartbeat"}',
        '{"type":"update"}',
        '{"type":"heartbeat"}',
        '{"type":"snap"}',
    ]
    assert [r.seq for r in inspection(*frames) if isinstance(r, MessageRecord)] == [2, 4]
    assert [r.seq for r in inspection('{"type":"snap"}') if isinstance(r, MessageRecord)] == [5]
    assert inspection.statistics.received == 5
    assert inspection.statistics.printed == 3


def test_a_heartbeat_is_remembered_with_its_time() -> None:
    inspection = Inspection()
    assert inspection.statistics.last_heartbeat is None
    inspection('{"type":"heartbeat"}')
    assert inspection.statistics.last_heartbeat == 100.0


@pytest.mark.parametrize(
    ("values", "shown"), [({}, ["a", "b"]), ({"asset": ["b"]}, ["b"]), ({"asset": ["c"]}, [])]
)
def test_the_profiles_filter_leaves_out_what_was_not_asked_for(
    values: dict[str, Any], shown: list[str]
) -> None:
    inspection = Inspection(values=values)
    frames = [f'{{"type":"update","asset":"{name}"}}' for name in "ab"]
    assert inspection.shown(*frames) == [f for f in frames if f[-3] in shown]
    assert inspection.statistics.filtered == 2 - len(shown)
    assert inspection.statistics.received == 2


def test_the_users_filters_must_all_hold() -> None:
    where = (compile_program(".n > 1"), compile_program('.asset | test("^a")'))
    inspection = Inspection(Selection(types=("up*", "snap"), where=where))
    assert inspection.shown(
        '{"type":"update","n":2,"asset":"ab"}',
        '{"type":"update","n":2,"asset":"b"}',
        '{"type":"update","n":1,"asset":"a"}',
        '{"type":"snap","n":9,"asset":"a"}',
        '{"type":"other","n":9,"asset":"a"}',
        '{"type":"update"}',
    ) == ['{"type":"update","n":2,"asset":"ab"}', '{"type":"snap","n":9,"asset":"a"}']


def test_the_profiles_and_the_users_filter_work_together() -> None:
    inspection = Inspection(Selection(types=("update",)), values={"asset": ["a"]})
    assert inspection.shown('{"type":"update","asset":"a"}', '{"type":"update","asset":"b"}') == [
        '{"type":"update","asset":"a"}'
    ]


def test_an_invalid_message_passes_and_its_reason_is_told_once() -> None:
    inspection = Inspection()
    records = inspection('{"type":"update","n":"x"}', '{"type":"update","n":"y"}')
    (note,) = notes(records)
    assert note[0] == StateEvent.INVALID
    assert note[1].startswith("invalid update: .n ")
    messages = [record for record in records if isinstance(record, MessageRecord)]
    assert [record.valid for record in messages] == [False, False]
    assert messages[0].violations[0].path == ".n"
    assert inspection.statistics.invalid == 2
    assert isinstance(records[0], StateRecord), "the reason comes before the message"


def test_another_reason_is_told_as_well() -> None:
    inspection = Inspection()
    inspection('{"type":"update","n":"x"}')
    assert len(notes(inspection('{"type":"update","n":1.5}', '["update"]'))) == 1


def test_under_strict_validation_the_first_invalid_message_ends_the_run() -> None:
    inspection = Inspection(validation=Validation.STRICT)
    shown = inspection.shown(
        '{"type":"update","n":1}', '{"type":"update","n":"x"}', '{"type":"snap"}'
    )
    assert shown == ['{"type":"update","n":1}', '{"type":"update","n":"x"}']
    ending = inspection.inspector.ending
    assert ending is not None
    assert ending.exit_code == 1
    assert "invalid update: .n" in ending.text
    assert inspection.shown('{"type":"snap"}') == []


def test_without_validation_nothing_is_invalid() -> None:
    inspection = Inspection(validation=Validation.OFF)
    (record,) = inspection('{"type":"update","n":"x"}')
    assert isinstance(record, MessageRecord)
    assert record.valid is None
    assert inspection.statistics.invalid == 0


def test_an_unknown_type_is_shown_and_named_once() -> None:
    inspection = Inspection()
    records = inspection('{"type":"new"}', '{"type":"new"}', '{"n":1}', "[1]", "7")
    assert notes(records) == [
        ("unknown", 'a message of the unknown type "new"; it is shown unchecked'),
        ("unknown", "a message without a type; it is shown unchecked"),
    ]
    assert len([r for r in records if isinstance(r, MessageRecord)]) == 5
    assert inspection.statistics.unknown == {"new": 2, "": 3}


def test_what_is_no_json_is_shown_and_its_kind_told_once() -> None:
    inspection = Inspection()
    records = inspection("pong", "ping", "[" * 2000)
    assert [text for _, text in notes(records)] == [
        "a message is no JSON: Expecting value at character 1; it is passed on as text",
        "a message is JSON nested too deeply to be read; it is passed on as text",
    ]
    assert len([r for r in records if isinstance(r, MessageRecord)]) == 3
    assert inspection.statistics.undecodable == 3


def test_distinct_reasons_are_remembered_up_to_a_limit() -> None:
    rules = tuple(MessageRule(f"r{n}", schema={"required": ["x"]}) for n in range(1100))
    profile = Profile("demo", Connect("ws://x"), discriminator=(".type",), messages=rules)
    inspection = Inspection(profile=profile)
    records = inspection(*[f'{{"type":"r{n}"}}' for n in range(1100)])
    assert len(notes(records)) == 1000
    assert inspection.statistics.invalid == 1100


def test_a_bare_url_expects_nothing() -> None:
    inspection = Inspection(profile=Profile("url", Connect("ws://x")))
    records = inspection('{"type":"new"}', "pong")
    assert notes(records) == []
    assert len(records) == 2


def test_lag_is_measured_where_the_message_tells_its_time() -> None:
    inspection = Inspection()
    records = inspection('{"type":"update","ts":1799999999.5}', '{"type":"update","ts":"soon"}')
    assert [r.lag for r in records if isinstance(r, MessageRecord)] == [0.5, None]
    assert inspection.statistics.lag.count == 1


def test_the_run_ends_after_so_many_printed_messages() -> None:
    inspection = Inspection(Selection(count=2))
    frames = ['{"type":"heartbeat"}', '{"type":"snap"}', '{"type":"snap"}', '{"type":"snap"}']
    assert len(inspection.shown(*frames)) == 2
    ending = inspection.inspector.ending
    assert ending is not None
    assert ending.exit_code == 0


def test_the_run_ends_after_the_message_that_was_waited_for() -> None:
    inspection = Inspection(Selection(until=compile_program(".n == 3")))
    frames = [f'{{"type":"snap","n":{n}}}' for n in range(1, 6)]
    assert inspection.shown(*frames) == frames[:3]
    assert inspection.inspector.ending is not None


def test_what_happens_to_the_connection_is_passed_on_and_counted() -> None:
    inspection = Inspection()
    items: list[Item] = [
        StateRecord(StateEvent.CONNECTED, "connected", AT),
        SentRecord("{}", AT, 1),
        StateRecord(StateEvent.PROBLEM, "slow down", AT),
        StateRecord(StateEvent.REJECTED, "trades:x: forbidden", AT),
        StateRecord(StateEvent.GAP, "4 messages are missing", AT),
        StateRecord(StateEvent.RECOVERED, "3 messages recovered", AT),
        StateRecord(StateEvent.RECONNECTING, "cut", AT, delay=1.0),
        StateRecord(StateEvent.READY, "ready", AT),
    ]
    assert inspection.inspector.inspect(Batch(items, AT, 1, 0)) == items
    statistics = inspection.statistics
    assert (statistics.connections, statistics.problems, statistics.reconnects) == (1, 2, 1)
    assert (statistics.gaps, statistics.recovered) == (1, 0)


@pytest.mark.parametrize("origin", [MessageOrigin.RECOVERED, MessageOrigin.HISTORY])
def test_a_message_that_was_asked_for_afterwards_is_counted_and_has_no_lag(
    origin: MessageOrigin,
) -> None:
    inspection = Inspection(values={"asset": ["a"]})
    frames = [f'{{"type":"update","asset":"{name}","ts":1799999999}}' for name in "aab"]
    records = inspection.batch(*frames, origin=origin)
    assert [r.lag for r in records if isinstance(r, MessageRecord)] == [None, None]
    assert [r.message.origin for r in records if isinstance(r, MessageRecord)] == [origin] * 2
    statistics = inspection.statistics
    assert statistics.lag.count == 0
    counted = {"recovered": statistics.recovered, "history": statistics.history}
    assert counted == {"recovered": 0, "history": 0} | {str(origin): 2}


def test_a_live_message_is_neither_recovered_nor_history() -> None:
    statistics = (inspection := Inspection()).statistics
    inspection('{"type":"snap"}')
    assert (statistics.recovered, statistics.history, statistics.repeated) == (0, 0, 0)


def test_repeated_messages_are_added_up_and_are_not_among_those_received() -> None:
    inspection = Inspection()
    inspection.batch('{"type":"snap"}', repeated=3)
    inspection.batch(repeated=2)
    assert (inspection.statistics.repeated, inspection.statistics.received) == (5, 1)


# --- rows of messages that are not shown ---------------------------------------------------------

ROWS = Rows("t", {"n": Expression(".n")})
FED = Profile(
    "demo",
    Connect("ws://x"),
    discriminator=(".type",),
    messages=(
        MessageRule("update", rows=ROWS),
        *(
            MessageRule(role.value, role, rows=ROWS, where={"asset": {"$in": "${asset?}"}})
            for role in (Role.ACK, Role.HEARTBEAT, Role.CONTROL, Role.ERROR)
        ),
        MessageRule("welcome", Role.ACK, rows=ROWS),
        MessageRule("rowless", Role.ACK),
    ),
)
BEHIND = ["ack", "heartbeat", "control", "error"]


def kinds(records: list[Record]) -> list[tuple[str, str]]:
    """Give for each message what became of it, and its name."""
    return [
        ("shown" if isinstance(record, MessageRecord) else "rows", record.message.name)
        for record in records
        if isinstance(record, MessageRecord | RowsRecord)
    ]


@pytest.mark.parametrize("name", BEHIND)
def test_a_message_that_is_not_shown_still_has_its_rows(name: str) -> None:
    inspection = Inspection(Selection(count=1), profile=FED)
    (record,) = inspection(f'{{"type":"{name}","n":1}}')
    assert isinstance(record, RowsRecord)
    assert (record.message.value["n"], record.received_at) == (1, AT)
    assert (inspection.statistics.received, inspection.statistics.printed) == (1, 0)
    assert inspection.inspector.ending is None


def test_messages_without_rows_become_nothing_and_the_order_stays() -> None:
    inspection = Inspection(profile=FED)
    frames = [f'{{"type":"{name}"}}' for name in ("ack", "rowless", "update", "error")]
    assert kinds(inspection(*frames)) == [("rows", "ack"), ("shown", "update"), ("rows", "error")]


def test_the_users_filters_do_not_keep_rows_from_a_table() -> None:
    selection = Selection(types=("update",), where=(compile_program(".n > 1"),))
    frames = ['{"type":"ack","n":1}', '{"type":"welcome","n":1}', '{"type":"update","n":2}']
    rows = [("rows", "ack"), ("rows", "welcome"), ("shown", "update")]
    inspection = Inspection(selection, profile=FED)
    assert kinds(inspection(*frames)) == rows
    assert inspection.statistics.filtered == 0
    everything = Selection(show_all=True, types=selection.types, where=selection.where)
    inspection = Inspection(everything, profile=FED)
    assert kinds(inspection(*frames)) == rows
    assert inspection.statistics.filtered == 2


def test_the_profiles_own_filter_does() -> None:
    frames = [f'{{"type":"ack","asset":"{name}"}}' for name in "ab"]
    for selection in (Selection(), Selection(show_all=True, types=("update",))):
        inspection = Inspection(selection, values={"asset": ["b"]}, profile=FED)
        (record,) = inspection(*frames)
        assert isinstance(record, RowsRecord)
        assert record.message.value["asset"] == "b"


def test_what_is_shown_anyway_has_no_rows_beside() -> None:
    inspection = Inspection(Selection(show_all=True), profile=FED)
    assert kinds(inspection('{"type":"ack"}')) == [("shown", "ack")]


def test_data_that_a_filter_leaves_out_is_in_no_table() -> None:
    assert Inspection(Selection(types=("ack",)), profile=FED)('{"type":"update"}') == []


# --- conditions that can hardly be meant ---------------------------------------------------------


def test_a_condition_that_fails_every_time_is_told_once() -> None:
    inspection = Inspection(Selection(where=(compile_program(".n | startswith(1)"),)))
    frames = ['{"type":"snap","n":1}'] * 60
    assert notes(inspection(*frames)) == []
    ((event, text),) = notes(inspection(*frames))
    assert event == "invalid"
    where, _, error = text.partition(" failed on each of the first 100 messages: ")
    assert where == "--where '.n | startswith(1)'"
    assert error == "startswith() requires string inputs"
    assert notes(inspection(*frames * 3)) == []
    assert inspection.statistics.filtered == 300


@pytest.mark.parametrize(
    "sense", ['{"type":"snap","n":"x"}', '{"type":"snap","n":"y"}'], ids=["holds", "does not hold"]
)
@pytest.mark.parametrize("place", [0, 99])
def test_a_condition_that_made_sense_once_is_not_complained_of(sense: str, place: int) -> None:
    inspection = Inspection(Selection(where=(compile_program('.n | startswith("x")'),)))
    frames = ['{"type":"snap","n":1}'] * 300
    frames.insert(place, sense)
    assert notes(inspection(*frames)) == []


def test_a_condition_that_makes_sense_goes_on_choosing() -> None:
    inspection = Inspection(Selection(where=(compile_program('.n | startswith("x")'),)))
    for name in ("y", "x", "y", "x"):
        frame = f'{{"type":"snap","n":"{name}"}}'
        assert inspection.shown(frame) == ([frame] if name == "x" else [])


def test_each_condition_is_judged_by_the_messages_that_it_is_asked_about() -> None:
    where = (compile_program(".n > 0"), compile_program('.n | test("x")'))
    inspection = Inspection(Selection(types=("snap",), where=where))
    frames = ['{"type":"snap","n":0}', '{"type":"snap","n":1}', '{"type":"update","n":1}'] * 100
    ((_, text),) = notes(inspection(*frames))
    assert text.startswith("--where '.n | test(\"x\")' failed on each of the first 100 messages")
    assert notes(inspection(*frames)) == []


# --- fields that no message has -------------------------------------------------------------------


def told(source: str, *frames: str, until: bool = False) -> list[str]:
    program = compile_program(source)
    selection = Selection(until=program) if until else Selection(where=(program,))
    inspection = Inspection(selection)
    first = [text for _, text in notes(inspection(*frames * 99))]
    assert first == [] or len(frames) > 1
    texts = first + [text for _, text in notes(inspection(*frames))]
    assert notes(inspection(*frames * 200)) == [], "each thing is told once"
    return texts


DEEP = '{"type":"snap","payload":{"state":"x","legs":[{"price":1}]},"prices":{"bid":1}}'


@pytest.mark.parametrize(
    ("source", "absent", "meant"),
    [
        ('.payload.sate == "DEPEG"', ".payload.sate", ".payload.state"),
        ('.payload.sate != "DEPEG"', ".payload.sate", ".payload.state"),
        ('.state == "DEPEG"', ".state", ".payload.state"),
        (".price > 1", ".price", ".payload.legs[].price"),
        (".payloda.state | not", ".payloda.state", ".payload.state"),
        (".bids > 1", ".bids", ".prices.bid"),
        ('.payload | .sate == "x"', ".payload.sate", ".payload.state"),
    ],
)
@pytest.mark.parametrize("until", [False, True])
def test_a_field_that_no_message_has_is_told_with_the_nearest(
    source: str, absent: str, meant: str, until: bool
) -> None:
    if until and ("!=" in source or "not" in source):
        return  # the first message ends the run
    option = "--until" if until else "--where"
    sentence = f"{option}: no message had {absent} in 100 messages; did you mean {meant}?"
    assert told(source, DEEP, until=until) == [sentence]


def test_a_field_that_resembles_none_is_told_where_the_condition_never_held() -> None:
    assert told(".xyz == 1", DEEP) == ["--where: no message had .xyz in 100 messages"]
    assert told(".xyz == null", DEEP) == []


def test_a_field_of_one_message_among_a_hundred_is_no_mistake() -> None:
    inspection = Inspection(Selection(where=(compile_program('.error.code == "x"'),)))
    frames = [DEEP] * 99 + ['{"type":"snap","error":{"code":1}}'] + [DEEP] * 200
    assert notes(inspection(*frames)) == []


def test_each_field_is_told_and_what_fails_too() -> None:
    assert told('.payload.sate == "x" or .tpye == 1', DEEP) == [
        "--where: no message had .payload.sate in 100 messages; did you mean .payload.state?",
        "--where: no message had .tpye in 100 messages; did you mean .type?",
    ]
    failed, absent = told('.payload.sate | test("x")', DEEP)
    assert failed.startswith(
        "--where '.payload.sate | test(\"x\")' failed on each of the first 100"
    )
    assert absent.endswith("did you mean .payload.state?")


def test_messages_that_are_no_json_tell_nothing_of_fields() -> None:
    inspection = Inspection(Selection(where=(compile_program(".a == 1"),)))
    said = [text for _, text in notes(inspection(*["no json"] * 200))]
    assert [text for text in said if ".a" in text] == [
        "--where '.a == 1' failed on each of the first 100 messages: the message is no JSON"
    ]


def test_what_is_remembered_of_large_messages_is_limited() -> None:
    inner = {**{f"j{n}": n for n in range(90)}, "price": 1}
    wide = json.dumps({"type": "snap", **{f"k{n}": inner for n in range(90)}})
    assert told(".price == 1", wide) == ["--where: no message had .price in 100 messages"]
    deep: Any = {"pirce": 1}
    for _ in range(9):
        deep = {"a": deep}
    assert told(".price == 1", json.dumps({"type": "snap", **deep}), '{"type":"snap","b":[]}') == [
        "--where: no message had .price in 100 messages"
    ]


def test_a_condition_that_is_settled_costs_nothing_more() -> None:
    condition = Condition(compile_program(".a == 1"))
    assert condition.holds({"a": 1}, b"")
    assert condition.holds == condition._program.holds


@pytest.mark.parametrize("until", [False, True])
def test_a_field_that_none_of_a_few_messages_had_is_told_once_at_the_end(until: bool) -> None:
    program = compile_program('.payload.sate == "DEPEG"')
    selection = Selection(until=program) if until else Selection(where=(program,))
    option = "--until" if until else "--where"
    inspection = Inspection(selection)
    assert inspection.inspector.last_words() == []
    for frames, count in (([DEEP], "1 message"), ([DEEP] * 3, "3 messages")):
        inspection = Inspection(selection)
        assert notes(inspection(*frames)) == []
        last = inspection.inspector.last_words()
        assert last == [
            f"{option}: no message had .payload.sate in {count}; did you mean .payload.state?"
        ]
        assert inspection.inspector.last_words() == []


@pytest.mark.parametrize("source", [".xyz == 1", ".payload.sate == null", ".payload.state == 1"])
def test_nothing_is_said_at_the_end_that_may_well_be_meant(source: str) -> None:
    inspection = Inspection(Selection(where=(compile_program(source),)))
    inspection(DEEP)
    assert inspection.inspector.last_words() == []


def test_what_was_told_after_a_hundred_messages_is_not_told_again() -> None:
    inspection = Inspection(Selection(where=(compile_program('.payload.sate == "x"'),)))
    assert len(notes(inspection(*[DEEP] * 100))) == 1
    assert inspection.inspector.last_words() == []


def test_who_talks_sees_what_the_profiles_filter_would_leave_out() -> None:
    frames = [f'{{"type":"update","asset":"{name}"}}' for name in "ab"]
    talk = Inspection(Selection(unfiltered=True), values={"asset": ["b"]})
    assert talk.shown(*frames) == frames
