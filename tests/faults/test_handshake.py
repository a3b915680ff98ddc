"""The opening handshake: what goes out, and every way in which the answer can be wrong."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable

import pytest
from websockets.utils import accept_key

from tests.faults.opening import PATIENCE, failure, opened, receive
from tests.faults.raw_server import closed_port, raw_server, wait_for_the_end
from tests.harness.ws_connection import Connection as ServerSide
from tests.harness.ws_connection import text_frame
from tests.harness.ws_server import Handler, WsServer
from wscli import __version__
from wscli.model.wire import Failure, FailureKind
from wscli.transport.failures import Cancelled
from wscli.transport.settings import TransportSettings
from wscli.transport.waker import Waker

SHORT = TransportSettings(connect_timeout=0.2)


def accepting(**headers: str) -> Handler:
    def handler(client: ServerSide) -> None:
        client.accept({name.replace("_", "-"): value for name, value in headers.items()})
        client.wait_closed()

    return handler


def answering(answer: bytes | Callable[[str], bytes], *, stay: bool = False) -> Handler:
    """Answer with these bytes, made from the right Sec-WebSocket-Accept, and leave or ``stay``."""

    def handler(client: ServerSide) -> None:
        accept = accept_key(client.request.headers["Sec-WebSocket-Key"])
        client.send_raw(answer(accept) if callable(answer) else answer)
        if stay:
            client.wait_closed()
        else:
            client.cut()

    return handler


def switching(
    *lines: str, status: str = "HTTP/1.1 101 Switching Protocols", accept: str | None = None
) -> Callable[[str], bytes]:
    """Make a 101 with these header lines besides Sec-WebSocket-Accept."""

    def answer(right: str) -> bytes:
        head = [status, *lines, f"Sec-WebSocket-Accept: {right if accept is None else accept}"]
        return "\r\n".join([*head, "", ""]).encode()

    return answer


UPGRADE, CONNECTION = "Upgrade: websocket", "Connection: Upgrade"


def failure_with(handler: Handler, settings: TransportSettings | None = None) -> Failure:
    with WsServer(handler) as server:
        found = failure(server.url, settings)
        prefix = f"cannot connect to 127.0.0.1:{server.port}: "
    assert found.kind is FailureKind.STATUS or found.text.startswith(prefix)
    return found


def test_the_request_says_what_it_must_and_nothing_of_its_own() -> None:
    headers = (("X-B", "2"), ("Authorization", "Bearer é"), ("X-A", "1"))
    with WsServer(accepting()) as server, opened(f"{server.url}/a;b/c;d?e=;f", headers=headers):
        (request,) = server.requests
    assert request.method == "GET"
    assert request.target == "/a%3Bb/c%3Bd?e=;f"
    names = [name.lower() for name in request.headers]
    assert names == [
        "upgrade",
        "host",
        "sec-websocket-key",
        "sec-websocket-version",
        "connection",
        "sec-websocket-extensions",
        "user-agent",
        "x-b",
        "authorization",
        "x-a",
    ]
    assert request.headers["Host"] == f"127.0.0.1:{server.port}"
    assert request.headers["User-Agent"] == f"wscli/{__version__}"


def test_host_origin_and_subprotocols_go_out_as_asked() -> None:
    with (
        WsServer(accepting(), subprotocols=["b"]) as server,
        opened(
            server.url,
            origin="https://app.example",
            headers=(("Host", "api.example"),),
            subprotocols=("a", "b"),
        ) as connection,
    ):
        (request,) = server.requests
    assert request.headers.get_all("Host") == ["api.example"]
    assert request.headers.get_all("Origin") == ["https://app.example"]
    assert request.headers["Sec-WebSocket-Protocol"] == "a, b"
    assert connection.handshake.subprotocol == "b"


def test_the_answer_is_kept() -> None:
    with WsServer(accepting(X_Hello="1")) as server, opened(server.url) as connection:
        handshake = connection.handshake
    assert handshake.status == 101
    assert handshake.reason == "Switching Protocols"
    assert ("x-hello", "1") in handshake.headers
    assert handshake.subprotocol is None
    assert handshake.address == f"127.0.0.1:{server.port}"


def test_cookies_do_not_travel_from_one_connection_to_the_next() -> None:
    handler = accepting(Set_Cookie="session=hunter2; Domain=127.0.0.1; Path=/")
    with WsServer(handler) as server:
        for _ in range(2):
            with opened(server.url):
                pass
        assert [request.headers["Cookie"] for request in server.requests] == [None, None]


def test_the_environments_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
        monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{closed_port()}")
    with WsServer(accepting()) as server, opened(server.url) as connection:
        assert connection.handshake.status == 101


def test_a_header_with_a_line_break_never_reaches_the_server() -> None:
    with WsServer(accepting()) as server:
        found = failure(server.url, headers=(("X", "hunter2\r\nX: y"),))
        assert not server.requests
    assert found.kind is FailureKind.UNUSABLE
    assert "hunter2" not in found.text


def test_frames_glued_to_the_answer_are_delivered() -> None:
    def handler(client: ServerSide) -> None:
        client.accept(glued=text_frame("1") + text_frame("2") + text_frame("3")[:2])
        client.send_raw(text_frame("3")[2:])
        client.wait_closed()

    with WsServer(handler) as server, opened(server.url) as connection:
        assert receive(connection, 3) == [b"1", b"2", b"3"]


@pytest.mark.parametrize(
    "lines",
    [
        ("upgrade: WebSocket", "connection: keep-alive, upgrade"),
        ("Upgrade: websocket", "Connection: keep-alive", "Connection: Upgrade"),
        (UPGRADE, CONNECTION, "X: \xff"),
        (UPGRADE, CONNECTION, "Sec-WebSocket-Protocol: ", "Sec-WebSocket-Extensions: "),
    ],
)
def test_an_unusual_but_valid_answer_is_accepted(lines: tuple[str, ...]) -> None:
    with WsServer(answering(switching(*lines), stay=True)) as server, opened(server.url):
        pass


def test_a_server_that_chooses_none_of_the_subprotocols_is_accepted() -> None:
    handler = answering(switching(UPGRADE, CONNECTION), stay=True)
    with WsServer(handler) as server, opened(server.url, subprotocols=("a",)) as connection:
        assert connection.handshake.subprotocol is None


BROKEN: dict[str, tuple[bytes | Callable[[str], bytes], str]] = {
    "HTTP/1.0": (switching(UPGRADE, CONNECTION, status="HTTP/1.0 101 OK"), "HTTP/1.0"),
    "another upgrade": (switching("Upgrade: h2c", CONNECTION), "lacks Upgrade: websocket"),
    "no upgrade": (switching(CONNECTION), "lacks Upgrade: websocket"),
    "no connection": (switching(UPGRADE), "lacks Connection: Upgrade"),
    "another connection": (switching(UPGRADE, "Connection: close"), "lacks Connection: Upgrade"),
    "an extension": (
        switching(UPGRADE, CONNECTION, "Sec-WebSocket-Extensions: x-\x1b[31m"),
        "Sec-WebSocket-Extensions cannot be read",
    ),
    "a subprotocol": (
        switching(UPGRADE, CONNECTION, "Sec-WebSocket-Protocol: x\x1b[31m"),
        r"the subprotocol 'x\x1b[31m'",
    ),
    "a wrong key": (switching(UPGRADE, CONNECTION, accept="x" * 28), "does not answer our key"),
    "no key": (switching(UPGRADE, CONNECTION, accept=""), "does not answer our key"),
    "a key that is not ASCII": (
        switching(UPGRADE, CONNECTION, accept="é"),
        "does not answer our key",
    ),
    "another protocol": (b"SSH-2.0-OpenSSH_9.6\r\n", "is not HTTP, it begins with 'SSH-2.0"),
    "noise": (bytes(range(256)), "is not HTTP, it begins with"),
    "a bad header": (b"HTTP/1.1 101 OK\r\nnonsense\r\n\r\n", "is not HTTP"),
    "endless headers": (b"HTTP/1.1 101 OK\r\n" + b"X: y\r\n" * 20_000, "more than 64 KiB"),
    "too many headers": (
        b"HTTP/1.1 101 OK\r\n" + b"X: y\r\n" * 11_000 + b"\r\n",
        "more than 64 KiB",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_is_no_handshake_is_refused_for_good(name: str) -> None:
    answer, words = BROKEN[name]
    found = failure_with(answering(answer, stay=True))
    assert found.kind is FailureKind.HANDSHAKE
    assert words in found.text
    assert not found.retry


ECHOES: dict[str, Callable[[bytes], bytes]] = {
    "the request as it is": lambda request: request,
    "in other letters": bytes.lower,
    "its target alone": lambda request: request.split()[1] + b"\r\n",
    "the end of its target": lambda request: request.split()[1][-4:] + b"?\r\n",
    "in a sentence": lambda request: b"-ERR unknown command '" + request.split()[1] + b"'\r\n",
    "in a status line": lambda request: b"HTTP/1.1 bad " + request.split()[1] + b"\r\n\r\n",
    "a header": lambda request: b"what is " + request.rpartition(b"X-Key: ")[2],
    "a subprotocol": lambda request: b"no " + request.rpartition(b"Protocol: ")[2],
    "an origin": lambda request: b"who is " + request.rpartition(b"Origin: ")[2],
}


@pytest.mark.parametrize("name", ECHOES)
def test_a_server_that_repeats_the_request_does_not_put_it_on_the_screen(name: str) -> None:
    def echo(client: socket.socket) -> None:
        client.sendall(ECHOES[name](client.recv(65_536)))
        wait_for_the_end(client)

    headers = (("X-Key", "Swordfish"),)
    with raw_server(echo) as port:
        url = f"ws://127.0.0.1:{port}/?HUNTER2"
        origin = "https://sesame.example"
        found = failure(url, headers=headers, origin=origin, subprotocols=("abracadabra",))
    assert found == Failure(
        FailureKind.HANDSHAKE,
        f"cannot connect to 127.0.0.1:{port}: the server's answer is not HTTP,"
        " it repeats a part of our request",
        retry=False,
    )


def test_a_tls_port_is_recognised_by_its_alert() -> None:
    found = failure_with(answering(b"\x15\x03\x01\x00\x02\x02\x16"))
    assert found.kind is FailureKind.HANDSHAKE
    assert "wss://" in found.hint


STATUSES = [
    (200, "OK", False),
    (400, "Bad Request", False),
    (401, "Unauthorized", False),
    (403, "Forbidden", False),
    (404, "Not Found", False),
    (408, "Request Timeout", True),
    (425, "Too Early", True),
    (426, "Upgrade Required", False),
    (429, "Too Many Requests", True),
    (500, "Internal Server Error", True),
    (502, "Bad Gateway", True),
    (503, "Service Unavailable", True),
]


@pytest.mark.parametrize(("status", "reason", "retry"), STATUSES)
def test_a_refusal_is_told_with_status_headers_and_body(
    status: int, reason: str, *, retry: bool
) -> None:
    def handler(client: ServerSide) -> None:
        client.reject(status, {"Retry-After": "7"}, "dernière <b>page</b>".encode())

    found = failure_with(handler)
    assert found.kind is FailureKind.STATUS
    assert found.text == (
        f"the server answered HTTP {status} {reason} instead of switching to WebSocket"
    )
    assert found.status == status
    assert ("retry-after", "7") in found.headers
    assert found.body == "dernière <b>page</b>"
    assert found.retry is retry


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("https://login.example:8443/x?token=hunter2", "https://login.example:8443"),
        ("//user:hunter2@login.example/hunter2", "login.example"),
        ("/login?token=hunter2", "another path on the same host"),
        ("//[hunter2", "a place that cannot be read"),
    ],
)
def test_a_redirect_is_named_and_not_followed(location: str, place: str) -> None:
    def handler(client: ServerSide) -> None:
        client.reject(302, {"Location": location})

    with WsServer(handler) as server:
        found = failure(server.url, headers=(("Authorization", "hunter2"),))
        assert len(server.requests) == 1
    assert found.text == f"the server answered HTTP 302 Found, a redirect to {place}, not followed"
    assert not found.retry


def test_a_redirect_that_leads_nowhere_is_a_refusal_like_any_other() -> None:
    found = failure_with(lambda client: client.reject(304))
    assert found.text.endswith("instead of switching to WebSocket")


BODIES = {
    "no length, then the end": (b"\r\nsorry", False, "sorry"),
    "no length, no end": (b"\r\nsorry", True, "sorry"),
    "shorter than it says": (b"Content-Length: 100\r\n\r\nsorry", False, "sorry"),
    "chunked": (
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nsor\r\n2\r\nry\r\n0\r\n\r\n",
        True,
        "sorry",
    ),
    "endless": (b"\r\n" + b"x" * 1_000_000, True, "x" * 65_536),
    "a length that is a lie": (
        b"Content-Length: 99999999999999999999999\r\n\r\nsorry",
        False,
        "sorry",
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_the_body_of_a_refusal_is_bounded(name: str) -> None:
    rest, stay, body = BODIES[name]
    settings = TransportSettings(connect_timeout=0.5)
    found = failure_with(answering(b"HTTP/1.1 403 \r\n" + rest, stay=stay), settings)
    assert found.text == "the server answered HTTP 403 instead of switching to WebSocket"
    assert found.body == body


def test_the_wait_for_a_body_is_over_long_before_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wscli.transport.handshake.BODY_GRACE", 0.05)
    started = time.monotonic()
    found = failure_with(answering(b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nsor", stay=True))
    assert found.body == "sor"
    assert time.monotonic() - started < PATIENCE / 2


def test_a_body_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wscli.transport.handshake.BODY_GRACE", PATIENCE)

    def pour(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 403 No\r\n\r\n")
        while True:
            client.sendall(bytes(65_536))

    started = time.monotonic()
    with raw_server(pour) as port:
        assert len(failure(f"ws://127.0.0.1:{port}").body) == 65_536
    assert time.monotonic() - started < PATIENCE / 2


def test_a_body_that_breaks_off_does_not_hide_the_refusal() -> None:
    def handler(client: ServerSide) -> None:
        client.cut(b"HTTP/1.1 403 No\r\n\r\nsor", reset=True)

    found = failure_with(handler)
    assert found.status == 403


def test_a_server_that_refuses_without_reading_the_request_is_heard() -> None:
    def refuse(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 503 Full\r\nContent-Length: 4\r\n\r\nfull")

    with raw_server(refuse) as port:
        found = failure(f"ws://127.0.0.1:{port}")
    assert (found.status, found.body) == (503, "full")


def test_a_server_that_refuses_in_the_middle_of_the_request_is_heard() -> None:
    def refuse(client: socket.socket) -> None:
        client.recv(10)
        client.sendall(b"HTTP/1.1 431 Too Large\r\nContent-Length: 0\r\n\r\n")  # and RST

    with raw_server(refuse) as port:
        found = failure(f"ws://127.0.0.1:{port}", headers=(("X", "x" * 20_000_000),))
    assert found.status == 431


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 101 Switch"])
@pytest.mark.parametrize("reset", [False, True])
def test_a_server_that_leaves_before_it_has_answered_may_come_back(
    begun: bytes, *, reset: bool
) -> None:
    def leave(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(begun)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with raw_server(leave) as port:
        found = failure(f"ws://127.0.0.1:{port}")
    assert found.kind is FailureKind.LOST
    assert found.retry
    if not reset:
        when = "in the middle of its answer" if begun else "without an answer"
        assert f"closed the connection {when} to the opening handshake" in found.text


def test_a_server_that_resets_while_it_is_asked_may_come_back() -> None:
    def leave(client: socket.socket) -> None:
        client.recv(65_536)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with raw_server(leave) as port:
        found = failure(f"ws://127.0.0.1:{port}", headers=(("X", "x" * 20_000_000),))
    assert found.kind is FailureKind.LOST
    assert found.text.endswith("the connection was reset during the opening handshake")
    assert found.retry


def test_a_silent_server_takes_no_longer_than_allowed() -> None:
    with raw_server(wait_for_the_end) as port:
        assert failure(f"ws://127.0.0.1:{port}", SHORT) == Failure(
            FailureKind.TIMEOUT,
            f"cannot connect to 127.0.0.1:{port}: no answer to the opening handshake within 0.2 s",
        )


def test_a_server_that_dribbles_takes_no_longer_than_allowed() -> None:
    over = threading.Event()

    def dribble(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 101 ")
        while not over.wait(0.01):
            client.sendall(b"x")

    with raw_server(dribble) as port:
        found = failure(f"ws://127.0.0.1:{port}", SHORT)
        over.set()
    assert found.kind is FailureKind.TIMEOUT
    assert found.retry


def test_a_request_that_nobody_takes_takes_no_longer_than_allowed() -> None:
    long = (("X", "x" * 20_000_000),)
    over = threading.Event()
    with raw_server(lambda _: assert_over(over)) as port:
        found = failure(f"ws://127.0.0.1:{port}", SHORT, headers=long)
        over.set()
    assert found.kind is FailureKind.TIMEOUT


def assert_over(over: threading.Event) -> None:
    assert over.wait(PATIENCE)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 403 No\r\n\r\n"])
def test_the_handshake_can_be_called_off(answer: bytes) -> None:
    called_off, waker = threading.Event(), Waker()

    def call_off(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(answer)
        called_off.set()
        waker.wake()
        wait_for_the_end(client)

    started = time.monotonic()
    with raw_server(call_off) as port:
        opening = opened(f"ws://127.0.0.1:{port}", waker=waker, cancelled=called_off.is_set)
        with pytest.raises(Cancelled), opening:
            pass
    assert time.monotonic() - started < PATIENCE / 2
