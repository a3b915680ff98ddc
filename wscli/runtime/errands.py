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
    """Makes a request; raises Failed, and Cancelled once ``cancelled`` says so."""

    def __call__(
        self, request: HttpRequest, cancelled: Callable[[], bool] = lambda: False
    ) -> HttpAnswer:
        """Give the answer."""

    def wake(self) -> None:
        """Have ``cancelled`` asked again; from any thread."""


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
        self._asked_for = self._unwanted = 0  # the last token, and the last that nobody waits for
        self._closed = False

    def ask(self, token: int, request: HttpRequest) -> None:
        """Make a request; reported as HttpAnswered. Tokens rise."""
        self._asked_for = token
        self._begin(lambda: self._asked(token, request))

    def read_secrets(self) -> None:
        """Read the secrets; reported as SecretsRead or SecretsFailed."""
        self._begin(self._secrets)

    def abandon(self) -> None:
        """Nobody waits any more for the requests that were made until now. They are not reported,
        and no later errand has to wait for them.
        """
        self._unwanted = self._asked_for
        self._fetch.wake()

    def close(self) -> None:
        """End the thread, without waiting for an errand that takes its time."""
        self._closed = True
        if self._thread is not None:
            self._fetch.wake()
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
                pass  # nobody waits for it
            except BaseException as error:  # noqa: BLE001 - raised again by whoever is told
                self._report(error)

    def _asked(self, token: int, request: HttpRequest) -> events.Event:
        def cancelled() -> bool:
            return self._closed or token <= self._unwanted

        if cancelled():
            raise Cancelled
        try:
            return events.HttpAnswered(token, self._fetch(request, cancelled))
        except Failed as error:
            return events.HttpAnswered(token, error.failure)

    def _secrets(self) -> events.Event:
        if self._closed:
            raise Cancelled
        try:
            return events.SecretsRead(self._read_secrets())
        except UsageError as error:
            return events.SecretsFailed(error.text, error.hint or "")
