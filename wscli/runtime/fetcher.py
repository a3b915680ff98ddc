"""HTTP requests on whatever thread asks, until they are called off."""

from __future__ import annotations

from collections.abc import Callable

from wscli.model.wire import HttpAnswer, HttpRequest
from wscli.transport.clock import Clock
from wscli.transport.settings import TransportSettings
from wscli.transport.waker import Waker


class Fetcher:
    """Makes one request after the other; see ``errands.Fetch``."""

    def __init__(self, settings: TransportSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._waker: Waker | None = None

    def __call__(
        self, request: HttpRequest, cancelled: Callable[[], bool] = lambda: False
    ) -> HttpAnswer:
        """Give the answer; raises Failed and Cancelled."""
        from wscli.transport.http import fetch  # noqa: PLC0415 - only where a profile asks

        if self._waker is None:
            self._waker = Waker()
        return fetch(request, self._settings, self._waker, self._clock, cancelled)

    def wake(self) -> None:
        """Have ``cancelled`` asked again; from any thread."""
        if self._waker is not None:
            self._waker.wake()
