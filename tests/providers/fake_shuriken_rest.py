"""The REST side of Shuriken: sessions, the authorisation of channels, the catalog of streams.

What the protocol sheet leaves open is "assumed".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from tests.harness.http_exchange import HttpAnswer, Request
from tests.providers.fake_shuriken_frames import MEMBER
from tests.providers.fake_shuriken_http import (
    Endpoint,
    Refused,
    check_bearer,
    form_body,
    json_body,
    refusal,
)
from tests.providers.fake_shuriken_socket import PusherApp
from tests.providers.fake_shuriken_streams import STREAMS, Stream, Subscription

SESSION = "/api/v2/ws/session"
CATALOG = "/api/v2/ws/streams"
AUTH = "/api/v2/ws/auth"  # assumed; clients are told
KEY = "sk_0123456789abcdef"


class Rest:
    """``session``, ``auth`` and ``catalog`` are the three addresses, each with its own switches.

    Attributes that may be changed at any time: ``keys``, the agent keys that are known (any other
    gets 401); ``forbidden``, keys that get 403; ``wrapped``, whether a session's answer comes
    inside ``data``; ``backoff_ms``, the waits that it recommends; ``streams`` by id;
    ``member``, the ``channel_data`` that presence channels get, word for word;
    ``catalog_needs_key`` (that it does is assumed).
    """

    def __init__(self, pusher: PusherApp, connection: Callable[[], Mapping[str, Any]]) -> None:
        self.keys = {KEY}
        self.forbidden: set[str] = set()
        self.wrapped = True
        self.backoff_ms = [1000, 2000, 4000]
        self.streams: dict[str, Stream] = {stream.id: stream for stream in STREAMS}
        self.member = MEMBER
        self.catalog_needs_key = True
        self.session = Endpoint("POST", self._open_session)
        self.auth = Endpoint("POST", self._authorise)
        self.catalog = Endpoint("GET", self._list)
        self._pusher = pusher
        self._connection = connection
        self._lock = threading.Lock()
        self._sessions: list[list[Subscription]] = []
        self._authorised: list[tuple[str, str]] = []

    @property
    def sessions(self) -> list[list[Subscription]]:
        """What each session that was granted holds."""
        with self._lock:
            return list(self._sessions)

    @property
    def authorised(self) -> list[tuple[str, str]]:
        """Every signature that was given: (socket_id, channel)."""
        with self._lock:
            return list(self._authorised)

    def answer(self, request: Request) -> HttpAnswer:
        """The answer to any request that is no opening handshake."""
        endpoints = {SESSION: self.session, AUTH: self.auth, CATALOG: self.catalog}
        if endpoint := endpoints.get(request.path):
            return endpoint(request)
        return refusal(Refused(404, "NOT_FOUND", f"nothing at {request.path}"), "req_0")

    def end(self) -> None:
        """Let go of all that waits, at the end of the fake."""
        for endpoint in (self.session, self.auth, self.catalog):
            endpoint.end()

    def _open_session(self, request: Request) -> object:
        check_bearer(request, self.keys, self.forbidden)
        match json_body(request):
            case {"subscriptions": [_, *_] as wanted, **rest} if not rest:
                granted = [self._subscription(one) for one in wanted]
            case _:
                raise Refused(400, "BAD_REQUEST", "wanted: subscriptions, and nothing else")
        self._pusher.grant(granted)
        with self._lock:
            self._sessions.append(granted)
        session = {
            "connection": self._connection(),
            "session": {"recommendedReconnectBackoffMs": self.backoff_ms},
            "subscriptions": [subscription.in_session() for subscription in granted],
        }
        return {"data": session} if self.wrapped else session

    def _subscription(self, wanted: object) -> Subscription:
        """What is asked for. Raises Refused where it is not in the documented form; that an
        unknown stream and a filter that does not fit it refuse the whole session is assumed.
        """
        match wanted:
            case {"stream": str(name), "filter": {**values}, **rest} if not rest:
                pass
            case _:
                raise Refused(400, "BAD_REQUEST", "wanted: stream and filter")
        if not (stream := self.streams.get(name)):
            raise Refused(400, "UNKNOWN_STREAM", f"no stream {name}")
        texts = {str(key): value for key, value in values.items() if isinstance(value, str)}
        if len(texts) < len(values):
            raise Refused(400, "BAD_FILTER", "a filter's values are strings")
        if not set(stream.required) <= texts.keys() <= set(stream.filters):
            raise Refused(400, "BAD_FILTER", f"{name} takes {', '.join(stream.filters) or '{}'}")
        return Subscription(stream, texts)

    def _authorise(self, request: Request) -> object:
        check_bearer(request, self.keys, self.forbidden)
        fields = form_body(request, {"socket_id", "channel_name"})
        socket_id, channel = fields["socket_id"], fields["channel_name"]
        if not self._pusher.is_connected(socket_id):
            raise Refused(403, "FORBIDDEN", f"no socket {socket_id}")
        if not (subscription := self._pusher.granted(channel)):
            raise Refused(403, "FORBIDDEN", f"no session holds {channel}")
        with self._lock:
            self._authorised.append((socket_id, channel))
        if not subscription.has_members:
            return {"auth": self._pusher.auth(socket_id, channel)}
        return {
            "auth": self._pusher.auth(socket_id, channel, self.member),
            "channel_data": self.member,
        }

    def _list(self, request: Request) -> object:
        if self.catalog_needs_key:
            check_bearer(request, self.keys, self.forbidden)
        return {"streams": [stream.in_catalog() for stream in self.streams.values()]}
