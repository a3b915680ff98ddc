"""Where to connect: the profile's URL, query and headers, and what the user put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from wscli.errors import UsageError
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.profile import Connect
from wscli.model.wire import Target
from wscli.templates import Scope, as_websocket, compile_template, compile_url


@frozen
class Overrides:
    """What the command line puts in the place of the profile's own.

    ``url`` without a path keeps the profile's path, without a query the profile's query.
    ``max_reconnects``: None is for ever; ``patient``: also the first attempt may fail.
    """

    url: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    origin: str | None = None
    subprotocols: tuple[str, ...] = ()
    max_reconnects: int | None = None
    patient: bool = False


def make_target(connect: Connect, overrides: Overrides, names: Mapping[str, Any]) -> Target:
    """Give the target of the next connection; raises TemplateError where a name is not set and
    UsageError where what comes out is no WebSocket URL.
    """
    scope = Scope(names=names)
    rendered = compile_url(connect.url, connect.query).render(scope)
    url, shown = as_websocket(rendered.value), as_websocket(rendered.shown)
    if overrides.url is not None:
        url, shown = _moved(url, overrides.url), _moved(shown, overrides.url)
    parts = _split(url, shown)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise _no_url(shown)
    headers = _headers(connect.headers, scope, overrides.headers)
    origin = overrides.origin
    if origin is None and connect.origin is not None:
        origin = str(compile_template(connect.origin).render(scope).value)
    return Target(url, shown, headers, origin, overrides.subprotocols or connect.subprotocols)


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
    own: Mapping[str, str], scope: Scope, given: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    replaced = {name.lower() for name, _ in given}
    headers: list[tuple[str, str]] = []
    for name, template in own.items():
        value = compile_template(template).render(scope).value
        if value is not MISSING and name.lower() not in replaced:
            headers.append((name, str(value)))
    return (*headers, *given)
