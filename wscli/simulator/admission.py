"""Who may come in: hosts, origins, the path, and what a client sends along because it must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from wscli.errors import WscliError
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.profile import Connect, Profile
from wscli.simulator.needs import Clients
from wscli.simulator.urls import url_pattern
from wscli.templates import Scope, compile_template, compile_url

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@frozen
class Refusal:
    """An HTTP answer that opens nothing. ``headers``: further ones."""

    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = ()


class Admission:
    """The provider's door. What stands in a template of the profile's query or headers and needs
    what only clients know must come with every request: this is how a client shows its key. Its
    value is not looked at. A path that needs a value that is not known lets every path in.
    """

    def __init__(self, profile: Profile, clients: Clients) -> None:
        connects = (profile.connect, profile.resume.connect)
        self._doors = [_Door(connect, clients) for connect in connects if connect is not None]

    def refusal(
        self,
        path: str,
        query: Mapping[str, Sequence[str]],
        headers: Mapping[str, str],
        scope: Scope,
    ) -> Refusal | None:
        """Say why a request is refused, None where it is welcome. ``path`` is as it came,
        percent-encoded, ``query`` decoded; ``headers`` have lower-case names.
        """
        refusals = [door.refusal(path, query, headers, scope) for door in self._doors]
        return None if None in refusals else refusals[0]


class _Door:
    """One way in: as the profile's ``connect`` says, or as it does where the client resumes."""

    def __init__(self, connect: Connect, clients: Clients) -> None:
        self._connect = connect
        own = url_pattern(connect.url, Scope(names={})).query
        self._needs = (
            *clients.needs("query", {**own, **connect.query}),
            *clients.needs(
                "headers", {name.lower(): value for name, value in connect.headers.items()}
            ),
        )

    def refusal(
        self,
        path: str,
        query: Mapping[str, Sequence[str]],
        headers: Mapping[str, str],
        scope: Scope,
    ) -> Refusal | None:
        if not self._origin_allowed(headers.get("origin"), scope):
            return Refusal(403, "this origin is not allowed")
        own = _path(self._connect.url, scope)
        if own is not None and unquote(path or "/") != own:
            return Refusal(404, f"nothing here; the stream is at {own}")
        firsts = {key: next(filter(None, values), "") for key, values in query.items()}
        request = {"query": firsts, "headers": headers}
        for need in self._needs:
            if not need.met(request):
                return Refusal(401, need.text)
        return None

    def _origin_allowed(self, origin: str | None, scope: Scope) -> bool:
        if origin is None or _is_loopback(origin):
            return True
        template = self._connect.origin
        return template is not None and origin == _rendered(template, scope)


def host_allowed(host: str | None, port: int) -> bool:
    """Whether a ``Host`` header names this machine and this port: a page from elsewhere whose name
    was made to lead here (DNS rebinding) does not.
    """
    names = ("127.0.0.1", "localhost", "[::1]")
    allowed = {f"{name}:{port}" for name in names}
    if port == 80:
        allowed.update(names)  # a browser leaves the scheme's own port out
    return host is not None and host.lower() in allowed


def _is_loopback(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK


def _path(url: str, scope: Scope) -> str | None:
    try:
        rendered = compile_url(url, {}).render(scope).value
    except WscliError:
        return None
    return unquote(urlsplit(rendered).path or "/")


def _rendered(template: str, scope: Scope) -> Any:
    try:
        return compile_template(template).render(scope).value
    except WscliError:
        return MISSING
