"""What is said about the run, on stderr: one short line each, and the summary at the end."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import IntEnum
from types import MappingProxyType
from typing import Final, TextIO

from wscli.inspection.statistics import Lag, Statistics
from wscli.model.instant import Instant
from wscli.model.record import Ending, SentRecord, StateEvent, StateRecord
from wscli.output.escape import printable
from wscli.output.words import cut, delay, duration, plural


class Loudness(IntEnum):
    """How much the user wants to hear for something to be said."""

    QUIET = 0  # even with -q: something is wrong
    NORMAL = 1
    VERBOSE = 2  # with -v


LOUDNESS: Final[Mapping[StateEvent, Loudness]] = MappingProxyType(
    {
        StateEvent.CONNECTING: Loudness.VERBOSE,
        StateEvent.CONNECTED: Loudness.NORMAL,
        StateEvent.STEP: Loudness.VERBOSE,
        StateEvent.READY: Loudness.VERBOSE,
        StateEvent.PROBLEM: Loudness.QUIET,
        StateEvent.INVALID: Loudness.QUIET,
        StateEvent.UNKNOWN: Loudness.NORMAL,
        StateEvent.REJECTED: Loudness.QUIET,
        StateEvent.GAP: Loudness.NORMAL,
        StateEvent.RECOVERED: Loudness.NORMAL,
        StateEvent.QUIET: Loudness.NORMAL,
        StateEvent.PAUSED: Loudness.NORMAL,
        StateEvent.LOST: Loudness.NORMAL,
        StateEvent.RECONNECTING: Loudness.NORMAL,
        StateEvent.CLOSING: Loudness.VERBOSE,
        StateEvent.UNSENT: Loudness.QUIET,
        StateEvent.SPOKEN: Loudness.VERBOSE,
        StateEvent.PONG: Loudness.NORMAL,
        StateEvent.ENDED: Loudness.VERBOSE,  # how the run ended is said by ``ended``
    }
)
"""From which loudness on a change of state is said."""

_LONGEST: Final = 500  # characters of one line
ERRORS: Final = frozenset({1, 2, 3, 4, 74})
"""The exit codes whose reason is an error, which has a line of its own."""

_RED, _YELLOW, _DIM, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
_COLOURS: Final = MappingProxyType(
    {
        StateEvent.PROBLEM: _RED,
        StateEvent.INVALID: _RED,
        StateEvent.UNKNOWN: _YELLOW,
        StateEvent.REJECTED: _RED,
        StateEvent.UNSENT: _RED,
        StateEvent.GAP: _YELLOW,
        StateEvent.QUIET: _YELLOW,
        StateEvent.PAUSED: _YELLOW,
        StateEvent.LOST: _YELLOW,
        StateEvent.RECONNECTING: _YELLOW,
    }
)


class Notes:
    """Says what happens to the stream. ``stream`` is stderr, None where it is closed; a note that
    cannot be written is nobody's loss.
    """

    def __init__(
        self,
        stream: TextIO | None,
        *,
        quiet: bool = False,
        verbose: bool = False,
        colour: bool = False,
        prefix: str = "wscli: ",
    ) -> None:
        self._stream = stream
        self._colour = colour
        self._prefix = printable(prefix)
        self._loudness = Loudness.QUIET if quiet else Loudness.NORMAL
        if verbose and not quiet:
            self._loudness = Loudness.VERBOSE

    def note(self, record: StateRecord | SentRecord) -> None:
        """Say one thing, if it is loud enough."""
        if isinstance(record, SentRecord):
            if self._loudness >= Loudness.VERBOSE:
                self._say(f"> {record.shown}", _DIM)
        elif self._loudness >= LOUDNESS[record.event]:
            self._say(sentence(record), _COLOURS.get(record.event, _DIM))

    def ended(self, ending: Ending) -> None:
        """Say why the run ended, if that is an error; any other reason stands in the summary."""
        if ending.text and ending.exit_code in ERRORS:
            self._say(f"{ending.text}. {ending.hint}" if ending.hint else ending.text, _RED)

    def line(self, text: str) -> None:
        """Say something that is no change of state, the summary for example, unless -q."""
        if self._loudness >= Loudness.NORMAL:
            self._say(text, "")

    def _say(self, text: str, colour: str) -> None:
        shown = printable(cut(text, _LONGEST))
        if self._colour and colour:
            shown = f"{colour}{shown}{_PLAIN}"
        with suppress(OSError, ValueError):  # full or closed; ValueError is how Python says closed
            if self._stream is not None:
                self._stream.write(f"{self._prefix}{shown}\n")
                self._stream.flush()


def sentence(record: StateRecord) -> str:
    """Give a change of state in words, with the wait and the hint that belong to it. It may hold
    anything that a provider sends.
    """
    text = record.text
    if record.event is StateEvent.RECONNECTING and record.delay is not None:
        when = f"in {delay(record.delay)}" if record.delay else "at once"
        text = f"{text}; reconnecting {when}"
    return f"{text}. {record.hint}" if record.hint else text


def summary(statistics: Statistics, now: Instant, ending: Ending) -> str:
    """Build the line at the end of a run. What is zero is left out, and so is the reason of an
    error, which has its own line.
    """
    received = statistics.received
    parts = [plural(received, "message") if received else "no messages"]
    if not statistics.connections and not received:
        parts = ["never connected"]
    elif statistics.printed != received:
        parts[0] += f" ({statistics.printed:,} shown)"
    counts = (
        (statistics.invalid, f"{statistics.invalid:,} invalid"),
        (statistics.undecodable, f"{statistics.undecodable:,} not JSON"),
        (statistics.problems, plural(statistics.problems, "error") + " from the provider"),
        (len(statistics.unknown), _unknown(statistics.unknown)),
        (statistics.reconnects, plural(statistics.reconnects, "reconnect")),
        (statistics.gaps, plural(statistics.gaps, "gap")),
        (statistics.recovered, f"{statistics.recovered:,} recovered"),
        (statistics.history, f"{statistics.history:,} from history"),
        (statistics.repeated, f"{statistics.repeated:,} repeated"),
    )
    parts += [text for count, text in counts if count]
    parts.append(duration(now.monotonic - statistics.started.monotonic))
    if statistics.lag.count:
        parts.append(_lag(statistics.lag))
    if ending.text and ending.exit_code not in ERRORS:
        parts.append(printable(cut(ending.text, _LONGEST)))
    return ", ".join(parts)


def _unknown(counts: Mapping[str, int]) -> str:
    """Count only: each name was told when it first came."""
    return f"{plural(len(counts), 'unknown type')} ({plural(sum(counts.values()), 'message')})"


def _lag(lag: Lag) -> str:
    percentiles = " ".join(
        f"p{share} {delay(lag.percentile(share / 100))}" for share in (50, 90, 99)
    )
    text = f"lag {percentiles} worst {delay(lag.worst)}"
    disagreement = skew(lag)
    return f"{text} ({disagreement})" if disagreement else text


def skew(lag: Lag) -> str:
    """Say where messages came before they were sent; "" where none did."""
    return f"clocks disagree by {delay(-lag.least)} or more" if lag.least <= -0.001 else ""
