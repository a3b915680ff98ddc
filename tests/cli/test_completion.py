"""The shell's completion: what it offers, in the words of each shell, quickly and in silence."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.harness.environment import installed_command
from tests.harness.process import Runner
from tests.harness.screen import Screen
from wscli.cli.common_options import COMMON
from wscli.cli.completion import complete, join_words
from wscli.loader.find import available

PROFILES = sorted(available({}))
BASH = shutil.which("bash")


def in_bash(line: str) -> dict[str, str]:
    """Give what bash says of a line whose last word is being typed."""
    words = line.split(" ")
    return {
        "_WSCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": "\n".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }


def offered(wscli: Runner, line: str, **more: str) -> list[str]:
    done = wscli.run(env={**in_bash(line), **more})
    assert done.stderr == ""
    return done.stdout.decode().split()


Ask = Callable[[str], list[str]]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Ask:
    """Asks within this process, which is ten times as quick."""

    def ask(line: str) -> list[str]:
        for name, value in in_bash(line).items():
            monkeypatch.setenv(name, value)
        assert complete(os.environ) == 0
        return capfd.readouterr().out.split()

    return ask


def test_the_installed_command_answers_as_well(wscli: Runner) -> None:
    assert offered(wscli, "wscli tail kraken + pegana --type u") == ["update"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("wscli ta", ["tail"]),
        ("wscli lo", ["login", "logout"]),
        ("wscli tail ", PROFILES),
        ("wscli connect ", PROFILES),
        ("wscli simulate ", PROFILES),
        ("wscli streams ", PROFILES),
        ("wscli login p", ["pear", "pegana"]),
        ("wscli logout p", ["pear", "pegana"]),
        ("wscli profiles show p", ["pear", "pegana"]),
        ("wscli profiles explain p", ["pear", "pegana"]),
        ("wscli profiles check p", ["pear", "pegana"]),
        ("wscli profiles s", ["show"]),
        ("wscli tail pegana --as", ["--asset"]),
        ("wscli tail pegana --asset ", ["jitoSOL", "mSOL", "hyloSOL+"]),
        ("wscli tail pegana --asset=m", ["mSOL"]),
        ("wscli tail nexgent --token", ["--token", "--token-file", "--token-cmd"]),
        ("wscli login nexgent --to", ["--token"]),
        ("wscli tail deribit --env ", ["production", "test"]),
        ("wscli tail pegana --color a", ["auto", "always"]),
        ("wscli tail pegana --validate s", ["strict"]),
        ("wscli tail pegana -o n", ["ndjson"]),
        ("wscli streams pegana --output ", ["table", "ndjson"]),
        ("wscli tail pegana --type ", ["update", "heartbeat", "pong", "error"]),
        ("wscli tail pegana --type error --type u", ["update"]),
        ("wscli tail kraken --table ", ["tickers", "trades", "book"]),
        ("wscli tail kraken --table book --sort ", ["at", "symbol", "kind", "bids", "asks"]),
        ("wscli tail kraken --sort v", ["volume"]),
        ("wscli tail kraken --symbol BTC/USD + pegana --as", ["--asset"]),
        ("wscli tail kraken + pegana --type u", ["update"]),
        ("wscli help e", ["exit-codes", "expressions"]),
        ("wscli help lo", ["login", "logout"]),
        ("wscli help tail p", ["pear", "pegana"]),
        ("wscli help profiles c", ["check"]),
        ("wscli help exit-codes ", []),
        ("wscli help help x", []),
    ],
)
def test_what_can_stand_there_is_offered(here: Ask, line: str, words: list[str]) -> None:
    assert here(line) == words


@pytest.mark.parametrize(
    "line",
    [
        "wscli tail ./",
        "wscli tail ~/",
        "wscli tail pegana --cacert ",
        "wscli tail pegana --cacert /etc/",
        "wscli tail nexgent --token-file ",
        "wscli profiles check ./",
    ],
)
def test_where_a_path_stands_the_shell_offers_its_files(wscli: Runner, line: str) -> None:
    assert offered(wscli, line) == []
    fish = {
        "_WSCLI_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "is-args",
    }
    assert wscli.run(env=fish).returncode == 1
    zsh = {"_WSCLI_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line}
    assert wscli.run(env=zsh).stdout == b"_files\n"


def test_every_option_of_tail_is_offered(wscli: Runner) -> None:
    words = offered(wscli, "wscli tail pegana --")
    assert {flag for each in COMMON for flag in each.flags if flag.startswith("--")} < {*words}


def test_a_profile_of_the_users_own_is_offered(wscli: Runner) -> None:
    (wscli.folder / "mine.yaml").write_text("wscli: 1\nname: mine\nextends: pegana\n")
    place = {"WSCLI_PROFILES": str(wscli.folder)}
    assert offered(wscli, "wscli tail m", **place) == ["mine"]
    assert offered(wscli, "wscli tail mine --as", **place) == ["--asset"]
    assert offered(wscli, "wscli tail ./mine.yaml --type u") == ["update"]


def test_a_type_that_would_need_quotes_is_not_offered(wscli: Runner) -> None:
    words = offered(wscli, "wscli tail shuriken --type ")
    assert words[0] == "svm.token.swaps"
    assert "pusher:error" in words
    assert "code" not in words


# --- bash takes words apart -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("apart", "index", "together", "front"),
    [
        ("wscli tail pegana", 2, "wscli tail pegana", ""),
        (
            "wscli tail pear --topic prices : po",
            6,
            "wscli tail pear --topic prices:po",
            "prices:",
        ),
        (
            "wscli tail pear --topic prices :",
            5,
            "wscli tail pear --topic prices:",
            "prices:",
        ),
        ("wscli tail a : b : c d", 6, "wscli tail a:b:c", "a:b:"),
        ("wscli tail pear --env = lo", 5, "wscli tail pear --env=lo", "--env="),
        ("wscli tail wss : //x --ty", 5, "wscli tail wss://x --ty", ""),
        ("wscli tail pear --topic a :: b", 6, "wscli tail pear --topic a::b", "a::"),
        ("wscli : x", 2, "wscli :x", ":"),
        ("wscli tail", 5, "wscli tail", ""),
        ("wscli tail", -1, "wscli tail", ""),
    ],
)
def test_words_are_put_together_again(apart: str, index: int, together: str, front: str) -> None:
    environment = {"COMP_WORDS": apart.replace(" ", "\n"), "COMP_CWORD": str(index)}
    assert join_words(environment) == front
    assert environment["COMP_WORDS"].replace("\n", " ") == together
    assert environment["COMP_CWORD"] == str(index if apart == together else together.count(" "))


def test_words_with_spaces_between_are_taken_too() -> None:
    environment = {"COMP_WORDS": "wscli tail a : b", "COMP_CWORD": "4"}
    assert join_words(environment) == "a:"
    assert join_words({}) == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("wscli tail pear --topic prices : p", ["polymarket:0xabc"]),
        ("wscli tail pear --topic prices :", ["polymarket:0xabc"]),
        ("wscli tail shuriken --type pusher : po", ["pong"]),
        ("wscli tail pegana --color = al", ["always"]),
        ("wscli tail pegana --color =", ["auto", "always", "never"]),
    ],
)
def test_only_what_bash_lacks_is_answered(here: Ask, line: str, words: list[str]) -> None:
    assert here(line) == words


# --- the other shells -----------------------------------------------------------------------------


def test_zsh_and_fish_are_told_titles_too(wscli: Runner) -> None:
    line = {"_TYPER_COMPLETE_ARGS": "wscli tail peg"}
    zsh = wscli.run(env={**line, "_WSCLI_COMPLETE": "complete_zsh"})
    assert b"""_arguments '*: :(("pegana":"Pegana, peg state""" in zsh.stdout
    fish = {**line, "_WSCLI_COMPLETE": "complete_fish"}
    told = wscli.run(env={**fish, "_TYPER_COMPLETE_FISH_ACTION": "get-args"})
    assert told.stdout.startswith(b"pegana\tPegana, peg state")
    assert wscli.run(env={**fish, "_TYPER_COMPLETE_FISH_ACTION": "is-args"}).returncode == 0


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_types_are_offered_in_every_shell(wscli: Runner, shell: str) -> None:
    env = {
        "_WSCLI_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "wscli tail pegana --type u",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    assert b"update" in wscli.run(env=env).stdout


# --- silence --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "wscli tail nosuch --type ",
        "wscli tail broken --type ",
        "wscli tail ./nowhere.yaml --as",
        "wscli tail ws://[::1 --type ",
        "wscli tail ws://127.0.0.1 --type ",
        "wscli tail ws://127.0.0.1 --table ",
        "wscli tail ws://127.0.0.1 --sort ",
        "wscli tail pegana --nonsense x --asset",
        "wscli tail + --as",
        "wscli \x00",
    ],
)
def test_what_is_wrong_is_no_noise(wscli: Runner, line: str) -> None:
    (wscli.folder / "broken.yaml").write_text("[")
    words = offered(wscli, line.replace("\x00", "\x01"), WSCLI_PROFILES=str(wscli.folder))
    assert set(words) <= {"--asset", "--help"}


@pytest.mark.parametrize(
    "odd",
    [
        {"HOME": "/nowhere", "XDG_CONFIG_HOME": ""},
        {"WSCLI_PROFILES": "/nowhere:/proc/1/root"},
        {"COMP_CWORD": "many"},
        {"COMP_CWORD": ""},
        {"COMP_CWORD": "99"},
        {"_WSCLI_COMPLETE": "complete_tcsh"},
        {"_WSCLI_COMPLETE": "nonsense"},
        {"_WSCLI_COMPLETE": ""},
        {"PYTHONIOENCODING": "ascii"},
    ],
    ids=str,
)
def test_an_odd_environment_is_no_noise(wscli: Runner, odd: Mapping[str, str]) -> None:
    done = wscli.run(env={**in_bash("wscli tail peg"), **odd})
    assert done.stderr == ""


def test_a_reader_that_went_away_is_no_noise(wscli: Runner) -> None:
    running = wscli.start(env=in_bash("wscli tail "))
    running.close_stdout()
    assert running.finish().stderr == ""


def test_completion_imports_neither_the_runtime_nor_rich(wscli: Runner) -> None:
    code = (
        "import sys\n"
        "from wscli.cli.main import run\n"
        "run([])\n"
        "heavy = ('rich', 'websocket', 'websockets', 'jq', 'jsonschema', 'prompt_toolkit',"
        " 'wscli.runtime.worker', 'wscli.session.session', 'wscli.cli.tail', 'wscli.simulator')\n"
        "sys.stdout.write(repr([name for name in heavy if name in sys.modules]))\n"
    )
    runner = Runner([sys.executable, "-c", code], wscli.folder)
    for line, answer in (("wscli ta", "tail"), ("wscli tail pegana --typ", "--type")):
        assert runner.run(env=in_bash(line)).stdout.decode() == f"{answer}\n[]"


# --- in a real shell ------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_shown(wscli: Runner, shell: str) -> None:
    done = wscli.run(env={"_WSCLI_COMPLETE": f"source_{shell}"})
    assert f"_WSCLI_COMPLETE=complete_{shell}" in done.stdout.decode()


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_bash_completes_what_is_typed(tmp_path: Path) -> None:
    folder = Path(installed_command()[0]).parent
    setup = tmp_path / "rc"
    setup.write_text(
        'PS1="ready> "\nbind "set bell-style none"\neval "$(_WSCLI_COMPLETE=source_bash wscli)"\n'
    )
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    with Screen(
        [str(BASH), "--noprofile", "--rcfile", str(setup), "-i"], tmp_path, env=path
    ) as shell:
        shell.wait_for("ready>")
        shell.type("wscli tail pegana --ty\tup\t")
        shell.wait_for("wscli tail pegana --type up")
        shell.type("\x15wscli ta\tpeg\t--type up\t")
        shell.wait_for("wscli tail pegana --type update")
        shell.type("\x15wscli tail pear --topic prices:po\t-n")
        shell.wait_for("wscli tail pear --topic prices:polymarket:0xabc -n")


def test_completion_is_installed_where_bash_looks_for_it(wscli: Runner) -> None:
    shell = Runner(
        ["bash", "-c", f'"{installed_command()[0]}" --install-completion; exit $?'], wscli.folder
    )
    done = shell.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert b"bash completion installed in" in done.stdout
    assert "wscli" in (wscli.folder / ".bashrc").read_text()
    shown = Runner(
        ["bash", "-c", f'"{installed_command()[0]}" --show-completion; exit $?'], wscli.folder
    )
    assert b"complete -o default -F _wscli_completion wscli" in shown.run().stdout
