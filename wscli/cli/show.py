"""How streams are shown: which reporter, which notes, and what contradicts what."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wscli.cli.contradictions import check_looks
from wscli.cli.settings import Settings
from wscli.cli.terminal import encoding_of, has_blocks, wants_colour
from wscli.errors import UsageError
from wscli.inspection.enough import Enough
from wscli.inspection.statistics import Statistics
from wscli.loader.shape import closest
from wscli.model.frozen import frozen
from wscli.model.profile import Profile
from wscli.output.base import Reporter, Stage
from wscli.output.formats import FORMATS
from wscli.output.sink import Sink
from wscli.output.status import Notes
from wscli.tables.tables import Tables

_GATHER: Final = 0.03


@frozen
class Show:
    """Where a stream is shown. ``live`` says what happens while it runs, ``notes`` afterwards."""

    reporter: Reporter
    notes: Notes
    live: Notes


class Shows:
    """Makes the shows of one run, on one ``sink``."""

    def __init__(self, settings: Settings, profiles: Sequence[Profile]) -> None:
        """``settings`` are the run's; there is one of ``profiles`` for each stream.

        Raises UsageError for a format or a table that there is not, and for a format that
        another option contradicts.
        """
        self.sink = Sink(1)
        self.encoding = encoding_of(
            getattr(sys.stdout, "encoding", None), locale.getencoding(), os.environ
        )
        self._settings = settings
        self._several = len(profiles) > 1
        wished = settings.output
        self._name = self._default_format(profiles) if wished is None else wished
        for profile in profiles:
            _check_format(self._name, profile, settings)
            _check_table(profile, settings)
            check_looks(self._name, profile, settings)
        if self._several and FORMATS[self._name].needs_table:
            raise UsageError(
                f"-o {self._name} shows one stream, not {len(profiles)}.",
                hint="Use -o log or -o ndjson --envelope.",
            )

    @property
    def linger(self) -> float:
        """Seconds for which messages may be left to gather: a table is drawn by a clock."""
        return _GATHER if self._name == "table" else 0.0

    @property
    def keys(self) -> bool:
        """Whether there is a table to press keys for, and a terminal to press them on."""
        moves = os.environ.get("TERM") != "dumb"
        if self._name != "table" or not self.sink.isatty or not moves:
            return False
        from wscli.output.keyboard import can_read_keys  # noqa: PLC0415 - only for a table

        return can_read_keys(0)

    def show(
        self,
        profile: Profile,
        label: str,
        values: Mapping[str, Any],
        statistics: Statistics,
        *,
        show_all: bool,
        enough: Enough,
    ) -> Show:
        """Make one; ``label`` is how the stream is called, ``show_all`` whether what happens to its
        connection is shown as messages are, in formats that can.
        """
        settings = self._settings
        errors_on_terminal = Sink(2).isatty
        environment = os.environ
        notes = Notes(
            sys.stderr,
            quiet=settings.quiet,
            verbose=settings.verbose,
            colour=wants_colour(
                settings.color, terminal=errors_on_terminal, environment=environment
            ),
            prefix=f"wscli: {label}: ",
        )
        # The live table has a place of its own for what happens; lines between would tear it.
        drawn_over = self._name == "table" and self.sink.isatty and errors_on_terminal
        live = Notes(None) if drawn_over else notes
        stage = Stage(
            outlet=self.sink,
            profile=profile,
            tables=Tables(profile.tables, profile.messages, values),
            statistics=statistics,
            colour=wants_colour(settings.color, terminal=self.sink.isatty, environment=environment),
            moves=os.environ.get("TERM") != "dumb",
            table=settings.table,
            sort=settings.sort,
            encoding=self.encoding,
            verbose=settings.verbose,
            program=settings.program,
            enough=enough,
            note=live.note,
            label=label if self._several else "",
            envelope=settings.envelope,
            events=settings.envelope and show_all,
            blocks=has_blocks(environment),
            keys=self.keys,
        )
        return Show(FORMATS[self._name].make(stage), notes, live)

    def _default_format(self, profiles: Sequence[Profile]) -> str:
        settings = self._settings
        if settings.program is not None or settings.envelope or not self.sink.isatty:
            return "ndjson"
        tables = len(profiles) == 1 and profiles[0].tables and os.environ.get("TERM") != "dumb"
        return "table" if tables else "log"


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
