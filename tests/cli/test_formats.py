"""`tail -o …`: what the installed command prints in each format, into a pipe and on a terminal."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest

from tests.conftest import ScreenFactory
from tests.harness.environment import installed_command
from tests.harness.process import Runner
from tests.harness.screen import Screen
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from wscli.cli.main import run

PROFILE = """\
wscli: 1
name: demo
about: {title: Demo}
connect: {url: "ws://127.0.0.1/feed"}
discriminator: .type
messages:
  trade:
    role: data
    time: .at
    schema: {type: object, properties: {price: {type: number}}}
    rows: {table: trades, set: {id: .id, price: .price, note: .note}}
    examples: [{type: trade, id: 1, price: 1.5}]
  batch:
    role: data
    split: {each: ".items[]"}
    examples: [{type: batch, items: [{type: status}]}]
  status:
    role: data
    examples: [{type: status}]
  hello:
    role: ack
    examples: [{type: hello}]
tables:
  trades: {key: id, columns: {price: {format: price}, note: {hide: true}}}
"""

FRAMES: list[str | bytes] = [
    '{"type":"hello"}',
    '{"type":"trade","id":12345678901234567890,"price":0.10,"note":"=1+1\\n\\u202e日本 😀"}',
    '{"type":"trade","id":12345678901234567890,"price":"high","at":"2026-05-26T14:32:11Z"}',
    '{"type":"batch","items":[{"type":"status","data":{"status":"open","symbol":"SOL"}},{"type":"status","data":{"symbol":"x\x9b"}}]}',
    "hello \x1b[2J\nworld",
    b"\x00\xff\x9b",
]
SHOWN = 6  # messages: two trades, two statuses, and two that are no JSON


def feed(connection: Connection) -> None:
    connection.accept()
    for frame in FRAMES:
        if isinstance(frame, bytes):
            connection.send_binary(frame)
        else:
            connection.send_text(frame)
    connection.wait_closed()


@pytest.fixture
def url() -> Iterator[str]:
    with WsServer(feed) as server:
        yield server.url


@pytest.fixture
def demo(tmp_path: Path, url: str) -> list[str]:
    """The words that follow the demo stream to its last message."""
    path = tmp_path / "demo.yaml"
    path.write_text(PROFILE, "utf-8")
    return ["tail", str(path), "--url", url, "-n", str(SHOWN)]


def test_the_envelope_says_what_is_known_about_each_message(wscli: Runner, demo: list[str]) -> None:
    done = wscli.run(*demo, "-o", "ndjson", "--envelope")
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.lines]
    assert [line["type"] for line in lines] == ["trade", "trade", "status", "status", None, None]
    assert [line["seq"] for line in lines] == [2, 3, 4, 5, 6, 7]
    assert [line["valid"] for line in lines] == [True, False, None, None, None, None]
    assert lines[1]["errors"] == [
        {"path": ".price", "message": "is a string, must be a number", "keyword": "type"}
    ]
    assert lines[0]["lag_ms"] is None
    assert lines[1]["lag_ms"] > 0
    assert lines[4]["message"] == "hello \x1b[2J\nworld"
    assert (lines[5]["message"], lines[5]["encoding"]) == ("AP+b", "base64")
    assert b'"message": {"type":"trade","id":12345678901234567890,"price":0.10,' in done.lines[0]


def test_with_all_the_life_of_the_connection_is_on_stdout(wscli: Runner, tmp_path: Path) -> None:
    def drop(connection: Connection) -> None:
        connection.accept()
        connection.send_text('{"type":"status"}')
        connection.close()

    path = tmp_path / "demo.yaml"
    path.write_text(f"{PROFILE}reconnect: {{backoff: [1ms]}}\n", "utf-8")
    with WsServer(drop) as server:
        done = wscli.run("tail", path, "--url", server.url, "-n2", "--envelope", "--all", "-q")
    lines = [json.loads(line) for line in done.lines]
    life = [line.get("event", "message") for line in lines]
    once = ["connecting", "connected", "ready"]
    assert life == [*once, "message", "reconnecting", *once, "gap", "message"]
    again = next(line for line in lines if line.get("event") == "reconnecting")
    assert again["connection"] == 1
    assert again["reason"]
    assert again["delay_s"] >= 0
    assert {line["profile"] for line in lines} == {"demo"}


def test_without_all_there_are_messages_alone(wscli: Runner, demo: list[str]) -> None:
    done = wscli.run(*demo, "--envelope")
    assert all("message" in json.loads(line) for line in done.lines)


def test_a_program_sees_the_envelope(wscli: Runner, demo: list[str]) -> None:
    program = "select(.valid == false) | .seq, .message.price"
    done = wscli.run(*demo, "--envelope", "-n1", "--jq", program)
    assert done.lines == [b"3", b'"high"']


@pytest.mark.skipif(which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("output", [["ndjson"], ["ndjson", "--envelope", "--all"], ["pretty"]])
def test_a_pipe_into_jq_never_breaks(wscli: Runner, demo: list[str], output: list[str]) -> None:
    done = wscli.run(*demo, "-o", *output)
    read = subprocess.run(["jq", "-c", "."], input=done.stdout, capture_output=True, check=True)
    assert len(read.stdout.splitlines()) >= SHOWN


def test_pretty_keeps_every_digit(wscli: Runner, demo: list[str]) -> None:
    done = wscli.run(*demo, "-o", "pretty", "--type", "trade", "-n1")
    assert done.stdout.decode().splitlines()[:4] == [
        "{",
        '  "type": "trade",',
        '  "id": 12345678901234567890,',
        '  "price": 0.10,',
    ]


def test_pretty_prints_the_results_of_a_program(wscli: Runner, demo: list[str]) -> None:
    done = wscli.run(*demo, "-o", "pretty", "--type", "trade", "-n1", "--jq", "{price}")
    assert done.stdout == b'{\n  "price": 0.10\n}\n'


def test_pretty_on_a_terminal_introduces_messages_and_shows_nothing_unsafe(
    screen: ScreenFactory, demo: list[str]
) -> None:
    shown = screen(*demo, "-o", "pretty", rows=80)
    assert shown.finish() == 0
    lines = [line.strip() for line in shown.history]
    assert any(line.endswith("trade  ✗") for line in lines)
    assert ".price is a string, must be a number" in lines
    assert "hello \\x1b[2J" in lines
    assert '"symbol": "x\\u009b"' in lines
    assert "binary, 3 bytes: 00 ff 9b" in lines
    assert b"\x1b[2J" not in shown.raw
    assert "\u202e".encode() not in shown.raw
    assert b'\x1b[1;34m"price"\x1b[0m' in shown.raw


def test_csv_is_the_table_row_by_row(wscli: Runner, demo: list[str]) -> None:
    done = wscli.run(*demo, "-o", "csv")
    assert done.returncode == 0
    assert b"\r" not in done.stdout
    assert done.lines[0] == b"id,price,note"
    read = list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))
    note = "'=1+1\n\u202e日本 😀"
    assert read[1:] == [
        ["12345678901234567890", "0.10", note],
        ["12345678901234567890", "high", note],
    ]


def test_csv_of_a_stream_that_brings_no_row_is_its_header(wscli: Runner, demo: list[str]) -> None:
    done = wscli.run(*demo, "-o", "csv", "--type", "status", "-n2")
    assert (done.returncode, done.stdout) == (0, b"id,price,note\n")


def test_raw_is_each_frame_once_and_nothing_else(wscli: Runner, demo: list[str]) -> None:
    done = wscli.run(*demo, "-o", "raw", "--all", "-n", "7")
    frames = [each if isinstance(each, bytes) else each.encode() for each in FRAMES]
    assert done.stdout == b"\n".join(frames) + b"\n"


def test_log_tells_a_message_without_a_table_by_its_fields(wscli: Runner, demo: list[str]) -> None:
    done = wscli.run(*demo, "-o", "log")
    lines = [line.decode() for line in done.lines]
    assert lines[0].endswith("trade  id=12345678901234567890 price=0.10")
    assert lines[1].endswith("trade  ✗ id=12345678901234567890 price=high")
    assert lines[2] == "    .price is a string, must be a number"
    assert lines[3].endswith("status  data.symbol=SOL data.status=open")
    assert lines[4].endswith("status  data.symbol=x\\x9b")
    assert lines[5].endswith("hello \\x1b[2J\\x0aworld")


@pytest.mark.parametrize("columns", [20, 40])
def test_log_is_cut_to_the_width_of_a_narrow_terminal(
    screen: ScreenFactory, demo: list[str], columns: int
) -> None:
    shown = screen(*demo, "-o", "log", "-q", columns=columns, rows=40)
    assert shown.finish() == 0
    lines = [line for line in shown.history if "  trade" in line]
    assert len(lines) == 2
    assert lines[0].endswith("…")


@pytest.mark.parametrize("output", ["pretty", "log", "csv", "raw", "ndjson"])
def test_a_dumb_terminal_without_utf_8_gets_no_escape_sequence(
    tmp_path: Path, demo: list[str], output: str
) -> None:
    command = [*installed_command(), *demo, "-o", output]
    with Screen(command, tmp_path, env={"TERM": "dumb", "LC_ALL": "C"}) as shown:
        assert shown.finish() == 0
        assert b"trade" in shown.raw or output == "csv"
        assert b"12345678901234567890" in shown.raw
        assert b"\x1b" not in shown.raw
        assert b"Traceback" not in shown.raw


TWO_TABLES = PROFILE.replace("tables:\n", "tables:\n  other: {columns: {a: {}}}\n").replace(
    "    examples: [{type: status}]\n",
    "    examples: [{type: status}]\n    rows: {table: other, set: {a: .data}}\n",
)

WRONG = [
    (["-o", "csv", "--envelope"], "--envelope and -o csv contradict each other.", "-o ndjson"),
    (["-o", "pretty", "--envelope"], "--envelope and -o pretty contradict", "-o ndjson"),
    (["-o", "table", "--envelope"], "--envelope and -o table contradict", "-o ndjson"),
    (["-o", "csv", "--jq", ".a"], "--jq and -o csv contradict each other.", ""),
    (["-o", "log", "--table", "trades"], "--table and -o log contradict", "-o table or -o csv"),
    (
        ["-o", "raw", "--sort", "price"],
        "--sort and -o raw contradict",
        "--sort goes with -o table.",
    ),
    (["-o", "csv", "--sort", "price"], "--sort and -o csv contradict", "-o table"),
    (["--sort", "price"], "--sort and -o ndjson contradict", "Add -o table: where nothing is said"),
    (["--envelope", "--table", "trades"], "--table and -o ndjson contradict", "Add -o table or"),
    (["-o", "csv", "--table", "trade"], 'demo has no table "trade".', 'Did you mean "trades"?'),
    (["-o", "csv"], "-o csv prints one table, and demo has 2.", "--table: other, trades."),
]


@pytest.mark.parametrize(("options", "what", "remedy"), WRONG)
def test_contradictions_are_told_before_anything_connects(
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    options: list[str],
    what: str,
    remedy: str,
) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(TWO_TABLES, "utf-8")
    assert run(["tail", str(path), *options]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert what in told.err
    assert remedy in told.err


def test_a_bare_url_has_no_csv(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["tail", "ws://127.0.0.1", "-o", "csv"]) == 2
    assert "127.0.0.1 has no table." in capfd.readouterr().err


def test_one_of_several_tables_is_named(wscli: Runner, demo: list[str], tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_text(TWO_TABLES, "utf-8")
    done = wscli.run(*demo, "-o", "csv", "--table", "trades")
    assert done.lines[0] == b"id,price,note"
    assert len(done.lines) > 2
