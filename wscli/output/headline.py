"""What the live table says about the stream: how it is, how much came, what happened last."""

from __future__ import annotations

from collections import deque
from typing import Final

from wscli.inspection.statistics import Statistics
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.record import SentRecord, StateEvent, StateRecord
from wscli.output.escape import printable
from wscli.output.paint import Paint, width_of
from wscli.output.rate import Rate
from wscli.output.status import LOUDNESS, Loudness, sentence
from wscli.output.words import cut, duration, plural, time_of_day

_LIFE: Final = {
    StateEvent.CONNECTING: "yellow",
    StateEvent.CONNECTED: "green",
    StateEvent.LOST: "red",
    StateEvent.RECONNECTING: "yellow",
    StateEvent.CLOSING: "yellow",
    StateEvent.ENDED: "red",
}
"""The events that change how the stream is, and the colour of what it is then."""

_WORRYING: Final = {
    StateEvent.PROBLEM: "red",
    StateEvent.INVALID: "red",
    StateEvent.REJECTED: "red",
    StateEvent.GAP: "yellow",
}
"""The events whose note is more than one of many, and its colour."""

_LONGEST: Final = 500  # characters of a text that are kept
_NOTES: Final = 20  # notes that are kept
_BETWEEN: Final = " · "
_NAMED: Final = 50  # cells from which on there is room for the profile's name
_TIMED: Final = 36  # cells from which on there is room for the time of a note


@frozen
class _Note:
    at: Instant
    text: str
    style: str


class Headline:
    """Keeps the state of the stream and the last notes, and writes them as lines."""

    def __init__(
        self, name: str, statistics: Statistics, paint: Paint, *, verbose: bool = False
    ) -> None:
        self._loudness = Loudness.VERBOSE if verbose else Loudness.NORMAL
        self._name = printable(name)
        self._statistics = statistics
        self._paint = paint
        self._last: StateRecord | None = None  # the last one that changed how the stream is
        self._over = False
        self._notes: deque[_Note] = deque(maxlen=_NOTES)
        self._rate = Rate()

    @property
    def connected(self) -> bool:
        """Whether messages can come."""
        return self._last is not None and self._last.event is StateEvent.CONNECTED

    @property
    def restless(self) -> bool:
        """Whether a countdown runs."""
        return self._last is not None and self._last.event is StateEvent.RECONNECTING

    def take(self, record: StateRecord) -> None:
        """Remember a change of state."""
        if record.event in _LIFE:
            self._last = record
        if LOUDNESS[record.event] <= self._loudness:
            style = _WORRYING.get(record.event, "dim")
            self._notes.append(_Note(record.at, printable(cut(sentence(record), _LONGEST)), style))

    def sent(self, record: SentRecord) -> None:
        """Remember a frame that was sent, if that is wanted."""
        if self._loudness is Loudness.VERBOSE:
            text = printable(cut(f"> {record.shown}", _LONGEST))
            self._notes.append(_Note(record.sent_at, text, "dim"))

    def end(self) -> None:
        """Say from now on that the run is over."""
        self._over = True

    def lines(self, width: int, height: int, now: Instant) -> list[str]:
        """Give one or two lines of at most ``width`` cells: how the stream is, and the numbers."""
        text, colour = self._state(now)
        segments = [("● ", colour)]
        if width >= _NAMED:
            segments.append((f"{self._name}  ", "bold"))
        segments.append((text, ""))
        return [self._paint.line(segments, width), self._numbers(width, now)][:height]

    def notes(self, width: int, height: int) -> list[str]:
        """Give the last notes, the latest at the bottom."""
        latest = list(self._notes)[-height:] if height > 0 else []
        lines = []
        for note in latest:
            when = f"{time_of_day(note.at.wall)}  " if width >= _TIMED else ""
            lines.append(self._paint.line([(f"{when}{note.text}", note.style)], width))
        return lines

    def _state(self, now: Instant) -> tuple[str, str]:
        last = self._last
        if self._over:
            return "ended", "dim"
        if last is None:
            return "starting", "yellow"
        text = printable(cut(last.text, _LONGEST))
        if last.event is StateEvent.RECONNECTING:
            left = last.at.monotonic + (last.delay or 0.0) - now.monotonic
            wait = f"{left:.1f} s" if left < 60 else duration(left)
            text = f"retrying in {wait}: {text}" if left > 0 else f"retrying: {text}"
        return text, _LIFE[last.event]

    def _numbers(self, width: int, now: Instant) -> str:
        """Write what was counted, the most telling first; what finds no room is left out."""
        segments: list[tuple[str, str]] = []
        left = width
        for text, style in self._counts(now):
            between = _BETWEEN if segments else "  "
            left -= width_of(between) + width_of(text)
            if segments and left < 0:
                break
            segments += [(between, "dim"), (text, style)]
        return self._paint.line(segments, width)

    def _counts(self, now: Instant) -> list[tuple[str, str]]:
        seen = self._statistics
        at = now.monotonic
        rate = self._rate.at(at, seen.printed)
        counts = [(plural(seen.printed, "message") if seen.printed else "no messages yet", "")]
        if seen.invalid:
            counts.append((f"{seen.invalid:,} invalid", "red"))
        if seen.undecodable:
            counts.append((f"{seen.undecodable:,} not JSON", "red"))
        if seen.last_heartbeat is not None:
            counts.append((f"heartbeat {duration(at - seen.last_heartbeat)} ago", ""))
        elif seen.last_received is not None:
            counts.append((f"last message {duration(at - seen.last_received)} ago", ""))
        if seen.printed:
            counts.append((f"{rate:,.0f}/s" if rate >= 10 or not rate else f"{rate:.1f}/s", ""))
        if seen.reconnects:
            counts.append((plural(seen.reconnects, "reconnect"), "yellow"))
        if seen.gaps:
            counts.append((plural(seen.gaps, "gap"), "yellow"))
        counts.append((f"running {duration(at - seen.started.monotonic)}", ""))
        return counts
