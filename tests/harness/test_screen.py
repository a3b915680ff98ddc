from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.harness.screen import Screen

WAIT = "\nimport signal; signal.pause()"


@pytest.fixture
def python(tmp_path: Path):
    started: list[Screen] = []

    def start(code: str, *, columns: int = 40, rows: int = 5) -> Screen:
        started.append(Screen([sys.executable, "-c", code], tmp_path, columns=columns, rows=rows))
        return started[-1]

    yield start
    for screen in started:
        screen.kill()


def test_the_command_sees_a_terminal_of_the_given_size(python):
    screen = python(
        "import os, sys; print(*os.get_terminal_size(), sys.stdout.isatty(), os.environ['TERM'])",
        columns=77,
        rows=9,
    )

    assert screen.wait_for("True")[0] == "77 9 True xterm-256color"
    assert screen.finish() == 0


def test_the_display_is_what_a_person_sees_and_raw_is_what_was_sent(python):
    screen = python("print('first\\rfinal\\n\\x1b[31mred\\x1b[0m plain', flush=True)" + WAIT)

    assert screen.wait_for("plain")[:2] == ["final", "red plain"]
    assert b"first\rfinal" in screen.raw
    assert b"\x1b[31m" in screen.raw


def test_the_colour_of_a_shown_text_can_be_asked_for(python):
    screen = python(
        "print('日本 \\x1b[32mgreen\\x1b[38;2;1;2;255mblue\\x1b[0mnone', flush=True)" + WAIT
    )

    screen.wait_for("none")

    assert screen.cell_colour("green") == "green"
    assert screen.cell_colour("blue") == "0102ff"
    assert screen.cell_colour("none") == "default"
    with pytest.raises(AssertionError, match="'absent' is not visible"):
        screen.cell_colour("absent")


def test_lines_that_scrolled_away_are_in_the_history(python):
    screen = python("for n in range(9): print('line', n)\nprint('end', end='', flush=True)" + WAIT)

    assert screen.wait_for("end") == ["line 5", "line 6", "line 7", "line 8", "end"]
    assert screen.history == [*(f"line {n}" for n in range(9)), "end"]


def test_a_predicate_is_asked_about_the_visible_lines(python):
    screen = python("for n in range(50): print('tick', n, flush=True)" + WAIT)

    assert screen.wait_for(lambda lines: "tick 49" in lines)[3] == "tick 49"


def test_what_is_not_seen_is_a_failure_that_shows_the_screen(python):
    screen = python("print('something else', flush=True)" + WAIT)
    screen.wait_for("else")

    with pytest.raises(
        AssertionError, match=r"(?s)'nothing' was not seen in 0.05 s.*\| something else"
    ):
        screen.wait_for("nothing", 0.05)


def test_the_end_of_the_command_ends_the_wait(python):
    screen = python("print('bye')")

    with pytest.raises(AssertionError, match="not seen"):
        screen.wait_for("hello", 30)


def test_typed_keys_reach_the_command_and_control_c_interrupts_it(python):
    screen = python(
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(130))\n"
        "print('got', input())\n" + WAIT
    )

    screen.type("hello\n")
    screen.wait_for("got hello")
    screen.type("\x03")

    assert screen.finish() == 130


def test_a_resize_is_signalled_and_changes_the_screen(python):
    screen = python(
        "import os, signal\n"
        "def tell(*_): os.write(1, b'now %d %d' % os.get_terminal_size())\n"  # print may not nest
        "signal.signal(signal.SIGWINCH, tell)\n"
        "print('up', flush=True)\nwhile True: signal.pause()"
    )
    screen.wait_for("up")

    screen.resize(120, 12)

    assert len(screen.wait_for("now 120 12")) == 12


def test_a_signal_ends_the_command_and_its_code_is_told(python):
    screen = python("print('up', flush=True)" + WAIT)
    screen.wait_for("up")

    screen.signal(signal.SIGTERM)

    assert screen.finish() == -signal.SIGTERM


def test_a_command_that_does_not_end_is_a_failure(python):
    screen = python("print('up', flush=True)" + WAIT)
    screen.wait_for("up")

    with pytest.raises(AssertionError, match=r"still running after 0\.05 s"):
        screen.finish(0.05)


def test_a_window_title_that_was_set_is_seen(python):
    screen = python("print('\\x1b]0;owned\\x07up', flush=True)" + WAIT)
    screen.wait_for("up")

    assert screen.title == "owned"
