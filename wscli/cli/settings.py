"""The common options of ``tail``, as a checked, typed value."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from wscli.cli.connection import leads_elsewhere, transport_settings
from wscli.errors import UsageError
from wscli.inspection.plans import Selection, Validation
from wscli.loader.units import parse_duration, parse_size
from wscli.model.frozen import frozen
from wscli.runtime.stream import Limits
from wscli.session.target import Overrides, check_url
from wscli.transport.settings import TransportSettings

if TYPE_CHECKING:
    from wscli.jq.engine import Program

_Parsed = TypeVar("_Parsed")
_COLOURS: Final = ("auto", "always", "never")


@frozen
class Settings:
    """What the common options come to. ``output`` is None where the terminal decides, ``program``
    where messages are printed themselves.
    """

    selection: Selection
    validation: Validation
    limits: Limits
    overrides: Overrides
    transport: TransportSettings
    max_frame: int | None
    output: str | None
    program: Program | None
    envelope: bool
    table: str | None
    sort: str | None
    color: str
    simulate: bool
    dry_run: bool
    quiet: bool
    verbose: bool


def make_settings(given: dict[str, Any]) -> Settings:
    """Check the words of the command line; raises UsageError."""
    transport = transport_settings(given, os.environ)
    count, until = given["count"], given["until"]
    duration = _parsed("--for", parse_duration, given["duration"])
    if given["quiet"] and given["verbose"]:
        raise UsageError("-q and -v contradict each other.", hint="Leave one of them out.")
    if given["dry_run"] and given["simulate"]:
        raise UsageError("--dry-run and --simulate contradict each other.")
    if given["color"] not in _COLOURS:
        raise UsageError(f"--color takes {', '.join(_COLOURS)}.")
    if given["no_reconnect"] and given["max_reconnects"] is not None:
        raise UsageError("--no-reconnect and --max-reconnects contradict each other.")
    timeout = _parsed("--timeout", parse_duration, given["timeout"])
    for name, value in (("--for", duration), ("--timeout", timeout)):
        if value == 0:
            raise UsageError(f"{name} must be longer than nothing.")
    return Settings(
        selection=Selection(
            show_all=given["all"],
            unfiltered=given.get("unfiltered", False),
            types=tuple(given["type"]),
            where=tuple(_program("--where", source) for source in given["where"]),
            count=count,
            until=None if until is None else _program("--until", until),
        ),
        validation=_validation(given["validate"]),
        limits=Limits(
            duration=duration,
            timeout=timeout,
            awaits=count is not None or until is not None,
        ),
        overrides=_overrides(given, transport),
        transport=transport,
        max_frame=_parsed("--max-frame", parse_size, given["max_frame"]),
        output=given["output"],
        program=None if given["jq"] is None else _program("--jq", given["jq"]),
        envelope=given["envelope"],
        table=given["table"],
        sort=given["sort"],
        color=given["color"],
        simulate=given["simulate"],
        dry_run=given["dry_run"],
        quiet=given["quiet"],
        verbose=given["verbose"],
    )


def _program(option: str, source: str) -> Program:
    from wscli.cli.pointing import program_of  # noqa: PLC0415 - only where one is given

    return program_of(option, source, condition=option != "--jq")


def _parsed(option: str, parse: Callable[[Any], _Parsed], text: str | None) -> _Parsed | None:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}.") from None


def _validation(word: str) -> Validation:
    try:
        return Validation(word)
    except ValueError:
        raise UsageError(f"--validate takes {', '.join(Validation)}.") from None


def _overrides(given: dict[str, Any], transport: TransportSettings) -> Overrides:
    if given["simulate"] and given["url"] is not None:
        raise UsageError("--simulate and --url contradict each other.")
    most = 0 if given["no_reconnect"] else given["max_reconnects"]
    return Overrides(
        url=check_url(given["url"]),
        headers=tuple(_header(header) for header in given["header"]),
        origin=given["origin"],
        subprotocols=tuple(given["subprotocol"]),
        max_reconnects=most,
        patient=given["max_reconnects"] is not None,
        deflate=not given["no_compress"],
        history=given["history"],
        # What goes to a Unix socket does not leave this machine.
        cleartext=given["allow_cleartext"] or transport.unix_socket is not None,
        elsewhere=leads_elsewhere(transport),
    )


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise UsageError(
            "-H takes a header with its value.", hint="For example -H 'Authorization: Bearer …'."
        )
    return name.strip(), value.strip()
