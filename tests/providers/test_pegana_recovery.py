"""``wscli tail pegana``: what was before (``--history``), and what was missed while away."""

from __future__ import annotations

import json
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ScreenFactory
from tests.harness.process import Finished, Runner, Running
from tests.harness.profiles import bundled, shortened
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.providers.fake_pegana import FakePegana

FASTER = 30  # the provider's 15 s of silence become 500 ms, 1 s before a new connection 33 ms


class Tail:
    """Starts ``wscli tail pegana`` against the fake and waits until it is connected."""

    def __init__(self, wscli: Runner, fake: FakePegana, profile: Path) -> None:
        self._wscli = wscli
        self._fake = fake
        self._profile = profile

    def start(self, *args: str | Path) -> Running:
        """Without waiting."""
        return self._wscli.start("tail", self._profile, "--url", self._fake.url, *args)

    def __call__(self, *args: str | Path) -> Running:
        running = self.start(*args)
        eventually(lambda: running.ended or self._fake.connections, what="a connection")
        assert not running.ended, f"it ended instead of connecting: {running.stderr}"
        return running


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """The profile with its waiting times made short."""
    return shortened(bundled("pegana"), tmp_path, FASTER)


@pytest.fixture
def tail(wscli: Runner, pegana: FakePegana, impatient: Path) -> Tail:
    return Tail(wscli, pegana, impatient)


def moment(**ago: float) -> str:
    """A time as Pegana may write it, to the microsecond."""
    now = datetime.now(UTC) - timedelta(**ago)
    return now.isoformat(timespec="microseconds").replace("+00:00", "Z")


def happen(fake: FakePegana, asset: str, state: str, was: str = "PEGGED", *, ts: str = "") -> bytes:
    """A transition that no client is sent, only the log of alerts knows it; gives the line of
    stdout that is to tell of it.
    """
    at = ts or moment()
    number = len(fake.alerts) + 1
    fake.alerts.insert(
        number // 2,  # in any order: the log puts the newest first
        {
            "id": number,
            "asset": asset,
            "class": "lst",
            "from_state": was,
            "to_state": state,
            "detected_at": at,
            "dispatched_at": at,
        },
    )
    return line(asset, {"state": state, "previous_state": was, "ts": at})


def line(asset: str, payload: dict[str, Any]) -> bytes:
    """An update as it is printed that was made of an answer."""
    made = {"op": "update", "asset": asset, "payload": payload}
    return json.dumps(made, separators=(",", ":")).encode()


def point(fake: FakePegana, asset: str, state: str, **ago: float) -> bytes:
    """A point of an asset's history; gives the line of stdout that is to tell of it."""
    at = moment(**ago)
    points = fake.history.setdefault(asset, [])
    points.append({"ts": at, "discount": "-0.0100", "state": state})
    return line(asset, {"state": state, "discount": "-0.0100", "ts": at})


def interrupted(running: Running) -> Finished:
    """The run, ended from outside as Ctrl-C does it."""
    running.signal(signal.SIGINT)
    done = running.finish()
    assert "Traceback" not in done.stderr
    return done


def read(running: Running, count: int) -> list[bytes]:
    """The next lines of stdout."""
    return [running.read_line() for _ in range(count)]


def told(done: Finished, pattern: str) -> list[str]:
    """The lines on stderr, but for the summary, in which the pattern is found."""
    return [each for each in done.stderr.splitlines()[:-1] if re.search(pattern, each)]


def summary(done: Finished) -> str:
    """The last line on stderr, with the counts."""
    return done.stderr.splitlines()[-1]


def beaten(fake: FakePegana) -> None:
    """Wait for a heartbeat: from its time on what is missed can be asked for."""
    before = fake.heartbeats
    eventually(lambda: fake.heartbeats >= before + 2, what="heartbeats")


# ---- after a drop ----


def test_transitions_that_were_missed_come_once_in_order_and_before_the_live_ones(
    tail: Tail, pegana: FakePegana
):
    running = tail()
    sent = [pegana.push("jitoSOL", "DRIFT")]
    assert read(running, 1) == sent
    beaten(pegana)
    pegana.cut()
    sent += [
        happen(pegana, "jitoSOL", "DEPEG", "DRIFT"),
        happen(pegana, "hyloSOL+", "CRITICAL"),
        happen(pegana, "jitoSOL", "DRIFT", "DEPEG"),
    ]
    running.wait_stderr("3 messages missed")
    sent.append(pegana.push("jitoSOL", "PEGGED", previous_state="DRIFT"))
    read(running, 4)

    done = interrupted(running)

    assert done.lines == sent
    assert told(done, r"^wscli: pegana: 3 messages missed since \d\d:\d\d:\d\dZ recovered$")
    assert "3 recovered" in summary(done)
    assert "gap" not in summary(done)
    assert "invalid" not in summary(done)


def test_the_log_is_asked_since_the_time_of_the_last_frame_be_it_a_heartbeat(
    tail: Tail, pegana: FakePegana
):
    running = tail()
    pegana.push("jitoSOL", "DRIFT", ts="2026-05-26T14:32:11Z")
    running.read_line()
    beaten(pegana)
    before = datetime.now(UTC) - timedelta(seconds=2)
    pegana.cut()
    running.wait_stderr("missed since")
    interrupted(running)

    (request,) = pegana.requests
    assert (request.method, request.path) == ("GET", "/v1/alerts")
    assert request.query["limit"] == "500"
    assert datetime.fromisoformat(request.query["since"]) >= before


def test_the_log_is_asked_since_the_time_of_the_last_frame_be_it_an_update(
    wscli: Runner, impatient: Path
):
    with FakePegana(heartbeat=3600) as fake:
        running = Tail(wscli, fake, impatient)()
        fake.push("jitoSOL", "DRIFT", ts="2026-05-26T14:32:11.25+02:00")
        running.read_line()
        fake.cut()
        running.wait_stderr("missed since")
        done = interrupted(running)
        (request,) = fake.requests

    assert "since=2026-05-26T14:32:11.25%2B02:00" in request.target
    assert request.query["since"] == "2026-05-26T14:32:11.25+02:00"
    assert "gap" not in summary(done)


def test_only_the_assets_asked_for_are_recovered(tail: Tail, pegana: FakePegana):
    running = tail("--asset", "jitoSOL", "--asset", "hyloSOL+")
    beaten(pegana)
    pegana.cut()
    missed = [happen(pegana, "jitoSOL", "DEPEG")]
    happen(pegana, "mSOL", "DEPEG")
    missed.append(happen(pegana, "hyloSOL+", "DRIFT"))
    happen(pegana, "jitosol", "DRIFT")
    running.wait_stderr("missed since")

    done = interrupted(running)

    assert done.lines == missed
    assert told(done, "2 messages missed since")


def test_what_was_seen_live_is_not_recovered(tail: Tail, pegana: FakePegana):
    running = tail()
    at = moment()
    sent = [pegana.push("jitoSOL", "DRIFT", ts=at)]
    read(running, 1)
    pegana.cut()
    happen(pegana, "jitoSOL", "DRIFT", ts=at)
    sent.append(happen(pegana, "mSOL", "DRIFT", ts=at))
    running.wait_stderr("missed since")

    done = interrupted(running)

    assert done.lines == sent
    assert told(done, "1 message missed since")


def test_what_comes_live_while_the_log_is_awaited_comes_after_it_and_once(
    tail: Tail, pegana: FakePegana
):
    running = tail()
    beaten(pegana)
    pegana.hold()
    pegana.cut()
    sent = [happen(pegana, "jitoSOL", "DEPEG")]
    eventually(lambda: pegana.requests, what="a request")
    at = moment()
    pegana.push("mSOL", "DRIFT", ts=at)
    sent.append(happen(pegana, "mSOL", "DRIFT", ts=at))
    live = pegana.push("bSOL", "DRIFT")
    beaten(pegana)
    assert running.stdout == b""
    pegana.release()
    read(running, 3)

    done = interrupted(running)

    assert done.lines == [*sent, live]
    assert "1 repeated" in summary(done)


def test_heartbeats_that_come_while_the_log_is_awaited_keep_the_connection(
    tail: Tail, pegana: FakePegana
):
    running = tail()
    beaten(pegana)
    pegana.hold()
    pegana.cut()
    missed = happen(pegana, "jitoSOL", "DEPEG")
    eventually(lambda: pegana.requests, what="a request")
    before = pegana.heartbeats
    eventually(lambda: pegana.heartbeats >= before + 15)  # 750 ms, the silence is 500 ms
    pegana.release()

    assert running.read_line() == missed
    assert len(pegana.handshakes) == 2


def test_a_second_drop_begins_again_from_what_was_printed(tail: Tail, pegana: FakePegana):
    running = tail()
    beaten(pegana)
    pegana.hold()
    pegana.cut()
    missed = [happen(pegana, "jitoSOL", "DEPEG")]
    eventually(lambda: pegana.requests, what="a request")
    pegana.cut()
    missed.append(happen(pegana, "jitoSOL", "CRITICAL", "DEPEG"))
    pegana.wait_connected()
    pegana.release()
    assert read(running, 2) == missed
    running.wait_stderr("missed since")

    done = interrupted(running)

    first, second = pegana.requests
    assert first.query["since"] == second.query["since"]
    assert done.lines == missed


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b'{"error":"boom"}'),
        (404, {}, b"<h1>not found</h1>"),
        (429, {"Retry-After": "3600"}, b'{"error":"slow down"}'),
        (200, {}, b"<h1>Welcome</h1>"),
        (200, {}, b'{"error":"none"}'),
    ],
    ids=["500", "404", "429", "no JSON", "no list"],
)
def test_a_recovery_that_fails_is_a_visible_gap(tail: Tail, pegana: FakePegana, answer):
    running = tail()
    beaten(pegana)
    pegana.answer_next(*answer)
    pegana.cut()
    happen(pegana, "jitoSOL", "DEPEG")
    running.wait_stderr("could not be recovered")
    sent = pegana.push("jitoSOL", "DRIFT")
    assert running.read_line() == sent

    done = interrupted(running)

    assert done.lines == [sent]
    assert told(done, r"what was missed since \d\d:\d\d:\d\dZ could not be recovered: .*/v1/alerts")
    assert "1 gap" in summary(done)


def test_a_busy_log_is_asked_again_after_the_time_that_it_wants(wscli: Runner, tmp_path: Path):
    text = bundled("pegana").read_text(encoding="utf-8")
    profile = tmp_path / "pegana.yaml"
    profile.write_text(text.replace("30s..60s", "50ms"), encoding="utf-8")
    with FakePegana(heartbeat=0.05) as fake:
        running = Tail(wscli, fake, shortened(profile, tmp_path, FASTER))()
        beaten(fake)
        fake.answer_next(429, {"Retry-After": "1"}, b"{}")
        fake.cut()
        missed = happen(fake, "jitoSOL", "DEPEG")
        assert running.read_line() == missed
        first, second = fake.requests

    assert second.at - first.at >= 1.0


def test_more_transitions_than_the_log_gives_unasked_are_had(tail: Tail, pegana: FakePegana):
    running = tail()
    beaten(pegana)
    pegana.cut()
    missed = [happen(pegana, f"asset{number}", "DEPEG") for number in range(300)]
    running.wait_stderr("300 messages missed")

    assert interrupted(running).lines == missed


def test_silence_is_recovered_from_as_a_cut_is(tail: Tail, pegana: FakePegana):
    running = tail()
    beaten(pegana)
    pegana.silence()
    missed = happen(pegana, "jitoSOL", "DEPEG")

    assert running.read_line() == missed
    assert told(interrupted(running), "silent")


def test_over_tls_the_log_is_asked_under_the_same_authority(
    wscli: Runner, authority: Authority, impatient: Path
):
    with FakePegana(tls=authority.server_context(), heartbeat=0.05) as fake:
        running = Tail(wscli, fake, impatient)("--cacert", authority.pem)
        beaten(fake)
        fake.cut()
        missed = happen(fake, "jitoSOL", "DEPEG")

        assert running.read_line() == missed


def test_what_is_recovered_is_marked_and_in_the_table(
    screen: ScreenFactory, pegana: FakePegana, impatient: Path
):
    log = screen("tail", impatient, "--url", pegana.url, "-o", "log", columns=140)
    table = screen("tail", impatient, "--url", pegana.url, columns=140)
    pegana.wait_connected(2)
    beaten(pegana)
    pegana.push("jitoSOL", "DRIFT")
    log.wait_for("jitoSOL")
    table.wait_for("jitoSOL")
    pegana.cut()
    happen(pegana, "jitoSOL", "BLACK_SWAN", "DRIFT")

    marked = log.wait_for("BLACK_SWAN")
    assert [("recovered" in each) for each in marked if "update" in each] == [False, True]
    rows = table.wait_for("BLACK_SWAN")
    (row,) = [each.split() for each in rows if each.startswith("jitoSOL")]
    assert row[:3] == ["jitoSOL", "BLACK_SWAN", "DRIFT"]
    assert "212.69" in row, "the log of alerts has no prices, so those of before stay"


# ---- what was before ----


def test_the_history_comes_first_and_its_oldest_point_before_the_others(
    tail: Tail, pegana: FakePegana
):
    sent = [
        point(pegana, "jitoSOL", state, hours=hours)
        for hours, state in ((20, "PEGGED"), (3, "DRIFT"), (1, "PEGGED"))
    ]
    running = tail("--asset", "jitoSOL", "--history", "--validate", "strict", "-n4")
    sent.append(pegana.push("jitoSOL", "DRIFT"))

    done = running.finish()

    assert (done.returncode, done.lines) == (0, sent)
    assert "3 from history" in summary(done)
    (request,) = pegana.requests
    assert request.path == "/v1/assets/jitoSOL/history"
    assert request.query["bucket"] == "raw"
    assert request.query["limit"] == "5000"
    assert request.at < pegana.handshakes[0].at


def test_without_the_option_no_history_is_asked_for(tail: Tail, pegana: FakePegana):
    point(pegana, "jitoSOL", "DRIFT", hours=1)
    running = tail("--asset", "jitoSOL", "-n1")
    sent = pegana.push("jitoSOL", "DRIFT")

    assert running.finish().lines == [sent]
    assert pegana.requests == []


def test_a_plus_in_a_symbol_is_percent_encoded(tail: Tail, pegana: FakePegana):
    sent = [point(pegana, "hyloSOL+", "DRIFT", hours=1)]
    running = tail("--asset", "hyloSOL+", "--history", "-n2")
    sent.append(pegana.push("hyloSOL+", "DEPEG"))

    assert running.finish().lines == sent
    assert pegana.requests[0].path == "/v1/assets/hyloSOL%2B/history"
    assert pegana.subscriptions == [("subscribe", ["hyloSOL+"])]


def test_whatever_a_symbol_holds_it_stays_one_part_of_the_path(tail: Tail, pegana: FakePegana):
    symbols = ["a/b", "a?b", "a#b", "\u00e4 b", "../alerts", "100%", "%2B"]
    sent = [point(pegana, symbol, "DRIFT", hours=1) for symbol in symbols]
    asked = [word for symbol in symbols for word in ("--asset", symbol)]

    done = tail.start(*asked, "--history", f"-n{len(symbols)}").finish()

    assert done.returncode == 0
    assert [json.loads(each) for each in done.lines] == [json.loads(each) for each in sent]


def test_the_histories_of_several_assets_are_one_story(tail: Tail, pegana: FakePegana):
    sent = [
        point(pegana, "jitoSOL", "PEGGED", hours=9),
        point(pegana, "mSOL", "DRIFT", hours=8),
        point(pegana, "jitoSOL", "DEPEG", hours=2),
        point(pegana, "mSOL", "PEGGED", hours=1),
    ]
    point(pegana, "bSOL", "DRIFT", hours=3)
    running = tail.start("--asset", "mSOL", "--asset", "jitoSOL", "--history", "-n4")

    assert running.finish().lines == sent


def test_the_history_is_shown_once_and_not_again_after_a_drop(tail: Tail, pegana: FakePegana):
    sent = [point(pegana, "jitoSOL", "DRIFT", hours=1)]
    running = tail("--asset", "jitoSOL", "--history")
    beaten(pegana)
    pegana.cut()
    sent.append(happen(pegana, "jitoSOL", "DEPEG"))
    read(running, 2)

    done = interrupted(running)

    assert done.lines == sent
    assert [request.path for request in pegana.requests] == [
        "/v1/assets/jitoSOL/history",
        "/v1/alerts",
    ]


def test_a_live_update_that_the_history_has_is_printed_once(tail: Tail, pegana: FakePegana):
    sent = point(pegana, "jitoSOL", "DRIFT", seconds=1)
    running = tail("--asset", "jitoSOL", "--history")
    read(running, 1)
    pegana.push("jitoSOL", "DRIFT", ts=json.loads(sent)["payload"]["ts"])
    after = pegana.push("jitoSOL", "PEGGED")

    assert running.read_line() == after
    assert "1 repeated" in summary(interrupted(running))


def test_a_point_without_a_discount_is_one_without_a_discount(tail: Tail, pegana: FakePegana):
    ts = moment(hours=1)
    pegana.history["jitoSOL"] = [{"ts": ts, "state": "UNKNOWN"}]
    running = tail.start("--asset", "jitoSOL", "--history", "-n1", "--validate", "strict")

    assert running.finish().lines == [line("jitoSOL", {"state": "UNKNOWN", "ts": ts})]


def test_a_history_that_cannot_be_had_is_told_and_the_stream_goes_on(
    tail: Tail, pegana: FakePegana
):
    running = tail("--asset", "nobodySOL", "--history", "-n1")
    sent = pegana.push("nobodySOL", "DRIFT")

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [sent])
    (note,) = told(done, "the history could not be had: ")
    assert "/v1/assets/nobodySOL/history was answered with 404" in note


def test_a_history_without_a_point_is_no_trouble(tail: Tail, pegana: FakePegana):
    pegana.history["jitoSOL"] = []
    running = tail("--asset", "jitoSOL", "--history", "-n1")
    sent = pegana.push("jitoSOL", "DRIFT")

    done = running.finish()

    assert done.lines == [sent]
    assert told(done, "history") == []


def test_the_history_needs_to_know_of_what(tail: Tail, pegana: FakePegana):
    done = tail.start("--history").finish()

    assert (done.returncode, done.stdout) == (2, b"")
    assert "--history needs --asset." in done.stderr
    assert pegana.handshakes == []


def test_the_history_is_marked_and_makes_the_first_rows_of_the_table(
    screen: ScreenFactory, pegana: FakePegana, impatient: Path
):
    point(pegana, "jitoSOL", "DRIFT", hours=2)
    point(pegana, "jitoSOL", "CRITICAL", hours=1)
    options = ("--url", pegana.url, "--asset", "jitoSOL", "--history")
    table = screen("tail", impatient, *options, columns=140)
    rows = table.wait_for("CRITICAL")
    (row,) = [each.split() for each in rows if each.startswith("jitoSOL")]
    assert row[:2] == ["jitoSOL", "CRITICAL"]
    assert "1h" in row

    log = screen("tail", impatient, *options, "-o", "log", columns=140)
    pegana.wait_connected(2)
    pegana.push("jitoSOL", "PEGGED")
    marked = log.wait_for("PEGGED")
    assert ["history" in each for each in marked if "update" in each] == [True, True, False]


def test_the_user_s_own_instance_is_asked_for_all_of_it(
    wscli: Runner, pegana: FakePegana, impatient: Path
):
    sent = [point(pegana, "jitoSOL", "DRIFT", hours=1)]
    running = wscli.start(
        *("tail", impatient, "--server", pegana.http_url, "--asset", "jitoSOL", "--history")
    )
    pegana.wait_connected()
    beaten(pegana)
    pegana.cut()
    sent.append(happen(pegana, "jitoSOL", "DEPEG"))

    assert read(running, 2) == sent
