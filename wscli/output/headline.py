"""What the live table says about the stream: how it is, how much came, and how fast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from wscli.inspection.statistics import Lag, Statistics
from wscli.model.instant import Instant
from wscli.model.record import StateEvent, StateRecord
from wscli.output.escape import legible, printable
from wscli.output.flow import INDENT, Fact, flow, width_of_fact
from wscli.output.paint import Paint, width_of
from wscli.output.rate import Rate
from wscli.output.rates import Pace
from wscli.output.spark import BARS, sparkline
from wscli.output.status import skew
from wscli.output.words import cut, delay, duration, per_second, plural

_LIFE: Final = {
    StateEvent.CONNECTING: "yellow",
    StateEvent.CONNECTED: "green",
    StateEvent.LOST: "red",
    StateEvent.RECONNECTING: "yellow",
    StateEvent.CLOSING: "yellow",
    StateEvent.ENDED: "red",
}
"""The events that change how the stream is, and the colour of what it is then."""

_LONGEST: Final = 500  # characters of a text that are kept
_NAMED: Final = 50  # cells from which on there is room for the profile's name
_ROOMY: Final = 100  # cells from which on there is room for every percentile
_TYPE: Final = 24  # characters of a type's name
_LENGTHS: Final = (30, 15, 8)  # bars of a sparkline: the longest with which all types fit
_HELP: Final = "? help"


class Headline:
    """Keeps the state of the stream and writes it and the numbers as lines. ``bars``: the signs
    that sparklines are made of. ``keys``: whether there are any, which is then said.
    """

    def __init__(
        self,
        name: str,
        statistics: Statistics,
        paint: Paint,
        *,
        encoding: str = "utf-8",
        bars: str = BARS,
        keys: bool = False,
    ) -> None:
        self._name = legible(printable(name), encoding)
        self._statistics = statistics
        self._paint = paint
        self._encoding = encoding
        self._bars = bars
        self._keys = keys
        self._last: StateRecord | None = None  # the last one that changed how the stream is
        self._over = False
        self._rate = Rate()
        self._width = self._lines = 0  # of the numbers: for which width, and how many lines
        self._paused_at: int | None = None  # messages that were shown by then

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

    def pause(self, *, paused: bool) -> None:
        """Say from now on that the picture stands still, or no longer."""
        self._paused_at = self._statistics.printed if paused else None

    def end(self) -> None:
        """Say from now on that the run is over."""
        self._over = True

    def state(self, width: int, now: Instant) -> str:
        """Give one line of at most ``width`` cells: how the stream is."""
        text, colour = self._state(now)
        segments = [("● ", colour)]
        if width >= _NAMED:
            segments.append((f"{self._name}  ", "bold"))
        if self._paused_at is not None:
            more = self._statistics.printed - self._paused_at
            count = f"{more:,} more {'message' if more == 1 else 'messages'}"
            segments.append((f"paused — {count}; space goes on  ", "bold yellow"))
        segments.append((legible(text, self._encoding), ""))
        if self._keys and not self._over:
            spare = width - width_of_fact(segments) - width_of(_HELP)
            if spare >= 2:
                segments.append((f"{' ' * spare}{_HELP}", "dim"))
        return self._paint.line(segments, width)

    def numbers(self, width: int, height: int, now: Instant) -> list[str]:
        """Give what was counted, the most telling first, in at most ``height`` lines; what finds no
        room is left out. There are never less than there were, or all below them would jump.
        """
        facts = [[fact] for fact in self._counts(now, roomy=width >= _ROOMY)]
        running = f"running {duration(now.monotonic - self._statistics.started.monotonic)}"
        lines = flow([*facts, [(running, "")]], width, height, self._paint)
        without = flow(facts, width, height, self._paint)
        if len(without) < len(lines):  # this one is not worth a line
            lines = without
        before = self._lines if self._width == width else 0
        self._width, self._lines = width, min(max(len(lines), before), height)
        return [*lines, *[""] * (self._lines - len(lines))]

    def paces(self, paces: list[Pace], width: int, height: int) -> list[str]:
        """Give how each type of message comes, in at most ``height`` lines; what finds no room is
        left out.
        """
        facts: list[Fact] = []
        for most in _LENGTHS:
            facts = [self._pace(pace, most) for pace in paces]
            if sum(width_of_fact(fact) + 3 for fact in facts) <= height * (width - len(INDENT)):
                break
        if facts and len(INDENT) + width_of_fact(facts[0]) > width:
            facts = [self._pace(pace, 0) for pace in paces]
        return flow(facts, width, height, self._paint)

    def _pace(self, pace: Pace, most: int) -> Fact:
        name = legible(printable(cut(pace.name, _TYPE)), self._encoding) or "no type"
        bars = f"{sparkline(pace.counts[-most:], self._bars)} " if most else ""
        return [(f"{name} ", ""), (bars, "cyan"), (per_second(pace.rate), "")]

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

    def _counts(self, now: Instant, *, roomy: bool) -> Iterator[tuple[str, str]]:
        seen = self._statistics
        at = now.monotonic
        rate = self._rate.at(at, seen.printed)
        yield (plural(seen.printed, "message") if seen.printed else "no messages yet", "")
        if seen.invalid:
            yield f"{seen.invalid:,} invalid", "red"
        if seen.undecodable:
            yield f"{seen.undecodable:,} not JSON", "red"
        if seen.last_heartbeat is not None:
            yield f"heartbeat {duration(at - seen.last_heartbeat)} ago", ""
        elif seen.last_received is not None:
            yield f"last message {duration(at - seen.last_received)} ago", ""
        if seen.printed:
            yield per_second(rate), ""
        if seen.reconnects:
            yield plural(seen.reconnects, "reconnect"), "yellow"
        if seen.gaps:
            yield plural(seen.gaps, "gap"), "yellow"
        if seen.lag.count:
            if disagreement := skew(seen.lag):
                yield disagreement, "yellow"
            yield _lag(seen.lag, (50, 90, 99) if roomy else (50, 99)), ""


def _lag(lag: Lag, shares: tuple[int, ...]) -> str:
    parts = [f"p{share} {delay(lag.percentile(share / 100))}" for share in shares]
    return f"lag {' '.join(parts)} worst {delay(lag.worst)}"
