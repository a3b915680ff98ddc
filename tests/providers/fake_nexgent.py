"""Nexgent's server as its protocol sheet describes it, on loopback.

Written from the sheet, and where that is silent from the published server; never from a profile,
so that a profile's mistakes show. What neither says is marked "assumed".
"""

from __future__ import annotations

import math
import ssl
import time
from typing import Any

from tests.harness.exact_json import dump
from tests.harness.fake import Fake
from tests.harness.http_exchange import HttpAnswer, Request
from tests.harness.scripted_http import ScriptedHttp
from tests.harness.ws_connection import Connection
from tests.providers import fake_nexgent_frames as frames
from tests.providers import fake_nexgent_rest as rest
from tests.providers.fake_nexgent_accounts import Accounts
from tests.providers.fake_nexgent_book import Book
from tests.providers.fake_nexgent_door import RefusesBy, let_in
from tests.providers.fake_nexgent_frames import AGENT, Frame, Number, Price
from tests.providers.fake_nexgent_peer import Peer, Peers

EMAIL = "trader@example.com"
PASSWORD = "correct horse & battery"
FOREIGN_AGENT = "a7b0d1c2-0000-4000-8000-5e6f708192a3"  # another user's

REPLACED = (1000, "New connection established")
TIMED_OUT = (1000, "Connection timeout")
SHUT_DOWN = (1000, "Server shutdown")


class FakeNexgent(Fake[Peer]):
    """Starts at once; ``close`` or a ``with`` block ends it. AGENT belongs to the account of EMAIL
    and PASSWORD, FOREIGN_AGENT to another.

    ``ping_interval``: seconds of the timer that all connections share. ``pong_timeout``: seconds
    without a pong after which the timer's next turn closes. ``token_lifetime``: seconds that an
    access token is good for. ``orphans_successors``: forget the connection that replaced another
    as soon as that other is gone, as older servers do: it stays open and silent.

    May be changed at any time: ``refuses_by``: whether a missing or bad token is answered by HTTP
    401 (``status``) or by an error and close 1008 (``close``); ``greets``: whether ``connected``
    and ``initial_data`` are sent; ``handshake_delay`` and ``http_delay``: seconds before an answer.

    ``accounts`` opens accounts, gives out tokens and lets them expire. ``book`` has the positions
    for the next ``initial_data``: what the test put there, kept in step by ``create``, ``update``,
    ``close_position``, ``price`` and ``prices``.
    """

    def __init__(
        self,
        *,
        ping_interval: float = 30.0,
        pong_timeout: float = 60.0,
        token_lifetime: float = 900.0,
        refuses_by: RefusesBy = "status",
        orphans_successors: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self.refuses_by = refuses_by
        self.greets = True
        self.http_delay = 0.0
        self.accounts = Accounts(token_lifetime)
        self.accounts.add(EMAIL, PASSWORD, AGENT)
        self.accounts.add("somebody.else@example.com", "another", FOREIGN_AGENT)
        self.book = Book()
        self._ping_interval = ping_interval
        self._pong_timeout = pong_timeout
        self._started = time.monotonic()
        self._peers = Peers(orphans_successors=orphans_successors)
        self._rest = ScriptedHttp()
        self.answer_http = self._rest.answer_next
        self._open(self._serve, http=self._answer, tls=tls)

    def close(self) -> None:
        """End all connections and threads; raises what went wrong in one of them."""
        self._rest.end()
        super().close()

    # ---- what the clients did ----

    @property
    def clients(self) -> list[Peer]:
        """Those that are in, in order. One that leaves counts until it is gone."""
        return self._peers.inside

    @property
    def peers(self) -> list[Peer]:
        """The same; a test may send to each, drop it, cut it."""
        return self.clients

    @property
    def admitted(self) -> list[Peer]:
        """The clients that were let in until now, in order, those that left as well."""
        return self._peers.ever

    @property
    def pongs(self) -> list[dict[str, Any]]:
        """The pongs that clients sent, one connection after the other."""
        sent = [frame for peer in self._peers.ever for frame in peer.frames]
        return [frame for frame in sent if isinstance(frame, dict) and frame.get("type") == "pong"]

    @property
    def pings(self) -> int:
        """How many pings were sent, over all connections."""
        return sum(peer.pings for peer in self._peers.ever)

    # ---- what happens to the agents ----

    def create(self, position: Frame, agent_id: str = AGENT) -> bytes:
        """Open a position; returns the frame's bytes, as everything does that sends."""
        self.book.add(agent_id, position)
        return self.push(frames.position_event("position_created", position), agent_id)

    def update(self, changed: Frame, agent_id: str = AGENT) -> bytes:
        """Change the position of this ``id``; the frame says no more than ``changed`` does."""
        self.book.merge(agent_id, changed)
        return self.push(frames.position_event("position_updated", changed), agent_id)

    def close_position(self, position_id: str, agent_id: str = AGENT) -> bytes:
        """Close a position."""
        self.book.remove(agent_id, position_id)
        return self.push(frames.position_event("position_closed", position_id), agent_id)

    def price(self, token: str, sol: Number, usd: Number) -> bytes:
        """Tell a token's price to every agent, by the legacy frame."""
        self.book.price([(token, sol, usd)])
        return self.push(frames.price_update((token, sol, usd)))

    def prices(self, *prices: Price) -> bytes:
        """Tell prices to every agent in one frame, whether it has such positions or not
        (assumed).
        """
        self.book.price(prices)
        return self.push(frames.price_update_batch(prices))

    # ---- what the clients get ----

    def push(self, frame: Frame, agent_id: str | None = None) -> bytes:
        """Send a frame to the client of an agent, or to every agent's."""
        return self.push_raw(dump(frame), agent_id)

    def push_raw(
        self, text: str | bytes, agent_id: str | None = None, *, only: Peer | None = None
    ) -> bytes:
        """Send a text frame as it is, to one client, to an agent's, or to every agent's."""
        data = text.encode() if isinstance(text, str) else text
        for peer in [only] if only else self._peers.served(agent_id):
            peer.send_raw(data)
        return data

    def push_bytes(
        self, data: bytes, agent_id: str | None = None, *, only: Peer | None = None
    ) -> bytes:
        """Send a binary frame."""
        for peer in [only] if only else self._peers.served(agent_id):
            peer.send_bytes(data)
        return data

    # ---- one connection ----

    def _serve(self, connection: Connection) -> None:
        if agent_id := let_in(connection, self.accounts, self.refuses_by):
            peer = Peer(connection, agent_id)
            try:
                self._greet(peer)
                self._converse(peer)
            finally:
                self._peers.leave(peer)

    def _greet(self, peer: Peer) -> None:
        with peer.speaking:
            if previous := self._peers.enter(peer):
                previous.drop(*REPLACED)
            if self.greets:
                peer.send(frames.connected(peer.agent_id))
                peer.send(frames.initial_data(self.book.of(peer.agent_id)))

    def _converse(self, peer: Peer) -> None:
        turns = math.ceil((time.monotonic() - self._started) / self._ping_interval)
        turn = self._started + turns * self._ping_interval  # of the timer that all share
        while True:
            message = peer.connection.receive(max(0, turn - time.monotonic()))
            if message is not None:
                peer.hear(message)
            if time.monotonic() >= turn:
                turn += self._ping_interval
                self._look_after(peer)

    def _look_after(self, peer: Peer) -> None:
        """The timer's turn. It does not know an orphan; a silenced one gets nothing."""
        if peer not in self._peers.served(peer.agent_id) or peer.connection.is_muted:
            return
        if time.monotonic() - peer.heard_at > self._pong_timeout:
            peer.drop(*TIMED_OUT)
        else:
            peer.ping()

    # ---- REST ----

    def _answer(self, request: Request) -> HttpAnswer:
        return self._rest.turn(self.http_delay) or rest.answer(request, self.accounts)
