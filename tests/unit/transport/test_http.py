"""HTTP as it is written and read: requests into bytes, answers out of them."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli import __version__
from wscli.model.wire import FailureKind, HttpAnswer, HttpRequest
from wscli.transport.failures import Failed
from wscli.transport.http_answer import MAX_HEAD, read_answer
from wscli.transport.http_body import MAX_BODY
from wscli.transport.http_request import Prepared, prepared
from wscli.transport.http_source import BrokenAnswerError, ByteSource, CutShortError

URL = "https://api.example/session"


def written(
    url: str = URL, *headers: tuple[str, str], method: str = "GET", body: bytes | None = None
) -> Prepared:
    return prepared(HttpRequest(method, url, "shown", headers, body))


def refusal(url: str = URL, *headers: tuple[str, str], method: str = "GET") -> str:
    with pytest.raises(Failed) as caught:
        written(url, *headers, method=method, body=b"hunter2")
    found = caught.value.failure
    assert found.kind is FailureKind.UNUSABLE
    assert not found.retry
    assert not found.text.endswith(".")
    assert "hunter2" not in f"{found} {caught.value!r}"
    return f"{found.text} {found.hint}"


def answer(*pieces: bytes, method: str = "GET") -> HttpAnswer:
    """Read an answer that comes in these pieces, and then ends."""
    left = iter([piece for piece in pieces if piece])
    return read_answer(method, ByteSource(lambda: next(left, b"")))


def broken(*pieces: bytes) -> str:
    with pytest.raises(BrokenAnswerError) as caught:
        answer(*pieces)
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


def ok(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode() + body


def counted(body: bytes, *lines: str) -> bytes:
    return ok(*lines, f"Content-Length: {len(body)}", body=body)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return ok("Transfer-Encoding: chunked", body=body + end)


def test_a_request_is_written_with_what_http_needs_and_a_wish_for_json() -> None:
    found = written(f"{URL}?a=b,c&d=%20", ("X-B", "2"), ("X-A", "é"))
    assert (found.secure, found.host, found.port) == (True, "api.example", 443)
    assert found.place == "api.example:443"
    assert found.data.decode() == (
        "GET /session?a=b,c&d=%20 HTTP/1.1\r\n"
        "Host: api.example\r\n"
        f"User-Agent: wscli/{__version__}\r\n"
        "X-B: 2\r\n"
        "X-A: é\r\n"
        "Accept: application/json\r\n"
        "Accept-Encoding: gzip\r\n"
        "Connection: close\r\n\r\n"
    )


def test_a_body_goes_out_with_its_length() -> None:
    head, _, body = written(method="POST", body="é".encode()).data.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /session HTTP/1.1\r\n")
    assert b"\r\nContent-Length: 2\r\n" in head
    assert body.decode() == "é"


@pytest.mark.parametrize(
    ("method", "body", "said"),
    [
        ("GET", None, False),
        ("DELETE", None, False),
        ("POST", None, True),
        ("PUT", None, True),
        ("GET", b"", True),
    ],
)
def test_an_empty_body_is_announced_where_one_is_expected(
    method: str, body: bytes | None, *, said: bool
) -> None:
    assert (b"Content-Length: 0\r\n" in written(method=method, body=body).data) is said


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://api.example", "api.example"),
        ("http://api.example:80/", "api.example"),
        ("http://api.example:443/", "api.example:443"),
        ("https://api.example:443/", "api.example"),
        ("HTTPS://API.example:8443/", "api.example:8443"),
        ("http://[::1]/", "[::1]"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_the_host_is_named_as_it_is_asked_for(url: str, host: str) -> None:
    assert f"\r\nHost: {host}\r\n".encode() in written(url).data


@pytest.mark.parametrize(
    "header",
    [
        ("host", "other.example"),
        ("user-agent", "me"),
        ("accept", "text/plain"),
        ("accept-encoding", "identity"),
        ("origin", "https://app.example"),
    ],
)
def test_a_header_that_is_given_replaces_ours(header: tuple[str, str]) -> None:
    lines = written(URL, header).data.decode().split("\r\n")
    named = [line for line in lines if line.lower().startswith(f"{header[0]}:")]
    assert [line.partition(": ")[2] for line in named] == [header[1]]


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\rb", "a\0b"])
@pytest.mark.parametrize("name", ["Authorization", "Host", "Origin", "Cookie"])
def test_a_header_value_that_would_break_the_line_is_refused_and_not_repeated(
    name: str, value: str
) -> None:
    assert f"the value of the header {name}" in refusal(URL, (name, f"hunter2{value}"))


def test_a_header_name_that_would_break_the_line_is_refused() -> None:
    assert "name" in refusal(URL, ("X\r\nhunter2", "1"))


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "content-length",
        "Transfer-Encoding",
        "TE",
        "Upgrade",
        "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Protocol",
    ],
)
def test_the_headers_that_carry_the_request_cannot_be_given(name: str) -> None:
    assert f"the header {name} belongs to the request itself" in refusal(URL, (name, "hunter2"))


@pytest.mark.parametrize("method", ["", "GET /hunter2", "GET\r\nX: y", "CONNECT"])
def test_a_method_that_is_none_is_refused(method: str) -> None:
    assert "method" in refusal(method=method)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ws://api.example/hunter2", "neither http:// nor https://"),
        ("/hunter2", "neither http:// nor https://"),
        ("http://:80/hunter2", "no host"),
        ("http://api.example/hunter2\r\nX: y", "control character"),
        ("http://api.example/#hunter2", "fragment"),
        ("http://me:hunter2@api.example/", "password"),
        ("http://api.example:hunter2/", "cannot be read"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_and_not_repeated(url: str, words: str) -> None:
    assert words in refusal(url)


@given(st.text(), st.text(), st.text())
def test_what_is_accepted_has_the_lines_that_were_meant(url: str, name: str, value: str) -> None:
    plain = written().data.count(b"\n")
    try:
        found = written(f"https://api.example/{url}", (name, value))
    except Failed:
        return
    replaced = {"host", "user-agent", "accept", "accept-encoding"}
    assert found.data.count(b"\n") == plain + (name.lower() not in replaced)
    assert found.data.endswith(b"\r\n\r\n")


def test_the_bytes_of_a_request_are_not_shown() -> None:
    found = written(f"{URL}?key=hunter2", ("X", "hunter2"), method="POST", body=b"hunter2")
    assert "hunter2" not in repr(found)


WHOLE: dict[str, tuple[bytes, bytes]] = {
    "a length": (counted(b"body"), b"body"),
    "a length, twice the same": (
        ok("Content-Length: 4", "Content-Length: 4", body=b"body"),
        b"body",
    ),
    "nothing": (counted(b""), b""),
    "chunks": (chunked(b"bo", b"dy"), b"body"),
    "chunks with extensions and trailers": (
        ok("Transfer-Encoding: Chunked", body=b'004 ;a="b"\r\nbody\r\n0;x\r\nX: y\r\n\r\n'),
        b"body",
    ),
    "chunks and a length": (
        ok(
            "Content-Length: 999999999",
            "Transfer-Encoding: chunked",
            body=b"4\r\nbody\r\n0\r\n\r\n",
        ),
        b"body",
    ),
    "lines that end in LF": (b"HTTP/1.1 200 OK\nContent-Length: 4\n\nbody", b"body"),
    "gzip": (counted(gzip.compress(b"body"), "Content-Encoding: GZIP"), b"body"),
    "x-gzip": (counted(gzip.compress(b"body"), "Content-Encoding: x-gzip"), b"body"),
    "two gzip members": (
        counted(gzip.compress(b"bo") + gzip.compress(b"dy"), "Content-Encoding: gzip"),
        b"body",
    ),
    "an empty gzip": (counted(gzip.compress(b""), "Content-Encoding: gzip"), b""),
    "nothing in gzip": (counted(b"", "Content-Encoding: gzip"), b""),
    "identity": (counted(b"body", "Content-Encoding: identity, "), b"body"),
    "interim answers": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        + counted(b"body"),
        b"body",
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_body_is_read_to_where_it_ends_and_no_further(name: str) -> None:
    data, body = WHOLE[name]
    found = answer(data + b"and more")
    assert (found.status, found.reason, found.body) == (200, "OK", body)


@pytest.mark.parametrize("name", WHOLE)
def test_an_answer_may_come_byte_by_byte(name: str) -> None:
    data, body = WHOLE[name]
    assert answer(*(bytes([byte]) for byte in data)).body == body


@pytest.mark.parametrize("name", WHOLE)
def test_an_answer_that_is_cut_anywhere_is_no_answer(name: str) -> None:
    data, _ = WHOLE[name]
    for size in range(len(data)):
        with pytest.raises(CutShortError):
            answer(data[:size])


@given(st.data(), st.sampled_from(sorted(WHOLE)))
def test_an_answer_may_come_in_any_pieces(draw: st.DataObject, name: str) -> None:
    data, body = WHOLE[name]
    places = st.integers(0, len(data))
    cuts = sorted(draw.draw(st.lists(places, max_size=6)))
    edges = [0, *cuts, len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    assert answer(*pieces).body == body


def test_a_body_without_a_length_ends_with_the_stream() -> None:
    assert answer(b"HTTP/1.0 200 OK\r\n\r\nbo", b"dy").body == b"body"
    assert answer(ok()).body == b""
    packed = gzip.compress(b"body")
    assert answer(ok("Content-Encoding: gzip", body=packed)).body == b"body"
    with pytest.raises(CutShortError):
        answer(ok("Content-Encoding: gzip", body=packed[:-1]))


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_some_answers_never_have_a_body(method: str, status: int) -> None:
    data = b"HTTP/1.1 %d \r\nContent-Length: 9\r\nContent-Encoding: br\r\n\r\nmore" % status
    assert answer(data, method=method).body == b""


def test_every_status_is_an_answer_with_its_headers() -> None:
    data = b"HTTP/1.1 302 Found\r\nLocation: /x\r\nX: 1\r\nx: 2\r\nContent-Length: 0\r\n\r\n"
    assert answer(data) == HttpAnswer(
        302, "Found", (("location", "/x"), ("x", "1"), ("x", "2"), ("content-length", "0")), b""
    )


BROKEN: dict[str, tuple[bytes, str]] = {
    "an echo": (b"GET /?key=hunter2 HTTP/1.1\r\n", "is not HTTP"),
    "another protocol": (b"hunter2", "is not HTTP"),
    "a bad status line": (b"HTTP/hunter2\r\n\r\n", "is not HTTP"),
    "another HTTP": (b"HTTP/2.0 200 OK\r\n\r\n", "is not HTTP"),
    "no status": (b"HTTP/1.1 042 OK\r\n\r\n", "is not HTTP"),
    "a folded header": (ok("X: 1", " hunter2"), "is not HTTP"),
    "endless headers": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, "64 KiB of headers"),
    "one endless header": (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, "64 KiB of headers"),
    "endless interim answers": (b"HTTP/1.1 102 \r\n\r\n" * 5_000, "64 KiB of headers"),
    "a switch": (b"HTTP/1.1 101 Switching\r\n\r\n", "switched protocols"),
    "lengths that differ": (ok("Content-Length: 4, 5"), "length that cannot be read"),
    "a length that is none": (ok("Content-Length: -1"), "length that cannot be read"),
    "an empty length": (ok("Content-Length:"), "length that cannot be read"),
    "a length beyond reason": (ok("Content-Length: " + "9" * 5_000), "length that cannot be read"),
    "another transfer coding": (ok("Transfer-Encoding: gzip, chunked"), "another transfer coding"),
    "another content encoding": (counted(b"x", "Content-Encoding: br"), "content encoding"),
    "two content encodings": (counted(b"x", "Content-Encoding: gzip, gzip"), "content encoding"),
    "no chunk": (chunked(end=b"hunter2\r\n"), "a chunk"),
    "a negative chunk": (chunked(end=b"-1\r\n"), "a chunk"),
    "a chunk in the style of Python": (chunked(end=b"0x4\r\nbody\r\n"), "a chunk"),
    "a chunk longer than it says": (chunked(end=b"3\r\nbody\r\n"), "a chunk"),
    "a chunk longer by a byte": (chunked(end=b"3\r\nbody\n"), "a chunk"),
    "an endless chunk line": (chunked(end=b"1;" + b"x" * 5_000), "a chunk"),
    "endless trailers": (chunked(end=b"0\r\n" + b"X: y\r\n" * 20_000), "trailers"),
    "no gzip": (counted(b"hunter2", "Content-Encoding: gzip"), "not the gzip"),
    "zlib instead of gzip": (
        counted(zlib.compress(b"body"), "Content-Encoding: gzip"),
        "not the gzip",
    ),
    "gzip with a wrong sum": (
        counted(gzip.compress(b"body")[:-8] + bytes(8), "Content-Encoding: gzip"),
        "not the gzip",
    ),
    "garbage behind gzip": (
        counted(gzip.compress(b"body") + b"hunter2", "Content-Encoding: gzip"),
        "not the gzip",
    ),
    "a length over the limit": (ok(f"Content-Length: {MAX_BODY + 1}"), "longer than 8 MiB"),
    "chunks over the limit": (chunked(bytes(MAX_BODY), b"x"), "longer than 8 MiB"),
    "no length, over the limit": (ok(body=bytes(MAX_BODY + 1)), "longer than 8 MiB"),
    "gzip over the limit": (
        counted(gzip.compress(bytes(MAX_BODY + 1)), "Content-Encoding: gzip"),
        "longer than 8 MiB",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_breaks_http_is_refused_and_not_repeated(name: str) -> None:
    data, words = BROKEN[name]
    assert words in broken(data)


def test_a_tls_port_is_recognised_by_its_alert() -> None:
    with pytest.raises(BrokenAnswerError) as caught:
        answer(b"\x15\x03\x01\x00\x02\x02\x16")
    assert "https://" in caught.value.hint


def test_what_is_no_http_is_known_by_its_first_bytes() -> None:
    def waits_for_more() -> bytes:
        pytest.fail("enough has come")

    came = iter([b"H", b"u"])
    source = ByteSource(lambda: next(came, None) or waits_for_more())
    with pytest.raises(BrokenAnswerError):
        read_answer("GET", source)


@pytest.mark.parametrize(
    "data",
    [
        counted(bytes(MAX_BODY)),
        chunked(bytes(MAX_BODY - 1), b"x"),
        ok(body=bytes(MAX_BODY)),
        counted(gzip.compress(bytes(MAX_BODY)), "Content-Encoding: gzip"),
    ],
    ids=["length", "chunks", "end", "gzip"],
)
def test_a_body_may_be_as_long_as_the_limit(data: bytes) -> None:
    assert len(answer(data).body) == MAX_BODY


def test_a_head_may_be_as_long_as_the_limit() -> None:
    start = b"HTTP/1.1 204 No\r\nX: "
    assert answer(start + b"y" * (MAX_HEAD - len(start) - 4) + b"\r\n\r\n").status == 204
    assert "64 KiB" in broken(start + b"y" * (MAX_HEAD - len(start) - 3) + b"\r\n\r\n")


def test_a_length_over_the_limit_is_refused_before_the_body_comes() -> None:
    assert "8 MiB" in broken(ok("Content-Length: 999999999"))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = counted(gzip.compress(bytes(100_000_000), 1), "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        assert "8 MiB" in broken(bomb)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 40_000_000


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=40), max_size=5), st.sampled_from(["", "gzip"]))
def test_chunks_of_any_bytes_come_out_as_they_went_in(chunks: list[bytes], coding: str) -> None:
    body = b"".join(chunks)
    sent: Sequence[bytes] = [gzip.compress(body)] if coding else [each for each in chunks if each]
    data = chunked(*sent).replace(b"\r\n", f"\r\nContent-Encoding: {coding}\r\n".encode(), 1)
    assert answer(data).body == body


@settings(max_examples=200)
@given(
    st.sampled_from(
        ["", "Transfer-Encoding: chunked", "Content-Length: 9", "Content-Encoding: gzip"]
    ),
    st.binary(max_size=60),
)
def test_no_bytes_at_all_break_the_reader(line: str, data: bytes) -> None:
    for whole in (data, f"HTTP/1.1 200 OK\r\n{line}\r\n".encode() + data):
        with suppress(BrokenAnswerError, CutShortError):
            assert answer(whole).status >= 200
