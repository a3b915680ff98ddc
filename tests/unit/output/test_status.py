"""Notes about the run, and its summary."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.unit.output.stage import at, state
from wscli.inspection.statistics import Statistics
from wscli.model.record import Ending, SentRecord, StateEvent
from wscli.output.status import LOUDNESS, Notes, summary

ALWAYS = {StateEvent.PROBLEM, StateEvent.INVALID, StateEvent.REJECTED, StateEvent.UNSENT}
ONLY_VERBOSE = {
    StateEvent.CONNECTING,
    StateEvent.STEP,
    StateEvent.READY,
    StateEvent.CLOSING,
    StateEvent.SPOKEN,
    StateEvent.ENDED,
}


def said(*records: Any, ending: Ending | None = None, **how: Any) -> str:
    stream = io.StringIO()
    notes = Notes(stream, **how)
    for record in records:
        notes.note(record)
    if ending is not None:
        notes.ended(ending)
    return stream.getvalue()


def test_every_event_has_its_loudness():
    assert set(LOUDNESS) == set(StateEvent)


@pytest.mark.parametrize("event", StateEvent)
def test_each_event_is_said_to_those_who_want_to_hear_it(event):
    line = f"wscli: it is {event}\n"
    record = state(event, f"it is {event}")
    assert said(record, quiet=True) == (line if event in ALWAYS else "")
    assert said(record) == ("" if event in ONLY_VERBOSE else line)
    assert said(record, verbose=True) == line


def test_a_note_names_the_stream():
    connected = state(StateEvent.CONNECTED, "connected to wss://demo.example/ws")
    assert (
        said(connected, prefix="wscli: demo: ")
        == "wscli: demo: connected to wss://demo.example/ws\n"
    )


def test_reconnecting_says_why_when_and_what_would_help():
    record = state(StateEvent.RECONNECTING, "silent for 15 s", delay=2.13, hint="Is it you?")
    assert said(record) == "wscli: silent for 15 s; reconnecting in 2.1 s. Is it you?\n"
    at_once = state(StateEvent.RECONNECTING, "moved", delay=0.0)
    assert said(at_once) == "wscli: moved; reconnecting at once\n"


def test_frames_that_were_sent_are_said_when_verbose():
    sent = SentRecord('{"token":"***"}', at(0), 1)
    assert said(sent) == ""
    assert said(sent, verbose=True) == 'wscli: > {"token":"***"}\n'


def test_quiet_wins_over_verbose():
    assert said(state(StateEvent.STEP, "waiting"), quiet=True, verbose=True) == ""


def test_a_providers_text_does_not_act_on_the_terminal_and_is_one_short_line():
    line = said(state(StateEvent.PROBLEM, "\x1b[2J\n" + "x" * 10_000))
    assert line.startswith("wscli: \\x1b[2J\\x0axxx")
    assert line.count("\n") == 1
    assert len(line) < 600


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (StateEvent.PROBLEM, 31),
        (StateEvent.REJECTED, 31),
        (StateEvent.GAP, 33),
        (StateEvent.RECOVERED, 2),
    ],
)
def test_errors_and_warnings_are_coloured_and_the_colour_ends(event, code):
    assert said(state(event, "no"), colour=True) == f"wscli: \x1b[{code}mno\x1b[0m\n"


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("code", [1, 3, 4, 74])
def test_an_error_that_ended_the_run_is_always_said(code, quiet):
    ending = Ending(code, "the server refused the connection", "Is the key right?")
    assert (
        said(ending=ending, quiet=quiet)
        == "wscli: the server refused the connection. Is the key right?\n"
    )


@pytest.mark.parametrize(
    "ending", [Ending(0, "10 messages came"), Ending(130, "interrupted"), Ending(3)]
)
def test_an_end_that_is_no_error_is_left_to_the_summary(ending):
    assert said(ending=ending, verbose=True) == ""


def test_an_error_without_a_hint_is_said_as_it_is():
    assert said(ending=Ending(3, "lost")) == "wscli: lost\n"


def test_a_line_of_ours_is_said_unless_quiet():
    for quiet, text in ((False, "wscli: 42 messages\n"), (True, "")):
        stream = io.StringIO()
        Notes(stream, quiet=quiet, colour=True).line("42 messages")
        assert stream.getvalue() == text


class Full(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [None, Full(), closed()])
def test_a_note_that_cannot_be_written_is_nobodys_loss(stream):
    Notes(stream).note(state(StateEvent.PROBLEM, "no"))


def told(
    ending: Ending | None = None,
    *,
    lags: tuple[float, ...] = (),
    seconds: float = 72.4,
    **counts: Any,
) -> str:
    statistics = Statistics(started=at(0), **{"connections": 1, **counts})
    for lag in lags:
        statistics.lag.add(lag)
    return summary(statistics, at(seconds), ending or Ending(0))


def test_a_run_that_never_connected_says_so():
    assert told(connections=0, reconnects=2) == "never connected, 2 reconnects, 1m 12s"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({}, "no messages, 1m 12s"),
        ({"received": 1, "printed": 1}, "1 message, 1m 12s"),
        ({"received": 1234, "printed": 1234}, "1,234 messages, 1m 12s"),
        ({"received": 42, "printed": 3}, "42 messages (3 shown), 1m 12s"),
        ({"received": 42}, "42 messages (0 shown), 1m 12s"),
        ({"received": 2, "printed": 2, "invalid": 1}, "2 messages, 1 invalid, 1m 12s"),
        ({"received": 2, "printed": 2, "undecodable": 2}, "2 messages, 2 not JSON, 1m 12s"),
        ({"reconnects": 1}, "no messages, 1 reconnect, 1m 12s"),
        ({"reconnects": 2}, "no messages, 2 reconnects, 1m 12s"),
        ({"gaps": 1}, "no messages, 1 gap, 1m 12s"),
        (
            {"received": 20, "printed": 20, "reconnects": 2, "gaps": 2, "recovered": 14},
            "20 messages, 2 reconnects, 2 gaps, 14 recovered, 1m 12s",
        ),
        (
            {"received": 9, "printed": 9, "history": 5, "repeated": 1234},
            "9 messages, 5 from history, 1,234 repeated, 1m 12s",
        ),
        ({"problems": 1}, "no messages, 1 error from the provider, 1m 12s"),
        ({"unknown": {"foo": 2}}, "no messages, 1 unknown type (2 messages), 1m 12s"),
        ({"unknown": {"a": 1, "": 2}}, "no messages, 2 unknown types (3 messages), 1m 12s"),
    ],
)
def test_the_summary_counts_what_there_is_to_count(counts, text):
    assert told(**counts) == text


def test_the_summary_tells_the_lag():
    text = told(lags=(0.0431,) * 60 + (0.0511,) * 39 + (0.12,), seconds=5)
    assert text == "no messages, 5s, lag p50 43 ms p90 51 ms p99 51 ms worst 120 ms"


def test_less_than_a_millisecond_is_no_disagreement():
    assert "clocks" not in told(lags=(-0.0009, 0.01), seconds=5)


def test_a_negative_lag_is_the_clocks_disagreement():
    text = told(lags=(-2.1, 0.01, 0.01), seconds=5)
    assert text.endswith("worst 10 ms (clocks disagree by 2.1 s or more)")


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (Ending(124, "no message came in time"), "no messages, 5s, no message came in time"),
        (Ending(130, "interrupted"), "no messages, 5s, interrupted"),
        (Ending(0), "no messages, 5s"),
        (Ending(3, "lost"), "no messages, 5s"),
    ],
)
def test_the_summary_says_why_it_ended_unless_that_is_an_error(ending, text):
    assert told(ending, seconds=5) == text
