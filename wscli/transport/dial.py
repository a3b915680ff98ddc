"""A host name and a port to a connected TCP socket; or the path of a Unix socket to one."""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain, zip_longest
from typing import Final

from wscli.model.wire import FailureKind
from wscli.transport.failures import kind_and_words
from wscli.transport.names import Address, look_up
from wscli.transport.patience import Attempt
from wscli.transport.resolve import Resolve, addresses_for
from wscli.transport.waker import WRITABLE

STAGGER: Final = 0.25
"""Seconds before the next address is tried beside the earlier ones (RFC 8305, section 5)."""

_FULL_QUEUE: Final = 0.05  # seconds between two looks at it

_OPTIONS: Final = (  # level, name, value: seconds, but for TCP_USER_TIMEOUT's milliseconds
    (socket.IPPROTO_TCP, "TCP_NODELAY", 1),
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 15),
    (socket.IPPROTO_TCP, "TCP_KEEPALIVE", 15),  # macOS's name for TCP_KEEPIDLE
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 5),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 30_000),
)


def dial(
    host: str,
    port: int,
    attempt: Attempt,
    *,
    resolve: Resolve | None = None,
    stagger: float = STAGGER,
) -> socket.socket:
    """Connect to the first of the host's addresses that answers. The socket does not block.

    ``resolve`` holds the addresses to use for a host and a port instead of asking for some.

    Raises ``Failed`` with kind NAME, REFUSED, UNREACHABLE or TIMEOUT, and ``Cancelled``.
    """
    addresses = addresses_of(host, port, attempt, resolve or {})
    return _race(deque(_interleaved(addresses)), attempt, stagger)


def addresses_of(host: str, port: int, attempt: Attempt, resolve: Resolve) -> list[Address]:
    """Find the addresses of a host, at least one. Raises as ``look_up``."""
    hosts = addresses_for(resolve, host, port)
    return [address for each in hosts for address in look_up(each, port, attempt)]


def dial_unix(path: str, attempt: Attempt) -> socket.socket:
    """Connect to a Unix socket. The socket does not block.

    Raises ``Failed`` with kind REFUSED, UNREACHABLE or TIMEOUT, and ``Cancelled``.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(0)  # never block
    try:
        while not _joined(sock, path):
            attempt.wait({}, "nobody accepts the connection", at_most=_FULL_QUEUE)
    except OSError as error:
        sock.close()
        if error.errno == errno.ENOENT:
            raise attempt.failed(FailureKind.REFUSED, "there is no such socket") from error
        raise attempt.failed(*kind_and_words(error)) from error
    except BaseException:
        sock.close()
        raise
    return sock


def _joined(sock: socket.socket, path: str) -> bool:
    """Connect, or give False where the queue is full: no event tells of room in it."""
    try:
        sock.connect(path)
    except BlockingIOError:
        return False
    return True


def _interleaved(addresses: list[Address]) -> Iterable[Address]:
    """Alternate between the address families, the preferred one first (RFC 8305, section 4)."""
    preferred = addresses[0].family
    ours = [address for address in addresses if address.family == preferred]
    others = [address for address in addresses if address.family != preferred]
    pairs = chain.from_iterable(zip_longest(ours, others))
    return (address for address in pairs if address is not None)


def _race(waiting: deque[Address], attempt: Attempt, stagger: float) -> socket.socket:
    """Try the addresses side by side: the next one joins after ``stagger`` seconds, or as soon as
    one has failed. The first to connect wins, the others are closed.
    """
    running: list[socket.socket] = []
    errors: list[OSError] = []
    try:
        while waiting or running:
            if waiting:
                try:
                    running.append(_start(waiting.popleft()))
                except OSError as error:
                    errors.append(error)
                    continue
            ready = attempt.wait(
                dict.fromkeys(running, WRITABLE),
                "no TCP connection",
                at_most=stagger if waiting else None,
            )
            for sock in ready:
                running.remove(sock)
                failure = _outcome(sock)
                if failure is None:
                    return sock
                sock.close()
                errors.append(failure)
    finally:
        for sock in running:
            sock.close()
    kind, words = _most_telling(errors)
    raise attempt.failed(kind, words) from errors[-1]


def _start(address: Address) -> socket.socket:
    """Begin to connect. Raises OSError where that fails at once."""
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    sock.settimeout(0)  # never block
    for level, name, value in _OPTIONS:
        if hasattr(socket, name):
            with suppress(OSError):  # a wish, not a need
                sock.setsockopt(level, getattr(socket, name), value)
    code = sock.connect_ex(address.sockaddr)
    if code in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
        return sock
    sock.close()
    raise OSError(code, os.strerror(code))


def _outcome(sock: socket.socket) -> OSError | None:
    """What became of a connection that was begun: None where it is made."""
    try:
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0 and sock.getsockname() == sock.getpeername():
            # TCP's simultaneous open: with nobody listening on a loopback port, the kernel may
            # choose that very port for our end and connect us to ourselves.
            code = errno.ECONNREFUSED
    except OSError as error:
        return error
    return OSError(code, os.strerror(code)) if code else None


def _most_telling(errors: list[OSError]) -> tuple[FailureKind, str]:
    """Of several addresses' errors, the first from a host rather than from the way to it."""
    named = [kind_and_words(error) for error in errors]
    return next((one for one in named if one[0] is not FailureKind.UNREACHABLE), named[0])
