"""One stream from beginning to end, on the main thread: batches in, records out."""

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


@frozen
class Edges:
    """What the stream is wired to: where records and notes go, and whether stdout is read."""

    reporter: Reporter
    note: Callable[[StateRecord | SentRecord], None]
    reader_gone: Callable[[], bool]


class Stream:
    """Runs one worker and shows what comes of it. ``run`` blocks until the stream has ended."""

    def __init__(
        self,
        *,
        worker: Worker,
        inbox: Inbox,
        stop: StopBox,
        inspector: Inspector,
        statistics: Statistics,
        edges: Edges,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._worker = worker
        self._inbox = inbox
        self._stop = stop
        self._inspector = inspector
        self._statistics = statistics
        self._edges = edges
        self._limits = limits
        self._clock = clock
        self._muted = False  # nothing more can be or is to be shown
        self._failed: Ending | None = None  # the output could not be written, whatever else ended

    def run(self) -> Ending:
        """Give how it ended; raises what the worker met, if that was a bug or a WscliError."""
        self._worker.start()
        ending: Ending | None = None
        wake: float | None = None
        while ending is None:
            batches = self._inbox.take(self._patience(wake))
            for batch in batches:
                self._guarded(batch)
                ending = ending or batch.ending
            wake = self._idle()
            self._look_at_the_clock(self._clock.now())
        self._worker.join()
        if self._worker.error is not None:
            raise self._worker.error
        if self._failed is not None:
            return self._failed
        return self._stop.wish.ending if self._stop.wish is not None else ending

    # --- showing -------------------------------------------------------------------------------

    def _guarded(self, batch: Batch) -> None:
        """Show a batch; what keeps it from being shown ends the run, in good order."""
        try:
            self._show(batch)
        except ReaderGone as gone:
            self._end(Ending(gone.exit_code))
        except OutputError as error:
            self._fail(error)

    def _show(self, batch: Batch) -> None:
        before = self._statistics.printed
        records = self._inspector.inspect(batch)
        if len(records) == self._statistics.printed - before:  # messages alone: the common case
            self._report(records)
        else:
            self._report_in_order(records)
        if self._inspector.ending is not None and not self._stop.asked:
            self._end(self._inspector.ending)

    def _report_in_order(self, records: Sequence[Record]) -> None:
        """Show messages and say what happened in the order in which it did."""
        shown = 0
        for index, record in enumerate(records):
            if isinstance(record, StateRecord | SentRecord):
                self._report(records[shown:index])
                self._edges.note(record)
                shown = index
        self._report(records[shown:])

    def _report(self, records: Sequence[Record]) -> None:
        if records and not self._muted:
            self._edges.reporter.report(records)

    def _idle(self) -> float | None:
        """Let the reporter draw, and see whether anybody still reads."""
        if self._muted:
            return None
        try:
            wake = self._edges.reporter.idle(self._clock.now())
        except ReaderGone as gone:
            self._end(Ending(gone.exit_code))
        except OutputError as error:
            self._fail(error)
        else:
            if not self._edges.reader_gone():
                return wake
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
        started = self._statistics.started.monotonic
        limits = (self._limits.duration, self._limits.timeout)
        ahead = [started + limit - now for limit in limits if limit is not None]
        waits = [_LOOK, *(wait for wait in ahead if wait > 0.0)]  # one that has passed is through
        if wake is not None:
            waits.append(max(wake - now, 0.0))
        return min(waits)

    def _look_at_the_clock(self, now: Instant) -> None:
        if self._stop.asked:
            return
        gone = now.monotonic - self._statistics.started.monotonic
        if self._limits.duration is not None and gone >= self._limits.duration:
            self._end(Ending(0))
        elif self._limits.timeout is not None and gone >= self._limits.timeout:
            if self._limits.awaits:
                self._end(Ending(TIMED_OUT, "what was waited for did not come in time"))
            elif not self._statistics.printed:
                self._end(Ending(TIMED_OUT, "no message came in time"))


def interrupt(stop: StopBox, code: int, text: str) -> None:
    """End the run because of a signal: what is on its way is still shown."""
    stop.ask(Ending(code, text), _DRAIN)
