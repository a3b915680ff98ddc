"""The main loop: batches in, records out, and every way to end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import pytest

from tests.runtime.playing import JumpingClock
from tests.session.conversation import make_profile
from wscli.errors import OutputError, ReaderGone
from wscli.inspection.enough import Enough
from wscli.inspection.inspector import Inspector
from wscli.inspection.plans import Selection, Validation
from wscli.inspection.statistics import Statistics
from wscli.messages.classify import Decoder
from wscli.model.instant import Instant
from wscli.model.message import Message, Role
from wscli.model.profile import MessageRule
from wscli.model.record import (
    Batch,
    Ending,
    MessageRecord,
    Record,
    RowsRecord,
    StateEvent,
    StateRecord,
)
from wscli.model.tables import Expression, Rows
from wscli.runtime.inbox import Inbox
from wscli.runtime.stop import StopBox
from wscli.runtime.stream import Edges, Lane, Limits, Stream, interrupt

PROFILE = make_profile(
    messages=(
        MessageRule("update"),
        MessageRule("balance", Role.ACK, rows=Rows("t", {"n": Expression(".n")})),
    )
)


def decoded(names: Iterable[str]) -> list[Message]:
    frames = [f'{{"type":"{name}"}}'.encode() for name in names]
    return [each for each in Decoder(PROFILE).messages(frames) if isinstance(each, Message)]


class PlayedInbox(Inbox):
    """Gives what a test prepared; when nothing is left it lets the clock jump, and after a wish
    to stop it gives the worker's last batch.
    """

    def __init__(self, clock: JumpingClock, lanes: int = 1) -> None:
        super().__init__(lambda: None)
        self.clock = clock
        self.lanes = lanes
        self.stop = StopBox(lambda: None)
        self.waits: list[float] = []

    def take(self, timeout: float | None) -> list[Batch]:
        batches = super().take(0)
        if batches:
            return batches
        if self.stop.wish is not None:
            ending = Ending(99, "the worker's own")
            return [
                Batch([], self.clock.now(), 1, 0, ending, lane=lane) for lane in range(self.lanes)
            ]
        assert timeout is not None
        self.waits.append(timeout)
        self.clock.time += max(timeout, 0.001)
        return []


class PlayedWorker:
    error: BaseException | None = None
    joined = False

    def start(self) -> None:
        pass

    def join(self) -> None:
        self.joined = True


class PlayedReporter:
    def __init__(self) -> None:
        self.shown: list[str] = []
        self.fails: BaseException | None = None
        self.idle_fails: BaseException | None = None
        self.wake: float | None = None

    def report(self, records: Sequence[Record]) -> None:
        if self.fails is not None:
            raise self.fails
        self.shown += [r.message.name for r in records if isinstance(r, MessageRecord)]

    def idle(self, now: Instant) -> float | None:
        if self.idle_fails is not None:
            raise self.idle_fails
        return self.wake

    def finish(self, now: Instant) -> None:
        pass

    def close(self) -> None:
        pass


class PlayedStream:
    """Follows as many streams as there are ``selections``, played by the test."""

    def __init__(
        self,
        limits: Limits | None = None,
        selection: Selection | None = None,
        lanes: int = 1,
    ) -> None:
        self.clock = JumpingClock()
        self.inbox = PlayedInbox(self.clock, lanes)
        self.workers = [PlayedWorker() for _ in range(lanes)]
        self.worker = self.workers[0]
        self.reporters = [PlayedReporter() for _ in range(lanes)]
        self.reporter = self.reporters[0]
        self.notes: list[Any] = []
        self.on_note: Callable[[Any], None] = self.notes.append
        self.over_early: list[tuple[int, Ending]] = []
        self.gone = False
        selection = selection or Selection()
        enough = Enough(selection.count, selection.until)
        self.stream = Stream(
            [self._lane(number, selection, enough) for number in range(lanes)],
            inbox=self.inbox,
            stop=self.inbox.stop,
            edges=Edges(lambda: self.gone),
            limits=limits or Limits(),
            clock=self.clock,
        )

    def _lane(self, number: int, selection: Selection, enough: Enough) -> Lane:
        statistics = Statistics(started=self.clock.now())
        worker: Any = self.workers[number]
        return Lane(
            worker,
            Inspector(PROFILE, {}, selection, Validation.WARN, statistics, enough=enough),
            statistics,
            self.reporters[number],
            self._note,
            lambda ending: self.over_early.append((number, ending)),
        )

    def _note(self, record: Any) -> None:
        self.on_note(record)

    def updates(self, count: int, lane: int = 0) -> None:
        names = ("update" for _ in range(count))
        self.inbox.put(Batch([*decoded(names)], self.clock.now(), 1, 10, lane=lane))

    def over(self, ending: Ending, lane: int = 0) -> None:
        self.inbox.put(Batch([], self.clock.now(), 1, 0, ending, lane=lane))


def test_messages_are_shown_until_the_worker_ends() -> None:
    played = PlayedStream()
    played.updates(2)
    played.updates(1)
    played.over(Ending(3, "lost"))
    assert played.stream.run() == Ending(3, "lost")
    assert played.reporter.shown == ["update"] * 3
    assert played.worker.joined


def test_changes_of_state_are_told() -> None:
    played = PlayedStream()
    record = StateRecord(StateEvent.CONNECTED, "connected", played.clock.now())
    played.inbox.put(Batch([record], played.clock.now(), 1, 0))
    played.over(Ending(0))
    played.stream.run()
    assert played.notes == [record]


def test_what_was_asked_for_ends_the_run_and_nothing_more_is_shown() -> None:
    played = PlayedStream(selection=Selection(count=2))
    played.updates(3)
    played.updates(3)
    assert played.stream.run() == Ending(0)
    assert len(played.reporter.shown) == 2


def test_a_bug_of_the_worker_is_raised_on_the_main_thread() -> None:
    played = PlayedStream()
    played.worker.error = RuntimeError("a bug")
    played.over(Ending(1))
    with pytest.raises(RuntimeError, match="a bug"):
        played.stream.run()


FULL = OutputError("stdout could not be written: no space.", hint="Free some.")


@pytest.mark.parametrize(
    ("problem", "ending"),
    [
        (ReaderGone(), Ending(141)),
        (FULL, Ending(74, "stdout could not be written: no space", "Free some.")),
    ],
)
def test_an_output_that_fails_ends_the_run(problem: BaseException, ending: Ending) -> None:
    played = PlayedStream()
    played.reporter.fails = problem
    played.updates(1)
    played.updates(1)
    assert played.stream.run() == ending
    drawing = PlayedStream()
    drawing.reporter.idle_fails = problem
    assert drawing.stream.run() == ending


def test_a_reader_that_went_away_is_noticed_while_nothing_comes() -> None:
    played = PlayedStream()
    played.gone = True
    assert played.stream.run() == Ending(141)


LIMITS: list[tuple[Limits, int, Ending | None]] = [
    (Limits(duration=5), 1, Ending(0)),
    (Limits(timeout=5), 0, Ending(124, "no message came in time")),
    (Limits(timeout=5), 1, None),
    (Limits(timeout=5, awaits=True), 1, Ending(124, "what was waited for did not come in time")),
    (Limits(timeout=5, duration=9), 1, Ending(0)),
]


@pytest.mark.parametrize(("limits", "updates", "ending"), LIMITS)
def test_time_limits(limits: Limits, updates: int, ending: Ending | None) -> None:
    played = PlayedStream(limits)
    played.updates(updates)
    original: Callable[[float | None], list[Batch]] = played.inbox.take

    def take(timeout: float | None) -> list[Batch]:
        if played.clock.time > 1020:
            played.over(Ending(3, "went on"))
        return original(timeout)

    played.inbox.take = take  # type: ignore[method-assign]  # ends a run that would go on
    assert played.stream.run() == (ending or Ending(3, "went on"))
    assert min(played.inbox.waits) > 0, "a limit that has passed must not make the loop spin"


def test_the_reporter_is_asked_again_when_it_wants_to_be() -> None:
    played = PlayedStream(Limits(duration=1))
    played.reporter.wake = played.clock.time + 0.75
    played.stream.run()
    assert played.inbox.waits[:2] == [0.5, 0.25]


def test_an_interrupted_run_still_shows_what_is_on_its_way() -> None:
    played = PlayedStream()
    interrupt(played.inbox.stop, 130, "interrupted")
    played.updates(2)
    assert played.stream.run() == Ending(130, "interrupted")
    assert len(played.reporter.shown) == 2


def test_what_happened_is_told_between_the_messages_where_it_did() -> None:
    played = PlayedStream()
    told: list[str] = []
    note = StateRecord(StateEvent.PROBLEM, "slow down", played.clock.now())
    first, second = decoded(["update"] * 2)
    played.inbox.put(Batch([first, note, second], played.clock.now(), 1, 10))
    played.over(Ending(0))
    played.on_note = lambda record: told.append("note")
    played.reporter.report = lambda records: told.extend(  # type: ignore[method-assign]  # listens
        "message" for record in records if isinstance(record, MessageRecord)
    )
    played.stream.run()
    assert told == ["message", "note", "message"]


def test_an_output_that_fails_is_told_even_after_a_signal() -> None:
    played = PlayedStream()
    interrupt(played.inbox.stop, 130, "interrupted")
    played.reporter.fails = FULL
    played.updates(1)
    assert played.stream.run().exit_code == 74


def test_rows_of_messages_that_are_not_shown_reach_the_reporter_in_their_place() -> None:
    played = PlayedStream(Limits(timeout=5, awaits=True), Selection(count=2))
    told: list[str] = []
    note = StateRecord(StateEvent.PROBLEM, "slow down", played.clock.now())
    first, update, last = decoded(["balance", "update", "balance"])
    played.inbox.put(Batch([first, update, note, last], played.clock.now(), 1, 10))
    played.inbox.put(Batch([last], played.clock.now(), 1, 10))
    played.on_note = lambda record: told.append("note")
    played.reporter.report = lambda records: told.extend(  # type: ignore[method-assign]  # listens
        record.message.name for record in records if isinstance(record, MessageRecord | RowsRecord)
    )
    assert played.stream.run().exit_code == 124, "rows alone are nothing that was printed"
    assert told == ["balance", "update", "note", "balance", "balance"]


# --- several streams at once ---------------------------------------------------------------------


def _tell(told: list[int], number: int, records: Sequence[Record]) -> None:
    told += [number for _ in records]


def test_several_streams_are_shown_in_the_order_in_which_their_messages_came() -> None:
    played = PlayedStream(lanes=2)
    told: list[int] = []
    for number, reporter in enumerate(played.reporters):
        reporter.report = partial(_tell, told, number)  # type: ignore[method-assign]  # hears all
    played.updates(1, lane=1)
    played.updates(2, lane=0)
    played.updates(1, lane=1)
    played.over(Ending(0), lane=0)
    played.over(Ending(0), lane=1)
    assert played.stream.run() == Ending(0)
    assert told == [1, 0, 0, 1]
    assert all(worker.joined for worker in played.workers)


def test_one_stream_that_ends_badly_does_not_end_the_others_but_decides_about_the_run() -> None:
    played = PlayedStream(lanes=2)
    played.over(Ending(4, "refused"), lane=0)
    played.updates(1, lane=1)
    played.over(Ending(0), lane=1)
    assert played.stream.run() == Ending(4, "refused")
    assert played.over_early == [(0, Ending(4, "refused"))]
    assert played.reporters[1].shown == ["update"]
    assert played.stream.endings == {0: Ending(4, "refused"), 1: Ending(0)}


def test_the_first_bad_ending_decides() -> None:
    played = PlayedStream(lanes=3)
    played.over(Ending(0), lane=2)
    played.over(Ending(3, "lost"), lane=1)
    played.over(Ending(4, "refused"), lane=0)
    assert played.stream.run() == Ending(3, "lost")


def test_the_count_is_that_of_all_streams_together() -> None:
    played = PlayedStream(selection=Selection(count=3), lanes=2)
    played.updates(2, lane=0)
    played.updates(2, lane=1)
    assert played.stream.run() == Ending(0)
    assert [reporter.shown for reporter in played.reporters] == [["update"] * 2, ["update"]]


def test_a_count_that_is_reached_does_not_hide_that_another_stream_failed() -> None:
    played = PlayedStream(selection=Selection(count=1), lanes=2)
    played.over(Ending(3, "lost"), lane=0)
    played.updates(1, lane=1)
    assert played.stream.run() == Ending(3, "lost")


def test_a_signal_ends_all_streams_with_its_own_code() -> None:
    played = PlayedStream(lanes=2)
    played.over(Ending(3, "lost"), lane=0)
    interrupt(played.inbox.stop, 130, "interrupted")
    assert played.stream.run().exit_code == 130


def test_a_message_of_any_stream_is_one_that_came_in_time() -> None:
    played = PlayedStream(Limits(timeout=5, duration=9), lanes=2)
    played.updates(1, lane=1)
    assert played.stream.run() == Ending(0)


def test_a_bug_in_one_worker_ends_the_run_and_is_raised() -> None:
    played = PlayedStream(lanes=2)
    played.workers[1].error = RuntimeError("a bug")
    played.over(Ending(1, "the connection's thread failed"), lane=1)
    with pytest.raises(RuntimeError, match="a bug"):
        played.stream.run()
    assert played.inbox.stop.asked


def test_the_users_wish_to_leave_ends_the_run_well() -> None:
    played = PlayedStream()
    pressed = iter([False, True])
    played.stream._edges = Edges(lambda: False, lambda: next(pressed))
    assert played.stream.run() == Ending(0)


def test_a_wish_to_leave_during_the_end_changes_nothing() -> None:
    played = PlayedStream()
    interrupt(played.inbox.stop, 130, "interrupted")
    played.updates(1)
    played.stream._edges = Edges(lambda: False, lambda: True)
    assert played.stream.run() == Ending(130, "interrupted")
    assert played.reporter.shown == ["update"]
