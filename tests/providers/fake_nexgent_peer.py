"""The clients of a Nexgent server, and which of them is served for an agent."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from tests.harness.exact_json import dump
from tests.harness.guest import Guest
from tests.harness.ws_connection import Connection
from tests.providers import fake_nexgent_frames as frames
from tests.providers.fake_nexgent_frames import Frame


class Peer(Guest):
    """A client that was let in, with its agent."""

    def __init__(self, connection: Connection, agent_id: str) -> None:
        super().__init__(connection)
        self.agent_id = agent_id
        self.heard_at = time.monotonic()  # of its last pong or ping, at first of its coming
        self.pings = 0  # that it was sent

    @property
    def frames(self) -> list[Any]:
        """The JSON values that this client sent until now; what is no JSON is left out."""
        values = [parse(message) for message in self.connection.received]
        return [value for value in values if value is not None]

    def send(self, frame: Frame) -> bytes:
        """Send a frame; returns its bytes."""
        return self.send_raw(dump(frame))

    def ping(self) -> None:
        """Send a ping, and count it."""
        self.send(frames.ping())
        self.pings += 1

    def hear(self, message: str | bytes) -> None:
        """Answer a frame of the client. Types that are not known are not answered."""
        match parse(message):
            case None:  # JSON's null is as bad as no JSON
                self.send(frames.error("Invalid message format"))
            case {"type": "ping"}:
                self.heard_at = time.monotonic()
                self.send(frames.pong())
            case {"type": "pong"}:
                self.heard_at = time.monotonic()
            case {"type": "subscribe"}:
                self.send(frames.subscribed(self.agent_id))


class Peers:
    """Who is in, and who of them is served: for an agent the one that came last; thread safe.

    ``orphans_successors``: with a client that leaves, forget whoever is served for its agent, as
    older servers do.
    """

    def __init__(self, *, orphans_successors: bool) -> None:
        self.orphans_successors = orphans_successors
        self._lock = threading.Lock()
        self._inside: list[Peer] = []
        self._ever: list[Peer] = []
        self._served: dict[str, Peer] = {}

    @property
    def inside(self) -> list[Peer]:
        """The clients that are in, in order."""
        with self._lock:
            return list(self._inside)

    @property
    def ever(self) -> list[Peer]:
        """The clients that were let in until now, in order."""
        with self._lock:
            return list(self._ever)

    def served(self, agent_id: str | None = None) -> list[Peer]:
        """The clients that an agent's frames go to, or those of all agents."""
        with self._lock:
            return [peer for peer in self._served.values() if agent_id in {None, peer.agent_id}]

    def enter(self, peer: Peer) -> Peer | None:
        """Let a client in; returns the one whose place it takes."""
        with self._lock:
            self._inside.append(peer)
            self._ever.append(peer)
            previous = self._served.get(peer.agent_id)
            self._served[peer.agent_id] = peer
        return previous

    def leave(self, peer: Peer) -> None:
        """A client is gone."""
        with self._lock:
            self._inside.remove(peer)
            if self.orphans_successors or self._served.get(peer.agent_id) is peer:
                self._served.pop(peer.agent_id, None)


def parse(message: str | bytes) -> Any:
    """The JSON value of a message; None where it is none."""
    try:
        return json.loads(message)
    except ValueError:
        return None
