"""Where to connect: the profile's URL, query and headers, and what the user put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from wscli.errors import UsageError
from wscli.model.frozen import frozen
from wscli.model.profile import Connect
from wscli.model.wire import Target
from wscli.templates import Rendered, Scope, as_websocket, compile_template, compile_url
from wscli.templates.values import text


@frozen
class Overrides:
    """What the command line puts in the place of the profile's own.

    ``url`` without a path keeps the profile's path, without a query the profile's query.
    ``max_reconnects``: None is for ever; ``patient``: also the first attempt may fail.
    ``history``: show what was before first. ``cleartext``: secrets may go without TLS.
    """

    url: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    origin: str | None = None
    subprotocols: tuple[str, ...] = ()
    max_reconnects: int | None = None
    patient: bool = False
    history: bool = False
    cleartext: bool = False


@frozen
class Aim:
    """Where to connect. ``secret``: there is a secret in what is sent there; ``names`` are those
    that were used in it.
    """

    target: Target
    secret: bool
    names: frozenset[str]


def make_target(
    connect: Connect, overrides: Overrides, scope: Scope, *, moved: Rendered | None = None
) -> Aim:
    """Give the target of the next connection; ``moved`` is the URL that the provider wants for it.
    Raises TemplateError where a name is not set and UsageError where what comes out is no
    WebSocket URL.
    """
    template = compile_url(connect.url, connect.query)
    rendered = template.render(scope) if moved is None else moved
    url, shown = as_websocket(rendered.value), as_websocket(rendered.shown)
    if overrides.url is not None:
        url, shown = _moved(url, overrides.url), _moved(shown, overrides.url)
    parts = _split(url, shown)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise _no_url(shown)
    headers = compile_template(dict(connect.headers))
    others = compile_template([connect.origin or "", *connect.subprotocols])
    sent, filled = headers.render(scope), others.render(scope)
    origin, *subprotocols = filled.value
    target = Target(
        url,
        shown,
        _headers(sent.value, overrides.headers),
        overrides.origin if overrides.origin is not None else origin or None,
        overrides.subprotocols or tuple(map(text, subprotocols)),
    )
    masked = rendered.value != rendered.shown or sent.masked or filled.masked
    return Aim(target, masked, template.names | headers.names | others.names)


def _moved(url: str, wanted: str) -> str:
    """Put the wanted host in the place of the URL's own; path and query where there are any."""
    old, new = urlsplit(url), _split(as_websocket(wanted), wanted)
    path = new.path if new.path not in ("", "/") else old.path
    return urlunsplit((new.scheme, new.netloc, path, new.query or old.query, ""))


def _split(url: str, shown: str) -> SplitResult:
    """Split a URL whose port and brackets are as they should be; raises UsageError."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - looking at it is what checks it
    except ValueError:
        raise _no_url(shown) from None
    return parts


def _no_url(shown: str) -> UsageError:
    return UsageError(
        f"{shown!r} is no WebSocket URL.", hint="It begins with ws:// or wss:// and a host."
    )


def _headers(
    own: Mapping[str, Any], given: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    replaced = {name.lower() for name, _ in given}
    kept = [(name, text(value)) for name, value in own.items() if name.lower() not in replaced]
    return (*kept, *given)
