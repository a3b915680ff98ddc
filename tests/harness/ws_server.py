"""A WebSocket server on 127.0.0.1 whose every answer a test decides; HTTP on the same port."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeAlias

from websockets.extensions import ServerExtensionFactory
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from tests.harness.http_exchange import HttpAnswer, Request, read_request, write_answer
from tests.harness.wire import Gone
from tests.harness.ws_connection import Connection

HANDSHAKE_TIMEOUT = 10.0  # seconds that each read of TLS's handshake and the request may take
JOIN_TIMEOUT = 5.0  # seconds for all threads to end

Handler: TypeAlias = Callable[[Connection], None]
HttpHook: TypeAlias = Callable[[Request], HttpAnswer]


def nothing_here(request: Request) -> HttpAnswer:
    """The HTTP side of a server that has none."""
    return 404, {"Content-Type": "text/plain"}, f"nothing at {request.path}\n".encode()


class WsServer:
    """Runs ``handler`` on a thread of its own for each opening handshake.

    The handler accepts or rejects and then leads the conversation; when it returns, the connection
    is closed with 1000. Leaving clients end a handler quietly (Gone); any other exception of a
    handler or of ``http`` is kept in ``failures`` and raised by ``close``. Requests that are no
    opening handshake are answered by ``http``.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        http: HttpHook = nothing_here,
        tls: ssl.SSLContext | None = None,
        extensions: Sequence[ServerExtensionFactory] = (),
        subprotocols: Sequence[str] = (),
    ) -> None:
        self._handler = handler
        self._http = http
        self._tls = tls
        self._extensions = list(extensions)
        self._subprotocols = [Subprotocol(name) for name in subprotocols]
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._connections: list[Connection] = []
        self._failures: list[Exception] = []
        self._sockets: set[socket.socket] = set()  # those that no Connection looks after yet
        self._threads: list[threading.Thread] = []
        self._closing = False
        self._wake, self._waker = socket.socketpair()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="acceptor", daemon=True)
        self._acceptor.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """``ws://127.0.0.1:PORT`` or ``wss://``, without a path."""
        return f"{'wss' if self._tls else 'ws'}://127.0.0.1:{self.port}"

    @property
    def http_url(self) -> str:
        """The same for HTTP."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[Request]:
        """Every request until now in order, opening handshakes among them."""
        with self._lock:
            return list(self._requests)

    @property
    def connections(self) -> list[Connection]:
        """Every connection that asked for WebSocket until now, in order, ended ones as well."""
        with self._lock:
            return list(self._connections)

    @property
    def failures(self) -> list[Exception]:
        """What went wrong in a handler or in the HTTP hook."""
        with self._lock:
            return list(self._failures)

    def close(self) -> None:
        """Cut what is still connected, end all threads, and raise the first failure there was."""
        with self._lock:
            first, self._closing = not self._closing, True
        if first:
            self._end()
        if failures := self.failures:
            raise failures[0]

    def _end(self) -> None:
        deadline = time.monotonic() + JOIN_TIMEOUT
        self._waker.send(b"!")
        self._acceptor.join(JOIN_TIMEOUT)
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for connection in self.connections:
            connection.cut()
        for thread in self._threads:
            thread.join(max(0, deadline - time.monotonic()))
        for sock in (self._listener, self._wake, self._waker):
            sock.close()
        alive = [thread.name for thread in self._threads if thread.is_alive()]
        assert not alive, f"these handlers do not end: {alive}"

    def _accept(self) -> None:
        while True:
            ready, _, _ = select.select([self._listener, self._wake], [], [])
            if self._wake in ready:
                return
            sock, (address, port) = self._listener.accept()
            thread = threading.Thread(
                target=self._serve, args=(sock, address), name=f"client {port}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, address: str) -> None:
        try:
            sock.settimeout(HANDSHAKE_TIMEOUT)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            self._look_after(sock)
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            came = read_request(sock, address)
        except OSError:  # a client that left, was too slow, or does not trust us
            came = None
        try:
            if came:
                self._respond(sock, *came)
        except Gone:
            pass
        except Exception as failure:  # noqa: BLE001 - raised on the test's thread by close()
            with self._lock:
                self._failures.append(failure)
        finally:
            with self._lock:
                self._sockets.discard(sock)
            sock.close()

    def _look_after(self, sock: socket.socket) -> None:
        """Let ``close`` know the socket before anything waits on it."""
        with self._lock:
            self._sockets.add(sock)
            if self._closing:
                raise ConnectionAbortedError("the server is closing")

    def _respond(self, sock: socket.socket, request: Request, head: bytes) -> None:
        with self._lock:
            self._requests.append(request)
        if request.wants_websocket:
            self._converse(sock, request, head)
        else:
            answer = write_answer(self._http(request))
            with contextlib.suppress(OSError):  # the client may leave at any time
                sock.sendall(answer)
                socket.socket.shutdown(sock, socket.SHUT_WR)

    def _converse(self, sock: socket.socket, request: Request, head: bytes) -> None:
        protocol = ServerProtocol(
            extensions=self._extensions, subprotocols=self._subprotocols, max_size=None
        )
        connection = Connection(sock, request, head, protocol)
        with self._lock:
            self._connections.append(connection)
            if self._closing:
                connection.cut()
        try:
            self._handler(connection)
        finally:
            connection.finish()
