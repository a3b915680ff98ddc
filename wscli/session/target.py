"""Where to connect: the profile's URL, query and headers, and what the user put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from wscli.errors import TemplateError, UsageError
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.profile import Connect
from wscli.model.secret import without_login
from wscli.model.wire import Target
from wscli.templates import Rendered, Scope, as_websocket, compile_template, compile_url
from wscli.templates.values import text


@frozen
class Overrides:
    """What the command line puts in the place of the profile's own.

    ``url`` without a path keeps the profile's path, without a query the profile's query.
    ``max_reconnects``: None is for ever; ``patient``: also the first attempt may fail.
    ``history``: show what was before first. ``cleartext``: secrets may go without TLS.
    ``elsewhere``: what is this machine by name may be another one, through a proxy or by an address
    that the user gave. ``deflate``: compression may be offered, where the profile does not object.
    """

    url: str | None = field(default=None, repr=False)  # it may hold a password
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # and these a token
    origin: str | None = None
    subprotocols: tuple[str, ...] = ()
    max_reconnects: int | None = None
    patient: bool = False
    history: bool = False
    cleartext: bool = False
    elsewhere: bool = False
    deflate: bool = True


def check_url(url: str | None) -> str | None:
    """Check the URL that the user puts in the place of the profile's, where there is one. Raises
    UsageError.
    """
    if url is not None and not _is_websocket(_split(as_websocket(url), url)):
        raise _no_url(url)
    return url


@frozen
class Aim:
    """Where to connect. ``masked`` is the target with its secrets masked everywhere; ``secret``:
    there is a secret in what is sent there; ``names`` are those that were used in it.
    """

    target: Target
    masked: Target
    secret: bool
    names: frozenset[str]


@frozen
class Move:
    """The URL that the provider wants for the next connection; ``names`` were used in it."""

    url: Rendered
    names: frozenset[str]


def make_move(template: str, scope: Scope) -> Move:
    """Give where the provider wants us to go. Raises TemplateError where that is no URL, or a name
    is not set.
    """
    compiled = compile_url(template)
    rendered = compiled.render(scope)
    try:
        _split(as_websocket(rendered.value), as_websocket(rendered.shown))
    except UsageError as error:
        raise TemplateError(error.text) from None
    return Move(rendered, compiled.names)


def make_target(
    connect: Connect, overrides: Overrides, scope: Scope, *, move: Move | None = None
) -> Aim:
    """Give the target of the next connection, which the provider may want somewhere else. Raises
    TemplateError where a name is not set and UsageError where what comes out is no WebSocket URL.
    """
    if move is None:
        template = compile_url(connect.url, connect.query)
        move = Move(template.render(scope), template.names)
    url, shown = as_websocket(move.url.value), as_websocket(move.url.shown)
    _split(url, shown)
    if overrides.url is not None:
        url, shown = _moved(url, overrides.url), _moved(shown, overrides.url)
    if not _is_websocket(_split(url, shown)):
        raise _no_url(shown)
    headers = compile_template(dict(connect.headers))
    origin = compile_template(connect.origin or "")
    subprotocols = compile_template(list(connect.subprotocols))
    filled = [each.render(scope) for each in (headers, origin, subprotocols)]

    def target(url: str, headers: Any, origin: Any, subprotocols: Any) -> Target:
        return Target(
            url,
            shown,
            _headers(headers, overrides.headers),
            overrides.origin if overrides.origin is not None else _origin(origin),
            overrides.subprotocols or tuple(map(text, subprotocols)),
            deflate=connect.deflate and overrides.deflate,
        )

    return Aim(
        target(url, *(each.value for each in filled)),
        target(shown, *(each.shown for each in filled)),
        secret=url != shown or any(each.masked for each in filled),
        names=move.names | headers.names | origin.names | subprotocols.names,
    )


def _origin(value: Any) -> str | None:
    return None if value is MISSING else text(value) or None


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


def _is_websocket(parts: SplitResult) -> bool:
    return parts.scheme in ("ws", "wss") and bool(parts.hostname)


def _no_url(shown: str) -> UsageError:
    return UsageError(
        f"{without_login(shown)!r} is no WebSocket URL.",
        hint="It begins with ws:// or wss:// and a host.",
    )


def _headers(
    own: Mapping[str, Any], given: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    replaced = {name.lower() for name, _ in given}
    kept = [(name, text(value)) for name, value in own.items() if name.lower() not in replaced]
    return (*kept, *given)
