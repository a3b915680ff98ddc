"""An HTTP/1.1 response as it stands on the wire (RFC 9112). Touches no socket."""

from __future__ import annotations

import re
from typing import Final

from wscli.model.frozen import frozen

_STATUS_LINE: Final = re.compile(r"HTTP/(\d\.\d) (\d{3})(?: (.*))?")
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE: Final = re.compile(rb"\s*([0-9a-fA-F]{1,8})[^\n]*\n")
_BEGINNING: Final = b"HTTP/"
_PIECE: Final = 4  # characters of a secret that tell nothing of it yet, and a few more do


class NotHttpError(ValueError):
    """What came is no HTTP response; the text says how it shows. ``repeated`` is what the text
    repeats of it.
    """

    def __init__(self, what: str, repeated: str = "") -> None:
        super().__init__(what)
        self.repeated = repeated


@frozen
class Head:
    """Status line and headers. Header names are lower-case; one that came twice is there twice."""

    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str | None:
        """All values of a header as one, with commas between them, None where it is missing."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None

    def tokens(self, name: str) -> list[str]:
        """A header that is a list, in lower case."""
        return [each.strip().lower() for each in (self.value(name) or "").split(",")]


def repeats(shown: str, sent: str) -> bool:
    """Whether what would be shown holds a piece of what was sent: a peer that echoes must not put
    our secrets on the screen.
    """
    sent = sent.lower()
    pieces = {shown[at : at + _PIECE].lower() for at in range(len(shown) - _PIECE + 1)}
    return any(piece in sent for piece in pieces)


def begins_like_http(data: bytes) -> bool:
    """Whether this can still become an HTTP response."""
    return data.startswith(_BEGINNING[: len(data)])


def head_end(data: bytes, start: int) -> int | None:
    """Where the head ends in ``data``, behind its blank line; None while it is not complete.

    ``start`` is how much of ``data`` was searched before.
    """
    found = _BLANK_LINE.search(data, max(0, start - 3))
    return found.end() if found else None


def parse_head(data: bytes) -> Head:
    """Read a complete head. Raises ``NotHttpError``."""
    status_line, *lines = data.decode(errors="replace").strip("\r\n").split("\n")
    found = _STATUS_LINE.fullmatch(status_line.rstrip("\r"))
    if found is None:
        beginning = status_line[:40]
        raise NotHttpError(f"it begins with {beginning!r}", beginning)
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise NotHttpError("one of its header lines has no name")
        headers.append((name.lower(), value.strip()))
    version, status, reason = found.groups()
    return Head(version, int(status), (reason or "").strip(), tuple(headers))


def body_is_complete(head: Head, body: bytes) -> bool:
    """Whether all of a body has come; one without a length ends with the connection."""
    if "chunked" in head.tokens("transfer-encoding"):
        return body.endswith(b"0\r\n\r\n")
    length = head.value("content-length") or ""
    return length.isdecimal() and len(length) < 20 and len(body) >= int(length)


def body_text(head: Head, body: bytes) -> str:
    """Decode what has come of a body. Never fails: what is no text is replaced."""
    if "chunked" in head.tokens("transfer-encoding"):
        body = _without_chunks(body)
    return body.decode(errors="replace")


def _without_chunks(body: bytes) -> bytes:
    """Take the chunked coding away (RFC 9112, section 7.1), as far as it can be followed."""
    parts: list[bytes] = []
    position = 0
    while (found := _CHUNK_SIZE.match(body, position)) and (size := int(found[1], 16)):
        parts.append(body[found.end() : found.end() + size])
        position = found.end() + size
    return b"".join(parts)
