"""What may take its time, done on a thread of its own: HTTP requests, and reading secrets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Protocol, TypeAlias

from wscli.errors import UsageError
from wscli.model.secret import Secret
from wscli.model.wire import HttpAnswer, HttpRequest
from wscli.session import events
from wscli.transport.failures import Cancelled, Failed

_Job: TypeAlias = Callable[[], events.Event]


class Fetch(Protocol):
    """Makes a request; raises Failed, and Cancelled once ``cancel`` was called."""

    def __call__(self, request: HttpRequest) -> HttpAnswer:
        """Give the answer."""

    def cancel(self) -> None:
        """End the request that is under way; from any thread."""


ReadSecrets: TypeAlias = Callable[[], Mapping[str, Secret]]
"""Reads the user's secrets; raises UsageError."""


class Errands:
    """Runs one errand after the other and reports how each went. The thread begins with the first
    one. ``report`` is called on it; what it gets may also be an exception, which is a bug.
    """

    def __init__(
        self,
        fetch: Fetch,
        read_secrets: ReadSecrets,
        report: Callable[[events.Event | BaseException], None],
    ) -> None:
        self._fetch = fetch
        self._read_secrets = read_secrets
        self._report = report
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, token: int, request: HttpRequest) -> None:
        """Make a request; reported as HttpAnswered."""
        self._begin(lambda: self._asked(token, request))

    def read_secrets(self) -> None:
        """Read the secrets; reported as SecretsRead or SecretsFailed."""
        self._begin(self._secrets)

    def close(self) -> None:
        """End the thread, without waiting for an errand that takes its time."""
        if self._thread is not None:
            self._fetch.cancel()
            self._jobs.put(None)

    def _begin(self, job: _Job) -> None:
        self._jobs.put(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="wscli-errands", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._report(job())
            except Cancelled:
                return
            except BaseException as error:  # noqa: BLE001 - raised again by whoever is told
                self._report(error)

    def _asked(self, token: int, request: HttpRequest) -> events.Event:
        try:
            return events.HttpAnswered(token, self._fetch(request))
        except Failed as error:
            return events.HttpAnswered(token, error.failure)

    def _secrets(self) -> events.Event:
        try:
            return events.SecretsRead(self._read_secrets())
        except UsageError as error:
            return events.SecretsFailed(error.text, error.hint or "")
