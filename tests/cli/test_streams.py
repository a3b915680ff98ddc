"""``wscli streams PROFILE``: the provider's catalog, in a terminal and in a pipe."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.environment import installed_command
from tests.harness.http_exchange import HttpAnswer, Request
from tests.harness.process import Finished, Runner
from tests.harness.screen import Screen
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from tests.providers.fake_pegana import FakePegana
from tests.providers.fake_shuriken import FakeShuriken
from tests.providers.fake_shuriken_rest import KEY

ENV = {"SHURIKEN_API_KEY": KEY}
IDS = ["svm.token.swaps", "svm.token.poolInfo", "evm.token.swaps", "automation.updates"]
HOSTILE = "\x1b]0;owned\x07\x1b[31m\x9b5m\u202e[/]"

DEMO = """
wscli: 1
name: demo
options:
  api_key: {secret: true, required: true, env: WSCLI_DEMO_API_KEY}
  room: {required: true}
  server: {required: true}
bootstrap:
  - request: "POST ${server}/login"
    json: {key: "${api_key}"}
    capture: {token: .token, place: .place}
    secret: [token]
    examples: [{token: t, place: "https://demo.test"}]
  - request: "POST ${server}/room/${room}"
    capture: {address: .address}
    examples: [{address: "wss://demo.test"}]
connect: {url: "${address}"}
messages: {text: {match: {text: {$exists: true}}, examples: [{text: hello}]}}
catalog:
  request: GET CATALOG
  headers: {Authorization: "Bearer ${token}"}
  within: 500ms
  each: .rooms[]
  as: {id: "${.name}", size: "${.size}"}
  sort: .id
"""


def ids(done: Finished) -> list[str]:
    return [json.loads(line)["id"] for line in done.lines]


# ---- what is printed ----


def test_a_pipe_gets_each_item_as_a_line_of_json(wscli: Runner, shuriken: FakeShuriken) -> None:
    done = wscli.run("streams", "shuriken", "--server", shuriken.http_url, env=ENV)

    assert (done.returncode, done.stderr) == (0, "")
    assert set(IDS) <= set(ids(done))
    assert json.loads(done.lines[0]) == {
        "id": "svm.token.swaps",
        "visibility": "public",
        "filters": ["tokenAddress"],
        "event": "update",
        "payloadSchemaId": "svm.token.swaps.v1",
    }
    (request,) = shuriken.requests
    assert (request.method, request.target) == ("GET", "/api/v2/ws/streams")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert shuriken.handshakes == []


def test_keys_keep_their_order_and_numbers_their_digits(
    wscli: Runner, shuriken: FakeShuriken
) -> None:
    item = b'{"z":0.10,"a":18446744073709551615,"m":{"b":1e400,"a":[]},"id":"\\u0061"}'
    shuriken.rest.catalog.answer_next(200, {}, b'{\n"streams": [' + item + b"]}")
    done = wscli.run("streams", "shuriken", "--server", shuriken.http_url, env=ENV)

    assert done.stdout == item.replace(rb"\u0061", b"a") + b"\n"


def test_a_catalog_may_be_a_bare_list_and_need_no_key(wscli: Runner, pegana: FakePegana) -> None:
    pegana.assets = [{"symbol": "jitoSOL", "decimals": 9}, {"symbol": "hyloSOL+", "decimals": 6}]
    done = wscli.run("streams", "pegana", "--url", pegana.url)

    assert done.lines == [
        b'{"symbol":"jitoSOL","decimals":9}',
        b'{"symbol":"hyloSOL+","decimals":6}',
    ]


@pytest.fixture
def shown(tmp_path: Path, shuriken: FakeShuriken) -> Iterator[Screen]:
    """The catalog on a terminal of 120 columns."""
    command = [*installed_command(), "streams", "shuriken", "--server", shuriken.http_url]
    with Screen(command, tmp_path, columns=120, env=ENV) as screen:
        yield screen


def test_a_terminal_gets_a_table(shown: Screen) -> None:
    assert shown.finish() == 0

    header, *lines = [line for line in shown.display if line]
    assert header.split() == ["id", "visibility", "filters", "event", "payloadSchemaId"]
    rows = {line.split()[0]: line for line in lines}
    assert set(IDS) <= set(rows)
    assert re.search(r"public +chainId, tokenAddress +update", rows["evm.token.swaps"])
    assert re.search(r"presence +update", rows["automation.updates"])


def test_what_does_not_fit_is_counted(tmp_path: Path, shuriken: FakeShuriken) -> None:
    command = [*installed_command(), "streams", "shuriken", "--server", shuriken.http_url]
    with Screen(command, tmp_path, columns=80, env=ENV) as shown:
        assert shown.finish() == 0
        lines = [line for line in shown.display if line]

    assert lines[0].split() == ["id", "visibility", "filters", "event"]
    assert lines[-1] == "… 1 column hidden; -o ndjson shows everything"


@pytest.mark.parametrize("output", ["table", "ndjson"])
def test_no_escape_sequence_reaches_the_terminal(
    tmp_path: Path, shuriken: FakeShuriken, output: str
) -> None:
    item = json.dumps({"id": HOSTILE, HOSTILE: "x"}, ensure_ascii=False)
    body = f'{{"streams":[{item},{{"id":"marker"}}]}}'.encode()
    shuriken.rest.catalog.answer_next(200, {}, body)
    command = [*installed_command(), "streams", "shuriken", "--server", shuriken.http_url]
    with Screen([*command, "-o", output], tmp_path, columns=160, env=ENV) as shown:
        assert shown.finish() == 0
        raw = shown.raw

    assert b"marker" in raw
    for character in ("\x1b]", "\x07", "\x9b", "\u202e"):
        assert character.encode() not in raw


def test_each_format_can_be_asked_for(wscli: Runner, shuriken: FakeShuriken) -> None:
    base = ["streams", "shuriken", "--server", shuriken.http_url]
    table = wscli.run(*base, "-o", "table", env=ENV)
    ndjson = wscli.run(*base, "--output", "ndjson", env=ENV)

    assert table.lines[0].split() == [
        b"id",
        b"visibility",
        b"filters",
        b"event",
        b"payloadSchemaId",
    ]
    assert table.lines[1].startswith(b"svm.token.swaps ")
    assert set(IDS) <= set(ids(ndjson))


def test_an_empty_catalog_is_told(wscli: Runner, shuriken: FakeShuriken) -> None:
    shuriken.rest.streams = {}
    done = wscli.run("streams", "shuriken", "--server", shuriken.http_url, env=ENV)

    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == "wscli: shuriken: the catalog is empty\n"


# ---- usage ----


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nexusglass"], "nexusglass has no catalog"),
        (["wss://demo.test/x"], "demo.test has no catalog"),
        (["pegane"], 'Did you mean "pegana"?'),
        (["pegana", "-o", "tabel"], "-o takes table or ndjson here, not 'tabel'. Did you mean"),
        (["pegana", "-o", "csv"], "-o takes table or ndjson here, not 'csv'"),
        (["pegana", "-q", "-v"], "contradict"),
        (["shuriken"], "Give --api-key-file PATH, set SHURIKEN_API_KEY"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_asked(
    wscli: Runner, arguments: list[str], words: str
) -> None:
    done = wscli.run("streams", *arguments)

    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr


def test_help_offers_the_profile_s_options_and_those_that_make_sense(wscli: Runner) -> None:
    done = wscli.run("streams", "shuriken", "--help")
    words = done.stdout.decode()

    assert done.returncode == 0
    for flag in ("--api-key", "--server", "--url", "--cacert", "--insecure", "--output"):
        assert flag in words
    for flag in ("--no-reconnect", "--count", "--jq", "--subprotocol", "--max-frame"):
        assert flag not in words


# ---- what goes wrong ----


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 4), (404, 3), (500, 3), (503, 3)])
def test_a_refusal_is_told_with_the_server_s_words(
    wscli: Runner, shuriken: FakeShuriken, status: int, code: int
) -> None:
    shuriken.rest.catalog.fail_next(status, "WORDS")
    done = wscli.run("streams", "shuriken", "--server", shuriken.http_url, env=ENV)

    assert (done.returncode, done.stdout) == (code, b"")
    (said,) = done.stderr.splitlines()
    assert f"/api/v2/ws/streams was answered with {status}" in said
    assert "WORDS" in said
    assert ("SHURIKEN_API_KEY" in said) is (code == 4)
    assert KEY not in said


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"", b"{"])
def test_an_answer_that_is_no_json_is_told(
    wscli: Runner, shuriken: FakeShuriken, body: bytes
) -> None:
    shuriken.rest.catalog.answer_next(200, {}, body)
    done = wscli.run("streams", "shuriken", "--server", shuriken.http_url, env=ENV)

    assert (done.returncode, done.stdout) == (3, b"")
    assert "was answered with no JSON" in done.stderr


def test_nobody_there_is_told(wscli: Runner) -> None:
    done = wscli.run("streams", "pegana", "--url", "ws://127.0.0.1:1")

    assert (done.returncode, done.stdout) == (3, b"")
    assert "connection refused" in done.stderr


def test_a_rate_limit_is_waited_out(wscli: Runner, shuriken: FakeShuriken) -> None:
    shuriken.rest.catalog.fail_next(429, "RATE_LIMITED", retry_after="1")
    done = wscli.run("streams", "shuriken", "--server", shuriken.http_url, env=ENV)

    assert done.returncode == 0
    assert set(IDS) <= set(ids(done))
    assert "the server wants us to wait; asking again in 1 s" in done.stderr
    first, second = shuriken.rest.catalog.requests
    assert second.at - first.at >= 1.0


@pytest.mark.parametrize("option", ["--cacert", "-k", ""])
def test_tls_works_with_the_authority_named_or_the_check_switched_off(
    wscli: Runner, authority: Authority, option: str
) -> None:
    ways: dict[str, list[str | Path]] = {"--cacert": ["--cacert", authority.pem], "-k": ["-k"]}
    trust = ways.get(option, [])
    with FakeShuriken(tls=authority.server_context()) as fake:
        done = wscli.run("streams", "shuriken", "--server", fake.http_url, *trust, env=ENV)
        requests = fake.requests

    assert done.returncode == (0 if option else 3)
    assert len(requests) == (1 if option else 0)
    assert ("certificate" in done.stderr) is (not option)


def test_ctrl_c_ends_it_at_once(wscli: Runner, shuriken: FakeShuriken) -> None:
    shuriken.rest.catalog.hold()
    running = wscli.start("streams", "shuriken", "--server", shuriken.http_url, env=ENV)
    eventually(lambda: shuriken.rest.catalog.requests)
    running.signal(signal.SIGINT)

    done = running.finish(timeout=3)

    assert (done.returncode, done.stdout) == (130, b"")
    assert "Traceback" not in done.stderr


def test_a_reader_that_went_away_ends_it_quietly(wscli: Runner, shuriken: FakeShuriken) -> None:
    shuriken.rest.catalog.hold()
    running = wscli.start("streams", "shuriken", "--server", shuriken.http_url, env=ENV)
    eventually(lambda: shuriken.rest.catalog.requests)
    running.close_stdout()
    shuriken.rest.catalog.release()

    done = running.finish()

    assert (done.returncode, done.stderr) == (141, "")


# ---- a profile of one's own ----


class Demo:
    """A server with a login; ``requests`` are what it was asked."""

    def __init__(self) -> None:
        self.server = WsServer(self._no_socket, http=self._answer)
        self.place = self.server.http_url
        self.silent = False

    @property
    def requests(self) -> list[Request]:
        return self.server.requests

    def _no_socket(self, connection: Connection) -> None:
        connection.reject(404)

    def _answer(self, request: Request) -> HttpAnswer:
        if request.path == "/login":
            body = json.dumps({"token": "t0ken-canary", "place": self.place})
            return 200, {}, body.encode()
        return 200, {}, b'{"rooms":[{"name":"b","size":2.50},{"name":"a","size":10}]}'


@pytest.fixture
def demo() -> Iterator[Demo]:
    """The server of DEMO."""
    made = Demo()
    with made.server:
        yield made


def written(folder: Path, catalog: str) -> Path:
    """DEMO with this request."""
    path = folder / "demo.yaml"
    path.write_text(DEMO.replace("GET CATALOG", json.dumps(f"GET {catalog}")))
    return path


@pytest.mark.parametrize("catalog", ["/rooms", "${server}/rooms", "${place}/rooms"])
def test_what_the_request_needs_is_asked_for_first_and_no_more(
    wscli: Runner, tmp_path: Path, demo: Demo, catalog: str
) -> None:
    profile = written(tmp_path, catalog)
    env = {"WSCLI_DEMO_API_KEY": "key-canary"}
    done = wscli.run("streams", profile, "--server", demo.server.http_url, "-v", env=env)

    assert done.returncode == 0, done.stderr
    assert done.lines == [b'{"id":"a","size":10}', b'{"id":"b","size":2.50}']
    login, listed = demo.requests
    assert (login.target, login.body) == ("/login", b'{"key":"key-canary"}')
    assert listed.target == "/rooms"
    assert listed.headers["Authorization"] == "Bearer t0ken-canary"
    assert "asking POST" in done.stderr
    assert "canary" not in done.stderr


def test_an_option_that_only_the_request_needs_is_asked_for(
    wscli: Runner, tmp_path: Path, demo: Demo
) -> None:
    env = {"WSCLI_DEMO_API_KEY": "k"}
    done = wscli.run("streams", written(tmp_path, "/rooms"), env=env)
    assert done.returncode == 2
    assert "demo needs --server" in done.stderr
    of_one = written(tmp_path, "${server}/rooms/${room}")
    done = wscli.run("streams", of_one, "--server", demo.server.http_url, env=env)
    assert done.returncode == 2
    assert "demo needs --room" in done.stderr
    assert demo.requests == []


def test_a_secret_goes_to_no_host_that_an_answer_named(
    wscli: Runner, tmp_path: Path, demo: Demo
) -> None:
    demo.place = "https://elsewhere.example"
    profile = written(tmp_path, "${place}/rooms")
    profile.write_text(profile.read_text().replace("Bearer ${token}", "Bearer ${api_key}"))
    done = wscli.run(
        "streams",
        profile,
        "--server",
        demo.server.http_url,
        env={"WSCLI_DEMO_API_KEY": "key-canary"},
    )

    assert (done.returncode, done.stdout) == (3, b"")
    assert "a secret would go to elsewhere.example" in done.stderr
    assert "canary" not in done.stderr
