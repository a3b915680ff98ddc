"""An HTTP answer out of bytes. Touches no socket.

Ours and not http.client's: that could be given a file which waits under our deadline, but it skips
no interim answer besides 100, reads to the end where a length makes no sense, passes some bodies
that were cut for whole ones, and limits each header line where we limit them together.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from wscli.model.wire import HttpAnswer
from wscli.transport.http_body import read_body
from wscli.transport.http_source import BrokenAnswerError, ByteSource
from wscli.transport.response import Head, NotHttpError, parse_head

MAX_HEAD: Final = 64 * 1024
"""Bytes of status lines and headers, those of interim answers included."""

_TLS_ALERT: Final = b"\x15"  # a record's type (RFC 8446, section 5.1)
_TOO_LONG: Final = "the server's answer has more than 64 KiB of headers"
_NOT_HTTP: Final = "the server's answer is not HTTP"


def read_answer(method: str, source: ByteSource) -> HttpAnswer:
    """Read the answer to a request with ``method``, whatever its status.

    Raises ``BrokenAnswerError``, ``CutShortError``.
    """
    head = _final_head(source)
    return HttpAnswer(head.status, head.reason, head.headers, read_body(method, head, source))


def _final_head(source: ByteSource) -> Head:
    """Skip the interim answers (RFC 9110, section 15.2)."""
    left = MAX_HEAD
    while True:
        head, left = _head(source, left)
        if head.status == 101:
            raise BrokenAnswerError("the server switched protocols, which was not asked for")
        if head.status >= 200:
            return head


def _head(source: ByteSource, left: int) -> tuple[Head, int]:
    """Read a head of at most ``left`` bytes; beside it, how many of them are left."""
    if not source.starts_with(b"HTTP/"):
        hint = "try https:// if the server expects TLS" if source.starts_with(_TLS_ALERT) else ""
        raise BrokenAnswerError(_NOT_HTTP, hint)
    lines: list[bytes] = []
    while line := source.line(left, _TOO_LONG):
        lines.append(line)
        left -= len(line) + 2
    head = None
    with suppress(NotHttpError):  # its text repeats what came
        head = parse_head(b"\r\n".join(lines))
    if head is None or not head.version.startswith("1.") or head.status < 100:
        raise BrokenAnswerError(_NOT_HTTP)
    return head, left - 2
