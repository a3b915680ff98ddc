"""What may stand in an opening handshake: a target, checked before anything goes out.

websocket-client writes header lines as they come, so a line break in one would be a header, or a
request, of its own. A value that is refused may be a secret and is not repeated.
"""

from __future__ import annotations

import re
from string import punctuation
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from wscli import __version__
from wscli.model.frozen import frozen
from wscli.model.wire import Target
from wscli.transport.deflate import OFFER, NegotiationError, is_offer
from wscli.transport.extensions import NotExtensionsError
from wscli.transport.failures import unusable
from wscli.transport.place import ascii_host, host_and_port

_SECURE: Final = {"ws": False, "http": False, "wss": True, "https": True}
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_UNFIT_FOR_URL: Final = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]")
_OURS: Final = {  # RFC 6455, section 4.1: the handshake itself
    "connection",
    "sec-websocket-accept",
    "sec-websocket-key",
    "sec-websocket-version",
    "upgrade",
}


@frozen
class Request:
    """An opening handshake that can be sent. ``host`` is ASCII and has no brackets; ``resource``
    is the path with the query; ``extensions`` what is offered, "" for nothing; ``headers`` names
    neither Host nor Origin nor the subprotocols nor the extensions.
    """

    secure: bool
    host: str
    port: int
    resource: str
    host_header: str
    origin: str | None
    subprotocols: tuple[str, ...]
    extensions: str
    headers: tuple[tuple[str, str], ...]

    @property
    def scheme(self) -> str:
        """``ws`` or ``wss``."""
        return "wss" if self.secure else "ws"

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return host_and_port(self.host, self.port)


def checked(target: Target) -> Request:
    """Check a target and take it apart. Raises ``Failed`` with kind UNUSABLE."""
    secure, host, port, resource = _checked_url(target.url)
    host_header = _authority(host, port, secure=secure)
    origin = target.origin
    if origin is not None:
        _check_header("Origin", origin)
    subprotocols = list(target.subprotocols)
    offers: list[str] = []
    headers: list[tuple[str, str]] = []
    for name, value in target.headers:
        _check_header(name, value)
        match name.lower():
            case "host":
                host_header = value
            case "origin":
                origin = value
            case "sec-websocket-protocol":
                subprotocols += [each.strip() for each in value.split(",")]
            case "sec-websocket-extensions":
                offers.append(value)
            case _:
                headers.append((name, value))
    if not all(_TOKEN.fullmatch(each) for each in subprotocols):
        raise unusable("a subprotocol holds a character that the handshake does not allow")
    if "user-agent" not in {name.lower() for name, _ in headers}:
        headers.insert(0, ("User-Agent", f"wscli/{__version__}"))
    return Request(
        secure=secure,
        host=host,
        port=port,
        resource=resource,
        host_header=host_header,
        origin=origin,
        subprotocols=tuple(dict.fromkeys(subprotocols)),
        extensions=_checked_offer(offers) if offers else OFFER if target.deflate else "",
        headers=tuple(headers),
    )


def _checked_url(url: str) -> tuple[bool, str, int, str]:
    """Give secure or not, ASCII host, port and resource. Raises ``Failed``."""
    if _UNFIT_FOR_URL.search(url):
        raise unusable("the URL holds a space or a control character", "Write a space as %20.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise unusable("the URL's host or port cannot be read") from None
    secure = _SECURE.get(parts.scheme)
    if secure is None:
        raise unusable("the URL begins with neither ws:// nor wss://")
    if "@" in parts.netloc:
        hint = "Send them as a header, for example with -H 'Authorization: …'."
        raise unusable("the URL holds a user name or a password", hint)
    if "#" in url:
        raise unusable("the URL has a fragment", "write # as %23 if it belongs to the path")
    if port == 0:
        raise unusable("the URL's port is 0")
    return secure, _checked_host(parts), port or (443 if secure else 80), _resource(parts)


def _checked_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host:
        raise unusable("the URL names no host")
    found = ascii_host(host)
    if not found:
        raise unusable("the URL's host is no host name")
    return found


def _resource(parts: SplitResult) -> str:
    """Path and query as they stand; what is not ASCII is percent-encoded (RFC 3987)."""
    path = quote(parts.path or "/", safe=punctuation)
    query = quote(parts.query, safe=punctuation)
    return f"{path}?{query}" if query else path


def _authority(host: str, port: int, *, secure: bool) -> str:
    """Write the Host header: a port that the scheme implies is left out."""
    if port == (443 if secure else 80):
        return f"[{host}]" if ":" in host else host
    return host_and_port(host, port)


def _checked_offer(values: list[str]) -> str:
    """Give the extensions that a header offers in the place of ours, "" for none at all."""
    offered = ", ".join(values)
    try:
        return offered if is_offer(offered) else ""
    except (NotExtensionsError, NegotiationError):
        raise unusable(
            "the header Sec-WebSocket-Extensions offers what no server can accept",
            "Leave it out, or write it as 'permessage-deflate; client_max_window_bits'.",
        ) from None


def _check_header(name: str, value: str) -> None:
    """Refuse a header that is not what it seems. Raises ``Failed``."""
    if not _TOKEN.fullmatch(name):
        raise unusable("a header's name holds a character that is not allowed there")
    if name.lower() in _OURS:
        raise unusable(f"the header {name} belongs to the opening handshake", "Leave it out.")
    if _CONTROL.search(value):
        raise unusable(f"the value of the header {name} holds a line break or control character")
