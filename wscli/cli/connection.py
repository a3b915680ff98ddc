"""The options of a connection, as a checked, typed value."""

from __future__ import annotations

import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from wscli.cli.complain import complain
from wscli.errors import UsageError
from wscli.loader.units import parse_duration
from wscli.transport.client_certificate import BadCertificateError, check_certificate
from wscli.transport.proxies import BadProxyError, Proxies, proxies_of
from wscli.transport.resolve import Resolve, leads_away, parse_resolve
from wscli.transport.settings import TransportSettings
from wscli.transport.tls import TlsSettings

_LONGEST_PATH: Final = 107  # bytes: Linux's sun_path less the NUL at its end
_CONTRADICTIONS: Final = (
    ("--unix-socket", "--proxy"),
    ("--simulate", "--unix-socket"),
    ("--simulate", "--proxy"),
    ("--simulate", "--resolve"),
)


def transport_settings(
    given: Mapping[str, Any], environment: Mapping[str, str]
) -> TransportSettings:
    """Check the options of a connection; raises UsageError."""
    _check_contradictions(given)
    plain = TransportSettings()
    timeout = _seconds(given["connect_timeout"])
    return TransportSettings(
        connect_timeout=plain.connect_timeout if timeout is None else timeout,
        tls=_tls(given),
        resolve=_resolve(given["resolve"]),
        proxies=_proxies(given, environment),
        unix_socket=_unix_socket(given["unix_socket"]),
    )


def leads_elsewhere(transport: TransportSettings) -> bool:
    """Whether a host that is this machine by its name may be another one."""
    return transport.proxies.wherever or leads_away(transport.resolve)


def _check_contradictions(given: Mapping[str, Any]) -> None:
    said = {
        "--simulate": given["simulate"],
        "--unix-socket": given["unix_socket"] is not None,
        "--proxy": bool(given["proxy"]),  # an empty one means none
        "--resolve": bool(given["resolve"]),
    }
    for one, other in _CONTRADICTIONS:
        if said[one] and said[other]:
            raise UsageError(f"{one} and {other} contradict each other.")


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--connect-timeout: {error}.") from None
    if seconds == 0:
        raise UsageError("--connect-timeout must be longer than nothing.")
    return seconds


def _tls(given: Mapping[str, Any]) -> TlsSettings:
    cacert, cert, key = given["cacert"], given["cert"], given["key"]
    if cacert is not None and not Path(cacert).is_file():
        raise UsageError(f"--cacert: there is no file {cacert}.")
    if key is not None and cert is None:
        raise UsageError(
            "--key needs --cert.", hint="--cert FILE names the certificate that the key is for."
        )
    if cert is not None:
        try:
            check_certificate(cert, key)
        except BadCertificateError as error:
            raise UsageError(f"{error}.", hint=error.hint or None) from None
    return TlsSettings(insecure=given["insecure"], cacert=cacert, cert=cert, key=key)


def _resolve(entries: list[str]) -> Resolve:
    try:
        return parse_resolve(entries)
    except ValueError as error:
        raise UsageError(f"--resolve: {error}.") from None


def _proxies(given: Mapping[str, Any], environment: Mapping[str, str]) -> Proxies:
    try:
        proxies = proxies_of(given["proxy"], given["noproxy"], environment)
    except BadProxyError as error:
        raise UsageError(f"--proxy: {error}.", hint=error.hint or None) from None
    if proxies.given is not None and proxies.given.login is not None and not given["quiet"]:
        complain(
            "other users of this machine can see the password in --proxy; better name the proxy in"
            " $all_proxy."
        )
    return proxies


def _unix_socket(path: str | None) -> str | None:
    """Check what can be seen of a socket beforehand. That it is missing is not among that: it
    comes and goes with its server.
    """
    if path is None:
        return None
    if not hasattr(socket, "AF_UNIX"):  # pragma: no cover - Windows
        raise UsageError("--unix-socket: this system has no Unix sockets.")
    if not path:
        raise UsageError("--unix-socket: the path is empty.")
    if len(path.encode(errors="surrogateescape")) > _LONGEST_PATH:
        raise UsageError(
            f"--unix-socket: the path is longer than {_LONGEST_PATH} bytes, which no socket's is.",
            hint="Name it from a folder that is nearer to it, or by a symbolic link.",
        )
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return path
    if not stat.S_ISSOCK(mode):
        raise UsageError(f"--unix-socket: {path} is no socket.")
    return path
