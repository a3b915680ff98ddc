"""An open connection: nothing that came is lost, whatever happens to it."""

from __future__ import annotations

import fcntl
import socket
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.faults.opening import PATIENCE, never, opened, receive
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.wire import Gone
from tests.harness.ws_connection import Connection as ServerSide
from tests.harness.ws_connection import text_frame
from tests.harness.ws_server import Handler, WsServer
from wscli.model.wire import Binary, Close, Lost, Ping, Pong, Violated
from wscli.transport.channel import CHUNK, Channel
from wscli.transport.connection import Connection
from wscli.transport.failures import SendFailed
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import TlsSettings
from wscli.transport.waker import Waker

FIN = "the server closed the connection without a close frame"
RESET = "the connection was reset"


def telling(story: Callable[[ServerSide], None]) -> Handler:
    """Accept, tell the story, and read until the client leaves."""

    def handler(client: ServerSide) -> None:
        client.accept()
        story(client)
        client.wait_closed()

    return handler


def sending(data: bytes) -> Handler:
    return telling(lambda client: client.send_raw(data))


def test_messages_of_every_kind_come_in_order() -> None:
    def story(client: ServerSide) -> None:
        client.send_text("κ")
        client.send_binary(b"\xff")
        client.ping(b"p")
        client.send_raw(b"\x8a\x01q")
        client.close(4001, "enough")

    with WsServer(telling(story)) as server, opened(server.url) as connection:
        items = receive(connection)
    assert items == ["κ".encode(), Binary(b"\xff"), Ping(b"p"), Pong(b"q"), Close(4001, "enough")]
    assert isinstance(items[1], Binary)


def test_what_is_sent_arrives() -> None:
    with WsServer(telling(lambda _: None)) as server, opened(server.url) as connection:
        connection.send_text("κόσμε")
        connection.send_text("")
        connection.send_text("κ" * 128_000)
        connection.ping(b"are you there")
        assert receive(connection, 1) == [Pong(b"are you there")]
        (client,) = server.connections
        assert client.received == ["κόσμε", "", "κ" * 128_000]
        connection.close(4000, "bye")
        assert receive(connection) == [Close(4000, "bye")]
        assert client.close_code == 4000
        assert client.violation is None


def test_nothing_comes_back_when_the_time_is_up() -> None:
    with WsServer(telling(lambda _: None)) as server, opened(server.url) as connection:
        assert connection.receive(0) == []
        assert connection.receive(0.01) == []


def test_nothing_comes_back_after_a_wake() -> None:
    waker = Waker()
    with WsServer(telling(lambda _: None)) as server, opened(server.url, waker=waker) as connection:
        waker.wake()
        started = time.monotonic()
        assert connection.receive(PATIENCE) == []
        assert time.monotonic() - started < PATIENCE / 2


def test_a_timeout_in_the_middle_of_a_message_loses_nothing() -> None:
    go_on = threading.Event()

    def story(client: ServerSide) -> None:
        client.send_raw(text_frame("hello")[:4])
        assert go_on.wait(PATIENCE)
        client.send_raw(text_frame("hello")[4:])

    with WsServer(telling(story)) as server, opened(server.url) as connection:
        assert connection.receive(0.05) == []
        go_on.set()
        assert receive(connection, 1) == [b"hello"]


def test_all_messages_of_a_burst_come_in_batches() -> None:
    messages = [str(number).encode() for number in range(20_000)]
    with (
        WsServer(sending(b"".join(map(text_frame, messages)))) as server,
        opened(server.url) as connection,
    ):
        assert receive(connection, len(messages)) == messages


def test_a_long_message_comes_whole() -> None:
    with WsServer(sending(text_frame("é" * 2_000_000))) as server, opened(server.url) as connection:
        assert receive(connection, 1) == ["é".encode() * 2_000_000]


def test_only_the_last_ping_of_a_batch_is_answered() -> None:
    pings = b"".join(b"\x89\x01" + digit for digit in (b"1", b"2", b"3"))
    with WsServer(sending(pings)) as server, opened(server.url) as connection:
        assert receive(connection, 3) == [Ping(b"1"), Ping(b"2"), Ping(b"3")]
        connection.close()
        receive(connection)
        assert server.connections[0].pongs[-1:] == [b"3"]
        assert len(server.connections[0].pongs) <= 3


@pytest.mark.parametrize(
    ("close", "seen", "echoed"),
    [
        (b"\x88\x00", Close(), 1005),
        (b"\x88\x02\x03\xe8", Close(1000), 1000),
        (b"\x88\x05\x0f\xa1bye", Close(4001, "bye"), 4001),
    ],
)
def test_a_close_is_answered_with_its_own_code(close: bytes, seen: Close, echoed: int) -> None:
    with WsServer(sending(text_frame("last") + close)) as server, opened(server.url) as connection:
        assert receive(connection) == [b"last", seen]
        assert connection.receive(PATIENCE) == []
        connection.abort()
        eventually(lambda: server.connections[0].close_code == echoed, what=str(echoed))


def test_closing_loses_no_message_that_was_under_way() -> None:
    def handler(client: ServerSide) -> None:
        client.accept()
        for number in range(100):
            client.send_text(str(number))
        assert client.receive() == "go"
        client.send_text("late")
        client.close()

    with WsServer(handler) as server, opened(server.url) as connection:
        connection.send_text("go")
        connection.close(1000, "bye")
        items = receive(connection)
    assert items[:100] == [str(number).encode() for number in range(100)]
    assert items[-1] == Close(1000, "bye") or items[-2:] == [b"late", Close(1000)]


def test_after_our_close_only_pongs_are_sent() -> None:
    def handler(client: ServerSide) -> None:
        client.accept()
        assert client.receive() == "first"
        client.send_raw(b"\x89\x01p" + b"\x88\x02\x03\xe8")
        client.wait_closed()

    with WsServer(handler) as server, opened(server.url) as connection:
        connection.send_text("first")
        connection.close()
        with pytest.raises(SendFailed, match="being closed"):
            connection.send_text("x")
        with pytest.raises(SendFailed, match="being closed"):
            connection.ping(b"x")
        assert receive(connection)[-1] == Close(1000)
        connection.abort()
        (client,) = server.connections
        assert eventually(lambda: client.close_code) == 1000
        assert client.received == ["first"]
        assert client.violation is None


def test_only_one_close_frame_is_sent() -> None:
    def handler(client: ServerSide) -> None:
        client.accept(glued=b"\x88\x02\x03\xe8")
        while data := client._wire.read(time.monotonic() + PATIENCE):
            sent.extend(data)
        all_read.set()

    sent, all_read = bytearray(), threading.Event()
    with WsServer(handler) as server, opened(server.url) as connection:
        connection.close()
        connection.close(4000)
        assert receive(connection) == [Close(1000)]
        connection.abort()
        assert all_read.wait(PATIENCE)
    assert sent[:2] == b"\x88\x82"  # two masked bytes
    assert len(sent) == 8


VIOLATIONS = {
    "rsv": (b"\xc1\x00", 1002),
    "opcode": (b"\x83\x00", 1002),
    "masked": (b"\x81\x81\0\0\0\0a", 1002),
    "long ping": (b"\x89\x7e\x00\x7e", 1002),
    "stray continuation": (b"\x80\x00", 1002),
    "illegal close code": (b"\x88\x02\x03\xed", 1002),
    "bad text": (b"\x81\x01\xff", 1007),
    "bad reason": (b"\x88\x03\x03\xe8\xff", 1007),
    "giant": (b"\x81\x7f" + (1 << 40).to_bytes(8, "big") + b"x" * 1000, 1009),
    "endless fragments": (b"\x01\x01a" + b"\x00\x01a" * 1100, 1009),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_broken_rule_is_answered_with_its_close_code(name: str) -> None:
    data, code = VIOLATIONS[name]
    settings = TransportSettings(connect_timeout=PATIENCE, max_message=1000)
    with (
        WsServer(sending(text_frame("good") + data)) as server,
        opened(server.url, settings) as connection,
    ):
        items = receive(connection)
        assert items[0] == b"good"
        assert isinstance(items[-1], Violated)
        assert items[-1].code == code
        assert len(items) == 2
        with pytest.raises(SendFailed):
            connection.send_text("x")
        connection.abort()
        eventually(lambda: server.connections[0].close_code == code, what=str(code))


@pytest.mark.parametrize(("partial", "size"), [(b"", 0), (text_frame("unfinished")[:9], 9)])
@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_is_cut_gives_what_came_and_counts_the_rest(
    partial: bytes, size: int, *, reset: bool
) -> None:
    def handler(client: ServerSide) -> None:
        client.accept()
        client.send_text("1")
        client.send_text("2")
        client.cut(partial, reset=reset)

    with WsServer(handler) as server, opened(server.url) as connection:
        items = receive(connection)
        assert connection.receive(PATIENCE) == []
    assert items[:2] == [b"1", b"2"]
    assert items[2] in ([Lost(FIN, size), Lost(RESET, size)] if reset else [Lost(FIN, size)])


def test_fragments_that_never_end_are_counted_when_the_connection_goes() -> None:
    def handler(client: ServerSide) -> None:
        client.accept()
        client.cut(b"\x01\x03abc")

    with WsServer(handler) as server, opened(server.url) as connection:
        assert receive(connection) == [Lost(FIN, 3)]


def waiting_bytes(connection: Connection) -> int:
    """How much the system holds for us that we have not read."""
    answer = fcntl.ioctl(connection._channel.socket, termios.FIONREAD, bytes(4))
    return int.from_bytes(answer, sys.byteorder)


def test_a_pong_that_fails_hides_no_message_behind_its_ping() -> None:
    """The server pings, sends more than we read at once, and is gone before we read any of it:
    the first pong makes its kernel send RST, the second cannot be sent.
    """
    messages = [str(number).encode() * 800 for number in range(10, 60)]
    data = b"".join(b"\x89\x00" + text_frame(message) for message in messages)
    assert len(data) > CHUNK

    def handler(client: ServerSide) -> None:
        client.accept()
        assert client.receive() == "go"
        client.send_raw(data)
        client.wait_closed()

    with WsServer(handler) as server, opened(server.url) as connection:
        connection._channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * len(data))
        connection.send_text("go")
        eventually(lambda: waiting_bytes(connection) == len(data), what="all of it")
        server.close()
        items = receive(connection)
    assert items[:-1:2] == [Ping()] * 50
    assert items[1:-1:2] == messages
    assert items[-1] == Lost(RESET)


def slow_server(over: threading.Event) -> Handler:
    """Say something, and read nothing until it is over."""

    def handler(client: ServerSide) -> None:
        client.accept()
        client.send_text("hello")
        assert over.wait(PATIENCE)
        client.cut()

    return handler


def fill(connection: Connection) -> str:
    """Send until that fails; the words come back."""
    try:
        for _ in range(100):
            connection.send_text("x" * 1_000_000)
    except SendFailed as failed:
        return str(failed)
    pytest.fail("100 MB have gone somewhere")


def test_a_send_that_times_out_makes_every_later_one_fail_at_once() -> None:
    over = threading.Event()
    settings = TransportSettings(connect_timeout=PATIENCE, send_timeout=0.1)
    with WsServer(slow_server(over)) as server, opened(server.url, settings) as connection:
        assert fill(connection) == "the server took no data for 0.1 s"
        started = time.monotonic()
        with pytest.raises(SendFailed, match=r"took no data for 0\.1 s"):
            connection.send_text("x")
        connection.close()
        assert time.monotonic() - started < 0.1
        assert receive(connection, 1) == [b"hello"]
        over.set()
        assert receive(connection) == [Lost("the server took no data for 0.1 s")]


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_what_comes_while_a_frame_cannot_be_sent_is_taken_so_that_both_go_on(
    authority: Authority, *, secure: bool
) -> None:
    """The server reads on only when its answer is taken, and we talk faster than it answers."""
    answers = [str(number) + "y" * 1_000_000 for number in range(40)]

    def story(client: ServerSide) -> None:
        for answer in answers:
            client.receive(PATIENCE)
            client.send_text(answer)

    tls = TlsSettings(cacert=str(authority.pem))
    settings = TransportSettings(connect_timeout=PATIENCE, send_timeout=3, tls=tls)
    context = authority.server_context() if secure else None
    with (
        WsServer(telling(story), tls=context) as server,
        opened(server.url, settings) as connection,
    ):
        behind = [connection.behind]
        for _ in answers:
            connection.send_text("x" * 500_000)
        behind.append(connection.behind)
        assert behind == [False, True]
        assert receive(connection, len(answers)) == [answer.encode() for answer in answers]


def test_no_more_than_so_much_is_taken_while_a_frame_cannot_be_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wscli.transport.connection._EARLY", 1)
    settings = TransportSettings(connect_timeout=PATIENCE, send_timeout=0.3)

    def handler(client: ServerSide) -> None:
        client.accept()
        with suppress(Gone):
            while True:
                client.send_text("y" * 10_000)

    with WsServer(handler) as server, opened(server.url, settings) as connection:
        assert fill(connection) == "the server took no data for 0.3 s"
        assert 0 < sum(map(len, connection._early)) <= CHUNK


def test_after_the_end_of_what_a_server_says_only_room_to_send_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The end is readable for ever, so to wait for it as well would be to wait for nothing."""
    over = threading.Event()
    reads: list[bytes | None] = []
    settings = TransportSettings(connect_timeout=PATIENCE, send_timeout=0.3)

    def handler(client: ServerSide) -> None:
        client.accept()
        client._wire._sock.shutdown(socket.SHUT_WR)
        over.wait(PATIENCE)

    def counted(channel: Channel, size: int = CHUNK) -> bytes | None:
        reads.append(read(channel, size))
        return reads[-1]

    read = Channel.read
    monkeypatch.setattr(Channel, "read", counted)
    with WsServer(handler) as server, opened(server.url, settings) as connection:
        reads.clear()
        assert fill(connection) == "the server took no data for 0.3 s"
        over.set()
    assert reads.count(b"") == 1


def test_a_send_can_be_called_off() -> None:
    over, called_off, waker = threading.Event(), threading.Event(), Waker()

    def call_off() -> None:
        called_off.set()
        waker.wake()

    with (
        WsServer(slow_server(over)) as server,
        opened(server.url, waker=waker, cancelled=called_off.is_set) as connection,
    ):
        timer = threading.Timer(0.05, call_off)
        timer.start()
        assert fill(connection) == "sending was called off"
        over.set()
        timer.join(PATIENCE)


def test_a_send_to_a_server_that_is_gone_fails_in_words() -> None:
    def handler(client: ServerSide) -> None:
        client.accept()
        client.cut(reset=True)

    with WsServer(handler) as server, opened(server.url, cancelled=never) as connection:
        server.close()
        assert fill(connection) == RESET
        assert receive(connection) == [Lost(RESET)]


def test_what_cannot_be_sent_leaves_the_connection_in_order() -> None:
    with WsServer(telling(lambda _: None)) as server, opened(server.url) as connection:
        with pytest.raises(SendFailed, match="surrogate"):
            connection.send_text("\ud800")
        with pytest.raises(SendFailed, match="at most 125 bytes"):
            connection.ping(b"x" * 126)
        connection.ping(b"x" * 125)
        assert receive(connection, 1) == [Pong(b"x" * 125)]


def test_a_flood_of_pings_gets_few_answers() -> None:
    with WsServer(sending(b"\x89\x04ping" * 50_000 + text_frame("after"))) as server:
        with opened(server.url) as connection:
            items = receive(connection, 50_001)
            connection.close()
            receive(connection)
        assert items[-1] == b"after"
        assert 1 <= len(server.connections[0].pongs) <= 5000


def test_aborting_ends_everything_and_may_be_repeated() -> None:
    with WsServer(telling(lambda _: None)) as server, opened(server.url) as connection:
        connection.abort()
        connection.abort()
        assert connection.receive(PATIENCE) == []
        with pytest.raises(SendFailed):
            connection.send_text("x")
        connection.close()
