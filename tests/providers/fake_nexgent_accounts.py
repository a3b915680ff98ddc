"""The users of a Nexgent server, their agents and their tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class User:
    """A user and the agents that are theirs."""

    id: str
    email: str
    password: str
    agents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Login:
    """What logging in gives."""

    access_token: str
    refresh_token: str
    user: User


class Accounts:
    """Gives out tokens and knows them again; thread safe.

    ``lifetime``: seconds that an access token is good for, may be changed at any time. Refresh
    tokens are good until they are revoked, and may be used again and again.
    """

    def __init__(self, lifetime: float) -> None:
        self.lifetime = lifetime
        self._lock = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._users: dict[str, User] = {}  # by email
        self._access: dict[str, tuple[User, float]] = {}  # until when, by time.monotonic()
        self._refresh: dict[str, User] = {}

    def add(self, email: str, password: str, *agents: str) -> User:
        """Open an account; one of the same address is replaced."""
        user = User(str(uuid4()), email.lower(), password, frozenset(agents))
        with self._lock:
            self._users[user.email] = user
        return user

    def log_in(self, email: str, password: str) -> Login | None:
        """New tokens; None when there is no such account or its password is another."""
        with self._lock:
            user = self._users.get(email.lower())
        if user is None or user.password != password:
            return None
        refresh_token = self._signed({"userId": user.id, "type": "refresh"})
        with self._lock:
            self._refresh[refresh_token] = user
        return Login(self._grant(user), refresh_token, user)

    def refresh(self, refresh_token: str) -> str | None:
        """A new access token; None when the refresh token is not known or revoked."""
        with self._lock:
            user = self._refresh.get(refresh_token)
        return None if user is None else self._grant(user)

    def access_token(self, email: str) -> str:
        """An access token without logging in, as a person would paste it."""
        return self._grant(self._users[email.lower()])

    def user_of(self, access_token: str) -> User | None:
        """Whose token it is; None when it is not known or has expired."""
        with self._lock:
            user, until = self._access.get(access_token, (None, 0.0))
        return user if time.monotonic() < until else None

    def expire_access_tokens(self) -> None:
        """Let every access token that was given out until now have expired."""
        with self._lock:
            self._access.clear()

    def revoke_refresh_tokens(self) -> None:
        """Let every refresh token that was given out until now be revoked."""
        with self._lock:
            self._refresh.clear()

    def _grant(self, user: User) -> str:
        claims = {"userId": user.id, "email": user.email, "type": "access"}
        token = self._signed({**claims, "exp": int(time.time() + self.lifetime)})
        with self._lock:
            self._access[token] = (user, time.monotonic() + self.lifetime)
        return token

    def _signed(self, claims: Mapping[str, object]) -> str:
        """A JSON Web Token (RFC 7519), HS256; its ``jti`` makes each another."""
        header = _part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        stamped = {**claims, "iat": int(time.time()), "jti": str(uuid4())}
        signed = f"{header}.{_part(json.dumps(stamped).encode())}"
        return f"{signed}.{_part(hmac.digest(self._key, signed.encode(), hashlib.sha256))}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
