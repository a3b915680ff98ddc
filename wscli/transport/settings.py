"""What a connection may be told besides its target."""

from __future__ import annotations

from dataclasses import field

from wscli.model.frozen import frozen
from wscli.transport.proxies import Proxies
from wscli.transport.resolve import Resolve
from wscli.transport.tls import TlsSettings


@frozen
class TransportSettings:
    """``connect_timeout``: seconds for name, TCP, proxy, TLS and opening handshake together.
    ``send_timeout``: seconds for one frame. ``max_message``: the longest message that is accepted,
    in bytes, inflated where it came compressed. ``resolve``: the addresses to use for a host and a
    port. ``unix_socket``: the path of the socket that all connections go to, whatever their host.
    """

    connect_timeout: float = 10.0
    send_timeout: float = 10.0
    max_message: int = 16 * 1024 * 1024
    tls: TlsSettings = field(default_factory=TlsSettings)
    resolve: Resolve = field(default_factory=dict)
    proxies: Proxies = field(default_factory=Proxies)
    unix_socket: str | None = None
