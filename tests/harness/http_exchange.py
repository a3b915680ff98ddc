"""The HTTP/1.1 that a test's server needs: one request and one answer a connection."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPMessage, parse_headers
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

HEAD_LIMIT = 65_536  # bytes
BODY_LIMIT = 16 * 1024 * 1024

HttpAnswer: TypeAlias = tuple[int, Mapping[str, str], bytes]
"""Status, headers, body. Content-Length and Connection are added."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came. ``target`` is what stood in the request line, undecoded; ``at`` is
    time.monotonic() when its head was complete; ``address`` is the client's IP address.
    """

    method: str
    target: str
    headers: HTTPMessage
    body: bytes
    at: float
    address: str

    @property
    def path(self) -> str:
        """The path without the query, undecoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded as forms are: a ``+`` is a space. Of repeated names the last."""
        pairs = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[-1] for name, values in pairs.items()}

    @property
    def wants_websocket(self) -> bool:
        """Whether it is an opening handshake."""
        return (self.headers.get("Upgrade") or "").lower() == "websocket"


def read_request(sock: socket.socket, address: str) -> tuple[Request, bytes] | None:
    """Read one request; beside it the bytes as they came, and all that came behind them.

    None when the client left first or does not speak HTTP. Raises OSError, also for a time-out.
    """
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        piece = sock.recv(HEAD_LIMIT)
        data += piece
        if not piece or len(data) > HEAD_LIMIT:
            return None
    at = time.monotonic()
    start, _, lines = bytes(data[: end + 4]).partition(b"\r\n")
    words = start.decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        return None
    headers = parse_headers(io.BytesIO(lines))
    length = int(headers.get("Content-Length") or 0)
    if length > BODY_LIMIT:
        return None
    while len(data) < end + 4 + length:
        if not (piece := sock.recv(HEAD_LIMIT)):
            return None
        data += piece
    body = bytes(data[end + 4 : end + 4 + length])
    return Request(words[0], words[1], headers, body, at, address), bytes(data)


def write_answer(answer: HttpAnswer) -> bytes:
    """An answer in bytes, after which the connection is closed."""
    status, headers, body = answer
    known = {status.value: status.phrase for status in HTTPStatus}
    lines = [f"HTTP/1.1 {status} {known.get(status, 'Unknown')}"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
