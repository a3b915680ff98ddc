"""``wscli connect`` at a terminal: typing while messages come, and leaving it as it was."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_connect import PROFILE, answer, host
from tests.conftest import ScreenFactory
from tests.harness.environment import clean_environment, installed_command
from tests.harness.screen import Screen
from tests.harness.waiting import eventually
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from wscli.cli.connect_prompt import Prompt
from wscli.output.sink import Sink

WELCOME = "each line that you type is sent; /help says what else there is, Ctrl-D ends"


class Chatter:
    """A server that echoes, and says something whenever the test wants it to."""

    def __init__(self) -> None:
        self._connected = threading.Event()
        self._connection: Connection | None = None

    def __call__(self, connection: Connection) -> None:
        self._connection = connection
        connection.accept()
        self._connected.set()
        while (came := connection.receive(30)) is not None:
            connection.send_text(f"echo {came!s}")

    def say(self, text: str) -> None:
        assert self._connected.wait(10)
        assert self._connection is not None
        self._connection.send_text(text)


@pytest.fixture
def chatter() -> Chatter:
    return Chatter()


@pytest.fixture
def server(chatter: Chatter) -> Iterator[WsServer]:
    with WsServer(chatter) as server:
        yield server


@pytest.fixture
def talk(screen: ScreenFactory, server: WsServer) -> Screen:
    """A talk that is connected."""
    shown = screen("connect", server.url)
    shown.wait_for("connected to")
    shown.wait_for(lambda lines: lines_of(lines)[-1] == ">")
    return shown


def lines_of(lines: list[str]) -> list[str]:
    return [line for line in lines if line]


def ends_with(*wanted: str):
    return lambda lines: lines_of(lines)[-len(wanted) :] == list(wanted)


def attributes(shown: Screen) -> list[object]:
    return termios.tcgetattr(shown._control)


# --- typing --------------------------------------------------------------------------------------


def test_what_is_typed_is_sent_and_what_comes_is_marked(talk: Screen, server: WsServer) -> None:
    assert any(WELCOME in line for line in talk.display)
    talk.type("hello\r")
    talk.wait_for(ends_with("> hello", "< echo hello", ">"))
    talk.type("\x04")
    assert talk.finish() == 0
    assert server.connections[0].received == ["hello"]
    assert server.connections[0].close_code == 1000
    assert "1 message, " in lines_of(talk.display)[-1]


def test_what_comes_while_somebody_types_stands_above_the_line(
    talk: Screen, chatter: Chatter, server: WsServer
) -> None:
    for number, letter in enumerate("abcdef"):
        talk.type(letter)
        chatter.say(f"news {number}")
        talk.wait_for(ends_with(f"< news {number}", "> " + "abcdef"[: number + 1]))
    talk.type("\x1b[D\x1b[DX\r")
    talk.wait_for(ends_with("> abcdXef", "< echo abcdXef", ">"))
    assert [line for line in talk.display if "news" in line] == [f"< news {n}" for n in range(6)]
    assert server.connections[0].received == ["abcdXef"]


def test_a_flood_above_it_loses_no_key_and_no_message(talk: Screen, chatter: Chatter) -> None:
    text = "the quick brown fox jumps over the lazy dog"
    for number, letter in enumerate(text):
        chatter.say(f"news {number}")
        talk.type(letter)
    talk.type("\r")
    talk.wait_for(f"< echo {text}")
    said = [line for line in talk.history if line.startswith("< news")]
    assert said == [f"< news {number}" for number in range(len(text))]


def test_a_message_cannot_touch_the_terminal(talk: Screen, chatter: Chatter) -> None:
    chatter.say("\x1b]0;owned\x07\x1b[31mred\nnext [bold]x[/]")
    talk.wait_for(ends_with("< \\x1b]0;owned\\x07\\x1b[31mred", "  next [bold]x[/]", ">"))
    assert talk.title == ""


def test_a_line_that_is_resized_is_drawn_anew(talk: Screen) -> None:
    talk.type("x" * 60)
    talk.wait_for("> " + "x" * 60)
    talk.resize(40, 30)
    talk.wait_for(ends_with("> " + "x" * 38, "x" * 22))
    talk.type("\r")
    talk.wait_for(ends_with("> " + "x" * 38, "x" * 22, "< echo " + "x" * 33, "x" * 27, ">"))


def test_an_empty_line_sends_nothing_and_two_slashes_send_one(
    talk: Screen, server: WsServer
) -> None:
    talk.type("\r//a\r")
    talk.wait_for("< echo /a")
    assert server.connections[0].received == ["/a"]


def test_a_pasted_text_is_a_frame_a_line_but_one_json_object_is_one(
    talk: Screen, server: WsServer
) -> None:
    talk.type("\x1b[200~one\ntwo\x1b[201~\r")
    talk.wait_for("< echo two")
    talk.type('\x1b[200~{"a":\n 1}\x1b[201~\r')
    talk.wait_for('< echo {"a":')
    assert server.connections[0].received == ["one", "two", '{"a":\n 1}']


def test_commands_are_answered_where_they_are_typed(talk: Screen) -> None:
    talk.type("/nope\r")
    talk.wait_for("there is no /nope, so nothing was sent")
    talk.type("/ping hi\r")
    talk.wait_for("pong hi after")
    talk.type("/help\r")
    talk.wait_for("/close: close the connection and end the run")
    talk.type("/quit\r")
    assert talk.finish() == 0, "at a prompt a mistake is no failure of the run"


def test_what_is_typed_while_the_connection_is_lost_is_sent_on_the_next_one(
    screen: ScreenFactory,
) -> None:
    with WsServer(answer) as server:
        shown = screen("connect", server.url)
        shown.wait_for("connected to")
        shown.type("drop\r")
        shown.wait_for("reconnecting in")
        shown.type("meanwhile\r")
        shown.wait_for("< meanwhile")
        assert server.connections[1].received == ["meanwhile"]


# --- leaving -------------------------------------------------------------------------------------


def test_ctrl_c_clears_the_line_and_then_ends_the_run(talk: Screen, server: WsServer) -> None:
    before = attributes(talk)
    talk.type("unsaid\x03")
    talk.wait_for(ends_with(">"))
    talk.type("\x03")
    assert talk.finish() == 130
    assert server.connections[0].received == []
    assert server.connections[0].close_code == 1000
    assert attributes(talk) != before, "the prompt had changed them"
    assert "interrupted" in lines_of(talk.display)[-1]


def test_the_terminal_is_left_as_it_was_found(tmp_path: Path, server: WsServer) -> None:
    command = " ".join([*installed_command(), "connect", server.url])
    with Screen(["sh", "-c", f"stty -a >a; {command}; stty -a >b"], tmp_path) as shown:
        shown.wait_for("connected to")
        shown.type("half a line")
        shown.wait_for("> half a line")
        server.connections[0].close(1000)
        shown.wait_for("reconnecting in")
        shown.type("\x03\x04")
        assert shown.finish() == 0
        assert not any(line.startswith(">") for line in shown.display)
        assert shown.raw.count(b"\x1b[?2004h") > shown.raw.count(b"\x1b[?2004l") == 1
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()


def test_a_signal_ends_the_run_in_good_order(talk: Screen) -> None:
    talk.type("half")
    talk.wait_for("> half")
    talk.signal(signal.SIGTERM)
    assert talk.finish() == 143
    assert "interrupted" in lines_of(talk.display)[-1]


def test_ctrl_d_in_a_line_takes_a_character_away(talk: Screen, server: WsServer) -> None:
    talk.type("abc\x01\x04\r")
    talk.wait_for("< echo bc")
    assert server.connections[0].received == ["bc"]


def test_a_terminal_that_is_gone_ends_the_run(screen: ScreenFactory, server: WsServer) -> None:
    talk = screen("connect", server.url)
    talk.wait_for(ends_with(">"))
    eventually(lambda: server.connections)
    talk.type("half")
    talk.wait_for("> half")
    assert talk.hang_up() == 129
    eventually(lambda: server.connections[0].close_code == 1000)


def test_what_is_written_when_the_prompt_is_gone_is_written_all_the_same() -> None:
    prompt, told = Prompt(Sink(1)), list[str]()
    prompt.above(lambda: told.append("before"))
    prompt._thread = threading.Thread(target=lambda: None)
    prompt._thread.start()
    prompt._thread.join()
    prompt._ready.set()
    prompt.above(lambda: told.append("after"))
    prompt.close()
    prompt.close()
    assert told == ["before", "after"]


def test_a_second_ctrl_c_leaves_at_once(screen: ScreenFactory) -> None:
    def deaf(connection: Connection) -> None:
        connection.accept()
        connection.hold()

    with WsServer(deaf) as server:
        shown = screen("connect", server.url, "-v")
        shown.wait_for("connected to")
        shown.wait_for(lambda lines: lines_of(lines)[-1] == ">")
        shown.type("\x03")
        shown.wait_for("closing the connection")
        shown.type("\x03")
        assert shown.finish(2.5) == 130


# --- a profile's operations ----------------------------------------------------------------------


@pytest.fixture
def room(tmp_path: Path) -> Iterator[WsServer]:
    (tmp_path / "room.yaml").write_text(PROFILE)
    with WsServer(host) as server:
        yield server


def test_the_tab_key_completes_operations_and_arguments(
    screen: ScreenFactory, room: WsServer
) -> None:
    shown = screen("connect", "./room.yaml", "--url", room.url, "--type", "echo")
    shown.wait_for("connected to")
    shown.type("/j\t")
    shown.wait_for("> /join")
    shown.type(" t\t")
    shown.wait_for("> /join topic=")
    shown.type("h\t\r")
    shown.wait_for("> /join topic=hall")
    eventually(lambda: room.connections[0].received == ['{"type":"join","rooms":["hall"]}'])
    shown.wait_for(lambda lines: any("  echo  " in line and "join" in line for line in lines))


# --- the history ---------------------------------------------------------------------------------


def test_what_was_typed_is_there_again_in_the_next_run_but_no_secret(
    tmp_path: Path, room: WsServer
) -> None:
    command = [*installed_command(), "connect", "./room.yaml", "--url", room.url, "--type", "x"]
    env = {"WSCLI_ROOM_TOKEN": "s3cret-token"}
    with Screen(command, tmp_path, env=env) as first:
        first.wait_for("connected to")
        first.type("one\rthis is s3cret-token\r")
        first.wait_for("> this is ***")
        first.type("\x04")
        assert first.finish() == 0
    place = tmp_path / ".local" / "state" / "wscli" / "connect-history"
    assert json.loads(place.read_text()) == ["room", "one"]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with Screen([*command, "--no-line-history"], tmp_path, env=env) as second:
        second.wait_for("connected to")
        second.type("kept nowhere\r\x04")
        assert second.finish() == 0
    with Screen(command, tmp_path, env=env) as third:
        third.wait_for("connected to")
        third.type("\x1b[A")
        third.wait_for("> one")


# --- where nobody sits at a terminal that can be drawn on ----------------------------------------


def test_a_dumb_terminal_is_read_line_by_line(tmp_path: Path, server: WsServer) -> None:
    command = [*installed_command(), "connect", server.url]
    with Screen(command, tmp_path, env={"TERM": "dumb"}) as shown:
        shown.wait_for("connected to")
        shown.type("a\r")
        shown.wait_for("< echo a")
        shown.type("\x04")
        assert shown.finish() == 0
        assert b"\x1b" not in shown.raw
        assert WELCOME not in "".join(shown.display)


def test_without_a_terminal_prompt_toolkit_is_not_even_imported(
    tmp_path: Path, server: WsServer
) -> None:
    code = (
        "import sys; from wscli.cli.main import run\n"
        f"code = run(['connect', '{server.url}', '--send', 'a', '-n1'])\n"
        "print(code, [name for name in ('prompt_toolkit', 'rich') if name in sys.modules])\n"
    )
    (tmp_path / "look.py").write_text(code)
    (script,) = installed_command()
    python = Path(script).with_name("python")
    with Screen([str(python), "look.py"], tmp_path) as shown:
        shown.wait_for("0 [")
        assert "0 []" in shown.display or "0 ['rich']" in shown.display


def test_a_run_that_has_to_be_left_at_once_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    """Nobody reads the terminal, so the prompt cannot even take itself away."""

    def flood(connection: Connection) -> None:
        connection.accept()
        connection.send_text("y" * 1_000_000)
        connection.receive(30)

    master, slave = os.openpty()
    before = termios.tcgetattr(slave)

    def waiting() -> int:
        return int.from_bytes(fcntl.ioctl(master, termios.FIONREAD, bytes(4)), sys.byteorder)

    with WsServer(flood) as server:
        process = subprocess.Popen(
            [*installed_command(), "connect", server.url],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**clean_environment(tmp_path), "TERM": "xterm"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads
        )
        try:
            eventually(lambda: waiting() > 3000, what="a terminal that takes no more")
            assert termios.tcgetattr(slave) != before
            process.terminate()
            assert process.wait(15) == 128 + signal.SIGTERM
        finally:
            process.kill()
            process.wait()
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)
