"""What a way of showing records is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wscli.inspection.enough import Enough
from wscli.inspection.statistics import Statistics
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.profile import Profile
from wscli.model.record import Record, StateRecord
from wscli.tables.tables import Tables

if TYPE_CHECKING:
    from wscli.jq.engine import Program  # only programs of the user's own need it at run time


class Outlet(Protocol):
    """Where a reporter writes; ``Sink`` is the real one."""

    isatty: bool

    def write(self, data: bytes) -> None:
        """Write all of it. Raises ReaderGone or OutputError."""

    def size(self) -> tuple[int, int]:
        """Give columns and rows of the terminal."""


class Reporter(Protocol):
    """One way of showing records. Whatever writes may raise ReaderGone or OutputError."""

    def report(self, records: Sequence[Record]) -> None:
        """Take one batch of records, in the order in which they happened."""

    def idle(self, now: Instant) -> float | None:
        """Draw what is due. Gives the monotonic second at which to be called again at the latest,
        None for never. To be asked again after each batch.
        """

    def finish(self, now: Instant) -> None:
        """Show the last state: no record follows."""

    def close(self) -> None:
        """Leave the terminal as it was found, after ``finish`` or instead of it. Never raises."""


@runtime_checkable
class Keyed(Protocol):
    """A reporter that does something with keys."""

    def press(self, keys: str) -> bool:
        """Take keys, each a character; tells whether the user wants to end the run."""


def _unheard(record: StateRecord) -> None:
    """Stand for a listener where there is none."""


@frozen
class Stage:
    """What a reporter is given.

    ``colour``: whether colours may be used. ``moves``: whether the terminal can move its cursor
    and show bold text, which one of TERM=dumb cannot. ``table``: show only this one. ``sort``: the
    column to sort by instead of the profile's, with ``-`` in front descending. ``encoding``: what
    the terminal shows; what it cannot show is written with backslashes. ``verbose``: also tell
    every frame sent and every step, where the reporter tells such things itself. ``program``: what
    to print of each message, in formats that can print its results; ``note`` hears where it fails,
    ``enough`` of what something is printed. ``blocks``: whether the terminal has the block
    characters of sparklines. ``keys``: whether keys that are pressed reach the reporter. ``label``:
    what the stream is called where several are followed, else "". ``envelope``: put each message
    into an object that says what is known about it; with ``events`` what happens to the connection
    is told in the same way.
    """

    outlet: Outlet
    profile: Profile
    tables: Tables
    statistics: Statistics
    colour: bool = False
    moves: bool = True
    table: str | None = None
    sort: str | None = None
    encoding: str = "utf-8"
    verbose: bool = False
    program: Program | None = None
    enough: Enough | None = None
    note: Callable[[StateRecord], None] = _unheard
    label: str = ""
    blocks: bool = True
    keys: bool = False
    envelope: bool = False
    events: bool = False


@frozen
class Format:
    """One entry of the list of formats. ``make`` imports what it needs only when called.
    ``needs_table``: whether it shows rows of tables, and nothing else; ``single``: of one table
    only; ``sorts``: in an order that can be chosen. ``projects``: whether it can print the results
    of a program in place of messages; ``wraps``: whether it can put messages into envelopes.
    """

    name: str
    help: str
    make: Callable[[Stage], Reporter]
    needs_table: bool = False
    projects: bool = False
    wraps: bool = False
    sorts: bool = False
    single: bool = False
