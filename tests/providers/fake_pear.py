"""Pear Exchange's server as its protocol sheet describes it, on loopback.

Written from the sheet alone and never from a profile, so that a profile's mistakes show. What the
sheet leaves open is marked "assumed".
"""

from __future__ import annotations

import ssl
import time
from typing import Any

from tests.harness.exact_json import dump, parse_text
from tests.harness.fake import Fake
from tests.harness.waiting import eventually
from tests.harness.ws_connection import Connection
from tests.providers import fake_pear_frames as frames
from tests.providers.fake_pear_peer import Peer, wanted
from tests.providers.fake_pear_topics import rejection

TOKEN = "privy-token-1"
USER = "did:privy:abc123"

OVERLOADED = 1013  # RFC 6455's registry: try again later


class FakePear(Fake[Peer]):
    """Starts at once; ``close`` or a ``with`` block ends it.

    ``per_user`` and ``anonymous``: the caps of open connections, may be changed at any time.
    ``portfolio_interval``: seconds between two portfolios.

    The test may set, at any time: ``users``, the user's id by token, at first TOKEN's is USER;
    ``portfolios`` by user's id and ``game_states`` by event's id, the data that is sent unasked;
    ``rejections``, reasons by topic, beside the rules; ``greets``: whether the welcome is sent;
    ``heeds_actions``: whether subscribing and unsubscribing has any effect, the answer included;
    ``answers_pings`` of connections to come; ``handshake_delay`` and ``answer_delay``: seconds
    before an answer, in which the client is not heard.
    """

    def __init__(
        self,
        *,
        per_user: int = 5,
        anonymous: int = 100,
        portfolio_interval: float = 5.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self.per_user = per_user
        self.anonymous = anonymous
        self.users: dict[str, str] = {TOKEN: USER}
        self.portfolios: dict[str, Any] = {USER: frames.portfolio()}
        self.game_states: dict[str, Any] = {}
        self.rejections: dict[str, str] = {}
        self.greets = True
        self.heeds_actions = True
        self.answers_pings = True
        self.answer_delay = 0.0
        self._portfolio_interval = portfolio_interval
        self._inside: list[Peer] = []
        self._actions: list[tuple[str, list[str]]] = []
        self._open(self._let_in, tls=tls)

    # ---- what the clients did ----

    @property
    def clients(self) -> list[Peer]:
        """Those that are in, in order. One that leaves counts until its place is free."""
        with self._lock:
            return list(self._inside)

    @property
    def peers(self) -> list[Peer]:
        """The same; a test may send to each, drop it, cut it."""
        return self.clients

    @property
    def actions(self) -> list[tuple[str, list[str]]]:
        """Every action that was heeded and answered, in order: (action, topics)."""
        with self._lock:
            return list(self._actions)

    @property
    def protocol_pings(self) -> int:
        """How many pings of the protocol clients sent."""
        return sum(len(connection.pings) for connection in self.accepted)

    def wait_subscribed(self, topic: str, count: int = 1, timeout: float = 10) -> None:
        """Wait until so many clients are subscribed to a topic."""
        eventually(
            lambda: sum(topic in peer.topics for peer in self.clients) == count,
            timeout,
            what=f"{count} subscribers of {topic}; actions: {self.actions}",
        )

    # ---- what the clients get ----

    def push(self, topic: str, data: object) -> bytes:
        """Send data to the topic's subscribers; returns the frame's bytes."""
        frame = dump(frames.data_frame(topic, data))
        for peer in self.clients:
            peer.offer(topic, frame)
        return frame

    # ---- faults ----

    def ignore_pings(self) -> None:
        """Answer no more pings of the protocol on the connections that are open now."""
        for peer in self.clients:
            peer.ignore_pings()

    # ---- one connection ----

    def _let_in(self, connection: Connection) -> None:
        request = connection.request
        if request.path != "/ws":
            connection.reject(404, {"Content-Type": "text/plain"}, b"not found")  # assumed
            return
        connection.accept()
        peer = Peer(connection, self.users.get(request.query.get("token", "")))
        if not self.answers_pings:
            peer.ignore_pings()
        try:
            if self._greet(peer):
                self._converse(peer)
        finally:
            self._leave(peer)

    def _greet(self, peer: Peer) -> bool:
        """Give the client a place and welcome it. Whether there was one."""
        with peer.speaking:
            free = self._enter(peer)
            if not free:
                # assumed: no welcome before it, and the same reason for the anonymous
                peer.send(frames.connection_limit("per_user_connection_limit"))
                peer.drop(OVERLOADED)
            elif self.greets:
                peer.send(frames.welcome(peer.user_id))
        return free

    def _enter(self, peer: Peer) -> bool:
        with self._lock:
            taken = sum(one.user_id == peer.user_id for one in self._inside)
            free = taken < (self.anonymous if peer.user_id is None else self.per_user)
            if free:
                self._inside.append(peer)
        return free

    def _leave(self, peer: Peer) -> None:
        with self._lock:
            if peer in self._inside:
                self._inside.remove(peer)

    def _converse(self, peer: Peer) -> None:
        due = time.monotonic() + self._portfolio_interval
        while True:
            message = peer.connection.receive(max(0, due - time.monotonic()))
            if message is not None:
                self._heed(peer, message)
            if time.monotonic() >= due:
                due += self._portfolio_interval
                self._report(peer)

    def _report(self, peer: Peer) -> None:
        """The owner's portfolio, if there is one and they are subscribed to it."""
        if peer.user_id in self.portfolios:
            topic = f"portfolio:{peer.user_id}"
            data = self.portfolios[peer.user_id]
            peer.offer(topic, dump(frames.data_frame(topic, data)))

    def _heed(self, peer: Peer, message: str | bytes) -> None:
        """Do what a frame wants. Malformed ones and unknown actions get no answer at all."""
        request = wanted(parse_text(message))
        if request is None or not self.heeds_actions:
            return
        peer.connection.hold(self.answer_delay)
        match request:
            case "subscribe", topics:
                self._subscribe(peer, topics)
            case _, topics:
                with peer.speaking:
                    peer.unsubscribe(topics)
                    peer.send(frames.unsubscribed(peer.topics))
        with self._lock:
            self._actions.append(request)

    def _subscribe(self, peer: Peer, topics: list[str]) -> None:
        reasons = {topic: self._rejection(topic, peer.user_id) for topic in topics}
        accepted = [topic for topic, reason in reasons.items() if reason is None]
        rejected = {topic: reason for topic, reason in reasons.items() if reason is not None}
        with peer.speaking:
            peer.subscribe(accepted)
            peer.send(frames.subscribed(accepted, rejected))
            for topic in accepted:
                kind, _, event_id = topic.partition(":")
                if kind == "game_state":
                    state = self.game_states.get(event_id) or frames.game_state(event_id)
                    peer.send(frames.data_frame(topic, state))

    def _rejection(self, topic: str, user_id: str | None) -> str | None:
        return self.rejections.get(topic) or rejection(topic, user_id)
