"""The body of an HTTP answer: where it ends, and how much of it is taken. Touches no socket."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from wscli.transport.http_source import BrokenAnswerError, ByteSource, CutShortError
from wscli.transport.response import Head

MAX_BODY: Final = 8 * 1024 * 1024
"""Bytes of a body, its content encoding undone."""

_MAX_CHUNK_LINE: Final = 4 * 1024  # a chunk's size and its extensions
_MAX_TRAILERS: Final = 64 * 1024
_CHUNK_LINE: Final = re.compile(rb"([0-9a-fA-F]{1,16})[ \t]*(?:;.*)?", re.DOTALL)
_LENGTH: Final = re.compile(r"[0-9]{1,18}")

_TOO_LONG: Final = "the server's answer is longer than 8 MiB"
_BAD_CHUNK: Final = "the server's answer has a chunk that cannot be read"
_BAD_TRAILERS: Final = "the server's answer has more than 64 KiB of trailers"
_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's name for "with a gzip header, and nothing else"


def read_body(method: str, head: Head, source: ByteSource) -> bytes:
    """Read the body that belongs to ``head``, the answer to a request with ``method``.

    Raises ``BrokenAnswerError``; ``CutShortError`` where less came than the answer promised.
    """
    if method == "HEAD" or head.status in (204, 304):  # RFC 9112, section 6.3
        return b""
    content = _content(head, source)
    codings = [coding for coding in _tokens(head, "content-encoding") if coding != "identity"]
    if codings in (["gzip"], ["x-gzip"]):  # two names for the same (RFC 9110, section 8.4.1.3)
        content = _without_gzip(content)
    elif codings:
        raise BrokenAnswerError("the server's answer has another content encoding than gzip")
    elif (_length(head) or 0) > MAX_BODY:
        raise BrokenAnswerError(_TOO_LONG)
    body = bytearray()
    for piece in content:
        body += piece
        if len(body) > MAX_BODY:
            raise BrokenAnswerError(_TOO_LONG)
    return bytes(body)


def _content(head: Head, source: ByteSource) -> Iterator[bytes]:
    """Tell by RFC 9112, section 6.3, where the body ends, and give what is before it.

    A transfer coding overrides a length; one besides chunked would have to be asked for.
    """
    transfer_codings = _tokens(head, "transfer-encoding")
    if transfer_codings == ["chunked"]:
        return _chunks(source)
    if transfer_codings:
        raise BrokenAnswerError("the server's answer has another transfer coding than chunked")
    length = _length(head)
    return source.to_the_end() if length is None else source.exactly(length)


def _tokens(head: Head, name: str) -> list[str]:
    return [token for token in head.tokens(name) if token]


def _length(head: Head) -> int | None:
    """Content-Length; saying the same several times is allowed. None where it says nothing, or
    a transfer coding says otherwise.
    """
    said = head.value("content-length")
    if said is None or _tokens(head, "transfer-encoding"):
        return None
    lengths = {each.strip() for each in said.split(",")}
    length = lengths.pop()
    if lengths or not _LENGTH.fullmatch(length):
        raise BrokenAnswerError("the server's answer has a length that cannot be read")
    return int(length)


def _chunks(source: ByteSource) -> Iterator[bytes]:
    """Undo the chunked coding (RFC 9112, section 7.1); extensions and trailers are left out."""
    while size := _chunk_size(source.line(_MAX_CHUNK_LINE, _BAD_CHUNK)):
        yield from source.exactly(size)
        if source.line(len(b"\r\n"), _BAD_CHUNK):
            raise BrokenAnswerError(_BAD_CHUNK)
    left = _MAX_TRAILERS
    while line := source.line(left, _BAD_TRAILERS):
        left -= len(line) + 2


def _chunk_size(line: bytes) -> int:
    found = _CHUNK_LINE.fullmatch(line)
    if found is None:
        raise BrokenAnswerError(_BAD_CHUNK)
    return int(found[1], 16)


def _without_gzip(content: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip, one or several members (RFC 1952, section 2.2). Of what swells beyond
    ``MAX_BODY`` no more than a byte too many is unpacked, which is enough to refuse it.
    """
    member = None
    for packed in content:
        rest = packed
        while rest:
            if member is None or member.eof:
                member = zlib.decompressobj(_GZIP)
            yield _inflated(member, rest)
            rest = member.unused_data  # what is behind the member's end
    if member is not None and not member.eof:
        raise CutShortError


def _inflated(member: zlib._Decompress, packed: bytes) -> bytes:
    try:
        return member.decompress(packed, MAX_BODY + 1)
    except zlib.error as error:
        raise BrokenAnswerError("the server's answer is not the gzip that it says") from error
