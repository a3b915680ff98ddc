"""NexusGlass's frames and events: how they are written, the log of all, who asked for which."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self, TypeAlias

from tests.harness.exact_json import digits, dump_text

Event: TypeAlias = Mapping[str, Any]
"""The payload of an EVENT frame; numbers whose digits matter are made by ``digits``."""

PRIORITIES = {
    "LIQUIDATION_CLUSTER_ARMED": "P0",
    "LEVERAGE_SPIKE_DETECTED": "P0",
    "PENDING_EXCHANGE_INFLOW": "P0",
    "WHALE_POSITION_SHIFT": "P1",
    "SYNDICATE_DETECTED": "P1",
    "MM_HUNTING_GROUND_ARMED": "P1",
    "DANGER_ZONE_APPROACH": "P1",
    "CVD_DIVERGENCE_EXTREME": "P1",
    "REGIME_SHIFT": "P2",
    "CORRELATION_BREAK": "P2",
    "LARGE_LIQUIDATION": "P2",
    "FUNDING_EXTREME": "P2",
}
"""The types that are known. There are more; a test makes them up, and they get P2 (assumed)."""


def now() -> str:
    """The time as NexusGlass writes it: RFC 3339 with milliseconds and Z (assumed)."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def frame(frame_type: str, payload: object) -> str:
    """A frame in the documented form."""
    return dump_text({"type": frame_type, "payload": payload})


def pong() -> str:
    """A PONG; its payload is free, and this one's is assumed."""
    return frame("PONG", {"server_time": now(), "nonce": digits("18446744073709551615")})


CLUSTER = {
    "cluster_price": digits("64250.10"),
    "cluster_side": "LONG",
    "intensity_usd": digits("18446744073709551615"),
    "distance_pct": digits("0.10"),
}
"""The one ``data`` whose fields are documented, that of LIQUIDATION_CLUSTER_ARMED."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a URL asks for. An empty set lets everything through, and so does a parameter that is
    there without a value (assumed).
    """

    symbols: frozenset[str]
    events: frozenset[str]

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """The filters of a decoded query: comma-separated, compared to the letter (assumed)."""
        symbols, events = (
            frozenset(filter(None, query.get(name, "").split(",")))
            for name in ("symbols", "events")
        )
        return cls(symbols, events)

    def let_through(self, event: Event) -> bool:
        """Whether the connection gets the event."""
        return (not self.symbols or event["symbol"] in self.symbols) and (
            not self.events or event["type"] in self.events
        )


class EventLog:
    """Every event that happened, sent to somebody or not. Any thread may use it."""

    def __init__(self, first_id: int) -> None:
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._next_id = first_id

    def take_id(self, wanted: int | None = None) -> int:
        """The id ``wanted``, or the next one; later ids are higher than both."""
        with self._lock:
            taken = self._next_id if wanted is None else wanted
            self._next_id = max(self._next_id, taken + 1)
            return taken

    def add(self, event: Event) -> None:
        """Keep an event; of those with the same id all are kept."""
        with self._lock:
            self._events.append(event)

    @property
    def events(self) -> list[Event]:
        """All of them in the order of their ids."""
        with self._lock:
            return sorted(self._events, key=lambda event: event["id"])
