"""The files that show a server who we are, checked before anything is connected to."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path
from typing import Final

_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_TRUSTED: Final = b"-----BEGIN TRUSTED CERTIFICATE-----"
_KEY: Final = b"PRIVATE KEY-----"
_ENCRYPTED: Final = (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED")
_LARGEST: Final = 1024 * 1024  # bytes of a file


class BadCertificateError(ValueError):
    """Files that cannot be used. The text is a plain sentence without a full stop."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


def check_certificate(cert: str, key: str | None) -> None:
    """Check a certificate and its key, which may be in the same file. Raises
    ``BadCertificateError``.
    """
    text = _read("--cert", cert)
    if _CERTIFICATE not in text and _TRUSTED not in text:
        what = f"--cert: {cert} holds no certificate in PEM form"
        raise BadCertificateError(what, _converted(text))
    option, path = ("--cert", cert) if key is None else ("--key", key)
    text = text if key is None else _read(option, path)
    if any(mark in text for mark in _ENCRYPTED):
        what = f"{option}: the key in {path} is encrypted, which is not supported"
        raise BadCertificateError(what, f"`openssl pkey -in {path}` takes its password away.")
    if _KEY not in text:
        hint = "Name the file of its key with --key FILE." if key is None else _converted(text)
        raise BadCertificateError(f"{option}: {path} holds no private key in PEM form", hint)
    try:
        # As for a connection: with a password, or OpenSSL would ask for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert, key, password="")
    except ssl.SSLError as error:
        raise _unfit(error, cert, path) from None


def _read(option: str, path: str) -> bytes:
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            # A pipe could be read once, and it is needed for each connection.
            raise BadCertificateError(f"{option}: {path} is no regular file")
        with Path(path).open("rb") as file:
            return file.read(_LARGEST)
    except FileNotFoundError:
        raise BadCertificateError(f"{option}: there is no file {path}") from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise BadCertificateError(f"{option}: {path} cannot be read: {why}") from None


def _converted(data: bytes) -> str:
    """What to do about a file in another form, which no text is."""
    if b"\0" not in data:
        return ""
    return "`openssl pkcs12 -nodes` or `openssl x509 -inform der` makes PEM of other forms."


def _unfit(error: ssl.SSLError, cert: str, key: str) -> BadCertificateError:
    if error.reason == "KEY_VALUES_MISMATCH":
        return BadCertificateError(f"--key: {key} is not the key of the certificate in {cert}")
    files = cert if cert == key else f"{cert} or {key}"
    words = (error.reason or "no reason given").replace("_", " ").lower()
    return BadCertificateError(f"--cert: what is in {files} cannot be used ({words})")
