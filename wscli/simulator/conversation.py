"""One WebSocket connection: a socket, the protocol over it, and the play that is given on it."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from logging import Logger
from threading import Lock
from typing import Final, assert_never

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol

from wscli.simulator.play import Out, Play, SendBinary, SendClose, SendText
from wscli.transport.clock import Clock
from wscli.transport.waker import Waker

_READ: Final = 64 * 1024
_LARGEST: Final = 1024 * 1024  # bytes of a client's message; a longer one is closed with 1009
_SEND_WITHIN: Final = 5.0  # seconds for a client to take what is sent
_CLOSE_WITHIN: Final = 2.0  # seconds for a client to answer a close frame and to end TCP
_STOPPING: Final = SendClose(CloseCode.GOING_AWAY, "the simulator stops")


def silent_logger() -> Logger:
    """Give a logger that is nobody's and says nothing."""
    return Logger("wscli.simulator", level=100)  # noqa: LOG001 - a registered one is global


class Conversation:
    """Plays on a socket whose opening handshake is through. The play is only asked under
    ``lock``, because all connections share one world. Neither the socket nor the waker is closed
    here.
    """

    def __init__(
        self, sock: socket.socket, waker: Waker, play: Play, clock: Clock, lock: Lock
    ) -> None:
        self._sock = sock
        self._play = play
        self._clock = clock
        self._lock = lock
        self._waker = waker
        self._stopping = False
        self._protocol = ServerProtocol(state=State.OPEN, max_size=_LARGEST, logger=silent_logger())
        self._message = bytearray()  # the fragments that have come so far
        self._is_text = False
        self._close_by: float | None = None

    def stop(self) -> None:
        """Have the connection closed with 1001. May be called from any thread."""
        self._stopping = True
        self._waker.wake()

    def run(self, first: Iterable[Out]) -> None:
        """Send what is said first, then talk until the connection ends, however it does. Raises
        OSError where the client broke off, or took too long to take what was sent.
        """
        self._sock.settimeout(_SEND_WITHIN)
        self._perform(first)
        while not self._over():
            if self._waker.wait(self._sock, self._patience()):
                self._receive()
            self._perform([_STOPPING] if self._stopping else self._due())

    def _over(self) -> bool:
        """Whether TCP has ended, or should have some time after the closing handshake began."""
        if self._protocol.state is State.OPEN:
            return False
        now = self._clock.now().monotonic
        if self._close_by is None:
            self._close_by = now + _CLOSE_WITHIN
        return self._protocol.state is State.CLOSED or now >= self._close_by

    def _patience(self) -> float | None:
        until = self._play.deadline if self._close_by is None else self._close_by
        return None if until is None else max(0.0, until - self._clock.now().monotonic)

    def _due(self) -> list[Out]:
        with self._lock:
            return self._play.tick(self._clock.now())

    def _perform(self, outs: Iterable[Out]) -> None:
        for out in outs:
            if self._protocol.state is not State.OPEN:
                break
            match out:
                case SendText(text):
                    self._protocol.send_text(text.encode(errors="replace"))
                case SendBinary(data):
                    self._protocol.send_binary(data)
                case SendClose(code, reason):
                    self._protocol.send_close(code, reason)
                case _:  # pragma: no cover
                    assert_never(out)
        self._flush()

    def _receive(self) -> None:
        data = self._sock.recv(_READ)
        if not data:
            self._protocol.receive_eof()
        else:
            self._protocol.receive_data(data)
            events = self._protocol.events_received()
            for frame in (event for event in events if isinstance(event, Frame)):
                self._heard(frame)
        self._flush()

    def _heard(self, frame: Frame) -> None:
        """Join fragments (RFC 6455, section 5.4); a whole text is told to the play."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._message += frame.data
        if not frame.fin:
            return
        whole, self._message = self._message, bytearray()
        if not self._is_text:
            return
        try:
            text = whole.decode()
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA, "no UTF-8")
            return
        with self._lock:
            outs = self._play.received(text, self._clock.now())
        self._perform(outs)

    def _flush(self) -> None:
        writes = self._protocol.data_to_send()
        if data := b"".join(writes):
            self._sock.sendall(data)
        if SEND_EOF in writes:
            with suppress(OSError):  # the client was faster
                self._sock.shutdown(socket.SHUT_WR)
