"""``wscli tail PROFILE``: follows one stream, or several at once, and shows them."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Final

from wscli.cli.complain import complain
from wscli.cli.followed import Followed, Shared, follow
from wscli.cli.invocation import Invocation, require_provider
from wscli.cli.keys import Keys
from wscli.cli.last_resort import GRACE, LastResort
from wscli.cli.settings import Settings, make_settings
from wscli.cli.show import Shows
from wscli.cli.signals import SIGNALLED, signals_to
from wscli.errors import OutputError, ReaderGone, UsageError
from wscli.inspection.enough import Enough
from wscli.messages.match import glob
from wscli.model.profile import Profile
from wscli.model.record import Ending
from wscli.runtime.stream import TIMED_OUT, Edges, Stream
from wscli.session.target import Overrides
from wscli.templates import compile_template
from wscli.transport.clock import Clock

_ALIKE: Final = 0.8  # how near a word is to another that was meant; "trades:X" is none for "trades"
_OUTPUT: Final = (ReaderGone.exit_code, OutputError.exit_code)


def _nothing(_shared: Shared, _followed: Sequence[Followed]) -> AbstractContextManager[None]:
    return nullcontext()


def tail(invocation: Invocation) -> int:
    """Follow the stream until it ends; gives the exit code. Raises WscliError."""
    return tail_all([invocation])


def tail_all(
    invocations: Sequence[Invocation],
    *,
    make_shows: Callable[[Settings, Sequence[Profile]], Shows] = Shows,
    beside: Callable[[Shared, Sequence[Followed]], AbstractContextManager[None]] = _nothing,
) -> int:
    """Follow streams until all have ended; gives the exit code. Raises WscliError. What holds for
    the run as a whole is said by the first. ``beside``: what goes on while they run.
    """
    many = [make_settings(invocation.common) for invocation in invocations]
    for invocation, settings in zip(invocations, many, strict=True):
        if settings.simulate:
            require_provider(invocation.profile)
        if settings.overrides.history:
            _check_history(invocation.profile, invocation.values)
        if not settings.quiet:
            _doubt_types(invocation.profile, settings.selection.types)
    if any(settings.dry_run for settings in many):
        return _dry_run(invocations, many, make_shows)
    with ExitStack() as stack:
        for index, invocation in enumerate(invocations):
            overrides = stack.enter_context(_simulated(invocation, many[index]))
            many[index] = replace(many[index], overrides=overrides)
        return _run(invocations, many, make_shows, beside)


def _dry_run(
    invocations: Sequence[Invocation],
    many: Sequence[Settings],
    make_shows: Callable[[Settings, Sequence[Profile]], Shows],
) -> int:
    """Say of each stream what a run would do; gives the exit code of the first that could not go
    on. Raises WscliError.
    """
    from wscli.cli.dry_run import dry_run  # noqa: PLC0415 - only where it is asked for

    make_shows(many[0], [invocation.profile for invocation in invocations])  # checks the output
    codes = []
    for number, invocation in enumerate(invocations):
        codes.append(dry_run(invocation, many[number], first=not number))
    return next(filter(None, codes), 0)


def _doubt_types(profile: Profile, types: Sequence[str]) -> None:
    """Say where a type is hardly one of the profile's: it is no error, for providers add types."""
    names = [rule.name for rule in profile.messages]
    for wanted in types:
        near = get_close_matches(wanted, names, 1, _ALIKE)
        if near and not any(glob(wanted)(name) for name in names):
            complain(f'--type: {profile.name} knows no "{wanted}". Did you mean "{near[0]}"?')


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


def _run(
    invocations: Sequence[Invocation],
    many: Sequence[Settings],
    make_shows: Callable[[Settings, Sequence[Profile]], Shows],
    beside: Callable[[Shared, Sequence[Followed]], AbstractContextManager[None]],
) -> int:
    settings = many[0]
    shows = make_shows(settings, [invocation.profile for invocation in invocations])
    selection, later = settings.selection, settings.program is not None
    shared = Shared(shows, Enough(selection.count, selection.until, later=later))
    labels = _labels([invocation.profile.name for invocation in invocations])
    followed = [
        follow(number, labels[number], invocation, many[number], shared)
        for number, invocation in enumerate(invocations)
    ]
    keys = Keys(followed[0].lane.reporter, shared.inbox.nudge, shows.encoding, wanted=shows.keys)
    stream = Stream(
        [each.lane for each in followed],
        inbox=shared.inbox,
        stop=shared.stop,
        edges=Edges(shows.sink.gone, keys.pressed),
        limits=settings.limits,
        clock=shared.clock,
    )
    _calm_the_garbage_collector()
    last_resort = _last_resort(settings, keys, shared)
    try:
        keys.start()
        with signals_to(shared.stop, last_resort), beside(shared, followed):
            ending = _finished(followed, shared.clock, stream.run())
    finally:
        keys.close()
        for each in followed:
            each.lane.reporter.close()
        shared.close()
        last_resort.disarm()
    together = len(followed) == 1 or ending.exit_code in _OUTPUT
    for number, each in enumerate(followed):
        each.conclude(ending if together else stream.endings[number])
    return ending.exit_code


def _labels(names: Sequence[str]) -> list[str]:
    """Give what each stream is called: its profile's name, with a number behind one that is
    followed more than once.
    """
    labels = []
    for index, name in enumerate(names):
        number = names[:index].count(name) + 1
        labels.append(f"{name}#{number}" if names.count(name) > 1 else name)
    return labels


def _last_resort(settings: Settings, keys: Keys, shared: Shared) -> LastResort:
    def leave_the_terminal() -> None:
        keys.close()
        shared.at_last()

    last_resort = LastResort(leave_the_terminal)
    limits = settings.limits
    if limits.duration is not None:
        last_resort.arm(limits.duration + GRACE, 0)
    if limits.timeout is not None and limits.awaits:
        last_resort.arm(limits.timeout + GRACE, TIMED_OUT)
    return last_resort


def _calm_the_garbage_collector() -> None:
    """Every message allocates, and hardly anything in it refers back to itself: collecting at
    Python's usual rate would cost a third of the time that a message takes.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _finished(followed: Sequence[Followed], clock: Clock, ending: Ending) -> Ending:
    """Let the reporters show the last state. Where stdout failed before, it is left alone."""
    if ending.exit_code in _OUTPUT:
        return ending
    try:
        for each in followed:
            each.lane.reporter.finish(clock.now())
    except ReaderGone as gone:
        return ending if ending.exit_code > SIGNALLED else Ending(gone.exit_code)
    except OutputError as error:
        return Ending(error.exit_code, error.text.rstrip("."), error.hint or "")
    return ending
