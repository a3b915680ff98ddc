"""What ``wscli streams`` does: asks for the provider's catalog and prints it."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Sequence
from typing import Any, Final

from wscli.cli.common_options import COMMON
from wscli.cli.invocation import Invocation
from wscli.cli.settings import Settings, make_settings
from wscli.cli.streams import FORMATS
from wscli.cli.terminal import wants_colour
from wscli.errors import UsageError
from wscli.loader.shape import closest
from wscli.messages.memory import Memory
from wscli.model.profile import Profile, Then
from wscli.model.record import Ending
from wscli.model.requests import Fetch
from wscli.output.escape import encode, printable_json
from wscli.output.sink import Sink
from wscli.output.status import Notes
from wscli.runtime.alone import Alone
from wscli.runtime.fetcher import Fetcher
from wscli.session.catalog import catalog, needs_of
from wscli.session.desk import Desk
from wscli.session.fetching import NotFetched
from wscli.session.http_steps import NoUse
from wscli.session.retry import Verdict
from wscli.transport.clock import Clock

_STOPPED: Final = 3
_REFUSED: Final = 4
_NO_LIMIT: Final = 10_000  # columns of a pipe or a file


def streams(invocation: Invocation) -> int:
    """Print the items of the profile's catalog; gives the exit code. Raises WscliError."""
    profile, fetch = invocation.profile, invocation.profile.catalog
    if fetch is None:
        raise _no_catalog(profile)
    settings = make_settings(_with_defaults(invocation.common))
    form = _form(settings.output)
    notes = _notes(profile, settings)
    try:
        texts = _ask(invocation, fetch, settings, notes)
    except (NoUse, NotFetched) as failure:
        ending = _ending(failure.verdict)
        notes.ended(ending)
        return ending.exit_code
    if not texts:
        notes.line("the catalog is empty")
    _print(texts, form)
    return 0


def _ask(invocation: Invocation, fetch: Fetch, settings: Settings, notes: Notes) -> Sequence[bytes]:
    profile, clock = invocation.profile, Clock()
    desk = Desk(profile, invocation.values, settings.overrides, random.SystemRandom(), Memory())
    asker = Alone(
        desk,
        fetch=Fetcher(settings.transport, clock),
        read_secrets=invocation.secrets.read,
        note=notes.note,
        clock=clock,
    )
    wanted = invocation.secrets.names & needs_of(profile, fetch).names
    return asker.run(catalog(desk, fetch, secrets=bool(wanted)))


def _ending(verdict: Verdict) -> Ending:
    refused = verdict.then in (Then.REFUSED, Then.RENEW)
    return Ending(_REFUSED if refused else _STOPPED, verdict.text, verdict.hint)


def _print(texts: Sequence[bytes], form: str | None) -> None:
    sink = Sink(1)
    if not texts:
        return
    if form == "table" or (form is None and sink.isatty):
        sink.write(_table(texts, sink))
    else:
        data = b"".join(text + b"\n" for text in texts)
        sink.write(printable_json(data) if sink.isatty else data)


def _table(texts: Sequence[bytes], sink: Sink) -> bytes:
    from wscli.output.listing import listing  # noqa: PLC0415 - brings Rich, so only when chosen
    from wscli.output.paint import Paint  # noqa: PLC0415 - as above

    attributes = sink.isatty and os.environ.get("TERM") != "dumb"
    width = sink.size()[0] if sink.isatty else _NO_LIMIT
    lines = listing(texts, width, Paint(colour=False, attributes=attributes))
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return encode("".join(f"{line}\n" for line in lines), encoding)


def _form(wanted: str | None) -> str | None:
    """Give the format that was asked for, None where the terminal decides; raises UsageError."""
    if wanted in (None, *FORMATS):
        return wanted
    raise UsageError(
        f"-o takes {' or '.join(FORMATS)} here, not {wanted!r}.",
        hint=closest(str(wanted), FORMATS) or None,
    )


def _notes(profile: Profile, settings: Settings) -> Notes:
    return Notes(
        sys.stderr,
        quiet=settings.quiet,
        verbose=settings.verbose,
        colour=wants_colour("auto", terminal=Sink(2).isatty, environment=os.environ),
        prefix=f"wscli: {profile.name}: ",
    )


def _no_catalog(profile: Profile) -> UsageError:
    docs = profile.about.docs
    return UsageError(
        f"{profile.name} has no catalog: its profile names no request that lists its streams.",
        hint=f"See its documentation: {docs}" if docs else None,
    )


def _with_defaults(given: dict[str, Any]) -> dict[str, Any]:
    """Add what a command line without any option says, for those that are not offered here."""
    return {**{each.name: each.parameter().default for each in COMMON}, **given}
