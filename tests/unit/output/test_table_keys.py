"""The live table answers keys, and its headline says how fast and how late messages come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.output.stage import NOON, PROFILE, Terminal, at, message, stage, state
from wscli.model.profile import Profile
from wscli.model.record import Record, StateEvent
from wscli.model.tables import Column, ColumnFormat, Table
from wscli.output.keys import ENTER, ESCAPE, REDRAW, RESUMED
from wscli.output.table import TableReporter
from wscli.output.words import time_of_day

CONNECTED = state(StateEvent.CONNECTED, "connected to wss://demo.example/ws")


class Run:
    """A reporter on a terminal with a keyboard."""

    def __init__(
        self, *, columns: int = 100, rows: int = 24, profile: Profile = PROFILE, **how: Any
    ) -> None:
        self.terminal = Terminal(columns, rows)
        self.stage = stage(self.terminal, profile, **{"keys": True, **how})
        self.statistics = self.stage.statistics
        self.reporter = TableReporter(self.stage)

    def __call__(self, *records: Record, second: float = 0.0) -> list[str]:
        """Report and draw whatever is due; give the screen."""
        self.statistics.printed += sum(not hasattr(record, "event") for record in records)
        self.reporter.report(records)
        self.reporter.idle(at(second))
        return self.terminal.lines

    def press(self, keys: str, second: float = 0.0) -> list[str]:
        assert not self.reporter.press(keys)
        self.reporter.idle(at(second))
        return self.terminal.lines

    def rows(self) -> list[str]:
        """The first cell of each row of the table."""
        lines = self.terminal.lines
        start = next(n for n, line in enumerate(lines) if line.startswith("asset")) + 1
        return [line.split()[0] for line in lines[start : lines.index("", start)]]


def update(asset: str = "mSOL", second: float = 0.0, **cells: Any) -> Record:
    return message({"asset": asset, **cells}, second=second)


def filled(**how: Any) -> Run:
    run = Run(**how)
    run(
        CONNECTED,
        update("mSOL", state="DRIFT", discount="-0.5"),
        update("jitoSOL", state="PEGGED", discount="0.25"),
        update("bSOL", state="DEPEG", discount="0.1"),
    )
    return run


# --- keys ----------------------------------------------------------------------------------------


def test_a_key_is_answered_by_the_next_look_without_waiting_for_the_clock():
    run = filled()
    assert "Keys" in run.press("?", second=0.01)


def test_a_key_that_means_nothing_draws_nothing():
    run = filled()
    drawn = len(run.terminal.writes)
    run.press("xé", second=0.01)
    assert len(run.terminal.writes) == drawn


def test_the_wish_to_leave_is_told():
    assert filled().reporter.press("q")


def test_where_there_are_keys_the_help_is_announced():
    assert filled().terminal.lines[0].endswith(" ? help")
    assert len(filled().terminal.lines[0]) == 99
    assert "? help" not in filled(keys=False).terminal.lines[0]
    assert "? help" not in filled(columns=30).terminal.lines[0]


def test_the_filter_holds_while_it_is_typed():
    run = filled()
    assert run.press("/")[-1].startswith("/    3 of 3 rows; Enter keeps it")
    run.press("sol")
    assert run.rows() == ["bSOL", "jitoSOL", "mSOL"]
    lines = run.press("x")
    assert lines[-1].startswith("/solx    0 of 3 rows")
    assert run.rows() == []


def test_any_cell_as_it_is_shown_can_match():
    run = filled()
    run.press(f"/25.00{ENTER}")
    assert run.rows() == ["jitoSOL"]
    run.press(f"{ESCAPE}/depeg{ENTER}")
    assert run.rows() == ["bSOL"]


def test_a_filter_that_is_kept_is_told_and_counts():
    run = filled()
    lines = run.press(f"/SOL\x7f\x7f{ENTER}")
    assert lines[2] == '  only rows with "S": 3 of 3 rows (Esc: all)'
    lines = run(update("usd", second=0.5), second=1)
    assert '  only rows with "S": 4 of 4 rows (Esc: all)' in lines
    run(update("xyz", second=1.5), second=2)
    assert '  only rows with "S": 4 of 5 rows (Esc: all)' in run.terminal.lines
    assert run.rows() == ["bSOL", "jitoSOL", "mSOL", "usd"]
    assert not any("only rows" in line for line in run.press(ESCAPE, second=2.01))
    assert "xyz" in run.rows()


def test_of_many_rows_that_match_the_latest_are_shown():
    run = Run(rows=12)
    run(CONNECTED, *(update(f"{'ab'[n % 2]}{n:02}") for n in range(40)))
    lines = run.press(f"/a{ENTER}")
    assert "… 15 rows hidden; shown are those that changed last" in lines
    assert run.terminal.lines[4].startswith("a30")


def test_a_row_that_changes_is_looked_at_again():
    run = filled()
    run.press(f"/drift{ENTER}")
    assert run.rows() == ["mSOL"]
    run(update("bSOL", state="DRIFT", second=1), update("mSOL", state="PEGGED", second=1), second=1)
    assert run.rows() == ["bSOL"]


def test_ages_go_on_while_a_filter_is_on():
    run = Run()
    run(CONNECTED, update(age=NOON - 3))
    assert any(line.endswith(" 3s") for line in run.press("/msol"))
    assert any(line.endswith(" 1m 3s") for line in run(second=60))


def test_s_sorts_by_one_column_after_the_other():
    run = filled()
    assert run.rows() == ["bSOL", "jitoSOL", "mSOL"]
    assert "  sorted by state" in run.press("s")
    assert run.rows() == ["bSOL", "mSOL", "jitoSOL"]
    run.press("s")
    assert run.rows() == ["mSOL", "bSOL", "jitoSOL"]
    assert "  sorted by discount, descending" in run.press("S")
    assert run.rows() == ["jitoSOL", "bSOL", "mSOL"]


def test_the_order_of_the_profile_can_be_turned_round():
    run = filled()
    assert "  order turned round" in run.press("S")
    assert run.rows() == ["mSOL", "jitoSOL", "bSOL"]
    run = filled(sort="-asset")
    run.press("S")
    assert run.rows() == ["bSOL", "jitoSOL", "mSOL"]


def test_of_several_tables_those_are_sorted_that_have_the_column():
    run = filled()
    run(message([{"id": 2, "text": "b"}, {"id": 1, "text": "a"}], "event"), second=1)
    run.press("sssssss", second=1.1)
    assert "  sorted by text" in run.terminal.lines
    assert [line.strip() for line in run.terminal.lines][-4:-2] == ["1  a", "2  b"]
    assert [line.split()[0] for line in run.terminal.lines[6:10]] == [
        "asset",
        "bSOL",
        "jitoSOL",
        "mSOL",
    ]


def test_a_pause_lets_the_picture_stand_still_and_the_stream_go_on():
    run = filled()
    run.press(" ")
    lines = run(update("mSOL", state="DEPEG", second=1), update("new", second=1), second=1)
    assert lines[0].startswith("● demo  paused — 2 more messages; space goes on  connected to")
    assert run.rows() == ["bSOL", "jitoSOL", "mSOL"]
    assert any("mSOL     DRIFT" in line for line in lines)
    lines = run.press(" ", second=1.01)
    assert lines[0].startswith("● demo  connected to")
    assert run.rows() == ["bSOL", "jitoSOL", "mSOL", "new"]
    assert any("mSOL     DEPEG" in line for line in lines)


def test_what_stands_still_can_be_filtered_sorted_and_resized():
    run = filled()
    run.press(" ")
    run(update("mSOL", state="DEPEG", second=1), second=1)
    run.press(f"/drift{ENTER}s", second=1.1)
    assert run.rows() == ["mSOL"]
    run.press(ESCAPE, second=1.2)
    run.terminal.resize(60, 8)
    lines = run(second=3)
    assert "… 2 rows hidden; shown are those that changed last" in lines


def test_rows_that_were_hidden_stand_still_too():
    run = filled(rows=7)
    run.press(" ")
    run(update("mSOL", state="CHANGED", second=1), second=1)
    run.terminal.resize(100, 30)
    lines = run(second=2)
    assert any(line.startswith("mSOL     DRIFT") for line in lines)
    assert not any("CHANGED" in line for line in lines)


def test_ages_and_marks_stand_still_as_well():
    run = Run()
    run(CONNECTED, update(age=NOON - 3))
    run.press(" ")
    assert any(line.endswith(" 3s") for line in run(second=60))
    assert run.terminal.cell("mSOL").bold
    assert run.reporter.idle(at(60)) == at(61).monotonic


def test_a_lost_connection_is_seen_during_a_pause():
    run = filled()
    run.press(" ")
    lines = run(state(StateEvent.LOST, "silent for 15 s", 1), second=1)
    assert "paused — 0 more messages" in lines[0]
    assert "silent for 15 s" in lines[0]


def test_the_page_of_errors_has_whole_sentences_with_their_times():
    run = filled(columns=60)
    run(state(StateEvent.PROBLEM, "malformed \x1b[31m frame " * 4, 5), second=5)
    run(state(StateEvent.GAP, "2 messages are missing", 6), second=6)
    lines = run.press("e", second=6.1)
    start = lines.index("1 error so far; what happened, the latest last")
    assert lines[start + 1 :] == [
        f"{time_of_day(NOON)}  connected to wss://demo.example/ws",
        f"{time_of_day(NOON + 5)}  malformed \\x1b[31m frame malformed \\x1b[31m frame",
        "          malformed \\x1b[31m frame malformed \\x1b[31m frame",
        f"{time_of_day(NOON + 6)}  2 messages are missing",
        "any key leads back to the table",
    ]
    assert "Keys" not in run.press("?", second=6.2)


def test_notes_do_not_push_errors_out():
    run = Run(rows=30)
    run(state(StateEvent.PROBLEM, "the one error"))
    run(*(state(StateEvent.CONNECTED, f"connected {n}") for n in range(500)))
    assert "the one error" in " ".join(
        note.text for note in run.reporter._picture.happened.everything()
    )
    lines = run.press("e")
    assert "1 error so far; what happened, the latest last" in lines
    assert any("connected 499" in line for line in lines)
    assert "No errors so far; what happened, the latest last" in filled().press("e")


def test_the_help_page_tells_the_keys():
    lines = filled().press("?")
    assert "q      end the run; the last state and the summary stay (Ctrl-C does as well)" in lines
    assert not any("mSOL" in line for line in lines)
    assert any("mSOL" in line for line in filled().press("?x"))


def test_after_a_stop_the_frame_is_drawn_below_what_was_written_meanwhile():
    run = filled()
    run.terminal.write(b"[1]+  Stopped\n$ fg\n")
    lines = run.press(RESUMED)
    assert "$ fg" in lines
    assert len([line for line in lines if line.startswith("● demo")]) == 2


def test_ctrl_l_draws_on_an_empty_screen():
    run = filled()
    run.terminal.write(b"garbage\n")
    lines = run.press(REDRAW)
    assert lines[0].startswith("● demo")
    assert "garbage" not in lines


def test_the_last_state_shows_what_was_chosen_without_a_page_or_a_pause():
    run = filled()
    run.press(f"/sol{ENTER}s ")
    run(update("bSOL", state="PEGGED", second=1), second=1)
    run.press("?", second=1.1)
    run.reporter.finish(at(1.2))
    lines = run.terminal.lines
    assert lines[0] == "● demo  ended"
    assert '  only rows with "sol": 3 of 3 rows (Esc: all) · sorted by state' in lines
    assert run.rows() == ["mSOL", "jitoSOL", "bSOL"]
    assert any("bSOL     PEGGED" in line for line in lines)


@pytest.mark.parametrize("keys", ["", "/x", f"/x{ENTER}s", "?", "e", " ", f" /日本{ENTER}sSe"])
@pytest.mark.parametrize("columns", [1, 2, 10, 20, 40, 200])
@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8, 12, 20, 60])
def test_every_frame_fits_its_terminal_whatever_was_pressed(columns, rows, keys):
    run = Run(columns=columns, rows=rows, colour=True)
    many = [update(f"a{number}日本", state="DRIFT", note="❤\ufe0fé" * 9) for number in range(30)]
    run(CONNECTED, *many, state(StateEvent.PROBLEM, "x" * 300))
    for second in (1, 2):
        run.reporter.report([update("z", second=second)])
        run.reporter.press(keys)
        run.reporter.idle(at(second))
        assert len(run.terminal.lines) <= max(rows - 1, 1)
        assert all(write.count(b"\n") <= max(rows - 1, 1) for write in run.terminal.writes)


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_whatever_is_typed_into_the_filter_the_frame_stays_whole(text):
    run = filled(columns=40)
    run.press("/" + "".join(c for c in text if c.isprintable()))
    assert all("\x1b" not in line and "\ufffd" not in line for line in run.terminal.lines)
    assert run.terminal.lines[-1].startswith("/")


# --- what the headline says ----------------------------------------------------------------------


def test_rates_by_type_with_their_sparklines():
    run = Run()
    for second in range(6):
        run.reporter.report([message({}, "plain", second=second)] if second == 3 else [])
        run.reporter.report([update(second=second)] * second)
    lines = run(second=6)
    assert lines[2] == "  update ▃▄▆▇█ 3.0/s · plain ▁▁█▁▁ 0.2/s"


@pytest.mark.parametrize(
    ("columns", "shown"),
    [(200, 8), (60, 8), (40, 1), (20, 1)],
)
def test_types_that_find_no_room_are_left_out_and_bars_before_them(columns, shown):
    run = Run(columns=columns, rows=30 if columns > 60 else 24)
    for second in range(40):
        run.reporter.report(
            [message({}, f"type{n}", second=second) for n in range(8) for _ in range(8 - n)]
        )
    lines = run(second=40)
    line = next(line for line in lines if line.startswith("  type0"))
    assert line.count("type") <= shown
    assert len(line) <= columns - 1


def test_a_tall_terminal_has_more_lines_for_them():
    run = Run(rows=60, columns=60)
    for second in range(40):
        run.reporter.report([message({}, f"type{n}", second=second) for n in range(8)])
    lines = run(second=40)
    assert sum(line.startswith("  type") for line in lines) == 3


@pytest.mark.parametrize("how", [{"encoding": "ascii"}, {"blocks": False}])
def test_a_terminal_without_blocks_has_plain_bars(how):
    run = Run(**how)
    for second in range(3):
        run.reporter.report([update(second=second)] * (second + 1))
    assert run(second=3)[2].replace(" - ", " · ") == "  update -+# 2.0/s"


def test_the_lag_is_among_the_numbers():
    run = Run()
    for lag in (0.02, 0.043, 0.21, 1.2):
        run.statistics.lag.add(lag)
    assert "lag p50 43 ms p99 1.2 s worst 1.2 s" in run()[1]
    wide = Run(columns=140)
    for lag in (0.02, 0.043, 0.21, 1.2):
        wide.statistics.lag.add(lag)
    assert "lag p50 43 ms p90 1.2 s p99 1.2 s worst 1.2 s" in wide()[1]


def test_clocks_that_disagree_are_told():
    run = Run()
    run.statistics.lag.add(-3.2)
    assert "clocks disagree by 3.2 s or more" in run()[1]


def test_numbers_that_find_no_room_go_to_a_second_line_where_there_is_one():
    run = Run(columns=50)
    run.statistics.lag.add(0.043)
    run.statistics.gaps, run.statistics.reconnects, run.statistics.invalid = 3, 2, 1
    assert run()[1:3] == [
        "  no messages yet · 1 invalid · 2 reconnects",
        "  3 gaps · lag p50 43 ms p99 43 ms worst 43 ms",
    ]


def test_the_table_does_not_jump_when_the_numbers_need_less_room():
    run = Run(columns=50)
    run.statistics.gaps, run.statistics.reconnects, run.statistics.invalid = 3, 2, 1
    before = run(CONNECTED, update(second=0))
    run.statistics.invalid = run.statistics.gaps = 0
    after = run(second=1)
    assert before[1:3] == ["  1 message · 1 invalid · 0/s · 2 reconnects", "  3 gaps · running 0s"]
    assert after[1:3] == ["  1 message · 0/s · 2 reconnects · running 1s", ""]
    run.terminal.resize(60, 24)
    assert run(second=2)[2].startswith("  update")


@pytest.mark.parametrize("rows", [4, 5, 6])
def test_on_the_smallest_screens_rows_come_before_everything_else(rows):
    run = Run(rows=rows)
    lines = run(CONNECTED, *(update(f"a{number}") for number in range(9)))
    assert any(line.startswith("a8") for line in lines)


def test_what_a_terminal_cannot_show_is_measured_as_it_is_written():
    table = Table(
        "pegs", (Column("asset"), Column("naïve", format=ColumnFormat.SHORT)), key="asset"
    )
    profile = replace(PROFILE, tables=(table, PROFILE.tables[1]))
    run = Run(profile=profile, encoding="ascii", columns=40)
    lines = run(CONNECTED, update("é日"), update("ab"))
    assert [line.rstrip() for line in lines if line.startswith(("asset", "ab", "\\xe9"))] == [
        "asset       na\\xefve",
        "\\xe9\\u65e5",
        "ab",
    ]
