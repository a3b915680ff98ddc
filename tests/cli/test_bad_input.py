"""What users, providers, terminals and shells get wrong: each has a defined outcome, and none ends
in a traceback.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.cli.serving import Shell
from tests.harness.environment import clean_environment, installed_command
from tests.harness.process import Runner
from tests.harness.screen import Screen
from tests.harness.waiting import eventually
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from wscli.cli.main import run
from wscli.output.escape import printable

PROFILE = """\
wscli: 1
name: demo
connect: {url: "ws://127.0.0.1/feed"}
discriminator: .type
messages:
  trade:
    role: data
    time: .at
    schema: {type: object, properties: {price: {type: number}}}
    rows: {table: trades, set: {id: .id, price: .price, note: .note}}
    examples: [{type: trade, id: 1, price: 1.5}]
  end: {role: data, examples: [{type: end}]}
tables:
  trades: {key: id, columns: {price: {format: price}, note: {}}}
"""

# What a field may hold, as JSON text; the last ones are no JSON.
FIELDS = {
    "newlines": r'"a\nb\r\nc\td\u0000"',
    "wide": '"日本語日本語"',
    "joined": '"👨\u200d👩\u200d👧 🏴\U000e0067\U000e007f ❤\ufe0f"',
    "combining": f'"e{chr(0x301) * 50}"',
    "bidi": '"\u202eabc\u2066 \u200fאבג"',
    "csi": r'"\u001b[31mred\u001b[2J\u009b5m"',
    "osc": r'"\u001b]8;;http://evil\u0007link\u001b]0;title\u001b\\"',
    "dcs": r'"\u001bPq#0\u001b\\"',
    "c1": '"\x9b2J\x9d0;t\x9c\x7f"',
    "surrogate": r'"\ud800x"',
    "markup": '"[red]x[/red][/]"',
    "formula": '"=1+1"',
    "separators": '"a\u2028b\u2029c\ufeff\ue000\ufffe"',
    "long": f'"{"x" * 1_000_000}"',
    "huge": "1e400",
    "digits": "9" * 5_000,
    "minus": "-0",
    "deep": "[" * 900 + "]" * 900,
    "nan": "NaN",
    "deeper": "[" * 100_000 + "]" * 100_000,
}
FRAMES: list[str | bytes] = [
    *(f'{{"type":"trade","id":"{name}","price":{x},"note":{x}}}' for name, x in FIELDS.items()),
    '{"type":"trade","id":"twice","price":1,"price":2}',
    '\ufeff{"type":"trade","id":"bom"}',
    ' {"type":"trade",\r\n"id":"lines"}\n',
    '{"type":"trade","at":1e400,"id":"late"}',
    '{"type":"trade","at":-1e30,"id":"early"}',
    '{"type":"\\u001b[2J\u202e","id":1}',
    f'{{"type":"{"t" * 100_000}"}}',
    "",
    "null",
    "\x1b[2J\x00",
    b"\xff\x1b[2J\x9b",
    '{"type":"end"}',
]
FORMATS = (
    ["ndjson"],
    ["ndjson", "--envelope"],
    ["ndjson", "--jq", "."],
    ["pretty"],
    ["raw"],
    ["csv"],
    ["log"],
    ["table"],
)
OWN = re.compile(r"\x1b\[[0-9;]*[mAKJHG]|\x1b\[\?(?:2026|25|7)[hl]|[\r\n]")
"""The sequences that we send to a terminal ourselves."""


def feed(connection: Connection) -> None:
    connection.accept()
    for frame in FRAMES:
        if isinstance(frame, bytes):
            connection.send_binary(frame)
        else:
            connection.send_text(frame)
    connection.wait_closed(30)


@pytest.fixture
def url() -> Iterator[str]:
    with WsServer(feed) as server:
        yield server.url


@pytest.fixture
def hostile(tmp_path: Path, url: str) -> list[str]:
    """The words that follow the hostile stream to its last message."""
    path = tmp_path / "demo.yaml"
    path.write_text(PROFILE, "utf-8")
    return ["tail", str(path), "--url", url, "--until", '.type == "end"']


# --- what is asked for ---------------------------------------------------------------------------

NOT_A_TIME = ["1e99", "-1", "", " ", "inf", "nan", "٣s", "1_000", "+5", "1d", "5 s", "0x10"]
NOTHING = ["0", "0s", "0ms", "0.0", "0h0s"]
NOT_A_SIZE = ["0", "0k", "-1", "", "5x", "٣k", "1.5M", "inf", "1e3", "9" * 20]

IMPOSSIBLE: list[tuple[str, str, str]] = [
    *(("--for", text, "is no length of time") for text in NOT_A_TIME),
    *(("--timeout", text, "is no length of time") for text in NOT_A_TIME),
    *(("--for", text, "must be longer than nothing") for text in NOTHING),
    *(("--timeout", text, "must be longer than nothing") for text in NOTHING),
    *(("--connect-timeout", text, "must be longer") for text in NOTHING),
    *(("--max-frame", text, "is no size") for text in NOT_A_SIZE),
    ("-n", "-1", "is not in the range"),
    ("-n", "1.5", "is not a valid int"),
    ("--max-reconnects", "-1", "is not in the range"),
    ("-o", "", "there is no format ''."),
    ("--table", "", 'has no table "".'),
    ("--validate", "", "--validate takes"),
    ("--color", "", "--color takes"),
    ("--where", "", "--where: it is empty"),
    ("--unix-socket", "", "the path is empty"),
    ("-q", "-n", "option '-n' requires an argument. See `wscli tail pegana --help`."),
]


@pytest.mark.parametrize(("option", "text", "words"), IMPOSSIBLE)
def test_what_cannot_be_is_told_before_anything_connects(
    capfd: pytest.CaptureFixture[str], option: str, text: str, words: str
) -> None:
    assert run(["tail", "pegana", option, text]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.startswith("wscli: ")
    assert words in told.err


@pytest.mark.parametrize("option", ["--for", "--timeout", "--connect-timeout"])
def test_what_takes_longer_than_a_life_is_waited_for(
    wscli: Runner, hostile: list[str], option: str
) -> None:
    assert wscli.run(*hostile, option, "999999999h", "-o", "log").returncode == 0


def test_what_never_comes_is_given_up_with_what_came(wscli: Runner, hostile: list[str]) -> None:
    never = [*hostile[:-1], "false", "--timeout", "700ms", "-o", "log"]
    done = wscli.run(*never)
    assert done.returncode == 124
    *_, why, summary = done.stderr.splitlines()
    assert "what was waited for did not come in time" in why + summary
    assert f"{len(FRAMES)} messages" in summary


@pytest.mark.parametrize("separator", ["\u2028", "\x0b", "\x1c", "\x85"])
def test_an_argument_cannot_begin_a_line_of_an_error(wscli: Runner, separator: str) -> None:
    done = wscli.run("tail", f"x{separator}wscli: all is well")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


BYTES = [
    [b"tail", b"\xff"],
    [b"\xff"],
    [b"help", b"\xff"],
    [b"tail", b"pegana", b"-o", b"\xff"],
    [b"tail", b"pegana", b"--where", b'.a == "\xff"'],
    [b"tail", b"pegana", b"--jq", b"\xff"],
    [b"tail", b"pegana", b"--dry-run", b"--url", b"ws://h/\xff"],
    [b"tail", b"pegana", b"--dry-run", b"-H", b"a: \xff"],
    [b"tail", b"pegana", b"--cacert", b"/\xff"],
    [b"tail", b"ws://\xff/"],
]


@pytest.mark.parametrize("words", BYTES)
def test_arguments_that_are_no_utf_8_are_told_as_such(tmp_path: Path, words: list[bytes]) -> None:
    command = [os.fsencode(installed_command()[0]), *words]
    environment = clean_environment(tmp_path)
    done = subprocess.run(command, env=environment, capture_output=True, timeout=20, check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert printable(done.stderr.decode(), keep_newlines=True) == done.stderr.decode()


@pytest.mark.parametrize("address", ["ws://a b/", "ws://h/?q=a b", "ws://u:p@h/"])
def test_a_url_that_cannot_be_asked_for_is_told_in_sentences(wscli: Runner, address: str) -> None:
    done = wscli.run("tail", "pegana", "--url", address)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert re.search(r"the URL holds .+\. (Write|Send) .+\.$", line)


LOGINS = [
    "ws://u:hunter2@h/ x",
    "ws://u:hunter2@h:x/",
    "ws://u:hunter2@[::1",
    "ws://:hunter2@/",
    "ws://u:hunter2@",
    "ws://u:pass/hunter2@h",
    "https://u:hunter2@h/",
]


@pytest.mark.parametrize("address", LOGINS)
@pytest.mark.parametrize("words", ["", "--dry-run", "pegana --url"])
def test_a_password_in_a_url_is_not_repeated(
    capfd: pytest.CaptureFixture[str], address: str, words: str
) -> None:
    run(["tail", *words.split(), address])
    told = capfd.readouterr()
    assert "hunter2" not in told.out + told.err
    assert told.err.startswith("wscli: ")


# --- what comes ----------------------------------------------------------------------------------


def no_constant(name: str) -> NoReturn:
    raise AssertionError(name)


@pytest.mark.parametrize("output", [["ndjson"], ["ndjson", "--envelope"]])
def test_whatever_comes_each_line_is_strict_json(
    wscli: Runner, hostile: list[str], output: list[str]
) -> None:
    done = wscli.run(*hostile, "-o", *output)
    assert done.returncode == 0
    assert len(done.lines) == len(FRAMES)
    for line in done.lines:
        json.loads(line.decode(), parse_constant=no_constant, parse_int=str)


@pytest.mark.parametrize("output", FORMATS, ids=" ".join)
def test_whatever_comes_every_format_goes_on(
    wscli: Runner, hostile: list[str], output: list[str]
) -> None:
    done = wscli.run(*hostile, "-o", *output)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert printable(done.stderr, keep_newlines=True) == done.stderr
    assert done.stdout


def test_what_is_no_text_is_said_to_be_passed_on_as_base64(
    wscli: Runner, hostile: list[str]
) -> None:
    told = wscli.run(*hostile, "-o", "ndjson").stderr
    assert "a binary frame of 6 bytes that is no JSON; it is passed on as base64" in told
    assert "NaN is not a JSON value; it is passed on as text" in told


SMALL = [each for each in FORMATS if each[0] in {"log", "table"}]


@pytest.mark.parametrize("columns", [1, 2, 5, 20, 100])
@pytest.mark.parametrize("output", SMALL, ids=" ".join)
def test_a_terminal_of_any_width_gets_nothing_that_it_acts_on(
    tmp_path: Path, hostile: list[str], output: list[str], columns: int
) -> None:
    command = [*installed_command(), *hostile, "-o", *output]
    with Screen(command, tmp_path, columns=columns, rows=4) as shown:
        assert shown.finish(20) == 0
        rest = OWN.sub("", shown.raw.decode())
    assert printable(rest) == rest


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_terminal_of_hardly_any_rows_shows_how_it_ended(
    tmp_path: Path, hostile: list[str], rows: int
) -> None:
    command = [*installed_command(), *hostile, "-o", "table", "-q"]
    with Screen(command, tmp_path, rows=rows) as shown:
        assert shown.finish() == 0
        assert any("● demo  ended" in line for line in shown.history)


ODD = '(.id | IN("wide", "joined", "c1", "separators")) or .type == "end"'


@pytest.mark.parametrize("output", FORMATS, ids=" ".join)
@pytest.mark.parametrize("env", ["LC_ALL=C", "PYTHONIOENCODING=latin-1"])
def test_a_terminal_without_utf_8_gets_only_what_it_can_show(
    tmp_path: Path, hostile: list[str], output: list[str], env: str
) -> None:
    choice = ["--where", ODD, "--validate", "off", "-q"]
    command = [*installed_command(), *hostile, *choice, "-o", *output]
    with Screen(command, tmp_path, columns=200, env=dict([env.split("=")])) as shown:
        assert shown.finish() == 0
        known = shown.raw.decode("latin-1" if "latin" in env else "ascii")
    assert printable(OWN.sub("", known)) == OWN.sub("", known)


@pytest.mark.parametrize("words", ["--help", "tail pegana --help", "help exit-codes"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_help_is_printed_whatever_the_encoding(wscli: Runner, words: str, encoding: str) -> None:
    done = wscli.run(*words.split(), env={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


# --- where it goes, and where it runs ------------------------------------------------------------


@pytest.fixture
def shell(tmp_path: Path, hostile: list[str]) -> Shell:
    words = " ".join(f"'{each}'" for each in hostile)
    return Shell(tmp_path, TAIL=f"{installed_command()[0]} {words} -q")


@pytest.mark.parametrize("output", FORMATS, ids=" ".join)
@pytest.mark.parametrize("away", [">/dev/full", ">&-", "1</dev/null"])
def test_no_format_survives_a_stdout_that_cannot_be_written(
    shell: Shell, output: list[str], away: str
) -> None:
    done = shell(f'eval "$TAIL" -o {" ".join(output)} {away}')
    assert done.returncode == 74
    assert "stdout could not be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["--help", "tail pegana --help", "help", "profiles list"])
@pytest.mark.parametrize("away", [">/dev/full", ">&-"])
def test_help_that_cannot_be_written_is_an_error(shell: Shell, words: str, away: str) -> None:
    done = shell(f"$W {words} {away}")
    assert done.returncode == 74
    assert "stdout could not be written" in done.stderr


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-", "2>/dev/full"])
def test_stdin_and_stderr_may_be_missing(shell: Shell, closed: str) -> None:
    done = shell(f'eval "$TAIL" -o log {closed} | tail -n 1')
    assert done.stdout.endswith('{"type":"end"}\n')


SURROUNDINGS = [
    "env -u HOME",
    "env HOME=/dev/null/x",
    "mkdir 'a b'; env HOME=\"$PWD/a b\"",
    "env TZ=no/where",
    "env TERM=",
    "env COLUMNS=10 LINES=0",
    "env NO_COLOR=",
    "env WSCLI_PROFILES=/dev/null:::",
    "env PYTHONWARNINGS=error",
    "env PYTHONDEVMODE=1",
    "env PYTHONOPTIMIZE=2 PYTHONDONTWRITEBYTECODE=1",
    "mkdir gone; cd gone; rmdir ../gone; env",
]


@pytest.mark.parametrize("before", SURROUNDINGS)
def test_odd_surroundings_change_nothing(shell: Shell, before: str) -> None:
    done = shell(f'{before} sh -c "$TAIL -o log"')
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith('{"type":"end"}\n')
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    assert "\x1b" not in done.stdout


def test_colour_can_be_forced_into_a_pipe(shell: Shell) -> None:
    assert "\x1b[" in shell('eval "$TAIL" -o log', env={"FORCE_COLOR": "1"}).stdout


# --- keys, whatever the stream does ----------------------------------------------------------------


@pytest.fixture(params=["connecting to", "retrying in"])
def unreachable(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """An address, and what the table says of it: one that takes connections and never says a word,
    and one where nobody listens.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"ws://127.0.0.1:{server.getsockname()[1]}"
        if request.param == "connecting to":
            yield address, request.param
            return
    yield address, request.param


LEAVING = [("q", 0), ("?qq", 0), ("/q\rq", 0), ("eq q", 0), ("\x03", 130), ("/x\x03", 130)]


@pytest.mark.parametrize(("keys", "code"), LEAVING)
def test_keys_end_a_run_that_is_not_connected(
    tmp_path: Path, unreachable: tuple[str, str], keys: str, code: int
) -> None:
    address, state = unreachable
    words = ["tail", "pegana", "--url", address, "--max-reconnects", "1000"]
    with Screen([*installed_command(), *words], tmp_path) as shown:
        shown.wait_for(state)
        shown.wait_for("? help")
        eventually(lambda: not echoes(shown), what="a terminal that gives each key at once")
        shown.type(keys)
        assert shown.finish() == code
        assert echoes(shown)
        assert any("never connected" in line for line in shown.history)


def echoes(shown: Screen) -> bool:
    """Whether the terminal shows what is typed, as shells want it."""
    return bool(termios.tcgetattr(shown._control)[3] & termios.ECHO)


def test_keys_that_are_no_utf_8_are_left_out(tmp_path: Path, hostile: list[str]) -> None:
    with Screen([*installed_command(), *hostile[:-1], "false"], tmp_path) as shown:
        shown.wait_for("? help")
        eventually(lambda: not echoes(shown), what="a terminal that gives each key at once")
        os.write(shown._control, b"/\xff\xfeab\xc3\xe6\x97c")
        shown.wait_for("/abc ")
        shown.type("\rq")
        assert shown.finish() == 0
