"""A WebSocket client that is not wscli: fakes are proved with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect


@contextmanager
def dial(url: str, **options: Any) -> Iterator[ClientConnection]:
    """A connection without a proxy that pings nobody, and is ended with the block."""
    with connect(
        url, proxy=None, open_timeout=20, close_timeout=0.2, ping_interval=None, **options
    ) as connection:
        yield connection


def until_quiet(connection: ClientConnection) -> list[str | bytes]:
    """What comes until nothing does for a tenth of a second."""
    messages: list[str | bytes] = []
    with suppress(TimeoutError):
        while True:
            messages.append(connection.recv(timeout=0.1))
    return messages


def ending(connection: ClientConnection) -> tuple[int, str] | None:
    """Code and reason of the server's close, after whatever came before; None for no close."""
    try:
        while True:
            connection.recv(timeout=5)
    except ConnectionClosed as ended:
        close = ended.rcvd
        return None if close is None else (close.code, close.reason)
