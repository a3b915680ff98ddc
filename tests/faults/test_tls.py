"""TLS: which check failed, and that nothing waits for ever."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.faults.opening import PATIENCE, failure, opened, receive
from tests.faults.raw_server import raw_server, wait_for_the_end
from tests.harness.tls import Authority, client_certificate
from tests.harness.ws_connection import Connection as ServerSide
from tests.harness.ws_server import WsServer
from wscli.model.wire import FailureKind, Incoming
from wscli.transport.failures import Cancelled
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import TlsSettings
from wscli.transport.waker import Waker


def greet(client: ServerSide) -> None:
    client.accept()
    client.send_text("hello")
    client.close()


@pytest.fixture
def trusting(authority: Authority) -> TransportSettings:
    return TransportSettings(connect_timeout=PATIENCE, tls=TlsSettings(cacert=str(authority.pem)))


@pytest.fixture
def good(authority: Authority) -> Iterator[WsServer]:
    with WsServer(greet, tls=authority.server_context()) as server:
        yield server


def test_a_trusted_server_is_connected_to(good: WsServer, trusting: TransportSettings) -> None:
    with opened(good.url, trusting) as connection:
        assert receive(connection)[0] == b"hello"


def test_nothing_is_checked_where_the_user_says_so(good: WsServer) -> None:
    settings = TransportSettings(connect_timeout=PATIENCE, tls=TlsSettings(insecure=True))
    with opened(good.url, settings) as connection:
        assert receive(connection)[0] == b"hello"


def test_many_small_records_come_in_few_batches(
    authority: Authority, trusting: TransportSettings
) -> None:
    def burst(client: ServerSide) -> None:
        client.accept()
        for number in range(2000):
            client.send_text(str(number))  # each in a TLS record of its own
        client.send_text("x" * 200_000)
        client.wait_closed()

    batches: list[list[Incoming]] = []
    with (
        WsServer(burst, tls=authority.server_context()) as server,
        opened(server.url, trusting) as connection,
    ):
        while not batches or batches[-1][-1] != b"x" * 200_000:
            batches.append(receive(connection, 1))
        connection.close()
        receive(connection)
    messages = [message for batch in batches for message in batch]
    assert messages == [*(str(number).encode() for number in range(2000)), b"x" * 200_000]
    assert len(batches) < 1000


def yesterday() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


def self_signed() -> ssl.SSLContext:
    """A server that shows an authority's own certificate."""
    maker = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with maker.cert_pem.tempfile() as cert, maker.private_key_pem.tempfile() as key:
        context.load_cert_chain(cert, key)
    return context


def expired(authority: Authority) -> ssl.SSLContext:
    return authority.server_context(
        "127.0.0.1", not_before=yesterday() - timedelta(days=1), not_after=yesterday()
    )


def not_yet_valid(authority: Authority) -> ssl.SSLContext:
    return authority.server_context(
        "127.0.0.1",
        not_before=datetime.now(UTC) + timedelta(days=1),
        not_after=datetime.now(UTC) + timedelta(days=2),
    )


@pytest.mark.parametrize("make", [expired, not_yet_valid])
def test_a_certificate_out_of_its_time_is_named(
    make: object, authority: Authority, trusting: TransportSettings
) -> None:
    words = {expired: "has expired", not_yet_valid: "is not valid yet"}
    context = expired(authority) if make is expired else not_yet_valid(authority)
    with WsServer(greet, tls=context) as server:
        found = failure(server.url, trusting)
    assert found.kind is FailureKind.TLS
    assert found.text == (
        f"cannot connect to 127.0.0.1:{server.port}: the server's certificate {words[make]}"  # type: ignore[index]  # one of both
    )
    assert "-k" in found.hint
    assert not found.retry


def test_a_certificate_for_another_host_is_named(
    authority: Authority, trusting: TransportSettings
) -> None:
    with WsServer(greet, tls=authority.server_context("other.example", "127.0.0.2")) as server:
        by_address = failure(server.url, trusting)
        by_name = failure(f"wss://localhost:{server.port}", trusting)
    assert by_address.text.endswith("the server's certificate is for another address")
    assert by_name.text.endswith("the server's certificate is for another host")
    assert by_address.kind is by_name.kind is FailureKind.TLS
    assert not by_address.retry
    assert not by_name.retry


def test_an_unknown_issuer_is_named_with_the_option_that_helps(good: WsServer) -> None:
    found = failure(good.url)
    assert found.kind is FailureKind.TLS
    assert found.text.endswith(
        "the server's certificate comes from an issuer that is not known here"
    )
    assert "--cacert" in found.hint
    assert "-k" in found.hint
    assert not found.retry


def test_a_self_signed_certificate_is_named(trusting: TransportSettings) -> None:
    with WsServer(greet, tls=self_signed()) as server:
        found = failure(server.url, trusting)
    assert found.text.endswith("the server's certificate is self-signed")
    assert "--cacert" in found.hint
    assert not found.retry


def test_a_plain_port_is_named_as_what_it_is() -> None:
    def speak_http(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        wait_for_the_end(client)

    with raw_server(speak_http) as port:
        found = failure(f"wss://127.0.0.1:{port}")
    assert found.kind is FailureKind.TLS
    assert found.text.endswith("the server does not speak TLS on this port")
    assert "ws://" in found.hint
    assert not found.retry


def test_a_stalled_handshake_takes_no_longer_than_allowed() -> None:
    with raw_server(wait_for_the_end) as port:
        found = failure(f"wss://127.0.0.1:{port}", TransportSettings(connect_timeout=0.5))
    assert found.kind is FailureKind.TIMEOUT
    assert found.text.endswith("the TLS handshake did not finish within 0.5 s")
    assert found.retry


def test_a_handshake_can_be_called_off() -> None:
    called_off, waker = threading.Event(), Waker()

    def call_off(client: socket.socket) -> None:
        client.recv(1)
        called_off.set()
        waker.wake()
        wait_for_the_end(client)

    started = time.monotonic()
    with raw_server(call_off) as port:
        opening = opened(f"wss://127.0.0.1:{port}", waker=waker, cancelled=called_off.is_set)
        with pytest.raises(Cancelled), opening:
            pass
    assert time.monotonic() - started < PATIENCE / 2


@pytest.mark.parametrize("reset", [False, True])
def test_a_server_that_leaves_during_the_handshake_may_come_back(*, reset: bool) -> None:
    def leave(client: socket.socket) -> None:
        client.recv(10)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            client.recv(65_536)

    with raw_server(leave) as port:
        found = failure(f"wss://127.0.0.1:{port}")
    assert found.kind is FailureKind.LOST
    assert "during the TLS handshake" in found.text
    assert found.retry


def test_a_server_with_nothing_in_common_is_not_tried_again() -> None:
    def alert(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(b"\x15\x03\x03\x00\x02\x02\x28")  # fatal, handshake_failure
        wait_for_the_end(client)

    with raw_server(alert) as port:
        found = failure(f"wss://127.0.0.1:{port}")
    assert found.kind is FailureKind.TLS
    assert "TLS failed (" in found.text
    assert "handshake failure) during the TLS handshake" in found.text
    assert not found.retry


def test_a_client_certificate_is_shown_to_a_server_that_asks(
    authority: Authority, tmp_path: Path
) -> None:
    maker, cert, key = client_certificate(tmp_path)
    context = authority.server_context()
    maker.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with WsServer(greet, tls=context) as server:
        tls = TlsSettings(cacert=str(authority.pem), cert=cert, key=key)
        with opened(server.url, TransportSettings(connect_timeout=PATIENCE, tls=tls)) as connection:
            assert receive(connection)[0] == b"hello"
        without = TlsSettings(cacert=str(authority.pem))
        found = failure(server.url, TransportSettings(connect_timeout=PATIENCE, tls=without))
    assert found.kind is FailureKind.TLS
    assert "certificate required" in found.text
    assert "--cert FILE" in found.hint
    assert not found.retry


def test_a_client_certificate_that_is_not_accepted_is_named(
    authority: Authority, tmp_path: Path
) -> None:
    _, cert, key = client_certificate(tmp_path)
    context = authority.server_context()
    trustme.CA().configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with WsServer(greet, tls=context) as server:
        tls = TlsSettings(cacert=str(authority.pem), cert=cert, key=key)
        found = failure(server.url, TransportSettings(connect_timeout=PATIENCE, tls=tls))
    assert found.kind is FailureKind.TLS
    assert found.hint == "The server does not accept the certificate of --cert."


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    _, cert, _ = client_certificate(tmp_path)
    for tls, words in {
        TlsSettings(cacert=str(tmp_path / "none.pem")): "No such file or directory",
        TlsSettings(cacert=str(nonsense)): "holds nothing of the kind",
        TlsSettings(cert=str(tmp_path / "none.pem")): "No such file or directory",
        TlsSettings(cert=cert): "holds nothing of the kind",  # no key in it
    }.items():
        found = failure("wss://127.0.0.1:1", TransportSettings(tls=tls))
        assert found.kind is FailureKind.UNUSABLE
        assert words in found.text
        assert not found.retry
