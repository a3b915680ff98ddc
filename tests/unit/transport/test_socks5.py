"""SOCKS5 (RFC 1928, RFC 1929), byte by byte."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.model.secret import Secret
from wscli.model.wire import FailureKind
from wscli.transport.proxies import Login
from wscli.transport.socks5 import SocksError, negotiate

LOGIN = Login("me", Secret("hunter2"))
GOOD = b"\5\0\0\1\x7f\0\0\1\x04\x38"
REQUEST = b"\5\1\0\3\x0cfeed.example\x01\xbb"


def talk(
    answers: bytes, *, host: str = "feed.example", login: Login | None = None
) -> tuple[bytes, bytes]:
    """Hold a conversation; gives what was said, and what was not read of the answers."""
    said, left = b"", answers
    conversation = negotiate(host, 443, login)
    with suppress(StopIteration):
        wants = next(conversation)
        while True:
            if isinstance(wants, bytes):
                said += wants
                wants = next(conversation)
            else:
                if len(left) < wants:
                    raise EOFError(said)
                piece, left = left[:wants], left[wants:]
                wants = conversation.send(piece)
    return said, left


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("feed.example", b"\3\x0cfeed.example"),
        ("10.1.2.3", b"\1\x0a\1\2\3"),
        ("2001:db8::1", b"\4\x20\x01\x0d\xb8" + bytes(11) + b"\1"),
    ],
)
def test_a_connection_is_asked_for_by_name_or_address(host: str, address: bytes) -> None:
    said, left = talk(b"\5\0" + GOOD, host=host)
    assert said == b"\5\1\0" + b"\5\1\0" + address + b"\x01\xbb"
    assert left == b""


@pytest.mark.parametrize(
    "bound", [b"\1\x7f\0\0\1", b"\3\x04here", b"\3\0", b"\4" + bytes(16)], ids=repr
)
def test_nothing_behind_the_answer_is_taken(bound: bytes) -> None:
    assert talk(b"\5\0" + b"\5\0\0" + bound + b"\x04\x38" + b"rest")[1] == b"rest"


def test_user_and_password_are_told_where_they_are_wanted() -> None:
    said, _ = talk(b"\5\2" + b"\1\0" + GOOD, login=LOGIN)
    assert said == b"\5\2\0\2" + b"\1\2me\7hunter2" + REQUEST


def test_user_and_password_are_kept_where_nobody_asks() -> None:
    said, _ = talk(b"\5\0" + GOOD, login=LOGIN)
    assert said == b"\5\2\0\2" + REQUEST


REFUSED: list[tuple[bytes, Login | None, str]] = [
    (b"\5\xff", None, "it wants a user and a password"),
    (b"\5\xff", LOGIN, "it accepts no user with a password, and wscli knows no other way"),
    (b"\5\2", None, "it chose a way to log in that was not offered"),
    (b"\5\1", LOGIN, "it chose a way to log in that was not offered"),
    (b"\5\2\1\1", LOGIN, "it does not accept the user and the password"),
    (b"\5\2\5\0", LOGIN, "its answer is not SOCKS5"),
    (b"\4\x5a", None, "its answer is not SOCKS5"),
    (b"HTTP", None, "its answer is not SOCKS5"),
    (b"\5\0HT", None, "its answer is not SOCKS5"),
    (b"\5\0\5\0\0\2", None, "its answer holds an unknown type of address"),
]


@pytest.mark.parametrize(("answers", "login", "words"), REFUSED)
def test_a_proxy_that_refuses_or_is_none_is_not_asked_again(
    answers: bytes, login: Login | None, words: str
) -> None:
    with pytest.raises(SocksError) as caught:
        talk(answers, login=login)
    assert words in str(caught.value)
    assert caught.value.kind is FailureKind.HANDSHAKE
    assert not caught.value.retry
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_an_http_proxy_is_recognised() -> None:
    with pytest.raises(SocksError) as caught:
        talk(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert "http://" in caught.value.hint


REPLIES = {
    1: (FailureKind.UNREACHABLE, "it failed, and does not say why", True),
    2: (FailureKind.HANDSHAKE, "its rules do not allow it", False),
    3: (FailureKind.UNREACHABLE, "it cannot reach the network", True),
    4: (FailureKind.UNREACHABLE, "it cannot reach the host, or does not know its name", True),
    5: (FailureKind.REFUSED, "the host refused it the connection", True),
    6: (FailureKind.UNREACHABLE, "the host is too far away (TTL expired)", True),
    7: (FailureKind.HANDSHAKE, "it cannot make connections", False),
    8: (FailureKind.HANDSHAKE, "it does not know this type of address", False),
    91: (FailureKind.UNREACHABLE, "it failed with the code 91", True),
}


@pytest.mark.parametrize("reply", REPLIES)
def test_a_reply_that_says_no_is_understood_however_short(reply: int) -> None:
    with pytest.raises(SocksError) as caught:
        talk(b"\5\0\5" + bytes([reply]))
    found = caught.value
    assert (found.kind, str(found), found.retry) == REPLIES[reply]


def test_a_name_that_has_no_room_is_refused() -> None:
    with pytest.raises(SocksError, match="no room for a host name so long"):
        talk(b"\5\0" + GOOD, host=".".join(["a" * 60] * 5))


@given(st.binary(max_size=300), st.booleans())
def test_whatever_comes_back_ends_the_conversation(answers: bytes, known: bool) -> None:
    with suppress(SocksError, EOFError):
        said, left = talk(answers, login=LOGIN if known else None)
        assert said.endswith(REQUEST)
        assert answers.endswith(left)
