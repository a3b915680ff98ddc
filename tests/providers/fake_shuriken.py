"""Shuriken's stream as its documentation describes it, on loopback: sessions and a Pusher socket.

Written from the protocol sheet alone and never from a profile, so that a profile's mistakes show.
What the sheet leaves open is marked "assumed".
"""

from __future__ import annotations

import re
import ssl
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal, TypeAlias

from tests.harness.ws_connection import Connection
from tests.providers.fake_shuriken_clients import Clients
from tests.providers.fake_shuriken_frames import error
from tests.providers.fake_shuriken_http import JSON
from tests.providers.fake_shuriken_rest import AUTH, Rest
from tests.providers.fake_shuriken_socket import Client, PusherApp
from tests.providers.fake_shuriken_streams import Subscription

APP_PATH = re.compile(r"/app/([^/]+)")

Fault: TypeAlias = tuple[int, str]
"""Code and message of a ``pusher:error`` that is followed by a close with the same."""


class FakeShuriken(Clients):
    """Starts at once; ``close`` or a ``with`` block ends it.

    ``activity_timeout``: seconds, what clients are told. ``ping_after`` and ``pong_within``:
    seconds without a message until the server pings, and from there until it closes. ``tls`` is
    for both sides; sessions tell ``forceTls`` accordingly.

    ``rest`` is the REST side and ``pusher`` the socket's, each with switches of its own. Here:
    ``auth_endpoint``, whether sessions tell it as a URL or as a path; ``ws_host``, the host that
    they tell.
    """

    def __init__(
        self,
        *,
        activity_timeout: float = 120,
        ping_after: float = 120.0,
        pong_within: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self.auth_endpoint: Literal["absolute", "path"] = "absolute"
        self.ws_host = "127.0.0.1"
        self.pusher = PusherApp(
            activity_timeout=activity_timeout, ping_after=ping_after, pong_within=pong_within
        )
        self.rest = Rest(self.pusher, self._connection)
        self._tls = tls
        self._faults: deque[Fault] = deque()
        self._home = 0  # the index of the server that takes new sockets
        self._open(partial(self._let_in, 0), http=self.rest.answer, tls=tls)

    def close(self) -> None:
        """End all connections and threads; raises what went wrong in one of them."""
        self.rest.end()
        super().close()

    @property
    def url(self) -> str:
        """Where sockets are taken now, without a path."""
        return self._servers[self._home].url

    def channel(self, stream: str, **values: str) -> str:
        """The name of the channel that a session gives for a stream with this filter."""
        return Subscription(self.rest.streams[stream], values).channel

    # ---- what the next clients find ----

    def move(
        self,
        app_key: str | None = None,
        *,
        host: str | None = None,
        new_port: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Let the next session tell another key, host or port. Sockets for the old key get 4001,
        those at the old port 404; whoever is connected stays. ``tls`` is for a new port alone,
        and the fake's own if not given.
        """
        if app_key is not None:
            self.pusher.key = app_key
        if host is not None:
            self.ws_host = host
        if new_port:
            index = len(self._servers)
            self._open(partial(self._let_in, index), tls=tls or self._tls)
            self._home = index

    reject = Clients.refuse_handshakes

    def turn_away(self, code: int, message: str = "", *, times: int = 1) -> None:
        """Let the next ``times`` sockets in, and close them at once with a ``pusher:error`` and
        this close code.
        """
        with self._lock:
            self._faults.extend([(code, message)] * times)

    # ---- one connection ----

    def _connection(self) -> dict[str, Any]:
        """The part of a session that says where the socket is."""
        server = self._servers[self._home]
        return {
            "provider": "pusher",
            "appKey": self.pusher.key,
            "wsHost": self.ws_host,
            "wsPort": server.port,
            "forceTls": server.url.startswith("wss:"),
            "authEndpoint": AUTH if self.auth_endpoint == "path" else self.http_url + AUTH,
        }

    def _let_in(self, index: int, connection: Connection) -> None:
        path = APP_PATH.fullmatch(connection.request.path)
        if index != self._home or not path:
            connection.reject(404, JSON, b'{"error":{"code":"NOT_FOUND","message":"no socket"}}')
        else:
            connection.accept()
            self._serve(connection, path[1])

    def _serve(self, connection: Connection, app_key: str) -> None:
        with self._lock:
            fault = self._faults.popleft() if self._faults else None
        if fault := fault or self._fault_of(app_key, connection.request.query):
            code, message = fault
            connection.send_text(error(message, code))
            connection.close(code, message)
            return
        with self.pusher.socket() as socket_id:
            client = Client(connection, socket_id, self.pusher)
            with self._lock:
                self._all.append(client)
            client.converse()

    def _fault_of(self, app_key: str, query: Mapping[str, str]) -> Fault | None:
        """What is wrong with a socket's URL. That client and version must be there is assumed."""
        if app_key != self.pusher.key:
            return 4001, f"Could not find app by key {app_key}"
        if "protocol" not in query:
            return 4008, "No protocol version supplied"
        if query["protocol"] != "7":
            return 4007, "Unsupported protocol version"
        if not (query.get("client") and query.get("version")):
            return 4006, "Invalid version string format"
        return None
