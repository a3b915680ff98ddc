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


def read_answer(method: str, source: ByteSource) -> HttpAnswer:
    """Read the answer to a request with ``method``, whatever its status.

    Raises ``BrokenAnswerError``, ``CutShortError``.
    """
    head = final_head(source)
    return HttpAnswer(head.status, head.reason, head.headers, read_body(method, head, source))


def final_head(source: ByteSource, who: str = "the server", whose: str = "the server's") -> Head:
    """Read the head of an answer, skipping the interim ones (RFC 9110, section 15.2). ``who``
    answers, and ``whose`` the answer is, stands in the errors.

    Raises ``BrokenAnswerError``, ``CutShortError``.
    """
    left = MAX_HEAD
    while True:
        head, left = _head(source, left, who, whose)
        if head.status == 101:
            raise BrokenAnswerError(f"{who} switched protocols, which was not asked for")
        if head.status >= 200:
            return head


def _head(source: ByteSource, left: int, who: str, whose: str) -> tuple[Head, int]:
    """Read a head of at most ``left`` bytes; beside it, how many of them are left."""
    not_http = f"{whose} answer is not HTTP"
    if not source.starts_with(b"HTTP/"):
        hint = f"try https:// if {who} expects TLS" if source.starts_with(_TLS_ALERT) else ""
        raise BrokenAnswerError(not_http, hint)
    lines: list[bytes] = []
    while line := source.line(left, f"{whose} answer has more than 64 KiB of headers"):
        lines.append(line)
        left -= len(line) + 2
    head = None
    with suppress(NotHttpError):  # its text repeats what came
        head = parse_head(b"\r\n".join(lines))
    if head is None or not head.version.startswith("1.") or head.status < 100:
        raise BrokenAnswerError(not_http)
    return head, left - 2
