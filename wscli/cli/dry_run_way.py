"""A connection that would be made, in words: what the handshake says, and which way it takes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import urlsplit

from wscli.model.profile import Connect
from wscli.model.secret import MASK
from wscli.model.wire import HttpRequest
from wscli.session.rehearsal import Connecting
from wscli.session.spans import in_words
from wscli.transport.checks import checked
from wscli.transport.failures import unusable
from wscli.transport.http_request import prepared
from wscli.transport.proxies import BadProxyError, ProxyKind
from wscli.transport.resolve import addresses_for
from wscli.transport.settings import TransportSettings

_SIZES: Final = (("MiB", 1024 * 1024), ("KiB", 1024))
_PORTS: Final = {"ws": 80, "http": 80, "wss": 443, "https": 443}
_PRIVATE: Final = re.compile(r"(?i)auth|cookie|token|key|secret|password|passwd|signature|session")
"""Names of headers whose values the user may have to keep for himself."""


def connecting_lines(
    connecting: Connecting,
    connect: Connect,
    transport: TransportSettings,
    given: Collection[str],
) -> Iterator[str]:
    """Say where it connects to, and how. ``given``: the headers that the user gave, by their names
    in small letters. Raises Failed for what cannot be sent, or no proxy that the environment names.
    """
    checked(connecting.checked)
    target = connecting.target
    yield re.sub(r"//[^/?#]*@", f"//{MASK}@", target.url)
    for name, value in target.headers:
        private = name.lower() in given and _PRIVATE.search(name)
        yield f"header {name}: {MASK if private else value}"
    if target.origin is not None:
        yield f"header Origin: {target.origin}"
    if target.subprotocols:
        yield f"subprotocols: {', '.join(target.subprotocols)}"
    yield "offers permessage-deflate" if target.deflate else "offers no compression"
    url = connecting.checked.url
    yield from _route(url, transport)
    yield from _security(urlsplit(url).scheme, target.url, transport)
    limit = in_words(transport.connect_timeout)
    yield f"gives up after {limit} for name, TCP, proxy, TLS and handshake together"
    yield f"takes messages of up to {_size(transport.max_message)}"
    if connect.send_limit is not None:
        rate = connect.send_limit
        yield f"no more than {rate.count} frames of ours in {rate.seconds:g} s"


def request_way(request: HttpRequest, transport: TransportSettings) -> Iterator[str]:
    """Say which way a request takes, where that is not the straight one. Raises Failed for what
    cannot be sent, or no proxy that the environment names.
    """
    prepared(request)
    yield from _route(request.url, transport)


def _route(url: str, transport: TransportSettings) -> Iterator[str]:
    if transport.unix_socket is not None:
        yield f"over the Unix socket {transport.unix_socket}"
        return
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    try:
        proxy = transport.proxies.choose(parts.scheme, host, port)
    except BadProxyError as error:
        raise unusable(str(error), error.hint) from None
    if proxy is not None:
        yield f"through the proxy {proxy.shown} ({proxy.source})"
        yield from _address("which is at", proxy.host, proxy.port, transport)
    if proxy is None or proxy.kind is ProxyKind.SOCKS5:  # others look the name up themselves
        yield from _address("at", host, port, transport)


def _address(how: str, host: str, port: int, transport: TransportSettings) -> Iterator[str]:
    addresses = addresses_for(transport.resolve, host, port)
    if addresses != (host,):
        yield f"{how} the address {' or '.join(addresses)} (--resolve)"


def _security(scheme: str, shown: str, transport: TransportSettings) -> Iterator[str]:
    """Say what is checked. Where the scheme is not known, the URL that is shown begins otherwise
    than the one that stands in for it.
    """
    if scheme != "wss":
        yield "without TLS, in clear text"
        return
    where = "" if shown.startswith("wss://") else "where it is over TLS, "
    yield from (f"{where}{line}" for line in _tls_lines(transport))


def _tls_lines(transport: TransportSettings) -> Iterator[str]:
    tls = transport.tls
    if tls.insecure:
        yield "the server's certificate is not checked (-k)"
    elif tls.cacert is not None:
        yield f"the server's certificate is checked against {tls.cacert}"
    else:
        yield "the server's certificate is checked against this system's authorities"
    if tls.cert is not None:
        yield f"our certificate is {tls.cert}"


def _size(count: int) -> str:
    for unit, size in _SIZES:
        if count % size == 0:
            return f"{count // size} {unit}"
    return f"{count} B"
