"""The exceptions that leave this room, and the words for an error of the operating system."""

from __future__ import annotations

import errno
import os
import ssl
from typing import Final

from wscli.model.wire import Failure, FailureKind

_KINDS: Final = {
    errno.ECONNREFUSED: (FailureKind.REFUSED, "connection refused"),
    errno.ENETUNREACH: (FailureKind.UNREACHABLE, "the network cannot be reached"),
    errno.ENETDOWN: (FailureKind.UNREACHABLE, "the network is down"),
    errno.EHOSTUNREACH: (FailureKind.UNREACHABLE, "no route to the host"),
    errno.EADDRNOTAVAIL: (FailureKind.UNREACHABLE, "no local address leads there"),
    errno.ETIMEDOUT: (FailureKind.TIMEOUT, "the network gave no answer"),
    errno.ECONNRESET: (FailureKind.LOST, "the connection was reset"),
    errno.ECONNABORTED: (FailureKind.LOST, "the connection was reset"),
    errno.EPIPE: (FailureKind.LOST, "the connection was reset"),
    errno.ENOTCONN: (FailureKind.LOST, "the connection was reset"),
}


_SHOW_ONE: Final = "If the server asks who you are, name your certificate with --cert FILE."
_SHOW_ANOTHER: Final = "The server does not accept the certificate of --cert."
_TLS_HINTS: Final = {  # OpenSSL's names for the alerts that a server answers with
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _SHOW_ONE,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": _SHOW_ONE,
    "SSLV3_ALERT_BAD_CERTIFICATE": _SHOW_ANOTHER,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": _SHOW_ANOTHER,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": _SHOW_ANOTHER,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _SHOW_ANOTHER,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": _SHOW_ANOTHER,
    "TLSV1_ALERT_UNKNOWN_CA": _SHOW_ANOTHER,
}


class Failed(Exception):  # noqa: N818 - says what happened; the value in it says why
    """A connection could not be opened; ``failure`` tells why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


class Cancelled(Exception):  # noqa: N818 - not an error: somebody changed their mind
    """A wait was called off."""


class TimedOut(Exception):  # noqa: N818 - caught where it is known what took so long
    """A wait lasted longer than it was allowed to."""


class SendFailed(Exception):  # noqa: N818 - as Failed
    """A frame could not be sent. The text is a plain sentence without a full stop."""


def unusable(what: str, hint: str = "") -> Failed:
    """What was asked for cannot be done, now or ever."""
    return Failed(Failure(FailureKind.UNUSABLE, what, hint=hint, retry=False))


def kind_and_words(error: OSError) -> tuple[FailureKind, str]:
    """Name an error of a connected or connecting socket, in a few words without a full stop."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError):
        return FailureKind.LOST, "the TLS connection was cut"
    if isinstance(error, ssl.SSLError):
        return FailureKind.TLS, f"TLS failed ({_tls_reason(error)})"
    if error.errno in _KINDS:
        return _KINDS[error.errno]
    words = os.strerror(error.errno) if error.errno else str(error)
    return FailureKind.UNREACHABLE, words[:1].lower() + words[1:]


def hint_for(error: OSError) -> str:
    """What to do about an error that TLS has told, "" where nothing is known."""
    return _TLS_HINTS.get(error.reason or "", "") if isinstance(error, ssl.SSLError) else ""


def _tls_reason(error: ssl.SSLError) -> str:
    """OpenSSL's own name for what went wrong, in lower case and with spaces."""
    return (error.reason or "no reason given").replace("_", " ").lower()
