"""How a connection is seen to live."""

from __future__ import annotations

from typing import Any

from wscli.model.frozen import frozen
from wscli.model.lengths import Length
from wscli.model.message import MISSING


@frozen
class PingRule:
    """How to see that the peer lives. Without ``send`` it is a WebSocket ping. ``idle``: counted
    from the last frame, and any frame answers; ``jitter_first``: the first comes after a random
    part of ``every``.
    """

    every: Length
    within: Length
    send: Any = MISSING
    expect: tuple[str, ...] = ()
    idle: bool = False
    jitter_first: bool = False


@frozen
class Keepalive:
    """``silence``: no frame at all for so long and the connection is dead; ``data_silence``: no
    data for so long is said, and the connection stays.
    """

    ping: PingRule | None = None
    silence: Length | None = None
    data_silence: Length | None = None
