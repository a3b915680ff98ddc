"""NexusGlass's fastfeed as its documentation describes it, on loopback.

Written from the protocol sheet alone and never from a profile, so that a profile's mistakes show.
What the sheet leaves open is marked "assumed".
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from typing import Any, Literal

from tests.harness.exact_json import digits, dump, parse_text
from tests.harness.fake import Fake
from tests.harness.guest import Guest
from tests.harness.ws_connection import Connection
from tests.providers.fake_nexusglass_events import (
    CLUSTER,
    PRIORITIES,
    Event,
    EventLog,
    Filters,
    frame,
    now,
    pong,
)
from tests.providers.fake_nexusglass_rest import BELOW_PULSE, JSON, EventsEndpoint, enveloped

PATH = "/ws/fastfeed"
KEY = "nxg_0123456789abcdef"
FIRST_ID = 9_007_199_254_740_993  # the first integer that a double cannot hold
IDLE = 600.0  # seconds; longer than any test


class FakeNexusglass(Fake[Guest]):
    """Starts at once; ``close`` or a ``with`` block ends it.

    Attributes that may be changed at any time: ``keys`` (key -> tier, changed in place; those of
    a tier below PULSE are refused); ``refuses_by``, an ERROR frame or an HTTP status;
    ``refusal_close``, the code of the close behind the ERROR frame, None to stay open (assumed);
    ``greets``, whether HANDSHAKE and SNAPSHOT come; ``priorities`` and ``delay_ms`` of the
    HANDSHAKE; ``snapshot_shape``, a list or an object with ``events``; ``snapshot_size``, so many
    of the latest events that the URL's filters let through (assumed); ``snapshot_descending``;
    ``answers_pings``.

    ``rest`` is the REST side, with switches of its own. ``first_id`` is the first event's id.
    """

    def __init__(
        self,
        *,
        keys: Mapping[str, str] | None = None,
        first_id: int = FIRST_ID,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self.keys: dict[str, str] = {KEY: "PULSE"} if keys is None else dict(keys)
        self.refuses_by: Literal["frame", 401, 403] = "frame"
        self.refusal_close: int | None = 1008
        self.greets = True
        self.priorities = ["P0", "P1", "P2"]
        self.delay_ms = 0
        self.snapshot_shape: Literal["list", "events"] = "list"
        self.snapshot_size = 10
        self.snapshot_descending = False
        self.answers_pings = True
        self._log = EventLog(first_id)
        self.rest = EventsEndpoint(self._log, self.keys)
        # One order for greetings, pushes and the log: no event comes before HANDSHAKE or between
        # SNAPSHOT and the stream. Held while sending, which ends after ten seconds at the most.
        self._delivery = threading.Lock()
        self._inside: list[Guest] = []
        self._open(self._let_in, http=self.rest.answer, tls=tls)

    def close(self) -> None:
        """End all connections and threads; raises what went wrong in one of them."""
        self.rest.end()
        super().close()

    # ---- what the clients did ----

    @property
    def clients(self) -> list[Guest]:
        """Those that are connected and greeted, in order of their coming."""
        with self._delivery:
            return [guest for guest in self._inside if guest.is_open]

    @property
    def log(self) -> list[Event]:
        """Every event that the REST side knows, in the order of their ids."""
        return self._log.events

    @property
    def last_id(self) -> int:
        """The highest id in the log."""
        return int(self.log[-1]["id"])

    # ---- what the clients get; ``only`` is one of ``clients``, else it goes to all ----

    def push(
        self,
        event_type: str = "LIQUIDATION_CLUSTER_ARMED",
        symbol: str = "BTCUSDT",
        *,
        event_id: int | None = None,
        priority: str | None = None,
        confidence: object = None,
        data: object = None,
        detected_at: str | None = None,
        latency_ms: object = 12,
        live: bool = True,
        logged: bool = True,
        only: Guest | None = None,
    ) -> str:
        """Let an event happen; returns its frame, which goes to the clients whose filters let it
        through. ``live=False``: no client gets it; ``logged=False``: REST and later snapshots do
        not know it. Digits of numbers are kept where they are made by ``digits``.
        """
        if data is None:
            data = CLUSTER if event_type == "LIQUIDATION_CLUSTER_ARMED" else {}
        with self._delivery:
            event: dict[str, Any] = {
                "id": self._log.take_id(event_id),
                "type": event_type,
                "priority": priority or PRIORITIES.get(event_type, "P2"),
                "symbol": symbol,
                "confidence": digits("0.10") if confidence is None else confidence,
                "data": data,
                "detected_at": detected_at or now(),
                "latency_ms": latency_ms,
            }
            if logged:
                self._log.add(event)
            text = frame("EVENT", event)
            for guest in self._inside if live else ():
                if only in {None, guest} and wanted(guest.connection).let_through(event):
                    guest.send_raw(text)
        return text

    def error(self, code: str, message: str, *, only: Guest | None = None) -> str:
        """Send an ERROR, and return it; the connections stay open."""
        text = frame("ERROR", {"code": code, "message": message})
        self.push_raw(text, only=only)
        return text

    def pong(self, *, only: Guest | None = None) -> None:
        """Send a PONG that nobody asked for, or one that comes late."""
        self.push_raw(pong(), only=only)

    refuse = Fake.refuse_handshakes

    # ---- one connection ----

    def _let_in(self, connection: Connection) -> None:
        tier = self.keys.get(connection.request.query.get("token", ""))
        if connection.request.path != PATH:
            connection.reject(404, JSON, b'{"error":"not found","code":"NOT_FOUND"}')
        elif tier is None or tier in BELOW_PULSE:
            self._turn_away(connection)
        else:
            connection.accept()
            self._serve(Guest(connection), tier)

    def _turn_away(self, connection: Connection) -> None:
        if self.refuses_by != "frame":
            body = {"error": "authentication failed", "code": "AUTH_FAILED"}
            connection.reject(self.refuses_by, JSON, dump(body))
            return
        connection.accept()
        message = "missing or unknown key, or a tier below PULSE"
        connection.send_text(frame("ERROR", {"code": "AUTH_FAILED", "message": message}))
        if self.refusal_close is None:
            connection.wait_closed(IDLE)
        else:
            connection.close(self.refusal_close, "AUTH_FAILED")

    def _serve(self, guest: Guest, tier: str) -> None:
        connection = guest.connection
        try:
            with self._delivery:
                if self.greets:
                    connection.send_text(frame("HANDSHAKE", self._welcome(tier)))
                    connection.send_text(frame("SNAPSHOT", self._snapshot(wanted(connection))))
                self._inside.append(guest)
            while True:
                message = connection.receive(IDLE)
                if message is not None and (reply := self._reply(message)):
                    connection.send_text(reply)
        finally:
            with self._delivery:
                if guest in self._inside:
                    self._inside.remove(guest)

    def _welcome(self, tier: str) -> dict[str, Any]:
        return {
            "tier": tier,
            "priorities": self.priorities,
            "delay_ms": self.delay_ms,
            "server_time": now(),
        }

    def _snapshot(self, filters: Filters) -> object:
        recent = [event for event in self._log.events if filters.let_through(event)]
        recent = recent[len(recent) - min(self.snapshot_size, len(recent)) :]
        if self.snapshot_descending:
            recent.reverse()
        return enveloped(recent, self.snapshot_shape)

    def _reply(self, message: str | bytes) -> str | None:
        """What a frame is answered by. Errors about frames are assumed."""
        match parse_text(message):
            case {"type": "PING"}:
                return pong() if self.answers_pings else None
            case {"type": str(other)}:
                return frame("ERROR", {"code": "UNKNOWN_TYPE", "message": f"no {other} here"})
            case _:
                return frame("ERROR", {"code": "BAD_FRAME", "message": "malformed frame"})


def wanted(connection: Connection) -> Filters:
    """What the connection asked for in its URL."""
    return Filters.of(connection.request.query)
