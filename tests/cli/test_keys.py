"""Keys while the live table is shown, on a pseudo-terminal; and terminals that can do little."""

from __future__ import annotations

import os
import re
import signal
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.harness.environment import installed_command
from tests.harness.screen import Screen
from tests.harness.waiting import eventually
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from tests.providers.fake_pegana import FakePegana
from wscli.output.keyboard import Keyboard

Start = Callable[..., Screen]
HOSTILE = "a\nb\x1b[5m\x9b5m\u202e日本❤\ufe0f🎉é"


@pytest.fixture
def start(tmp_path: Path, pegana: FakePegana) -> Iterator[Start]:
    """Shows Pegana on a terminal, `sh` running ``line`` where one is given."""
    started: list[Screen] = []

    def begin(*args: str, line: str = "", columns: int = 100, rows: int = 30, **env: str) -> Screen:
        (wscli,) = installed_command()
        command = [wscli, "tail", "pegana", "--url", pegana.url, *args]
        if line:
            command = ["sh", "-c", line.replace("WSCLI", " ".join(command))]
        shown = Screen(command, tmp_path, columns=columns, rows=rows, env=env)
        started.append(shown)
        pegana.wait_connected()
        return shown

    yield begin
    for shown in started:
        shown.kill()


def fill(pegana: FakePegana) -> None:
    pegana.push("mSOL", "DRIFT")
    pegana.push("jitoSOL", "PEGGED")
    pegana.push("bSOL", "DEPEG")


def is_ready(shown: Screen) -> None:
    """Wait until keys are read: the terminal does not show them any more."""
    eventually(lambda: not gives_lines(shown), what="a terminal that gives each key at once")


def gives_lines(shown: Screen) -> bool:
    """Whether the terminal is as shells want it: whole lines, what is typed is shown."""
    modes = termios.tcgetattr(shown._control)[3]
    lines, echo = modes & termios.ICANON, modes & termios.ECHO
    assert bool(lines) is bool(echo)
    assert modes & termios.ISIG
    return bool(lines)


def is_drawn_below_what_was_written(lines: list[str]) -> bool:
    """Whether there is the frame of before, what the shell wrote, and a whole frame below."""
    frames = [number for number, line in enumerate(lines) if "● pegana" in line]
    return len(frames) == 2 and frames[0] < lines.index("stopped") < frames[1]


def rows_of(lines: list[str]) -> list[str]:
    return [line.split()[0] for line in lines if "SOL " in line]


# --- what keys do --------------------------------------------------------------------------------


def test_q_ends_the_run_as_asked_with_the_last_state_and_the_summary(start, pegana):
    shown = start()
    fill(pegana)
    shown.wait_for("mSOL")
    is_ready(shown)
    shown.type("q")
    assert shown.finish() == 0
    lines = shown.history
    assert "● pegana  ended" in lines[0]
    assert rows_of(lines) == ["bSOL", "jitoSOL", "mSOL"]
    last = [line for line in lines if line][-1]
    assert re.match(r"wscli: pegana: (3 messages|\d+ messages \(3 shown\)), \ds, lag p50", last)
    assert pegana.close_codes == [1000]
    assert gives_lines(shown)


def test_rows_are_filtered_while_the_text_is_typed(start, pegana):
    shown = start()
    fill(pegana)
    shown.wait_for("mSOL")
    shown.type("/JITO")
    shown.wait_for("/JITO    1 of 3 rows")
    assert rows_of(shown.display) == ["jitoSOL"]
    shown.type("\r")
    shown.wait_for('only rows with "JITO": 1 of 3 rows')
    shown.type("\x1b")
    shown.wait_for(lambda lines: rows_of(lines) == ["bSOL", "jitoSOL", "mSOL"])


def test_arrow_keys_are_no_letters_and_bytes_may_come_in_pieces(start, pegana):
    shown = start()
    pegana.push("日本", "DRIFT")
    shown.wait_for("日")
    is_ready(shown)
    shown.type("\x1b[A\x1bOq\x1b[1;5q/")
    shown.wait_for("/    1 of 1 row")
    text = "日é".encode()
    for at in range(len(text)):
        os.write(shown._control, text[at : at + 1])
    # behind a wide character the emulator leaves a cell empty
    shown.wait_for(lambda lines: any("/日é" in line.replace(" ", "") for line in lines))
    shown.type("\x15本\r")
    shown.wait_for(lambda lines: any("1 of 1 row (Esc" in line for line in lines))


def test_a_pause_goes_on_behind_the_picture(start, pegana):
    shown = start()
    fill(pegana)
    shown.wait_for("mSOL")
    shown.type(" ")
    shown.wait_for("paused — 0 more messages; space goes on")
    pegana.push("xSOL", "DRIFT")
    shown.wait_for("paused — 1 more message;")
    assert rows_of(shown.display) == ["bSOL", "jitoSOL", "mSOL"]
    shown.type(" ")
    shown.wait_for("xSOL")


def test_help_errors_and_sorting(start, pegana):
    shown = start()
    fill(pegana)
    pegana.push_raw('{"op":"error","msg":"malformed frame"}')
    shown.wait_for("mSOL")
    shown.type("?")
    shown.wait_for("any key leads back")
    shown.type("xe")
    shown.wait_for("1 error so far")
    assert any("malformed frame" in line for line in shown.display)
    shown.type("es")
    shown.wait_for("sorted by state")
    assert rows_of(shown.display) == ["bSOL", "mSOL", "jitoSOL"]


# --- the terminal is given back ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leave", "code"),
    [
        (lambda shown, pegana: shown.type("\x03"), 130),
        (lambda shown, pegana: shown.signal(signal.SIGTERM), 143),
        (lambda shown, pegana: shown.signal(signal.SIGHUP), 129),
        (lambda shown, pegana: shown.type("?q/qq\r\x1b[Aq"), 0),
        (lambda shown, pegana: pegana.cut(reset=True), 3),
    ],
    ids=["ctrl-c", "sigterm", "sighup", "q", "lost"],
)
def test_however_it_ends_the_terminal_is_as_it_was(start, pegana, leave, code):
    shown = start("--no-reconnect")
    is_ready(shown)
    before_the_end = shown.display
    leave(shown, pegana)
    assert shown.finish() == code, before_the_end
    assert gives_lines(shown)
    assert b"\x1b[?25h" in shown.raw[-400:]


def test_a_second_ctrl_c_gives_the_terminal_back_as_well(tmp_path):
    over = Event()

    def deaf(connection: Connection) -> None:
        connection.accept()
        over.wait(20)

    (wscli,) = installed_command()
    with WsServer(deaf) as server:
        command = [wscli, "tail", "pegana", "--url", server.url]
        with Screen(command, tmp_path) as shown:
            shown.wait_for("connected to")
            is_ready(shown)
            shown.type("\x03")
            eventually(lambda: b"\x1b[?2026h" in shown.raw, what="a frame")
            shown.type("\x03")
            assert shown.finish() == 130
            assert gives_lines(shown)
        over.set()


def test_a_run_that_cannot_even_write_leaves_at_last_and_gives_the_terminal_back(start, pegana):
    shown = start(columns=300, rows=200)
    for number in range(190):
        pegana.push(f"asset{number}", "DRIFT" * 10)
    shown.wait_for("asset50")
    is_ready(shown)
    shown._pump.pause(shown._master)
    shown.type("?" * 40)  # whole screens that nobody reads
    for number in range(400):
        pegana.push(f"asset{number % 190}", f"{number}" * 12)
    shown.signal(signal.SIGTERM)
    eventually(lambda: shown.ended, timeout=15, what="the end")
    assert gives_lines(shown)
    shown._pump.resume(shown._master)
    assert shown.finish() in (143, -15)


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_again(start, pegana):
    shown = start(line="set -m; WSCLI; echo stopped; read answer; fg; echo over $?")
    fill(pegana)
    shown.wait_for("mSOL")
    is_ready(shown)
    shown.type("\x1a")
    shown.wait_for("stopped")
    assert gives_lines(shown)
    shown.type("typed\r")
    shown.wait_for("typed")  # the terminal shows it
    is_ready(shown)
    pegana.push("xSOL", "DRIFT")
    shown.wait_for("xSOL")
    shown.wait_for(is_drawn_below_what_was_written)
    shown.type("q")
    shown.wait_for("over 0")
    assert shown.finish() == 0
    assert gives_lines(shown)


def test_after_a_stop_by_others_the_terminal_is_taken_again(start):
    shown = start(line="set -m; WSCLI; stty sane; echo stopped; read answer; fg; echo over $?")
    shown.wait_for("connected to")
    is_ready(shown)
    os.killpg(os.tcgetpgrp(shown._control), signal.SIGSTOP)
    shown.wait_for("stopped")
    assert gives_lines(shown)
    shown.type("typed\r")
    is_ready(shown)
    shown.wait_for(is_drawn_below_what_was_written)
    shown.type("q")
    shown.wait_for("over 0")
    assert shown.finish() == 0
    assert gives_lines(shown)


def test_in_the_background_it_is_not_stopped_and_leaves_the_terminal_alone(start, pegana):
    shown = start("-n", "3", line="set -m; WSCLI & wait $!; echo over $?")
    shown.wait_for("● pegana")
    assert gives_lines(shown)
    fill(pegana)
    shown.wait_for("over 0")
    assert shown.finish() == 0


def test_what_is_brought_to_the_foreground_later_takes_keys(start, pegana):
    shown = start(line="set -m; WSCLI & read answer; fg; echo over $?")
    shown.wait_for("● pegana")
    assert gives_lines(shown)
    shown.type("\r")
    is_ready(shown)
    shown.type("q")
    shown.wait_for("over 0")
    shown.finish()
    assert gives_lines(shown)


# --- no keys, and terminals that can do little ---------------------------------------------------


def test_where_stdin_is_no_terminal_it_is_left_alone(start, pegana):
    shown = start("-n", "3", line="echo kept | { WSCLI; cat; }")
    shown.wait_for("● pegana")
    assert "? help" not in shown.display[0]
    assert gives_lines(shown)
    fill(pegana)
    shown.wait_for("kept")
    assert shown.finish() == 0


def test_a_dumb_terminal_gets_frames_one_below_the_other_and_no_keys(start, pegana):
    shown = start("-o", "table", "-n", "3", TERM="dumb")
    shown.wait_for("● pegana")
    assert gives_lines(shown)
    fill(pegana)
    assert shown.finish() == 0
    assert b"\x1b" not in shown.raw
    assert rows_of(shown.history)[-3:] == ["bSOL", "jitoSOL", "mSOL"]


def test_without_a_utf_8_locale_everything_is_ascii(start, pegana):
    shown = start(LC_ALL="C")
    pegana.push("日本é", "DRIFT")
    shown.wait_for("\\u65e5\\u672c\\xe9  DRIFT")
    is_ready(shown)
    shown.type(" ")
    shown.wait_for("* pegana  paused - 0 more messages")
    shown.wait_for(lambda lines: any(line.startswith("  update #") for line in lines), timeout=5)
    shown.type("q")
    assert shown.finish() == 0
    assert shown.raw.isascii()


@pytest.mark.parametrize("columns", [1, 5, 20, 40, 80, 200])
def test_hostile_cells_fit_any_width(start, pegana, columns):
    shown = start("-n", "4", columns=columns, rows=12)
    fill(pegana)
    pegana.push(HOSTILE, HOSTILE, discount=HOSTILE)
    assert shown.finish() == 0
    for wrong in (b"\x1b[5m", "\x9b".encode(), "\u202e".encode(), b"a\nb"):
        assert wrong not in shown.raw
    assert "wscli: pegana:".startswith(next(line for line in shown.history if line[:1] == "w")[:14])


def test_a_window_that_changes_its_size_all_the_time_keeps_one_picture(start, pegana):
    shown = start()
    fill(pegana)
    shown.wait_for("mSOL")
    for columns, rows in ((20, 5), (80, 24), (5, 60), (200, 3), (60, 20)):
        shown.resize(columns, rows)
        shown.wait_for(lambda lines: any("●" in line for line in lines))
    shown.wait_for(lambda lines: sum("●" in line for line in lines) == 1 and "bSOL" in str(lines))
    is_ready(shown)
    shown.type("q")
    assert shown.finish() == 0


def test_without_colour_there_is_none(start, pegana):
    shown = start("-n", "3", NO_COLOR="1")
    fill(pegana)
    assert shown.finish() == 0
    assert not any(f"\x1b[{code}m".encode() in shown.raw for code in (31, 32, 33, 34, 35, 36))


def test_the_keys_of_a_terminal_that_is_not_ours_are_left_alone():
    master, slave = os.openpty()
    before = termios.tcgetattr(slave)
    nudges: list[int] = []
    keyboard = Keyboard(slave, lambda: nudges.append(1))
    keyboard.start()
    os.write(master, b"q\n")
    os.kill(os.getpid(), signal.SIGCONT)
    eventually(lambda: nudges, what="the thread to look again")
    assert keyboard.take() == ""
    assert termios.tcgetattr(slave) == before
    keyboard.close()
    keyboard.close()
    assert os.read(slave, 10) == b"q\n"
    assert signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL
    os.close(master)
    os.close(slave)


def test_what_was_never_started_can_be_closed():
    master, slave = os.openpty()
    Keyboard(slave, lambda: None).close()
    os.close(master)
    os.close(slave)
