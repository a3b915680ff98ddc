"""`tail --jq`: the installed command against a server, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import ScreenFactory
from tests.harness.process import Runner
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from wscli.cli.main import run

FRAMES = [
    '{"id": 9007199254740993, "price": 0.1000, "items": [{"n": 1}, {"n": 2}]}',
    '{"id": 2, "price": 0.10, "items": []}',
    '{"id": 3, "price": "high", "items": [{"n": 3}]}',
    '{"id": 4, "price": "low", "items": 5}',
    '{"id": 5, "price": 1, "items": [{"n": 5}]}',
]


def feed(connection: Connection) -> None:
    connection.accept()
    for frame in FRAMES:
        connection.send_text(frame)
    connection.wait_closed()


@pytest.fixture
def url() -> Iterator[str]:
    with WsServer(feed) as server:
        yield f"{server.url}/feed"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (".id", [b"9007199254740993", b"2", b"3"]),
        (".price", [b"0.1000", b"0.10", b'"high"']),
        (
            "{price, id}",
            [
                b'{"price":0.1000,"id":9007199254740993}',
                b'{"price":0.10,"id":2}',
                b'{"price":"high","id":3}',
            ],
        ),
        (".items[].n", [b"1", b"2", b"3", b"5"]),
        ('"id \\(.id)"', [b'"id 9007199254740993"', b'"id 2"', b'"id 3"']),
    ],
)
def test_each_result_is_one_line_and_digits_survive(
    wscli: Runner, url: str, source: str, lines: list[bytes]
) -> None:
    done = wscli.run("tail", url, "--jq", source, "-n3")
    assert done.returncode == 0
    assert done.lines == lines


def test_messages_are_counted_of_which_something_is_printed_and_not_lines(
    wscli: Runner, url: str
) -> None:
    done = wscli.run("tail", url, "--jq", ".items[]", "-n2")
    assert done.lines == [b'{"n":1}', b'{"n":2}', b'{"n":3}']
    assert "(2 shown)" in done.stderr


def test_messages_of_which_nothing_is_printed_do_not_come_in_time(wscli: Runner, url: str) -> None:
    done = wscli.run("tail", url, "--jq", "select(.id == 99)", "--timeout", "500ms")
    assert (done.returncode, done.stdout) == (124, b"")
    assert "no message came in time" in done.stderr


def test_an_error_is_told_once_and_the_rest_goes_on(wscli: Runner, url: str) -> None:
    done = wscli.run("tail", url, "--jq", ".id, .price + 2", "-n3", "-q")
    assert done.returncode == 0
    assert done.lines == [b"9007199254740993", b"2.1", b"2", b"2.1", b"5", b"3"]
    told = [line for line in done.stderr.splitlines() if "--jq" in line]
    assert len(told) == 1
    assert told[0].endswith('--jq: string ("high") and number (2) cannot be added')


def test_it_goes_with_the_filters(wscli: Runner, url: str) -> None:
    done = wscli.run("tail", url, "--where", ".items[0]?", "--jq", ".id", "--until", ".id == 3")
    assert done.lines == [b"9007199254740993", b"3"]


def test_lines_of_json_are_printed_on_a_terminal_as_well(screen: ScreenFactory, url: str) -> None:
    shown = screen("tail", url, "--jq", ".id", "-n3")
    assert shown.finish() == 0
    assert "9007199254740993" in [line.strip() for line in shown.display]


def test_a_profile_with_a_table_is_no_table_then(screen: ScreenFactory) -> None:
    shown = screen("tail", "pegana", "--simulate", "--jq", ".payload.state", "-n1")
    assert shown.finish() == 0
    assert any(line.startswith('"') and line.endswith('"') for line in shown.display)


@pytest.mark.parametrize("name", ["table", "log", "raw", "csv"])
def test_other_formats_contradict_it(capfd: pytest.CaptureFixture[str], name: str) -> None:
    assert run(["tail", "pegana", "--jq", ".op", "-o", name]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert f"--jq and -o {name} contradict each other." in told.err


def test_its_own_format_may_be_named(wscli: Runner, url: str) -> None:
    assert wscli.run("tail", url, "--jq", ".id", "-o", "ndjson", "-n2").lines[1] == b"2"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--jq", ".a |"], "--jq: it ends too early\n  .a |\n      ^\n"),
        (["--jq", "nosuch(1)"], "\n  nosuch(1)\n  ^\n"),
        (["--jq", ".op", "-o", "xml"], "there is no format 'xml'."),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_connects(
    capfd: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(["tail", "pegana", *arguments]) == 2
    told = capfd.readouterr()
    assert (told.out, words in told.err) == ("", True)


def test_a_condition_that_always_fails_is_told_once(wscli: Runner) -> None:
    def many(connection: Connection) -> None:
        connection.accept()
        for _ in range(150):
            connection.send_text(FRAMES[0])
        connection.close()

    with WsServer(many) as server:
        done = wscli.run("tail", server.url, "--no-reconnect", "--where", ".items | test(1)")
    assert done.returncode == 0
    assert done.stdout == b""
    assert done.stderr.count("--where '.items | test(1)' failed on each of the first 100") == 1


def test_a_misspelt_type_is_told_and_the_run_goes_on(wscli: Runner) -> None:
    follow = ("tail", "pegana", "--simulate", "--for", "300ms")
    done = wscli.run(*follow, "--type", "updaet")
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == (
        'wscli: --type: pegana knows no "updaet". Did you mean "update"?'
    )
    assert "--type" not in wscli.run(*follow, "--type", "updaet", "-q").stderr
    assert "--type" not in wscli.run(*follow, "--type", "upd*", "--type", "brand-new").stderr
