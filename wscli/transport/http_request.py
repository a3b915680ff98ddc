"""An HTTP request into bytes, checked before anything goes out. Touches no socket."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Final

from wscli.model.frozen import frozen
from wscli.model.wire import HttpRequest, Target
from wscli.transport.checks import Request, checked
from wscli.transport.failures import unusable
from wscli.transport.place import host_and_port

_SCHEMES: Final = {"http", "https"}
_METHOD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token: RFC 9110, section 5.6.2
_OURS: Final = {  # where the request and its answer end, and what their connection is for
    "connection",
    "content-length",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "te",
    "transfer-encoding",
    "upgrade",
}
_HAVE_CONTENT: Final = {"PATCH", "POST", "PUT"}  # say so when it is empty: RFC 9110, section 8.6


@frozen
class Prepared:
    """A request as it goes over the wire, and where to."""

    secure: bool
    host: str
    port: int
    data: bytes = field(repr=False)

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self.secure else "http"

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return host_and_port(self.host, self.port)


def prepared(request: HttpRequest) -> Prepared:
    """Check a request and write it down. Raises ``Failed`` with kind UNUSABLE, whose text repeats
    no value.
    """
    if request.url.partition(":")[0].lower() not in _SCHEMES:
        raise unusable("the URL begins with neither http:// nor https://")
    if not _METHOD.fullmatch(request.method) or request.method == "CONNECT":
        raise unusable("the request's method is none that can be sent")
    for name, _ in request.headers:
        if name.lower() in _OURS:
            raise unusable(f"the header {name} belongs to the request itself", "Leave it out.")
    # The rules for hosts, ports and header lines are those of the opening handshake.
    found = checked(Target(request.url, request.shown, request.headers))
    lines = [f"{request.method} {found.resource} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in _headers(request, found)]
    head = "\r\n".join([*lines, "", ""]).encode()
    return Prepared(found.secure, found.host, found.port, head + (request.body or b""))


def _headers(request: HttpRequest, found: Request) -> list[tuple[str, str]]:
    headers = [("Host", found.host_header), *found.headers]
    if found.origin is not None:
        headers.append(("Origin", found.origin))
    named = {name.lower() for name, _ in headers}
    wishes = (("Accept", "application/json"), ("Accept-Encoding", "gzip"))
    headers += [wish for wish in wishes if wish[0].lower() not in named]
    if request.body is not None or request.method in _HAVE_CONTENT:
        headers.append(("Content-Length", str(len(request.body or b""))))
    return [*headers, ("Connection", "close")]
