"""How a talk is shown, and when what was said has been answered."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wscli.cli.settings import Settings
from wscli.cli.show import Show, Shows
from wscli.cli.terminal import wants_colour
from wscli.errors import UsageError
from wscli.inspection.enough import Enough
from wscli.inspection.statistics import Statistics
from wscli.model.instant import Instant
from wscli.model.message import Role
from wscli.model.profile import Origin, Profile
from wscli.model.record import MessageRecord, Record, StateEvent, StateRecord
from wscli.output.base import Reporter
from wscli.output.sink import Sink
from wscli.output.talk import TalkReporter
from wscli.runtime.stop import StopBox
from wscli.runtime.stream import interrupt
from wscli.session.spans import in_words


class Answers:
    """A reporter that hands on to another, and ends the run once all is said and nothing but
    heartbeats came for ``wait`` seconds; None waits for ever. ``unsent`` counts what the user
    wanted to say and could not be sent. ``stop`` is set before the run begins.
    """

    stop: StopBox | None = None

    def __init__(self, wait: float | None) -> None:
        self.unsent = 0
        self._wait = wait
        self._reporter: Reporter | None = None
        self._heartbeats: Collection[str] = ()
        self._quiet_since: float | None = None  # since all is said

    def before(self, reporter: Reporter, profile: Profile) -> Reporter:
        """Hand on to this reporter."""
        self._reporter = reporter
        self._heartbeats = {each.name for each in profile.messages if each.role is Role.HEARTBEAT}
        return self

    def report(self, records: Sequence[Record]) -> None:
        """Take one batch of records."""
        for record in records:
            match record:
                case StateRecord(StateEvent.UNSENT):
                    self.unsent += 1
                case StateRecord(StateEvent.SPOKEN, _, at):
                    self._quiet_since = at.monotonic
                case MessageRecord() if record.message.rule not in self._heartbeats:
                    if self._quiet_since is not None:
                        self._quiet_since = record.received_at.monotonic
                case _:
                    pass
        self._inner.report(records)

    def idle(self, now: Instant) -> float | None:
        """End the run if it is time."""
        wake = self._inner.idle(now)
        if self._quiet_since is None or self._wait is None or self.stop is None:
            return wake
        due = self._quiet_since + self._wait
        if now.monotonic >= due:
            interrupt(self.stop, 0, f"nothing more came for {in_words(self._wait)}")
            return wake
        return due if wake is None else min(due, wake)

    def finish(self, now: Instant) -> None:
        """Show the last state."""
        self._inner.finish(now)

    def close(self) -> None:
        """Leave the terminal as it was found."""
        self._inner.close()

    @property
    def _inner(self) -> Reporter:
        assert self._reporter is not None, "no reporter to hand on to"  # noqa: S101 - a bug of ours
        return self._reporter


class TalkShows(Shows):
    """Makes the show of a talk. ``outlet``: where it goes instead of stdout itself, which is what
    stands there while the user types.
    """

    def __init__(
        self,
        settings: Settings,
        profiles: Sequence[Profile],
        answers: Answers,
        outlet: Sink | None = None,
    ) -> None:
        super().__init__(settings, profiles)
        self._answers = answers
        if self._name == "table":
            raise UsageError("-o table leaves no place to talk.", hint="Use -o log.")
        self._marked = settings.output is None and self._name == "raw" and self.sink.isatty
        if outlet is not None:
            self.sink = outlet

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
        """Make it; ``label`` is how the stream is called."""
        show = super().show(profile, label, values, statistics, show_all=show_all, enough=enough)
        reporter = self._talk() if self._marked else show.reporter
        return replace(show, reporter=self._answers.before(reporter, profile))

    def _talk(self) -> TalkReporter:
        colour = wants_colour(self._settings.color, terminal=True, environment=os.environ)
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        return TalkReporter(self.sink, encoding, colour=colour)

    def _default_format(self, profiles: Sequence[Profile]) -> str:
        if self._settings.program is not None or self._settings.envelope:
            return "ndjson"
        if profiles[0].origin is Origin.URL:
            return "raw"
        return "log" if self.sink.isatty else "ndjson"
