"""Hashes, signatures and tokens: against published values, and verified by another hand."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.session.computing import made, rendering
from wscli.errors import TemplateError
from wscli.model.message import MISSING
from wscli.model.secret import MASK, Secret
from wscli.session import computed
from wscli.templates import Rendered

CANARY = "c4n4ry"

# --- hashes: FIPS 180-4 ----------------------------------------------------------------------

HASHED = [
    ("sha256", "hex", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("sha256", "base64", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
    ("sha256", "base64url", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
    (
        "sha384",
        "hex",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ),
    (
        "sha512",
        "hex",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
]


@pytest.mark.parametrize(("algorithm", "form", "expected"), HASHED)
def test_a_hash_is_the_published_one(algorithm: str, form: str, expected: str) -> None:
    raw = {"hash": {"with": algorithm, "text": "${a}c", "as": form}}
    assert made(raw, {"a": "ab"}) == expected


def test_a_hash_is_of_utf_8_and_a_number_of_its_digits() -> None:
    def of(text: Any) -> Any:
        return made({"hash": {"with": "sha256", "text": "${t}", "as": "hex"}}, {"t": text})

    assert of("e30.é") == "db3d46d09e02ddd2515d63a542657f8b3ad7096e2588fdb88d54cd5faba20d1e"
    assert of(12) == of("12")


def test_a_challenge_of_two_hashes_one_in_the_other() -> None:
    """The procedure of obs-websocket 5: b64(sha256(b64(sha256(password + salt)) + challenge))."""
    values = {
        "inner": {"hash": {"with": "sha256", "text": "${password}${salt}", "as": "base64"}},
        "answer": {"hash": {"with": "sha256", "text": "${inner}${challenge}", "as": "base64"}},
    }
    names = {
        "password": Secret("supersecretpassword"),
        "salt": "lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI=",
        "challenge": "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY=",
    }
    answer = rendering(values, names)["answer"]
    assert answer.value == "1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4="  # by openssl dgst
    assert answer.shown == MASK
    without = {name: names[name] for name in ("password",)}
    assert rendering(values, without).get("answer", MISSING) is MISSING, "no challenge, no answer"


# --- keyed hashes ----------------------------------------------------------------------------

JEFE = "what do ya want for nothing?"  # RFC 4231, section 4.3
KEYED = [
    # algorithm, key, how it is written, text, expected
    (
        "sha256",
        "Jefe",
        "text",
        JEFE,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        "sha256",
        "4a656665",
        "hex",
        JEFE,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        "sha384",
        "Jefe",
        "text",
        JEFE,
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    ),
    (
        "sha512",
        "Jefe",
        "text",
        JEFE,
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    ),
    # a published example of an exchange's documentation: a query signed in hex
    (
        "sha256",
        "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
        "text",
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
    ),
]


@pytest.mark.parametrize(("algorithm", "key", "key_as", "text", "expected"), KEYED)
def test_a_keyed_hash_is_the_published_one(
    algorithm: str, key: str, key_as: str, text: str, expected: str
) -> None:
    words = {"with": algorithm, "key": "${key}", "key_as": key_as, "text": text, "as": "hex"}
    raw = {"hmac": words}
    found = made(raw, {"key": Secret(key)})
    assert isinstance(found, Rendered)
    assert found.value == expected
    assert found.shown == MASK


# the other side of these was made with `openssl dgst -sha256 -hmac`


def test_a_login_with_a_key_in_base64_and_a_timestamp_in_seconds() -> None:
    """As Coinbase Exchange signs a subscription."""
    values = {
        "ts": {"now": "s"},
        "signature": {
            "hmac": {
                "with": "sha256",
                "key": "${secret}",
                "key_as": "base64",
                "text": "${ts}GET/users/self/verify",
                "as": "base64",
            }
        },
    }
    names = {"secret": Secret("YS1iYXNlNjQta2V5LW9mLWEtdHJhZGluZy1hY2NvdW50")}
    view = rendering(values, names)
    assert view["signature"].value == "oqZE5u5hSuKdYyFCjgb55B3klYZtO0o2T56fw5VMJYU="


def test_a_login_with_a_time_to_live_signed_in_hex() -> None:
    """As Bybit signs: the method and when it expires."""
    values = {
        "expires": {"later": {"by": "10s", "as": "ms"}},
        "signature": {
            "hmac": {
                "with": "sha256",
                "key": "${secret}",
                "text": "GET/realtime${expires}",
                "as": "hex",
            }
        },
        "args": {"value": ["${key}", "${expires}", "${signature}"]},
    }
    args = rendering(values, {"secret": Secret("bybit-secret"), "key": "k"})["args"]
    assert args.value == [
        "k",
        1_795_305_610_123,
        "789090adc2c79660efb304a932eb95a499f54f22347c1eeccc699c59e4597c34",
    ]
    assert args.shown == ["k", 1_795_305_610_123, MASK]


def test_a_login_whose_timestamp_is_a_text() -> None:
    """As OKX wants it: seconds in a JSON string."""
    values = {
        "ts": {"now": "s"},
        "signature": {
            "hmac": {
                "with": "sha256",
                "key": "${secret}",
                "text": "${ts}GET/users/self/verify",
                "as": "base64",
            }
        },
        "args": {"value": [{"timestamp": "${ts|str}", "sign": "${signature}"}]},
    }
    args = rendering(values, {"secret": Secret("okx-secret")})["args"]
    assert args.value == [
        {"timestamp": "1795305600", "sign": "mzOIRoFerdqVBJQlvkni7Mm6ksQ1S87YmR7slzXXLl4="}
    ]


# --- signatures with a private key -----------------------------------------------------------

RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
SHA256 = hashes.SHA256()


def pem(key: Any, passphrase: bytes | None = None) -> str:
    encryption = (
        serialization.NoEncryption()
        if passphrase is None
        else serialization.BestAvailableEncryption(passphrase)
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    return str(key.private_bytes(*form).decode())


def signed(algorithm: str, key: str) -> Any:
    values = {
        "ts": {"now": "ms"},
        "x": {
            "sign": {
                "with": algorithm,
                "key": "${pem}",
                "text": "${ts}GET/trade-api/ws/v2",
                "as": "base64",
            }
        },
    }
    return rendering(values, {"pem": Secret(key)})["x"]


TEXT = b"1795305600123GET/trade-api/ws/v2"


def signature_of(algorithm: str, key: str) -> bytes:
    found = signed(algorithm, key)
    assert found.shown == MASK
    return base64.b64decode(found.value, validate=True)


def test_an_rsa_pss_signature_has_a_salt_as_long_as_the_hash() -> None:
    """As Kalshi signs its handshake; verify() raises where the signature is another."""
    form = padding.PSS(mgf=padding.MGF1(SHA256), salt_length=32)
    RSA.public_key().verify(signature_of("rsa-pss-sha256", pem(RSA)), TEXT, form, SHA256)


def test_the_other_signatures_are_verified() -> None:
    RSA.public_key().verify(signature_of("rsa-sha256", pem(RSA)), TEXT, padding.PKCS1v15(), SHA256)
    for key in (P256, P384):
        key.public_key().verify(signature_of("ecdsa-sha256", pem(key)), TEXT, ec.ECDSA(SHA256))
    ED25519.public_key().verify(signature_of("ed25519", pem(ED25519)), TEXT)


def test_a_key_in_one_line_is_read() -> None:
    one_line = pem(ED25519).replace("\n", "\\n")
    ED25519.public_key().verify(signature_of("ed25519", one_line), TEXT)


TOO_SHORT = """-----BEGIN RSA PRIVATE KEY-----
MIIBOwIBAAJBALbBm5WRb65vNkIn+EEQJFN9hyYTi3faLmW9WpXEJeJBWz/29a89
RvySaPXe0Igm7xmQWGA/qkdtaVPcLILJI48CAwEAAQJAW4kjXUmn722CdqZAYI4u
M6cm3vphG5mrLYgm6+Z/tw9+Z8Yl48CK8c/smDaGY6lVraHuSyPJ4PE13sjCGuJe
yQIhANw4+pfzQ+KLPsJQvUPeqRtMpU++w51TaancB4oZ+pqFAiEA1HJpa9fkGIhr
oSdNV/SW7/Bz/corxKq+MtB55wj2RAMCIQCQNa/D+UUnANAkJwMJgrFycwp94gnu
6ER1OuSlBsYYkQIhAKe9AjGtDyKzq89c+btlmjsublbG5tHsQipa4rUhJVhDAiBt
mMl3Jz3nlTh5balpPnbZMpm3nhMl/IQXcExRsOLihQ==
-----END RSA PRIVATE KEY-----
"""

NO_KEY = "its key is no private key in PEM, or has a passphrase"


@pytest.mark.parametrize(
    ("algorithm", "key", "what"),
    [
        ("rsa-pss-sha256", pem(P256), "its key is no RSA key"),
        ("rsa-sha256", pem(ED25519), "its key is no RSA key"),
        ("ecdsa-sha256", pem(RSA), "its key is no elliptic curve key"),
        ("ed25519", pem(P256), "its key is no Ed25519 key"),
        ("ed25519", CANARY, NO_KEY),
        ("ed25519", "\ud800", NO_KEY),
        ("ed25519", pem(ED25519, b"passphrase"), NO_KEY),
        (
            "rsa-sha256",
            f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n",
            NO_KEY,
        ),
        ("rsa-sha256", TOO_SHORT, "its key is (shorter than 1024 bits|no private key in PEM)"),
    ],
)
def test_a_key_that_does_not_suit_is_told_and_not_shown(
    algorithm: str, key: str, what: str
) -> None:
    with pytest.raises(TemplateError, match=f"^x cannot be computed: {what}") as caught:
        signed(algorithm, key)
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("key_as", "key", "what"),
    [
        ("base64", CANARY, "its key is no base64"),
        ("base64", "é", "its key is no base64"),
        ("base64", "QU!JD", "its key is no base64"),
        ("hex", CANARY, "its key is no hex"),
        ("text", "\ud800", "its key is no valid Unicode"),
    ],
)
def test_a_key_that_is_written_otherwise_is_told_and_not_shown(
    key_as: str, key: str, what: str
) -> None:
    raw = {"hmac": {"with": "sha256", "key": "${key}", "key_as": key_as, "text": "t", "as": "hex"}}
    with pytest.raises(TemplateError, match=f"^x cannot be computed: {what}") as caught:
        made(raw, {"key": Secret(key)})
    assert CANARY not in str(caught.value)


def test_signing_without_the_extra_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(computed, "asymmetric", raising=False)
    monkeypatch.delitem(sys.modules, "wscli.session.computed.asymmetric", raising=False)
    for name in [name for name in sys.modules if name.startswith("cryptography")]:
        monkeypatch.setitem(sys.modules, name, None)
    wanted = r'x cannot be computed: .*pip install "wscli-inspector\[sign\]"'
    with pytest.raises(TemplateError, match=wanted):
        signed("ed25519", CANARY)
    assert token("HS256", CANARY), "a token with a shared secret needs no extra"


# --- tokens ----------------------------------------------------------------------------------


def token(algorithm: str, key: str, **more: Any) -> Any:
    values = {
        "expires": {"later": {"by": "120s", "as": "s"}},
        "x": {
            "jwt": {
                "with": algorithm,
                "key": "${key}",
                "claims": {"sub": "é", "exp": "${expires}"},
                **more,
            }
        },
    }
    return rendering(values, {"key": Secret(key), "kid": "k-1"})["x"]


def decoded(part: str) -> bytes:
    assert "=" not in part
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def parts(algorithm: str, key: str, **more: Any) -> tuple[Any, Any, bytes, bytes]:
    """A token's header and claims, what is signed, and the signature."""
    found = token(algorithm, key, **more)
    assert found.shown == MASK
    header, claims, signature = found.value.split(".")
    return (
        json.loads(decoded(header)),
        json.loads(decoded(claims)),
        f"{header}.{claims}".encode(),
        decoded(signature),
    )


def test_a_token_with_a_shared_secret_is_the_published_one() -> None:
    """The well-known example of jwt.io."""
    claims = {"sub": "1234567890", "name": "John Doe", "iat": 1516239022}
    raw = {"jwt": {"with": "HS256", "key": "your-256-bit-secret", "claims": claims}}
    assert made(raw) == (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
        ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
        ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )


def test_a_token_carries_its_claims_and_its_header() -> None:
    more = {"header": {"kid": "${kid}", "nonce": "${none?}"}}
    header, claims, _, _ = parts("EdDSA", pem(ED25519), **more)
    assert header == {"alg": "EdDSA", "typ": "JWT", "kid": "k-1"}
    assert claims == {"sub": "é", "exp": 1_795_305_720}
    assert next(iter(header)) == "alg"


def test_a_header_may_change_the_type_and_never_the_algorithm() -> None:
    raw = {"jwt": {"with": "HS256", "key": "k", "claims": {}, "header": "${header}"}}
    found = made(raw, {"header": {"alg": "none", "typ": "at+jwt"}})
    assert json.loads(decoded(found.split(".")[0])) == {"alg": "HS256", "typ": "at+jwt"}


def test_a_header_that_leaves_itself_out_is_the_plain_one() -> None:
    raw = {"jwt": {"with": "HS256", "key": "k", "claims": {}}}
    with_header = {"jwt": {**raw["jwt"], "header": "${header?}"}}
    assert made(with_header) == made(raw)


def test_tokens_are_verified_with_the_public_key() -> None:
    header, _, text, signature = parts("RS256", pem(RSA))
    assert header == {"alg": "RS256", "typ": "JWT"}
    RSA.public_key().verify(signature, text, padding.PKCS1v15(), SHA256)
    *_, text, signature = parts("EdDSA", pem(ED25519))
    ED25519.public_key().verify(signature, text)


def test_an_elliptic_token_holds_two_numbers_of_32_bytes() -> None:
    key, padded = pem(P256), False
    for _ in range(3000):  # one in 128 has a number that begins with a zero byte
        *_, text, signature = parts("ES256", key)
        assert len(signature) == 64
        padded = 0 in (signature[0], signature[32])
        if padded:
            break
    assert padded
    numbers = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    P256.public_key().verify(encode_dss_signature(*numbers), text, ec.ECDSA(SHA256))


@pytest.mark.parametrize(
    ("algorithm", "key", "more", "what"),
    [
        ("ES256", pem(P384), {}, "its key is on another curve than P-256"),
        ("ES256", pem(RSA), {}, "its key is no elliptic curve key"),
        ("RS256", pem(P256), {}, "its key is no RSA key"),
        ("HS256", "\ud800", {}, "its key is no valid Unicode"),
        ("HS256", "k", {"claims": "${kid}"}, "what its claims give is no object"),
        ("HS256", "k", {"header": "${kid}"}, "what its header give is no object"),
        ("HS256", "k", {"claims": {"sub": "\ud800"}}, "its text is no valid Unicode"),
    ],
)
def test_a_token_that_cannot_be_made_is_told(
    algorithm: str, key: str, more: Any, what: str
) -> None:
    with pytest.raises(TemplateError, match=f"^x cannot be computed: {what}"):
        token(algorithm, key, **more)


@pytest.mark.parametrize("secret", ["key", "claims", "header"])
def test_a_token_is_masked_where_any_part_of_it_is(secret: str) -> None:
    words: dict[str, Any] = {"with": "HS256", "key": "k", "claims": {"a": 1}, "header": {"b": 2}}
    assert isinstance(made({"jwt": words}), str)
    words[secret] = "${s}" if secret == "key" else {"s": "${s}"}
    assert made({"jwt": words}, {"s": Secret(CANARY)}).shown == MASK


@pytest.mark.parametrize("word", ["key", "text"])
@pytest.mark.parametrize("kind", ["hmac", "sign"])
def test_a_signature_without_a_key_or_a_text_is_not_set(kind: str, word: str) -> None:
    algorithm = {"hmac": "sha256", "sign": "ed25519"}[kind]
    words = {"with": algorithm, "key": "${k}", "text": "${t}", "as": "hex"}
    names = {"k": pem(ED25519), "t": "t"}
    assert made({kind: words}, names) is not MISSING
    assert made({kind: words | {word: "${none}"}}, names) is MISSING
    assert made({kind: words | {word: "${none?}"}}, names) is MISSING


def test_a_text_that_is_secret_makes_the_signature_one() -> None:
    raw = {"hmac": {"with": "sha256", "key": "k", "text": "${t}", "as": "hex"}}
    assert made(raw, {"t": Secret(CANARY)}).shown == MASK
    assert isinstance(made(raw, {"t": "plain"}), str)
