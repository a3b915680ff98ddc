"""One client's connection to a test's server, with control of every byte that it gets."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import deque
from collections.abc import Mapping

from websockets import http11
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from tests.harness.http_exchange import Request, write_answer
from tests.harness.waiting import eventually
from tests.harness.wire import Gone, Wire

GOODBYE_TIMEOUT = 2.0  # seconds for the client's half of the closing handshake


def text_frame(text: str | bytes) -> bytes:
    """A whole text frame as a server sends it, for cutting it in the middle."""
    data = text.encode() if isinstance(text, str) else text
    return Frame(Opcode.TEXT, data).serialize(mask=False)


class Connection:
    """The server's end of one connection, first in the state "asked, not yet answered".

    One thread, the handler's, reads (``receive``, ``wait_closed``, ``hold``); any thread may send,
    mute or cut. Whatever finds the connection ended raises Gone. The client's pings and its close
    are answered while the handler reads.
    """

    def __init__(
        self, sock: socket.socket, request: Request, head: bytes, protocol: ServerProtocol
    ) -> None:
        self.request = request
        self._wire = Wire(sock)
        self._lock = self._wire.lock  # one for the protocol's state and the order of its bytes
        self._protocol = protocol
        self._answered = False
        self._accepted = False
        self._waiting: deque[str | bytes] = deque()
        self._fragments: list[bytes] = []
        self._text = True  # what the fragments are of
        self._received: list[str | bytes] = []
        self._pings: list[bytes] = []
        self._pongs: list[bytes] = []
        protocol.receive_data(head)
        self._handshake = next(iter(protocol.events_received()), None)

    # ---- what the client said ----

    @property
    def received(self) -> list[str | bytes]:
        """The messages that were read until now: text as str, binary as bytes."""
        with self._lock:
            return list(self._received)

    @property
    def was_accepted(self) -> bool:
        """Whether it got a 101; who has read that finds it so."""
        with self._lock:
            return self._accepted

    @property
    def pings(self) -> list[bytes]:
        """The payloads of the client's pings."""
        with self._lock:
            return list(self._pings)

    @property
    def pongs(self) -> list[bytes]:
        """The payloads of the client's pongs."""
        with self._lock:
            return list(self._pongs)

    @property
    def close_code(self) -> int | None:
        """The code of the client's close frame (1005 if it had none), None before there is one."""
        with self._lock:
            close = self._protocol.close_rcvd
            return None if close is None else int(close.code)

    @property
    def violation(self) -> Exception | None:
        """How the client broke RFC 6455, if it did. Leaving without a close frame is an EOFError."""
        with self._lock:
            return self._protocol.parser_exc

    @property
    def is_open(self) -> bool:
        """Whether the handshake is through and nobody has closed or cut."""
        with self._lock:
            return self._protocol.state is State.OPEN and not self._wire.is_cut

    def receive(self, timeout: float = 10) -> str | bytes | None:
        """The client's next message; None when none came in ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while not self._waiting:
            data = self._wire.read(deadline)
            if data is None:
                return None
            self._absorb(data)
            if not data and not self._waiting:
                raise Gone("the client has left")
        return self._waiting.popleft()

    def wait_closed(self, timeout: float = 10) -> None:
        """Read until the client leaves. Raises TimeoutError when it stays."""
        deadline = time.monotonic() + timeout
        with contextlib.suppress(Gone):
            while self.receive(max(0, deadline - time.monotonic())) is not None:
                pass
            raise TimeoutError(f"the client has not left after {timeout:g} s")

    def hold(self, timeout: float = 30) -> None:
        """Read nothing and say nothing, with the connection open, until it is cut."""
        self._wire.hold(timeout)

    def _absorb(self, data: bytes) -> None:
        """Take in what was read; ``b""`` is the end of the stream."""
        with self._lock:
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            for event in self._protocol.events_received():
                if isinstance(event, Frame):
                    self._note(event)
            with contextlib.suppress(Gone):  # what was read comes first; the next read tells
                self._flush()

    def _note(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.PING:
                self._pings.append(bytes(frame.data))
            case Opcode.PONG:
                self._pongs.append(bytes(frame.data))
            case Opcode.TEXT | Opcode.BINARY | Opcode.CONT:
                if frame.opcode is not Opcode.CONT:
                    self._text = frame.opcode is Opcode.TEXT
                self._fragments.append(bytes(frame.data))
                if frame.fin:
                    self._complete(b"".join(self._fragments))
            case Opcode.CLOSE:
                pass  # the protocol has noted and answered it

    def _complete(self, data: bytes) -> None:
        message = data.decode() if self._text else data
        self._fragments.clear()
        self._received.append(message)
        self._waiting.append(message)

    # ---- what the client gets ----

    def accept(self, headers: Mapping[str, str] | None = None, *, glued: bytes = b"") -> None:
        """Answer the handshake with 101. ``glued`` goes out behind it in the same piece.

        Raises ValueError where the handshake breaks RFC 6455; it has then been refused.
        """
        with self._lock:
            self._answered = True
            if isinstance(self._handshake, http11.Request):
                response = self._protocol.accept(self._handshake)
                response.headers.update(headers or {})
                self._protocol.send_response(response)
            self._flush(glued)
            if self._protocol.handshake_exc:
                raise ValueError(f"no valid opening handshake: {self._protocol.handshake_exc}")
            self._accepted = True

    def reject(
        self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> None:
        """Answer the handshake with an HTTP status, and end what we send."""
        self.send_raw(write_answer((status, headers or {}, body)))
        self._wire.end_sending()

    def send_text(self, text: str | bytes) -> None:
        """Send a text message; bytes go out as they are, even where they are no UTF-8."""
        with self._lock:
            self._check()
            self._protocol.send_text(text.encode() if isinstance(text, str) else text)
            self._flush()

    def send_binary(self, data: bytes) -> None:
        """Send a binary message."""
        with self._lock:
            self._check()
            self._protocol.send_binary(data)
            self._flush()

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping."""
        with self._lock:
            self._check()
            self._protocol.send_ping(payload)
            self._flush()

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Send a close frame; nothing when the closing handshake has already begun."""
        with self._lock:
            if self.is_open:
                self._protocol.send_close(code, reason)
                self._flush()

    def send_raw(self, data: bytes) -> None:
        """Put bytes on the wire as they are, before the handshake too."""
        self._answered = True
        self._wire.write(data)

    def mute(self) -> None:
        """From now on send nothing at all, not even pongs, but go on reading."""
        self._wire.mute()

    @property
    def is_muted(self) -> bool:
        """Whether ``mute`` was called."""
        return self._wire.is_muted

    @property
    def unacknowledged(self) -> int:
        """How many of the bytes that were sent the client's kernel has not acknowledged yet."""
        return self._wire.unacknowledged

    def cut(self, partial: bytes = b"", *, reset: bool = False) -> None:
        """End the TCP connection without a close frame: by FIN at once, or by RST as soon as the
        handler's thread is back in ``receive``, ``wait_closed`` or ``hold``. ``partial`` is the
        last that the client gets, with nothing of another thread behind it. An RST waits until
        the client's kernel has all that was sent.
        """
        if not partial and not reset:
            self._wire.cut()
            return
        with self._lock:
            self.send_raw(partial)
            if reset:
                eventually(lambda: self.unacknowledged == 0, what="acknowledgement of all bytes")
            self._wire.cut(reset=reset)

    def finish(self) -> None:
        """Close properly if that is still to be done, and free the socket. For the server."""
        try:
            if self._answered:
                self.close()
                self.wait_closed(GOODBYE_TIMEOUT)
        except (Gone, TimeoutError):
            pass
        finally:
            self._wire.close()

    def _check(self) -> None:
        if not self.is_open:
            raise Gone("the connection is closed")

    def _flush(self, glued: bytes = b"") -> None:
        """Put on the wire what the protocol has to say; an empty piece of it is its end."""
        pieces = self._protocol.data_to_send()
        self._wire.write(b"".join(pieces) + glued)
        if b"" in pieces:
            self._wire.end_sending()
