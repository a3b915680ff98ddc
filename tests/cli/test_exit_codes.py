"""Every exit code, produced by the installed command in `sh -e`, as a script meets it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.serving import Busy, Shell
from tests.conftest import ScreenFactory
from tests.harness.process import Runner
from tests.harness.profiles import bundled, shortened
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.providers.fake_pear import FakePear
from tests.providers.fake_pegana import FakePegana

GOOD = '{"op":"update","asset":"jitoSOL","payload":{"state":"DRIFT","ts":"x"}}'
INVALID = '{"op":"update","asset":"jitoSOL","payload":{"state":5,"ts":"x"}}'


@pytest.fixture
def busy(pegana: FakePegana) -> Iterator[Busy]:
    busy = Busy(pegana)
    yield busy
    busy.close()


@pytest.fixture
def shell(tmp_path: Path, busy: Busy, pear: FakePear) -> Shell:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"ws://127.0.0.1:{free.getsockname()[1]}"
    return Shell(
        tmp_path,
        URL=busy.url,
        PEAR=pear.url,
        NOBODY=nobody,
        QUICK=str(shortened(bundled("pegana"), tmp_path, 30)),
    )


def script(line: str) -> str:
    """A script that stops where a command fails, and says so if it did not."""
    return f"set -e; {line}; echo reached the end"


WELL: list[str] = [
    "$W tail pegana --url $URL -n1 >/dev/null",
    "$W tail pegana --url $URL --count 2 >/dev/null",
    "$W tail pegana --url $URL -c 3 >/dev/null",
    "$W tail pegana --url $URL --for 300ms >/dev/null",
    "$W tail pegana --url $URL --until '.asset == \"mSOL\"' >/dev/null",
    "$W tail pegana --url $URL -n1 --timeout 10s >/dev/null",
    "$W tail pegana --url $URL -n1 | grep -q jitoSOL",
    "$W tail pegana --url $URL | head -1 | grep -q jitoSOL",
    "$W tail pegana --url $URL -n1 --validate strict >/dev/null && echo ok",
    "$W tail pegana --simulate -n1 >/dev/null",
    'test "$($W tail pegana --url $URL -n1 --jq .asset)" = \'"jitoSOL"\'',
    "if $W tail pegana --url $NOBODY -n1; then exit 9; fi",
    "$W --version >/dev/null",
    "$W tail --help >/dev/null",
    "$W profiles list >/dev/null",
]


@pytest.mark.parametrize("line", WELL)
def test_what_ends_as_asked_exits_with_0(shell: Shell, line: str) -> None:
    done = shell(script(line))
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("reached the end\n")


FAILS: list[tuple[int, str, str]] = [
    (2, "$W tail pegnaa", 'there is no profile "pegnaa"'),
    (2, "$W tail pegana --asett x", "no such option"),
    (2, "$W tail pegana --where '.a |'", "--where"),
    (2, "$W tail pegana --for never", "--for"),
    (2, "$W tail nexusglass", "--api-key"),
    (2, "printf 'wscli: 1\\nname: x\\n' > x.yaml; $W tail ./x.yaml", "x.yaml"),
    (3, "$W tail pegana --url $NOBODY", "refused"),
    (3, "$W tail pegana --url ws://no-such-host.invalid", "no-such-host.invalid"),
    (3, "$W tail pegana --url ${URL}/nowhere", "404"),
    (3, "$W tail pegana --url wss${URL#ws} --connect-timeout 1s", "TLS"),
    (4, "$W tail pear --url $PEAR --topic nonsense", "rejected"),
    (74, "$W tail pegana --url $URL > /dev/full", "no space is left on the device"),
    (74, "$W tail pegana --url $URL >&-", "stdout could not be written"),
    (124, "$W tail pegana --url $URL -n 99 --timeout 300ms", "did not come in time"),
    (124, "$W tail pegana --url $URL --until false --timeout 300ms", "did not come in time"),
    (124, "$W tail pegana --url $URL --where false --timeout 300ms", "no message came in time"),
    (124, "timeout 3 $W tail pegana --url $URL", "interrupted"),
]


@pytest.mark.parametrize(("code", "line", "told"), FAILS, ids=[case[1] for case in FAILS])
def test_what_fails_ends_the_script_with_its_code(
    shell: Shell, code: int, line: str, told: str
) -> None:
    done = shell(script(line))
    assert done.returncode == code, done.stderr
    assert "reached the end" not in done.stdout
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_an_invalid_message_ends_a_strict_run_with_1(shell: Shell, busy: Busy) -> None:
    busy.frame = INVALID
    done = shell(script("$W tail pegana --url $URL --validate strict"))
    assert done.returncode == 1
    assert "invalid update: .payload.state" in done.stderr
    assert done.stdout.count("\n") == 1, "the message itself is shown"


def test_a_check_that_fails_exits_with_1_or_2(shell: Shell) -> None:
    done = shell(script("printf 'wscli: 1\\nname: x\\n' > x.yaml; $W profiles check x.yaml"))
    assert done.returncode == 2
    assert "x.yaml" in done.stderr + done.stdout


def test_a_refused_login_exits_with_4(shell: Shell, pear: FakePear) -> None:
    pear.refuse_handshakes(401)
    done = shell(script("$W tail pear --url $PEAR --topic trades:kalshi:K"))
    assert done.returncode == 4
    assert "401" in done.stderr


def test_a_connection_that_is_lost_and_not_made_again_exits_with_3(
    wscli: Runner, pegana: FakePegana
) -> None:
    running = wscli.start("tail", "pegana", "--url", pegana.url, "--no-reconnect")
    pegana.wait_connected()
    line = pegana.push("jitoSOL", "DRIFT")
    assert running.read_line() == line
    pegana.cut()
    done = running.finish()
    assert done.returncode == 3
    assert "without a close frame" in done.stderr


def test_silence_that_is_not_tried_again_exits_with_3(shell: Shell, pegana: FakePegana) -> None:
    quiet = FakePegana(heartbeat=60)
    with quiet:
        done = shell(script(f"$W tail $QUICK --no-reconnect --url {quiet.url}"))
    assert done.returncode == 3
    assert "silent" in done.stderr


def test_a_normal_close_without_reconnecting_exits_with_0(wscli: Runner, pear: FakePear) -> None:
    topic = "trades:kalshi:K"
    running = wscli.start("tail", "pear", "--url", pear.url, "--topic", topic, "--no-reconnect")
    pear.wait_subscribed(topic)
    pear.drop(1000)
    assert running.finish().returncode == 0


def test_a_certificate_that_nobody_vouches_for_exits_with_3(
    wscli: Runner, authority: Authority
) -> None:
    with FakePegana(tls=authority.server_context()) as secure:
        refused = wscli.run("tail", "pegana", "--url", secure.url, "-n1")
        assert refused.returncode == 3
        assert "certificate" in refused.stderr
        running = wscli.start(
            "tail", "pegana", "--url", secure.url, "-n1", "--cacert", authority.pem
        )
        secure.wait_connected()
        secure.push("jitoSOL", "DRIFT")
        assert running.finish().returncode == 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_closes_properly_and_exits_with_its_own_code(
    wscli: Runner, pegana: FakePegana, number: int, code: int
) -> None:
    running = wscli.start("tail", "pegana", "--url", pegana.url)
    pegana.wait_connected()
    line = pegana.push("jitoSOL", "DRIFT")
    running.read_line()
    running.signal(number)
    done = running.finish()
    assert done.returncode == code
    assert done.lines == [line]
    assert pegana.close_codes == [1000]
    assert done.stderr.splitlines()[-1].endswith("interrupted")


@pytest.mark.parametrize("output", ["table", "log"])
def test_a_window_that_is_closed_ends_the_run_with_129(
    screen: ScreenFactory, pegana: FakePegana, output: str
) -> None:
    shown = screen("tail", "pegana", "--url", pegana.url, "-o", output)
    pegana.wait_connected()
    pegana.push("jitoSOL", "DRIFT")
    shown.wait_for("jitoSOL")
    assert shown.hang_up() == 129
    eventually(lambda: pegana.close_codes == [1000])


def test_a_second_interrupt_leaves_at_once(wscli: Runner, pegana: FakePegana) -> None:
    running = wscli.start("tail", "pegana", "--url", pegana.url)
    pegana.wait_connected()
    pegana.push("jitoSOL", "DRIFT")
    running.read_line()
    running.pause_stdout()
    running.signal(signal.SIGINT)
    running.signal(signal.SIGINT)
    assert running.finish().returncode == 130


def test_head_lets_the_script_go_on_and_the_command_end_quietly(shell: Shell) -> None:
    done = shell(script("{ $W tail pegana --url $URL || echo code $? >&2; } | head -1"))
    assert done.returncode == 0
    assert done.stdout.splitlines() == [GOOD, "reached the end"]
    told = done.stderr.splitlines()
    assert told[-1] == "code 141"
    assert "Traceback" not in done.stderr


def test_a_run_that_timeout_ends_has_closed_its_connection(
    shell: Shell, pegana: FakePegana
) -> None:
    done = shell("timeout 3 $W tail pegana --url $URL; echo $?")
    assert done.stdout.splitlines()[-1] == "124", "as timeout says"
    assert pegana.close_codes == [1000]
