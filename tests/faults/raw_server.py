"""Listeners on loopback that speak no protocol, or not the right one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PATIENCE = 10.0  # seconds that a story may wait for a client, and a test for a story

Story = Callable[[socket.socket], None]


@contextmanager
def raw_server(story: Story) -> Iterator[int]:
    """Tell each client ``story`` on a thread of its own; gives the port.

    A client that leaves ends its story; a story that fails otherwise fails the test.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    with _telling(story, listener):
        yield listener.getsockname()[1]


@contextmanager
def raw_unix_server(story: Story, path: Path) -> Iterator[None]:
    """Do the same on a Unix socket."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    with _telling(story, listener):
        yield


@contextmanager
def _telling(story: Story, listener: socket.socket) -> Iterator[None]:
    threads: list[threading.Thread] = []
    failures: list[BaseException] = []

    def tell(client: socket.socket) -> None:
        with client:
            client.settimeout(PATIENCE)
            try:
                story(client)
            except OSError:
                pass
            except BaseException as failure:  # noqa: BLE001 - raised below, on the test's thread
                failures.append(failure)

    def accept() -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _ = listener.accept()
                threads.append(threading.Thread(target=tell, args=(client,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        listener.close()
        for thread in [acceptor, *threads]:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a story does not end"
    if failures:
        raise failures[0]


def wait_for_the_end(client: socket.socket) -> None:
    """Read until the client leaves."""
    while client.recv(65_536):
        pass


@contextmanager
def black_hole(address: str = "127.0.0.1") -> Iterator[int]:
    """Give a port where SYNs are dropped: its queue of connections is full."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind((address, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):
            client = sockets.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex((address, port))
        yield port


def closed_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
