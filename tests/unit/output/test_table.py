"""The live table, read from the screen of a terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from tests.unit.output.stage import (
    NOON,
    PROFILE,
    Kept,
    Terminal,
    at,
    message,
    rows,
    stage,
    state,
)
from wscli.model.message import MessageOrigin
from wscli.model.profile import About, Profile
from wscli.model.record import Record, SentRecord, StateEvent
from wscli.model.tables import Column, Table
from wscli.output.base import Stage
from wscli.output.table import TableReporter
from wscli.output.words import time_of_day

CONNECTED = state(StateEvent.CONNECTED, "connected to wss://demo.example/ws")


class Run:
    """A reporter on a terminal."""

    def __init__(
        self, *, columns: int = 100, rows: int = 24, profile: Profile = PROFILE, **how: Any
    ) -> None:
        self.terminal = Terminal(columns, rows)
        self.stage: Stage = stage(self.terminal, profile, **how)
        self.statistics = self.stage.statistics
        self.reporter = TableReporter(self.stage)

    def __call__(self, *records: Record, second: float = 0.0) -> list[str]:
        """Report and draw whatever is due; give the screen."""
        if records:
            self.reporter.report(records)
        self.reporter.idle(at(second))
        return self.terminal.lines


def update(asset: str = "mSOL", second: float = 0.0, **cells: Any) -> Record:
    return message({"asset": asset, **cells}, second=second)


# --- what is on the screen -----------------------------------------------------------------------


def test_the_table_shows_the_latest_state():
    run = Run()
    run.statistics.printed = 3
    lines = run(
        CONNECTED,
        update(state="DRIFT", discount="-0.0034", age=NOON - 3, secret="hidden"),
        update("jitoSOL", state="PEGGED", discount="0.5"),
        update(state="DEPEG"),
    )
    assert lines == [
        "● demo  connected to wss://demo.example/ws",
        "  3 messages · 0/s · running 0s",
        "",
        "asset    state   discount  note  age",
        "jitoSOL  PEGGED   50.00 %",
        "mSOL     DEPEG    -0.34 %         3s",
        "",
        f"{time_of_day(NOON)}  connected to wss://demo.example/ws",
    ]


def test_messages_that_are_not_shown_feed_it_too():
    lines = Run()(CONNECTED, rows({"asset": "mSOL", "state": "DRIFT"}), update(discount="0.5"))
    assert lines[1] == "  no messages yet · running 0s"
    assert lines[4] == "mSOL   DRIFT   50.00 %"


def test_a_message_that_was_recovered_is_a_row_like_any_other():
    plain, recovered = (
        Run()(message({"asset": "mSOL", "state": "DRIFT"}, origin=origin))
        for origin in (MessageOrigin.LIVE, MessageOrigin.RECOVERED)
    )
    assert recovered == plain


def test_as_long_as_nothing_came_it_says_what_it_waits_for():
    profile = replace(PROFILE, about=About(caution="Minutes of quiet are \x1bnormal here."))
    lines = Run(columns=40, profile=profile)(CONNECTED)
    assert lines[:6] == [
        "● connected to wss://demo.example/ws",
        "  no messages yet · running 0s",
        "",
        "Connected; waiting for the first",
        "update. Minutes of quiet are \\x1bnormal",
        "here.",
    ]


def test_a_caution_in_wide_characters_is_broken_into_lines_as_well():
    profile = replace(PROFILE, about=About(caution="静かなのは普通です " * 8))
    lines = Run(columns=40, profile=profile)(CONNECTED)
    assert "".join(lines).replace(" ", "").count("静かなのは普通です") == 8


def test_before_the_connection_is_up_it_only_says_so():
    assert Run()(state(StateEvent.CONNECTING, "connecting to wss://demo.example/ws")) == [
        "● demo  connecting to wss://demo.example/ws",
        "  no messages yet · running 0s",
    ]
    assert Run()()[0] == "● demo  starting"


def test_a_table_whose_rows_all_went_is_empty():
    profile = replace(PROFILE, tables=(replace(PROFILE.tables[0], limit=1), PROFILE.tables[1]))
    run = Run(profile=profile)
    run(CONNECTED, update())
    run.stage.tables.views["pegs"].delete({"asset": "mSOL"})
    assert "The table is empty." in run(second=2)


def test_the_numbers_are_those_of_the_run():
    run = Run()
    seen = run.statistics
    run(CONNECTED)
    seen.printed, seen.invalid, seen.undecodable, seen.reconnects = 1234, 2, 1, 1
    seen.last_received = seen.last_heartbeat = at(60).monotonic
    expected = "  1,234 messages · 2 invalid · 1 not JSON · heartbeat 12s ago · 17/s · 1 reconnect · running 1m 12s"
    assert run(second=72)[1] == expected
    seen.last_heartbeat = None
    assert "last message 1m ago" in run(second=120)[1]


def test_the_rate_is_that_of_the_last_ten_seconds():
    run = Run()
    for second in range(40):
        run.statistics.printed += 100 if second < 20 else 5
        run(second=float(second))
        if second == 19:
            assert "100/s" in run.terminal.lines[1]
    assert "5.0/s" in run.terminal.lines[1]


def test_reconnecting_counts_down():
    run = Run()
    lost = state(StateEvent.RECONNECTING, "silent for 15 s", 10, delay=3.0)
    assert run(CONNECTED, lost, second=10)[0] == "● demo  retrying in 3.0 s: silent for 15 s"
    assert run(second=10.5)[0] == "● demo  retrying in 2.5 s: silent for 15 s"
    assert run(second=14)[0] == "● demo  retrying: silent for 15 s"
    assert (
        run.terminal.lines[-1]
        == f"{time_of_day(NOON + 10)}  silent for 15 s; reconnecting in 3.0 s"
    )
    assert (
        run(replace(lost, delay=300.0), second=15)[0]
        == "● demo  retrying in 4m 55s: silent for 15 s"
    )


def test_problems_are_noted_beneath():
    run = Run()
    lines = run(
        CONNECTED, update(), state(StateEvent.PROBLEM, "malformed \x1b[31m frame", 5), second=5
    )
    assert lines[-1] == f"{time_of_day(NOON + 5)}  malformed \\x1b[31m frame"


@pytest.mark.parametrize(
    ("event", "colour"),
    [
        (StateEvent.PROBLEM, "red"),
        (StateEvent.INVALID, "red"),
        (StateEvent.REJECTED, "red"),
        (StateEvent.GAP, "brown"),  # the emulator's word for yellow
        (StateEvent.RECOVERED, "default"),
    ],
)
def test_what_is_wrong_is_noted_in_a_colour(event, colour):
    coloured = Run(colour=True)
    coloured(state(event, "malformed"))
    assert coloured.terminal.cell("malformed").fg == colour


def test_missing_messages_are_among_the_numbers():
    run = Run()
    run.statistics.reconnects, run.statistics.gaps = 3, 2
    assert run()[1] == "  no messages yet · 3 reconnects · 2 gaps · running 0s"


def test_small_steps_are_not_noted():
    run = Run()
    before = run(CONNECTED)
    assert (
        run(
            state(StateEvent.STEP, "waiting for the welcome"), SentRecord("{}", at(0), 1), second=1
        )[3:]
        == before[3:]
    )


def test_small_steps_are_noted_where_they_are_wanted():
    run = Run(verbose=True)
    run(CONNECTED)
    lines = run(
        state(StateEvent.STEP, "waiting for the welcome"),
        SentRecord('{"a":"***"}', at(0), 1),
        second=1,
    )
    assert lines[-2].endswith("waiting for the welcome")
    assert lines[-1].endswith('> {"a":"***"}')


def test_only_the_last_notes_are_shown():
    run = Run(rows=12)
    lines = run(*(state(StateEvent.PROBLEM, f"problem {number}") for number in range(100)))
    assert [line[-10:] for line in lines[-2:]] == ["problem 98", "problem 99"]
    assert len(lines) < 12


# --- colours and marks ---------------------------------------------------------------------------


def test_values_have_the_styles_of_the_profile():
    run = Run(colour=True)
    run(CONNECTED, update(state="DRIFT", discount="-0.5"), update("x", discount="0.25"))
    run(second=5)
    assert run.terminal.cell("DRIFT").fg == "brown"  # the emulator's word for yellow
    assert run.terminal.cell("-50.00").fg == "red"
    assert run.terminal.cell("25.00").fg == "green"
    assert run.terminal.cell("●").fg == "green"


def test_what_changed_is_marked_for_a_moment():
    run = Run()
    run(CONNECTED, update(state="PEGGED", note="same"))
    run(second=5)
    run(update(second=6, state="DRIFT", note="same"), second=6)
    assert run.terminal.cell("DRIFT").bold
    assert not run.terminal.cell("same").bold
    run(second=7.6)
    assert not run.terminal.cell("DRIFT").bold


def test_what_is_bold_anyway_is_marked_by_a_line():
    run = Run(colour=True)
    run(update(state="DEPEG"))
    assert run.terminal.cell("DEPEG").bold
    assert run.terminal.cell("DEPEG").underscore
    run(second=2)
    assert run.terminal.cell("DEPEG").bold
    assert not run.terminal.cell("DEPEG").underscore


def test_without_colour_there_is_none():
    run = Run(colour=False)
    run(CONNECTED, update(state="DRIFT"), state(StateEvent.PROBLEM, "no"))
    fore = {cell.fg for line in run.terminal.screen.buffer.values() for cell in line.values()}
    assert fore == {"default"}


# --- when it is drawn ----------------------------------------------------------------------------


def test_messages_draw_nothing_and_a_frame_comes_four_times_a_second():
    run = Run()
    run(CONNECTED)
    drawn = len(run.terminal.writes)
    for number in range(100):
        run.reporter.report([update(second=number / 100, note=number)])
        run.reporter.idle(at(number / 100))
    assert len(run.terminal.writes) - drawn == 3


def test_a_quiet_table_is_drawn_once_a_second():
    run = Run()
    run(CONNECTED, second=0)
    assert run.reporter.idle(at(0.1)) == at(1).monotonic
    drawn = len(run.terminal.writes)
    run(second=0.99)
    assert len(run.terminal.writes) == drawn
    assert run.reporter.idle(at(1)) == at(2).monotonic
    assert len(run.terminal.writes) == drawn + 1


def test_news_want_to_be_drawn_soon():
    run = Run()
    run(CONNECTED)
    run.reporter.report([CONNECTED])
    assert run.reporter.idle(at(0.1)) == at(0.25).monotonic


def test_a_mark_and_a_countdown_keep_the_clock_running():
    run = Run()
    run(CONNECTED, update())
    assert run.reporter.idle(at(0.25)) == at(0.5).monotonic
    assert run.reporter.idle(at(2)) == at(3).monotonic
    run(state(StateEvent.RECONNECTING, "lost", delay=5.0), second=3)
    assert run.reporter.idle(at(3.25)) == at(3.5).monotonic


def test_ages_move_while_nothing_comes():
    run = Run()
    assert run(update(age=NOON - 3))[4].endswith(" 3s")
    assert run(second=60)[5].endswith(" 1m 3s")


def test_a_frame_after_a_change_of_one_row_sends_that_row_alone():
    run = Run(rows=40)
    run(*(update(f"asset{number:02}", note="same") for number in range(20)))
    run(second=5)
    run(update("asset07", second=5.5, note="new"), second=5.5)
    assert b"asset07" in run.terminal.writes[-1]
    assert b"asset08" not in run.terminal.writes[-1]


# --- small screens -------------------------------------------------------------------------------


def test_a_narrow_screen_leaves_columns_out_from_the_right_and_says_so():
    run = Run(columns=30)
    lines = run(CONNECTED, update(state="DRIFT", discount="0.5", note="x" * 30, age=NOON))
    assert lines == [
        "● connected to wss://demo.ex…",
        "  no messages yet",
        "",
        "asset  state  discount",
        "mSOL   DRIFT   50.00 %",
        "… 2 columns hidden",
        "",
        "connected to wss://demo.exam…",
    ]


def test_the_key_is_always_shown():
    lines = Run(columns=8)(update("a very long name", state="DRIFT"))
    assert lines[3:5] == ["asset", "a very…"]


def test_a_short_screen_shows_the_rows_that_changed_last():
    run = Run(rows=10)
    run(*(update(f"a{number:02}") for number in range(50)))
    lines = run(update("a07", second=1), second=1)
    assert lines == [
        "● demo  starting",
        "  no messages yet · running 1s",
        "asset  state  discount  note  age",
        "a07",
        "a46",
        "a47",
        "a48",
        "a49",
        "… 45 rows hidden; shown are those that changed last",
    ]


@pytest.mark.parametrize("columns", [1, 2, 5, 10, 20, 40, 200])
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 8, 12, 60])
def test_every_frame_fits_its_terminal(columns, rows):
    run = Run(columns=columns, rows=rows, colour=True)
    everything = [
        update(f"a{number}日本", state="DRIFT", note="❤\ufe0fé" * 9) for number in range(30)
    ]
    events = message([{"id": number, "text": "x" * 99} for number in range(30)], "event")
    run(CONNECTED, *everything, events, state(StateEvent.PROBLEM, "x" * 300))
    run.reporter.finish(at(1))
    sent = run.terminal.writes[0].decode()
    assert 0 < sent.count("\n") <= max(rows - 1, 1)
    assert len(run.terminal.lines) <= max(rows - 1, 1)


def test_after_a_change_of_size_it_fits_again():
    run = Run(columns=100, rows=24)
    run(CONNECTED, update(state="DRIFT", note="x" * 30))
    run.terminal.resize(30, 10)
    lines = run(second=1)
    assert lines[2:4] == ["asset  state  discount", "mSOL   DRIFT"]
    run.terminal.resize(100, 24)
    assert "note" in run(second=2)[4]


def test_columns_stay_in_place_where_the_terminal_disagrees_about_a_width():
    run = Run()
    run(CONNECTED, update("❤\ufe0f", state="one"), update("xxxx", state="two"))
    plain, hearts = run.terminal.screen.display[4:6]
    assert plain.index("two") == 7
    assert hearts.replace("\ufe0f", "").index("one") == 7  # the emulator gives the heart one cell


def test_columns_do_not_dance():
    run = Run()
    wide = run(update("a long name", state="DEPEG"))
    narrow = run(message([], "event"), update("b"), second=1)
    wide_header, narrow_header = (
        next(line for line in lines if line.startswith("asset")) for lines in (wide, narrow)
    )
    assert wide_header.index("state") == narrow_header.index("state")


# --- several tables ------------------------------------------------------------------------------


def test_all_tables_that_have_rows_are_shown():
    lines = Run()(update(), message([{"id": 5, "text": "x"}], "event"))
    assert [line.split() for line in lines[3:]] == [
        ["pegs"],
        ["asset", "state", "discount", "note", "age"],
        ["mSOL"],
        ["events"],
        ["id", "text"],
        ["5", "x"],
    ]


def test_one_table_can_be_asked_for():
    lines = Run(table="events")(update(), message([{"id": 5, "text": "x"}], "event"))
    assert lines[3:] == ["id  text", " 5  x"]


@pytest.mark.parametrize(
    ("sort", "order"), [(None, "abc"), ("note", "bca"), ("-note", "acb"), ("-asset", "cba")]
)
def test_rows_are_sorted_as_the_user_wants(sort, order):
    lines = Run(sort=sort)(update("c", note=2), update("a", note=10), update("b", note=1))
    assert "".join(line[0] for line in lines[4:7]) == order


def test_a_table_that_cannot_be_sorted_so_keeps_its_own_order():
    lines = Run(sort="-note")(message([{"id": 1}, {"id": 2}], "event"))
    assert [line.strip() for line in lines[4:6]] == ["1", "2"]


# --- what providers send -------------------------------------------------------------------------

# the sequences of a frame, and the carriage return before its first line
OURS = re.compile(r"\x1b\[(?:[0-9;]*m|\?(?:2026|25|7)[hl]|\d+[AG]|[HJK])|(?<=[lA])\r(?!\n)")

HOSTILE = [
    "\x1b[2J",
    "\x9b2J",
    "\u202etxt",
    "[red]x[/]",
    "[/]",
    "a\nb\tc",
    "\ud800",
    "z\u200bw",
    "\U000e0041",
    "\x07",
    "%s{}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_wherever_it_turns_up(text):
    column = Column(f"c{text}")
    about = About(caution=text)
    table = Table(text, (Column("asset"), Column("state"), column), key="asset")
    profile = replace(PROFILE, name=text, tables=(table, PROFILE.tables[1]), about=about)
    rows = PROFILE.messages[0].rows
    assert rows is not None
    rule = replace(PROFILE.messages[0], rows=replace(rows, table=text))
    profile = replace(profile, messages=(rule, *PROFILE.messages[1:]))
    run = Run(profile=profile, colour=True)
    plain = Run(profile=replace(profile, name="x"), colour=True)
    records = (state(StateEvent.CONNECTED, text), state(StateEvent.PROBLEM, text))
    for one in (run, plain):
        one(*records)
        one(update(f"a{text}", state=text), message([{"id": text}], "event"), second=2)
    for data in run.terminal.writes:
        assert OURS.sub("", data.decode()).replace("\r\n", "").isprintable()
    assert all("\ufffd" not in line for line in run.terminal.lines)
    assert len(run.terminal.lines) == len(plain.terminal.lines)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["asset", "state", "discount", "note", "age"]),
            st.text() | st.integers() | st.none(),
        ),
        max_size=5,
    )
)
@settings(max_examples=50, deadline=None)
def test_whatever_the_cells_hold_each_row_is_one_line(values):
    run = Run()
    lines = run(CONNECTED, *(message(value) for value in values))
    keys = {repr(value["asset"]) for value in values if value.get("asset") is not None}
    assert len(lines) == (6 + len(keys) if keys else 6)


# --- the end -------------------------------------------------------------------------------------


def test_the_last_state_stays_with_the_cursor_below():
    run = Run()
    run(CONNECTED, update(state="DRIFT"))
    run.reporter.report([update(second=0.1, state="DEPEG")])
    run.reporter.finish(at(0.1))
    run.reporter.close()
    run.terminal.write(b"wscli: 1 message\n")
    lines = run.terminal.lines
    assert lines[0] == "● demo  ended"
    assert lines[4] == "mSOL   DEPEG"
    assert lines[-1] == "wscli: 1 message"
    assert not run.terminal.screen.cursor.hidden
    assert run.reporter.idle(at(99)) is None


def test_a_run_that_dies_in_mid_frame_leaves_the_terminal_sane(monkeypatch):
    run = Run()
    run(CONNECTED)
    whole = run.terminal.write

    def cut(data: bytes) -> None:
        whole(data[:20])
        raise KeyboardInterrupt

    monkeypatch.setattr(run.terminal, "write", cut)
    with pytest.raises(KeyboardInterrupt):
        run(update(), second=1)
    monkeypatch.setattr(run.terminal, "write", whole)
    run.reporter.close()
    assert not run.terminal.screen.cursor.hidden
    assert run.reporter.idle(at(9)) is None


def test_into_a_file_the_tables_are_written_once_and_whole():
    outlet = Kept()
    reporter = TableReporter(stage(outlet))
    reporter.report([CONNECTED, *(update(f"a{number:03}", note="x" * 39) for number in range(100))])
    assert reporter.idle(at(0)) is None
    assert outlet.writes == []
    reporter.finish(at(1))
    reporter.close()
    lines = outlet.text.splitlines()
    assert lines[0] == "asset  state  discount  note" + " " * 35 + "  age"
    assert len(lines) == 101
    assert "\x1b" not in outlet.text


def test_a_terminal_that_cannot_move_its_cursor_gets_frames_one_below_the_other():
    run = Run(moves=False)
    assert run(CONNECTED, update("é"))[4] == "é"
    assert run.reporter.idle(at(1)) is None
    run(update("b", second=2), second=2)
    assert len(run.terminal.writes) == 1
    assert run.reporter.idle(at(3)) == at(5).monotonic
    run(second=5)
    run.reporter.finish(at(6))
    assert len(run.terminal.writes) == 3
    assert all(b"\x1b" not in data for data in run.terminal.writes)


def test_a_terminal_without_unicode_gets_backslashes():
    run = Run(encoding="ascii")
    assert run(update("é", note="x" * 60))[4].startswith("\\xe9")
    assert run.terminal.lines[0].startswith("* demo")


def test_a_frame_can_be_made_into_a_picture():
    run = Run(colour=True)
    run(CONNECTED, update("日本", state="DRIFT"))
    lines = run.reporter.snapshot(at(5), (60, 20))
    picture = Text.from_ansi("\n".join(lines))
    assert "日本   DRIFT" in picture.plain.splitlines()
