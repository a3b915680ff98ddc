"""Streams from beginning to end, on the main thread: batches in, records out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from wscli.errors import OutputError, ReaderGone
from wscli.inspection.inspector import Inspector
from wscli.inspection.statistics import Statistics
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.record import Batch, Ending, Record, SentRecord, StateRecord
from wscli.output.base import Reporter
from wscli.runtime.inbox import Inbox
from wscli.runtime.stop import StopBox
from wscli.runtime.worker import Worker
from wscli.transport.clock import Clock

_LOOK: Final = 0.5  # seconds between two looks whether the reader of stdout is still there
_DRAIN: Final = 3.0  # seconds for messages on their way when the user interrupts
_NO_DRAIN: Final = 0.5  # seconds for the peer's close where nothing more is wanted
TIMED_OUT: Final = 124


@frozen
class Limits:
    """Seconds from the start. ``duration`` ends the run with exit code 0; ``timeout`` with 124,
    unless what was waited for has come: what ``awaits`` says, or any message at all.
    """

    duration: float | None = None
    timeout: float | None = None
    awaits: bool = False


def _unheard(ending: Ending) -> None:
    """Stand for a listener where there is none."""


@frozen
class Lane:
    """One of the streams that are followed at once, and where what comes of it goes. ``over`` hears
    how it ended where others go on.
    """

    worker: Worker
    inspector: Inspector
    statistics: Statistics
    reporter: Reporter
    note: Callable[[StateRecord | SentRecord], None]
    over: Callable[[Ending], None] = _unheard


@frozen
class Edges:
    """What all lanes share: whether stdout is still read, and the user's keys. ``keys`` hands over
    those that were pressed and tells whether the user wants to leave.
    """

    reader_gone: Callable[[], bool]
    keys: Callable[[], bool] = lambda: False


class Stream:
    """Runs a worker for each lane and shows what comes of them, in the order in which it came.
    ``run`` blocks until all have ended. ``endings`` then says how each of them did.

    A batch's ``lane`` is the number of its lane.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        *,
        inbox: Inbox,
        stop: StopBox,
        edges: Edges,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self.endings: dict[int, Ending] = {}
        self._lanes = lanes
        self._inbox = inbox
        self._stop = stop
        self._edges = edges
        self._limits = limits
        self._clock = clock
        self._started = min(lane.statistics.started.monotonic for lane in lanes)
        self._muted = False  # nothing more can be or is to be shown
        self._failed: Ending | None = None  # the output could not be written, whatever else ended
        self._bad: Ending | None = None  # the first lane that ended by itself, and not well

    def run(self) -> Ending:
        """Give how it ended; raises what a worker met, if that was a bug or a WscliError."""
        for lane in self._lanes:
            lane.worker.start()
        wake: float | None = None
        while len(self.endings) < len(self._lanes):
            for batch in self._inbox.take(self._patience(wake)):
                self._guarded(self._lanes[batch.lane], batch)
                if batch.ending is not None:
                    self._ended(batch.lane, batch.ending)
            wake = self._idle()
            self._look_at_the_clock(self._clock.now())
        for lane in self._lanes:
            lane.worker.join()
        return self._outcome()

    def _ended(self, number: int, ending: Ending) -> None:
        lane = self._lanes[number]
        self.endings[number] = ending
        if lane.worker.error is not None:
            self._end(ending)  # `run` raises it as soon as the others are through
        elif not self._stop.asked:
            if ending.exit_code and self._bad is None:
                self._bad = ending
            if len(self.endings) < len(self._lanes):
                lane.over(ending)

    def _outcome(self) -> Ending:
        """How the run ended: well only if every lane did."""
        for lane in self._lanes:
            if lane.worker.error is not None:
                raise lane.worker.error
        if self._failed is not None:
            return self._failed
        wish = self._stop.wish
        if wish is not None and (wish.ending.exit_code or self._bad is None):
            return wish.ending
        return self._bad or list(self.endings.values())[-1]

    # --- showing -------------------------------------------------------------------------------

    def _guarded(self, lane: Lane, batch: Batch) -> None:
        """Show a batch; what keeps it from being shown ends the run, in good order."""
        try:
            self._show(lane, batch)
        except ReaderGone as gone:
            self._end(Ending(gone.exit_code))
        except OutputError as error:
            self._fail(error)

    def _show(self, lane: Lane, batch: Batch) -> None:
        before = lane.statistics.printed
        records = lane.inspector.inspect(batch)
        if len(records) == lane.statistics.printed - before:  # messages alone: the common case
            self._report(lane, records)
        else:
            self._report_in_order(lane, records)
        if lane.inspector.ending is not None and not self._stop.asked:
            self._end(lane.inspector.ending)

    def _report_in_order(self, lane: Lane, records: Sequence[Record]) -> None:
        """Show messages and say what happened in the order in which it did."""
        shown = 0
        for index, record in enumerate(records):
            if isinstance(record, StateRecord | SentRecord):
                self._report(lane, records[shown:index])
                lane.note(record)
                shown = index
        self._report(lane, records[shown:])

    def _report(self, lane: Lane, records: Sequence[Record]) -> None:
        if records and not self._muted:
            lane.reporter.report(records)

    def _idle(self) -> float | None:
        """Let the reporters draw, and see whether anybody still reads."""
        if self._muted:
            return None
        if self._edges.keys() and not self._stop.asked:
            self._end(Ending(0))
            return None
        try:
            now = self._clock.now()
            wakes = [lane.reporter.idle(now) for lane in self._lanes]
        except ReaderGone as gone:
            self._end(Ending(gone.exit_code))
        except OutputError as error:
            self._fail(error)
        else:
            if not self._edges.reader_gone():
                return min((wake for wake in wakes if wake is not None), default=None)
            self._end(Ending(ReaderGone.exit_code))
        return None

    def _fail(self, error: OutputError) -> None:
        self._failed = Ending(error.exit_code, error.text.rstrip("."), error.hint or "")
        self._end(self._failed)

    def _end(self, ending: Ending) -> None:
        """End the run because of us; nothing that comes now is shown."""
        self._muted = True
        self._stop.ask(ending, _NO_DRAIN)

    # --- time ----------------------------------------------------------------------------------

    def _patience(self, wake: float | None) -> float:
        now = self._clock.now().monotonic
        started = self._started
        limits = (self._limits.duration, self._limits.timeout)
        ahead = [started + limit - now for limit in limits if limit is not None]
        waits = [_LOOK, *(wait for wait in ahead if wait > 0.0)]  # one that has passed is through
        if wake is not None:
            waits.append(max(wake - now, 0.0))
        return min(waits)

    def _look_at_the_clock(self, now: Instant) -> None:
        if self._stop.asked:
            return
        gone = now.monotonic - self._started
        if self._limits.duration is not None and gone >= self._limits.duration:
            self._end(Ending(0))
        elif self._limits.timeout is not None and gone >= self._limits.timeout:
            if self._limits.awaits:
                self._end(Ending(TIMED_OUT, "what was waited for did not come in time"))
            elif not any(lane.statistics.printed for lane in self._lanes):
                self._end(Ending(TIMED_OUT, "no message came in time"))


def interrupt(stop: StopBox, code: int, text: str) -> None:
    """End the run because of a signal: what is on its way is still shown."""
    stop.ask(Ending(code, text), _DRAIN)
