"""What comes before a connection: the user's secrets are read, and the profile's requests made."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import suppress
from typing import Any

from wscli.errors import TemplateError
from wscli.session.desk import Desk
from wscli.session.http_steps import ask_http
from wscli.session.waits import Ask, NeedSecrets


class Opening:
    """One walk before each attempt; answers that the profile lets us keep are asked for once.
    ``requests``: how many of the profile's requests are made, all of them for None.
    """

    def __init__(self, desk: Desk, *, secrets: bool, requests: int | None = None) -> None:
        self._desk = desk
        self._secrets = secrets
        self._requests = requests
        self._cached: dict[int, Mapping[str, Any]] = {}

    @property
    def knows_secrets(self) -> bool:
        """Whether the user's secrets have been read, if there are any."""
        return self._desk.values.has_secrets or not self._secrets

    def forget(self) -> None:
        """Ask for everything again: an attempt failed, or what we have is refused."""
        self._cached.clear()

    def walk(self) -> Generator[NeedSecrets | Ask, Any, None]:
        """Go through it. Raises NoUse, TemplateError and SecretStays."""
        desk = self._desk
        if self._secrets:
            desk.values.take_secrets((yield NeedSecrets()))
        for index, step in enumerate(desk.profile.bootstrap):
            if index == 0:
                with suppress(TemplateError):  # told where the request is made
                    desk.asker.lead(step.request, desk.scope())
            if index == self._requests:
                break
            captured = self._cached.get(index)
            if captured is None:
                captured = yield from ask_http(desk, step)
            if captured is None:
                continue  # not wanted this time
            if step.cache:
                self._cached[index] = captured
            for name, value in captured.items():
                desk.values.capture(name, value)
