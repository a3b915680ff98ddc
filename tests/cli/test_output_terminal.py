"""Output on a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
from collections.abc import Iterator

import pytest

from tests.unit.output.stage import PROFILE, Terminal, at, message, stage, state
from wscli.errors import ReaderGone
from wscli.model.record import StateEvent
from wscli.output.sink import Sink
from wscli.output.table import TableReporter


class Pty:
    """A pseudo-terminal: ``sink`` writes to it, ``screen`` shows what a person would see."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        self.resize(60, 12)
        os.set_blocking(self.master, False)
        self.sink = Sink(self.slave)
        self._screen = Terminal(60, 12)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def screen(self) -> list[str]:
        while select.select([self.master], [], [], 0.1)[0]:  # it comes over in pieces
            self._screen.write(os.read(self.master, 1 << 20))
        return self._screen.lines

    def hang_up(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def close(self) -> None:
        self.hang_up()
        os.close(self.slave)


@pytest.fixture
def pty() -> Iterator[Pty]:
    pty = Pty()
    yield pty
    pty.close()


def test_a_terminal_is_one_and_tells_its_size(pty):
    assert pty.sink.isatty
    assert pty.sink.size() == (60, 12)
    pty.resize(90, 30)
    assert pty.sink.size() == (90, 30)


def test_a_terminal_whose_size_nobody_set_counts_as_80_by_24(pty):
    pty.resize(0, 0)
    assert pty.sink.size() == (80, 24)


def test_a_terminal_that_hung_up_is_gone(pty):
    assert not pty.sink.gone()
    pty.hang_up()
    assert pty.sink.gone()
    with pytest.raises(ReaderGone):
        pty.sink.write(b"x")


def test_the_table_is_seen_as_it_was_drawn(pty):
    reporter = TableReporter(stage(pty.sink, PROFILE, colour=True))
    reporter.report([state(StateEvent.CONNECTED, "connected to wss://demo.example/ws")])
    reporter.report([message({"asset": "日本", "state": "DRIFT", "discount": "0.5"})])
    reporter.idle(at(0))
    reporter.report([message({"asset": "日本", "state": "DEPEG"}, second=1)])
    reporter.finish(at(1))
    pty.sink.write(b"wscli: 2 messages\n")
    screen = pty.screen
    assert [screen[line] for line in (0, 2, 3, -1)] == [
        "● demo  ended",
        "asset  state  discount  note  age",
        "日本   DEPEG   50.00 %",
        "wscli: 2 messages",
    ]
