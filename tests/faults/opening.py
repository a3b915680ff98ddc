"""How the tests open connections: every wait bounded, everything closed again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from wscli.model.wire import Close, Failure, Incoming, Lost, Target, Violated
from wscli.transport.clock import Clock
from wscli.transport.connection import Connection, open_connection
from wscli.transport.failures import Failed
from wscli.transport.patience import Attempt, Patience
from wscli.transport.settings import TransportSettings
from wscli.transport.waker import Waker

PATIENCE = 10.0  # seconds that a test waits for something that ought to happen at once


def never() -> bool:
    """Tell that nothing is called off."""
    return False


def at_the_second_look() -> Callable[[], bool]:
    """Make a ``cancelled`` that is asked once in vain: before the first wait, not before the next."""
    answers = iter([False])
    return lambda: next(answers, True)


@contextmanager
def attempting(
    place: str = "the.test:1", seconds: float = PATIENCE, cancelled: Callable[[], bool] = never
) -> Iterator[Attempt]:
    """Give an attempt, with a waker of its own."""
    waker = Waker()
    try:
        yield Attempt(place, Patience(seconds, waker, Clock(), cancelled))
    finally:
        waker.close()


@contextmanager
def opened(
    url: str,
    settings: TransportSettings | None = None,
    *,
    waker: Waker | None = None,
    cancelled: Callable[[], bool] = never,
    **target: Any,
) -> Iterator[Connection]:
    """Open a connection and take it down again; ``target`` is the rest of the ``Target``."""
    ours = waker or Waker()
    try:
        connection = open_connection(
            Target(url, shown=url, **target),
            settings or TransportSettings(connect_timeout=PATIENCE),
            ours,
            Clock(),
            cancelled,
        )
        try:
            yield connection
        finally:
            connection.abort()
    finally:
        ours.close()


def failure(url: str, settings: TransportSettings | None = None, **target: Any) -> Failure:
    """Try to open a connection, which must fail, and tell why."""
    with pytest.raises(Failed) as caught, opened(url, settings, **target):
        pass
    found = caught.value.failure
    assert found.text == str(caught.value)
    assert not found.text.endswith(".")
    return found


def receive(connection: Connection, count: int | None = None) -> list[Incoming]:
    """Receive ``count`` items, or else all until the last."""
    items: list[Incoming] = []
    deadline = time.monotonic() + PATIENCE
    while count is None or len(items) < count:
        items += connection.receive(1.0)
        if items and isinstance(items[-1], Close | Lost | Violated):
            break
        assert time.monotonic() < deadline, f"only {len(items)} items came: {items[-3:]}"
    return items
