"""Proxies on loopback that lead every client to one port, whatever host it names."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.faults.raw_server import PATIENCE, Story, raw_server


def relay(client: socket.socket, port: int) -> None:
    """Carry bytes between a client and a port until one of them ends."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as behind:
        ends = {client: behind, behind: client}
        while True:
            ready = [one for one in ends if isinstance(one, ssl.SSLSocket) and one.pending()]
            for one in ready or select.select(list(ends), [], [], PATIENCE)[0]:
                data = one.recv(65_536)
                if not data:
                    return
                ends[one].sendall(data)


def leading_to(port: int) -> Story:
    """Lead to a port without a word."""
    return lambda client: relay(client, port)


@dataclass
class ProxySeen:
    """A proxy that is running. ``asked``: what each client wanted, the heads of its CONNECT or the
    host and port that it named.
    """

    port: int = 0
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        with self.lock:
            self.asked.append(what)


@contextmanager
def http_proxy(
    behind: int, *, login: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[ProxySeen]:
    """An HTTP proxy that knows CONNECT alone; ``login`` is USER:PASSWORD where it wants one."""
    seen = ProxySeen()

    def story(client: socket.socket) -> None:
        if tls is None:
            serve(client)
            return
        with tls.wrap_socket(client, server_side=True) as secure:
            serve(secure)
            with suppress(OSError):
                secure.unwrap()

    def serve(client: socket.socket) -> None:
        head = read_head(client)
        if not head:
            return
        seen.note(head)
        wanted = f"Proxy-Authorization: Basic {b64encode(login.encode()).decode()}\r\n"
        if login and wanted not in head:
            refusal = "HTTP/1.1 407 Proxy Authentication Required\r\n"
            client.sendall(f'{refusal}Proxy-Authenticate: Basic realm="x"\r\n\r\n'.encode())
            return
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        relay(client, behind)

    with raw_server(story) as port:
        seen.port = port
        yield seen


@contextmanager
def socks_proxy(behind: int, *, login: str = "") -> Iterator[ProxySeen]:
    """A SOCKS5 proxy; ``login`` is USER:PASSWORD where it wants one."""
    seen = ProxySeen()

    def story(client: socket.socket) -> None:
        version, count = read(client, 2)
        if version != 5:
            return
        methods = read(client, count)
        if login:
            if 2 not in methods:
                client.sendall(b"\5\xff")
                return
            client.sendall(b"\5\2")
            assert read(client, 1) == b"\1"
            user = read(client, *read(client, 1)).decode()
            password = read(client, *read(client, 1)).decode()
            if f"{user}:{password}" != login:
                client.sendall(b"\1\1")
                return
            client.sendall(b"\1\0")
        else:
            client.sendall(b"\5\0")
        assert read(client, 3) == b"\5\1\0"
        kind = read(client, 1)[0]
        if kind == 3:
            host = read(client, *read(client, 1)).decode()
        else:
            family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
            host = socket.inet_ntop(family, read(client, size))
        port = int.from_bytes(read(client, 2), "big")
        seen.note(f"{host} {port}")
        client.sendall(b"\5\0\0\1\0\0\0\0\0\0")
        relay(client, behind)

    with raw_server(story) as port:
        seen.port = port
        yield seen


def read_head(client: socket.socket) -> str:
    """Read to a blank line, "" where the client leaves before."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        piece = client.recv(1)
        if not piece:
            return ""
        data += piece
    return data.decode()


def read(client: socket.socket, size: int) -> bytes:
    """Read so many bytes."""
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        if not piece:
            raise ConnectionResetError("the client has left")
        data += piece
    return data
