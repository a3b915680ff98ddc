"""When what was said has been answered, and how the other side is shown."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.output.stage import at
from wscli.cli.connect_shows import Answers
from wscli.model.instant import Instant
from wscli.model.message import Message, Role
from wscli.model.profile import Connect, MessageRule, Profile
from wscli.model.record import Ending, MessageRecord, Record, StateEvent, StateRecord
from wscli.model.wire import Binary
from wscli.output.talk import TalkReporter
from wscli.runtime.stop import StopBox

PROFILE = Profile(
    "demo", Connect("wss://demo.test"), messages=(MessageRule("beat", Role.HEARTBEAT),)
)


class Inner:
    """A reporter that wants to draw at ``wake``."""

    def __init__(self, wake: float | None = None) -> None:
        self.told: list[str] = []
        self.wake = wake

    def report(self, records: Sequence[Record]) -> None:
        self.told += [type(record).__name__ for record in records]

    def idle(self, now: Instant) -> float | None:
        return self.wake

    def finish(self, now: Instant) -> None:
        self.told.append("finish")

    def close(self) -> None:
        self.told.append("close")


def message(raw: bytes, second: float, rule: str = "") -> MessageRecord:
    return MessageRecord(
        Message(raw, raw.decode(errors="replace"), rule, rule), 1, at(second), 1, None
    )


def spoken(second: float) -> StateRecord:
    return StateRecord(StateEvent.SPOKEN, "said", at(second))


def begun(wait: float | None, wake: float | None = None) -> tuple[Answers, Inner, StopBox]:
    answers, inner, stop = Answers(wait), Inner(wake), StopBox(lambda: None)
    answers.before(inner, PROFILE)
    answers.stop = stop
    return answers, inner, stop


def test_the_run_ends_when_nothing_came_for_a_while_after_all_was_said() -> None:
    answers, _, stop = begun(2.0)
    answers.report([message(b"early", 0)])
    assert answers.idle(at(100)) is None
    answers.report([spoken(100)])
    due = answers.idle(at(101))
    assert due == at(102).monotonic
    answers.report([message(b"an answer", 101.5)])
    assert answers.idle(at(103)) == at(103.5).monotonic
    assert not stop.asked
    answers.idle(at(103.5))
    assert stop.wish is not None
    assert stop.wish.ending == Ending(0, "nothing more came for 2 s")


def test_a_heartbeat_is_no_answer() -> None:
    answers, _, stop = begun(2.0)
    answers.report([spoken(0), message(b"beat", 1, "beat")])
    answers.idle(at(2))
    assert stop.asked


def test_who_waits_for_ever_is_not_ended() -> None:
    answers, _, stop = begun(None, wake=7.0)
    answers.report([spoken(0)])
    assert answers.idle(at(10_000)) == 7.0
    assert not stop.asked


def test_what_is_due_first_is_first() -> None:
    answers, _, _ = begun(2.0, wake=at(1).monotonic)
    answers.report([spoken(0)])
    assert answers.idle(at(0)) == at(1).monotonic


def test_the_reporter_behind_it_hears_everything() -> None:
    answers, inner, _ = begun(2.0)
    answers.report([StateRecord(StateEvent.UNSENT, "no", at(0)), message(b"x", 0)])
    answers.finish(at(1))
    answers.close()
    assert inner.told == ["StateRecord", "MessageRecord", "finish", "close"]
    assert answers.unsent == 1


class Outlet:
    isatty = True

    def __init__(self) -> None:
        self.text = b""

    def write(self, data: bytes) -> None:
        self.text += data

    def size(self) -> tuple[int, int]:
        return 80, 24


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"hello", "< hello\n"),
        (b"", "< \n"),
        (b"a\nb", "< a\n  b\n"),
        (b"\x1b[31mred\x07", "< \\x1b[31mred\\x07\n"),
        (Binary(b"\x01\xff"), "< binary, 2 bytes: 01 ff\n"),
        (Binary(bytes(65)), f"< binary, 65 bytes: {' '.join(['00'] * 64)}…\n"),
    ],
)
def test_what_comes_is_marked_and_cannot_touch_the_terminal(raw: bytes, shown: str) -> None:
    outlet = Outlet()
    reporter = TalkReporter(outlet, "utf-8", colour=False)
    reporter.report([spoken(0), message(raw, 1)])
    reporter.report([spoken(0)])
    assert reporter.idle(at(1)) is None
    reporter.finish(at(1))
    reporter.close()
    assert outlet.text.decode() == shown


def test_with_colours_the_mark_is_dim() -> None:
    outlet = Outlet()
    TalkReporter(outlet, "utf-8", colour=True).report([message(b"x", 1)])
    assert outlet.text == b"\x1b[2m< \x1b[0mx\n"
