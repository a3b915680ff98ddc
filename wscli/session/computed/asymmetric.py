"""Signatures with private keys. The only importer of cryptography, which is an optional extra: so
this module is imported only where something is to be signed.
"""

from __future__ import annotations

from typing import Final, assert_never

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from wscli.errors import TemplateError
from wscli.session.computed.signing import Signature

_SHORTEST_RSA: Final = 1024  # bits; a signature would not fit into much less


def sign(algorithm: Signature, pem: str, data: bytes) -> bytes:
    """Sign data with a private key in PEM; TemplateError where the key does not suit."""
    match algorithm:
        case Signature.RSA_PSS_SHA256:
            padding = PSS(mgf=MGF1(SHA256()), salt_length=PSS.DIGEST_LENGTH)
            return _rsa(pem).sign(data, padding, SHA256())
        case Signature.RSA_SHA256:
            return _rsa(pem).sign(data, PKCS1v15(), SHA256())
        case Signature.ECDSA_SHA256:
            return _elliptic(pem).sign(data, ECDSA(SHA256()))
        case Signature.ED25519:
            return _ed25519(pem).sign(data)
        case _:
            assert_never(algorithm)


def sign_p256(pem: str, data: bytes) -> bytes:
    """Sign data with a private key on P-256, in the form of RFC 7518, section 3.4: two numbers of
    32 bytes each.
    """
    key = _elliptic(pem)
    if not isinstance(key.curve, SECP256R1):
        raise TemplateError("its key is on another curve than P-256")
    numbers = decode_dss_signature(key.sign(data, ECDSA(SHA256())))
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def _rsa(pem: str) -> RSAPrivateKey:
    key = _load(pem)
    if not isinstance(key, RSAPrivateKey):
        raise TemplateError("its key is no RSA key")
    if key.key_size < _SHORTEST_RSA:
        raise TemplateError(f"its key is shorter than {_SHORTEST_RSA} bits")
    return key


def _elliptic(pem: str) -> EllipticCurvePrivateKey:
    key = _load(pem)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TemplateError("its key is no elliptic curve key")
    return key


def _ed25519(pem: str) -> Ed25519PrivateKey:
    key = _load(pem)
    if not isinstance(key, Ed25519PrivateKey):
        raise TemplateError("its key is no Ed25519 key")
    return key


def _load(pem: str) -> PrivateKeyTypes:
    """Load a private key of any kind. What the library says of it is not passed on."""
    try:
        # in an environment variable line breaks are often written \n; PEM has no backslash
        return load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        what = "its key is no private key in PEM, or has a passphrase"
        raise TemplateError(what) from None
