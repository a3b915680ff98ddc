"""Compression: what is offered, what a server may answer, and what it may then send."""

from __future__ import annotations

import socket
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from tests.faults.opening import PATIENCE, failure, opened, receive
from tests.faults.test_connection import waiting_bytes
from tests.faults.test_handshake import CONNECTION, UPGRADE, answering, switching
from tests.harness.process import Runner
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import Connection as ServerSide
from tests.harness.ws_connection import text_frame
from tests.harness.ws_server import Handler, WsServer
from wscli.model.wire import Binary, Close, FailureKind, Incoming, Lost, Ping, Violated
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import TlsSettings

EXTENSIONS = "Sec-WebSocket-Extensions"
OFFER = "permessage-deflate; client_max_window_bits"
MIB = 1024 * 1024
SMALL = TransportSettings(connect_timeout=PATIENCE, max_message=MIB)


def telling(story: Callable[[ServerSide], None], answer: str | None = None) -> Handler:
    """Accept, with these extensions, tell the story, and read until the client leaves."""

    def handler(client: ServerSide) -> None:
        client.accept({} if answer is None else {EXTENSIONS: answer})
        story(client)
        client.wait_closed()

    return handler


def sending(data: bytes, answer: str | None = "permessage-deflate") -> Handler:
    return telling(lambda client: client.send_raw(data), answer)


def silence(_: ServerSide) -> None:
    """Say nothing."""


def packed(message: bytes) -> bytes:
    """A message compressed by itself."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (stream.compress(message) + stream.flush(zlib.Z_SYNC_FLUSH)).removesuffix(
        b"\0\0\xff\xff"
    )


def compressed(payload: bytes, first: int = 0xC1) -> bytes:
    """A frame that begins a compressed message; ``first`` is its first byte."""
    return bytes([first]) + text_frame(payload)[1:]


def offers(server: WsServer) -> list[str]:
    """What the only client has offered, a header a line."""
    (request,) = server.requests
    return request.headers.get_all(EXTENSIONS, [])


# ---- the opening handshake ----


def test_compression_is_offered() -> None:
    with WsServer(telling(silence)) as server, opened(server.url) as connection:
        assert offers(server) == [OFFER]
        assert not connection.handshake.deflate


def test_compression_is_not_offered_where_the_target_does_not_want_it() -> None:
    with WsServer(telling(silence)) as server, opened(server.url, deflate=False):
        assert offers(server) == []


@pytest.mark.parametrize(
    ("given", "sent"),
    [("permessage-deflate; server_max_window_bits=9", 1), ("x; y", 1), ("", 0)],
)
def test_what_the_user_offers_goes_out_in_the_place_of_our_offer(given: str, sent: int) -> None:
    headers = ((EXTENSIONS, given),)
    with WsServer(telling(silence)) as server, opened(server.url, headers=headers):
        assert offers(server) == [given] * sent


REFUSED = {
    "x": "the server chose the extension 'x', which was not offered",
    "permessage-deflate, permessage-deflate": "the server chose permessage-deflate twice",
    "permessage-deflate; server_max_window_bits=16": (
        "the server chose permessage-deflate with server_max_window_bits as '16',"
        " it must be 8 to 15"
    ),
    "permessage-deflate; client_max_window_bits": (
        "the server chose permessage-deflate with client_max_window_bits without a value,"
        " it must be 8 to 15"
    ),
    "permessage-deflate; server_no_context_takeover=1": (
        "the server chose permessage-deflate with server_no_context_takeover='1',"
        " which takes no value"
    ),
    "permessage-deflate; a": ("the server chose permessage-deflate with the unknown parameter 'a'"),
    "permessage deflate": "the server's Sec-WebSocket-Extensions cannot be read",
}


@pytest.mark.parametrize("answer", REFUSED)
def test_an_answer_that_does_not_fit_the_offer_is_refused_for_good(answer: str) -> None:
    with WsServer(telling(silence, answer)) as server:
        found = failure(server.url)
        place = f"cannot connect to 127.0.0.1:{server.port}"
    assert found.text == f"{place}: {REFUSED[answer]}"
    assert found.kind is FailureKind.HANDSHAKE
    assert not found.retry


def test_an_answer_in_two_headers_is_one_list() -> None:
    lines = [f"{EXTENSIONS}: permessage-deflate"] * 2
    handler = answering(switching(UPGRADE, CONNECTION, *lines), stay=True)
    with WsServer(handler) as server:
        assert failure(server.url).text.endswith("the server chose permessage-deflate twice")


def test_compression_that_nobody_offered_is_refused() -> None:
    with WsServer(telling(silence, "permessage-deflate")) as server:
        found = failure(server.url, deflate=False)
    words = "the server chose the extension 'permessage-deflate', which was not offered"
    assert found.text.endswith(words)
    assert not found.retry


def test_what_the_user_offers_is_what_the_answer_has_to_fit() -> None:
    headers = ((EXTENSIONS, "permessage-deflate; server_no_context_takeover"),)
    with WsServer(telling(silence, "permessage-deflate")) as server:
        found = failure(server.url, headers=headers)
    assert found.text.endswith("with other parameters than were offered")


# ---- an open connection ----

NEGOTIATED = [
    ServerPerMessageDeflateFactory(),
    ServerPerMessageDeflateFactory(server_no_context_takeover=True),
    ServerPerMessageDeflateFactory(client_no_context_takeover=True, client_max_window_bits=8),
    ServerPerMessageDeflateFactory(server_max_window_bits=9, compress_settings={"level": 9}),
    ServerPerMessageDeflateFactory(server_max_window_bits=12, server_no_context_takeover=True),
]


@pytest.mark.parametrize("factory", NEGOTIATED)
def test_what_a_server_compresses_is_read_however_it_does(
    factory: ServerPerMessageDeflateFactory,
) -> None:
    long = "κόσμε 🜲 " * 20_000
    texts = ["Hello", "Hello", "", long, "Hello", long[::-1]]

    def story(client: ServerSide) -> None:
        for text in texts:
            client.send_text(text)
        client.ping(b"Hello")
        client.send_binary(bytes(range(256)) * 1000)
        client.close(4001, "enough")

    with (
        WsServer(telling(story), extensions=[factory]) as server,
        opened(server.url) as connection,
    ):
        assert connection.handshake.deflate
        items = receive(connection)
    expected: list[Incoming] = [text.encode() for text in texts]
    assert items == [
        *expected,
        Ping(b"Hello"),
        Binary(bytes(range(256)) * 1000),
        Close(4001, "enough"),
    ]


def test_what_is_left_in_the_buffers_of_tls_is_read_without_waiting(authority: Authority) -> None:
    messages = [f"{number:x}" * 300 for number in range(1000, 4000)]

    def story(client: ServerSide) -> None:
        client.send_raw(b"".join(compressed(packed(each.encode())) for each in messages))

    settings = TransportSettings(PATIENCE, tls=TlsSettings(cacert=str(authority.pem)))
    handler = telling(story, "permessage-deflate; server_no_context_takeover")
    with (
        WsServer(handler, tls=authority.server_context()) as server,
        opened(server.url, settings) as connection,
    ):
        assert receive(connection, len(messages)) == [each.encode() for each in messages]


def test_what_we_send_is_not_compressed() -> None:
    sent = bytearray()

    def story(client: ServerSide) -> None:
        client.send_raw(b"\x89\x01p")
        while len(sent) < 4 * 6 + 5 + 1 + 2 and (
            data := client._wire.read(time.monotonic() + PATIENCE)
        ):
            sent.extend(data)

    with (
        WsServer(telling(story, "permessage-deflate")) as server,
        opened(server.url) as connection,
    ):
        receive(connection, 1)
        connection.send_text("Hello")
        connection.ping(b"")
        connection.close()
        eventually(lambda: len(sent) >= 32, what="all frames")
    firsts, at = [], 0
    while at < len(sent):
        firsts.append(sent[at])
        at += 6 + (sent[at + 1] & 0x7F)
    assert firsts == [0x8A, 0x81, 0x89, 0x88]


def test_what_we_send_is_understood_where_compression_was_negotiated() -> None:
    factory = ServerPerMessageDeflateFactory(client_no_context_takeover=True)
    with (
        WsServer(telling(silence), extensions=[factory]) as server,
        opened(server.url) as connection,
    ):
        connection.send_text("Hello" * 100)
        connection.close(4000, "bye")
        assert receive(connection) == [Close(4000, "bye")]
        (client,) = server.connections
        assert client.received == ["Hello" * 100]
        assert client.violation is None


def test_a_compressed_message_glued_to_the_answer_is_read() -> None:
    def handler(client: ServerSide) -> None:
        client.accept({EXTENSIONS: "permessage-deflate"}, glued=compressed(packed(b"first")))
        client.wait_closed()

    with WsServer(handler) as server, opened(server.url) as connection:
        assert receive(connection, 1) == [b"first"]


def test_a_compressed_message_in_fragments_is_read_byte_by_byte() -> None:
    data = packed(b"Hello World " * 20)
    frames = compressed(data[:4], 0x41) + b"\x89\x01p" + b"\x00\x00"
    frames += bytes([0x80, len(data) - 4]) + data[4:]

    def story(client: ServerSide) -> None:
        for byte in frames:
            client.send_raw(bytes([byte]))

    with (
        WsServer(telling(story, "permessage-deflate")) as server,
        opened(server.url) as connection,
    ):
        assert receive(connection, 2) == [Ping(b"p"), b"Hello World " * 20]


def test_a_context_that_is_kept_lasts_over_plain_messages() -> None:
    again = bytes.fromhex("c1 05 f2 00 11 00 00")  # "Hello" once more: RFC 7692, section 7.2.3.2
    data = bytes.fromhex("c1 07 f2 48 cd c9 c9 07 00") + text_frame("plain") + again
    with WsServer(sending(data)) as server, opened(server.url) as connection:
        assert receive(connection, 3) == [b"Hello", b"plain", b"Hello"]


def bomb(size: int) -> bytes:
    """A frame of a few bytes that comes to so many."""
    return compressed(packed(bytes(size)))


VIOLATIONS: dict[str, tuple[str | None, bytes, int]] = {
    "a bomb": ("permessage-deflate", bomb(50 * MIB), 1009),
    "a bomb of a binary": ("permessage-deflate", compressed(packed(bytes(50 * MIB)), 0xC2), 1009),
    "a bomb in fragments": (
        "permessage-deflate",
        compressed(packed(bytes(MIB))[:-1], 0x41) + b"\x00\x00" * 9 + b"\x00" + bomb(MIB)[1:],
        1009,
    ),
    "a bomb that is not whole": ("permessage-deflate", bomb(50 * MIB)[:-1] + b"\xff", 1009),
    "a giant frame": ("permessage-deflate", b"\xc1\x7f" + (1 << 40).to_bytes(8, "big"), 1009),
    "noise": ("permessage-deflate", compressed(b"\xff" * 20), 1007),
    "a message cut short": (
        "permessage-deflate; server_no_context_takeover",
        compressed(packed(b"Hello World")[:-2]),
        1007,
    ),
    "a context that was to be forgotten": (
        "permessage-deflate; server_no_context_takeover",
        bytes.fromhex("c1 05 f2 00 11 00 00"),
        1007,
    ),
    "a window that is too large": (
        "permessage-deflate; server_max_window_bits=8",
        compressed(packed(b"Hello World" + bytes(range(256)) * 200 + b"Hello World")),
        1007,
    ),
    "text that is not UTF-8": ("permessage-deflate", compressed(packed(b"\xff")), 1007),
    "rsv1, nothing negotiated": (None, compressed(packed(b"Hello")), 1002),
    "rsv2": ("permessage-deflate", b"\xa1\x00", 1002),
    "a compressed ping": ("permessage-deflate", b"\xc9\x00", 1002),
    "a compressed close": ("permessage-deflate", b"\xc8\x00", 1002),
    "a compressed continuation": (
        "permessage-deflate",
        compressed(packed(b"Hello"), 0x41) + b"\xc0\x00",
        1002,
    ),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_broken_rule_is_answered_with_its_close_code(name: str) -> None:
    answer, data, code = VIOLATIONS[name]
    with (
        WsServer(sending(text_frame("good") + data, answer)) as server,
        opened(server.url, SMALL) as connection,
    ):
        good, violated = receive(connection)
        assert good == b"good"
        assert isinstance(violated, Violated)
        assert violated.code == code
        connection.abort()
        eventually(lambda: server.connections[0].close_code == code, what=str(code))


def test_messages_that_are_all_within_the_limit_do_not_fill_the_memory_together() -> None:
    """A quarter of what is read at once elsewhere: deflate makes up to 1032 bytes of one."""
    frame = bomb(MIB)
    count = 128 * 1024 // len(frame)

    def story(client: ServerSide) -> None:
        assert client.receive() == "go"
        client.send_raw(frame * count)

    with (
        WsServer(telling(story, "permessage-deflate")) as server,
        opened(server.url, SMALL) as connection,
    ):
        connection._channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 512 * 1024)
        connection.send_text("go")
        eventually(lambda: waiting_bytes(connection) > 64 * 1024, what="more than is read at once")
        came = 0
        while came < count:
            items = connection.receive(PATIENCE)
            came += len(items)
            assert sum(len(item) for item in items if isinstance(item, bytes)) < 20 * MIB
    assert came == count


def test_a_cut_in_the_middle_of_a_compressed_message_counts_what_came_of_it() -> None:
    def handler(client: ServerSide) -> None:
        client.accept({EXTENSIONS: "permessage-deflate"})
        client.send_raw(compressed(packed(b"whole")))
        client.cut(compressed(packed(b"a" * 1000) + b"\0\0\xff\xff", 0x41))

    with WsServer(handler) as server, opened(server.url) as connection:
        whole, lost = receive(connection)
    assert whole == b"whole"
    assert isinstance(lost, Lost)
    assert lost.partial == 1000


# ---- the installed command ----

MESSAGES = [f'{{"type":"price","n":{n},"price":"0.10"}}' for n in range(3)]


def say_all(client: ServerSide) -> None:
    for message in MESSAGES:
        client.send_text(message)


def compressing() -> WsServer:
    return WsServer(telling(say_all), extensions=[ServerPerMessageDeflateFactory()])


def test_the_command_reads_what_a_server_compresses(wscli: Runner) -> None:
    with compressing() as server:
        done = wscli.run("tail", server.url, "-n3")
        assert offers(server) == [OFFER]
        assert server.connections[0]._protocol.extensions  # it was indeed negotiated
    assert done.returncode == 0
    assert done.lines == [message.encode() for message in MESSAGES]


def test_no_compress_offers_nothing(wscli: Runner) -> None:
    with compressing() as server:
        done = wscli.run("tail", server.url, "-n3", "--no-compress")
        assert offers(server) == []
    assert (done.returncode, len(done.lines)) == (0, 3)


@pytest.mark.parametrize(("word", "expected"), [("true", [OFFER]), ("false", [])])
def test_a_profile_decides_whether_compression_may_be_offered(
    wscli: Runner, tmp_path: Path, word: str, expected: list[str]
) -> None:
    profile = tmp_path / "mine.yaml"
    with compressing() as server:
        profile.write_text(
            "wscli: 1\nname: mine\n"
            f"connect: {{url: '{server.url}', deflate: {word}}}\n"
            f"discriminator: .type\nmessages: {{price: {{examples: [{MESSAGES[0]}]}}}}\n"
        )
        done = wscli.run("tail", profile, "-n3")
        assert offers(server) == expected
    assert (done.returncode, len(done.lines)) == (0, 3), done.stderr


def test_a_header_of_the_user_s_offers_in_the_place_of_the_command(wscli: Runner) -> None:
    given = "permessage-deflate; server_no_context_takeover; server_max_window_bits=10"
    with compressing() as server:
        done = wscli.run("tail", server.url, "-n3", "-H", f"{EXTENSIONS}: {given}")
        assert offers(server) == [given]
        assert server.connections[0]._protocol.extensions
    assert (done.returncode, len(done.lines)) == (0, 3)


def test_a_wrong_answer_ends_the_run_in_plain_words(wscli: Runner) -> None:
    line = f"{EXTENSIONS}: permessage-deflate; x=\x1b[31m"
    with WsServer(answering(switching(UPGRADE, CONNECTION, line), stay=True)) as server:
        done = wscli.run("tail", server.url, "--max-reconnects", "3")
        assert len(server.requests) == 1
    assert done.returncode == 3
    assert "the server's Sec-WebSocket-Extensions cannot be read" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_bomb_ends_the_run_in_plain_words(wscli: Runner) -> None:
    data = compressed(packed(b"[1]")) + bomb(50 * MIB)
    with WsServer(sending(data)) as server:
        done = wscli.run("tail", server.url, "--max-frame", "1MiB", "--no-reconnect")
        eventually(lambda: server.connections[0].close_code == 1009, what="1009")
    assert done.returncode == 3
    assert done.lines == [b"[1]"]
    assert "a compressed message of more than 1,048,576 bytes, the limit" in done.stderr
