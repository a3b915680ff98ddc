"""``wscli connect`` in a pipe: what a script says, what it gets back, and how it ends."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.serving import Shell
from tests.harness.environment import clean_environment, installed_command
from tests.harness.process import Runner
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from tests.providers.fake_pear import FakePear
from wscli.cli.common_options import COMMON
from wscli.cli.connect import ConnectGroup
from wscli.loader.reserved import COMMON_OPTIONS

PROFILE = """
wscli: 1
name: room
options:
  topic: {type: list, default: [lobby], examples: [lobby, hall]}
  token: {secret: true, env: WSCLI_ROOM_TOKEN}
connect: {url: "ws://127.0.0.1:1/"}
discriminator: .type
messages:
  welcome: {role: control, examples: [{type: welcome}]}
  joined: {role: ack, examples: [{type: joined}]}
  beat: {role: heartbeat, examples: [{type: beat}]}
  echo: {examples: [{type: echo}]}
session:
  - expect: welcome
operations:
  join: {send: {type: join, rooms: "${topic}", note: "${note?}"}, help: Join a room}
  login: {send: {type: login, token: "${token}"}, help: Say who you are}
  say: {send: {type: say, text: "${text}"}}
reconnect: {backoff: [10ms]}
"""


def answer(connection: Connection) -> None:
    """Repeat what comes; ``drop`` cuts the connection, ``bye`` closes it."""
    connection.accept()
    while (came := connection.receive(30)) is not None:
        if came == "drop":
            connection.cut()
        elif came == "bye":
            connection.close(1000, "see you")
        else:
            connection.send_text(came)


def host(connection: Connection) -> None:
    """Welcome, beat without end, and repeat what comes as an echo."""
    connection.accept()
    connection.send_text('{"type":"welcome"}')
    while (came := connection.receive(0.1)) is not None or connection.is_open:
        if came is None:
            connection.send_text('{"type":"beat"}')
        else:
            connection.send_text(f'{{"type":"echo","of":{came!s}}}')


@pytest.fixture
def echo() -> Iterator[WsServer]:
    with WsServer(answer) as server:
        yield server


@pytest.fixture
def room(tmp_path: Path) -> Iterator[WsServer]:
    (tmp_path / "room.yaml").write_text(PROFILE)
    with WsServer(host) as server:
        yield server


@pytest.fixture
def shell(tmp_path: Path, echo: WsServer) -> Shell:
    return Shell(tmp_path, URL=echo.url)


# --- as wscat and websocat -----------------------------------------------------------------------


def test_a_script_asks_and_gets_its_answer(shell: Shell) -> None:
    done = shell("set -e; printf 'a\\nb\\n' | $W connect $URL -n1; echo next")
    assert (done.returncode, done.stdout) == (0, "a\nnext\n")
    assert "1 message" in done.stderr


def test_each_line_is_a_frame_and_the_last_one_needs_no_line_break(
    wscli: Runner, echo: WsServer
) -> None:
    done = wscli.run("connect", echo.url, "-n5", input='{"a": 1}\r\n\n ü \n//x\nend'.encode())
    assert done.returncode == 0
    assert done.stdout.decode() == '{"a": 1}\n\n ü \n/x\nend\n'
    assert echo.connections[0].received == ['{"a": 1}', "", " ü ", "/x", "end"]


def test_after_the_end_of_the_input_answers_are_waited_for(wscli: Runner, echo: WsServer) -> None:
    done = wscli.run("connect", echo.url, input=b"a\nb\n")
    assert (done.returncode, done.stdout) == (0, b"a\nb\n")
    assert done.stderr.endswith("2 messages, 1s, nothing more came for 1 s\n")
    assert echo.connections[0].close_code == 1000


def test_what_is_sent_beside_stdin_leaves_it_alone(shell: Shell) -> None:
    done = shell("printf 'mine\\n' | { $W connect $URL --send a --send b -n2; cat; }")
    assert (done.returncode, done.stdout) == (0, "a\nb\nmine\n")


def test_nothing_to_say_is_no_error(shell: Shell) -> None:
    for stdin in ("</dev/null", "<&-"):
        done = shell(f"$W connect $URL --wait 100ms {stdin}")
        assert (done.returncode, done.stdout) == (0, "")
        assert "no messages, " in done.stderr


def test_with_a_count_the_end_of_the_input_ends_nothing(wscli: Runner) -> None:
    def slow(connection: Connection) -> None:
        connection.accept()
        connection.receive()
        started.wait_stderr("everything that was to be said is sent")
        connection.send_text("1")
        connection.send_text("2")
        connection.receive()

    with WsServer(slow) as server:
        started = wscli.start("connect", server.url, "-v", "-n2", input=b"a\n")
        assert started.finish().stdout == b"1\n2\n"


def test_ten_thousand_lines_come_back_in_order(wscli: Runner, echo: WsServer) -> None:
    lines = b"".join(b"%d %s\n" % (number, b"x" * 100) for number in range(10_000))
    done = wscli.run("connect", echo.url, "-n10000", input=lines)
    assert done.stdout == lines


def test_over_tls(wscli: Runner, authority: Authority) -> None:
    with WsServer(answer, tls=authority.server_context()) as server:
        done = wscli.run("connect", server.url, "--cacert", authority.pem, "-n1", input=b"a")
        assert (done.returncode, done.stdout) == (0, b"a\n")
        refused = wscli.run("connect", server.url, "-n1", input=b"a")
    assert refused.returncode == 3
    assert "certificate" in refused.stderr


# --- what a line can be --------------------------------------------------------------------------


def test_a_line_that_cannot_be_sent_is_told_the_others_are_and_the_run_failed(
    wscli: Runner, echo: WsServer
) -> None:
    done = wscli.run("connect", echo.url, "--wait", "200ms", input=b"a\n/nope\n\xff\xfe\nb\n")
    assert (done.returncode, done.stdout) == (2, b"a\nb\n")
    assert "there is no /nope, so nothing was sent. A text that begins with a slash" in done.stderr
    assert "line 3 of the input is no UTF-8, so it was not sent" in done.stderr
    assert done.stderr.count("\n") == 4, "connected, two mistakes, and the summary"


def test_verbatim_a_slash_is_a_character(wscli: Runner, echo: WsServer) -> None:
    done = wscli.run("connect", echo.url, "--verbatim", "-n2", input=b"/quit\n//a\n")
    assert (done.returncode, done.stdout) == (0, b"/quit\n//a\n")


def test_ping_is_told_and_close_ends_the_run(wscli: Runner, echo: WsServer) -> None:
    done = wscli.run("connect", echo.url, input=b"/ping hi\n", timeout=20)
    assert ": pong hi after " in done.stderr
    done = wscli.run("connect", echo.url, input=b"a\n/close 4001 enough\nnever\n")
    assert done.returncode == 0
    assert done.stderr.endswith("closed as you said\n")
    assert echo.connections[1].close_code == 4001
    assert "never" not in echo.connections[1].received


def test_quit_is_the_end_of_the_input(wscli: Runner, echo: WsServer) -> None:
    done = wscli.run("connect", echo.url, "--wait", "200ms", input=b"a\n/help\n/quit\nb\n")
    assert (done.returncode, done.stdout) == (0, b"a\n")
    assert "/close: close the connection and end the run" in done.stderr


def test_quit_among_what_is_sent_is_the_end_of_it(wscli: Runner, echo: WsServer) -> None:
    sent = [word for text in ("a", "/quit", "b") for word in ("--send", text)]
    done = wscli.run("connect", echo.url, "--wait", "200ms", *sent)
    assert (done.returncode, done.stdout) == (0, b"a\n")


# --- when the connection ends --------------------------------------------------------------------


def test_once_all_is_said_the_end_of_the_connection_is_the_end(
    wscli: Runner, echo: WsServer
) -> None:
    done = wscli.run("connect", echo.url, "--wait", "forever", "--send", "bye")
    assert done.returncode == 0
    assert "the server closed the connection: 1000 see you" in done.stderr
    done = wscli.run("connect", echo.url, "--wait", "forever", "--send", "drop")
    assert done.returncode == 3
    assert "the connection was lost" in done.stderr


def test_what_is_said_while_the_connection_is_lost_is_sent_on_the_next_one(
    tmp_path: Path, echo: WsServer
) -> None:
    command = [*installed_command(), "connect", echo.url, "-n2"]
    with subprocess.Popen(
        command,
        env=clean_environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"a\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"a\n", "a line is sent as soon as it is there"
        process.stdin.write(b"drop\n")
        process.stdin.flush()
        assert b"connected" in process.stderr.readline()
        assert b"reconnecting" in process.stderr.readline()
        process.stdin.write(b"b\n")
        process.stdin.close()
        assert process.stdout.read() == b"b\n"
        assert process.wait(10) == 0
    assert echo.connections[0].received == ["a", "drop"]


def test_nobody_there_is_told_as_ever(wscli: Runner) -> None:
    done = wscli.run("connect", "ws://127.0.0.1:1", input=b"a\n")
    assert done.returncode == 3
    assert done.stdout == b""


# --- with a profile ------------------------------------------------------------------------------


def test_operations_are_sent_after_the_session_is_set_up(wscli: Runner, room: WsServer) -> None:
    lines = b'/join\n/join topic=a topic=b note="two words"\n/say text:={"x":[1]}\nplain\n'
    done = wscli.run(
        "connect", "./room.yaml", "--url", room.url, "-n1", "--where", ".of?.text?", input=lines
    )
    assert done.returncode == 0
    assert eventually(lambda: room.connections[0].received)[:3] == [
        '{"type":"join","rooms":["lobby"]}',
        '{"type":"join","rooms":["a","b"],"note":"two words"}',
        '{"type":"say","text":{"x":[1]}}',
    ]
    assert done.lines == [b'{"type":"echo","of":{"type":"say","text":{"x":[1]}}}']


def test_answers_of_every_kind_are_shown_and_heartbeats_are_no_answers(
    wscli: Runner, room: WsServer
) -> None:
    done = wscli.run(
        "connect", "./room.yaml", "--url", room.url, "--wait", "700ms", "--send", "/say text=x"
    )
    assert done.returncode == 0
    assert done.lines[0] == b'{"type":"welcome"}'
    assert b'{"type":"echo","of":{"type":"say","text":"x"}}' in done.lines
    assert done.lines.count(b'{"type":"beat"}') > 1


def test_a_missing_value_is_told_and_nothing_is_sent(wscli: Runner, room: WsServer) -> None:
    done = wscli.run(
        "connect", "./room.yaml", "--url", room.url, "--wait", "0", input=b"/say\n/login\n"
    )
    assert done.returncode == 2
    assert "/say was not sent: text is not given. Write /say text=…." in done.stderr
    assert "/login was not sent: token is not given" in done.stderr
    assert room.connections[0].received == []


def test_a_secret_goes_out_and_is_not_shown(wscli: Runner, room: WsServer) -> None:
    done = wscli.run(
        "connect", "./room.yaml", "--url", room.url, "-v", "--wait", "0", "--send", "/login",
        "--send", "it is s3cret-token", env={"WSCLI_ROOM_TOKEN": "s3cret-token"},
    )  # fmt: skip
    assert room.connections[0].received == [
        '{"type":"login","token":"s3cret-token"}',
        "it is s3cret-token",
    ]
    assert "s3cret" not in done.stderr
    assert '> {"type":"login","token":"***"}' in done.stderr


def test_a_bundled_profiles_operations_are_understood_by_its_provider(
    wscli: Runner, pear: FakePear
) -> None:
    lines = b"/subscribe topic=trades:kalshi:KXBTC topic=event:7\n/unsubscribe topic=event:7\n"
    done = wscli.run(
        "connect", "pear", "--url", pear.url, "--topic", "social:activity", "-n3",
        "--type", "*subscribed", input=lines,
    )  # fmt: skip
    assert [json.loads(line) for line in done.lines] == [
        {"type": "subscribed", "topics": ["social:activity"]},
        {"type": "subscribed", "topics": ["trades:kalshi:KXBTC", "event:7"]},
        {"type": "unsubscribed", "topics": ["social:activity", "trades:kalshi:KXBTC"]},
    ]


# --- usage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--wait", "1s", "-n1"], "--wait and -n contradict each other."),
        (["--wait", "soon"], "--wait: 'soon' is no length of time"),
        (["--send", "/nope"], "--send: there is no /nope, so nothing was sent."),
        (["-o", "table"], "has no table"),
        (["--all"], "no such option: --all"),
        (["-o", "xml"], "there is no format"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_before_anything_is_said(
    wscli: Runner, echo: WsServer, arguments: list[str], words: str
) -> None:
    done = wscli.run("connect", echo.url, *arguments, input=b"a\n")
    assert done.returncode == 2
    assert words in done.stderr
    assert echo.connections == []


def test_a_full_disk_and_a_reader_that_leaves_are_told_as_ever(shell: Shell) -> None:
    if Path("/dev/full").exists():
        assert shell("echo a | $W connect $URL >/dev/full").returncode == 74
    done = shell("{ yes | $W connect $URL; echo $? >&2; } | head -1")
    assert done.stdout == "y\n"
    assert done.stderr.splitlines()[-1] == "141"


def test_its_own_options_are_reserved_in_profiles() -> None:
    own = {parameter.name for parameter in ConnectGroup.common} - {option.name for option in COMMON}
    assert own == {"send", "wait", "verbatim", "no_line_history"}
    assert own <= COMMON_OPTIONS
