"""The REST side of NexusGlass: the events that were missed, or whatever the test says instead.

What the protocol sheet leaves open is "assumed".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from tests.harness.exact_json import dump
from tests.harness.http_exchange import HttpAnswer, Request
from tests.harness.scripted_http import ScriptedHttp
from tests.providers.fake_nexusglass_events import Event, EventLog, Filters

PATH = "/api/v1/fastfeed/events"
JSON = {"Content-Type": "application/json"}
BELOW_PULSE = frozenset({"FREE"})  # the name is assumed

Envelope: TypeAlias = Literal["list", "events", "data", "items"]


class EventsEndpoint(ScriptedHttp):
    """``GET /api/v1/fastfeed/events?since_id=``. Its attributes may be changed at any time.

    A page holds the oldest ``page_size`` events whose id is above ``since_id`` (assumed), in
    ascending order or, if ``descending``, the other way round; bare, or in an object under the
    name ``envelope``. ``inclusive``: the event ``since_id`` itself comes as well. ``deaf``: the
    page is that of ``since_id=0`` whatever was asked. ``filters``: ``symbols`` and ``events`` in
    the query are applied as in the socket's URL; as they are not documented here, they are
    ignored by default. ``needs_key``: whether ``X-API-Key`` is looked at. ``delay``: seconds
    before each answer.
    """

    def __init__(self, log: EventLog, keys: Mapping[str, str]) -> None:
        super().__init__()
        self.page_size = 100
        self.descending = False
        self.envelope: Envelope = "events"
        self.inclusive = False
        self.deaf = False
        self.filters = False
        self.needs_key = True
        self.delay = 0.0
        self._log = log
        self._keys = keys

    def fail_next(
        self, status: int, code: str, *, retry_after: int | None = None, times: int = 1
    ) -> None:
        """Refuse the next ``times`` requests as documented; ``retry_after`` (seconds) goes into
        the body and into the header Retry-After.
        """
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        status, json, body = refusal(status, code, "as the test says", retry_after=retry_after)
        self.answer_next(status, {**json, **headers}, body, times=times)

    def answer(self, request: Request) -> HttpAnswer:
        """The answer to any request that is no opening handshake."""
        return self.turn(self.delay) or self._unscripted(request)

    def _unscripted(self, request: Request) -> HttpAnswer:
        if request.path != PATH:
            return refusal(404, "NOT_FOUND", f"nothing at {request.path}")
        if request.method != "GET":
            return refusal(405, "METHOD_NOT_ALLOWED", "only GET")
        return self._key_refusal(request) or self._page(request.query)

    def _key_refusal(self, request: Request) -> HttpAnswer | None:
        if not self.needs_key:
            return None
        tier = self._keys.get(request.headers.get("X-API-Key") or "")
        if tier is None:
            return refusal(401, "AUTH_FAILED", "missing or unknown X-API-Key")
        if tier in BELOW_PULSE:
            return refusal(403, "AUTH_FAILED", "tier PULSE or higher is needed")
        return None

    def _page(self, query: Mapping[str, str]) -> HttpAnswer:
        try:
            since = int(query["since_id"])
        except (KeyError, ValueError):  # that it is required is assumed
            return refusal(400, "BAD_REQUEST", "since_id must be an integer")
        since = 0 if self.deaf else since - self.inclusive
        wanted = Filters.of(query if self.filters else {})
        later = [one for one in self._log.events if one["id"] > since and wanted.let_through(one)]
        page = later[: self.page_size]
        if self.descending:
            page.reverse()
        return 200, JSON, dump(enveloped(page, self.envelope))


def enveloped(events: list[Event], envelope: Envelope) -> object:
    """The list itself, or an object that holds it."""
    return events if envelope == "list" else {envelope: events}


def refusal(status: int, code: str, message: str, *, retry_after: int | None = None) -> HttpAnswer:
    """An error with the documented body; the words in it are assumed."""
    body: dict[str, Any] = {"error": f"HTTP {status}", "code": code, "message": message}
    if retry_after is not None:
        body["retry_after"] = retry_after
    return status, JSON, dump(body)
