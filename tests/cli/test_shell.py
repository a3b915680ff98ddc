"""In a shell: pipes, exit codes, closed and full outputs, as scripts meet them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.serving import Busy, Shell
from tests.providers.fake_pegana import FakePegana


@pytest.fixture
def shell(tmp_path: Path, busy: Busy) -> Shell:
    return Shell(tmp_path, URL=busy.url)


@pytest.fixture
def busy(pegana: FakePegana) -> Iterator[Busy]:
    busy = Busy(pegana)
    yield busy
    busy.close()


def test_one_message_and_on(shell: Shell) -> None:
    done = shell("set -e; $W tail pegana --url $URL -n1 >/dev/null && echo ok")
    assert (done.returncode, done.stdout) == (0, "ok\n")


def test_head_ends_the_run_quietly(shell: Shell) -> None:
    done = shell("{ $W tail pegana --url $URL; echo $? >&2; } | head -1")
    assert done.stdout.count("\n") == 1
    assert done.stderr.splitlines()[-1] == "141"
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2, "connected, and the exit code"


def test_a_full_disk_is_told_in_one_line(shell: Shell) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = shell("$W tail pegana --url $URL > /dev/full")
    assert done.returncode == 74
    assert "stdout could not be written: no space is left on the device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stdout_that_is_closed_is_told_in_one_line(shell: Shell) -> None:
    done = shell("$W tail pegana --url $URL >&-")
    assert done.returncode == 74
    assert "stdout could not be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_stderr_loses_no_message(shell: Shell) -> None:
    done = shell("$W tail pegana --url $URL -n2 2>&-")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 2


def test_other_locales_change_no_byte(shell: Shell, busy: Busy) -> None:
    busy.frame = '{"op":"update","asset":"é€😀","payload":{"state":"X","ts":"x"}}'
    done = shell("LC_ALL=C LANG=C $W tail pegana --url $URL -n1")
    assert done.returncode == 0
    assert done.stdout == f"{busy.frame}\n"


def test_quiet_says_nothing_when_all_is_well(shell: Shell) -> None:
    done = shell("$W tail pegana --url $URL -n1 -q")
    assert done.returncode == 0
    assert done.stderr == ""


def test_verbose_shows_what_is_sent(shell: Shell) -> None:
    done = shell("$W tail pegana --url $URL -n1 -v --asset jitoSOL")
    assert '> {"op":"subscribe","assets":["jitoSOL"]}' in done.stderr


def test_help_into_head_is_no_error(shell: Shell) -> None:
    done = shell("$W profiles list | head -1; $W profiles show pegana | head -1")
    assert "Traceback" not in done.stderr
    assert done.stdout.count("\n") == 2


def test_python_m_is_the_same_command(shell: Shell) -> None:
    done = shell('"$(dirname "$W")/python" -m wscli --version')
    assert done.stdout == "wscli 0.1.0\n"


def completed(shell: Shell, shell_name: str, words: str) -> str:
    last = len(words.split(" ")) - 1
    return shell(
        f'_WSCLI_COMPLETE=complete_{shell_name} _TYPER_COMPLETE_ARGS="{words}"'
        f' _TYPER_COMPLETE_FISH_ACTION=get-args COMP_WORDS="{words}" COMP_CWORD={last} $W'
    ).stdout


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_every_shell_completes_profiles(shell: Shell, shell_name: str) -> None:
    assert "pegana" in completed(shell, shell_name, "wscli tail pe")


def test_the_shell_completes_options_and_their_values(shell: Shell) -> None:
    assert "--asset" in completed(shell, "bash", "wscli tail pegana --as")
    assert "jitoSOL" in completed(shell, "bash", "wscli tail pegana --asset ji")
    assert "ndjson" in completed(shell, "bash", "wscli tail pegana -o nd")
    assert "nobody" not in completed(shell, "bash", "wscli tail nobody --as"), "no place for errors"


@pytest.mark.parametrize("words", ["--version", "--help", "tail pegana --help"])
def test_help_that_cannot_be_written_is_told_in_one_line(shell: Shell, words: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = shell(f"$W {words} > /dev/full")
    assert done.returncode == 74
    assert "stdout could not be written" in done.stderr
    assert "Traceback" not in done.stderr
