"""A frame is drawn again and again over itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.output.stage import Terminal
from wscli.errors import OutputError, ReaderGone
from wscli.output.frame import Frame


def drawn(terminal: Terminal, *frames: list[str]) -> Frame:
    """Draw frames a tenth of a second apart."""
    frame = Frame(terminal, "utf-8")
    for number, lines in enumerate(frames):
        frame.draw(lines, terminal.size(), number / 10)
    return frame


def test_a_frame_replaces_the_one_before_and_leaves_what_was_printed_above():
    terminal = Terminal(20, 10)
    terminal.write(b"$ wscli\n")
    drawn(terminal, ["one", "two", "three"], ["one", "2"], ["one", "2", "3", "4"])
    assert terminal.lines == ["$ wscli", "one", "2", "3", "4"]


def test_each_frame_is_one_synchronised_write():
    terminal = Terminal()
    drawn(terminal, ["one"], ["two"])
    assert len(terminal.writes) == 2
    for data in terminal.writes:
        assert data.startswith(b"\x1b[?2026h")
        assert data.endswith(b"\x1b[?2026l")


def test_only_lines_that_differ_are_sent():
    terminal = Terminal()
    drawn(terminal, ["always the same", "one"], ["always the same", "two"])
    assert b"always" not in terminal.writes[1]
    assert b"two" in terminal.writes[1]


def test_a_shorter_line_leaves_nothing_of_the_longer_one():
    terminal = Terminal(20, 10)
    drawn(terminal, ["a long line"], ["short"])
    assert terminal.lines == ["short"]


def test_a_frame_at_the_bottom_scrolls_what_is_above_it_into_the_history():
    terminal = Terminal(20, 4)
    terminal.write(b"1\n2\n3\n")
    drawn(terminal, ["one", "two", "three"], ["eins", "zwei", "drei"])
    assert terminal.lines == ["eins", "zwei", "drei"]


def test_the_cursor_waits_below_and_is_visible():
    terminal = Terminal(20, 10)
    drawn(terminal, ["one", "two"])
    assert (terminal.screen.cursor.y, terminal.screen.cursor.x) == (2, 0)
    assert not terminal.screen.cursor.hidden


def test_what_a_key_prints_is_drawn_over():
    terminal = Terminal(20, 10)
    frame = drawn(terminal, ["one", "two"])
    terminal.write(b"^C")
    frame.draw(["one", "two", "three"], terminal.size(), 0.5)
    assert terminal.lines == ["one", "two", "three"]


def test_after_a_second_a_frame_that_was_moved_is_whole_again():
    terminal = Terminal(20, 10)
    frame = drawn(terminal, ["one", "two", "three"])
    terminal.write(b"\n")
    frame.draw(["one", "two", "three"], terminal.size(), 1.0)
    assert terminal.lines[-3:] == ["one", "two", "three"]


def test_a_line_that_is_wider_than_it_should_be_does_not_wrap():
    terminal = Terminal(10, 10)
    drawn(terminal, ["x" * 30, "two"], ["x" * 30, "2"])
    assert terminal.lines == ["x" * 10, "2"]


@pytest.mark.parametrize("size", [(10, 10), (40, 10), (20, 5), (20, 20)])
def test_after_a_change_of_size_the_screen_is_drawn_anew(size):
    terminal = Terminal(20, 10)
    terminal.write(b"$ wscli\n")
    frame = drawn(terminal, ["one", "two"])
    terminal.resize(*size)
    frame.draw(["one", "two"], size, 0.5)
    assert terminal.lines == ["one", "two"]


class Cut(Terminal):
    """Breaks the first write off after a few bytes."""

    def write(self, data: bytes) -> None:
        super().write(data if self.writes else data[:30])
        if len(self.writes) == 1:
            raise KeyboardInterrupt


def test_a_frame_that_was_broken_off_leaves_the_terminal_sane():
    terminal = Cut()
    frame = Frame(terminal, "utf-8")
    with pytest.raises(KeyboardInterrupt):
        frame.draw(["one", "two"], terminal.size(), 0.0)
    hidden = [terminal.screen.cursor.hidden]
    frame.restore()
    hidden.append(terminal.screen.cursor.hidden)
    frame.restore()
    assert hidden == [True, False]
    assert len(terminal.writes) == 2
    assert b"\x1b[?2026l" in terminal.writes[1]


@pytest.mark.parametrize("error", [ReaderGone(), OutputError("full.")])
def test_restoring_never_raises(error):
    class Broken(Terminal):
        def write(self, _: bytes) -> None:
            raise error

    frame = Frame(Broken(), "utf-8")
    with pytest.raises(type(error)):
        frame.draw(["one"], (80, 24), 0.0)
    frame.restore()


def test_a_whole_frame_needs_no_restoring():
    terminal = Terminal()
    drawn(terminal, ["one"]).restore()
    assert len(terminal.writes) == 1


frames = st.lists(
    st.lists(st.text("ab日e\u0301", max_size=12).map("x".__add__), max_size=6),
    min_size=1,
    max_size=5,
)


@given(frames)
@settings(max_examples=50)
def test_the_screen_shows_the_last_frame_whatever_came_before(frames):
    terminal = Terminal(30, 8)
    drawn(terminal, *frames)
    fresh = Terminal(30, 8)
    drawn(fresh, frames[-1])
    assert terminal.lines == fresh.lines
