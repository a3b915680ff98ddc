"""``wscli tail nexusglass`` end to end, against a server written from the protocol sheet: getting
in, what is printed, staying alive. What happens after a drop is in test_nexusglass_recovery.py.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import ScreenFactory
from tests.harness.exact_json import digits
from tests.harness.process import Runner
from tests.harness.profiles import bundled, shortened
from tests.harness.screen import Screen
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.providers.fake_nexusglass import KEY, FakeNexusglass
from tests.providers.fake_nexusglass_events import PRIORITIES, frame
from tests.providers.nexusglass_tail import (
    ENV,
    Tail,
    as_lines,
    ids,
    interrupted,
    summary,
    told,
)

FASTER = 30  # a PING each second, 333 ms for its PONG


@pytest.fixture
def tail(wscli: Runner, nexusglass: FakeNexusglass) -> Tail:
    return Tail(wscli, nexusglass)


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """The profile with its waiting times made short."""
    return shortened(bundled("nexusglass"), tmp_path, FASTER)


@pytest.fixture
def hasty(tmp_path: Path) -> Path:
    """The profile with hardly any waiting before it connects again."""
    return shortened(bundled("nexusglass"), tmp_path, 1000)


# ---- connecting ----


def test_filters_and_key_go_into_the_url(tail: Tail, nexusglass: FakeNexusglass):
    filters = ["--symbol", "BTCUSDT", "--symbol", "ETHUSDT", "--event", "REGIME_SHIFT"]
    interrupted(tail(*filters, "--event", "LARGE_LIQUIDATION"))

    (handshake,) = nexusglass.handshakes
    assert handshake.target == (
        f"/ws/fastfeed?token={KEY}&symbols=BTCUSDT,ETHUSDT&events=REGIME_SHIFT,LARGE_LIQUIDATION"
    )


def test_without_filters_nothing_but_the_key_is_asked(tail: Tail, nexusglass: FakeNexusglass):
    interrupted(tail())

    assert nexusglass.handshakes[0].target == f"/ws/fastfeed?token={KEY}"
    assert nexusglass.received == []


def test_only_what_the_filters_ask_for_is_printed(tail: Tail, nexusglass: FakeNexusglass):
    running = tail("--symbol", "ETHUSDT", "--event", "REGIME_SHIFT", "-n2")
    wanted = [nexusglass.push("REGIME_SHIFT", "ETHUSDT")]
    nexusglass.push("REGIME_SHIFT", "BTCUSDT")
    nexusglass.push("LARGE_LIQUIDATION", "ETHUSDT")
    wanted.append(nexusglass.push("REGIME_SHIFT", "ETHUSDT"))

    assert running.finish().lines == as_lines(wanted)


def test_a_server_of_the_user_s_own_gets_the_path_of_the_profile(
    wscli: Runner, nexusglass: FakeNexusglass
):
    running = wscli.start("tail", "nexusglass", "--server", nexusglass.http_url, "-n1", env=ENV)
    nexusglass.wait_connected()
    sent = nexusglass.push()

    assert running.finish().lines == as_lines([sent])
    assert nexusglass.handshakes[0].path == "/ws/fastfeed"


def test_over_tls_stream_and_recovery_trust_the_named_authority(
    wscli: Runner, authority: Authority, hasty: Path
):
    with FakeNexusglass(tls=authority.server_context()) as fake:
        running = Tail(wscli, fake)("--cacert", authority.pem, "-n3", profile=hasty)
        sent = [fake.push()]
        running.read_line()
        fake.cut()
        sent.append(fake.push(live=False))
        fake.wait_connected()
        sent.append(fake.push())
        done = running.finish()
        (request,) = fake.requests[:1]

    assert (done.returncode, done.lines) == (0, as_lines(sent))
    assert fake.url.startswith("wss:")
    assert request.headers["X-API-Key"] == KEY


# ---- the key ----


def key_file(folder: Path) -> list[str]:
    path = folder / "key"
    path.write_text(f"{KEY}\n")
    path.chmod(0o600)
    return ["--api-key-file", str(path)]


def key_command(folder: Path) -> list[str]:
    return ["--api-key-cmd", shlex.join([sys.executable, "-c", f"print({KEY!r})"])]


@pytest.mark.parametrize("given", [key_file, key_command])
def test_the_key_comes_from_a_file_or_a_command(
    tail: Tail, nexusglass: FakeNexusglass, tmp_path: Path, given
):
    running = tail("-n1", *given(tmp_path), env={})
    sent = nexusglass.push()

    done = running.finish()

    assert (done.returncode, done.lines) == (0, as_lines([sent]))
    assert KEY not in done.stderr


def test_the_key_comes_from_standard_input(tail: Tail, nexusglass: FakeNexusglass):
    running = tail("-n1", "--api-key-file", "-", env={}, stdin=f"{KEY}\n".encode())
    sent = nexusglass.push()

    assert running.finish().lines == as_lines([sent])


def test_a_key_on_the_command_line_works_with_a_warning(tail: Tail, nexusglass: FakeNexusglass):
    running = tail("-n1", "--api-key", KEY, env={})
    sent = nexusglass.push()

    done = running.finish()

    assert done.lines == as_lines([sent])
    assert told(done, "--api-key-file")
    assert KEY not in done.stderr


def test_without_a_key_nothing_is_connected_to_and_the_ways_to_give_one_are_named(
    tail: Tail, nexusglass: FakeNexusglass
):
    done = tail.start(env={}).finish()

    assert done.returncode == 2
    assert done.stdout == b""
    for way in ("--api-key-file", "NEXUSGLASS_API_KEY", "wscli login nexusglass"):
        assert way in done.stderr
    assert nexusglass.handshakes == []


def test_the_key_is_in_no_line_however_much_is_told(
    tail: Tail, nexusglass: FakeNexusglass, impatient: Path
):
    running = tail("-v", "--all", profile=impatient)
    nexusglass.push()
    running.wait_stderr("PING")
    nexusglass.cut()
    nexusglass.wait_connected()
    running.wait_stderr("asking GET")
    nexusglass.rest.fail_next(500, "BROKEN")
    running.wait_stderr("missed")

    done = interrupted(running)

    assert KEY not in done.stderr
    assert KEY.encode() not in done.stdout
    assert "token=***" in done.stderr


# ---- refused ----


@pytest.mark.parametrize(
    ("tier", "close"), [(None, 1008), ("FREE", 1000), (None, None)], ids=["1008", "FREE", "open"]
)
def test_a_refused_key_ends_the_run_at_once(
    tail: Tail, nexusglass: FakeNexusglass, tier: str | None, close: int | None
):
    nexusglass.keys.clear()
    if tier:
        nexusglass.keys[KEY] = tier
    nexusglass.refusal_close = close

    done = tail.start().finish()

    assert (done.returncode, done.stdout) == (4, b"")
    *_, line = told(done, "missing or unknown key, or a tier below PULSE")
    assert "Check what you gave as --api-key (NEXUSGLASS_API_KEY)." in line
    assert len(nexusglass.handshakes) == 1
    assert KEY not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_refused_by_an_http_status_ends_the_run_at_once(
    tail: Tail, nexusglass: FakeNexusglass, status
):
    nexusglass.keys.clear()
    nexusglass.refuses_by = status

    done = tail.start().finish()

    assert (done.returncode, done.stdout) == (4, b"")
    (line,) = told(done, str(status))
    assert "check what you gave as --api-key (NEXUSGLASS_API_KEY)" in line
    assert len(nexusglass.handshakes) == 1


def test_a_key_that_is_refused_later_ends_the_run_too(
    tail: Tail, nexusglass: FakeNexusglass, hasty: Path
):
    running = tail(profile=hasty)
    sent = nexusglass.push()
    assert running.read_line() == sent.encode()
    nexusglass.keys.clear()
    nexusglass.cut()

    done = running.finish()

    assert (done.returncode, done.lines) == (4, as_lines([sent]))
    assert len(nexusglass.handshakes) == 2


def test_an_auth_error_in_the_middle_of_the_stream_ends_the_run(
    tail: Tail, nexusglass: FakeNexusglass
):
    running = tail()
    sent = nexusglass.push()
    nexusglass.error("AUTH_FAILED", "key revoked")

    done = running.finish()

    assert (done.returncode, done.lines) == (4, as_lines([sent]))
    assert told(done, "key revoked")


def test_another_error_is_told_and_the_run_goes_on(tail: Tail, nexusglass: FakeNexusglass):
    running = tail("-n1")
    nexusglass.error("RATE_LIMIT", "slow down")
    running.wait_stderr("slow down")
    sent = nexusglass.push()

    done = running.finish()

    assert (done.returncode, done.lines) == (0, as_lines([sent]))
    assert len(nexusglass.handshakes) == 1
    assert "1 error from the provider" in summary(done)


def test_an_error_without_words_is_told_by_its_code(tail: Tail, nexusglass: FakeNexusglass):
    running = tail("-n1")
    nexusglass.push_raw('{"type":"ERROR","payload":{"code":"RATE_LIMIT"}}')
    nexusglass.push()

    assert told(running.finish(), "RATE_LIMIT")


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_given_the_time_that_it_asks_for(
    tail: Tail, nexusglass: FakeNexusglass, hasty: Path, status: int
):
    nexusglass.refuse(status, {"Retry-After": "1"}, b'{"error":"busy","code":"BUSY"}')
    running = tail("-n1", profile=hasty)
    nexusglass.push()

    assert running.finish().returncode == 0
    first, second = nexusglass.handshakes
    assert second.at - first.at >= 1.0


# ---- frames ----


def test_no_greeting_is_named_and_tried_again(
    tail: Tail, nexusglass: FakeNexusglass, tmp_path: Path
):
    profile = tmp_path / "hurried.yaml"
    profile.write_text(
        "wscli: 1\nname: hurried\nextends: nexusglass\n"
        "session: [{expect: HANDSHAKE, within: 200ms}]\nreconnect: {backoff: [50ms]}\n"
    )
    nexusglass.greets = False
    running = tail.start("-n1", profile=profile)
    running.wait_stderr("reconnecting")
    nexusglass.greets = True
    eventually(lambda: len(nexusglass.clients) == 1 and len(nexusglass.handshakes) > 1)
    nexusglass.push()

    done = running.finish()

    assert done.returncode == 0
    (line, *_) = [line for line in done.stderr.splitlines() if "no HANDSHAKE within" in line]
    assert "reconnecting in" in line


@pytest.mark.parametrize("shape", ["list", "events"])
def test_the_events_of_a_snapshot_come_first_whatever_its_shape(
    tail: Tail, nexusglass: FakeNexusglass, shape
):
    nexusglass.snapshot_shape = shape
    sent = [nexusglass.push() for _ in range(3)]
    running = tail("-n4", "--validate", "strict")
    sent.append(nexusglass.push())

    done = running.finish()

    assert (done.returncode, done.lines) == (0, as_lines(sent))
    assert "repeated" not in done.stderr


@pytest.mark.parametrize("shape", ["list", "events"])
def test_an_empty_snapshot_is_no_line(tail: Tail, nexusglass: FakeNexusglass, shape):
    nexusglass.snapshot_shape = shape
    running = tail("-n1")
    sent = nexusglass.push()

    assert running.finish().lines == as_lines([sent])


@pytest.mark.parametrize("payload", ["null", '"none yet"', '{"recent":[]}', "7"])
def test_a_snapshot_of_yet_another_shape_is_shown_as_it_is(
    tail: Tail, nexusglass: FakeNexusglass, payload: str
):
    running = tail("-n2")
    strange = f'{{"type":"SNAPSHOT","payload":{payload}}}'
    nexusglass.push_raw(strange)
    sent = nexusglass.push()

    done = running.finish()

    assert (done.returncode, done.lines) == (0, as_lines([strange, sent]))
    assert len(nexusglass.handshakes) == 1


def test_a_line_is_the_frame_s_own_bytes_in_the_stream_and_in_a_snapshot(
    tail: Tail, nexusglass: FakeNexusglass
):
    odd = {"size": digits("18446744073709551615"), "ratio": digits("0.10"), "far": digits("1e400")}
    first = nexusglass.push(data=odd, confidence=digits("0.920"), latency_ms=digits("12.0"))
    running = tail("-n2", "--validate", "strict")
    second = nexusglass.push(data=odd, confidence=digits("1.0"))

    assert running.finish().lines == as_lines([first, second])


def test_greeting_and_pongs_are_left_out_unless_all_is_asked_for(
    tail: Tail, nexusglass: FakeNexusglass, impatient: Path
):
    quiet, full = tail(profile=impatient), tail("--all", profile=impatient)
    nexusglass.wait_connected(2)
    assert json.loads(full.read_line())["type"] == "HANDSHAKE"
    assert json.loads(full.read_line()) == {"type": "SNAPSHOT", "payload": []}
    assert json.loads(full.read_line())["type"] == "PONG"
    sent = nexusglass.push()

    assert quiet.read_line() == sent.encode()


def test_every_documented_event_is_valid_and_so_is_one_that_is_not_documented(
    tail: Tail, nexusglass: FakeNexusglass
):
    types = [*PRIORITIES, "SOMETHING_NEW"]
    running = tail("--validate", "strict", f"-n{len(types)}")
    sent = [nexusglass.push(each) for each in types]

    done = running.finish()

    assert (done.returncode, done.lines) == (0, as_lines(sent))
    assert "unknown" not in done.stderr


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"confidence": digits("1.5")}, ".payload.confidence"),
        ({"priority": "P9"}, ".payload.priority"),
        ({"latency_ms": "soon"}, ".payload.latency_ms"),
    ],
)
def test_an_event_outside_the_documentation_is_printed_with_a_warning(
    tail: Tail, nexusglass: FakeNexusglass, wrong, path: str
):
    running = tail("-n2")
    sent = [nexusglass.push(**wrong) for _ in range(2)]

    done = running.finish()

    assert (done.returncode, done.lines) == (0, as_lines(sent))
    assert len(told(done, path)) == 1
    assert "2 invalid" in summary(done)


def test_a_frame_of_an_unknown_type_is_shown_and_named_once(tail: Tail, nexusglass: FakeNexusglass):
    running = tail("-n3")
    strange = [frame("MAINTENANCE", {"in": each}) for each in (60, 30)]
    for each in strange:
        nexusglass.push_raw(each)
    sent = nexusglass.push()

    done = running.finish()

    assert done.lines == as_lines([*strange, sent])
    assert len(told(done, "MAINTENANCE")) == 1


def test_the_same_event_twice_is_printed_once_and_counted(tail: Tail, nexusglass: FakeNexusglass):
    running = tail("-n2")
    first = nexusglass.push()
    nexusglass.push_raw(first)
    second = nexusglass.push()

    done = running.finish()

    assert done.lines == as_lines([first, second])
    assert "1 repeated" in summary(done)


def test_the_lag_is_told_from_the_time_of_detection(tail: Tail, nexusglass: FakeNexusglass):
    running = tail("-n1")
    nexusglass.push()

    assert "lag p50" in summary(running.finish())


# ---- staying alive ----


def test_a_ping_is_sent_time_and_again_and_its_answer_keeps_the_connection(
    tail: Tail, nexusglass: FakeNexusglass, tmp_path: Path
):
    running = tail(profile=shortened(bundled("nexusglass"), tmp_path, 100))

    eventually(lambda: len(nexusglass.received) >= 3)

    assert {str(each) for each in nexusglass.received} == {'{"type":"PING"}'}
    assert len(nexusglass.handshakes) == 1
    assert "PONG" not in interrupted(running).stderr


def pinged(fake: FakeNexusglass, count: int) -> None:
    """Wait until so many PINGs have come."""
    eventually(lambda: len(fake.received) == count, what=f"{count} PINGs")


def test_a_pong_may_hold_anything(tail: Tail, nexusglass: FakeNexusglass, impatient: Path):
    nexusglass.answers_pings = False
    running = tail(profile=impatient)

    for count, pong in enumerate(['{"type":"PONG"}', '{"type":"PONG","payload":[1,"a"]}'], 1):
        pinged(nexusglass, count)
        nexusglass.push_raw(pong)
    pinged(nexusglass, 3)
    assert len(nexusglass.handshakes) == 1
    interrupted(running)


def test_no_pong_means_a_new_connection_even_while_events_come(
    tail: Tail, nexusglass: FakeNexusglass, impatient: Path
):
    nexusglass.answers_pings = False
    running = tail(profile=impatient)

    def again() -> bool:
        nexusglass.push()
        return len(nexusglass.handshakes) == 2

    eventually(again)
    nexusglass.answers_pings = True
    eventually(lambda: nexusglass.clients)
    done = interrupted(running)

    (line,) = told(done, "no answer to our ping within 333 ms")
    assert "reconnecting in" in line
    assert ids(done.lines) == sorted(set(ids(done.lines)))


DELAYS = (1, 2, 4, 8, 16, 30, 30)  # seconds; each is drawn between this and half as much more


def delays(stderr: str) -> list[float]:
    """The waits that were told, in seconds."""
    found = re.findall(r"reconnecting in ([\d.]+) (ms|s)\b", stderr)
    return [float(number) / (1000 if unit == "ms" else 1) for number, unit in found]


def test_the_first_delay_is_one_second_or_a_little_more(tail: Tail, nexusglass: FakeNexusglass):
    nexusglass.refuse(500, times=9)
    running = tail.start()
    running.wait_stderr("reconnecting in")

    (delay,) = delays(interrupted(running).stderr)

    assert 0.95 <= delay <= 1.55


def test_the_delays_grow_while_handshakes_fail(
    tail: Tail, nexusglass: FakeNexusglass, tmp_path: Path
):
    factor = 100
    nexusglass.refuse(500, times=len(DELAYS))
    running = tail("-n1", profile=shortened(bundled("nexusglass"), tmp_path, factor))
    nexusglass.push()
    done = running.finish()

    assert done.returncode == 0
    for least, delay in zip(DELAYS, delays(done.stderr), strict=True):
        assert least * 0.95 <= delay * factor <= least * 1.55
    times = [handshake.at for handshake in nexusglass.handshakes]
    for (before, after), least in zip(pairwise(times), DELAYS, strict=True):
        assert after - before >= least / factor


def test_a_server_that_greets_and_hangs_up_is_given_ever_more_time(
    tail: Tail, nexusglass: FakeNexusglass, tmp_path: Path
):
    running = tail(profile=shortened(bundled("nexusglass"), tmp_path, 100))
    for count in range(1, 6):
        nexusglass.wait_connected()
        nexusglass.push()
        running.read_line()
        nexusglass.drop(1001, "bye")
        running.wait_stderr("reconnecting", times=count)

    for least, delay in zip(DELAYS, delays(interrupted(running).stderr), strict=False):
        assert delay * 100 >= least * 0.95


# ---- on a terminal ----


class Watch(Protocol):
    """Starts the command on a terminal and waits until it is let in."""

    def __call__(self, *args: str | Path, profile: str | Path = "nexusglass") -> Screen: ...


@pytest.fixture
def watch(screen: ScreenFactory, nexusglass: FakeNexusglass, tmp_path: Path) -> Watch:
    def start(*args: str | Path, profile: str | Path = "nexusglass") -> Screen:
        key = key_file(tmp_path)
        shown = screen("tail", profile, "--url", nexusglass.url, *key, *args, columns=150)
        eventually(lambda: shown.ended or nexusglass.clients, what="a connection")
        assert not shown.ended, f"it ended instead of connecting: {shown.display}"
        return shown

    return start


def test_the_table_shows_the_newest_event_first(watch: Watch, nexusglass: FakeNexusglass):
    nexusglass.push("FUNDING_EXTREME", "DOGEUSDT")
    shown = watch()
    nexusglass.push("WHALE_POSITION_SHIFT", "ETHUSDT", confidence=digits("0.81"))
    nexusglass.push("REGIME_SHIFT", "SOLUSDT", confidence=digits("0.5"))
    nexusglass.push("LIQUIDATION_CLUSTER_ARMED", "BTCUSDT", confidence=digits("0.92"))

    lines = shown.wait_for(lambda lines: sum("USDT" in line for line in lines) == 4)

    (heading,) = [line for line in lines if "priority" in line]
    assert heading.split()[:6] == ["at", "priority", "event", "symbol", "confidence", "latency"]
    rows = [line.split() for line in lines if "USDT" in line]
    assert [row[3] for row in rows] == ["BTCUSDT", "SOLUSDT", "ETHUSDT", "DOGEUSDT"]
    assert [row[1] for row in rows] == ["P0", "P2", "P1", "P2"]
    assert "92" in rows[0][4]
    assert '"cluster_price":64250.1' in " ".join(rows[0])
    assert not any("9007199254740993" in line for line in lines)
    assert shown.cell_colour("P0") == "red"
    assert shown.cell_colour("P1") == "brown"


def test_what_was_missed_is_in_the_table_and_that_it_was_is_told(
    watch: Watch, nexusglass: FakeNexusglass, hasty: Path
):
    shown = watch(profile=hasty)
    nexusglass.push("REGIME_SHIFT", "AUSDT")
    shown.wait_for("AUSDT")
    nexusglass.cut()
    nexusglass.push("REGIME_SHIFT", "BUSDT", live=False)
    nexusglass.wait_connected()
    nexusglass.push("REGIME_SHIFT", "CUSDT")

    lines = shown.wait_for(lambda lines: sum("USDT" in line for line in lines) == 3)

    assert [line.split()[3] for line in lines if "USDT" in line] == ["CUSDT", "BUSDT", "AUSDT"]
    shown.wait_for("recovered")
