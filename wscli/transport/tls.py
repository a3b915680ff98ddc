"""TLS over a connected socket: the client's settings, the handshake, and words for its failures."""

from __future__ import annotations

import socket
import ssl
from typing import Final

from wscli.model.frozen import frozen
from wscli.model.wire import FailureKind
from wscli.transport.failures import Failed, hint_for, kind_and_words, unusable
from wscli.transport.nested_tls import NestedTls
from wscli.transport.patience import Attempt
from wscli.transport.waker import READABLE, WRITABLE

_SKIP: Final = "-k leaves the check out, at your own risk."
_TRUST: Final = f"Name its issuer's certificate with --cacert FILE; {_SKIP}"

_CERTIFICATE_CHECKS: Final = {  # OpenSSL's X509_V_ERR codes, x509_vfy.h
    9: ("is not valid yet", _SKIP),
    10: ("has expired", _SKIP),
    18: ("is self-signed", _TRUST),
    19: ("comes from an issuer that signed itself and is not trusted here", _TRUST),
    20: ("comes from an issuer that is not known here", _TRUST),
    21: ("comes from an issuer that is not known here", _TRUST),
    23: ("was revoked", _SKIP),
    62: ("is for another host", _SKIP),
    64: ("is for another address", _SKIP),
}
_NOT_TLS: Final = {  # what OpenSSL's versions make of an answer in another protocol
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNKNOWN_PROTOCOL",
    "WRONG_VERSION_NUMBER",
}


@frozen
class Peer:
    """Who hands are shaken with, in words, and what to try where it does not speak TLS."""

    name: str
    plain: str


SERVER: Final = Peer("the server", "Try ws:// if the connection need not be encrypted.")
PROXY: Final = Peer("the proxy", "Try http:// in its URL if it does not expect TLS.")


@frozen
class TlsSettings:
    """``insecure``: check nothing. ``cacert``: a PEM file or folder with the authorities to trust
    instead of the system's. ``cert`` and ``key``: PEM files that show who we are.
    """

    insecure: bool = False
    cacert: str | None = None
    cert: str | None = None
    key: str | None = None


def tls_context(settings: TlsSettings) -> ssl.SSLContext:
    """Build the context. Raises ``Failed`` with kind UNUSABLE where a file cannot be used."""
    try:
        context = ssl.create_default_context(cafile=settings.cacert)
    except OSError as error:
        raise _bad_file("certificates of --cacert", settings.cacert, error) from error
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    if settings.cert is not None:
        try:
            # An empty password, or OpenSSL would ask for one on the terminal and wait.
            context.load_cert_chain(settings.cert, settings.key, password="")
        except OSError as error:
            raise _bad_file("client certificate or its key", settings.cert, error) from error
    return context


def _bad_file(what: str, path: str | None, error: OSError) -> Failed:
    why = "it holds nothing of the kind" if isinstance(error, ssl.SSLError) else error.strerror
    return unusable(f"cannot read the {what} from {path}: {why}")


def start_tls(
    sock: socket.socket,
    host: str,
    context: ssl.SSLContext,
    attempt: Attempt,
    peer: Peer = SERVER,
) -> ssl.SSLSocket:
    """Shake hands over a connected socket that does not block. The socket is given away: it lives
    on in the result, and is closed where this fails.

    Raises ``Failed`` with kind TLS, LOST or TIMEOUT, and ``Cancelled``.
    """
    held = sock
    try:
        held = secure = context.wrap_socket(
            sock, server_hostname=host, do_handshake_on_connect=False
        )
        _shake_hands(secure, secure, attempt)
    except OSError as error:
        held.close()
        raise _failed(error, attempt, peer) from error
    except BaseException:
        held.close()
        raise
    return secure


def start_nested_tls(
    outer: ssl.SSLSocket, host: str, context: ssl.SSLContext, attempt: Attempt
) -> NestedTls:
    """Do the same over a socket that speaks TLS with a proxy already."""
    try:
        nested = NestedTls(outer, host, context)
        _shake_hands(nested, outer, attempt)
    except OSError as error:
        outer.close()
        raise _failed(error, attempt, SERVER) from error
    except BaseException:
        outer.close()
        raise
    return nested


def _shake_hands(
    secure: ssl.SSLSocket | NestedTls, waits_for: socket.socket, attempt: Attempt
) -> None:
    while True:
        try:
            secure.do_handshake()
        except ssl.SSLWantReadError:
            events = READABLE
        except ssl.SSLWantWriteError:
            events = WRITABLE
        else:
            return
        attempt.wait({waits_for: events}, "the TLS handshake did not finish")


def _failed(error: OSError, attempt: Attempt, peer: Peer) -> Failed:
    """Say which check failed. What the network did may be tried again, what TLS found may not."""
    match error:
        case ssl.SSLCertVerificationError():
            what, hint = _CERTIFICATE_CHECKS.get(
                error.verify_code, (f"was not accepted: {error.verify_message}", _SKIP)
            )
            what = f"{peer.name}'s certificate {what}"
            return attempt.failed(FailureKind.TLS, what, hint=hint, retry=False)
        case ssl.SSLError() if error.reason in _NOT_TLS:
            what = f"{peer.name} does not speak TLS on this port"
            return attempt.failed(FailureKind.TLS, what, hint=peer.plain, retry=False)
        case _:
            kind, words = kind_and_words(error)
            what = f"{words} during the TLS handshake"
            hint = hint_for(error) if peer == SERVER else ""
            return attempt.failed(kind, what, hint=hint, retry=kind is not FailureKind.TLS)
