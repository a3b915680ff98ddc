"""The socket of Shuriken: Pusher protocol 7 from the server's side, one object a connection.

The close codes and errors that the protocol sheet does not name are those of Pusher's own
documentation.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.harness.exact_json import parse_text
from tests.harness.guest import Guest
from tests.harness.ws_connection import Connection
from tests.providers.fake_shuriken_frames import Refusal, error, frame, sign
from tests.providers.fake_shuriken_streams import Subscription

APP_KEY = "278d425bdf160c739803"  # key and secret of the protocol sheet's check value
APP_SECRET = "7ad3773142a6692b25b8"
FIRST_SOCKET = 1234  # the first socket_id is 1234.1234, as in the check value


class PusherApp:
    """What holds for every socket.

    Attributes that may be changed at any time: ``key`` and ``secret``; ``activity_timeout``
    (seconds), which new sockets are told; ``established_delay``, seconds before they are told;
    ``answers_pings``; ``refusal``, how a subscription without a good signature is refused;
    ``rejected``, channels that are refused whatever comes, by name; ``ignored``, channels whose
    subscription gets no answer. ``ping_after`` seconds without a message the server pings, and
    ``pong_within`` seconds later it closes (assumed).
    """

    def __init__(self, *, activity_timeout: float, ping_after: float, pong_within: float) -> None:
        self.key = APP_KEY
        self.secret = APP_SECRET
        self.activity_timeout = activity_timeout
        self.ping_after = ping_after
        self.pong_within = pong_within
        self.established_delay = 0.0
        self.answers_pings = True
        self.refusal = Refusal()
        self.rejected: dict[str, Refusal] = {}
        self.ignored: set[str] = set()
        self._lock = threading.Lock()
        self._granted: dict[str, Subscription] = {}
        self._sockets: set[str] = set()
        self._numbers = itertools.count(FIRST_SOCKET)

    def grant(self, subscriptions: Iterable[Subscription]) -> None:
        """Let sockets subscribe to these channels from now on."""
        with self._lock:
            self._granted.update({one.channel: one for one in subscriptions})

    def granted(self, channel: str) -> Subscription | None:
        """What a session has given the channel for."""
        with self._lock:
            return self._granted.get(channel)

    @contextmanager
    def socket(self) -> Iterator[str]:
        """A new socket_id, known as long as the block lasts."""
        with self._lock:
            socket_id = f"1234.{next(self._numbers)}"
            self._sockets.add(socket_id)
        try:
            yield socket_id
        finally:
            with self._lock:
                self._sockets.remove(socket_id)

    def is_connected(self, socket_id: str) -> bool:
        """Whether a socket of that id is connected."""
        with self._lock:
            return socket_id in self._sockets

    def auth(self, socket_id: str, channel: str, channel_data: str | None = None) -> str:
        """What the socket must present for the channel."""
        return f"{self.key}:{sign(self.secret, socket_id, channel, channel_data)}"

    def refusal_of(self, socket_id: str, channel: str, data: Mapping[str, Any]) -> Refusal | None:
        """Why the subscription is refused, None if it is good."""
        if channel in self.rejected:
            return self.rejected[channel]
        subscription = self.granted(channel)
        if not subscription:
            return replace(self.refusal, message=f"No session holds {channel}")
        if not subscription.needs_auth:
            return None
        member = data.get("channel_data")
        if member is not None and not isinstance(member, str):
            return replace(self.refusal, message="channel_data must be a string")
        if subscription.has_members and member is None:
            return replace(self.refusal, message="A presence channel needs channel_data")
        if data.get("auth") != self.auth(socket_id, channel, member):
            return replace(self.refusal, message="Invalid signature")
        return None


class Client(Guest):
    """One connection, from ``pusher:connection_established`` on. Any thread may send; the handler's
    thread calls ``converse``.

    ``early`` is what the client sent before it was told that the connection is established.
    """

    def __init__(self, connection: Connection, socket_id: str, app: PusherApp) -> None:
        super().__init__(connection)
        self.socket_id = socket_id
        self.early: list[str | bytes] = []
        self._app = app
        self._established = False
        self._channels: list[str] = []

    @property
    def is_open(self) -> bool:
        """Whether it was told that the connection is established, and nobody has ended it."""
        with self.speaking:  # who has read that it is established finds it so
            return self._established and self.connection.is_open

    @property
    def channels(self) -> list[str]:
        """The channels it has subscribed to, in that order."""
        with self.speaking:
            return list(self._channels)

    def said(self, event: str) -> list[dict[str, Any]]:
        """The frames of this event that the client has sent until now."""
        frames = [parse_text(message) for message in self.connection.received]
        return [one for one in frames if isinstance(one, dict) and one.get("event") == event]

    def send(self, text: str | bytes, *, channel: str | None = None) -> None:
        """Send a frame, if the client is still there and, where a channel is given, has subscribed
        to it.
        """
        with self.speaking:
            if channel is None or channel in self._channels:
                self.send_raw(text)

    def converse(self) -> None:
        """Lead the conversation until the client leaves, which raises Gone, or gives no pong."""
        self._establish()
        pinged = False
        while True:
            message = self.connection.receive(
                self._app.pong_within if pinged else self._app.ping_after
            )
            if message is not None:
                pinged = False
                self._handle(message)
            elif self.connection.is_muted:
                pass  # who is silent on purpose does not close either
            elif pinged:
                self.connection.close(4201, "Pong reply not received in time")
                return
            else:
                pinged = True
                self.send(ping())

    def _establish(self) -> None:
        deadline = time.monotonic() + self._app.established_delay
        while (remaining := deadline - time.monotonic()) > 0:
            if (message := self.connection.receive(remaining)) is not None:
                self.early.append(message)
        data = {"socket_id": self.socket_id, "activity_timeout": self._app.activity_timeout}
        with self.speaking:
            self.connection.send_text(frame("pusher:connection_established", data))
            self._established = True

    def _handle(self, message: str | bytes) -> None:
        match parse_text(message):
            case {"event": "pusher:ping"}:
                if self._app.answers_pings:
                    self.send(pong())
            case {"event": "pusher:pong"}:
                pass
            case {"event": "pusher:subscribe", "data": {"channel": str(channel)} as data}:
                if channel not in self._app.ignored:
                    self._subscribe(channel, data)
            case {"event": "pusher:unsubscribe", "data": {"channel": str(channel)}}:
                with self.speaking, contextlib.suppress(ValueError):
                    self._channels.remove(channel)
            case _:
                self.send(error("Unknown event, or malformed frame"))

    def _subscribe(self, channel: str, data: Mapping[str, Any]) -> None:
        refusal = self._app.refusal_of(self.socket_id, channel, data)
        with self.speaking:
            if channel in self._channels:
                text = error(f"Existing subscription to channel {channel}")
            elif refusal:
                text = refusal.frame(channel)
            else:
                self._channels.append(channel)
                text = succeeded(channel, data)
            self.connection.send_text(text)


def succeeded(channel: str, data: Mapping[str, Any]) -> str:
    """The acknowledgement. That of a presence channel tells the members: one alone (assumed)."""
    told: dict[str, Any] = {}
    if isinstance(data.get("channel_data"), str):
        member = json.loads(data["channel_data"])
        user = member["user_id"]
        told = {"presence": {"count": 1, "ids": [user], "hash": {user: member.get("user_info")}}}
    return frame("pusher_internal:subscription_succeeded", told, channel=channel)


def ping() -> str:
    """The server's ping."""
    return frame("pusher:ping", {}, form="object")


def pong() -> str:
    """The answer to a client's ping."""
    return frame("pusher:pong", {}, form="object")
