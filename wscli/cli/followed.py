"""One of the streams that a run follows: put together, and concluded."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from wscli.cli.invocation import Invocation
from wscli.cli.settings import Settings
from wscli.cli.show import Show, Shows
from wscli.errors import ReaderGone
from wscli.inspection.enough import Enough
from wscli.inspection.inspector import Inspector
from wscli.inspection.statistics import Statistics
from wscli.messages.classify import Decoder
from wscli.model.profile import Profile
from wscli.model.record import Ending
from wscli.model.wire import Target
from wscli.output.status import ERRORS, summary
from wscli.runtime.fetcher import Fetcher
from wscli.runtime.inbox import Inbox
from wscli.runtime.speech import Speech
from wscli.runtime.stop import StopBox
from wscli.runtime.stream import Lane
from wscli.runtime.wire import Wire
from wscli.runtime.worker import Worker
from wscli.session.session import Session
from wscli.transport.clock import Clock
from wscli.transport.waker import Waker


class Shared:
    """What all streams of a run have in common: one clock, one hand-over, one way to stop.

    ``at_last`` is called where the process is left at once; it must not wait for anything.
    """

    def __init__(self, shows: Shows, enough: Enough) -> None:
        self.shows = shows
        self.enough = enough
        self.clock = Clock()
        self.stop = StopBox(self._wake)
        self.inbox = Inbox(self._wake, linger=shows.linger)
        self.speech = Speech(self._wake)
        self.at_last: Callable[[], None] = lambda: None
        self._wakers: list[Waker] = []

    def waker(self) -> Waker:
        """Make one for a stream; the stop box and the inbox wake them all."""
        self._wakers.append(Waker())
        return self._wakers[-1]

    def close(self) -> None:
        """Give the wakers' sockets back."""
        for waker in self._wakers:
            waker.close()

    def _wake(self) -> None:
        for waker in self._wakers:
            waker.wake()


class Followed:
    """A stream that is followed. ``lane`` is what the main loop needs of it, ``show`` where it is
    shown.
    """

    def __init__(
        self,
        worker: Worker,
        inspector: Inspector,
        statistics: Statistics,
        show: Show,
        clock: Clock,
    ) -> None:
        self._statistics = statistics
        self._show = show
        self._clock = clock
        self._concluded = False
        self.lane = Lane(
            worker, inspector, statistics, show.reporter, show.live.note, self.conclude
        )

    def conclude(self, ending: Ending) -> None:
        """Say once how it ended, and what came."""
        if self._concluded or ending.exit_code == ReaderGone.exit_code:
            return
        self._concluded = True
        for text in self.lane.inspector.last_words():
            self._show.notes.line(text)
        self._show.notes.ended(ending)
        told = bool(ending.text) and ending.exit_code in ERRORS
        if not told or self._statistics.connections:
            now = self._clock.now()
            self._show.notes.line(summary(self._statistics, now, ending))


def follow(
    number: int, label: str, invocation: Invocation, settings: Settings, shared: Shared
) -> Followed:
    """Put a stream together; ``number`` is its place among those of the run, ``label`` how notes
    call it. ``settings`` are its own.
    """
    profile, values, secrets = invocation.profile, invocation.values, invocation.secrets
    statistics = Statistics(started=shared.clock.now())
    show = shared.shows.show(
        profile,
        label,
        values,
        statistics,
        show_all=settings.selection.show_all,
        enough=shared.enough,
    )
    inspector = Inspector(
        profile,
        values,
        settings.selection,
        settings.validation,
        statistics,
        enough=shared.enough,
    )
    session = Session(
        profile,
        values,
        settings.overrides,
        random.SystemRandom(),
        secrets=bool(secrets.names),
    )
    waker = shared.waker()
    worker = Worker(
        session=session,
        decoder=Decoder(profile, session.memory),
        inbox=shared.inbox,
        connect=_connector(profile, settings, waker, shared),
        fetch=Fetcher(settings.transport, shared.clock),
        read_secrets=secrets.read,
        clock=shared.clock,
        waker=waker,
        stop=shared.stop,
        lane=number,
        speech=shared.speech,
    )
    return Followed(worker, inspector, statistics, show, shared.clock)


def _connector(
    profile: Profile, settings: Settings, waker: Waker, shared: Shared
) -> Callable[[Target], Wire]:
    limit = settings.max_frame or profile.connect.receive_limit
    transport = replace(settings.transport, max_message=limit)

    def connect(target: Target) -> Wire:
        # 60 ms, and on the worker's thread: the main thread prepares the output meanwhile.
        from wscli.transport.connection import open_connection  # noqa: PLC0415

        return open_connection(target, transport, waker, shared.clock, lambda: shared.stop.asked)

    return connect
