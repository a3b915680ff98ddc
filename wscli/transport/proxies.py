"""Which proxy leads to a host, if any: what ``--proxy`` and the environment say. Touches no socket.

The rules are curl's, but that no variable of the environment sends a connection to this machine
itself through a proxy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from wscli.model.frozen import frozen
from wscli.model.hosts import is_loopback
from wscli.model.secret import MASK, Secret
from wscli.transport.bypass import is_bypassed
from wscli.transport.place import ascii_host, host_and_port

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN_PORT: Final = 1080  # curl's, whatever other programs take for HTTP
_TLS_PORT: Final = 443
_LONGEST: Final = 255  # bytes of a user or a password: RFC 1929, section 2


class ProxyKind(StrEnum):
    """How a proxy is spoken to, by the scheme of its URL."""

    HTTP = "http"
    HTTPS = "https"
    SOCKS5 = "socks5"  # it is given an address
    SOCKS5H = "socks5h"  # it is given the host's name


class BadProxyError(ValueError):
    """No proxy that can be used. The text is a plain sentence without a full stop and repeats
    nothing that may be a password.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


@frozen
class Login:
    """Who we are to a proxy."""

    user: str
    password: Secret


@frozen
class Proxy:
    """A proxy. ``host`` is ASCII and has no brackets; ``source`` is what named the proxy."""

    kind: ProxyKind
    host: str
    port: int
    login: Login | None = None
    source: str = "--proxy"

    @property
    def named(self) -> str:
        """What it is called in messages."""
        return f"the proxy {host_and_port(self.host, self.port)} of {self.source}"

    @property
    def shown(self) -> str:
        """Its URL without the password."""
        login = f"{self.login.user}:{MASK}@" if self.login is not None else ""
        return f"{self.kind}://{login}{host_and_port(self.host, self.port)}"


@frozen
class Proxies:
    """What was said about proxies. ``given``: the one for everything; ``environment``: the
    variables that name one, where none was given; ``bypass``: the hosts that need none.
    """

    given: Proxy | None = None
    environment: Mapping[str, str] | None = None
    bypass: str = ""

    def choose(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Give the proxy for a URL of this scheme (ws, wss, http or https), None for the straight
        way. Raises ``BadProxyError``.
        """
        if is_bypassed(self.bypass, host, port):
            return None
        if self.given is not None or self.environment is None or is_loopback(host.lower()):
            return self.given
        for name in _variables(scheme):
            text = self.environment.get(name, "")
            if text:
                return _from_environment(f"${name}", text)
        return None

    @property
    def wherever(self) -> bool:
        """Whether even this machine's own names are left to a proxy, to which they mean itself."""
        names = ("localhost", "127.0.0.1")
        return self.given is not None and not all(
            is_bypassed(self.bypass, each, 0) for each in names
        )


def proxies_of(given: str | None, bypass: str | None, environment: Mapping[str, str]) -> Proxies:
    """Give what ``--proxy``, ``--noproxy`` (None where there is none) and the environment's
    variables come to. An empty ``--proxy`` is none at all. Raises ``BadProxyError``.
    """
    if bypass is None:
        bypass = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if given is None:
        return Proxies(environment=environment, bypass=bypass)
    return Proxies(given=parse_proxy(given) if given else None, bypass=bypass)


def _from_environment(source: str, text: str) -> Proxy:
    try:
        return parse_proxy(text, source)
    except BadProxyError as error:
        raise BadProxyError(f"{source}: {error}", error.hint) from None


def _variables(scheme: str) -> list[str]:
    """The variables that may name a proxy, the first one first."""
    http = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    names = [f"{each}_proxy" for each in dict.fromkeys((scheme, http, "all"))]
    # Not HTTP_PROXY: under CGI it is what a request's header Proxy says (httpoxy).
    return [each for name in names for each in (name, name.upper()) if each != "HTTP_PROXY"]


def parse_proxy(text: str, source: str = "--proxy") -> Proxy:
    """Read a proxy's URL as curl does: without a scheme it is http, without a port 1080, or 443
    for https. Raises ``BadProxyError``.
    """
    kind, rest = _kind_of(text)
    if _UNFIT.search(rest):
        raise _unreadable("it holds a space or a control character")
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port
    except ValueError:
        raise _unreadable("its host or port is none") from None
    if parts.path not in ("", "/") or "?" in rest or "#" in rest:
        raise _unreadable("there is something behind its host and port")
    host = ascii_host(parts.hostname or "")
    if not host:
        raise _unreadable("it names no host")
    if port == 0:
        raise _unreadable("its port is 0")
    default = _TLS_PORT if kind is ProxyKind.HTTPS else _PLAIN_PORT
    return Proxy(kind, host, port or default, _login(parts), source)


def _kind_of(text: str) -> tuple[ProxyKind, str]:
    """Give the kind, and what follows the scheme."""
    found = _SCHEME.match(text)
    if found is None:
        return ProxyKind.HTTP, text
    try:
        return ProxyKind(found[1].lower()), text[found.end() :]
    except ValueError:
        what = f"a proxy of the kind {found[1].lower()}:// is not supported"
        raise BadProxyError(
            what, f"There are {', '.join(f'{each}://' for each in ProxyKind)}."
        ) from None


def _login(parts: SplitResult) -> Login | None:
    if "@" not in parts.netloc:
        return None
    user, password = _decoded(parts.username or ""), _decoded(parts.password or "")
    if not user:
        raise _unreadable("its user is empty")
    if ":" in user:
        raise _unreadable("its user has a colon, after which a password would begin")
    return Login(user, Secret(password))


def _decoded(text: str) -> str:
    """Undo the percent-encoding of a user or a password."""
    try:
        found = unquote_to_bytes(text).decode()
    except UnicodeError:
        raise _unreadable("its user or password is not UTF-8") from None
    if _CONTROL.search(found) or len(found.encode()) > _LONGEST:
        raise _unreadable("its user or password is too long, or holds a control character")
    return found


def _unreadable(why: str) -> BadProxyError:
    hint = "Write it as http://USER:PASSWORD@HOST:PORT, in a password / as %2F and @ as %40."
    return BadProxyError(f"it cannot be read: {why}", hint)
