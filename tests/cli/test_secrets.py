"""Options of every type, and secrets, from the command line to the opening handshake."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ScreenFactory
from tests.harness.process import Runner
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from wscli.cli.invocation import Invocation
from wscli.cli.main import run
from wscli.cli.profile_options import words_of
from wscli.loader.secrets import SecretReader
from wscli.model.options import Option
from wscli.model.profile import Connect, Profile

CANARY = "canary-7f3a"
PROFILE = """
wscli: 1
name: demo
options:
  agent: {required: true, examples: [a-1], help: "Agent id."}
  token: {secret: true, env: WSCLI_DEMO_TOKEN, required: "$email == null", help: "Access token"}
  email: {secret: true, help: "E-mail to log in with, instead of --token."}
  stream: {type: list, of: selector, choices: [trades, prices], help: What to follow.}
  intent: {type: flags, choices: {GUILDS: 1, MEMBERS: 2, MESSAGES: 512}, default: [GUILDS]}
  level: {type: integer, choices: {low: "1", high: "9"}, default: low}
connect:
  url: ws://stage.invalid/ws
  query: {agent: "${agent}", intents: "${intent}", level: "${level}", stream: '${stream|json?}'}
  headers: {Authorization: "Bearer ${token // email}"}
discriminator: .type
messages:
  price: {role: data, examples: [{type: price, price: 1.5}]}
"""


def greet(connection: Connection) -> None:
    connection.accept()
    connection.send_text('{"type":"price","price":2}')
    connection.wait_closed()


@pytest.fixture
def server() -> Iterator[WsServer]:
    with WsServer(greet) as server:
        yield server


@pytest.fixture
def demo(tmp_path: Path) -> str:
    """The profile, by its path in the folder where commands run."""
    (tmp_path / "demo.yaml").write_text(PROFILE)
    return "demo.yaml"


@pytest.fixture
def here(demo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same for commands that run in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.delenv("WSCLI_DEMO_TOKEN", raising=False)
    return demo


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token.txt"
    path.write_text(f"{CANARY}\n")
    path.chmod(0o600)
    return path


def shown_to(server: WsServer) -> str | None:
    """The secret that came with the last handshake."""
    return (server.requests[-1].headers.get("Authorization") or "").removeprefix("Bearer ")


def following(demo: str, server: WsServer, *words: str) -> list[str]:
    return ["tail", demo, "--agent", "x", "--url", server.url, "-n1", *words]


def test_a_secret_is_read_from_a_file_and_shown_to_nobody_else(
    wscli: Runner, demo: str, server: WsServer, token: Path
) -> None:
    done = wscli.run(*following(demo, server, "-v", "--token-file", str(token)))
    assert done.returncode == 0, done.stderr
    assert shown_to(server) == CANARY
    assert CANARY not in done.stderr
    assert "warn" not in done.stderr


def test_a_secret_is_read_from_stdin(wscli: Runner, demo: str, server: WsServer) -> None:
    done = wscli.run(*following(demo, server, "--token-file", "-"), input=f"{CANARY}\n".encode())
    assert done.returncode == 0, done.stderr
    assert shown_to(server) == CANARY


def test_a_secret_is_what_a_command_prints_whose_stderr_is_seen(
    wscli: Runner, demo: str, server: WsServer
) -> None:
    code = f"import sys; print('{CANARY}'); print('touch the key', file=sys.stderr)"
    command = shlex.join([sys.executable, "-c", code])
    done = wscli.run(*following(demo, server, "--token-cmd", command))
    assert done.returncode == 0, done.stderr
    assert shown_to(server) == CANARY
    assert "touch the key\n" in done.stderr
    assert CANARY not in done.stderr


def test_a_command_has_no_stdin(wscli: Runner, demo: str, server: WsServer) -> None:
    code = f"import sys; print('{CANARY}' + sys.stdin.read())"
    command = shlex.join([sys.executable, "-c", code])
    done = wscli.run(*following(demo, server, "--token-cmd", command), input=b"typed")
    assert done.returncode == 0, done.stderr
    assert shown_to(server) == CANARY


def test_a_secret_is_read_from_the_variable_that_the_profile_names(
    wscli: Runner, demo: str, server: WsServer
) -> None:
    done = wscli.run(*following(demo, server), env={"WSCLI_DEMO_TOKEN": CANARY})
    assert done.returncode == 0, done.stderr
    assert shown_to(server) == CANARY
    assert CANARY not in done.stderr


def test_a_secret_on_the_command_line_works_and_is_warned_of(
    wscli: Runner, demo: str, server: WsServer
) -> None:
    done = wscli.run(*following(demo, server, "--token", CANARY))
    assert done.returncode == 0, done.stderr
    assert shown_to(server) == CANARY
    (warning,) = [line for line in done.stderr.splitlines() if "other users" in line]
    assert warning == (
        "wscli: other users of this machine can see --token;"
        " better give it by --token-file, --token-cmd or WSCLI_DEMO_TOKEN."
    )
    assert CANARY not in done.stderr
    quiet = wscli.run(*following(demo, server, "--token", CANARY, "-q"))
    assert quiet.stderr == ""


def test_a_file_that_others_can_open_is_warned_of_and_used(
    wscli: Runner, demo: str, server: WsServer, token: Path
) -> None:
    token.chmod(0o644)
    done = wscli.run(*following(demo, server, "--token-file", str(token)))
    assert done.returncode == 0, done.stderr
    assert shown_to(server) == CANARY
    assert done.stderr.count("is open to other users of this machine; `chmod 600`") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            [],
            "demo needs --token (or --email). Give --token-file PATH, set WSCLI_DEMO_TOKEN or run `wscli login demo.yaml`.",
        ),
        (["--token-file", "nowhere"], "the file nowhere cannot be read: no such file"),
        (["--token-file", "."], "the file . cannot be read: is a directory."),
        (["--token-file", "/dev/null"], "the file /dev/null is empty."),
        (["--token-file", "-"], "stdin is empty."),
        (["--token-cmd", f"false {CANARY}"], "false failed with exit status 1."),
        (["--token-cmd", f"no-such-command {CANARY}"], "there is no command no-such-command."),
        (["--token-cmd", "true"], "what true printed is empty."),
        (["--token", ""], "--token is empty."),
        (
            ["--token", CANARY, "--token-cmd", "true"],
            "--token-cmd and --token contradict each other. Leave one of them out.",
        ),
        (
            ["--token-file", "-", "--email-file", "-"],
            "--token-file and --email-file cannot both be read from stdin.",
        ),
        (["--token-cmd", "true", "--stream", "trades,a"], "--stream 'trades,a': 'a' is no key=val"),
        (["--token-cmd", "true", "--intent", "GUILD"], 'Did you mean "GUILDS"?'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_said_before_anything_connects(
    capfd: pytest.CaptureFixture[str], here: str, server: WsServer, words: list[str], said: str
) -> None:
    assert run(following(here, server, *words)) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert said in told.err
    assert CANARY not in told.err
    assert "Traceback" not in told.err
    assert server.requests == []


def test_a_secret_is_not_typed_for_all_to_see(
    screen: ScreenFactory, demo: str, server: WsServer
) -> None:
    shown = screen(*following(demo, server, "--token-file", "-"), columns=160)
    shown.wait_for("stdin is a terminal, which would show the secret.")
    assert shown.finish() == 2


def test_options_of_every_type_reach_the_provider(
    wscli: Runner, demo: str, server: WsServer, token: Path
) -> None:
    words = ["--stream", r"trades,pair=A\,B,side=buy", "--stream", "prices"]
    words += ["--intent", "GUILDS", "--intent", "MESSAGES", "--level", "high"]
    done = wscli.run(*following(demo, server, "--token-file", str(token), *words))
    assert done.returncode == 0, done.stderr
    query = server.requests[-1].query
    assert (query["agent"], query["intents"], query["level"]) == ("x", "513", "9")
    assert json.loads(query["stream"]) == [
        {"name": "trades", "with": {"pair": "A,B", "side": "buy"}},
        {"name": "prices", "with": {}},
    ]


def test_the_help_shows_every_way_and_its_order_and_no_secret(
    capfd: pytest.CaptureFixture[str], here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WSCLI_DEMO_TOKEN", CANARY)
    monkeypatch.setenv("COLUMNS", "300")
    assert run(["tail", here, "--help"]) == 0
    text = " ".join(capfd.readouterr().out.replace("│", " ").split())
    assert (
        "--token TOKEN Access token. Looked for in --token-file, --token-cmd, WSCLI_DEMO_TOKEN,"
        " the keyring (wscli login), in this order; given here, other users can see it."
        " [env: WSCLI_DEMO_TOKEN] [required unless --email is given]" in text
    )
    assert "--token-file PATH The file that holds what --token would say; - is stdin." in text
    assert "--token-cmd COMMAND" in text
    assert "--stream NAME[,key=value…]" in text
    assert "One of GUILDS, MEMBERS, MESSAGES. [default: GUILDS]" in text
    assert CANARY not in text


def test_a_simulator_needs_no_secret(wscli: Runner, demo: str) -> None:
    done = wscli.run("tail", demo, "--simulate", "-n1", "--validate", "strict")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["type"] == "price"


@pytest.mark.parametrize(
    ("words", "followed"),
    [
        ([], "--agent a-1 --token simulated"),
        (["--agent", "b c", "--token", CANARY], "--agent 'b c' --token-file …"),
        (["--agent", "x", "--token-file", "token.txt"], "--agent x --token-file token.txt"),
        (["--agent", "x", "--token-cmd", f"echo {CANARY}"], "--agent x --token-cmd …"),
    ],
)
def test_the_command_that_follows_a_simulator_holds_no_secret(
    wscli: Runner, demo: str, token: Path, words: list[str], followed: str
) -> None:
    with wscli.start("simulate", demo, *words) as provider:
        provider.read_line()
        line = provider.read_line().decode()
        assert line.startswith(f"  wscli tail demo.yaml {followed} --url ws://127.0.0.1:")
        if "…" not in line:
            done = wscli.run(*shlex.split(line)[1:], "-n1")
            assert done.returncode == 0, done.stderr
        provider.signal(signal.SIGINT)
        assert CANARY not in provider.finish().stderr


@pytest.mark.parametrize("way", ["token", "token_cmd"])
def test_an_invocation_shows_no_secret_of_itself(way: str) -> None:
    profile = Profile("demo", Connect("ws://x"), options=(Option("token", secret=True),))
    words = words_of(profile, {f"profile_{way}": CANARY})
    assert CANARY not in repr(Invocation(profile, {}, SecretReader({}), words, {}))


def test_a_profiles_option_may_be_called_as_words_of_python_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(PROFILE.replace("token", "from").replace("TOKEN", "FROM"))
    for arguments in (["tail", str(path), "--help"], ["login", str(path), "--help"]):
        assert run(arguments) == 0
        assert "--from" in capfd.readouterr().out
