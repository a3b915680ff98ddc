"""One WebSocket connection, and the only importer of websocket-client.

websocket-client shakes hands and makes frames (masking is its work); reading is ours, in chunks.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import websocket

from wscli.model.wire import (
    Close,
    FailureKind,
    Handshake,
    Incoming,
    Lost,
    Opcode,
    Target,
    Violated,
)
from wscli.transport.channel import CHUNK, Channel
from wscli.transport.checks import Request, checked
from wscli.transport.clock import Clock
from wscli.transport.failures import Cancelled, SendFailed, TimedOut, kind_and_words
from wscli.transport.framing import MAX_CONTROL_PAYLOAD, NORMAL_CLOSE, close_payload
from wscli.transport.handshake import HandshakeSocket
from wscli.transport.patience import Attempt, Patience
from wscli.transport.reach import open_channel
from wscli.transport.reader import Reader
from wscli.transport.settings import TransportSettings
from wscli.transport.waker import READABLE, Waker

_COMPRESSED_CHUNK: Final = CHUNK // 4
"""Bytes read at once where messages are compressed: deflate makes up to 1032 bytes of one, and what
one chunk comes to is in memory at once.
"""

_EARLY: Final = 64 * 1024 * 1024
"""Bytes that are taken while a frame cannot be sent; then the server has to read first."""

_CLOSED_SILENTLY: Final = "the server closed the connection without a close frame"


def open_connection(
    target: Target,
    settings: TransportSettings,
    waker: Waker,
    clock: Clock,
    cancelled: Callable[[], bool],
) -> Connection:
    """Connect to ``target``: name, TCP, proxy, TLS and opening handshake under one deadline.

    ``cancelled`` is asked when ``waker`` was woken. Raises ``Failed``, ``Cancelled``.
    """
    request = checked(target)

    def patience(seconds: float) -> Patience:
        return Patience(seconds, waker, clock, cancelled)

    attempt = Attempt(request.place, patience(settings.connect_timeout))
    channel = open_channel(request.host, request.port, request.scheme, settings, attempt)
    try:
        answered = _shake_hands(request, channel, attempt)
    except BaseException:
        channel.close()
        raise
    return Connection(
        channel,
        answered,
        Reader(settings.max_message, answered.deflate),
        waker,
        lambda: patience(settings.send_timeout),
    )


def _shake_hands(request: Request, channel: Channel, attempt: Attempt) -> HandshakeSocket:
    """Let websocket-client open the WebSocket connection. Raises ``Failed``, ``Cancelled``."""
    answered = HandshakeSocket(channel, request, attempt)
    headers = [f"{name}: {value}" for name, value in request.headers]
    if request.extensions:
        headers.insert(0, f"Sec-WebSocket-Extensions: {request.extensions}")
    if request.subprotocols:
        headers.insert(0, f"Sec-WebSocket-Protocol: {', '.join(request.subprotocols)}")
    # Of a path's last segment websocket-client drops what follows a semicolon.
    path, mark, query = request.resource.partition("?")
    resource = path.replace(";", "%3B") + mark + query
    try:
        websocket.WebSocket().connect(  # type: ignore[no-untyped-call]  # untyped in 1.9
            f"{request.scheme}://{request.place}{resource}",
            socket=answered,
            redirect_limit=0,
            header=headers,
            host=request.host_header,
            origin=request.origin,
            suppress_origin=request.origin is None,
        )
    except (websocket.WebSocketException, OSError, ValueError) as error:
        what = "the server's Sec-WebSocket-Accept does not answer our key"
        raise attempt.failed(FailureKind.HANDSHAKE, what, retry=False) from error
    return answered


class Connection:
    """An open WebSocket connection; belongs to the thread that opened it.

    ``handshake`` is the server's answer. Sending and receiving fail apart: after a send that
    failed nothing more is sent, but what has come can still be received.
    """

    def __init__(
        self,
        channel: Channel,
        answered: HandshakeSocket,
        reader: Reader,
        waker: Waker,
        send_patience: Callable[[], Patience],
    ) -> None:
        head = answered.head
        self.handshake = Handshake(
            head.status,
            head.reason,
            head.headers,
            head.value("sec-websocket-protocol") or None,
            channel.peer,
            deflate=answered.deflate is not None,
            via=channel.via,
        )
        self._chunk = CHUNK if answered.deflate is None else _COMPRESSED_CHUNK
        self._channel = channel
        self._reader = reader
        self._waker = waker
        self._send_patience = send_patience
        # what came in one piece with the answer, or while we were sending
        self._early = deque([answered.rest] if answered.rest else [])
        self._listens = True  # while we send; not any more where nothing more can come
        self.taken = 0  # bytes received so far, those of unfinished messages included
        self._mute = ""  # why nothing more can be sent
        self._closing = False  # our close frame is out
        self._ended = False

    def receive(self, timeout: float | None) -> list[Incoming]:
        """Wait for messages, ``timeout`` seconds at most, and take what the system has of them.

        Pings and a close frame have been answered. A ``Close``, ``Lost`` or ``Violated`` is the
        last item of all. Nothing comes back on a timeout, a wake, in the middle of a message, and
        after the last item.
        """
        if self._ended:
            return []
        if self._early:
            return self._read(self._early.popleft())
        try:
            data = self._channel.read(self._chunk)
            if data is None and self._waker.wait(self._channel.socket, timeout):
                data = self._channel.read(self._chunk)
        except OSError as error:
            return self._lost(kind_and_words(error)[1])
        if data is None:
            return []
        return self._read(data) if data else self._lost(_CLOSED_SILENTLY)

    @property
    def behind(self) -> bool:
        """Whether something waits to be received that came while we were sending."""
        return bool(self._early)

    def send_text(self, text: str) -> None:
        """Send a text message. Raises ``SendFailed``."""
        try:
            payload = text.encode()
        except UnicodeEncodeError:
            raise SendFailed("the text holds half a surrogate pair, which UTF-8 cannot") from None
        self._send_message(Opcode.TEXT, payload)

    def ping(self, payload: bytes) -> None:
        """Send a ping with at most 125 bytes. Raises ``SendFailed``."""
        if len(payload) > MAX_CONTROL_PAYLOAD:
            raise SendFailed("a ping carries at most 125 bytes")
        self._send_message(Opcode.PING, payload)

    def close(self, code: int = NORMAL_CLOSE, reason: str = "") -> None:
        """Send a close frame, once, and wait for nothing: ``receive()`` goes on giving messages
        until the peer's. That it could not be sent is no error, ``receive()`` tells how it ends.
        """
        self._send_close(close_payload(code, reason))

    def abort(self) -> None:
        """Give the socket back at once. May be called again."""
        self._ended = True
        self._channel.close()

    def _read(self, data: bytes) -> list[Incoming]:
        """Cut ``data`` into messages, and answer what wants an answer."""
        self.taken += len(data)
        items = self._reader.feed(data)
        ping = self._reader.take_ping()
        if ping is not None:
            self._try_to_send(Opcode.PONG, ping.payload)
        match items[-1:]:
            case [Close(code=code)]:
                self._ended = True
                self._send_close(close_payload(code))
            case [Violated(code=code, what=what)]:
                self._ended = True
                self._send_close(close_payload(code, what))
        return items

    def _lost(self, what: str) -> list[Incoming]:
        self._ended = True
        return [Lost(self._mute or what, self._reader.partial)]

    def _send_message(self, opcode: Opcode, payload: bytes) -> None:
        if self._closing:
            raise SendFailed("the connection is being closed")
        self._send(opcode, payload)

    def _send_close(self, payload: bytes) -> None:
        if not self._closing:
            self._closing = True
            self._try_to_send(Opcode.CLOSE, payload)

    def _try_to_send(self, opcode: Opcode, payload: bytes) -> None:
        """Send an answer: one that fails must not hide what the peer has sent before."""
        with suppress(SendFailed):  # self._mute says why
            self._send(opcode, payload)

    def _send(self, opcode: Opcode, payload: bytes) -> None:
        """Send one frame. Once one has failed, part of it may be out, so nothing may follow.

        Nothing is compressed, whatever was agreed on: that is for the sender to choose, message
        by message (RFC 7692, section 6), and what we send is little.

        Raises ``SendFailed``.
        """
        if self._mute:
            raise SendFailed(self._mute)
        frame = websocket.ABNF.create_frame(payload, opcode).format()
        patience = self._send_patience()
        try:
            self._channel.write(frame, lambda waits: self._wait_to_send(patience, waits))
        except OSError as error:
            self._mute = kind_and_words(error)[1]
        except TimedOut:
            self._mute = f"the server took no data for {patience.seconds:g} s"
        except Cancelled:
            self._mute = "sending was called off"
        if self._mute:
            raise SendFailed(self._mute)

    def _wait_to_send(self, patience: Patience, waits: Mapping[socket.socket, int]) -> None:
        """Wait until more can be sent, and take what comes meanwhile: a server that reads on only
        when its answers are taken would else wait for us, and we for it. Raises as
        ``Patience.wait``.
        """
        taking = self._listens and sum(map(len, self._early)) < _EARLY
        patience.wait({sock: each | READABLE for sock, each in waits.items()} if taking else waits)
        if not taking:
            return
        try:
            data = self._channel.read(self._chunk)
        except OSError:
            data = b""  # sending and receiving will meet it too
        if data:
            self._early.append(data)
        self._listens = data != b""
