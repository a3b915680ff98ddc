"""SOCKS5 as a client speaks it (RFC 1928, RFC 1929). Touches no socket.

Ours rather than a library's: python-socks keeps the part of it that needs no socket private, and
socksio, which is nothing else, names no Python after 3.9.
"""

from __future__ import annotations

from collections.abc import Generator
from ipaddress import ip_address
from typing import Final

from wscli.model.wire import FailureKind
from wscli.transport.proxies import Login

_VERSION: Final = 5
_LOGIN_VERSION: Final = 1
_NO_LOGIN, _LOGIN, _NONE_FITS = 0, 2, 0xFF
_CONNECT: Final = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_LONGEST: Final = 255  # bytes of a name
_H: Final = ord("H")  # HTTP/1.1 …

_REFUSALS: Final = {  # RFC 1928, section 6
    1: (FailureKind.UNREACHABLE, "it failed, and does not say why", True),
    2: (FailureKind.HANDSHAKE, "its rules do not allow it", False),
    3: (FailureKind.UNREACHABLE, "it cannot reach the network", True),
    4: (FailureKind.UNREACHABLE, "it cannot reach the host, or does not know its name", True),
    5: (FailureKind.REFUSED, "the host refused it the connection", True),
    6: (FailureKind.UNREACHABLE, "the host is too far away (TTL expired)", True),
    7: (FailureKind.HANDSHAKE, "it cannot make connections", False),
    8: (FailureKind.HANDSHAKE, "it does not know this type of address", False),
}


class SocksError(Exception):
    """The proxy does not lead on. The text is a plain sentence without a full stop, in which the
    proxy is called ``it``.
    """

    def __init__(
        self, kind: FailureKind, what: str, *, hint: str = "", retry: bool = False
    ) -> None:
        super().__init__(what)
        self.kind = kind
        self.hint = hint
        self.retry = retry


def negotiate(host: str, port: int, login: Login | None) -> Generator[bytes | int, bytes, None]:
    """Ask for a connection: yields bytes to be sent, or how many bytes it wants to be sent next.
    ``host`` is an ASCII name, or an address without brackets.

    Raises ``SocksError``.
    """
    offered = (_NO_LOGIN,) if login is None else (_NO_LOGIN, _LOGIN)
    yield bytes((_VERSION, len(offered), *offered))
    version, method = yield 2
    _check(version, _VERSION)
    if method == _NONE_FITS:
        raise _wants_more(login)
    if method not in offered:
        raise _not_socks("it chose a way to log in that was not offered")
    if method == _LOGIN and login is not None:
        yield _credentials(login)
        version, status = yield 2
        _check(version, _LOGIN_VERSION)
        if status:
            what = "it does not accept the user and the password"
            raise SocksError(FailureKind.HANDSHAKE, what)
    yield bytes((_VERSION, _CONNECT, 0)) + _address(host) + port.to_bytes(2, "big")
    version, reply = yield 2  # all of it that is sent for sure where it says no
    _check(version, _VERSION)
    if reply:
        kind, what, retry = _REFUSALS.get(
            reply, (FailureKind.UNREACHABLE, f"it failed with the code {reply}", True)
        )
        raise SocksError(kind, what, retry=retry)
    _, form = yield 2
    match form:
        case 1:
            size = 4
        case 3:
            (size,) = yield 1
        case 4:
            size = 16
        case _:
            raise _not_socks("its answer holds an unknown type of address")
    yield size + 2  # its own address and port, which mean nothing to us


def _credentials(login: Login) -> bytes:
    user, password = login.user.encode(), login.password.reveal().encode()
    return bytes((_LOGIN_VERSION, len(user))) + user + bytes((len(password),)) + password


def _address(host: str) -> bytes:
    try:
        address = ip_address(host)
    except ValueError:
        return _name(host.encode("ascii"))
    return bytes((_IPV4 if address.version == 4 else _IPV6,)) + address.packed


def _name(name: bytes) -> bytes:
    if len(name) > _LONGEST:
        raise SocksError(FailureKind.HANDSHAKE, "SOCKS5 has no room for a host name so long")
    return bytes((_NAME, len(name))) + name


def _check(version: int, expected: int) -> None:
    if version == expected:
        return
    hint = "It may be an HTTP proxy: write http:// in its URL." if version == _H else ""
    raise _not_socks("its answer is not SOCKS5", hint)


def _not_socks(what: str, hint: str = "") -> SocksError:
    return SocksError(FailureKind.HANDSHAKE, what, hint=hint)


def _wants_more(login: Login | None) -> SocksError:
    if login is None:
        what, hint = (
            "it wants a user and a password",
            "Write USER:PASSWORD@ before the host in its URL.",
        )
    else:
        what, hint = (
            "it accepts no user with a password, and wscli knows no other way to log in",
            "",
        )
    return SocksError(FailureKind.HANDSHAKE, what, hint=hint)
