"""``wscli tail PROFILE``: wires one stream together and shows it."""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from wscli.cli.invocation import Invocation, require_provider
from wscli.cli.last_resort import GRACE, LastResort
from wscli.cli.settings import Settings, make_settings
from wscli.cli.signals import signals_to
from wscli.cli.terminal import wants_colour
from wscli.errors import OutputError, ReaderGone, UsageError
from wscli.inspection.inspector import Inspector
from wscli.inspection.statistics import Statistics
from wscli.loader.shape import closest
from wscli.messages.classify import Decoder
from wscli.model.frozen import frozen
from wscli.model.profile import Profile
from wscli.model.record import Ending
from wscli.model.wire import Target
from wscli.output.base import Reporter, Stage
from wscli.output.formats import FORMATS
from wscli.output.sink import Sink
from wscli.output.status import ERRORS, Notes, summary
from wscli.runtime.fetcher import Fetcher
from wscli.runtime.inbox import Inbox
from wscli.runtime.stop import StopBox
from wscli.runtime.stream import TIMED_OUT, Edges, Stream
from wscli.runtime.worker import Wire, Worker
from wscli.session.session import Session
from wscli.session.target import Overrides
from wscli.tables.tables import Tables
from wscli.templates import compile_template
from wscli.transport.clock import Clock
from wscli.transport.waker import Waker


def tail(invocation: Invocation) -> int:
    """Follow the stream until it ends; gives the exit code. Raises WscliError."""
    profile = invocation.profile
    settings = make_settings(invocation.common)
    if settings.simulate:
        require_provider(profile)
    if settings.overrides.history:
        _check_history(profile, invocation.values)
    with _simulated(invocation, settings) as overrides:
        settings = replace(settings, overrides=overrides)
        return _follow(profile, invocation, settings)


def _check_history(profile: Profile, values: Mapping[str, Any]) -> None:
    """UsageError where there is no history to show, or nothing is said of what."""
    fetch = profile.history
    if fetch is None:
        raise UsageError(f"{profile.name} has no history: its profile names none.")
    of = compile_template(fetch.over).names if fetch.over is not None else frozenset()
    lacking = [
        each.flag for each in profile.options if each.name in of and not values.get(each.name)
    ]
    if lacking:
        raise UsageError(
            f"--history needs {' and '.join(lacking)}.",
            hint=f"{profile.name} gives the history of one at a time.",
        )


@contextmanager
def _simulated(invocation: Invocation, settings: Settings) -> Iterator[Overrides]:
    """Give the overrides, leading to a simulator inside this process where that was asked for."""
    if not settings.simulate:
        yield settings.overrides
        return
    from wscli.simulator.server import Simulator  # noqa: PLC0415 - 60 ms, rarely needed

    simulator = Simulator(
        invocation.profile,
        invocation.values,
        secrets=invocation.secrets.names,
        clock=Clock(),
        rng=random.SystemRandom(),
    )
    with simulator:
        yield replace(settings.overrides, url=simulator.url)


@frozen
class _Show:
    """Where the stream is shown."""

    reporter: Reporter
    notes: Notes
    live: Notes  # while the stream runs
    sink: Sink


def _follow(profile: Profile, invocation: Invocation, settings: Settings) -> int:
    values, secrets = invocation.values, invocation.secrets
    clock = Clock()
    statistics = Statistics(started=clock.now())
    inspector = Inspector(profile, values, settings.selection, settings.validation, statistics)
    show = _show(profile, values, settings, statistics)
    waker = Waker()
    stop = StopBox(waker.wake)
    inbox = Inbox(waker.wake)
    session = Session(
        profile,
        values,
        settings.overrides,
        random.SystemRandom(),
        secrets=bool(secrets.names),
    )
    worker = Worker(
        session=session,
        decoder=Decoder(profile, session.memory),
        inbox=inbox,
        connect=_connector(profile, settings, waker, clock, stop),
        fetch=Fetcher(settings.transport, clock),
        read_secrets=secrets.read,
        clock=clock,
        waker=waker,
        stop=stop,
    )
    stream = Stream(
        worker=worker,
        inbox=inbox,
        stop=stop,
        inspector=inspector,
        statistics=statistics,
        edges=Edges(show.reporter, show.live.note, show.sink.gone),
        limits=settings.limits,
        clock=clock,
    )
    _calm_the_garbage_collector()
    last_resort = LastResort()
    if settings.limits.duration is not None:
        last_resort.arm(settings.limits.duration + GRACE, 0)
    if settings.limits.timeout is not None and settings.limits.awaits:
        last_resort.arm(settings.limits.timeout + GRACE, TIMED_OUT)
    try:
        with signals_to(stop, last_resort):
            ending = _finished(show.reporter, clock, stream.run())
    finally:
        show.reporter.close()
        waker.close()
        last_resort.disarm()
    show.notes.ended(ending)
    told = bool(ending.text) and ending.exit_code in ERRORS and not statistics.connections
    if ending.exit_code != ReaderGone.exit_code and not told:
        show.notes.line(summary(statistics, clock.now(), ending))
    return ending.exit_code


def _calm_the_garbage_collector() -> None:
    """Every message allocates, and hardly anything in it refers back to itself: collecting at
    Python's usual rate would cost a third of the time that a message takes.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _finished(reporter: Reporter, clock: Clock, ending: Ending) -> Ending:
    """Let the reporter show the last state. Where stdout failed before, it is left alone."""
    if ending.exit_code in (ReaderGone.exit_code, OutputError.exit_code):
        return ending
    try:
        reporter.finish(clock.now())
    except ReaderGone as gone:
        return Ending(gone.exit_code)
    except OutputError as error:
        return Ending(error.exit_code, error.text.rstrip("."), error.hint or "")
    return ending


def _connector(
    profile: Profile, settings: Settings, waker: Waker, clock: Clock, stop: StopBox
) -> Callable[[Target], Wire]:
    limit = settings.max_frame or profile.connect.receive_limit
    transport = replace(settings.transport, max_message=limit)

    def connect(target: Target) -> Wire:
        # 60 ms, and on the worker's thread: the main thread prepares the output meanwhile.
        from wscli.transport.connection import open_connection  # noqa: PLC0415

        return open_connection(target, transport, waker, clock, lambda: stop.asked)

    return connect


def _show(
    profile: Profile, values: Mapping[str, Any], settings: Settings, statistics: Statistics
) -> _Show:
    """Choose how the stream is shown. UsageError for a format or a table that there is not, and for
    a format that another option contradicts.
    """
    sink = Sink(1)
    name = settings.output or _default_format(profile, settings, sink)
    _check_format(name, profile, settings)
    _check_table(profile, settings)
    errors_on_terminal = Sink(2).isatty
    notes = _notes(profile, settings, terminal=errors_on_terminal)
    # The live table has a place of its own for what happens; lines between would tear it.
    drawn_over = name == "table" and sink.isatty and errors_on_terminal
    live = Notes(None) if drawn_over else notes
    stage = Stage(
        outlet=sink,
        profile=profile,
        tables=Tables(profile.tables, profile.messages, values),
        statistics=statistics,
        colour=wants_colour(settings.color, terminal=sink.isatty, environment=os.environ),
        moves=os.environ.get("TERM") != "dumb",
        table=settings.table,
        sort=settings.sort,
        encoding=getattr(sys.stdout, "encoding", None) or "utf-8",
        verbose=settings.verbose,
        program=settings.program,
        note=live.note,
    )
    return _Show(FORMATS[name].make(stage), notes, live, sink)


def _notes(profile: Profile, settings: Settings, *, terminal: bool) -> Notes:
    return Notes(
        sys.stderr,
        quiet=settings.quiet,
        verbose=settings.verbose,
        colour=wants_colour(settings.color, terminal=terminal, environment=os.environ),
        prefix=f"wscli: {profile.name}: ",
    )


def _default_format(profile: Profile, settings: Settings, sink: Sink) -> str:
    if settings.program is not None or not sink.isatty:
        return "ndjson"
    return "table" if profile.tables and os.environ.get("TERM") != "dumb" else "log"


def _check_format(name: str, profile: Profile, settings: Settings) -> None:
    if name not in FORMATS:
        near = closest(name, FORMATS)
        raise UsageError(f"there is no format {name!r}.", hint=near or f"{', '.join(FORMATS)}.")
    if settings.program is not None and not FORMATS[name].projects:
        raise UsageError(
            f"--jq and -o {name} contradict each other.", hint="--jq prints lines of JSON."
        )
    if FORMATS[name].needs_table and not profile.tables:
        raise UsageError(f"{profile.name} has no table.", hint="Use -o log.")


def _check_table(profile: Profile, settings: Settings) -> None:
    names = [table.name for table in profile.tables]
    if settings.table is not None and settings.table not in names:
        raise UsageError(
            f'{profile.name} has no table "{settings.table}".',
            hint=closest(settings.table, names) or f"It has {', '.join(names) or 'none'}.",
        )
    shown = [table for table in profile.tables if settings.table in (None, table.name)]
    columns = [column.name for table in shown for column in table.columns]
    if settings.sort is not None and settings.sort.removeprefix("-") not in columns:
        raise UsageError(
            f'there is no column "{settings.sort.removeprefix("-")}" to sort by.',
            hint=closest(settings.sort, columns) or f"There are {', '.join(columns) or 'none'}.",
        )
