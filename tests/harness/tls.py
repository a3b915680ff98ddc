"""Throw-away certificates: an authority that clients can be told to trust."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

import trustme


class Authority:
    """A certificate authority of our own. ``pem`` is its certificate, for ``--cacert``."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.pem = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.pem)

    def server_context(
        self, *names: str, not_before: datetime | None = None, not_after: datetime | None = None
    ) -> ssl.SSLContext:
        """A context for a server of these names, by default localhost and 127.0.0.1."""
        certificate = self._authority.issue_cert(
            *(names or ("localhost", "127.0.0.1")), not_before=not_before, not_after=not_after
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    def client_context(self) -> ssl.SSLContext:
        """A context for a client that trusts this authority and no other."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(context)
        return context


def client_certificate(folder: Path) -> tuple[trustme.CA, str, str]:
    """The certificate of a client: who signed it, and the files of it and of its key."""
    maker = trustme.CA()
    certificate = maker.issue_cert("me@example.com")
    cert, key = folder / "cert.pem", folder / "key.pem"
    certificate.private_key_pem.write_to_path(key)
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(cert, append=True)
    return maker, str(cert), str(key)
