"""``wscli tail pegana`` end to end, against a server written from Pegana's own documentation."""

from __future__ import annotations

import base64
import json
import re
import shlex
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.conftest import ScreenFactory
from tests.harness.environment import installed_command
from tests.harness.process import Finished, Runner, Running
from tests.harness.profiles import bundled, shortened
from tests.harness.screen import Screen
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import text_frame
from tests.providers.fake_pegana import FakePegana
from wscli.output.formats import FORMATS

FASTER = 30  # the provider's 15 s of silence become 500 ms
TS = "2026-05-26T14:32:11Z"


def update(payload: str, asset: str = "jitoSOL") -> str:
    return f'{{"op":"update","asset":"{asset}","payload":{payload}}}'


def good(ts: str = TS) -> str:
    """Two of one asset with the same ts are the same update, and printed once."""
    return update(f'{{"state":"DRIFT","discount":"-0.0034","ts":"{ts}"}}')


def invalid(ts: str = "2026-05-26T14:32:12Z") -> str:
    return update(f'{{"state":5,"discount":"-0.0034","ts":"{ts}"}}')


GOOD = good()


class Tail:
    """Starts ``wscli tail pegana`` against the fake and waits until it is connected."""

    def __init__(self, wscli: Runner, fake: FakePegana) -> None:
        self._wscli = wscli
        self._fake = fake

    def start(self, *args: str | Path, profile: str | Path = "pegana") -> Running:
        """Without waiting."""
        return self._wscli.start("tail", profile, "--url", self._fake.url, *args)

    def __call__(self, *args: str | Path, profile: str | Path = "pegana") -> Running:
        running = self.start(*args, profile=profile)
        eventually(lambda: running.ended or self._fake.connections, what="a connection")
        assert not running.ended, f"it ended instead of connecting: {running.stderr}"
        return running


@pytest.fixture
def tail(wscli: Runner, pegana: FakePegana) -> Tail:
    return Tail(wscli, pegana)


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """The profile with its waiting times made short."""
    return shortened(bundled("pegana"), tmp_path, FASTER)


def interrupted(running: Running) -> Finished:
    """The run, ended from outside as Ctrl-C does it."""
    running.signal(signal.SIGINT)
    return running.finish()


def notes_with(done: Finished, word: str) -> list[str]:
    """The lines on stderr that hold the word, but for the summary, which is the last."""
    return [line for line in done.stderr.splitlines()[:-1] if word in line]


def assert_quiet_end(done: Finished) -> None:
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


# ---- connecting ----


def test_a_url_without_a_path_keeps_the_profile_s_path_and_origin(tail: Tail, pegana: FakePegana):
    interrupted(tail())

    (handshake,) = pegana.handshakes
    assert handshake.target == "/v1/ws"
    assert handshake.headers["Origin"] == "https://pegana.xyz"


def test_an_origin_of_the_user_s_own_is_sent_instead(tail: Tail, pegana: FakePegana):
    interrupted(tail("--origin", "http://localhost:3000"))

    assert pegana.handshakes[0].headers.get_all("Origin") == ["http://localhost:3000"]


def test_a_refused_origin_names_the_remedy_and_is_not_tried_again(
    tail: Tail, pegana: FakePegana, impatient: Path
):
    done = tail.start("--origin", "https://elsewhere.example", profile=impatient).finish()

    assert done.returncode == 3
    assert "403" in done.stderr
    assert "--origin" in done.stderr
    assert done.stdout == b""
    assert len(pegana.handshakes) == 1


@pytest.mark.parametrize("retry_after", [None, "1"])
def test_too_many_connections_are_waited_out(
    wscli: Runner, impatient: Path, retry_after: str | None
):
    with FakePegana(capacity=0, retry_after=retry_after, heartbeat=0.05) as fake:
        running = Tail(wscli, fake).start("-n1", profile=impatient)
        running.wait_stderr("429")
        fake.capacity = 5
        fake.wait_connected()
        sent = fake.push("jitoSOL", "DRIFT")

        done = running.finish()
        first, second = fake.handshakes[:2]

    assert (done.returncode, done.lines) == (0, [sent])
    # the profile's 30 s, shortened, or what the provider asked for where that is longer
    assert second.at - first.at >= (1.0 if retry_after else 30 / FASTER)


def test_the_sixth_connection_of_an_address_waits_for_a_free_place(
    tail: Tail, pegana: FakePegana, impatient: Path
):
    others = [tail.start() for _ in range(5)]
    pegana.wait_connected(5)
    sixth = tail.start(profile=impatient)
    sixth.wait_stderr("429")

    interrupted(others[0])
    eventually(lambda: len(pegana.handshakes) >= 7)
    pegana.wait_connected(5)
    sent = pegana.push("jitoSOL", "DRIFT")

    assert sixth.read_line() == sent


@pytest.mark.parametrize("option", ["--cacert", "--insecure", "-k"])
def test_tls_works_with_the_authority_named_or_the_check_switched_off(
    wscli: Runner, authority: Authority, option: str
):
    trust = ["--cacert", authority.pem] if option == "--cacert" else [option]
    with FakePegana(tls=authority.server_context(), heartbeat=0.05) as fake:
        running = Tail(wscli, fake)("-n1", *trust)
        sent = fake.push("jitoSOL", "DRIFT")
        done = running.finish()

    assert (done.returncode, done.lines) == (0, [sent])


def test_an_unknown_authority_is_named_and_is_not_tried_again(
    wscli: Runner, authority: Authority, impatient: Path
):
    with FakePegana(tls=authority.server_context()) as fake:
        done = Tail(wscli, fake).start(profile=impatient).finish()
        handshakes = fake.handshakes

    assert done.returncode == 3
    assert "certificate" in done.stderr
    assert handshakes == []


# ---- what is printed ----


def test_only_the_assets_asked_for_are_printed_and_they_are_subscribed_to(
    tail: Tail, pegana: FakePegana
):
    running = tail("--asset", "jitoSOL", "--asset", "mSOL", "-n3")
    first = pegana.push("jitoSOL", "DRIFT")
    pegana.push("bSOL", "DEPEG")
    second = pegana.push("mSOL", "CRITICAL")
    pegana.push("jitosol", "DEPEG")
    third = pegana.push("jitoSOL", "PEGGED", previous_state="DRIFT")

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [first, second, third])
    assert pegana.subscriptions == [("subscribe", ["jitoSOL", "mSOL"])]


def test_without_an_asset_every_asset_is_printed_and_nothing_is_sent(
    tail: Tail, pegana: FakePegana
):
    running = tail("-n2")
    sent = [pegana.push("hyloSOL+", "DRIFT"), pegana.push("bSOL", "DEPEG")]

    assert running.finish().lines == sent
    assert pegana.received == []


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(
            f'{{ "payload" : {{"ts":"{TS}", "state" :"DRIFT"}},\t"asset":"jitoSOL", "op":"update" }}',
            id="spaces and order of keys",
        ),
        pytest.param(
            update(f'{{"state":"DRIFT","ts":"{TS}","extra":{"7" * 5000}}}'), id="5,000 digits"
        ),
        pytest.param(
            update(
                f'{{"state":"DRIFT","ts":"{TS}","n":[0.10,12345678901234567890,1e400,-0.0,1E2]}}'
            ),
            id="numbers",
        ),
        pytest.param(
            update(f'{{"state":"DR\\u0049FT","ts":"{TS}","note":"ünïcode \\ud83d \u2028"}}'),
            id="escapes, a lone surrogate, and letters beyond ASCII",
        ),
        pytest.param(
            update(f'{{"state":"DRIFT","state":"DEPEG","ts":"{TS}"}}'), id="a key given twice"
        ),
    ],
)
@pytest.mark.parametrize("options", [[], ["--asset", "jitoSOL"]])
def test_a_line_is_the_frame_s_own_bytes(
    tail: Tail, pegana: FakePegana, frame: str, options: list[str]
):
    running = tail("-n1", *options)
    sent = pegana.push_raw(frame)

    assert running.finish().stdout == sent + b"\n"


def test_a_frame_of_several_lines_becomes_one_line(tail: Tail, pegana: FakePegana):
    running = tail("-n2")
    pretty = pegana.push_raw(json.dumps(json.loads(GOOD), indent=2))
    after = pegana.push_raw(good("2026-05-26T14:32:12Z"))

    first, second = running.finish().lines

    assert json.loads(first) == json.loads(pretty)
    assert second == after


def test_an_update_that_comes_again_is_printed_once_and_counted(tail: Tail, pegana: FakePegana):
    running = tail("-n2")
    first = pegana.push_raw(GOOD)
    pegana.push_raw(GOOD)
    second = pegana.push_raw(good("2026-05-26T14:32:12Z"))

    done = running.finish()

    assert done.lines == [first, second]
    assert "1 repeated" in done.stderr.splitlines()[-1]


def test_heartbeats_are_left_out(tail: Tail, pegana: FakePegana):
    running = tail("-n1")
    eventually(lambda: pegana.heartbeats >= 3)
    sent = pegana.push("jitoSOL", "DRIFT")

    assert running.finish().lines == [sent]


def test_heartbeats_are_printed_when_all_is_asked_for(tail: Tail):
    running = tail("--all")

    assert json.loads(running.read_line())["op"] == "heartbeat"
    assert json.loads(running.read_line())["op"] == "heartbeat"


def test_a_line_is_there_at_once_and_not_only_at_the_end(tail: Tail, pegana: FakePegana):
    running = tail()

    for state in ("DRIFT", "DEPEG", "CRITICAL"):
        sent = pegana.push("jitoSOL", state)
        assert running.read_line() == sent
    assert not running.ended


def test_only_messages_for_which_the_expression_is_true_are_printed(tail: Tail, pegana: FakePegana):
    running = tail("-n1", "--where", '.payload.state == "DEPEG"')
    pegana.push("jitoSOL", "DRIFT")
    sent = pegana.push("mSOL", "DEPEG")

    assert running.finish().lines == [sent]


# ---- staying alive ----


def test_silence_leads_to_a_new_connection(tail: Tail, pegana: FakePegana, impatient: Path):
    running = tail("--asset", "jitoSOL", profile=impatient)
    before = pegana.push("jitoSOL", "DRIFT")
    assert running.read_line() == before

    pegana.silence()
    eventually(lambda: len(pegana.handshakes) == 2)
    eventually(lambda: len(pegana.subscriptions) == 2, what="the subscription, said again")
    after = pegana.push("jitoSOL", "DEPEG")

    assert running.read_line() == after
    done = interrupted(running)
    assert "silent" in done.stderr
    assert re.search(r"reconnecting in [\d.]+ ?m?s", done.stderr, re.IGNORECASE)


def delays(stderr: str) -> list[float]:
    """The waits that were told, in seconds."""
    found = re.findall(r"reconnecting in ([\d.]+) (ms|s)\b", stderr)
    return [float(number) / (1000 if unit == "ms" else 1) for number, unit in found]


def test_a_new_connection_comes_after_one_to_five_seconds(tail: Tail, pegana: FakePegana):
    running = tail()
    pegana.cut()
    running.wait_stderr("reconnecting in")

    (delay,) = delays(interrupted(running).stderr)

    assert 1 <= delay <= 5.05


def test_the_delays_double_while_nobody_answers(wscli: Runner, tmp_path: Path):
    factor = 100
    with FakePegana() as fake:
        profile = shortened(bundled("pegana"), tmp_path, factor)
        running = Tail(wscli, fake)("--max-reconnects", "6", profile=profile)
    done = running.finish()

    assert done.returncode == 3
    told = delays(done.stderr)
    spans = [(1, 5), (2, 10), (4, 20), (8, 40), (16, 60), (16, 60)]
    for delay, (least, most) in zip(told, spans, strict=True):
        assert least * 0.95 <= delay * factor <= most * 1.05


def test_heartbeats_alone_keep_a_connection(tail: Tail, pegana: FakePegana, impatient: Path):
    running = tail(profile=impatient)

    eventually(lambda: pegana.heartbeats >= 30)  # 1.5 s, three times the shortened silence

    assert len(pegana.handshakes) == 1
    assert "silent" not in interrupted(running).stderr


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_in_the_middle_of_a_frame_loses_no_earlier_message(
    tail: Tail, pegana: FakePegana, impatient: Path, *, reset: bool
):
    running = tail(profile=impatient)
    sent = [pegana.push(f"asset{n}", "DRIFT") for n in range(50)]
    pegana.cut(text_frame(GOOD)[:40], reset=reset)
    eventually(lambda: len(pegana.handshakes) == 2)
    pegana.wait_connected()
    sent.append(pegana.push("jitoSOL", "PEGGED"))

    assert [running.read_line() for _ in sent] == sent
    done = interrupted(running)
    assert done.lines == sent
    assert "partial" in done.stderr


def test_without_reconnecting_a_lost_connection_ends_the_run(tail: Tail, pegana: FakePegana):
    running = tail("--no-reconnect")
    sent = pegana.push("jitoSOL", "DRIFT")
    pegana.cut()

    done = running.finish()

    assert (done.returncode, done.lines) == (3, [sent])
    assert len(pegana.handshakes) == 1


# ---- checking ----


def test_an_invalid_message_passes_with_one_warning_for_each_reason(tail: Tail, pegana: FakePegana):
    running = tail("-n3")
    frames = (invalid(), invalid("2026-05-26T14:32:13Z"), GOOD)
    sent = [pegana.push_raw(frame) for frame in frames]

    done = running.finish()

    assert (done.returncode, done.lines) == (0, sent)
    assert len(notes_with(done, ".payload.state")) == 1
    assert "2 invalid" in done.stderr


def test_strict_ends_the_run_at_the_first_invalid_message(tail: Tail, pegana: FakePegana):
    running = tail("--validate", "strict")
    good = pegana.push_raw(GOOD)
    pegana.push_raw(invalid())

    done = running.finish()

    assert done.returncode == 1
    assert done.lines[0] == good
    assert ".payload.state" in done.stderr


def test_switched_off_checking_says_nothing(tail: Tail, pegana: FakePegana):
    running = tail("--validate", "off", "-n2")
    sent = [pegana.push_raw(frame) for frame in (invalid(), GOOD)]

    done = running.finish()

    assert (done.returncode, done.lines) == (0, sent)
    assert ".payload.state" not in done.stderr


def test_an_unknown_type_is_shown_and_named_once(tail: Tail, pegana: FakePegana):
    running = tail("-n3")
    frames = ('{"op":"mystery","n":1}', '{"op":"mystery","n":2}', GOOD)
    sent = [pegana.push_raw(frame) for frame in frames]

    done = running.finish()

    assert done.lines == sent
    assert len(notes_with(done, "mystery")) == 1


def test_the_provider_s_error_is_told_on_stderr_and_the_run_goes_on(tail: Tail, pegana: FakePegana):
    running = tail("-n1")
    pegana.push_raw('{"op":"error","msg":"malformed frame"}')
    running.wait_stderr("malformed frame")
    sent = pegana.push_raw(GOOD)

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [sent])
    assert len(pegana.handshakes) == 1


@pytest.mark.parametrize(
    ("send", "shown"),
    [
        (lambda fake: fake.push_raw("hello, no json"), "hello, no json"),
        (lambda fake: fake.push_raw('{"op":"update","asset":NaN}'), "NaN"),
        (lambda fake: fake.push_bytes(b"\x00\xff\xfe"), base64.b64encode(b"\x00\xff\xfe").decode()),
        (lambda fake: fake.push_raw("[1, 2]"), "[1, 2]"),
        (lambda fake: fake.push_raw('"alone"'), "alone"),
        (lambda fake: fake.push_raw("null"), "null"),
    ],
    ids=["text", "nan", "binary", "list", "string", "null"],
)
def test_what_is_no_message_is_shown_and_counted_and_the_run_goes_on(
    tail: Tail, pegana: FakePegana, send: Callable[[FakePegana], bytes], shown: str
):
    running = tail("-n2")
    send(pegana)
    sent = pegana.push_raw(GOOD)

    done = running.finish()

    strange, message = done.lines
    assert shown in strange.decode()
    json.loads(strange, parse_constant=pytest.fail)  # strict JSON: no NaN
    assert message == sent
    assert done.returncode == 0
    assert len(pegana.handshakes) == 1


# ---- ending ----


def test_after_so_many_messages_the_run_ends_well(tail: Tail, pegana: FakePegana):
    running = tail("-n", "2")
    sent = [pegana.push("jitoSOL", state) for state in ("DRIFT", "DEPEG", "CRITICAL")]

    done = running.finish()

    assert (done.returncode, done.lines) == (0, sent[:2])
    assert eventually(lambda: pegana.close_codes[0]) == 1000


def test_the_time_for_which_to_look_ends_the_run_well(tail: Tail, pegana: FakePegana):
    running = tail("--for", "1s")
    sent = pegana.push("jitoSOL", "DRIFT")

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [sent])


@pytest.mark.parametrize(("options", "pushed"), [(["-n5"], 1), ([], 0)])
def test_a_timeout_gives_up(tail: Tail, pegana: FakePegana, options: list[str], pushed: int):
    running = tail("--timeout", "1s", *options)
    sent = [pegana.push("jitoSOL", "DRIFT") for _ in range(pushed)]

    done = running.finish()

    assert (done.returncode, done.lines) == (124, sent)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_closes_properly_and_says_the_summary(
    tail: Tail, pegana: FakePegana, number: int, code: int
):
    running = tail()
    sent = pegana.push("jitoSOL", "DRIFT")
    assert running.read_line() == sent
    running.signal(number)

    done = running.finish()

    assert (done.returncode, done.lines) == (code, [sent])
    assert eventually(lambda: pegana.close_codes[0]) in {1000, 1001}
    assert re.search(r"\b1 message\b", done.stderr)
    assert_quiet_end(done)


def test_a_reader_that_has_seen_enough_ends_the_run_quietly(tail: Tail, pegana: FakePegana):
    running = tail()
    sent = pegana.push("jitoSOL", "DRIFT")
    assert running.read_line() == sent
    running.close_stdout()

    def ended() -> bool:
        pegana.push("jitoSOL", "DEPEG")  # as head, it is noticed with the next line
        return running.ended

    eventually(ended)
    done = running.finish()

    assert done.returncode == 141
    assert_quiet_end(done)
    assert "roken pipe" not in done.stderr
    assert eventually(lambda: pegana.close_codes[0]) is not None


def test_head_takes_one_line_and_the_command_ends_with_141(pegana: FakePegana, tmp_path: Path):
    command = shlex.join([*installed_command(), "tail", "pegana", "--url", pegana.url])
    with Runner(["bash", "-c"], tmp_path) as bash:
        running = bash.start(f"{command} | head -1; exit ${{PIPESTATUS[0]}}")
        pegana.wait_connected()
        first = pegana.push("jitoSOL", "DRIFT")

        def ended() -> bool:
            pegana.push("jitoSOL", "DEPEG")
            return running.ended

        eventually(ended)
        done = running.finish()

    assert (done.returncode, done.lines) == (141, [first])
    assert_quiet_end(done)


# ---- on a terminal ----


class Watch(Protocol):
    """Starts ``wscli tail`` on a terminal against the fake and waits until it is connected."""

    def __call__(
        self, *args: str, profile: str | Path = "pegana", columns: int = 120, rows: int = 30
    ) -> Screen: ...


@pytest.fixture
def watch(screen: ScreenFactory, pegana: FakePegana) -> Watch:
    def start(
        *args: str, profile: str | Path = "pegana", columns: int = 120, rows: int = 30
    ) -> Screen:
        shown = screen("tail", profile, "--url", pegana.url, *args, columns=columns, rows=rows)
        eventually(lambda: shown.ended or pegana.connections, what="a connection")
        assert not shown.ended, f"it ended instead of connecting: {shown.display}"
        return shown

    return start


HOSTILE = "\x1b]0;owned\x07\x1b[31m\x9b5m\x7f\u202e\u200b[/]"


@pytest.mark.parametrize("output", sorted(FORMATS))
def test_no_escape_sequence_of_a_message_reaches_the_terminal(
    watch: Watch, pegana: FakePegana, output: str
):
    shown = watch("-o", output, "--all", columns=160)

    pegana.push(HOSTILE, HOSTILE, discount=HOSTILE)
    pegana.push_raw(json.dumps({"op": "error", "msg": HOSTILE}))
    pegana.push_raw(
        json.dumps({"op": HOSTILE, HOSTILE: HOSTILE}, ensure_ascii=False).replace("\\u001b", "\x1b")
    )
    pegana.push_raw(f"no json {HOSTILE}")
    pegana.push("marker", "PEGGED")
    shown.wait_for("marker")
    shown.type("\x03")
    shown.finish()

    assert shown.title == ""
    assert b"]0;owned\x07" not in shown.raw
    assert b"\x1b]" not in shown.raw
    assert b"\x07" not in shown.raw
    for character in "\x9b\x7f\u202e\u200b":
        assert character.encode() not in shown.raw, repr(character)


def row_of(lines: list[str], asset: str) -> str:
    """The table's only line with the asset."""
    (row,) = [line for line in lines if asset in line.split()]
    return row


def test_the_table_shows_each_asset_once_with_its_newest_state(watch: Watch, pegana: FakePegana):
    shown = watch()
    pegana.push("jitoSOL", "DRIFT")
    pegana.push("mSOL", "PEGGED", previous_state="DRIFT", market_usd="221.07")
    pegana.push("jitoSOL", "DEPEG", previous_state="DRIFT", market_usd="198.40")

    lines = shown.wait_for(lambda lines: any("DEPEG" in line for line in lines))

    assert "198.40" in row_of(lines, "jitoSOL")
    assert "DEPEG" in row_of(lines, "jitoSOL")
    assert "221.07" in row_of(lines, "mSOL")
    assert "PEGGED" in row_of(lines, "mSOL")
    assert shown.cell_colour("DEPEG") == "red"
    assert shown.cell_colour("PEGGED") == "green"

    shown.type("\x03")
    assert shown.finish() == 130


def test_the_status_line_shows_connection_messages_and_the_last_heartbeat(
    watch: Watch, pegana: FakePegana
):
    shown = watch()
    eventually(lambda: pegana.heartbeats >= 2)
    for state in ("DRIFT", "DEPEG", "CRITICAL"):
        pegana.push("jitoSOL", state)

    lines = shown.wait_for("3 messages")  # heartbeats are none

    (above,) = [number for number, line in enumerate(lines) if "asset" in line.split()]
    status = " ".join(lines[:above])
    assert "connected" in status
    assert re.search(r"heartbeat \d+ ?m?s", status)


def test_the_table_says_when_the_connection_is_gone_and_when_it_is_back(
    watch: Watch, pegana: FakePegana, impatient: Path
):
    shown = watch(profile=impatient)
    pegana.push("jitoSOL", "DRIFT")
    shown.wait_for("jitoSOL")

    pegana.capacity = 0
    pegana.cut()
    shown.wait_for("reconnecting")
    pegana.capacity = 5
    pegana.wait_connected()
    pegana.push("mSOL", "DEPEG")

    lines = shown.wait_for("mSOL")
    assert row_of(lines, "jitoSOL")


def test_a_narrow_and_low_terminal_still_shows_the_newest_state(watch: Watch, pegana: FakePegana):
    shown = watch(columns=40, rows=8)
    pegana.push("jitoSOL", "DEPEG")

    lines = shown.wait_for("DEPEG")

    assert "jitoSOL" in row_of(lines, "jitoSOL")
    shown.resize(120, 30)
    shown.wait_for("212.69")


def test_a_state_that_is_not_documented_yet_is_valid(tail: Tail, pegana: FakePegana):
    running = tail("-n1", "--validate", "strict")
    sent = pegana.push("newSOL", "ELSEWHERE", previous_state="UNKNOWN")

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [sent])


def test_documented_messages_are_valid(tail: Tail, pegana: FakePegana):
    running = tail("-n1", "--validate", "strict", "--all", "--type", "update")
    payload: dict[str, Any] = {
        "state": "DRIFT",
        "previous_state": "PEGGED",
        "discount": "-0.0034",
        "intrinsic_usd": "213.42",
        "market_usd": "212.69",
        "confidence": "0.98",
        "ts": TS,
    }
    eventually(lambda: pegana.heartbeats >= 1)
    pegana.push_raw('{"op":"pong"}')
    pegana.push_raw(json.dumps({"op": "update", "asset": "jitoSOL", "payload": payload}))

    assert running.finish().returncode == 0
