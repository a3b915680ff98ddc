"""Host names to addresses, without waiting longer than allowed."""

from __future__ import annotations

import socket
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, NamedTuple

from wscli.model.wire import FailureKind
from wscli.transport.patience import Attempt

_NOT_KNOWN: Final = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Address(NamedTuple):
    """Where a socket can connect to: AF_INET or AF_INET6, and what ``connect()`` takes."""

    family: int
    sockaddr: tuple[Any, ...]


def look_up(host: str, port: int, attempt: Attempt) -> list[Address]:
    """Find the addresses of a host, in the system's order of preference; at least one.

    ``getaddrinfo`` knows no timeout and cannot be interrupted, so it runs in a thread that is left
    to itself when nobody waits any more.

    Raises ``Failed`` with kind NAME or TIMEOUT, and ``Cancelled``.
    """
    try:
        return _addresses(host, port, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass  # a name, not an address
    answers: SimpleQueue[list[Address] | OSError | ValueError] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(_addresses(host, port))
        except (OSError, ValueError) as error:  # ValueError: a name that DNS cannot hold
            answers.put(error)
        attempt.patience.waker.wake()

    Thread(target=ask, name=f"look up {host}", daemon=True).start()
    while True:
        try:
            answer = answers.get_nowait()
        except Empty:
            attempt.wait({}, "its name was not resolved")
            continue
        if isinstance(answer, Exception):
            raise attempt.failed(FailureKind.NAME, _words(answer)) from answer
        return answer


def _addresses(host: str, port: int, flags: int = 0) -> list[Address]:
    """Ask the system. Raises OSError, ValueError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(Address(family, sockaddr) for family, *_, sockaddr in found))


def _words(error: OSError | ValueError) -> str:
    match error:
        case socket.gaierror() if error.errno in _NOT_KNOWN:
            return "the host name has no address"
        case socket.gaierror() if error.errno == socket.EAI_AGAIN:
            return "no name server answered"
        case _:
            return f"the host name could not be resolved ({error})"
