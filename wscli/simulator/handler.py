"""One HTTP request: refused in words, or upgraded to WebSocket and played on."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from random import Random
from socketserver import BaseServer
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from wscli.model.frozen import frozen
from wscli.model.profile import Profile
from wscli.simulator.admission import Admission, Refusal, host_allowed
from wscli.simulator.conversation import Conversation, silent_logger
from wscli.simulator.guests import Guests
from wscli.simulator.play import Play
from wscli.simulator.world import World
from wscli.transport.clock import Clock
from wscli.transport.waker import Waker

_MOST_FIELDS: Final = 1000  # in a query
_FURTHER_HEADERS: Final = {405: ("Allow", "GET"), 426: ("Upgrade", "websocket")}  # RFC 9110


@frozen
class Stage:
    """What all requests share. ``world`` and ``rng`` are only used under ``lock``."""

    profile: Profile
    options: Mapping[str, Any]
    world: World
    rng: Random
    lock: Lock
    clock: Clock
    guests: Guests


class _Asked(NamedTuple):
    """A request that may be looked at: the target's path as it came, its query decoded, and the
    headers with lower-case names, each once.
    """

    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]


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
        """Read the request; False where it was refused: it is none, or its method is not GET."""
        if not super().parse_request():
            return False
        if self.command != "GET":
            self._refuse(Refusal(405, "there is only GET here"))
            return False
        return True

    def do_GET(self) -> None:
        """Refuse the request, or answer 101 and play until the connection ends."""
        asked = self._asked()
        refusal = asked if isinstance(asked, Refusal) else self._converse(asked)
        if refusal is not None:
            self._refuse(refusal)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what http.server finds wrong, in a line of text and not in a page."""
        self._refuse(Refusal(code, message or explain or HTTPStatus(code).phrase))

    def version_string(self) -> str:
        """Give the Server header."""
        return "wscli-simulator"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: stderr belongs to the command."""

    def _asked(self) -> _Asked | Refusal:
        names = {name.lower() for name in self.headers}
        headers = {name: ", ".join(self.headers.get_all(name, ())) for name in names}
        if not host_allowed(headers.get("host"), self.connection.getsockname()[1]):
            return Refusal(403, "this host is not allowed")
        try:
            target = urlsplit(self.path)
            query = parse_qs(target.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            return Refusal(400, "this is no request target")
        return _Asked(target.path, query, headers)

    def _converse(self, asked: _Asked) -> Refusal | None:
        """Play until the connection ends; or say why not."""
        stage = self._stage
        if "upgrade" not in asked.headers or self.request_version != "HTTP/1.1":
            admission = Admission(stage.profile, stage.options)
            return admission.refusal(*asked) or Refusal(426, "a WebSocket is served here")
        play = Play(stage.profile, stage.options, stage.world, stage.rng)
        with stage.lock:
            opening = play.opened(*asked, stage.clock.now())
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
        spoken = self._stage.profile.connect.subprotocols

        def select(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
            return next((each for each in offered if each in spoken), None)

        protocol = ServerProtocol(select_subprotocol=select, logger=silent_logger())
        return protocol.accept(Request(self.path, headers))

    def _refuse(self, refusal: Refusal) -> None:
        body = f"{refusal.text}\n".encode(errors="replace")
        self.close_connection = True
        with suppress(OSError):  # the client broke off: there is nobody to tell
            self.send_response(refusal.status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            if refusal.status in _FURTHER_HEADERS:
                self.send_header(*_FURTHER_HEADERS[refusal.status])
            self.end_headers()
            self.wfile.write(body)
