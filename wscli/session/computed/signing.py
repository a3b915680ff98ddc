"""Hashes, keyed hashes, signatures and JSON Web Tokens, of text.

Raises TemplateError, in whose words there is never a part of a key or of the text.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import ModuleType
from typing import Any, Final, assert_never

from wscli.errors import TemplateError
from wscli.templates.values import json_text

HASHES: Final = ("sha256", "sha384", "sha512")  # FIPS 180-4


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


ENCODINGS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "hex": bytes.hex,
    "base64": _base64,  # RFC 4648, section 4
    "base64url": _base64url,  # RFC 4648, section 5, without padding as in RFC 7515
}
"""How bytes are written, by name."""


class Signature(StrEnum):
    """Signatures with a private key."""

    RSA_PSS_SHA256 = "rsa-pss-sha256"  # RFC 8017, section 8.1; the salt is as long as the hash
    RSA_SHA256 = "rsa-sha256"  # RFC 8017, section 8.2
    ECDSA_SHA256 = "ecdsa-sha256"  # the DER form of RFC 3279, section 2.2.3
    ED25519 = "ed25519"  # RFC 8032


class TokenAlgorithm(StrEnum):
    """The values of ``alg`` that tokens are signed with: RFC 7518, section 3.1, and RFC 8037."""

    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


def _key_of_text(key: str) -> bytes:
    return utf8(key, "its key")


def _key_of_base64(key: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except ValueError:
        raise TemplateError("its key is no base64") from None


def _key_of_hex(key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise TemplateError("its key is no hex") from None


KEY_FORMS: Final[Mapping[str, Callable[[str], bytes]]] = {
    "text": _key_of_text,
    "base64": _key_of_base64,
    "hex": _key_of_hex,
}
"""How the key of a keyed hash is written, by name."""


def utf8(text: str, what: str) -> bytes:
    """Encode a text; ``what`` it is, for the error."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise TemplateError(f"{what} is no valid Unicode") from None


def digest(algorithm: str, text: str) -> bytes:
    """Hash a text with one of ``HASHES``."""
    import hashlib  # noqa: PLC0415 - 9 ms, paid only where something is hashed

    return hashlib.new(algorithm, utf8(text, "its text")).digest()


def keyed_digest(algorithm: str, key: bytes, text: str) -> bytes:
    """Hash a text with a key, as RFC 2104, with one of ``HASHES``."""
    import hmac  # noqa: PLC0415 - as hashlib

    return hmac.digest(key, utf8(text, "its text"), algorithm)


def signature(algorithm: Signature, pem: str, text: str) -> bytes:
    """Sign a text with a private key in PEM."""
    made: bytes = _asymmetric().sign(algorithm, pem, utf8(text, "its text"))
    return made


def token(algorithm: TokenAlgorithm, key: str, claims: Any, header: Any) -> str:
    """Give a JSON Web Token in the compact form of RFC 7515, section 7.1. ``key``: the secret
    itself for HS256, else a private key in PEM. ``header`` adds to ``alg`` and ``typ``, and may
    change only the latter.
    """
    for part, what in ((claims, "claims"), (header, "header")):
        if not isinstance(part, dict):
            raise TemplateError(f"what its {what} give is no object")
    named = {"alg": algorithm.value}
    parts = (json_text(part) for part in (named | {"typ": "JWT"} | header | named, claims))
    text = ".".join(_base64url(utf8(part, "its text")) for part in parts)
    return f"{text}.{_base64url(_token_signature(algorithm, key, text))}"


def _token_signature(algorithm: TokenAlgorithm, key: str, text: str) -> bytes:
    match algorithm:
        case TokenAlgorithm.HS256:
            return keyed_digest("sha256", _key_of_text(key), text)
        case TokenAlgorithm.RS256:
            return signature(Signature.RSA_SHA256, key, text)
        case TokenAlgorithm.EDDSA:
            return signature(Signature.ED25519, key, text)
        case TokenAlgorithm.ES256:
            made: bytes = _asymmetric().sign_p256(key, text.encode())
            return made
        case _:
            assert_never(algorithm)


def _asymmetric() -> ModuleType:
    """Give the room of private keys; TemplateError where cryptography is not installed."""
    try:
        from wscli.session.computed import asymmetric  # noqa: PLC0415 - an optional extra
    except ImportError:
        what = 'it needs the package cryptography: pip install "wscli-inspector[sign]"'
        raise TemplateError(what) from None
    return asymmetric
