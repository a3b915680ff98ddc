"""Help that teaches: pages about topics, and examples that work below the help of each command."""

from __future__ import annotations

import json
import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.conftest import ScreenFactory
from tests.harness.process import Finished, Runner
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from wscli import errors
from wscli.cli.app import app
from wscli.cli.exit_codes import EXIT_CODES
from wscli.cli.main import run
from wscli.cli.page import Code, Heading
from wscli.cli.profile_examples import tail_examples
from wscli.cli.topics import TOPICS, examples, topic
from wscli.jq.engine import compile_program
from wscli.loader.find import available
from wscli.loader.load import load_profile

TOP = Path(__file__).parents[2]
PROFILES = sorted(available({}))
MAN_PAGE = (TOP / "docs" / "wscli.1").read_text("ascii")


def every_command(command: Any = None, path: str = "wscli") -> Iterator[tuple[str, Any]]:
    """Give each command with its path; of profiles, which are as many as there are, none."""
    command = command or typer.main.get_command(app)
    yield path, command
    context = typer.Context(command)
    if "PROFILE" not in getattr(command, "subcommand_metavar", "PROFILE"):
        for name in command.list_commands(context):
            yield from every_command(command.get_command(context, name), f"{path} {name}")


COMMANDS = dict(every_command())


def shown(text: str) -> str:
    return " ".join(text.split())


# --- topics ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_a_page_of_plain_text(wscli: Runner, name: str) -> None:
    done = wscli.run("help", name)
    assert (done.returncode, done.stderr) == (0, "")
    text = done.stdout.decode("ascii")
    assert text.startswith(name.replace("-", " ").upper() + "\n")
    prose = [line for line in text.splitlines() if not line.startswith("    ")]
    assert max(map(len, prose)) <= 80
    assert "<!--" not in text


def test_help_alone_names_every_topic_and_command(wscli: Runner) -> None:
    done = wscli.run("help")
    lines = done.stdout.decode().splitlines()
    direct = [path.split()[1] for path in COMMANDS if path.count(" ") == 1]
    assert [line.strip() for line in lines if line.startswith("  ") and line[2] != " "] == [
        *TOPICS,
        *direct,
    ]


@pytest.mark.parametrize("words", [["tail"], ["tail", "pegana"], ["profiles", "check"], ["help"]])
def test_help_of_a_command_is_what_its_own_help_says(wscli: Runner, words: list[str]) -> None:
    done = wscli.run("help", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == wscli.run(*words, "--help").stdout


def test_headings_are_bold_on_a_terminal_and_text_is_as_wide_as_it(screen: ScreenFactory) -> None:
    terminal = screen("help", "exit-codes", columns=40, rows=60)
    terminal.wait_for("summary; a second one")
    assert b"\x1b[1mEXIT CODES\x1b[0m" in terminal.raw
    assert b"\x1b[1m--timeout\x1b[0m ran out" in terminal.raw


def test_the_page_about_exit_codes_has_every_code(wscli: Runner) -> None:
    text = shown(wscli.run("help", "exit-codes").stdout.decode())
    for each in EXIT_CODES:
        assert f"{', '.join(map(str, each.codes))} {each.text}" in text


def test_every_error_ends_with_a_code_that_the_table_has() -> None:
    known = {code for each in EXIT_CODES for code in each.codes}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    used = {kind.exit_code for kind in kinds if hasattr(kind, "exit_code")}
    assert used <= known
    assert {1, 2, 74, 141} <= used


def test_the_readme_has_the_same_table() -> None:
    readme = (TOP / "README.md").read_text()
    rows = re.findall(r"^\| ([0-9][0-9, ]*) \| (.*) \|$", readme, re.MULTILINE)
    assert rows == [
        (", ".join(map(str, each.codes)), each.text.replace("|", r"\|")) for each in EXIT_CODES
    ]


def code_of(name: str) -> Iterator[tuple[str, str]]:
    """Give the lines of code of a page with the heading that they stand under."""
    heading = ""
    for block in topic(name):
        if isinstance(block, Heading):
            heading = block.text
        elif isinstance(block, Code):
            for line in "\n".join(block.lines).replace("\\\n", "").splitlines():
                yield heading, line


EXPRESSIONS = [
    re.split(r"  +", line)[0]
    for heading, line in code_of("expressions")
    if heading in ("Pointing", "Conditions")
]


@pytest.mark.parametrize("source", EXPRESSIONS)
def test_every_expression_of_the_page_is_one(source: str) -> None:
    message = "".join(line for heading, line in code_of("expressions") if heading == "Expressions")
    run = compile_program(source).run(json.loads(message), message.encode())
    assert run.error == ""
    assert run.lines


def test_the_mistake_on_the_page_is_told_as_it_is_there(wscli: Runner) -> None:
    told = [line for heading, line in code_of("expressions") if heading == "When it is wrong"]
    done = wscli.run("tail", "pegana", "--where", told[1].strip())
    assert done.stderr.splitlines() == told


def test_the_profile_on_the_page_has_no_mistakes_and_plays(wscli: Runner) -> None:
    lines = [line for heading, line in code_of("profiles") if heading == "Write one"]
    end = lines.index("wscli: 1", 1)
    (wscli.folder / "demo.yaml").write_text("\n".join(lines[:end]))
    (wscli.folder / "impatient.yaml").write_text("\n".join(lines[end:]))
    there = {"WSCLI_PROFILES": str(wscli.folder)}
    done = wscli.run("profiles", "check", "demo.yaml", "impatient.yaml", env=there)
    assert (done.returncode, done.stderr) == (0, "")
    played = wscli.run("tail", "./demo.yaml", "--simulate", "--symbol", "ABC", "-n2")
    assert (played.returncode, len(played.lines)) == (0, 2)


SHELL_LINES = sorted(
    {
        re.split(r" {3,}", line.strip())[0]
        for name in TOPICS
        for _, line in code_of(name)
        if line.strip().startswith("wscli ")
    }
)


@pytest.mark.parametrize("line", SHELL_LINES)
def test_every_command_of_a_page_is_one(line: str, capfd: pytest.CaptureFixture[str]) -> None:
    check_words(line)
    assert capfd.readouterr().err == ""


def check_words(line: str) -> None:
    """See whether the options of a command exist: ask for its help behind them."""
    words = shlex.split(line, comments=True)
    words = words[words.index("wscli") + 1 :]
    ends = [at for at, word in enumerate(words) if word in ("<", ">", "|", "&&", "2>")]
    words = words[: min(ends, default=len(words))]
    words = ["pegana" if word in ("demo.yaml", "PROFILE") else word for word in words]
    words = ["home-assistant" if word == "NAME" else word for word in words]  # with a token
    if words[0] == "help":
        assert run(words) == 0
    else:
        assert run([*words, "--help"]) == 0


# --- examples -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", COMMANDS)
def test_the_help_of_every_command_ends_with_two_or_three_examples(
    path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*path.split()[1:], "--help"]) == 0
    told = capfd.readouterr().out
    assert 2 <= len(examples()[path]) <= 3
    last = told[told.index("\n Examples\n") :]
    for each in examples()[path]:
        assert f"\n   {each.command}\n" in last
        assert each.says in last


def test_every_example_belongs_to_a_command() -> None:
    assert set(examples()) == set(COMMANDS)


@pytest.mark.parametrize("line", [each.command for found in examples().values() for each in found])
def test_every_example_is_a_command_with_options_that_exist(
    line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    check_words(line)
    assert capfd.readouterr().err == ""


def played(wscli: Runner, command: str) -> Finished:
    """Run an example of following a stream, played on this machine, until something came."""
    words = shlex.split(command)[1:]
    words += [] if "--simulate" in words else ["--simulate"]
    words = ["-n1" if word == "-n5" else word for word in words]
    words += [] if "-n1" in words else ["-n1"]
    return wscli.run(*words, "--for", "3s" if "--where" not in words else "500ms")


@pytest.mark.parametrize("name", PROFILES)
def test_the_examples_of_a_profile_work(wscli: Runner, name: str) -> None:
    found = [each.command for each in tail_examples(load_profile(name, {}))]
    assert 2 <= len(found) <= 3
    text = wscli.run("tail", name, "--help").stdout.decode()
    for command in found:
        assert f"\n   {command}\n" in text
        if command.startswith("wscli tail"):
            done = played(wscli, command)
            assert done.returncode == 0, done.stderr
            assert done.lines or "--where" in command
        else:
            assert command == f"wscli login {name}"


def test_the_examples_of_a_profile_have_its_own_options(wscli: Runner) -> None:
    text = wscli.run("tail", "pegana", "--help").stdout.decode()
    assert "wscli tail pegana --asset jitoSOL --simulate\n" in text
    assert """-n1 --where '.payload.state == "DRIFT"' --timeout 10m\n""" in text


def test_examples_are_no_way_to_the_terminal(wscli: Runner, tmp_path: Path) -> None:
    profile = tmp_path / "x.yaml"
    profile.write_text(
        'wscli: 1\nname: x\nextends: pegana\noptions: {asset: {type: list, examples: ["\\e[31m[red]"]}}\n'
    )
    text = wscli.run("tail", "./x.yaml", "--help").stdout.decode()
    assert r"wscli tail x.yaml --asset '\x1b[31m[red]' --simulate" in text.replace("./x", "x")
    assert "\x1b" not in text


# --- hints ----------------------------------------------------------------------------------------


def feed(connection: Connection) -> None:
    connection.accept()
    for number in range(150):
        connection.send_text(f'{{"n": {number}, "payload": {{"state": "UP"}}}}')


def feed_and_stay(connection: Connection) -> None:
    feed(connection)
    connection.wait_closed()


def feed_and_go(connection: Connection) -> None:
    feed(connection)
    connection.close()


@pytest.mark.parametrize("option", ["--where", "--until"])
def test_a_misspelt_field_is_told_once_with_the_nearest(wscli: Runner, option: str) -> None:
    hint = f"{option}: no message had .payload.sate in 100 messages; did you mean .payload.state?"
    with WsServer(feed_and_stay) as server:
        running = wscli.start("tail", server.url, option, '.payload.sate == "DOWN"')
        running.wait_stderr(hint)
        running.signal(signal.SIGINT)
        assert running.finish().stderr.count(hint) == 1


def test_a_field_that_comes_and_is_not_what_was_asked_for_is_no_mistake(wscli: Runner) -> None:
    condition = '.payload.state == "DOWN"'
    with WsServer(feed_and_go) as server:
        done = wscli.run("tail", server.url, "--where", condition, "--no-reconnect")
    assert "no message had" not in done.stderr
    assert "150 messages (0 shown)" in done.stderr


# --- the man page ---------------------------------------------------------------------------------


def test_the_man_page_is_the_one_that_the_texts_give() -> None:
    made: dict[str, Any] = {"__name__": "made", "__file__": str(TOP / "docs" / "wscli.1")}
    source = (TOP / "docs" / "make_man_page.py").read_text()
    exec(compile(source, "make_man_page.py", "exec"), made)
    assert made["page"]() == MAN_PAGE, "run docs/make_man_page.py"


def test_the_man_page_has_every_command_option_and_code() -> None:
    plain = MAN_PAGE.replace("\\-", "-")
    for path in COMMANDS:
        if path not in ("wscli", "wscli profiles"):
            assert f"\n.SS {path}" in plain
    for panel in COMMANDS["wscli tail"].common:
        for flag in panel.annotation.__metadata__[0].param_decls:
            assert f"\\fB{flag}\\fR" in plain
    for each in EXIT_CODES:
        assert f"\n\\fB{', '.join(map(str, each.codes))}\\fR\n" in plain


def test_the_man_page_is_plain_roff() -> None:
    assert MAN_PAGE.startswith('.\\" ')
    known = ("TH", "SH", "SS", "PP", "TP", "IP", "RS", "RE", "nf", "fi", "br", "nh", "ad", '\\"')
    for line in MAN_PAGE.splitlines():
        assert not line.startswith("'")
        assert not line.startswith(".") or line[1:].split()[0] in known, line
        assert len(re.findall(r"\\f[BI]", line)) == line.count(r"\fR")
        rest = re.sub(r"\\(?:[e&-]|f[BIR]|\(bu|\[u[0-9A-F]{4,5}\])", "", line).removeprefix('.\\"')
        assert "\\" not in rest, line
