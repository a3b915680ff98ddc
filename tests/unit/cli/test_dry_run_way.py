"""Which way a connection would take, in words."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.cli.dry_run_way import connecting_lines, request_way
from wscli.model.profile import Connect
from wscli.model.wire import HttpRequest, Target
from wscli.session.rehearsal import Connecting
from wscli.transport.failures import Failed
from wscli.transport.proxies import proxies_of
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import TlsSettings

LAST = ["gives up after 10 s for name, TCP, proxy, TLS and handshake together"]


def lines(url: str, shown: str = "", **settings: Any) -> list[str]:
    """What is told after the URL and the compression, without the limits."""
    transport = TransportSettings(**settings)
    shown = shown or url
    connecting = Connecting(Target(shown, shown), Target(url, url))
    told = list(connecting_lines(connecting, Connect(url), transport, ()))
    assert told[:2] == [shown, "offers permessage-deflate"]
    assert told[-2:-1] == LAST
    return told[2:-2]


@pytest.mark.parametrize(
    ("url", "shown", "settings", "told"),
    [
        ("ws://a.test", "", {}, ["without TLS, in clear text"]),
        ("wss://a.test", "", {}, ["the server's certificate is checked against this system's authorities"]),
        ("wss://a.test", "${s}://a.test", {"tls": TlsSettings(insecure=True)}, ["where it is over TLS, the server's certificate is not checked (-k)"]),
        ("wss://a.test", "", {"tls": TlsSettings(cacert="ca.pem", cert="me.pem")}, ["the server's certificate is checked against ca.pem", "our certificate is me.pem"]),
        ("ws://a.test", "", {"unix_socket": "/s"}, ["over the Unix socket /s", "without TLS, in clear text"]),
        ("ws://a.test", "", {"resolve": {("a.test", 80): ("10.0.0.1",)}}, ["at the address 10.0.0.1 (--resolve)", "without TLS, in clear text"]),
        ("ws://a.test:8", "", {"resolve": {("a.test", 80): ("10.0.0.1",)}}, ["without TLS, in clear text"]),
        ("ws://a.test", "", {"proxies": proxies_of("http://p.test", None, {}), "resolve": {("a.test", 80): ("10.0.0.1",), ("p.test", 1080): ("::1",)}}, ["through the proxy http://p.test:1080 (--proxy)", "which is at the address ::1 (--resolve)", "without TLS, in clear text"]),
    ],
)  # fmt: skip
def test_the_way_is_told(url: str, shown: str, settings: dict[str, Any], told: list[str]) -> None:
    assert lines(url, shown, **settings) == told


@pytest.mark.parametrize(
    ("size", "words"), [(1024, "1 KiB"), (3 * 1024 * 1024, "3 MiB"), (7, "7 B")]
)
def test_the_longest_message_is_told(size: int, words: str) -> None:
    connecting = Connecting(Target("ws://a", "ws://a"), Target("ws://a", "ws://a"))
    told = connecting_lines(connecting, Connect(""), TransportSettings(max_message=size), ())
    assert list(told)[-1] == f"takes messages of up to {words}"


def test_the_straight_way_of_a_request_is_no_word_worth() -> None:
    request = HttpRequest("GET", "https://a.test/x", "https://a.test/x")
    assert list(request_way(request, TransportSettings())) == []
    environment = {"https_proxy": "http://p.test:1"}
    transport = TransportSettings(proxies=proxies_of(None, None, environment))
    assert list(request_way(request, transport)) == [
        "through the proxy http://p.test:1 ($https_proxy)"
    ]


def test_what_cannot_be_sent_is_no_way() -> None:
    with pytest.raises(Failed):
        list(request_way(HttpRequest("GET", "https://a b", "x"), TransportSettings()))
