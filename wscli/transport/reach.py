"""The way to a host: straight, over a Unix socket, or through a proxy."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from typing import Final, assert_never

from wscli.transport.channel import Channel
from wscli.transport.dial import addresses_of, dial, dial_unix
from wscli.transport.failures import Failed, unusable
from wscli.transport.patience import Attempt
from wscli.transport.proxies import BadProxyError, Proxy, ProxyKind
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import PROXY, start_nested_tls, start_tls, tls_context
from wscli.transport.tunnel import connect_over_http, connect_over_socks

_SECURE: Final = frozenset({"wss", "https"})


def open_channel(
    host: str, port: int, scheme: str, settings: TransportSettings, attempt: Attempt
) -> Channel:
    """Connect to a host, with TLS where the scheme (ws, wss, http or https) has it.

    Raises ``Failed`` with kind NAME, REFUSED, UNREACHABLE, TIMEOUT, TLS or LOST, with HANDSHAKE for
    a proxy that does not lead on, with UNUSABLE where a file of the TLS settings or a proxy that
    the environment names is none; ``Cancelled``.
    """
    context = tls_context(settings.tls) if scheme in _SECURE else None
    connected, via = _reach(host, port, scheme, settings, attempt)
    if context is None:
        return Channel(connected, via)
    if isinstance(connected, ssl.SSLSocket):
        return Channel(start_nested_tls(connected, host, context, attempt), via)
    return Channel(start_tls(connected, host, context, attempt), via)


def _reach(
    host: str, port: int, scheme: str, settings: TransportSettings, attempt: Attempt
) -> tuple[socket.socket, str]:
    """Give a socket whose bytes reach the host, and what they go through. It does not block."""
    if settings.unix_socket is not None:
        path = settings.unix_socket
        via = f"the Unix socket {path}"
        return dial_unix(path, Attempt(f"{attempt.place} at {via}", attempt.patience)), via
    try:
        proxy = settings.proxies.choose(scheme, host, port)
    except BadProxyError as error:
        raise unusable(str(error), error.hint) from None
    if proxy is None:
        return dial(host, port, attempt, resolve=settings.resolve), ""
    return _through(proxy, host, port, settings, attempt), proxy.named


def _through(
    proxy: Proxy, host: str, port: int, settings: TransportSettings, attempt: Attempt
) -> socket.socket:
    """Connect to the proxy, and have it lead on to the host."""
    approach = Attempt(proxy.named, attempt.patience)
    if proxy.kind is ProxyKind.SOCKS5:  # by its address, which is ours to find
        host = _address(host, port, settings, attempt)
    sock = dial(proxy.host, proxy.port, approach, resolve=settings.resolve)
    try:
        if proxy.kind is ProxyKind.HTTPS:
            # Our own certificate is for the server alone.
            context = tls_context(replace(settings.tls, cert=None, key=None))
            sock = start_tls(sock, proxy.host, context, approach, PROXY)
        match proxy.kind:
            case ProxyKind.HTTP | ProxyKind.HTTPS:
                connect_over_http(sock, proxy, host, port, attempt)
            case ProxyKind.SOCKS5 | ProxyKind.SOCKS5H:
                connect_over_socks(sock, proxy, host, port, attempt)
            case _:  # pragma: no cover
                assert_never(proxy.kind)
    except BaseException:
        sock.close()
        raise
    return sock


def _address(host: str, port: int, settings: TransportSettings, attempt: Attempt) -> str:
    """Give the first address of a host."""
    try:
        address = addresses_of(host, port, attempt, settings.resolve)[0]
    except Failed as error:
        hint = "With socks5h:// the proxy looks up the name."
        raise Failed(replace(error.failure, hint=hint)) from error
    return str(address.sockaddr[0])
