"""Unix sockets: every connection goes to one, and the ways in which none can."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.opening import PATIENCE, at_the_second_look, attempting, failure, opened, receive
from tests.faults.proxy_server import leading_to
from tests.faults.raw_server import raw_unix_server, wait_for_the_end
from tests.harness.http_exchange import Request
from tests.harness.tls import Authority
from tests.harness.ws_connection import Connection as ServerSide
from tests.harness.ws_server import WsServer
from wscli.model.wire import Failure, FailureKind, HttpRequest
from wscli.transport.clock import Clock
from wscli.transport.dial import dial_unix
from wscli.transport.failures import Cancelled, Failed
from wscli.transport.http import fetch
from wscli.transport.proxies import proxies_of
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import TlsSettings
from wscli.transport.waker import Waker

HOST = "feed.example"  # has no address
NOBODY = 65534  # the user id


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A short path, as those of sockets are."""
    monkeypatch.chdir(tmp_path)
    return Path("feed.sock")


def greet(client: ServerSide) -> None:
    client.accept()
    client.send_text("hello")
    client.close()


def settings_for(path: Path, **more: object) -> TransportSettings:
    return TransportSettings(connect_timeout=PATIENCE, unix_socket=str(path), **more)  # type: ignore[arg-type]  # as in TransportSettings


def test_a_stream_comes_over_a_unix_socket_and_the_host_stays_the_urls(path: Path) -> None:
    with (
        WsServer(greet) as server,
        raw_unix_server(leading_to(server.port), path),
        opened(f"ws://{HOST}:81/x", settings_for(path)) as connection,
    ):
        assert connection.handshake.address == str(path)
        assert receive(connection)[0] == b"hello"
    assert server.requests[0].headers["Host"] == f"{HOST}:81"


def test_over_tls_the_certificate_is_that_of_the_urls_host(
    path: Path, authority: Authority
) -> None:
    asked: list[str | None] = []
    context = authority.server_context(HOST)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    settings = settings_for(path, tls=TlsSettings(cacert=str(authority.pem)))
    with (
        WsServer(greet, tls=context) as server,
        raw_unix_server(leading_to(server.port), path),
    ):
        with opened(f"wss://{HOST}", settings) as connection:
            assert receive(connection)[0] == b"hello"
        other = failure("wss://other.example", settings)
    assert asked == [HOST, "other.example"]
    assert other.text.endswith("the server's certificate is for another host")


def test_requests_go_there_as_well_and_proxies_are_not_asked(path: Path) -> None:
    def answer(request: Request) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, request.headers["Host"].encode()

    proxies = proxies_of(None, None, {"all_proxy": "http://127.0.0.1:1"})
    waker = Waker()
    with WsServer(greet, http=answer) as server, raw_unix_server(leading_to(server.port), path):
        request = HttpRequest("GET", f"http://{HOST}/x", shown="x")
        found = fetch(request, settings_for(path, proxies=proxies), waker, Clock(), lambda: False)
    waker.close()
    assert found.body == HOST.encode()


def said(path: Path, kind: FailureKind, what: str) -> Failure:
    return Failure(kind, f"cannot connect to {HOST}:80 at the Unix socket {path}: {what}")


def test_a_socket_that_is_not_there_is_said(path: Path) -> None:
    assert failure(f"ws://{HOST}", settings_for(path)) == said(
        path, FailureKind.REFUSED, "there is no such socket"
    )


def test_a_socket_that_nobody_listens_on_is_said(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    assert failure(f"ws://{HOST}", settings_for(path)) == said(
        path, FailureKind.REFUSED, "connection refused"
    )


@contextmanager
def somebody() -> Iterator[None]:
    """Inside, we are nobody special: to root nothing is forbidden."""
    me = os.geteuid()
    os.seteuid(me or NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)


def test_a_socket_that_is_not_for_us_is_said(path: Path) -> None:
    path.absolute().parent.chmod(0o755)
    with raw_unix_server(wait_for_the_end, path):
        path.chmod(0)
        with somebody():
            found = failure(f"ws://{HOST}", settings_for(path))
        assert found == said(path, FailureKind.UNREACHABLE, "permission denied")


@pytest.mark.parametrize(
    ("name", "what"),
    [("x" * 200, "AF_UNIX path too long"), ("x" * 90 + "/y", "there is no such socket")],
)
def test_a_path_that_no_socket_can_have_is_said(name: str, what: str) -> None:
    found = failure(f"ws://{HOST}", settings_for(Path(name)))
    assert found.text.lower().endswith(what.lower())


def test_a_full_queue_is_waited_for_until_there_is_room(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(str(path))
            started = time.monotonic()
            with attempting("x", seconds=0.3) as attempt, pytest.raises(Failed) as caught:
                dial_unix(str(path), attempt)
            assert caught.value.failure.kind is FailureKind.TIMEOUT
            assert "nobody accepts the connection within 0.3 s" in str(caught.value)
            with attempting(cancelled=at_the_second_look()) as attempt, pytest.raises(Cancelled):
                dial_unix(str(path), attempt)
            assert time.monotonic() - started < PATIENCE / 2
            looks: list[int] = []

            def making_room() -> bool:
                looks.append(1)
                if len(looks) == 3:
                    listener.accept()[0].close()
                return False

            with (
                attempting(cancelled=making_room) as attempt,
                dial_unix(str(path), attempt) as sock,
            ):
                assert sock.getpeername() == str(path)
