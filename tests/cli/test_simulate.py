"""The simulator as users meet it: inside `tail --simulate`, and as a command of its own."""

from __future__ import annotations

import json
import shlex
import signal
import socket

import pytest

from tests.conftest import ScreenFactory
from tests.harness.process import Runner
from wscli.cli.main import run


def test_tail_simulate_needs_no_network_and_shows_valid_messages(wscli: Runner) -> None:
    done = wscli.run("tail", "pegana", "--simulate", "-n3", "--validate", "strict")
    assert done.returncode == 0
    assert [json.loads(line)["op"] for line in done.lines] == ["update"] * 3
    assert "connected to ws://127.0.0.1:" in done.stderr


def test_the_assets_asked_for_are_played(wscli: Runner) -> None:
    done = wscli.run("tail", "pegana", "--simulate", "--asset", "mineSOL", "-n1")
    assert json.loads(done.stdout)["asset"] == "mineSOL"


def test_simulate_prints_the_command_that_follows_it(wscli: Runner) -> None:
    with wscli.start("simulate", "pegana", "--asset", "mineSOL") as provider:
        line = provider.read_line()
        assert b"pegana plays at ws://127.0.0.1:" in line
        assert b"/v1/ws until Ctrl-C" in line, "the whole URL, for clients of other kinds"
        program, *arguments = shlex.split(provider.read_line().decode())
        assert program == "wscli"
        assert arguments[2:4] == ["--asset", "mineSOL"]
        done = wscli.run(*arguments, "-n2")
        assert done.returncode == 0
        assert len(done.lines) == 2
        provider.signal(signal.SIGINT)
        assert provider.finish().returncode == 130


def test_a_port_that_is_taken_is_told(wscli: Runner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = wscli.run("simulate", "pegana", "--port", str(port))
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


def test_the_table_lives_on_a_terminal_and_stays_when_it_ends(screen: ScreenFactory) -> None:
    shown = screen("tail", "pegana", "--simulate", columns=100, rows=24)
    shown.wait_for(lambda lines: sum("SOL" in line for line in lines) >= 2)
    shown.type("\x03")
    assert shown.finish() == 130
    lines = [line.rstrip() for line in shown.display]
    assert any(line.startswith("asset") and "discount" in line for line in lines)
    assert any("wscli: pegana:" in line and "interrupted" in line for line in lines)


@pytest.mark.parametrize(
    "arguments", [["simulate", "wss://x.test"], ["tail", "wss://x.test", "--simulate"]]
)
def test_a_bare_url_cannot_be_played(
    capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(arguments) == 2
    assert "a bare URL cannot be simulated" in capfd.readouterr().err
