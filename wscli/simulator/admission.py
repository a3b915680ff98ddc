"""Who may come in: hosts, origins, the path, and what the profile sends along because it must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from wscli.errors import TemplateError
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.profile import Profile
from wscli.templates import Scope, compile_template, compile_url

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@frozen
class Refusal:
    """An HTTP answer that opens nothing."""

    status: int
    text: str


class Admission:
    """The provider's door. ``names`` are the options that the simulator was started with.

    What stands in a template of the profile's query or headers and needs an option that is
    required must come with every request: this is how a client shows its key. Its value is not
    looked at. A path that needs a value that is not known lets every path in.
    """

    def __init__(self, profile: Profile, names: Mapping[str, Any]) -> None:
        connect = profile.connect
        required = {option.name for option in profile.options if option.required}
        optional = {name: value for name, value in names.items() if name not in required}
        self._path = _path(connect.url, names)
        self._origin = None if connect.origin is None else _rendered(connect.origin, names)
        self._query = [key for key, sub in connect.query.items() if _needs_more(sub, optional)]
        self._headers = [
            key.lower() for key, sub in connect.headers.items() if _needs_more(sub, optional)
        ]

    def refusal(
        self, path: str, query: Mapping[str, Sequence[str]], headers: Mapping[str, str]
    ) -> Refusal | None:
        """Say why a request is refused, None where it is welcome. ``path`` is as it came,
        percent-encoded, ``query`` decoded; ``headers`` have lower-case names.
        """
        if not self._origin_allowed(headers.get("origin")):
            return Refusal(403, "this origin is not allowed")
        if self._path is not None and unquote(path or "/") != self._path:
            return Refusal(404, f"nothing here; the stream is at {self._path}")
        for key in self._query:
            if not any(query.get(key, ())):
                return Refusal(401, f"the query lacks {key}")
        for key in self._headers:
            if not headers.get(key):
                return Refusal(401, f"the header {key} is missing")
        return None

    def _origin_allowed(self, origin: str | None) -> bool:
        return origin is None or origin == self._origin or _is_loopback(origin)


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


def _path(url: str, names: Mapping[str, Any]) -> str | None:
    try:
        rendered = compile_url(url, {}).render(Scope(names=names)).value
    except TemplateError:
        return None
    return unquote(urlsplit(rendered).path or "/")


def _rendered(template: str, names: Mapping[str, Any]) -> Any:
    try:
        return compile_template(template).render(Scope(names=names)).value
    except TemplateError:
        return MISSING


def _needs_more(template: Any, names: Mapping[str, Any]) -> bool:
    try:
        compile_template(template).render(Scope(names=names))
    except TemplateError:
        return True
    return False
