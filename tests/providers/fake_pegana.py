"""Pegana's server as its documentation describes it, on loopback.

Written from the protocol sheet alone and never from a profile, so that a profile's mistakes show.
What the sheet leaves open is marked "assumed".
"""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from tests.harness.http_exchange import HttpAnswer, Request
from tests.harness.waiting import eventually
from tests.harness.wire import Gone
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer
from tests.providers.fake_pegana_rest import JSON, answer

ORIGINS = ("https://pegana.xyz", "https://www.pegana.xyz", "http://localhost:3000")


class FakePegana:
    """Starts at once; ``close`` or a ``with`` block ends it.

    ``heartbeat``: seconds between heartbeats. ``origins``: the allowlist; no Origin at all is off
    the list too (assumed). ``capacity``: open connections per address, may be changed at any
    time; one more gets HTTP 429, with ``retry_after`` as its Retry-After if set.

    ``history`` (by symbol), ``alerts`` and ``assets`` are what the REST side serves, set by the
    test in any order, with the documented keys; see also ``answer_next``, ``hold``, ``release``.
    """

    def __init__(
        self,
        *,
        heartbeat: float = 5.0,
        origins: Iterable[str] = ORIGINS,
        capacity: int = 5,
        retry_after: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.capacity = capacity
        self.retry_after = retry_after
        self.history: dict[str, list[dict[str, Any]]] = {}
        self.alerts: list[dict[str, Any]] = []
        self.assets: list[dict[str, Any]] = []
        self._heartbeat = heartbeat
        self._origins = frozenset(origins)
        self._lock = threading.Lock()
        self._open: list[Connection] = []
        self._subscriptions: list[tuple[str, list[str]]] = []
        self._heartbeats = 0
        self._scripted: deque[HttpAnswer] = deque()
        self._gate = threading.Event()
        self._gate.set()
        self._server = WsServer(self._handle, http=self._http, tls=tls)
        self.url = self._server.url
        self.http_url = self._server.http_url

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
        self._gate.set()
        self._server.close()

    # ---- what the clients did ----

    @property
    def connections(self) -> int:
        """How many clients are connected. One that leaves counts until its place is free."""
        with self._lock:
            return sum(connection.was_accepted for connection in self._open)

    @property
    def handshakes(self) -> list[Request]:
        """Every opening handshake until now, refused ones as well: when, path, headers."""
        return [request for request in self._server.requests if request.wants_websocket]

    @property
    def requests(self) -> list[Request]:
        """Every REST request until now."""
        return [request for request in self._server.requests if not request.wants_websocket]

    @property
    def received(self) -> list[str | bytes]:
        """All that clients sent, one connection after the other."""
        return [message for one in self._server.connections for message in one.received]

    @property
    def subscriptions(self) -> list[tuple[str, list[str]]]:
        """Every subscribe and unsubscribe until now: (op, assets)."""
        with self._lock:
            return list(self._subscriptions)

    @property
    def heartbeats(self) -> int:
        """How many heartbeats were sent, over all connections."""
        return self._heartbeats

    @property
    def close_codes(self) -> list[int | None]:
        """The code of each accepted connection's close frame from the client; None where there
        was none, or not yet.
        """
        return [one.close_code for one in self._server.connections if one.was_accepted]

    def wait_connected(self, count: int = 1, timeout: float = 10) -> None:
        """Wait until so many clients are connected at once."""
        eventually(
            lambda: self.connections == count,
            timeout,
            what=f"{count} connections; handshakes: {len(self.handshakes)}",
        )

    # ---- what the clients get ----

    def push(
        self,
        asset: str,
        state: str,
        *,
        previous_state: str = "PEGGED",
        discount: str = "-0.0034",
        intrinsic_usd: str = "213.42",
        market_usd: str = "212.69",
        confidence: str = "0.98",
        ts: str | None = None,
    ) -> bytes:
        """Send an update to every client; returns the frame's bytes. ``ts``: now if not given, to
        the microsecond, so that two updates of one asset are two.
        """
        payload = {
            "state": state,
            "previous_state": previous_state,
            "discount": discount,
            "intrinsic_usd": intrinsic_usd,
            "market_usd": market_usd,
            "confidence": confidence,
            "ts": ts or datetime.now(UTC).isoformat(timespec="microseconds"),
        }
        return self.push_raw(dump({"op": "update", "asset": asset, "payload": payload}))

    def push_raw(self, text: str | bytes) -> bytes:
        """Send a text frame to every client as it is; returns its bytes."""
        data = text.encode() if isinstance(text, str) else text
        for connection in self._reachable():
            with contextlib.suppress(Gone):
                connection.send_text(data)
        return data

    def push_bytes(self, data: bytes) -> bytes:
        """Send a binary frame to every client."""
        for connection in self._reachable():
            with contextlib.suppress(Gone):
                connection.send_binary(data)
        return data

    def answer_next(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        times: int = 1,
    ) -> None:
        """Answer the next ``times`` REST requests with this, whatever they are."""
        with self._lock:
            self._scripted.extend([(status, headers or {}, body)] * times)

    def hold(self) -> None:
        """Answer no REST request until ``release``."""
        self._gate.clear()

    def release(self) -> None:
        """Answer what is held, and everything from now on."""
        self._gate.set()

    def silence(self) -> None:
        """Send nothing more on the connections that are open now; they stay open."""
        for connection in self._reachable():
            connection.mute()

    def cut(self, partial: bytes = b"", *, reset: bool = False) -> None:
        """Send the first bytes of a frame and end every connection without a close frame, by FIN
        or by RST. Their places are free when it returns.
        """
        ended = self._reachable()
        for connection in ended:
            with contextlib.suppress(Gone):
                connection.cut(partial, reset=reset)
        eventually(lambda: not self._occupy(ended), what="the end of the cut connections")

    def _occupy(self, connections: list[Connection]) -> bool:
        with self._lock:
            return any(connection in self._open for connection in connections)

    def _reachable(self) -> list[Connection]:
        with self._lock:
            return [connection for connection in self._open if connection.is_open]

    # ---- one connection ----

    def _handle(self, connection: Connection) -> None:
        request = connection.request
        if request.path != "/v1/ws":
            connection.reject(404, JSON, b'{"error":"not found"}')
        elif request.headers.get("Origin") not in self._origins:
            connection.reject(403, JSON, b'{"error":"origin not allowed"}')
        else:
            with self._place(connection) as free:
                if free:
                    connection.accept()
                    self._converse(connection)
                else:
                    self._turn_away(connection)

    @contextmanager
    def _place(self, connection: Connection) -> Iterator[bool]:
        """Whether one of the address's places is free; it is taken meanwhile."""
        address = connection.request.address
        with self._lock:
            taken = sum(one.request.address == address for one in self._open)
            free = taken < self.capacity
            if free:
                self._open.append(connection)
        try:
            yield free
        finally:
            with self._lock:
                if free:
                    self._open.remove(connection)

    def _turn_away(self, connection: Connection) -> None:
        headers = {"Retry-After": self.retry_after} if self.retry_after else {}
        connection.reject(429, {**JSON, **headers}, b'{"error":"too many connections"}')

    def _converse(self, connection: Connection) -> None:
        beat = time.monotonic() + self._heartbeat
        while True:
            message = connection.receive(max(0, beat - time.monotonic()))
            if message is not None and (reply := self._reply(message)):
                connection.send_text(dump(reply))
            if time.monotonic() >= beat:
                beat += self._heartbeat
                self._beat(connection)

    def _beat(self, connection: Connection) -> None:
        if not connection.is_muted:
            connection.send_text(dump({"op": "heartbeat", "ts": rfc3339(datetime.now(UTC))}))
            with self._lock:
                self._heartbeats += 1

    def _reply(self, message: str | bytes) -> dict[str, str] | None:
        try:
            frame = json.loads(message) if isinstance(message, str) else None
        except ValueError:
            frame = None
        match frame:
            case {"op": "ping"}:
                return {"op": "pong"}
            case {"op": "subscribe" | "unsubscribe" as op, "assets": [*assets]}:
                with self._lock:
                    self._subscriptions.append((op, assets))
                return None
            case {"op": str(op)}:
                return {"op": "error", "msg": f"unknown op: {op}"}
            case _:
                return {"op": "error", "msg": "malformed frame"}

    def _http(self, request: Request) -> HttpAnswer:
        self._gate.wait()
        with self._lock:
            if self._scripted:
                return self._scripted.popleft()
        return answer(request, history=self.history, alerts=self.alerts, assets=self.assets)


def rfc3339(moment: datetime) -> str:
    """As Pegana's example writes it: whole seconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def dump(value: object) -> str:
    """Compact JSON, as in the documentation's example."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
