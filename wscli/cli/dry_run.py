"""``--dry-run``: what a run would connect to and send, on stdout; and nothing is connected to."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from wscli.cli.complain import complain
from wscli.cli.dry_run_way import connecting_lines, request_way
from wscli.cli.dry_run_words import (
    alive_lines,
    asking_lines,
    option_lines,
    reconnect_lines,
    step_lines,
)
from wscli.cli.invocation import Invocation
from wscli.cli.print import print_text
from wscli.cli.settings import Settings
from wscli.errors import TemplateError, UsageError
from wscli.model.frozen import frozen
from wscli.model.profile import Profile
from wscli.model.wire import HttpRequest
from wscli.output.escape import printable
from wscli.session.fate import STOPPED
from wscli.session.hosts import SecretStays
from wscli.session.rehearsal import Connecting, Rehearsal
from wscli.transport.clock import Clock
from wscli.transport.failures import Failed
from wscli.transport.settings import TransportSettings

_USAGE: Final = 2
_REFUSALS: Final = (TemplateError, UsageError, SecretStays, Failed)
"""What keeps a run from going on, and can be seen beforehand."""


def dry_run(invocation: Invocation, settings: Settings, *, first: bool = True) -> int:
    """Say what one stream would connect to and send. Gives 0, or the exit code with which a run
    would end of itself; why is then told here and on stderr. Reads no secret but to see that its
    file is there. ``first``: nothing was told before. Raises OutputError and ReaderGone.
    """
    if not first:
        print_text("")
    return _DryRun(invocation, settings).run()


@frozen
class _Part:
    """A part of the answer. ``unset`` and ``unfit``: the exit codes of a run where a value is not
    set, and where something cannot be sent. ``again``: where a value is not set, a run that may
    reconnect tries again and again.
    """

    title: str
    lines: Iterable[str]
    unset: int = STOPPED
    unfit: int = STOPPED
    again: bool = False


class _DryRun:
    def __init__(self, invocation: Invocation, settings: Settings) -> None:
        self._invocation = invocation
        self._profile: Profile = invocation.profile
        self._settings = settings
        limit = settings.max_frame or self._profile.connect.receive_limit
        self._transport: TransportSettings = replace(settings.transport, max_message=limit)
        self._rehearsal = Rehearsal(
            self._profile,
            invocation.values,
            settings.overrides,
            Clock().now(),
            random.SystemRandom(),
            secrets=invocation.secrets.names,
        )

    def run(self) -> int:
        """Print it all, up to where a run would end."""
        print_text(printable(f"{self._profile.name}: nothing is connected to; a run would do this"))
        for part in self._parts():
            code = self._told(part)
            if code is not None:
                return code
        return self._lacking()

    def _lacking(self) -> int:
        """Look whether the secrets are there; gives the exit code of a run."""
        try:
            self._invocation.secrets.check()
        except UsageError as error:
            print_text(printable(f"But a run would end with exit code {_USAGE}: {error}"))
            named = str(error).startswith(self._profile.name)
            complain(str(error) if named else f"{self._profile.name}: {error}")
            return _USAGE
        return 0

    def _parts(self) -> Iterator[_Part]:
        rehearsal, way, verbose = self._rehearsal, self._way, self._settings.verbose
        # Where nobody was asked for a value, that it is not set is the user's mistake.
        unset = STOPPED if self._profile.bootstrap else _USAGE
        before = asking_lines(rehearsal.before(), way, verbose=verbose)
        history = asking_lines(rehearsal.history(), way, verbose=verbose)
        steps = step_lines(rehearsal.steps(), way, verbose=verbose)
        yield _Part("With these options", self._options(), _USAGE)
        yield _Part("Before every connection", before, unset)
        yield _Part("Then, once, for --history", history, unset)
        yield _Part("It connects to", self._connection(), unset, unfit=_USAGE)
        yield _Part("On every connection, in this order", steps, again=True)
        yield _Part("Whether it lives", self._alive())
        yield _Part("When the connection ends", self._reconnect())
        yield _Part("After a drop", self._resume())
        yield _Part("Not known yet", self._later())

    def _told(self, part: _Part) -> int | None:
        """Tell one part; gives the exit code where a run would end in it."""
        begun = False
        try:
            for line in part.lines:
                _tell(part, line, first=not begun)
                begun = True
        except _REFUSALS as error:
            code, text = self._ending(error, part)
            again = part.again and isinstance(error, TemplateError)
            what = "fail, each time anew" if again else f"end with exit code {code}"
            _tell(part, f"here it would {what}: {text}", first=not begun)
            complain(f"{self._profile.name}: {text}")
            return code
        return None

    def _ending(self, error: Exception, part: _Part) -> tuple[int, str]:
        """Give the exit code and the words for what was raised."""
        match error:
            case Failed(failure=failure):
                code = part.unfit
                text = f"{failure.text}. {failure.hint}" if failure.hint else failure.text
            case SecretStays():
                code, text = error.exit_code, str(error)
            case _:
                code, text = part.unset, str(error)
        return code, self._rehearsal.restored(text)

    def _options(self) -> Iterator[str]:
        return option_lines(self._invocation, os.environ, verbose=self._settings.verbose)

    def _way(self, request: HttpRequest) -> Iterator[str]:
        return request_way(request, self._transport)

    def _connection(self) -> Iterator[str]:
        yield from self._connecting(self._rehearsal.connection())

    def _connecting(self, connecting: Connecting) -> Iterator[str]:
        given = {name.lower() for name, _ in self._settings.overrides.headers}
        yield from connecting_lines(connecting, self._profile.connect, self._transport, given)

    def _alive(self) -> Iterator[str]:
        yield from alive_lines(self._profile.keepalive, self._rehearsal.alive())

    def _reconnect(self) -> Iterator[str]:
        return reconnect_lines(self._profile.reconnect, self._settings.overrides.max_reconnects)

    def _resume(self) -> Iterator[str]:
        """Say what is other than before; what a run could not do then ends it only then."""
        resume, rehearsal = self._profile.resume, self._rehearsal
        if self._settings.overrides.max_reconnects == 0:
            return
        verbose = self._settings.verbose
        known = f"once it knows {' and '.join(resume.keep)}, " if resume.keep else ""
        try:
            connecting = rehearsal.resumed_connection()
            if connecting is not None:
                yield f"{known}it connects to"
                yield from (f"  {line}" for line in self._connecting(connecting))
            if resume.session is not None:
                yield f"{known}it says, in place of the steps above"
                steps = step_lines(rehearsal.resumed_steps(), self._way, verbose=verbose)
                yield from (f"  {line}" for line in steps)
            if resume.backfill is not None:
                yield f"{known}it asks for what was missed"
                asked = asking_lines(rehearsal.backfill(), self._way, verbose=verbose)
                yield from (f"  {line}" for line in asked)
        except _REFUSALS as error:
            code, text = self._ending(error, _Part("", ()))
            yield f"then it would end with exit code {code}: {text}"

    def _later(self) -> Iterator[str]:
        for name, source in self._rehearsal.later.items():
            yield f"${{{name}}}: {source}"


def _tell(part: _Part, line: str, *, first: bool) -> None:
    """Print a line of a part, before its first one the title."""
    if first:
        print_text(f"\n{part.title}")
    print_text(printable(f"  {line}"))
