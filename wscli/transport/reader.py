"""Bytes from a server to messages, as strictly as RFC 6455 asks of a client. Touches no socket."""

from __future__ import annotations

from typing import Final, assert_never

from wscli.model.wire import Binary, Incoming, Opcode, Ping, Pong, Violated
from wscli.transport.framing import (
    PROTOCOL_ERROR,
    TOO_BIG,
    FrameHeader,
    RuleBrokenError,
    check_text,
    close_from,
    frame_header,
)

MAX_FRAGMENTS: Final = 65_536
"""Fragments of one message. Memory is bounded by its length alone; this ends a message that grows
by nothing, and lets the Autobahn suite's 4 MiB in fragments of 64 bytes through."""

_FINAL_TEXT: Final = 0x81


class Reader:
    """Cuts a stream of bytes into messages; how the stream was cut before makes no difference.

    ``max_message`` is the longest message in bytes. A longer one is refused by its header, before
    its payload is kept.
    """

    __slots__ = (
        "_ended",
        "_fragments",
        "_held",
        "_joined",
        "_joined_opcode",
        "_limit",
        "_needed",
        "_ping",
    )

    def __init__(self, max_message: int) -> None:
        self._limit = max_message
        self._held = bytearray()  # the beginning of a frame that is not complete
        self._needed = 0  # so many bytes of it, before it is worth another look
        self._fragments = 0  # of the message under way, 0 where there is none
        self._joined = bytearray()  # their payloads
        self._joined_opcode = Opcode.TEXT
        self._ping: Ping | None = None
        self._ended = False

    @property
    def partial(self) -> int:
        """Bytes that are held of an unfinished frame or message."""
        return len(self._held) + len(self._joined)

    def take_ping(self) -> Ping | None:
        """Give the last ping that was read since this was asked before: the one to answer
        (section 5.5.3).
        """
        ping, self._ping = self._ping, None
        return ping

    def feed(self, data: bytes) -> list[Incoming]:
        """Give the messages that ``data`` completes, in order.

        A ``Close`` or ``Violated`` is the last item of all: what comes after it is ignored.
        """
        items: list[Incoming] = []
        if self._ended:
            return items
        if self._held:
            if len(self._held) + len(data) < self._needed:
                self._held += data
                return items
            data = b"".join((self._held, data))
            self._held.clear()
        try:
            position = self._cut(data, items)
        except RuleBrokenError as broken:
            items.append(Violated(broken.code, broken.what))
            self._end()
        else:
            if not self._ended:
                self._held += memoryview(data)[position:]
        return items

    def _cut(self, data: bytes, items: list[Incoming]) -> int:
        """Append the messages of all complete frames; the position behind them comes back."""
        position = 0
        while True:
            if not self._fragments:
                position = self._cut_texts(data, position, items)
            header = frame_header(data, position)
            if header is None:
                self._needed = 0
                return position
            self._check(header)
            if header.stop > len(data):
                self._needed = header.stop - position
                return position
            self._take(header, data, items)
            position = header.stop
            if self._ended:
                return position

    def _cut_texts(self, data: bytes, position: int, items: list[Incoming]) -> int:
        """Take unfragmented text frames of up to 64 KiB, for as long as there is nothing else.

        This loop runs once for each message of a busy stream and costs most of all; everything
        that is rare or wrong is left to the careful path.
        """
        size = len(data)
        limit = self._limit
        append = items.append
        while position + 1 < size:
            length = data[position + 1]
            if data[position] != _FINAL_TEXT or length > 126:
                break
            start = position + 2
            if length == 126:
                start += 2
                if start > size:
                    break
                length = data[start - 2] << 8 | data[start - 1]
                if length < 126:
                    break
            stop = start + length
            if stop > size or length > limit:
                break
            payload = data[start:stop]
            if not payload.isascii():
                check_text(payload)
            append(payload)
            position = stop
        return position

    def _check(self, header: FrameHeader) -> None:
        """Check a data frame against the message it belongs to. Raises ``RuleBrokenError``."""
        if header.opcode >= Opcode.CLOSE:
            return
        if header.opcode is Opcode.CONTINUATION:
            if not self._fragments:
                raise RuleBrokenError(PROTOCOL_ERROR, "a continuation of no message")
            if self._fragments == MAX_FRAGMENTS:
                what = f"a message in more than {MAX_FRAGMENTS:,} fragments"
                raise RuleBrokenError(TOO_BIG, what)
        elif self._fragments:
            raise RuleBrokenError(PROTOCOL_ERROR, "a new message inside a fragmented one")
        length = len(self._joined) + header.stop - header.start
        if length > self._limit:
            what = f"a message of {length:,} bytes or more, the limit is {self._limit:,}"
            raise RuleBrokenError(TOO_BIG, what)

    def _take(self, header: FrameHeader, data: bytes, items: list[Incoming]) -> None:
        """Act on one complete frame. Raises ``RuleBrokenError``."""
        payload = data[header.start : header.stop]
        match header.opcode:
            case Opcode.TEXT | Opcode.BINARY if header.final:
                items.append(_message(header.opcode, payload))
            case Opcode.TEXT | Opcode.BINARY:
                self._joined_opcode = header.opcode
                self._join(payload)
            case Opcode.CONTINUATION:
                self._join(payload)
                if header.final:
                    items.append(_message(self._joined_opcode, bytes(self._joined)))
                    self._forget_fragments()
            case Opcode.PING:
                self._ping = Ping(payload)
                items.append(self._ping)
            case Opcode.PONG:
                items.append(Pong(payload))
            case Opcode.CLOSE:
                items.append(close_from(payload))
                self._end()
            case _:
                assert_never(header.opcode)

    def _join(self, payload: bytes) -> None:
        self._joined += payload
        self._fragments += 1

    def _forget_fragments(self) -> None:
        self._joined.clear()
        self._fragments = 0

    def _end(self) -> None:
        self._ended = True
        self._held.clear()
        self._forget_fragments()


def _message(opcode: Opcode, payload: bytes) -> bytes:
    """Make the message of a whole payload. Raises ``RuleBrokenError``."""
    if opcode is Opcode.BINARY:
        return Binary(payload)
    check_text(payload)
    return payload
