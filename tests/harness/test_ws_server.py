from __future__ import annotations

import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from websockets.exceptions import (
    ConnectionClosedError,
    ConnectionClosedOK,
    InvalidMessage,
    InvalidStatus,
)
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.harness.http_exchange import HttpAnswer, Request
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.wire import Gone
from tests.harness.ws_connection import Connection, text_frame
from tests.harness.ws_server import WsServer


@contextmanager
def dial(server: WsServer, path: str = "/", **options) -> Iterator[ClientConnection]:
    url = server.url + path
    with connect(url, proxy=None, compression=None, open_timeout=20, **options) as client:
        yield client


def fetch(url: str, data: bytes | None = None, context: ssl.SSLContext | None = None) -> bytes:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    with opener.open(url, data, timeout=5) as answer:
        body: bytes = answer.read()
        return body


def echo(connection: Connection) -> None:
    connection.accept()
    while (message := connection.receive()) is not None:
        if isinstance(message, str):
            connection.send_text(message)
        else:
            connection.send_binary(message)


def keep(connection: Connection) -> None:
    """Accept and read until the client leaves."""
    connection.accept()
    connection.wait_closed(30)


@contextmanager
def upgraded(server: WsServer) -> Iterator[socket.socket]:
    """A client without a library, through the opening handshake."""
    with socket.create_connection(("127.0.0.1", server.port), 5) as client:
        client.sendall(
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        assert head.startswith(b"HTTP/1.1 101 ")
        yield client


def read_exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (piece := client.recv(count - len(data))):
        data += piece
    return data


def ending_of(client: socket.socket) -> object:
    try:
        return client.recv(1000)
    except ConnectionResetError:
        return ConnectionResetError


def swallow(
    error: type[Exception], act: Callable[[bytes], None], data: bytes
) -> Callable[[], None]:
    """``act`` on ``data``, for a thread, where ``error`` is expected."""

    def run() -> None:
        with suppress(error):
            act(data)

    return run


def only(server: WsServer) -> Connection:
    """The server's one connection, once its handshake is through."""
    (connection,) = eventually(lambda: server.connections)
    eventually(lambda: connection.is_open)
    return connection


def test_messages_go_both_ways_as_text_and_as_binary():
    with WsServer(echo) as server, dial(server) as client:
        client.send("naïve")
        assert client.recv(timeout=5) == "naïve"
        client.send(b"\x00\xff")
        assert client.recv(timeout=5) == b"\x00\xff"
        assert only(server).received == ["naïve", b"\x00\xff"]


def test_fragments_from_the_client_are_joined():
    with WsServer(echo) as server, dial(server) as client:
        client.send(iter(["a", "b", "c"]))
        assert client.recv(timeout=5) == "abc"


def test_the_request_can_be_looked_at():
    with WsServer(keep) as server:
        before = time.monotonic()
        with dial(server, "/a%20b?x=1&y=%2B+", additional_headers={"X-Key": "k"}):
            request = only(server).request

    assert (request.method, request.path) == ("GET", "/a%20b")
    assert request.query == {"x": "1", "y": "+ "}
    assert request.headers["x-key"] == "k"
    assert request.address == "127.0.0.1"
    assert before <= request.at <= time.monotonic()
    assert server.requests == [request]


def test_a_handshake_can_be_rejected_with_status_headers_and_body():
    def busy(connection: Connection) -> None:
        connection.reject(429, {"Retry-After": "7"}, b"too many")

    with WsServer(busy) as server, pytest.raises(InvalidStatus) as caught, dial(server):
        pass
    response = caught.value.response
    assert (response.status_code, response.body) == (429, b"too many")
    assert response.headers["Retry-After"] == "7"


def test_an_invalid_handshake_is_refused_and_is_a_failure_of_the_test():
    server = WsServer(keep)
    with socket.create_connection(("127.0.0.1", server.port), 5) as client:
        client.sendall(b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")

    with pytest.raises(ValueError, match="Sec-WebSocket-Key"):
        server.close()


def test_frames_can_be_glued_to_the_handshake_and_headers_added():
    def eager(connection: Connection) -> None:
        connection.accept({"X-Node": "7"}, glued=text_frame("first") + text_frame("second"))
        connection.wait_closed()

    with WsServer(eager) as server, dial(server) as client:
        assert [client.recv(timeout=5), client.recv(timeout=5)] == ["first", "second"]
        assert client.response is not None
        assert client.response.headers["X-Node"] == "7"


def test_subprotocols_and_compression_are_negotiated_when_asked_for():
    with (
        WsServer(
            echo, subprotocols=["v1.json"], extensions=[ServerPerMessageDeflateFactory()]
        ) as server,
        connect(server.url, proxy=None, subprotocols=[Subprotocol("v1.json")]) as client,
    ):
        assert client.subprotocol == "v1.json"
        client.send("x" * 5000)
        assert client.recv(timeout=5) == "x" * 5000


def test_pings_are_recorded_and_answered_and_pongs_recorded():
    with WsServer(keep) as server, dial(server, ping_interval=None) as client:
        connection = only(server)
        assert client.ping(b"from client").wait(5)
        connection.ping(b"from server")
        assert eventually(lambda: connection.pongs) == [b"from server"]
        assert connection.pings == [b"from client"]


def test_the_close_code_of_the_client_is_known():
    with WsServer(keep) as server:
        with dial(server) as client:
            client.close(4321, "bye")
        (connection,) = server.connections
        assert eventually(lambda: connection.close_code) == 4321
        assert connection.violation is None


def test_a_client_that_just_leaves_is_told_from_one_that_closes():
    with WsServer(keep) as server, dial(server) as client:
        connection = only(server)
        client.socket.shutdown(socket.SHUT_RDWR)
        assert isinstance(eventually(lambda: connection.violation), EOFError)
        assert connection.close_code is None


def test_the_server_can_close_with_code_and_reason():
    def leave(connection: Connection) -> None:
        connection.accept()
        connection.close(1013, "later")

    with (
        WsServer(leave) as server,
        dial(server) as client,
        pytest.raises(ConnectionClosedError) as caught,
    ):
        client.recv(timeout=5)
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1013, "later")


def test_a_handler_that_returns_closes_normally():
    with (
        WsServer(lambda connection: connection.accept()) as server,
        dial(server) as client,
        pytest.raises(ConnectionClosedOK) as caught,
    ):
        client.recv(timeout=5)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == CloseCode.NORMAL_CLOSURE


@pytest.mark.parametrize("tls", [False, True])
def test_a_cut_ends_the_stream_without_a_close_frame(authority: Authority, *, tls: bool):
    context = authority.server_context() if tls else None
    with (
        WsServer(keep, tls=context) as server,
        dial(server, ssl=authority.client_context() if tls else None) as client,
    ):
        connection = only(server)
        connection.send_text("whole")
        connection.cut(text_frame("broken off")[:5])
        assert client.recv(timeout=5) == "whole"
        with pytest.raises(ConnectionClosedError) as caught:
            client.recv(timeout=5)
    assert caught.value.rcvd is None


@pytest.mark.parametrize(("reset", "ending"), [(False, b""), (True, ConnectionResetError)])
def test_a_cut_is_a_fin_or_a_reset_behind_all_that_was_sent(*, reset: bool, ending: object):
    with WsServer(keep) as server, upgraded(server) as client:
        connection = only(server)
        for _ in range(1000):
            connection.send_raw(b"x" * 100)
        connection.cut(reset=reset)
        assert read_exactly(client, 100_000) == b"x" * 100_000
        assert ending_of(client) == ending


def test_a_fin_stays_one_when_the_client_s_last_words_were_never_read():
    def stall(connection: Connection) -> None:
        connection.accept()
        connection.hold()

    server = WsServer(stall)
    with upgraded(server) as client:
        client.sendall(b"never read")
        server.close()  # the socket is then closed for good
        assert ending_of(client) == b""


def test_it_is_known_what_the_client_s_kernel_has_not_acknowledged():
    with WsServer(keep) as server, upgraded(server):
        connection = only(server)
        connection.send_raw(b"small")
        eventually(lambda: connection.unacknowledged == 0)

        flood = threading.Thread(target=swallow(Gone, connection.send_raw, bytes(50_000_000)))
        flood.start()
        eventually(lambda: connection.unacknowledged > 0)
        connection.cut()
        flood.join()


def test_a_connection_can_be_cut_before_the_handshake_is_answered():
    def rude(connection: Connection) -> None:
        connection.send_raw(b"HTTP/1.1 101 Switch")
        connection.cut()

    with WsServer(rude) as server, pytest.raises(InvalidMessage), dial(server):
        pass


def test_a_muted_connection_stays_open_and_says_nothing_more():
    with WsServer(keep) as server, dial(server, ping_interval=None, close_timeout=0.1) as client:
        connection = only(server)
        connection.send_text("last words")
        connection.mute()
        connection.send_text("unheard")
        pong = client.ping(b"anyone?")
        eventually(lambda: connection.pings)
        assert client.recv(timeout=5) == "last words"
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.05)
        assert not pong.is_set()
        assert connection.is_open


def test_a_server_that_holds_does_not_read():
    def stall(connection: Connection) -> None:
        connection.accept()
        connection.hold()

    with WsServer(stall) as server, dial(server, close_timeout=0.1) as client:
        client.send("unread")
        assert only(server).received == []


def test_a_send_to_a_client_that_has_left_says_so():
    with WsServer(keep) as server:
        with dial(server):
            connection = only(server)
        eventually(lambda: not connection.is_open)
        with pytest.raises(Gone):
            connection.send_text("anyone?")


def test_big_messages_pass_over_tls_while_both_sides_talk(authority: Authority):
    with (
        WsServer(echo, tls=authority.server_context()) as server,
        dial(server, ssl=authority.client_context(), max_size=None) as client,
    ):
        connection = only(server)

        def push() -> None:
            for n in range(20):
                connection.send_binary(bytes([n]) * 200_000)

        pusher = threading.Thread(target=push)
        pusher.start()
        for _ in range(20):
            client.send("x" * 100_000)
        came = [client.recv(timeout=10) for _ in range(40)]
        pusher.join()
    assert [m[0] for m in came if isinstance(m, bytes)] == list(range(20))
    assert sum(isinstance(m, str) and len(m) == 100_000 for m in came) == 20


def test_plain_requests_go_to_the_http_hook_with_their_body(authority: Authority):
    def http(request: Request) -> HttpAnswer:
        answer = f"{request.method} {request.target} ".encode() + request.body
        return 200, {"Content-Type": "text/plain"}, answer

    with WsServer(keep, http=http) as server:
        assert fetch(server.http_url + "/x?y=1") == b"GET /x?y=1 "
        assert fetch(server.http_url + "/form", b"a=b" * 50_000) == b"POST /form " + b"a=b" * 50_000
    with WsServer(keep, http=http, tls=authority.server_context()) as server:
        assert fetch(server.http_url + "/s", None, authority.client_context()) == b"GET /s "


def test_without_a_hook_plain_requests_are_not_found():
    with WsServer(keep) as server, pytest.raises(urllib.error.HTTPError, match="404") as caught:
        fetch(server.http_url + "/x")
    caught.value.close()


def test_a_failing_handler_fails_the_test():
    def broken(connection: Connection) -> None:
        connection.accept()
        assert connection.receive() == "expected"

    server = WsServer(broken)
    with dial(server) as client:
        client.send("other")
        eventually(lambda: server.failures)
    with pytest.raises(AssertionError, match="expected"):
        server.close()


def test_a_client_that_speaks_no_http_is_ignored():
    with (
        WsServer(keep) as server,
        socket.create_connection(("127.0.0.1", server.port), 5) as client,
    ):
        client.sendall(b"\x16\x03\x01hello\r\n\r\n")
        assert client.recv(10) == b""
        assert server.requests == []


def test_a_client_that_distrusts_the_certificate_leaves_the_server_in_order(authority: Authority):
    with WsServer(echo, tls=authority.server_context()) as server:
        with (
            pytest.raises(ssl.SSLCertVerificationError),
            dial(server, ssl=ssl.create_default_context()),
        ):
            pass
        with dial(server, ssl=authority.client_context()) as client:
            client.send("trusted")
            assert client.recv(timeout=5) == "trusted"


@pytest.mark.parametrize("tls", [False, True])
def test_close_ends_every_thread_at_once_whatever_clients_do(authority: Authority, *, tls: bool):
    def stall(connection: Connection) -> None:
        connection.accept()
        connection.hold(60)

    context = authority.server_context() if tls else None
    before = set(threading.enumerate())
    server = WsServer(stall, tls=context)
    trust = authority.client_context() if tls else None
    with (
        socket.create_connection(("127.0.0.1", server.port), 5),
        dial(server, ssl=trust, close_timeout=0.1),
    ):
        only(server)

        begun = time.monotonic()
        server.close()
        server.close()

        assert time.monotonic() - begun < 2
    eventually(lambda: set(threading.enumerate()) <= before, what="the end of the threads")


def test_a_wait_for_a_client_that_stays_has_a_limit():
    seen: list[str] = []

    def patient(connection: Connection) -> None:
        connection.accept()
        assert connection.receive(0.01) is None
        try:
            connection.wait_closed(0.01)
        except TimeoutError as error:
            seen.append(str(error))

    with WsServer(patient) as server, dial(server):
        eventually(lambda: seen, what="the limit")
    assert seen == ["the client has not left after 0.01 s"]


def test_certificates_can_be_for_other_names(authority: Authority):
    assert authority.pem.read_text().startswith("-----BEGIN CERTIFICATE-----")
    with (
        WsServer(keep, tls=authority.server_context("other.example")) as server,
        pytest.raises(ssl.SSLCertVerificationError, match=r"127\.0\.0\.1"),
        dial(server, ssl=authority.client_context()),
    ):
        pass
