"""The open positions of every agent, as the next ``initial_data`` tells them."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from tests.providers.fake_nexgent_frames import Frame, Price


class Book:
    """Positions by agent, in the order of their opening; thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._positions: dict[str, list[Frame]] = {}

    def of(self, agent_id: str) -> list[Frame]:
        """Copies of an agent's positions."""
        with self._lock:
            return [dict(position) for position in self._positions.get(agent_id, [])]

    def put(self, agent_id: str, positions: Iterable[Frame]) -> None:
        """Let an agent have these positions and no others."""
        with self._lock:
            self._positions[agent_id] = [dict(position) for position in positions]

    def add(self, agent_id: str, position: Frame) -> None:
        """Add a position."""
        with self._lock:
            self._positions.setdefault(agent_id, []).append(dict(position))

    def merge(self, agent_id: str, changed: Frame) -> None:
        """Lay ``changed`` over the position of the same ``id``, if there is one."""
        with self._lock:
            for position in self._positions.get(agent_id, []):
                if position["id"] == changed["id"]:
                    position.update(changed)

    def remove(self, agent_id: str, position_id: str) -> None:
        """Take a position away, if it is there."""
        with self._lock:
            kept = [one for one in self._positions.get(agent_id, []) if one["id"] != position_id]
            self._positions[agent_id] = kept

    def price(self, prices: Iterable[Price]) -> None:
        """Write the prices into every position of their tokens."""
        by_token = {token.lower(): (sol, usd) for token, sol, usd in prices}
        with self._lock:
            for position in (one for rows in self._positions.values() for one in rows):
                if price := by_token.get(position["tokenAddress"].lower()):
                    position["currentPrice"], position["currentPriceUsd"] = price
