"""The server's answer to the opening handshake, judged before websocket-client sees it.

websocket-client follows redirects, keeps cookies in a jar that the process shares, reads error
bodies without limit or deadline, and overlooks HTTP/1.0, subprotocols and extensions nobody asked
for. So it is shown a socket that gives it the part of an answer which it checks well: the key.
"""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import Final
from urllib.parse import urlsplit

from wscli.model.wire import Failure, FailureKind
from wscli.transport.channel import Channel
from wscli.transport.checks import Request
from wscli.transport.deflate import Deflate, NegotiationError, agreed
from wscli.transport.failures import Failed, TimedOut, hint_for, kind_and_words
from wscli.transport.patience import Attempt
from wscli.transport.response import (
    Head,
    NotHttpError,
    begins_like_http,
    body_is_complete,
    body_text,
    head_end,
    parse_head,
    repeats,
)
from wscli.transport.waker import READABLE

MAX_HEAD: Final = 64 * 1024
MAX_BODY: Final = 64 * 1024
BODY_GRACE: Final = 1.0
"""Seconds for the body of a refusal; what has come by then explains enough."""

_TLS_ALERT: Final = 0x15  # a record's type (RFC 8446, section 5.1)
_NO_ANSWER: Final = "no answer to the opening handshake"
_RETRY: Final = {408, 425, 429}  # and 5xx: the server may feel better later


class HandshakeSocket:
    """What websocket-client takes for a connected socket while it shakes hands.

    Once it has read, ``head`` is the server's whole answer, ``deflate`` what was agreed on about
    compression, None for nothing, and ``rest`` what came behind the answer: the first frames.
    Raises ``Failed`` and ``Cancelled`` through the library, which lets them pass.
    """

    def __init__(self, channel: Channel, request: Request, attempt: Attempt) -> None:
        self.head = Head("", 0, "", ())
        self.deflate: Deflate | None = None
        self.rest = b""
        self._channel = channel
        self._request = request
        self._attempt = attempt
        self._answer: BytesIO | None = None
        self._send_error: OSError | None = None

    def gettimeout(self) -> float | None:
        """Tell websocket-client that ``send`` and ``recv`` do their own waiting."""
        return None

    def close(self) -> None:
        """Leave the socket to whoever opened it."""

    def send(self, data: bytes) -> int:
        """Send all of the request. A server may refuse without having read it, so that this
        failed counts only where no answer is found.
        """
        try:
            self._channel.write(data, partial(self._attempt.wait, missing=_NO_ANSWER))
        except OSError as error:
            self._send_error = error
        return len(data)

    def recv(self, size: int) -> bytes:
        """Give the next bytes of an answer that is good but for its key."""
        if self._answer is None:
            self.head, self.rest = self._read_head()
            if self.head.status != 101:
                raise self._refused()
            fault = _fault(self.head, self._request)
            if fault:
                raise self._unfit(fault)
            self.deflate = self._agreed()
            self._answer = BytesIO(_essence(self.head))
        return self._answer.read(size)

    def _read_head(self) -> tuple[Head, bytes]:
        data, end = b"", None
        while end is None and len(data) <= MAX_HEAD and begins_like_http(data):
            searched = len(data)
            more = self._next()
            if not more and self._send_error:
                raise self._broken(self._send_error) from self._send_error
            if not more:
                when = "in the middle of its answer" if data else "without an answer"
                what = f"the server closed the connection {when} to the opening handshake"
                raise self._attempt.failed(FailureKind.LOST, what)
            data += more
            end = head_end(data, searched)
        if (end or len(data)) > MAX_HEAD:
            raise self._unfit("the server's answer has more than 64 KiB of headers")
        try:
            return parse_head(data[:end]), data[end:]
        except NotHttpError as error:
            shown = str(error)
            if _repeats(error.repeated, self._request):
                shown = "it repeats a part of our request"
            hint = "try wss:// if the server expects TLS" if data[0] == _TLS_ALERT else ""
            raise self._unfit(f"the server's answer is not HTTP, {shown}", hint) from None

    def _agreed(self) -> Deflate | None:
        chosen = self.head.value("sec-websocket-extensions") or ""
        try:
            return agreed(self._request.extensions, chosen)
        except NegotiationError as error:
            raise self._unfit(str(error)) from error

    def _unfit(self, what: str, hint: str = "") -> Failed:
        """Say that this is no answer to an opening handshake, and never will be."""
        return self._attempt.failed(FailureKind.HANDSHAKE, what, hint=hint, retry=False)

    def _next(self) -> bytes:
        """Wait for more of the answer; ``b""`` where the server has ended it."""
        try:
            while (data := self._channel.read()) is None:
                self._attempt.wait({self._channel.socket: READABLE}, _NO_ANSWER)
        except OSError as error:
            raise self._broken(error) from error
        return data

    def _broken(self, error: OSError) -> Failed:
        kind, words = kind_and_words(error)
        return self._attempt.failed(
            kind,
            f"{words} during the opening handshake",
            hint=hint_for(error),
            retry=kind is not FailureKind.TLS,
        )

    def _refused(self) -> Failed:
        """Explain a status other than 101."""
        head = self.head
        named = f"HTTP {head.status} {head.reason}".rstrip()
        text = f"the server answered {named} instead of switching to WebSocket"
        location = head.value("location")
        if 300 <= head.status < 400 and location:
            text = f"the server answered {named}, a redirect to {_origin(location)}, not followed"
        return Failed(
            Failure(
                FailureKind.STATUS,
                text,
                retry=head.status in _RETRY or head.status >= 500,
                status=head.status,
                headers=head.headers,
                body=body_text(head, self._read_body()),
            )
        )

    def _read_body(self) -> bytes:
        """What comes of the body in a short while. Raises ``Cancelled``."""
        body = self.rest
        patience = self._attempt.patience.shorter(BODY_GRACE)
        try:
            while len(body) < MAX_BODY and not body_is_complete(self.head, body):
                data = self._channel.read()
                if data is None:
                    patience.wait({self._channel.socket: READABLE})
                elif data:
                    body += data
                else:
                    break
        except (OSError, TimedOut):
            pass  # a body that breaks off explains as much as it can
        return body[:MAX_BODY]


def _fault(head: Head, request: Request) -> str:
    """Judge a 101 by RFC 6455, section 4.1, but for the key and the extensions; "" where it is
    right.
    """
    subprotocol = head.value("sec-websocket-protocol")
    if head.version != "1.1":
        return f"the server switched protocols in HTTP/{head.version}, which cannot do that"
    if head.tokens("upgrade") != ["websocket"]:
        return "the server switched, but not to WebSocket: its answer lacks Upgrade: websocket"
    if "upgrade" not in head.tokens("connection"):
        return "the server's answer lacks Connection: Upgrade"
    if subprotocol and subprotocol not in request.subprotocols:
        return f"the server chose the subprotocol {subprotocol!r}, which was not asked for"
    return ""


def _repeats(shown: str, request: Request) -> bool:
    """Whether what would be shown holds a piece of the path, the query, a subprotocol or a header
    that we sent, in which there may be secrets.
    """
    values = [value for _, value in request.headers]
    parts = [request.resource, request.origin or "", *request.subprotocols, *values]
    return repeats(shown, "\n".join(parts))


def _essence(head: Head) -> bytes:
    """Write the part of the answer that websocket-client checks: no cookies, nothing twice."""
    accept = head.value("sec-websocket-accept") or "missing"
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n"
    ).encode()


def _origin(location: str) -> str:
    """Scheme, host and port of a redirect's target: its path and query may repeat our secrets."""
    try:
        parts = urlsplit(location)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "a place that cannot be read"
    if not host:
        return "another path on the same host"
    return f"{parts.scheme}://{host}" if parts.scheme else host
