"""What the wire delivers, in the words of RFC 6455.

A text message is plain ``bytes`` (UTF-8, checked) and a binary one ``Binary``, so that the common
case costs no object of ours. Fragments are joined before anything here is made.
"""

from __future__ import annotations

from dataclasses import field
from enum import IntEnum
from typing import TypeAlias

from wscli.model.frozen import frozen


class Opcode(IntEnum):
    """RFC 6455, section 5.2."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class Binary(bytes):
    """The payload of a binary message."""

    __slots__ = ()


@frozen
class Ping:
    """A ping frame from the peer. The connection has answered it."""

    payload: bytes = b""


@frozen
class Pong:
    """A pong frame from the peer."""

    payload: bytes = b""


@frozen
class Close:
    """A close frame from the peer; ``code`` is None where it carried none (RFC 6455's 1005)."""

    code: int | None = None
    reason: str = ""


@frozen
class Lost:
    """The transport ended without a close frame. ``partial`` counts the bytes of an unfinished
    message that had to be thrown away.
    """

    what: str
    partial: int = 0


@frozen
class Violated:
    """The peer broke the protocol; ``code`` (1002, 1007 or 1009) is what we closed with."""

    code: int
    what: str


Ended: TypeAlias = Close | Lost | Violated
Incoming: TypeAlias = bytes | Ping | Pong | Ended


@frozen
class Handshake:
    """The server's answer to the opening handshake. Header names are lower-case."""

    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    subprotocol: str | None = None
    address: str = ""  # the peer's IP address and port, for -v
    via: str = ""  # what stands between the peer and us, in words: a proxy, a Unix socket
    deflate: bool = False  # whether the server may compress its messages (RFC 7692)


@frozen
class Target:
    """Where to connect and what to say in the opening handshake.

    ``headers`` are sent as they stand, in this order, after those that RFC 6455 needs; one that
    names Host, Origin or Sec-WebSocket-Extensions replaces ours. ``shown`` is the URL with its
    secrets masked. ``deflate``: offer permessage-deflate.
    """

    url: str = field(repr=False)
    shown: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    origin: str | None = field(default=None, repr=False)
    subprotocols: tuple[str, ...] = field(default=(), repr=False)
    deflate: bool = True


class FailureKind(IntEnum):
    """What kept a connection from opening."""

    NAME = 1  # the host name has no address
    REFUSED = 2  # nobody listens there
    UNREACHABLE = 3  # no route, or another error of the network
    TIMEOUT = 4  # the connect timeout ran out
    TLS = 5  # a certificate or the TLS handshake
    STATUS = 6  # an HTTP status other than 101
    HANDSHAKE = 7  # an answer that is no valid opening handshake
    LOST = 8  # cut or reset before the handshake was through
    UNUSABLE = 9  # what was asked for cannot be sent (a header with a line break)


@frozen
class Failure:
    """Why a connection could not be opened. ``text`` is one plain sentence without a full stop,
    made safe for a terminal by whoever shows it.

    ``status``, ``headers`` and ``body`` (at most 64 KiB, then cut) are set for kind STATUS;
    ``retry`` says whether trying again unchanged could help, where the profile has no rule of
    its own.
    """

    kind: FailureKind
    text: str
    hint: str = ""
    retry: bool = True
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@frozen
class HttpRequest:
    """One HTTP request, ready to be sent. ``url`` is absolute, http or https, without a fragment;
    ``shown`` is it with its secrets masked. ``within``: seconds for everything, from the name to
    the last byte of the answer.
    """

    method: str
    url: str = field(repr=False)
    shown: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    within: float = 10.0


@frozen
class HttpAnswer:
    """What came back, whatever its status. Header names are lower-case; a body is never longer
    than 8 MiB, and its content encoding is undone.
    """

    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
