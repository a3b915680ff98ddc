"""Pegana's server as its documentation describes it, on loopback.

Written from the protocol sheet alone and never from a profile, so that a profile's mistakes show.
What the sheet leaves open is marked "assumed".
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tests.harness.exact_json import dump, parse_text
from tests.harness.fake import Fake
from tests.harness.guest import Guest
from tests.harness.http_exchange import HttpAnswer, Request
from tests.harness.scripted_http import ScriptedHttp
from tests.harness.ws_connection import Connection
from tests.providers.fake_pegana_rest import JSON, answer

ORIGINS = ("https://pegana.xyz", "https://www.pegana.xyz", "http://localhost:3000")


class FakePegana(Fake[Guest]):
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
        super().__init__()
        self.capacity = capacity
        self.retry_after = retry_after
        self.history: dict[str, list[dict[str, Any]]] = {}
        self.alerts: list[dict[str, Any]] = []
        self.assets: list[dict[str, Any]] = []
        self._heartbeat = heartbeat
        self._origins = frozenset(origins)
        self._inside: list[Guest] = []
        self._subscriptions: list[tuple[str, list[str]]] = []
        self._heartbeats = 0
        self._rest = ScriptedHttp()
        self.answer_next = self._rest.answer_next  # of the REST side, as the next two
        self.hold = self._rest.hold
        self.release = self._rest.release
        self._open(self._let_in, http=self._answer, tls=tls)

    def close(self) -> None:
        """End all connections and threads; raises what went wrong in one of them."""
        self._rest.end()
        super().close()

    # ---- what the clients did ----

    @property
    def clients(self) -> list[Guest]:
        """Those that were let in, in order. One that leaves counts until its place is free."""
        with self._lock:
            return [guest for guest in self._inside if guest.connection.was_accepted]

    @property
    def subscriptions(self) -> list[tuple[str, list[str]]]:
        """Every subscribe and unsubscribe until now: (op, assets)."""
        with self._lock:
            return list(self._subscriptions)

    @property
    def heartbeats(self) -> int:
        """How many heartbeats were sent, over all connections."""
        return self._heartbeats

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

    # ---- one connection ----

    def _let_in(self, connection: Connection) -> None:
        request = connection.request
        if request.path != "/v1/ws":
            connection.reject(404, JSON, b'{"error":"not found"}')
        elif request.headers.get("Origin") not in self._origins:
            connection.reject(403, JSON, b'{"error":"origin not allowed"}')
        else:
            with self._place(Guest(connection)) as free:
                if free:
                    connection.accept()
                    self._converse(connection)
                else:
                    self._turn_away(connection)

    @contextmanager
    def _place(self, guest: Guest) -> Iterator[bool]:
        """Whether one of the address's places is free; it is taken meanwhile."""
        address = guest.connection.request.address
        with self._lock:
            taken = sum(one.connection.request.address == address for one in self._inside)
            free = taken < self.capacity
            if free:
                self._inside.append(guest)
        try:
            yield free
        finally:
            with self._lock:
                if free:
                    self._inside.remove(guest)

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
        match parse_text(message):
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

    def _answer(self, request: Request) -> HttpAnswer:
        return self._rest.turn() or answer(
            request, history=self.history, alerts=self.alerts, assets=self.assets
        )


def rfc3339(moment: datetime) -> str:
    """As Pegana's example writes it: whole seconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
