"""The simulator over loopback: what a WebSocket client and a browser meet at its port."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from http.client import HTTPConnection
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from tests.harness.waiting import eventually
from tests.unit.simulator.simulated import (
    OPTIONS,
    is_valid,
    pinged,
    pinging,
    quiet,
    seconds,
    subscribing,
)
from wscli.errors import UsageError
from wscli.model.keepalive import Keepalive
from wscli.model.options import Option
from wscli.model.profile import Codec, Connect, Frames, MessageRule, Profile, Simulate
from wscli.model.requests import HttpStep, Request
from wscli.simulator import guests
from wscli.simulator.conversation import Conversation
from wscli.simulator.play import Play
from wscli.simulator.server import Simulator
from wscli.simulator.world import World
from wscli.transport.clock import Clock
from wscli.transport.waker import Waker

QUICK = Simulate(rate=200, keys=4)
STILL = Simulate(rate=0)

Start = Callable[..., Simulator]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a simulator; all are stopped at the end, and nothing went wrong inside."""
    started: list[Simulator] = []

    def start_one(profile: Profile, port: int = 0, **parts: Any) -> Simulator:
        parts.setdefault("simulate", QUICK)
        options = OPTIONS.get(profile.name, {})
        simulator = Simulator(
            replace(profile, **parts), options, port=port, clock=Clock(), rng=Random(0)
        )
        simulator.start()
        started.append(simulator)
        return simulator

    yield start_one
    for simulator in started:
        simulator.stop()


def client(simulator: Simulator, path: str = "/v1/ws", **more: Any) -> ClientConnection:
    connection: ClientConnection = connect(
        simulator.url + path,
        proxy=None,
        max_queue=None,  # a client that stops reading waits long for the answer to its close
        open_timeout=20,
        close_timeout=5,
        **more,
    )
    return connection


def refused(simulator: Simulator, path: str = "/v1/ws", **more: Any) -> Response:
    """The answer to an opening handshake that is refused."""
    with pytest.raises(InvalidStatus) as raised, client(simulator, path, **more):
        pass
    return raised.value.response


def come_and_go(simulator: Simulator) -> None:
    with client(simulator):
        pass


def receive(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(timeout=5))


def receive_all(connection: ClientConnection) -> None:
    while True:
        receive(connection)


def closed_with(connection: ClientConnection) -> tuple[int, str]:
    """Receive to the end; code and reason of the server's close."""
    with pytest.raises(ConnectionClosed) as closed:
        receive_all(connection)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


def ask(
    simulator: Simulator, path: str = "/v1/ws", method: str = "GET", **headers: str
) -> tuple[int, str, Mapping[str, str]]:
    """One plain HTTP request: status, body and headers of the answer."""
    address = urlsplit(simulator.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=5)
    try:
        connection.request(
            method, path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def raw(simulator: Simulator) -> socket.socket:
    address = urlsplit(simulator.url)
    sock = socket.create_connection((address.hostname, address.port), timeout=5)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def read_all(sock: socket.socket) -> bytes:
    received = b""
    while data := sock.recv(65536):
        received += data
    return received


UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)  # the key of RFC 6455, section 1.3


def upgraded(simulator: Simulator, path: str = "/v1/ws") -> socket.socket:
    """A raw socket whose opening handshake is through."""
    sock = raw(simulator)
    host = urlsplit(simulator.url).netloc
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n".encode() + UPGRADE)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += sock.recv(1)
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer  # RFC 6455, section 1.3
    return sock


def masked(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """A client's frame, masked with zeros (RFC 6455, section 5.2)."""
    return bytes([opcode | (0x80 if fin else 0), 0x80 | len(payload)]) + bytes(4) + payload


def close_code(sock: socket.socket) -> int:
    """The code of the close frame that ends what comes; the frames before it are small."""
    received = read_all(sock)
    while received:
        opcode, length = received[0] & 0x0F, received[1] & 0x7F
        begin = 4 if length == 126 else 2
        length = struct.unpack("!H", received[2:4])[0] if length == 126 else length
        payload, received = received[begin : begin + length], received[begin + length :]
        if opcode == 8:
            return int(struct.unpack("!H", payload[:2])[0])
    raise AssertionError("no close frame came")


# --- what is played ------------------------------------------------------------------------------


def test_data_and_heartbeats_reach_a_client(start: Start):
    simulator = start(quiet, keepalive=Keepalive(silence=seconds(0.3)))
    with client(simulator) as connection:
        messages = [receive(connection) for _ in range(100)]
    kinds = {message["op"] for message in messages}
    assert kinds == {"update", "heartbeat"}
    assert all(is_valid(quiet, message["op"], message) for message in messages)


def test_a_subscription_is_acknowledged_and_data_follows(start: Start):
    with client(start(subscribing), "/ws?token=") as connection:
        assert receive(connection)["type"] == "welcome"
        connection.send(json.dumps({"action": "subscribe", "topics": ["prices:z"], "id": 1}))
        assert receive(connection) == {"type": "subscribed", "topics": ["prices:z"], "id": 1}
        assert receive(connection)["topic"].startswith("prices:")


def test_a_fragmented_frame_is_one_frame(start: Start):
    with client(start(pinged, simulate=STILL), "/ws/fast?token=k") as connection:
        assert [receive(connection)["type"] for _ in range(2)] == ["HELLO", "SNAPSHOT"]
        connection.send(['{"type"', ':"P', 'ING"}'])
        assert receive(connection) == {"type": "PONG"}


def test_a_binary_frame_is_not_heard(start: Start):
    with client(start(pinged, simulate=STILL), "/ws/fast?token=k") as connection:
        assert [receive(connection)["type"] for _ in range(2)] == ["HELLO", "SNAPSHOT"]
        connection.send(b'{"type":"PING"}')
        assert connection.ping().wait(5)
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0)


def test_a_protocol_ping_is_answered(start: Start):
    with client(start(quiet, simulate=STILL)) as connection:
        assert connection.ping(b"x").wait(5)


def test_a_client_that_does_not_reply_to_pings_is_closed(start: Start):
    simulator = start(pinging, simulate=STILL, keepalive=Keepalive(silence=seconds(0.06)))
    with client(simulator, "/ws", additional_headers={"X-Agent": "a"}) as connection:
        assert closed_with(connection) == (1011, "no reply to our pings")


def test_a_close_is_answered(start: Start):
    with client(start(quiet)) as connection:
        connection.close(1000, "enough")
    assert connection.protocol.close_rcvd is not None
    assert connection.protocol.close_rcvd.code == 1000


def test_the_profile_s_subprotocol_is_spoken_where_it_is_offered(start: Start):
    connect_to = Connect(quiet.connect.url, subprotocols=("v1.json",))
    simulator = start(quiet, connect=connect_to)
    with client(simulator, subprotocols=["other", "v1.json"]) as connection:
        assert connection.subprotocol == "v1.json"
    with client(simulator) as connection:
        assert connection.subprotocol is None


def test_a_subprotocol_that_carries_a_secret_is_spoken_whatever_it_is(start: Start):
    connect_to = Connect(quiet.connect.url, subprotocols=("key.${key}",))
    simulator = start(quiet, connect=connect_to)
    with client(simulator, subprotocols=["other", "key.abc"]) as connection:
        assert connection.subprotocol == "key.abc"


def test_where_the_stream_is_can_be_told(start: Start):
    simulator = start(pinged)
    assert simulator.stream == f"{simulator.url}/ws/fast?token=k"
    nowhere = start(quiet, connect=Connect("wss://x.test/${captured}"))
    assert nowhere.stream == nowhere.url


def test_many_connections_are_played_to_at_once(start: Start):
    simulator = start(pinged)
    ids: list[int] = []
    with ExitStack() as stack:
        for connection in [
            stack.enter_context(client(simulator, "/ws/fast?token=k")) for _ in range(8)
        ]:
            messages = [receive(connection) for _ in range(22)]
            ids += [message["payload"]["id"] for message in messages if message["type"] == "EVENT"]
    assert len(ids) == len(set(ids)) == 8 * 20


# --- the door ------------------------------------------------------------------------------------


def test_a_page_is_told_what_this_is(start: Start):
    status, body, headers = ask(start(quiet))
    assert (status, body) == (426, "a WebSocket is served here\n")
    assert headers["Upgrade"] == "websocket"
    assert headers["Server"] == "wscli-simulator"


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "PUT", "BREW"])
def test_there_is_only_get(start: Start, method: str):
    status, _, headers = ask(start(quiet), method=method)
    assert (status, headers["Allow"]) == (405, "GET")


def test_other_paths_are_not_found_over_both_protocols(start: Start):
    simulator = start(quiet)
    assert ask(simulator, "/")[0] == 404
    assert refused(simulator, "/v1/other").status_code == 404


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_foreign_host_is_refused(start: Start, host: str):
    assert ask(start(quiet), Host=host)[0] == 403


def test_a_request_without_a_host_is_refused(start: Start):
    with raw(start(quiet)) as sock:
        sock.sendall(b"GET /v1/ws HTTP/1.1\r\n\r\n")
        assert read_all(sock).startswith(b"HTTP/1.1 403 ")


def test_a_foreign_origin_is_refused_and_the_profile_s_own_is_not(start: Start):
    simulator = start(quiet)
    assert refused(simulator, origin="https://evil.test").status_code == 403
    with client(simulator, origin="https://quiet.test") as connection:
        assert receive(connection)["op"] == "update"
    with client(simulator, origin="http://localhost:3000") as connection:
        assert receive(connection)["op"] == "update"


def test_two_origins_are_none_that_is_allowed(start: Start):
    simulator = start(quiet)
    origins = [("Origin", "https://quiet.test"), ("Origin", "https://quiet.test")]
    assert refused(simulator, additional_headers=origins).status_code == 403


def test_a_missing_key_is_unauthorised(start: Start):
    answer = refused(start(pinged), "/ws/fast")
    assert answer.status_code == 401
    assert answer.body == b"the query lacks token\n"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Connection": "Upgrade", "Upgrade": "h2c"}, 426),
        ({"Connection": "Upgrade", "Upgrade": "websocket"}, 400),
        (
            {
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec_WebSocket_Key": "x",
                "Sec_WebSocket_Version": "8",
            },
            400,
        ),
    ],
)
def test_a_broken_opening_handshake_is_refused(start: Start, headers: dict[str, str], status: int):
    assert ask(start(quiet), **headers)[0] == status


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"\x16\x03\x01\x02\x00\r\n\r\n", b"400"),
        (b"GET\r\n\r\n", b"400"),
        (b"GET /v1/ws HTTP/9\r\n\r\n", b"400"),
        (b"GET /v1/ws HTTP/3.0\r\n\r\n", b"505"),
        (b"GET http://[ HTTP/1.1\r\nHost: HERE\r\n\r\n", b"400"),
        (b"GET /?" + b"&a=b" * 2000 + b" HTTP/1.1\r\nHost: HERE\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET /v1/ws HTTP/1.0\r\nHost: HERE\r\n" + UPGRADE, b"426"),
    ],
)
def test_what_is_no_request_is_refused_in_a_line(start: Start, request_line: bytes, status: bytes):
    simulator = start(quiet)
    host = urlsplit(simulator.url).netloc.encode()
    with raw(simulator) as sock:
        sock.sendall(request_line.replace(b"HERE", host))
        answer = b""
        try:
            answer = sock.recv(65536)
        except ConnectionResetError:
            assert status == b"414"  # what was not read makes the kernel reset
            return
        assert status in answer.split(b"\r\n")[0]
        assert b"<" not in answer


def test_an_empty_connection_does_no_harm(start: Start):
    simulator = start(quiet)
    raw(simulator).close()
    with client(simulator) as connection:
        assert receive(connection)


# --- plain requests ------------------------------------------------------------------------------

LOGIN = HttpStep(
    Request("POST", "https://quiet.test/login", headers={"X-Key": "${key}"}, json={"v": 1}),
    capture={"token": ".token"},
    examples=({"token": "é", "url": "https://quiet.test/x"},),
)
SECRET = (*quiet.options, Option("key", secret=True, required=True))


def logs_in(start: Start) -> Simulator:
    return start(quiet, bootstrap=(LOGIN,), options=SECRET, simulate=STILL)


def send(
    simulator: Simulator,
    body: bytes = b'{"v":1}',
    path: str = "/login",
    method: str = "POST",
    **headers: str,
) -> tuple[int, bytes, Mapping[str, str]]:
    address = urlsplit(simulator.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=5)
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    kept = {"Content-Type": "application/json", "X-Key": "any", **named}
    try:
        connection.request(method, path, body, kept)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def test_a_request_is_answered_with_its_example_that_leads_here(start: Start):
    simulator = logs_in(start)
    status, body, headers = send(simulator)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    here = simulator.url.replace("ws://", "http://")
    assert json.loads(body) == {"token": "é", "url": f"{here}/x"}


@pytest.mark.parametrize(
    ("parts", "status", "text"),
    [
        ({"X_Key": ""}, 401, "the header x-key is missing"),
        ({"Content_Type": "text/plain"}, 415, "the body must be application/json"),
        ({"body": b"{"}, 400, "the body is no application/json"),
        ({"path": "/logout"}, 404, "nothing here; the stream is at /v1/ws"),
        ({"method": "GET"}, 405, "there is only POST here"),
        ({"path": "/v1/ws"}, 405, "there is only GET here"),
        ({"Transfer_Encoding": "chunked"}, 411, "the body must come with its Content-Length"),
        ({"Content_Length": "x"}, 400, "the Content-Length is no number"),
        ({"Content_Length": "9" * 30}, 413, "the body is longer than 1048576 bytes"),
        ({"Content_Length": "1048577"}, 413, "the body is longer than 1048576 bytes"),
        ({"Host": "evil.test"}, 403, "this host is not allowed"),
    ],
)
def test_a_request_is_refused_as_a_provider_would(
    start: Start, parts: dict[str, Any], status: int, text: str
):
    found, body, headers = send(logs_in(start), **parts)
    assert (found, body.decode()) == (status, f"{text}\n")
    assert headers.get("Allow") == {"GET": "POST", "POST": "GET"}.get(
        parts.get("method", "POST") if status == 405 else ""
    )


def test_a_body_that_is_cut_short_is_refused(start: Start):
    simulator = logs_in(start)
    host = urlsplit(simulator.url).netloc
    with raw(simulator) as sock:
        sock.sendall(f"POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\n".encode())
        sock.sendall(b"{}")
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock).startswith(b"HTTP/1.1 400 ")


def test_a_body_may_come_in_pieces_after_a_word_of_welcome(start: Start):
    simulator = logs_in(start)
    host = urlsplit(simulator.url).netloc
    head = f"POST /login HTTP/1.1\r\nHost: {host}\r\nX-Key: k\r\nExpect: 100-continue\r\n"
    with raw(simulator) as sock:
        sock.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 7\r\n\r\n".encode())
        assert sock.recv(65536).startswith(b"HTTP/1.1 100 ")
        for piece in (b'{"v"', b":1}"):
            sock.sendall(piece)
        assert read_all(sock).startswith(b"HTTP/1.1 200 ")


def test_a_head_has_no_body(start: Start):
    simulator = start(quiet)
    host = urlsplit(simulator.url).netloc
    with raw(simulator) as sock:
        sock.sendall(f"HEAD /v1/ws HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert read_all(sock).endswith(b"\r\n\r\n")


def test_an_upgrade_to_a_plain_request_s_path_is_not_found(start: Start):
    assert refused(logs_in(start), "/login").status_code == 404


def test_packed_frames_are_binary(start: Start):
    frames = Frames((Codec("gunzip"), Codec("json")))
    with client(start(quiet, frames=frames)) as connection:
        frame = connection.recv(timeout=5)
    assert isinstance(frame, bytes)
    assert json.loads(gzip.decompress(frame))["op"] == "update"


# --- clients that misbehave ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (masked(0x1, b"\xff"), 1007),
        (b"\x81\x01a", 1002),  # not masked
        (masked(0x3, b""), 1002),  # a reserved opcode
        (masked(0x0, b"a"), 1002),  # a continuation of nothing
        (b"\x81\xff" + (2**40).to_bytes(8, "big") + bytes(4), 1009),
        (masked(0x8, struct.pack("!H", 1001)), 1001),
    ],
)
def test_frames_that_break_the_protocol_are_answered_with_its_code(
    start: Start, monkeypatch: pytest.MonkeyPatch, frames: bytes, code: int
):
    monkeypatch.setattr("wscli.simulator.conversation._CLOSE_WITHIN", 600.0)
    with upgraded(start(quiet, simulate=STILL)) as sock:
        sock.sendall(frames)
        assert close_code(sock) == code


def test_a_frame_that_comes_with_the_request_is_heard(start: Start):
    simulator = start(pinged, simulate=STILL)
    host = urlsplit(simulator.url).netloc
    with raw(simulator) as sock:
        sock.sendall(
            f"GET /ws/fast?token=k HTTP/1.1\r\nHost: {host}\r\n".encode()
            + UPGRADE
            + masked(0x1, b'{"type":"PING"}')
        )
        answer = b""
        while b'{"type":"PONG"}' not in answer:
            answer += sock.recv(65536)
        sock.sendall(masked(0x8, struct.pack("!H", 1000)))
        assert close_code(sock) == 1000


def test_a_client_that_breaks_off_is_forgotten(start: Start):
    simulator = start(quiet)
    for come in (raw, upgraded):
        sock = come(simulator)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()  # a reset
    upgraded(simulator).close()
    eventually(lambda: not simulator._guests._open, what="the end of the connections")


def test_a_client_that_does_not_read_is_dropped(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wscli.simulator.conversation._SEND_WITHIN", 0.05)
    heavy = MessageRule("update", examples=({"op": "update", "text": "x" * 60_000},))
    simulator = start(quiet, messages=(heavy,), simulate=Simulate(rate=10_000))
    sock = upgraded(simulator)
    eventually(lambda: not simulator._guests._open, what="the slow reader's end")
    sock.close()


def test_a_client_that_does_not_answer_a_close_is_left(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wscli.simulator.conversation._CLOSE_WITHIN", 0.05)
    simulator = start(
        pinging,
        simulate=STILL,
        keepalive=Keepalive(silence=seconds(0.03)),
        connect=Connect("ws://x/v1/ws"),
    )
    with upgraded(simulator) as sock:
        assert close_code(sock) == 1011


def test_a_client_that_says_nothing_is_left(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wscli.simulator.handler.Handler.timeout", 0.05)
    with raw(start(quiet)) as sock:
        sock.sendall(b"GET / HT")
        assert read_all(sock) == b""


def test_too_many_connections_are_refused_and_there_is_room_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guests, "_MOST_CONVERSATIONS", 2)
    simulator = start(quiet)
    with client(simulator):
        with client(simulator):
            assert refused(simulator).status_code == 503
        eventually(lambda: len(simulator._guests._open) == 1)
        come_and_go(simulator)


def test_too_many_sockets_are_not_let_in(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guests, "_MOST_SOCKETS", 1)
    simulator = start(quiet)
    with raw(simulator):
        eventually(lambda: simulator._guests._open)
        with raw(simulator) as second:
            assert second.recv(1) == b""


# --- starting and stopping -----------------------------------------------------------------------


def test_stopping_closes_every_connection_and_the_port(start: Start):
    simulator = start(quiet)
    with ExitStack() as stack:
        connections = [stack.enter_context(client(simulator)) for _ in range(3)]
        stopping = threading.Thread(target=simulator.stop)
        stopping.start()
        for connection in connections:
            assert closed_with(connection) == (1001, "the simulator stops")
    stopping.join(5)
    assert not stopping.is_alive()
    with pytest.raises(ConnectionRefusedError):
        raw(simulator)
    simulator.stop()  # a second time does nothing


def test_stopping_does_not_wait_for_those_who_have_said_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guests, "_FAREWELL", 600.0)
    monkeypatch.setattr("wscli.simulator.handler.Handler.timeout", 600.0)
    simulator = start(quiet)
    with raw(simulator) as sock:
        eventually(lambda: simulator._guests._open)
        simulator.stop()
        assert sock.recv(1) == b""


def test_stopping_does_not_wait_for_those_who_do_not_answer(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guests, "_FAREWELL", 0.05)
    simulator = start(quiet, simulate=STILL)
    with upgraded(simulator) as sock:
        simulator.stop()
        assert not simulator._guests._open
        assert close_code(sock) == 1001


def test_whoever_comes_while_it_stops_is_not_let_in():
    host = guests.Guests()
    host.say_goodbye()
    ours, theirs = socket.socketpair()
    with ours, theirs, closing(Waker()) as waker:
        play = Play(World(quiet, {}, Random(0)))
        conversation = Conversation(ours, waker, play, Clock(), threading.Lock())
        assert not host.arrive(ours)
        assert not host.talk(ours, conversation)


def test_a_socket_that_is_closed_already_does_not_keep_it_from_stopping():
    host = guests.Guests()
    ours, theirs = socket.socketpair()
    theirs.close()
    host.arrive(ours)
    ours.close()
    host.leave(ours)
    host.say_goodbye()


def test_a_port_in_use_is_said_with_its_number(start: Start):
    port = urlsplit(start(quiet).url).port
    with pytest.raises(UsageError, match=rf"cannot listen on 127\.0\.0\.1:{port}: .*in use"):
        start(quiet, port=port)
    with pytest.raises(UsageError, match="cannot listen"):
        start(quiet, port=70_000)


def test_a_wanted_port_is_taken_and_can_be_taken_again(start: Start):
    first = start(quiet)
    come_and_go(first)
    first.stop()
    second = start(quiet, port=urlsplit(first.url).port)
    assert second.url == first.url
    come_and_go(second)


def test_it_is_a_context_manager_and_listens_on_loopback_alone():
    with Simulator(quiet, {}, clock=Clock(), rng=Random(1)) as simulator:
        assert simulator.url.startswith("ws://127.0.0.1:")
        come_and_go(simulator)
    with pytest.raises(ConnectionRefusedError):
        raw(simulator)


def test_a_bug_in_the_play_ends_its_connection_and_is_raised_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
):
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Play, "received", broken)
    simulator = Simulator(replace(quiet, simulate=STILL), {}, clock=Clock(), rng=Random(0))
    simulator.start()
    with client(simulator) as connection:
        connection.send("{}")
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=5)
    eventually(lambda: not simulator._guests._open)
    with pytest.raises(ZeroDivisionError):
        simulator.stop()


def test_nothing_is_printed(start: Start, capfd: pytest.CaptureFixture[str]):
    simulator = start(quiet)
    ask(simulator, "/nowhere")
    come_and_go(simulator)
    with raw(simulator) as sock:
        sock.sendall(b"garbage\r\n\r\n")
        read_all(sock)
    with upgraded(simulator) as sock:
        sock.sendall(b"\xff\xff\xff")
        read_all(sock)
    simulator.stop()
    assert capfd.readouterr() == ("", "")
