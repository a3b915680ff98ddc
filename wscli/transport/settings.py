"""What a connection may be told besides its target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from wscli.model.frozen import frozen
from wscli.transport.tls import TlsSettings


@frozen
class TransportSettings:
    """``connect_timeout``: seconds for name, TCP, TLS and opening handshake together.
    ``send_timeout``: seconds for one frame. ``max_message``: the longest message that is accepted,
    in bytes, inflated where it came compressed. ``resolve``: the address to use for a lower-case
    host and a port.
    """

    connect_timeout: float = 10.0
    send_timeout: float = 10.0
    max_message: int = 16 * 1024 * 1024
    tls: TlsSettings = field(default_factory=TlsSettings)
    resolve: Mapping[tuple[str, int], str] = field(default_factory=dict)
