"""``--dry-run`` says what a run would connect to and send, and connects to nothing."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.process import Finished, Runner
from tests.harness.values_only import refuse_io
from tests.unit.loader.everything import EVERYTHING
from wscli.cli.main import run

CANARY = "canary-7f1e"


def secret(folder: Path, name: str) -> list[str]:
    path = folder / name
    path.write_text(CANARY)
    path.chmod(0o600)
    return [f"--{name}-file", str(path)]


def said(done: Finished) -> list[str]:
    return done.stdout.decode().splitlines()


def part(done: Finished, title: str) -> list[str]:
    """The lines of one part, without the two blanks they all begin with."""
    lines = said(done)
    start = lines.index(title) + 1
    end = lines.index("", start) if "" in lines[start:] else len(lines)
    return [line[2:] for line in lines[start:end]]


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


# --- it cannot lie ---------------------------------------------------------------------------------


def as_pattern(told: str) -> re.Pattern[str]:
    """What a real run may say where a dry run said this: ``${name}`` is anything, ``"x":"${y?}"``
    may be absent.
    """
    pattern, end = "", 0
    for found in re.finditer(r'(,"\w+":)"\$\{[^}]*\?\}"|"?\$\{[^}]*\}"?', told):
        pattern += re.escape(told[end : found.start()])
        pattern += f"(?:{re.escape(found[1])}.*)?" if found[1] else ".*"
        end = found.end()
    return re.compile(pattern + re.escape(told[end:]))


def assert_same(told: list[str], real: list[str]) -> None:
    """What was told happened, in this order, and nothing else did; a line that is not known to its
    end stands for one or more.
    """
    left = list(real)
    for line in told:
        found = 0
        while left and as_pattern(line).fullmatch(left[0]) and (not found or "${" in line):
            found = found + 1
            left.pop(0)
        assert found, f"this was told and did not happen in its place: {line}\nbut {left}"
    assert not left, f"this happened and was not told: {left}"


EVERY = [
    ("pear", "--topic trades:kalshi:X --topic prices:kalshi:Y --orders --portfolio", ["token"]),
    ("deribit", "--client-id me --channel a.b --channel c.d", ["client-secret"]),
    ("kraken", "--symbol BTC/USD --symbol ETH/USD --channel ticker --channel trade --channel book --depth 25", []),
    ("home-assistant", "--event state_changed --event call_service", ["token"]),
    ("home-assistant", "--every", ["token"]),
    ("nexgent", "--agent a-1", ["token"]),
    ("nexgent", "--agent a-1", ["email", "password"]),
    ("nexusglass", "--symbol BTCUSDT --event WHALE_POSITION_SHIFT", ["api-key"]),
    ("pegana", "--asset jitoSOL --asset mSOL --history", []),
    ("shuriken", "--stream svm.token.swaps,tokenAddress=So1 --stream alpha.signalFeedGlobal", ["api-key"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words", "secrets"), EVERY)
def test_what_is_told_of_a_bundled_profile_is_what_a_run_does(
    wscli: Runner, tmp_path: Path, name: str, words: str, secrets: list[str]
) -> None:
    options = [*words.split(), *(word for each in secrets for word in secret(tmp_path, each))]
    with wscli.start(
        "simulate", name, *(word for word in options if word != "--history")
    ) as provider:
        provider.read_line()
        url = provider.read_line().decode().split()[-1]
        command = ["tail", name, *options, "--url", url]
        dry = wscli.run(*command, "--dry-run")
        with wscli.start(*command, "-v") as running:
            running.wait_stderr("the session is set up")
            running.signal(signal.SIGINT)
            real = running.finish()
    assert (dry.returncode, dry.stderr) == (0, "")
    lines = [line.removeprefix(f"wscli: {name}: ") for line in real.stderr.splitlines()]
    beginnings = ("asking ", "connecting to ", "> ")
    asked, connected, sent = (
        [line.removeprefix(each) for line in lines if line.startswith(each)] for each in beginnings
    )
    text = dry.stdout.decode().partition("\nWhether it lives")[0]
    assert_same(re.findall(r"(?m)^ *(?:\d+\. )?sends (.*)$", text), sent)
    assert_same(re.findall(r"(?m)^ *(?:\d+\. )?(?:asks )?((?:GET|POST) [^\s,?]+)", text), asked)
    assert_same(part(dry, "It connects to")[:1], connected)
    assert CANARY not in text


# --- nothing is connected to ---------------------------------------------------------------------


def test_nobody_is_connected_to(wscli: Runner, server: socket.socket) -> None:
    url = f"ws://127.0.0.1:{server.getsockname()[1]}"
    done = wscli.run("tail", "pegana", "--asset", "x", "--history", "--url", url, "--dry-run")
    assert done.returncode == 0
    assert part(done, "It connects to")[0] == f"{url}/v1/ws"
    with pytest.raises(BlockingIOError):
        server.accept()


@pytest.mark.parametrize(
    "words",
    [
        ["pegana", "--asset", "x", "--history"],
        ["shuriken", "--stream", "svm.token.swaps", "--api-key", CANARY],
        ["wss://nowhere.invalid/x", "--proxy", "http://proxy.invalid"],
        ["pegana", "+", "kraken"],
    ],
)
def test_no_socket_is_opened_and_no_name_is_looked_up(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: list[str]
) -> None:
    refuse_io(monkeypatch)
    assert run(["tail", *words, "--dry-run", "-q"]) == 0
    told = capfd.readouterr()
    assert "nothing is connected to" in told.out
    assert (told.err, CANARY in told.out) == ("", False)


def test_a_command_that_prints_a_secret_is_not_run(wscli: Runner, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    done = wscli.run("tail", "nexusglass", "--api-key-cmd", f"touch {ran}", "--dry-run")
    assert (done.returncode, ran.exists()) == (0, False)
    assert "--api-key: ***, from the command touch" in part(done, "With these options")
    assert "wss://nexusglass.live/ws/fastfeed?token=***" in part(done, "It connects to")


# --- where a run would end -----------------------------------------------------------------------


def test_a_secret_that_would_go_in_clear_text_is_refused_as_in_a_run(
    wscli: Runner, tmp_path: Path
) -> None:
    words = ["tail", "home-assistant", *secret(tmp_path, "token")]
    dry = wscli.run(*words, "--dry-run")
    assert dry.returncode == 3
    end = part(dry, "On every connection, in this order")[-1]
    assert "exit code 3: a secret would go to homeassistant.local in clear text" in end
    assert dry.stderr.startswith("wscli: home-assistant: a secret would go to homeassistant.local")
    assert "Whether it lives" not in said(dry)
    allowed = wscli.run(*words, "--dry-run", "--allow-cleartext")
    assert allowed.returncode == 0
    assert '2. sends {"type":"auth","access_token":"***"}' in part(
        allowed, "On every connection, in this order"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["pegana", "--simulate"], "--dry-run and --simulate contradict each other."),
        (["nexusglass"], "nexusglass needs --api-key."),
        (["nexusglass", "--api-key-file", "/nowhere"], "the file /nowhere cannot be read"),
        (["pegana", "-o", "xml"], "there is no format 'xml'."),
        (["pegana", "--history"], "--history needs --asset."),
        (["pegana", "-H", "X-A: a\x01b"], "the header X-A holds"),
        (["pegana", "--server", "nowhere"], "${server} begins a URL, but its value is no URL"),
    ],
)
def test_wrong_usage_is_wrong_usage_here_too(
    capfd: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert run(["tail", *words, "--dry-run"]) == 2
    assert told in capfd.readouterr().err


def test_an_empty_secret_file_ends_it_as_it_ends_a_run(wscli: Runner, tmp_path: Path) -> None:
    words = ["tail", "nexusglass", *secret(tmp_path, "api-key")]
    (tmp_path / "api-key").write_text("")
    dry, real = wscli.run(*words, "--dry-run"), wscli.run(*words)
    assert (dry.returncode, real.returncode) == (2, 2)
    assert dry.stderr == real.stderr


# --- what is told --------------------------------------------------------------------------------


def test_the_way_is_told_without_a_password(wscli: Runner) -> None:
    done = wscli.run(
        "tail", "wss://echo.test/x", "-H", f"Authorization: Bearer {CANARY}", "-H", "X-A: b",
        "-x", f"socks5://user:{CANARY}@proxy.test", "--resolve", "echo.test:443:10.0.0.1,::1",
        "--connect-timeout", "3s", "--max-frame", "1MiB", "-k", "--no-compress",
        "--subprotocol", "chat", "--origin", "https://o.test", "--no-reconnect", "--dry-run", "-q",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert part(done, "It connects to") == [
        "wss://echo.test/x",
        "header Authorization: ***",
        "header X-A: b",
        "header Origin: https://o.test",
        "subprotocols: chat",
        "offers no compression",
        "through the proxy socks5://user:***@proxy.test:1080 (--proxy)",
        "at the address 10.0.0.1 or ::1 (--resolve)",
        "the server's certificate is not checked (-k)",
        "gives up after 3 s for name, TCP, proxy, TLS and handshake together",
        "takes messages of up to 1 MiB",
    ]
    assert part(done, "When the connection ends") == ["the run ends: it is not to be made again"]


def test_what_is_in_force_is_told_and_where_it_came_from(wscli: Runner, tmp_path: Path) -> None:
    words = ["tail", "nexgent", *secret(tmp_path, "token"), "--dry-run", "-v"]
    done = wscli.run(*words, env={"NEXGENT_AGENT": "a-1"})
    assert part(done, "With these options") == [
        "--server: ws://localhost:4000 (default)",
        "--agent: a-1 (from $NEXGENT_AGENT)",
        f"--token: ***, from the file {tmp_path / 'token'}",
        "--email: not given",
        "--password: not given",
    ]
    assert part(done, "Before every connection") == [
        "left out, since this does not hold: $token == null"
    ]


def test_what_is_not_known_yet_stands_for_itself(wscli: Runner) -> None:
    done = wscli.run("tail", "pear", "--portfolio", "--dry-run")
    assert part(done, "On every connection, in this order") == [
        "1. waits 10 s for anonymous or welcome",
        "2. only where the provider tells user_id, else rejected:",
        '   sends {"action":"subscribe","topics":["portfolio:${user_id}"]}',
        "   waits 10 s for subscribed",
    ]
    assert part(done, "Not known yet") == ["${user_id}: told by the message welcome"]


def test_a_step_that_is_left_out_is_told_where_all_is_to_be_told(wscli: Runner) -> None:
    symbols = [word for number in range(21) for word in ("--symbol", f"A{number}/B")]
    brief, full = (
        wscli.run("tail", "kraken", *symbols, "--dry-run", *also) for also in ([], ["-v"])
    )
    assert part(full, "On every connection, in this order")[-3:] == [
        "   and 1 frame more of this kind",
        'left out, since this does not hold: ($channel[] == "trade") // false',
        'left out, since this does not hold: ($channel[] == "book") // false',
    ]
    assert "left out" not in brief.stdout.decode()


def test_of_many_frames_the_first_are_told(wscli: Runner) -> None:
    channels = [word for number in range(25) for word in ("--channel", f"c{number}")]
    done = wscli.run("tail", "deribit", *channels, "--dry-run")
    lines = part(done, "On every connection, in this order")
    assert sum("sends" in line for line in lines) == 21
    assert lines[-1] == "   and 5 frames more of this kind"


def test_nothing_of_it_touches_the_terminal(wscli: Runner) -> None:
    done = wscli.run("tail", "pear", "--topic", "\x1b[31m\u202e[red]", "--dry-run")
    assert b"\x1b" not in done.stdout
    assert "\u202e" not in done.stdout.decode()
    assert r"--topic: \x1b[31m\u202e[red]" in said(done)[3]


def test_several_streams_are_told_one_after_the_other(wscli: Runner) -> None:
    done = wscli.run("tail", "pegana", "+", "kraken", "--dry-run")
    titles = [line for line in said(done) if line.endswith("a run would do this")]
    assert [title.partition(":")[0] for title in titles] == ["pegana", "kraken"]
    assert done.returncode == 0


@pytest.fixture
def everything(tmp_path: Path) -> list[str | Path]:
    """The words that follow a profile with every word of the format."""
    profile = tmp_path / "everything.yaml"
    profile.write_text(EVERYTHING)
    options = ["--user", "u", "--stream", "trades,symbol=A", "--symbol", "A", "--history"]
    return ["tail", profile, *options, "--dry-run"]


def test_every_word_of_the_format_has_its_line(
    wscli: Runner, tmp_path: Path, everything: list[str | Path]
) -> None:
    done = wscli.run(*everything, *secret(tmp_path, "api-key"), "-v", "--max-reconnects", "3")
    assert (done.returncode, done.stderr) == (0, "")
    assert part(done, "With these options")[2:4] == [
        "--stream: trades,symbol=A",
        "--mask: ONE, which is 1 (default)",
    ]
    told = part(done, "Before every connection")
    assert told[1:6] == [
        "   header Authorization: Bearer ***",
        "   header Content-Type: application/json",
        '   body {"subscriptions":[{"stream":"trades","filter":{"symbol":"A"}}]}',
        "   waits 5 s for the answer",
        "   its answer must have .ok == true",
    ]
    assert "   keeps ticket (a secret): .ticket" in told
    assert (
        part(done, "Then, once, for --history")[0] == "1. GET https://api.everything.test/history/A"
    )
    told = part(done, "It connects to")
    assert "header X-Signature: ***" in told
    assert (
        "where it is over TLS, the server's certificate is checked against this system's authorities"
        in told
    )
    assert told[-1] == "no more than 20 frames of ours in 1 s"
    assert part(done, "On every connection, in this order")[:4] == [
        "1. waits 10 s for welcome, which must have .session != null",
        "2. only where $channels:",
        "   only where the provider tells session, else rejected:",
        "   for each of ${channels}, 1 of them at once, 10 ms between two:",
    ]
    lives = part(done, "Whether it lives")
    assert lives[0] == 'every ${beat} s, at most 1 min without a frame it sends {"type":"ping"}'
    assert lives[-1] == 'it answers ping with {"type":"pong","ts":"${ts}","of":"${.n}"}'
    assert part(done, "When the connection ends") == [
        "it is made again after ${waits:-[1000]}, else 1 s, 2 s, 4 s, 8 s, 16 s, 30 s, 3 times at most",
        "after 10 attempts in a row it gives up",
    ]
    told = part(done, "After a drop")
    assert told[0] == "once it knows last, it connects to"
    assert '  1. sends {"type":"resume","since":"${last}"}' in told
    assert told[-2] == "  1. GET https://api.everything.test/items?since=${last}"
    assert "${nonce}: drawn at random then" in part(done, "Not known yet")


def test_a_frame_that_cannot_be_made_ends_it_where_the_provider_was_asked_before(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, everything: list[str | Path]
) -> None:
    words = [str(word) for word in everything if word not in ("--user", "u")]
    assert run([*words, *secret(tmp_path, "api-key")]) == 3
    told = capfd.readouterr()
    assert "  here it would fail, each time anew: ${who}: who is not set" in told.out
    assert told.err.endswith("wscli: everything: ${who}: who is not set\n")


def test_what_would_end_only_a_later_connection_is_told_and_no_error(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text(
        "wscli: 1\nname: mine\noptions: {token: {secret: true}, other: {}}\n"
        "connect: {url: 'wss://demo.test/ws'}\n"
        "resume: {connect: {url: 'ws://demo.test/again', query: {t: '${token}'}}}\n"
    )
    assert run(["tail", str(profile), *secret(tmp_path, "token"), "--dry-run"]) == 0
    told = capfd.readouterr()
    assert (
        "  then it would end with exit code 3: a secret would go to demo.test in clear text"
        in told.out
    )
    assert told.err == ""


def test_a_proxy_of_the_environment_that_is_none_ends_it(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("https_proxy", "ftp://proxy.test")
    assert run(["tail", "pegana", "--dry-run"]) == 2
    assert "here it would end with exit code 2" in capfd.readouterr().out
    words = ["tail", "shuriken", "--stream", "svm.token.swaps", *secret(tmp_path, "api-key")]
    assert run([*words, "--dry-run"]) == 3
    assert "here it would end with exit code 3" in capfd.readouterr().out


def test_a_history_that_cannot_be_had_is_told(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text(
        "wscli: 1\nname: mine\noptions: {a: {}}\nconnect: {url: 'wss://demo.test/ws'}\n"
        "history: {request: 'GET https://demo.test/${a}', each: '.[]'}\nsession: [{send: 'x', needs: [a]}]\n"
    )
    assert run(["tail", str(profile), "--history", "--dry-run"]) == 0
    told = capfd.readouterr().out
    assert "  it cannot be had: ${a}: a is not set" in told
    assert "  1. x was left out: a is not known" in told


def test_what_would_be_sent_is_told_before_there_is_a_key(wscli: Runner) -> None:
    done = wscli.run("tail", "nexusglass", "--symbol", "BTCUSDT", "--dry-run")
    assert done.returncode == 2
    told = done.stdout.decode()
    assert "  --api-key: ***, from a source that you have not named yet\n" in told
    assert "/ws/fastfeed?token=***" in told
    assert told.endswith("set NEXUSGLASS_API_KEY or run `wscli login nexusglass`.\n")
    assert done.stderr.startswith("wscli: nexusglass needs --api-key. Give --api-key-file PATH")
    assert done.stderr.count("\n") == 1


def test_another_option_that_is_missing_is_wrong_usage_at_once(wscli: Runner) -> None:
    done = wscli.run("tail", "pear", "--dry-run")
    assert (done.returncode, done.stdout) == (2, b"")
