"""What Shuriken's REST addresses have in common: checks, refusals, and what a test may order."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qsl

from tests.harness.exact_json import dump
from tests.harness.http_exchange import HttpAnswer, Request
from tests.harness.scripted_http import ScriptedHttp

JSON = {"Content-Type": "application/json"}


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """The request is answered by this HTTP status, with a code and a message in the body."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Endpoint(ScriptedHttp):
    """One address. ``answer`` gives the value of a good answer, or raises Refused.

    ``delay``, in seconds before each answer, may be changed at any time.
    """

    def __init__(self, method: str, answer: Callable[[Request], object]) -> None:
        super().__init__()
        self.delay = 0.0
        self._method = method
        self._answer = answer
        self._lock = threading.Lock()
        self._requests: list[Request] = []

    @property
    def requests(self) -> list[Request]:
        """All that came here until now, refused ones as well."""
        with self._lock:
            return list(self._requests)

    def fail_next(
        self, status: int, code: str, *, retry_after: str | None = None, times: int = 1
    ) -> None:
        """Refuse the next ``times`` requests with the documented body."""
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        status, json_type, body = refusal(Refused(status, code, "as the test says"), "req_scripted")
        self.answer_next(status, {**json_type, **headers}, body, times=times)

    def __call__(self, request: Request) -> HttpAnswer:
        """The answer to a request for this address."""
        with self._lock:
            self._requests.append(request)
            number = len(self._requests)
        return self.turn(self.delay) or self._unscripted(request, f"req_{number}")

    def _unscripted(self, request: Request, request_id: str) -> HttpAnswer:
        try:
            return 200, JSON, dump(self._value(request))
        except Refused as refused:
            return refusal(refused, request_id)

    def _value(self, request: Request) -> object:
        if request.method != self._method:
            raise Refused(405, "METHOD_NOT_ALLOWED", f"only {self._method}")
        return self._answer(request)


def refusal(refused: Refused, request_id: str) -> HttpAnswer:
    """The answer to a refused request, with the documented body; codes and words are assumed."""
    body = {
        "error": {"code": refused.code, "message": refused.message},
        "requestId": request_id,
    }
    return refused.status, JSON, dump(body)


def check_bearer(request: Request, keys: Collection[str], forbidden: Collection[str]) -> None:
    """Raises Refused unless the Authorization header bears one of ``keys``."""
    scheme, _, key = (request.headers.get("Authorization") or "").partition(" ")
    if scheme != "Bearer" or key not in {*keys, *forbidden}:
        raise Refused(401, "UNAUTHORIZED", "missing or unknown agent key")
    if key in forbidden:
        raise Refused(403, "FORBIDDEN", "this agent key may not do that")


def json_body(request: Request) -> Any:
    """The body. Raises Refused unless it says that it is JSON, and is."""
    check_content_type(request, "application/json")
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise Refused(400, "BAD_REQUEST", f"no JSON: {error}") from error


def form_body(request: Request, names: set[str]) -> dict[str, str]:
    """The fields of a form. Raises Refused unless it is one and has each of ``names`` once, and
    no other.
    """
    check_content_type(request, "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(request.body.decode("ascii"), strict_parsing=True, errors="strict")
    except ValueError as error:
        raise Refused(400, "BAD_REQUEST", f"no form: {error}") from error
    if sorted(name for name, _ in pairs) != sorted(names):
        raise Refused(400, "BAD_REQUEST", f"exactly these fields: {', '.join(sorted(names))}")
    return dict(pairs)


def check_content_type(request: Request, wanted: str) -> None:
    """Raises Refused unless the body is of this type; parameters such as charset may follow."""
    if request.headers.get_content_type() != wanted:
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", f"only {wanted}")
