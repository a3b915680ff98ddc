"""The REST side of Nexgent: logging in and refreshing. Statuses and errors are those of the
published server.
"""

from __future__ import annotations

import json
from typing import Any

from tests.harness.http_exchange import HttpAnswer, Request
from tests.providers.fake_nexgent_accounts import Accounts

JSON = {"Content-Type": "application/json; charset=utf-8"}


def answer(request: Request, accounts: Accounts) -> HttpAnswer:
    """The answer to a request."""
    match request.method, request.path:
        case "POST", "/api/v1/auth/login":
            return log_in(body_of(request), accounts)
        case "POST", "/api/v1/auth/refresh":
            return refresh(body_of(request), accounts)
        case _:
            return refuse(404, "Not found")


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of the body; an empty one where there is none, or another content type."""
    if request.headers.get_content_type() != "application/json":
        return {}
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def log_in(body: dict[str, Any], accounts: Accounts) -> HttpAnswer:
    """``{email, password}`` gives ``{accessToken, refreshToken, user}``."""
    match body:
        case {"email": str(email), "password": str(password)} if email and password:
            login = accounts.log_in(email, password)
        case _:
            return refuse(400, "Email and password are required")
    if login is None:
        return refuse(401, "Invalid email or password")
    return give(
        {
            "accessToken": login.access_token,
            "refreshToken": login.refresh_token,
            "user": {"id": login.user.id, "email": login.user.email},
        }
    )


def refresh(body: dict[str, Any], accounts: Accounts) -> HttpAnswer:
    """``{refreshToken}`` gives ``{accessToken}``."""
    match body:
        case {"refreshToken": str(token)} if token:
            access_token = accounts.refresh(token)
        case _:
            return refuse(400, "Refresh token is required")
    if access_token is None:
        return refuse(401, "Invalid or expired refresh token")
    return give({"accessToken": access_token})


def give(value: object) -> HttpAnswer:
    """A good answer."""
    return 200, JSON, json.dumps(value).encode()


def refuse(status: int, why: str) -> HttpAnswer:
    """An error."""
    return status, JSON, json.dumps({"error": why}).encode()
