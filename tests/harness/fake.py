"""What the fakes of all providers share: their life, who came, what was said, and the faults."""

from __future__ import annotations

import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Generic, Self, TypeVar

from tests.harness.guest import Guest
from tests.harness.http_exchange import Request
from tests.harness.scripted_http import Answers
from tests.harness.waiting import eventually
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import Handler, HttpHook, WsServer, nothing_here

G = TypeVar("G", bound=Guest)


class Fake(ABC, Generic[G]):
    """A provider's server. A subclass opens it with ``_open`` when everything else is set up, and
    says who its ``clients`` are; ``close`` or a ``with`` block ends it.

    Where a method takes ``only``, that is one of ``clients``; without it the method is for all of
    them. ``handshake_delay``: seconds before an opening handshake is answered, may be changed at
    any time.
    """

    def __init__(self) -> None:
        self.handshake_delay = 0.0
        self._lock = threading.Lock()
        self._refusals = Answers()
        self._servers: list[WsServer] = []

    def _open(
        self, serve: Handler, *, http: HttpHook = nothing_here, tls: ssl.SSLContext | None = None
    ) -> None:
        """Listen on a new port. ``serve`` gets each connection that the test does not refuse."""
        self._servers.append(WsServer(partial(self._receive, serve), http=http, tls=tls))

    def _receive(self, serve: Handler, connection: Connection) -> None:
        connection.hold(self.handshake_delay)
        if refusal := self._refusals.take():
            connection.reject(*refusal)
        else:
            serve(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections and threads; raises what went wrong in one of them."""
        with ExitStack() as stack:
            for server in self._servers:
                stack.callback(server.close)

    @property
    def url(self) -> str:
        """Where sockets are taken, without a path."""
        return self._servers[0].url

    @property
    def http_url(self) -> str:
        """Where requests are answered, without a path."""
        return self._servers[0].http_url

    # ---- what the clients did ----

    @property
    @abstractmethod
    def clients(self) -> list[G]:
        """Those that are in, in order of their coming."""

    @property
    def connections(self) -> int:
        """How many clients are in."""
        return len(self.clients)

    @property
    def accepted(self) -> list[Connection]:
        """Every connection that got a 101, ended ones as well."""
        connections = [one for server in self._servers for one in server.connections]
        return [one for one in connections if one.was_accepted]

    @property
    def handshakes(self) -> list[Request]:
        """Every opening handshake until now, refused ones as well: when, path, query, headers."""
        return [request for request in self._asked if request.wants_websocket]

    @property
    def requests(self) -> list[Request]:
        """Every other request until now."""
        return [request for request in self._asked if not request.wants_websocket]

    @property
    def _asked(self) -> list[Request]:
        requests = [request for server in self._servers for request in server.requests]
        return sorted(requests, key=lambda request: request.at)

    @property
    def received(self) -> list[str | bytes]:
        """All that clients sent, one connection after the other."""
        return [message for one in self.accepted for message in one.received]

    @property
    def close_codes(self) -> list[int | None]:
        """The code of each accepted connection's close frame from the client; None where there
        was none, or not yet.
        """
        return [one.close_code for one in self.accepted]

    def wait_connected(self, count: int = 1, timeout: float = 10) -> None:
        """Wait until so many clients are in at once."""
        eventually(
            lambda: self.connections == count,
            timeout,
            what=f"{count} connections; handshakes: {len(self.handshakes)}",
        )

    # ---- what the clients get ----

    def push_raw(self, text: str | bytes, *, only: G | None = None) -> bytes:
        """Send a text frame as it is, bytes even where they are no UTF-8; returns its bytes."""
        data = text.encode() if isinstance(text, str) else text
        for client in self._those(only):
            client.send_raw(data)
        return data

    def push_bytes(self, data: bytes, *, only: G | None = None) -> bytes:
        """Send a binary frame; returns its bytes."""
        for client in self._those(only):
            client.send_bytes(data)
        return data

    # ---- faults ----

    def refuse_handshakes(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        times: int = 1,
    ) -> None:
        """Answer the next opening handshakes so, whatever they say."""
        self._refusals.answer_next(status, headers, body, times=times)

    def silence(self, *, only: G | None = None) -> None:
        """Send nothing more, not even pongs; the connections stay open."""
        for client in self._those(only):
            client.silence()

    def drop(self, code: int | None = 1000, reason: str = "", *, only: G | None = None) -> None:
        """Close with a code that RFC 6455 lets one send (None: a close frame without one)."""
        for client in self._those(only):
            client.drop(code, reason)

    def cut(self, partial: bytes = b"", *, reset: bool = False, only: G | None = None) -> None:
        """Send the first bytes of a frame and end the connections without a close frame, by FIN
        or by RST. They are no longer in when it returns.
        """
        ended = self._those(only)
        for client in ended:
            client.cut(partial, reset=reset)
        eventually(
            lambda: not any(client in ended for client in self.clients),
            what="the end of the cut connections",
        )

    def _those(self, only: G | None) -> list[G]:
        return self.clients if only is None else [only]
