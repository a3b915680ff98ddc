"""HTTP responses read from bytes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.transport.response import (
    Head,
    NotHttpError,
    begins_like_http,
    body_is_complete,
    body_text,
    head_end,
    parse_head,
)


def head(*headers: tuple[str, str]) -> Head:
    return Head("1.1", 200, "OK", headers)


def test_a_head_is_read_with_its_headers_in_order() -> None:
    data = b"HTTP/1.1 403 For  bidden\r\nX-A: 1\r\nx-a:2 \r\nSet-Cookie: a=b:c\r\n\r\n"
    assert parse_head(data) == Head(
        "1.1", 403, "For  bidden", (("x-a", "1"), ("x-a", "2"), ("set-cookie", "a=b:c"))
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"HTTP/1.1 200\r\n\r\n", Head("1.1", 200, "", ())),
        (b"HTTP/1.0 404 \n\n", Head("1.0", 404, "", ())),
        (b"HTTP/1.1 500 \xc3\xa9\r\nx: \xff\r\n\r\n", Head("1.1", 500, "é", (("x", "\ufffd"),))),
    ],
)
def test_a_sparse_head_is_read(data: bytes, expected: Head) -> None:
    assert parse_head(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: empty name\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX : 1\r\n\r\n",
    ],
)
def test_what_is_no_head_is_refused(data: bytes) -> None:
    with pytest.raises(NotHttpError):
        parse_head(data)


def test_only_the_beginning_of_garbage_is_repeated() -> None:
    with pytest.raises(NotHttpError, match=r"^it begins with 'x{40}'$"):
        parse_head(b"x" * 1000)


@pytest.mark.parametrize(
    ("data", "possible"),
    [(b"", True), (b"HT", True), (b"HTTP/1.1 2", True), (b"GET", False), (b"\x15\x03", False)],
)
def test_garbage_is_noticed_by_its_first_bytes(data: bytes, *, possible: bool) -> None:
    assert begins_like_http(data) is possible


@pytest.mark.parametrize("blank", [b"\r\n\r\n", b"\n\n", b"\n\r\n"])
def test_the_end_of_a_head_is_found_however_it_arrives(blank: bytes) -> None:
    data = b"HTTP/1.1 200 OK\r\nX: 1" + blank
    ends = [head_end(data[:size], size - 1) for size in range(1, len(data) + 1)]
    assert ends == [None] * (len(data) - 1) + [len(data)]
    assert head_end(data + b"rest\r\n\r\n", 0) == len(data)


@pytest.mark.parametrize(
    ("answer", "body", "complete"),
    [
        (head(), b"anything", False),
        (head(("content-length", "3")), b"ab", False),
        (head(("content-length", "3")), b"abc", True),
        (head(("content-length", "0")), b"", True),
        (head(("content-length", "3, 3")), b"abc", False),
        (head(("content-length", "-1")), b"", False),
        (head(("content-length", "9" * 5000)), b"", False),
        (head(("transfer-encoding", "Chunked")), b"2\r\nab\r\n", False),
        (head(("transfer-encoding", "gzip, chunked")), b"2\r\nab\r\n0\r\n\r\n", True),
    ],
)
def test_the_end_of_a_body_is_known_where_the_head_tells(
    answer: Head, body: bytes, *, complete: bool
) -> None:
    assert body_is_complete(answer, body) is complete


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"3\r\nabc\r\n2;name=x\r\nde\r\n0\r\n\r\n", "abcde"),
        (b"3\r\nabc\r\nff\r\ncut", "abccut"),
        (b"nonsense", ""),
        (b"", ""),
    ],
)
def test_a_chunked_body_is_read_as_far_as_it_came(body: bytes, text: str) -> None:
    assert body_text(head(("transfer-encoding", "chunked")), body) == text


def test_a_body_that_is_no_text_is_shown_as_well_as_can_be() -> None:
    assert body_text(head(), b"caf\xe9") == "caf\ufffd"


@given(st.binary(max_size=200))
def test_no_bytes_at_all_break_it(data: bytes) -> None:
    chunked = head(("transfer-encoding", "chunked"))
    assert isinstance(body_text(chunked, data), str)
    with suppress(NotHttpError):
        assert parse_head(b"HTTP/1.1 200 OK\r\n" + data).status == 200
