"""Through a proxy: that it leads on, what it is told, and every way in which it can fail to."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from tests.faults.opening import PATIENCE, failure, never, opened, receive
from tests.faults.proxy_server import http_proxy, read_head, relay, socks_proxy
from tests.faults.raw_server import Story, black_hole, closed_port, raw_server, wait_for_the_end
from tests.harness.http_exchange import Request
from tests.harness.tls import Authority, client_certificate
from tests.harness.ws_connection import Connection as ServerSide
from tests.harness.ws_server import WsServer
from wscli.model.wire import Failure, FailureKind, HttpRequest
from wscli.transport.clock import Clock
from wscli.transport.failures import Cancelled, Failed
from wscli.transport.http import fetch
from wscli.transport.proxies import proxies_of
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import TlsSettings
from wscli.transport.waker import Waker

HOST = "feed.example"  # has no address: whoever is told it is the proxy
PASSWORD = "hunter2"
OK = b"HTTP/1.1 200 Connection established\r\n\r\n"


def greet(client: ServerSide) -> None:
    client.accept()
    client.send_text("hello")
    client.close()


def through(
    proxy: str | None,
    *,
    tls: TlsSettings | None = None,
    seconds: float = PATIENCE,
    **variables: str,
) -> TransportSettings:
    return TransportSettings(
        connect_timeout=seconds,
        tls=tls or TlsSettings(),
        proxies=proxies_of(proxy, None, variables),
    )


@pytest.fixture
def plain() -> Iterator[WsServer]:
    with WsServer(greet) as server:
        yield server


@pytest.fixture
def secure(authority: Authority) -> Iterator[WsServer]:
    with WsServer(greet, tls=authority.server_context(HOST)) as server:
        yield server


@pytest.fixture
def trust(authority: Authority) -> TlsSettings:
    return TlsSettings(cacert=str(authority.pem))


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


# ---- leading on ----


def test_an_http_proxy_leads_on_to_a_plain_server(plain: WsServer) -> None:
    with http_proxy(plain.port) as proxy:
        settings = through(f"http://127.0.0.1:{proxy.port}")
        with opened(f"ws://{HOST}/path", settings) as connection:
            assert receive(connection)[0] == b"hello"
    (head,) = proxy.asked
    assert head.startswith(f"CONNECT {HOST}:80 HTTP/1.1\r\nHost: {HOST}:80\r\n")
    assert plain.requests[0].headers["Host"] == HOST


def test_an_http_proxy_leads_on_to_a_server_over_tls(secure: WsServer, trust: TlsSettings) -> None:
    with http_proxy(secure.port) as proxy:
        settings = through(f"http://127.0.0.1:{proxy.port}", tls=trust)
        with opened(f"wss://{HOST}", settings) as connection:
            assert receive(connection)[0] == b"hello"
    assert proxy.asked[0].startswith(f"CONNECT {HOST}:443 ")


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_proxy_may_speak_tls_itself(
    scheme: str, plain: WsServer, secure: WsServer, authority: Authority, trust: TlsSettings
) -> None:
    behind = secure if scheme == "wss" else plain
    with http_proxy(behind.port, tls=authority.server_context("localhost")) as proxy:
        settings = through(f"https://localhost:{proxy.port}", tls=trust)
        with opened(f"{scheme}://{HOST}", settings) as connection:
            assert receive(connection)[0] == b"hello"


def test_nothing_is_lost_where_tls_is_inside_tls(authority: Authority, trust: TlsSettings) -> None:
    texts = [*map(str, range(500)), "x" * 700_000]

    def repeating(client: ServerSide) -> None:
        client.accept()
        while (said := client.receive()) is not None and said != "over":
            client.send_text(said)

    with (
        WsServer(repeating, tls=authority.server_context(HOST)) as server,
        http_proxy(server.port, tls=authority.server_context("localhost")) as proxy,
        opened(
            f"wss://{HOST}", through(f"https://localhost:{proxy.port}", tls=trust)
        ) as connection,
    ):
        for text in texts:
            connection.send_text(text)
        assert receive(connection, len(texts)) == [text.encode() for text in texts]
        connection.send_text("over")
        receive(connection)


def test_what_is_sent_where_tls_is_inside_tls_goes_out_without_a_read(
    authority: Authority, trust: TlsSettings
) -> None:
    came: list[str | bytes | None] = []
    complete, text = threading.Event(), "x" * 5_000_000  # more than the buffers on the way hold

    def take(client: ServerSide) -> None:
        client.accept()
        came.append(client.receive())
        complete.set()
        client.wait_closed()

    with (
        WsServer(take, tls=authority.server_context(HOST)) as server,
        http_proxy(server.port, tls=authority.server_context("localhost")) as proxy,
        opened(
            f"wss://{HOST}", through(f"https://localhost:{proxy.port}", tls=trust)
        ) as connection,
    ):
        connection.send_text(text)
        assert complete.wait(PATIENCE)
    assert came == [text]


@pytest.mark.parametrize("login", ["", "me:hunter2"])
def test_a_socks_proxy_is_told_the_name_or_an_address(login: str, plain: WsServer) -> None:
    user = f"{login}@" if login else ""
    with socks_proxy(plain.port, login=login) as proxy:
        settings = through(f"socks5h://{user}127.0.0.1:{proxy.port}")
        with opened(f"ws://{HOST}:81", settings) as connection:
            assert receive(connection)[0] == b"hello"
        settings = through(f"socks5://{user}127.0.0.1:{proxy.port}")
        settings = TransportSettings(
            proxies=settings.proxies, resolve={(HOST, 82): ("10.1.2.3", "10.4.5.6")}
        )
        with opened(f"ws://{HOST}:82", settings) as connection:
            assert receive(connection)[0] == b"hello"
        with opened("ws://[2001:db8::1]:83", through(f"socks5h://{user}127.0.0.1:{proxy.port}")):
            pass
    assert proxy.asked == [f"{HOST} 81", "10.1.2.3 82", "2001:db8::1 83"]


def test_a_socks_proxy_leads_on_to_a_server_over_tls(secure: WsServer, trust: TlsSettings) -> None:
    with socks_proxy(secure.port) as proxy:
        settings = through(f"socks5h://127.0.0.1:{proxy.port}", tls=trust)
        with opened(f"wss://{HOST}", settings) as connection:
            assert receive(connection)[0] == b"hello"


def test_a_proxy_of_the_environment_is_used(plain: WsServer) -> None:
    with http_proxy(plain.port) as proxy:
        settings = through(None, http_proxy=f"http://127.0.0.1:{proxy.port}")
        with opened(f"ws://{HOST}", settings) as connection:
            assert receive(connection)[0] == b"hello"
            named = f"the proxy 127.0.0.1:{proxy.port} of $http_proxy"
            assert connection.handshake.via == named


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(plain: WsServer) -> None:
    settings = through(None, all_proxy=f"http://127.0.0.1:{closed_port()}")
    with opened(plain.url, settings) as connection:
        assert receive(connection)[0] == b"hello"
        assert connection.handshake.via == ""


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("kind", ["http", "https", "socks5h"])
def test_requests_go_through_a_proxy_as_well(
    scheme: str, kind: str, authority: Authority, trust: TlsSettings
) -> None:
    def answer(_: Request) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, b"answer" * 50_000

    server_tls = authority.server_context(HOST) if scheme == "https" else None
    with WsServer(greet, http=answer, tls=server_tls) as server:
        proxy_tls = authority.server_context("localhost") if kind == "https" else None
        made = (
            socks_proxy(server.port)
            if kind == "socks5h"
            else http_proxy(server.port, tls=proxy_tls)
        )
        waker = Waker()
        with made as proxy:
            settings = through(f"{kind}://localhost:{proxy.port}", tls=trust)
            request = HttpRequest("GET", f"{scheme}://{HOST}/x", shown="x")
            found = fetch(request, settings, waker, Clock(), never)
        waker.close()
    assert (found.status, found.body) == (200, b"answer" * 50_000)
    assert len(proxy.asked) == 1


def test_a_body_that_somebody_cut_inside_of_two_tls_connections_is_no_whole_one(
    authority: Authority, trust: TlsSettings
) -> None:
    def cut(client: socket.socket) -> None:
        inside = authority.server_context(HOST).wrap_socket(client, server_side=True)
        read_head(inside)
        inside.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")
        inside.close()  # without TLS's own end

    waker = Waker()
    request = HttpRequest("GET", f"https://{HOST}/", shown="")
    with (
        raw_server(cut) as port,
        http_proxy(port, tls=authority.server_context("localhost")) as proxy,
    ):
        settings = through(f"https://localhost:{proxy.port}", tls=trust)
        with pytest.raises(Failed) as caught:
            fetch(request, settings, waker, Clock(), never)
    waker.close()
    assert caught.value.failure.kind is FailureKind.LOST
    assert "the TLS connection was cut" in str(caught.value)


def test_a_stream_that_is_cut_inside_of_two_tls_connections_is_lost(
    authority: Authority, trust: TlsSettings
) -> None:
    def cut(client: ServerSide) -> None:
        client.accept()
        client.send_text("hello")
        client.cut()

    with (
        WsServer(cut, tls=authority.server_context(HOST)) as server,
        http_proxy(server.port, tls=authority.server_context("localhost")) as proxy,
        opened(
            f"wss://{HOST}", through(f"https://localhost:{proxy.port}", tls=trust)
        ) as connection,
    ):
        first, last = receive(connection)
    assert first == b"hello"
    assert "without a close frame" in str(last)


# ---- what it is told ----


def test_user_and_password_are_told_to_the_proxy_and_to_nobody_else(plain: WsServer) -> None:
    with http_proxy(plain.port, login=f"me:{PASSWORD}@") as proxy:
        settings = through(f"http://me:{PASSWORD}%40@127.0.0.1:{proxy.port}")
        with opened(f"ws://{HOST}", settings) as connection:
            receive(connection)
    assert "Proxy-Authorization: Basic " in proxy.asked[0]
    assert "Proxy-Authorization" not in plain.requests[0].headers


def test_the_headers_for_the_server_are_not_told_to_the_proxy(plain: WsServer) -> None:
    with http_proxy(plain.port) as proxy:
        settings = through(f"http://127.0.0.1:{proxy.port}")
        headers = (("Authorization", "Bearer s3cret"), ("Host", "other.example"))
        with opened(f"ws://{HOST}/?key=s3cret", settings, headers=headers) as connection:
            receive(connection)
    assert "s3cret" not in proxy.asked[0]
    assert "other.example" not in proxy.asked[0]


# ---- failing ----


def failing(kind: str, story: Story, *, login: str = "", seconds: float = PATIENCE) -> Failure:
    """Have a proxy tell a story, and give what comes of it."""
    with raw_server(story) as port:
        found = failure(
            f"ws://{HOST}", through(f"{kind}://{login}127.0.0.1:{port}", seconds=seconds)
        )
    assert PASSWORD not in f"{found!r}"
    named = f"cannot connect to {HOST}:80: "
    assert found.text.startswith(named)
    assert f"the proxy 127.0.0.1:{port} of --proxy" in found.text
    return found


def answering(answer: bytes, *, reset: bool = False, stay: bool = False) -> Story:
    def story(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(answer)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if stay:
            wait_for_the_end(client)

    return story


def dribbling(beginning: bytes, drops: Iterator[bytes]) -> Story:
    def story(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(beginning)
        for drop in drops:
            client.sendall(drop)

    return story


STATUSES = {
    "403 Forbidden": (FailureKind.HANDSHAKE, False),
    "404 Not Found": (FailureKind.HANDSHAKE, False),
    "302 Found": (FailureKind.HANDSHAKE, False),
    "429 Too Many Requests": (FailureKind.UNREACHABLE, True),
    "502 Bad Gateway": (FailureKind.UNREACHABLE, True),
    "503 Service Unavailable": (FailureKind.UNREACHABLE, True),
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_of_the_proxy_is_not_taken_for_the_servers(status: str) -> None:
    found = failing("http", answering(f"HTTP/1.1 {status}\r\nLocation: x\r\n\r\nbody".encode()))
    assert found.text.endswith(f" answered HTTP {status}")
    assert (found.kind, found.retry) == STATUSES[status]
    assert found.status == 0


@pytest.mark.parametrize(
    ("login", "asks", "words"),
    [
        ("", "Basic realm=x", "Write USER:PASSWORD@ before the host in its URL."),
        (f"me:{PASSWORD}@", "Basic realm=x", "It does not accept the user and the password."),
        (f"me:{PASSWORD}@", "Negotiate, NTLM", "a way to log in that wscli does not know"),
    ],
)
def test_a_proxy_that_wants_to_know_who_we_are_is_not_asked_again(
    login: str, asks: str, words: str
) -> None:
    refusal = f"HTTP/1.1 407 Login\r\nProxy-Authenticate: {asks}\r\n\r\n"
    found = failing("http", answering(refusal.encode()), login=login)
    assert found.text.endswith(" answered HTTP 407 Login")
    assert words in found.hint
    assert not found.retry


def test_a_proxy_that_repeats_the_password_is_not_repeated() -> None:
    refusal = f"HTTP/1.1 407 no {PASSWORD}\r\n\r\n".encode()
    found = failing("http", answering(refusal), login=f"me:{PASSWORD}@")
    assert found.text.endswith(" answered HTTP 407")


def test_an_endless_reason_is_cut() -> None:
    found = failing("http", answering(b"HTTP/1.1 500 " + b"x" * 10_000 + b"\r\n\r\n"))
    assert len(found.text) < 300


INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX: y\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        INTERIM + OK,
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["interim", "1.0", "length"],
)
def test_any_success_leads_on(answer: bytes, plain: WsServer) -> None:
    def story(client: socket.socket) -> None:
        read_head(client)
        client.sendall(answer)
        relay(client, plain.port)

    with raw_server(story) as port:
        settings = through(f"http://127.0.0.1:{port}")
        with opened(f"ws://{HOST}", settings) as connection:
            assert receive(connection)[0] == b"hello"


NOT_HTTP = {
    b"SSH-2.0-OpenSSH_9.6\r\n": "is not understood: its answer is not HTTP",
    b"\5\xff": "is not understood: its answer is not HTTP",
    b"\x15\x03\x03\x00\x02\x02\x28": "is not understood: its answer is not HTTP",
    b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n": "is not understood: its answer is not HTTP",
    b"HTTP/1.1 101 Switching Protocols\r\n\r\n": "is not understood: it switched protocols",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000: "answer has more than 64 KiB of headers",
    OK + b"\x81\x05hello": "sent more than its answer",
}
NOT_SOCKS = {
    b"HTTP/1.1 400 Bad Request\r\n\r\n": "did not connect: its answer is not SOCKS5",
    b"SSH-2.0-OpenSSH_9.6\r\n": "did not connect: its answer is not SOCKS5",
    b"\5\0\5\0\0\1\0\0\0\0\0\0\x81\x05hello": "sent more than its answer",
    b"\5\0\5\2": "did not connect: its rules do not allow it",
}


@pytest.mark.parametrize(
    ("kind", "answer", "words"),
    [
        *(("http", answer, words) for answer, words in NOT_HTTP.items()),
        *(("socks5h", answer, words) for answer, words in NOT_SOCKS.items()),
    ],
)
def test_what_is_no_answer_is_said_at_once_and_not_asked_for_again(
    kind: str, answer: bytes, words: str
) -> None:
    with at_most(PATIENCE / 2):
        found = failing(kind, answering(answer, stay=True))
    assert words in found.text
    assert found.kind is FailureKind.HANDSHAKE
    assert not found.retry


@pytest.mark.parametrize("kind", ["http", "socks5h"])
@pytest.mark.parametrize(
    ("answer", "when"),
    [
        (b"", "without an answer"),
        ({"http": OK[:9], "socks5h": b"\5"}, "in the middle of its answer"),
    ],
)
def test_a_proxy_that_leaves_may_come_back(
    kind: str, answer: bytes | dict[str, bytes], when: str
) -> None:
    data = answer if isinstance(answer, bytes) else answer[kind]
    found = failing(kind, answering(data))
    assert found.text.endswith(f"closed the connection {when}")
    assert (found.kind, found.retry) == (FailureKind.LOST, True)


@pytest.mark.parametrize(
    ("kind", "answer"), [("http", b""), ("socks5h", b""), ("socks5h", b"\5\0")]
)
def test_a_proxy_that_resets_may_come_back(kind: str, answer: bytes) -> None:
    found = failing(kind, answering(answer, reset=True))
    assert found.text.endswith("did not answer: the connection was reset")
    assert (found.kind, found.retry) == (FailureKind.LOST, True)


@pytest.mark.parametrize("kind", ["http", "socks5h"])
def test_a_silent_proxy_takes_no_longer_than_allowed(kind: str) -> None:
    with at_most(PATIENCE / 2):
        found = failing(kind, wait_for_the_end, seconds=0.3)
    assert found.kind is FailureKind.TIMEOUT
    assert ": no answer from the proxy " in found.text
    assert found.text.endswith(" within 0.3 s")
    assert found.retry


@pytest.mark.parametrize(
    ("kind", "story"),
    [
        ("http", dribbling(b"HTTP/1.1 200 OK\r\n", repeat(b"X: y\r\n"))),
        ("http", dribbling(b"HTTP/1.1 200 ", repeat(b"x"))),
        ("http", dribbling(b"", repeat(b"HTTP/1.1 102 \r\n\r\n"))),
    ],
    ids=["headers", "status line", "interim answers"],
)
def test_a_proxy_that_never_comes_to_an_end_takes_no_longer_than_allowed(
    kind: str, story: Story
) -> None:
    with at_most(PATIENCE / 2):
        found = failing(kind, story, seconds=0.3)
    ended = (FailureKind.TIMEOUT, FailureKind.HANDSHAKE)  # by the clock, or by 64 KiB
    assert found.kind in ended


def test_one_deadline_holds_for_the_proxy_and_the_server_together(plain: WsServer) -> None:
    def slow(client: socket.socket) -> None:
        read_head(client)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.sendall(OK)
        client.settimeout(PATIENCE)
        wait_for_the_end(client)  # and the server behind it says nothing

    with at_most(PATIENCE / 2), raw_server(slow) as port:
        found = failure(f"ws://{HOST}", through(f"http://127.0.0.1:{port}", seconds=0.5))
    assert found.text == (
        f"cannot connect to {HOST}:80: no answer to the opening handshake within 0.5 s"
    )


def test_calling_off_ends_the_wait_for_a_proxy_at_once() -> None:
    called_off, waker = threading.Event(), Waker()

    def call_off(client: socket.socket) -> None:
        client.recv(1)
        called_off.set()
        waker.wake()
        wait_for_the_end(client)

    with at_most(PATIENCE / 2), raw_server(call_off) as port:
        settings = through(f"http://127.0.0.1:{port}")
        opening = opened(f"ws://{HOST}", settings, waker=waker, cancelled=called_off.is_set)
        with pytest.raises(Cancelled), opening:
            pass


# ---- reaching it ----


@pytest.mark.parametrize("kind", ["http", "https", "socks5", "socks5h"])
def test_a_proxy_that_is_not_there_is_named(kind: str) -> None:
    port = closed_port()
    settings = TransportSettings(
        proxies=proxies_of(None, None, {"all_proxy": f"{kind}://127.0.0.1:{port}"}),
        resolve={(HOST, 80): ("10.1.2.3",)},
    )
    assert failure(f"ws://{HOST}", settings) == Failure(
        FailureKind.REFUSED,
        f"cannot connect to the proxy 127.0.0.1:{port} of $all_proxy: connection refused",
    )


def raising_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(host: str, port: int, *, type: int, flags: int = 0) -> Any:  # noqa: A002 - as the original
        if not flags & socket.AI_NUMERICHOST or not host.startswith("127."):
            raise socket.gaierror(socket.EAI_NONAME, "no")
        return [(socket.AF_INET, type, 6, "", (host, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_proxy_without_an_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    raising_names(monkeypatch)
    found = failure(f"ws://{HOST}", through("http://no.example:3128"))
    assert found.kind is FailureKind.NAME
    assert found.text == (
        "cannot connect to the proxy no.example:3128 of --proxy: the host name has no address"
    )


def test_a_name_that_a_socks_proxy_should_have_looked_up_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raising_names(monkeypatch)
    found = failure(f"ws://{HOST}", through("socks5://127.0.0.1:1"))
    assert found.kind is FailureKind.NAME
    assert found.text == f"cannot connect to {HOST}:80: the host name has no address"
    assert "socks5h://" in found.hint


def test_a_proxy_that_drops_syns_takes_no_longer_than_allowed() -> None:
    with at_most(PATIENCE / 2), black_hole() as port:
        found = failure(f"ws://{HOST}", through(f"http://127.0.0.1:{port}", seconds=0.3))
    assert found.kind is FailureKind.TIMEOUT
    assert found.text.startswith(f"cannot connect to the proxy 127.0.0.1:{port} of --proxy: no TCP")


def test_a_variable_that_names_no_proxy_ends_the_run_instead_of_being_passed_over() -> None:
    found = failure(f"ws://{HOST}", through(None, http_proxy=f"socks4://me:{PASSWORD}@x"))
    assert found.kind is FailureKind.UNUSABLE
    assert found.text == "$http_proxy: a proxy of the kind socks4:// is not supported"
    assert PASSWORD not in f"{found!r}"
    assert not found.retry


def test_the_proxys_certificate_is_checked(secure: WsServer, authority: Authority) -> None:
    with http_proxy(secure.port, tls=authority.server_context("other.example")) as proxy:
        for tls, words in {
            TlsSettings(): "comes from an issuer that is not known here",
            TlsSettings(cacert=str(authority.pem)): "is for another host",
        }.items():
            found = failure(f"wss://{HOST}", through(f"https://localhost:{proxy.port}", tls=tls))
            assert found.kind is FailureKind.TLS
            assert found.text == (
                f"cannot connect to the proxy localhost:{proxy.port} of --proxy: the proxy's"
                f" certificate {words}"
            )
            assert not found.retry
        assert not proxy.asked
        settings = through(f"https://localhost:{proxy.port}", tls=TlsSettings(insecure=True))
        with opened(f"wss://{HOST}", settings) as connection:
            assert receive(connection)[0] == b"hello"


def test_the_servers_certificate_is_checked_behind_the_proxy(
    authority: Authority, trust: TlsSettings
) -> None:
    with WsServer(greet, tls=authority.server_context("other.example")) as server:
        for kind, tls in (("http", None), ("https", authority.server_context("localhost"))):
            with http_proxy(server.port, tls=tls) as proxy:
                found = failure(
                    f"wss://{HOST}", through(f"{kind}://localhost:{proxy.port}", tls=trust)
                )
            assert found.text == (
                f"cannot connect to {HOST}:443: the server's certificate is for another host"
            )


def test_a_proxy_that_speaks_no_tls_is_said(plain: WsServer) -> None:
    def speak_http(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        wait_for_the_end(client)

    with raw_server(speak_http) as port:
        found = failure(f"ws://{HOST}", through(f"https://127.0.0.1:{port}"))
    assert found.kind is FailureKind.TLS
    assert found.text.endswith("the proxy does not speak TLS on this port")
    assert "http://" in found.hint


def test_a_tls_handshake_inside_of_another_takes_no_longer_than_allowed(
    authority: Authority, trust: TlsSettings
) -> None:
    with (
        at_most(PATIENCE / 2),
        raw_server(wait_for_the_end) as port,
        http_proxy(port, tls=authority.server_context("localhost")) as proxy,
    ):
        settings = through(f"https://localhost:{proxy.port}", tls=trust, seconds=0.5)
        found = failure(f"wss://{HOST}", settings)
    assert found.kind is FailureKind.TIMEOUT
    assert found.text.startswith(f"cannot connect to {HOST}:443: the TLS handshake did not finish")


def test_a_tls_handshake_inside_of_another_can_be_called_off(
    authority: Authority, trust: TlsSettings
) -> None:
    called_off, waker = threading.Event(), Waker()

    def call_off(client: socket.socket) -> None:
        client.recv(1)
        called_off.set()
        waker.wake()
        wait_for_the_end(client)

    with (
        at_most(PATIENCE / 2),
        raw_server(call_off) as port,
        http_proxy(port, tls=authority.server_context("localhost")) as proxy,
    ):
        settings = through(f"https://localhost:{proxy.port}", tls=trust)
        opening = opened(f"wss://{HOST}", settings, waker=waker, cancelled=called_off.is_set)
        with pytest.raises(Cancelled), opening:
            pass


def test_our_certificate_is_shown_to_the_server_and_not_to_the_proxy(
    authority: Authority, trust: TlsSettings, tmp_path: Path
) -> None:
    maker, cert, key = client_certificate(tmp_path)
    asked: list[object] = []

    server_tls = authority.server_context(HOST)
    maker.configure_trust(server_tls)
    server_tls.verify_mode = ssl.CERT_REQUIRED
    proxy_tls = authority.server_context("localhost")
    maker.configure_trust(proxy_tls)
    proxy_tls.verify_mode = ssl.CERT_OPTIONAL

    def story(client: socket.socket) -> None:
        with proxy_tls.wrap_socket(client, server_side=True) as inside:
            asked.append(inside.getpeercert())
            read_head(inside)
            inside.sendall(OK)
            relay(inside, server.port)

    with WsServer(greet, tls=server_tls) as server, raw_server(story) as port:
        tls = TlsSettings(cacert=trust.cacert, cert=cert, key=key)
        with opened(f"wss://{HOST}", through(f"https://localhost:{port}", tls=tls)) as connection:
            assert receive(connection)[0] == b"hello"
    assert asked in ([None], [{}])
