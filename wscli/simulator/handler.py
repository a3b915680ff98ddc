"""One HTTP request: refused in words, answered as the profile's examples say, or upgraded to
WebSocket and played on.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer
from threading import Lock
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from wscli.messages.encode import frame_text
from wscli.model.frozen import frozen
from wscli.simulator.admission import Refusal, host_allowed
from wscli.simulator.conversation import Conversation, silent_logger
from wscli.simulator.endpoints import Call, Endpoints
from wscli.simulator.guests import Guests
from wscli.simulator.play import Play
from wscli.simulator.shapes import Shape
from wscli.simulator.world import World
from wscli.transport.clock import Clock
from wscli.transport.waker import Waker

_MOST_FIELDS: Final = 1000  # in a query
_LARGEST: Final = 1024 * 1024  # bytes of a body
_UPGRADE: Final = (("Upgrade", "websocket"),)  # RFC 9110, section 15.5.22


@frozen
class Stage:
    """What all requests share. ``world`` and ``endpoints`` are only used under ``lock``."""

    world: World
    endpoints: Endpoints
    lock: Lock
    clock: Clock
    guests: Guests


class Handler(BaseHTTPRequestHandler):
    """Serves one request on a socket of its own thread, never a second one."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # with 0.9, a broken request is refused without a status
    timeout = 10.0  # seconds without a byte of the request
    rbufsize = 0  # the first frame may come with the request: it is not to be read here

    def __init__(
        self,
        stage: Stage,
        request: socket.socket,
        client_address: tuple[str, int],
        server: BaseServer,
    ) -> None:
        self._stage = stage
        super().__init__(request, client_address, server)

    def parse_request(self) -> bool:
        """Read the head of a request and serve it, whatever its method; False: it is done."""
        if super().parse_request():
            self._serve()
        return False

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what http.server finds wrong, in a line of text and not in a page."""
        self._refuse(Refusal(code, message or explain or HTTPStatus(code).phrase))

    def version_string(self) -> str:
        """Give the Server header."""
        return "wscli-simulator"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: stderr belongs to the command."""

    def _serve(self) -> None:
        """Refuse the request, answer it, or answer 101 and play until the connection ends."""
        call = self._call()
        if isinstance(call, Refusal):
            self._refuse(call)
            return
        upgrade = "websocket" in call.headers.get("upgrade", "").lower()
        if upgrade and call.method == "GET" and self.request_version == "HTTP/1.1":
            refusal = self._converse(call)
            if refusal is not None:
                self._refuse(refusal)
            return
        answer = self._answer(call)
        if isinstance(answer, Refusal):
            self._refuse(answer)
        else:
            self._send(200, "application/json", frame_text([answer])[1:-1].encode(errors="replace"))

    def _call(self) -> Call | Refusal:
        names = {name.lower() for name in self.headers}
        headers = {name: ", ".join(self.headers.get_all(name, ())) for name in names}
        if not host_allowed(headers.get("host"), self.connection.getsockname()[1]):
            return Refusal(403, "this host is not allowed")
        try:
            target = urlsplit(self.path)
            query = parse_qs(target.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            return Refusal(400, "this is no request target")
        body = self._body(headers.get("content-length"), headers.get("transfer-encoding"))
        if isinstance(body, Refusal):
            return body
        return Call(self.command, target.path, query, headers, body)

    def _body(self, length: str | None, coding: str | None) -> bytes | Refusal:
        """Read the body, which must say how long it is."""
        if coding is not None:
            return Refusal(411, "the body must come with its Content-Length")
        if length is None:
            return b""
        if not (length.isascii() and length.isdecimal()):
            return Refusal(400, "the Content-Length is no number")
        if len(length) > len(str(_LARGEST)) or int(length) > _LARGEST:
            return Refusal(413, f"the body is longer than {_LARGEST} bytes")
        body = bytearray()
        while len(body) < int(length):
            piece = self.rfile.read(int(length) - len(body))
            if not piece:
                return Refusal(400, "the body is cut short")
            body += piece
        return bytes(body)

    def _answer(self, call: Call) -> Any | Refusal:
        """Answer what is asked over HTTP alone."""
        stage = self._stage
        now = stage.clock.now()
        with stage.lock:
            methods = stage.endpoints.methods(call.path)
            if call.method in methods:
                return stage.endpoints.answer(call, now)
            scope = stage.world.known().scope(now)
            refusal = stage.world.admission.refusal(call.path, call.query, call.headers, scope)
        if refusal is None or refusal.status != HTTPStatus.NOT_FOUND:
            methods.append("GET")  # the stream itself is here
        if methods and call.method not in methods:
            allow = (("Allow", ", ".join(methods)),)
            return Refusal(405, f"there is only {' and '.join(methods)} here", allow)
        return refusal or Refusal(426, "a WebSocket is served here", _UPGRADE)

    def _converse(self, call: Call) -> Refusal | None:
        """Play until the connection ends; or say why not."""
        stage = self._stage
        with stage.lock:
            play = Play(stage.world)
            opening = play.opened(call.path, call.query, call.headers, stage.clock.now())
        if isinstance(opening, Refusal):
            return opening
        response = self._handshake()
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            return Refusal(response.status_code, bytes(response.body).decode().strip())
        with closing(Waker()) as waker:
            conversation = Conversation(self.connection, waker, play, stage.clock, stage.lock)
            if not stage.guests.talk(self.connection, conversation):
                return Refusal(503, "there are too many connections")
            with suppress(OSError):  # the client broke off: there is nobody to tell
                self.wfile.write(response.serialize())
                conversation.run(opening)
        self.close_connection = True
        return None

    def _handshake(self) -> Response:
        """Give websockets' answer to the opening handshake, 101 or a refusal."""
        headers = Headers()
        for name, value in self.headers.items():
            headers[name] = value
        spoken = [Shape(each) for each in self._stage.world.profile.connect.subprotocols]

        def select(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
            fitting = (each for shape in spoken for each in offered if shape.fits(each, each))
            return next(fitting, None)

        protocol = ServerProtocol(select_subprotocol=select, logger=silent_logger())
        return protocol.accept(Request(self.path, headers))

    def _refuse(self, refusal: Refusal) -> None:
        body = f"{refusal.text}\n".encode(errors="replace")
        self._send(refusal.status, "text/plain; charset=utf-8", body, refusal.headers)

    def _send(
        self, status: int, kind: str, body: bytes, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.close_connection = True
        with suppress(OSError):  # the client broke off: there is nobody to tell
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
