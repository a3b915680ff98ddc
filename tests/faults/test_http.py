"""HTTP requests of our own: what goes out, and every way in which an answer can fail to come.

Each request carries a secret in its URL, its headers and its body; no failure may show it.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import pytest

from tests.faults.opening import PATIENCE, at_the_second_look, never
from tests.faults.raw_server import (
    Story,
    black_hole,
    closed_port,
    raw_server,
    wait_for_the_end,
)
from tests.harness.tls import Authority
from wscli.model.wire import Failure, FailureKind, HttpAnswer, HttpRequest
from wscli.transport.clock import Clock
from wscli.transport.failures import Cancelled, Failed
from wscli.transport.http import fetch
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import TlsSettings
from wscli.transport.waker import Waker

SECRET = "hunter2"
OK = b"HTTP/1.1 200 OK\r\n"
WITHOUT_END = OK + b"\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def fetched(
    origin: str | int,
    *,
    within: float = PATIENCE,
    connect_timeout: float = PATIENCE,
    authority: Authority | None = None,
    body: bytes = SECRET.encode(),
    waker: Waker | None = None,
    cancelled: Callable[[], bool] = never,
) -> HttpAnswer:
    """Ask a server, which is a port on loopback or an origin, and give its answer."""
    if isinstance(origin, int):
        origin = f"http://127.0.0.1:{origin}"
    request = HttpRequest(
        "POST",
        f"{origin}/session?key={SECRET}",
        shown=f"{origin}/session?key=***",
        headers=(("Authorization", f"Bearer {SECRET}"),),
        body=body,
        within=within,
    )
    tls = TlsSettings(cacert=str(authority.pem) if authority else None)
    settings = TransportSettings(connect_timeout=connect_timeout, tls=tls)
    ours = waker or Waker()
    try:
        return fetch(request, settings, ours, Clock(), cancelled)
    finally:
        ours.close()


def failure(origin: str | int, **asking: Any) -> Failure:
    """Ask a server as ``fetched`` does, which must fail, and tell why."""
    with pytest.raises(Failed) as caught:
        fetched(origin, **asking)
    found = caught.value.failure
    assert found.text == str(caught.value)
    assert not found.text.endswith(".")
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in f"{found!r} {caught.value!r} {told}"
    return found


def read_request(client: socket.socket) -> bytes:
    """Read a request with Content-Length to its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(65_536)
    return head + b"\r\n\r\n" + body


def answering(*parts: bytes, stay: bool = False, reset: bool = False) -> Story:
    """Answer with these bytes, and leave, ``stay`` or ``reset`` the connection."""

    def story(client: socket.socket) -> None:
        read_request(client)
        for part in parts:
            client.sendall(part)
        if stay:
            wait_for_the_end(client)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return story


def dribbling(beginning: bytes, drops: Iterator[bytes]) -> Story:
    """Answer byte by byte, for as long as the client listens."""

    def story(client: socket.socket) -> None:
        client.sendall(beginning)
        client.settimeout(0.005)
        for drop in drops:
            try:
                if client.recv(65_536) == b"":
                    return
            except TimeoutError:
                client.sendall(drop)

    return story


def pouring(beginning: bytes, flood: bytes) -> Story:
    """Answer as fast as the client takes it, and never stop."""

    def story(client: socket.socket) -> None:
        read_request(client)
        client.sendall(beginning)
        while True:
            client.sendall(flood)

    return story


def secure(story: Story, authority: Authority, *, polite: bool = True) -> Story:
    """Tell the story over TLS; a ``polite`` server announces the end of what it says."""

    def over_tls(client: socket.socket) -> None:
        context = authority.server_context()
        with context.wrap_socket(client, server_side=True) as inside:
            story(inside)
            if polite:
                inside.unwrap()

    return over_tls


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def prefixed(port: int, what: str) -> str:
    return f"the request to 127.0.0.1:{port} failed: {what}"


def test_the_request_arrives_whole_and_the_answer_is_kept() -> None:
    asked: list[bytes] = []

    def story(client: socket.socket) -> None:
        asked.append(read_request(client))
        client.sendall(b"HTTP/1.1 201 Made\r\nX-Hello: 1\r\nContent-Length: 2\r\n\r\n{}")

    with raw_server(story) as port:
        found = fetched(port)
    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST /session?key={SECRET} HTTP/1.1\r\n".encode())
    assert f"\r\nHost: 127.0.0.1:{port}\r\n".encode() in head
    assert f"\r\nAuthorization: Bearer {SECRET}\r\n".encode() in head
    assert head.endswith(b"\r\nConnection: close")
    assert body == SECRET.encode()
    assert found == HttpAnswer(201, "Made", (("x-hello", "1"), ("content-length", "2")), b"{}")


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 429, 500, 503])
def test_every_status_is_an_answer_and_no_redirect_is_followed(status: int) -> None:
    asked: list[bytes] = []

    def story(client: socket.socket) -> None:
        asked.append(read_request(client))
        client.sendall(
            b"HTTP/1.1 %d Look\r\nLocation: /elsewhere\r\nRetry-After: 7\r\n"
            b"Content-Length: 4\r\n\r\nbody" % status
        )

    with raw_server(story) as port:
        found = fetched(port)
    assert (found.status, found.body) == (status, b"body")
    assert ("location", "/elsewhere") in found.headers
    assert len(asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 4\r\n\r\nbody",
        CHUNKED + b"2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
    ],
)
def test_a_body_that_says_where_it_ends_is_not_waited_on(answer: bytes) -> None:
    with at_most(PATIENCE / 2), raw_server(answering(answer, stay=True)) as port:
        assert fetched(port).body == b"body"


def test_a_body_may_end_with_the_connection() -> None:
    with raw_server(answering(WITHOUT_END, b"bo", b"dy")) as port:
        assert fetched(port).body == b"body"


def test_interim_answers_are_skipped_however_late_the_last_one_comes() -> None:
    def story(client: socket.socket) -> None:
        read_request(client)
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\n")
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.sendall(b"HTTP/1.1 204 Done\r\n\r\n")

    with raw_server(story) as port:
        assert fetched(port).status == 204


def test_gzip_is_asked_for_and_undone() -> None:
    def story(client: socket.socket) -> None:
        assert b"\r\nAccept-Encoding: gzip\r\n" in read_request(client)
        client.sendall(GZIP + gzip.compress(b"body" * 100_000))

    with raw_server(story) as port:
        assert fetched(port).body == b"body" * 100_000


def test_the_environments_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
        monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{closed_port()}")
    with raw_server(answering(OK + b"Content-Length: 0\r\n\r\n")) as port:
        assert fetched(port).status == 200


def test_a_header_with_a_line_break_never_reaches_the_server() -> None:
    asked: list[bytes] = []
    with raw_server(lambda client: asked.append(client.recv(65_536))) as port:
        request = HttpRequest("GET", f"http://127.0.0.1:{port}/", "", (("X", f"{SECRET}\r\nY: z"),))
        waker = Waker()
        with pytest.raises(Failed) as caught:
            fetch(request, TransportSettings(), waker, Clock(), never)
        waker.close()
    assert not asked
    assert caught.value.failure.kind is FailureKind.UNUSABLE
    assert SECRET not in str(caught.value)


def test_nobody_listening_is_said_with_host_and_port() -> None:
    port = closed_port()
    assert failure(port) == Failure(
        FailureKind.REFUSED, f"cannot connect to 127.0.0.1:{port}: connection refused"
    )


def test_a_name_without_an_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    found = failure("http://no.example")
    assert found.kind is FailureKind.NAME
    assert found.text == "cannot connect to no.example:80: the host name has no address"


@pytest.mark.parametrize(("within", "connect_timeout"), [(0.2, PATIENCE), (PATIENCE, 0.2)])
def test_a_server_that_drops_syns_takes_no_longer_than_the_shorter_limit(
    within: float, connect_timeout: float
) -> None:
    with at_most(PATIENCE / 2), black_hole() as port:
        found = failure(port, within=within, connect_timeout=connect_timeout)
    assert found == Failure(
        FailureKind.TIMEOUT, f"cannot connect to 127.0.0.1:{port}: no TCP connection within 0.2 s"
    )


def test_a_silent_server_takes_no_longer_than_allowed() -> None:
    with at_most(PATIENCE / 2), raw_server(wait_for_the_end) as port:
        assert failure(port, within=0.2) == Failure(
            FailureKind.TIMEOUT, prefixed(port, "no answer within 0.2 s")
        )


def test_the_connect_timeout_does_not_limit_the_answer() -> None:
    def late(client: socket.socket) -> None:
        read_request(client)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.sendall(OK + b"Content-Length: 0\r\n\r\n")

    with raw_server(late) as port:
        assert fetched(port, connect_timeout=0.2).status == 200


DRIBBLES: dict[str, tuple[bytes, bytes]] = {
    "status line": (b"HTTP/1.1 200 ", b"x"),
    "headers": (OK, b"X: y\r\n"),
    "interim answers": (b"", b"HTTP/1.1 102 \r\n\r\n"),
    "length": (OK + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "chunks": (CHUNKED, b"1\r\nx\r\n"),
    "one chunk": (CHUNKED + b"ffffff\r\n", b"x"),
    "no end": (WITHOUT_END, b"x"),
    "gzip": (GZIP, gzip.compress(b"")),
}


@pytest.mark.parametrize("name", DRIBBLES)
def test_a_server_that_dribbles_takes_no_longer_than_allowed(name: str) -> None:
    beginning, drop = DRIBBLES[name]
    with at_most(PATIENCE / 2), raw_server(dribbling(beginning, repeat(drop))) as port:
        found = failure(port, within=0.2)
    assert found.kind is FailureKind.TIMEOUT
    assert found.text == prefixed(port, "the answer did not end within 0.2 s")
    assert found.retry


def test_a_server_that_dribbles_over_tls_takes_no_longer_than_allowed(authority: Authority) -> None:
    story = secure(dribbling(WITHOUT_END, repeat(b"x")), authority)
    with at_most(PATIENCE / 2), raw_server(story) as port:
        found = failure(f"https://127.0.0.1:{port}", within=0.3, authority=authority)
    assert found.kind is FailureKind.TIMEOUT
    assert "the answer did not end" in found.text


def test_a_server_that_never_pauses_takes_no_longer_than_allowed() -> None:
    nothing = gzip.compress(b"") * 5_000  # however much comes, the body does not grow
    with at_most(PATIENCE / 2), raw_server(pouring(GZIP, nothing)) as port:
        assert failure(port, within=0.3).kind is FailureKind.TIMEOUT


def test_a_request_that_nobody_takes_takes_no_longer_than_allowed() -> None:
    over = threading.Event()

    def story(_: socket.socket) -> None:
        assert over.wait(PATIENCE)

    with at_most(PATIENCE / 2), raw_server(story) as port:
        found = failure(port, within=0.3, body=bytes(30_000_000))
        over.set()
    assert found.kind is FailureKind.TIMEOUT
    assert found.text == prefixed(port, "no answer within 0.3 s")


@pytest.mark.parametrize(
    ("beginning", "flood"),
    [
        (WITHOUT_END, bytes(65_536)),
        (CHUNKED, b"8000\r\n" + bytes(0x8000) + b"\r\n"),
        (GZIP, gzip.compress(bytes(5_000_000))),
        (OK + b"Content-Length: 8388609\r\n\r\n", bytes(65_536)),
    ],
    ids=["no end", "chunks", "bomb", "length"],
)
def test_a_body_of_more_than_8_mib_is_not_taken(beginning: bytes, flood: bytes) -> None:
    with at_most(PATIENCE / 2), raw_server(pouring(beginning, flood)) as port:
        assert failure(port) == Failure(
            FailureKind.HANDSHAKE,
            prefixed(port, "the server's answer is longer than 8 MiB"),
            retry=False,
        )


@pytest.mark.parametrize(
    ("beginning", "flood"),
    [(OK, b"X: y\r\n" * 1000), (OK + b"X: ", b"y" * 1000), (b"", b"HTTP/1.1 102 \r\n\r\n" * 1000)],
    ids=["headers", "one header", "interim answers"],
)
def test_a_head_of_more_than_64_kib_is_not_taken(beginning: bytes, flood: bytes) -> None:
    with at_most(PATIENCE / 2), raw_server(pouring(beginning, flood)) as port:
        found = failure(port)
    assert found.kind is FailureKind.HANDSHAKE
    assert found.text == prefixed(port, "the server's answer has more than 64 KiB of headers")
    assert not found.retry


def echo(client: socket.socket) -> None:
    client.sendall(read_request(client))
    wait_for_the_end(client)


@pytest.mark.parametrize(
    "story",
    [
        echo,
        answering(b"SSH-2.0-OpenSSH_9.6\r\n", stay=True),
        answering(bytes(range(256)), stay=True),
        answering(b"HTTP/1.1 200 OK\r\nnonsense " + SECRET.encode() + b"\r\n\r\n", stay=True),
    ],
    ids=["echo", "ssh", "noise", "nonsense"],
)
def test_what_is_not_http_is_said_at_once_and_not_repeated(story: Story) -> None:
    with at_most(PATIENCE / 2), raw_server(story) as port:
        assert failure(port) == Failure(
            FailureKind.HANDSHAKE, prefixed(port, "the server's answer is not HTTP"), retry=False
        )


CUTS = {
    "no answer": (b"", "without an answer"),
    "head": (b"HTTP/1.1 200 O", "in the middle of its answer"),
    "headers": (OK + b"X: y\r\n", "in the middle of its answer"),
    "interim answer": (b"HTTP/1.1 100 \r\n\r\n", "in the middle of its answer"),
    "length": (OK + b"Content-Length: 5\r\n\r\nbody", "in the middle of its answer"),
    "chunks": (CHUNKED + b"4\r\nbody\r\n", "in the middle of its answer"),
    "gzip": (GZIP + gzip.compress(b"body")[:-1], "in the middle of its answer"),
}


@pytest.mark.parametrize("name", CUTS)
def test_an_answer_that_is_cut_short_is_lost_and_may_be_asked_for_again(name: str) -> None:
    sent, when = CUTS[name]
    with raw_server(answering(sent)) as port:
        found = failure(port)
    assert found == Failure(
        FailureKind.LOST, prefixed(port, f"the server closed the connection {when}")
    )


@pytest.mark.parametrize("name", CUTS)
def test_an_answer_that_is_reset_is_lost_and_may_be_asked_for_again(name: str) -> None:
    with raw_server(answering(CUTS[name][0], reset=True)) as port:
        found = failure(port)
    assert found == Failure(FailureKind.LOST, prefixed(port, "the connection was reset"))


def test_a_server_that_resets_while_it_is_asked_is_lost() -> None:
    def leave(client: socket.socket) -> None:
        client.recv(65_536)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with raw_server(leave) as port:
        found = failure(port, body=bytes(20_000_000))
    assert found == Failure(FailureKind.LOST, prefixed(port, "the connection was reset"))


def test_a_server_that_answers_without_reading_the_request_is_heard() -> None:
    def refuse(client: socket.socket) -> None:
        client.recv(10)
        client.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nlong")  # and RST

    with raw_server(refuse) as port:
        found = fetched(port, body=bytes(20_000_000))
    assert (found.status, found.body) == (413, b"long")


def test_a_trusted_server_answers_over_tls(authority: Authority) -> None:
    body = bytes(range(256)) * 4_000
    answer = OK + b"Content-Length: %d\r\n\r\n" % len(body)
    with raw_server(secure(answering(answer, body, stay=True), authority, polite=False)) as port:
        assert fetched(f"https://localhost:{port}", authority=authority).body == body


def test_over_tls_a_body_ends_with_the_connection_only_where_tls_says_so(
    authority: Authority,
) -> None:
    whole = answering(WITHOUT_END + b"body")
    with raw_server(secure(whole, authority)) as port:
        assert fetched(f"https://127.0.0.1:{port}", authority=authority).body == b"body"
    with raw_server(secure(whole, authority, polite=False)) as port:
        found = failure(f"https://127.0.0.1:{port}", authority=authority)
    assert found == Failure(FailureKind.LOST, prefixed(port, "the TLS connection was cut"))


def test_a_certificate_that_is_not_trusted_is_named(authority: Authority) -> None:
    def refused(client: socket.socket) -> None:
        with pytest.raises(ssl.SSLError):
            authority.server_context().wrap_socket(client, server_side=True)

    with raw_server(refused) as port:
        found = failure(f"https://127.0.0.1:{port}")
    assert found.kind is FailureKind.TLS
    assert "the server's certificate comes from an issuer" in found.text
    assert not found.retry


def test_a_server_that_wants_to_know_who_we_are_is_not_asked_again(authority: Authority) -> None:
    def refuse(client: socket.socket) -> None:
        context = authority.server_context()
        context.verify_mode = ssl.CERT_REQUIRED  # TLS 1.3 says so after the client's handshake
        inside = context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        with pytest.raises(ssl.SSLError):
            inside.do_handshake()
        with socket.socket(fileno=inside.detach()) as outside:
            wait_for_the_end(outside)

    with raw_server(refuse) as port:
        found = failure(f"https://127.0.0.1:{port}", authority=authority)
    assert found.kind is FailureKind.TLS
    assert found.text.startswith(prefixed(port, "TLS failed ("))
    assert "certificate required" in found.text
    assert not found.retry


def test_a_plain_port_is_no_tls_and_a_tls_port_no_http(authority: Authority) -> None:
    def plain(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        wait_for_the_end(client)

    def encrypted(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(b"\x15\x03\x01\x00\x02\x02\x16")  # alert: record overflow
        wait_for_the_end(client)

    with raw_server(plain) as port:
        found = failure(f"https://127.0.0.1:{port}", authority=authority)
    assert found.kind is FailureKind.TLS
    with raw_server(encrypted) as port:
        found = failure(port)
    assert found.kind is FailureKind.HANDSHAKE
    assert "https://" in found.hint


def test_a_tls_handshake_that_stalls_takes_no_longer_than_allowed(authority: Authority) -> None:
    with at_most(PATIENCE / 2), raw_server(wait_for_the_end) as port:
        found = failure(f"https://127.0.0.1:{port}", connect_timeout=0.2, authority=authority)
    assert found.kind is FailureKind.TIMEOUT
    assert "TLS handshake" in found.text


def test_calling_off_ends_the_wait_for_tcp_at_once() -> None:
    waker = Waker()
    waker.wake()
    with at_most(PATIENCE / 2), black_hole() as port, pytest.raises(Cancelled):
        fetched(port, waker=waker, cancelled=at_the_second_look())


@pytest.mark.parametrize(
    "sent",
    [b"", b"HTTP/1.1 2", OK, WITHOUT_END + b"x", CHUNKED + b"5\r\nx"],
    ids=["silent", "head", "headers", "body", "chunk"],
)
def test_calling_off_ends_the_wait_for_an_answer_at_once(sent: bytes) -> None:
    called_off, waker = threading.Event(), Waker()
    woken: list[float] = []

    def call_off(client: socket.socket) -> None:
        read_request(client)
        client.sendall(sent)
        woken.append(time.monotonic())
        called_off.set()
        waker.wake()
        wait_for_the_end(client)

    with raw_server(call_off) as port:
        with pytest.raises(Cancelled):
            fetched(port, waker=waker, cancelled=called_off.is_set)
        assert time.monotonic() - woken[0] < 1  # a fifth of it, were the machine not busy


def test_calling_off_ends_an_answer_that_never_pauses_at_once() -> None:
    called_off, waker = threading.Event(), Waker()
    nothing = gzip.compress(b"") * 1_000

    def call_off(client: socket.socket) -> None:
        read_request(client)
        client.sendall(GZIP + nothing * 100)
        called_off.set()
        waker.wake()
        while True:
            client.sendall(nothing)

    with at_most(PATIENCE / 2), raw_server(call_off) as port, pytest.raises(Cancelled):
        fetched(port, waker=waker, cancelled=called_off.is_set)


def test_being_woken_for_nothing_ends_nothing() -> None:
    waker = Waker()

    def story(client: socket.socket) -> None:
        read_request(client)
        for part in (b"HTTP/1.1 200 OK\r\n", b"Content-Length: 2\r\n\r\n", b"{", b"}"):
            waker.wake()
            client.sendall(part)

    with raw_server(story) as port:
        assert fetched(port, waker=waker).body == b"{}"


def test_the_connection_is_closed_whatever_became_of_it() -> None:
    left = threading.Event()

    def story(client: socket.socket) -> None:
        answering(OK + b"Content-Length: 2, 3\r\n\r\n", stay=True)(client)
        left.set()

    with raw_server(story) as port:
        failure(port)
        assert left.wait(PATIENCE)
