"""Bytes from a server to messages, as strictly as RFC 6455 asks of a client. Touches no socket."""

from __future__ import annotations

from typing import Final, assert_never

from wscli.model.wire import Binary, Incoming, Opcode, Ping, Pong, Violated
from wscli.transport.deflate import Deflate
from wscli.transport.framing import (
    COMPRESSED,
    PROTOCOL_ERROR,
    TOO_BIG,
    FrameHeader,
    RuleBrokenError,
    check_text,
    close_from,
    frame_header,
)
from wscli.transport.inflate import Inflater

MAX_FRAGMENTS: Final = 65_536
"""Fragments of one message. Memory is bounded by its length alone; this ends a message that grows
by nothing, and lets the Autobahn suite's 4 MiB in fragments of 64 bytes through."""

_FINAL_TEXT: Final = 0x81
_FINAL_COMPRESSED_TEXT: Final = _FINAL_TEXT | COMPRESSED


class Reader:
    """Cuts a stream of bytes into messages; how the stream was cut before makes no difference.

    ``max_message`` is the longest message in bytes. A longer one is refused by its header, before
    its payload is kept. ``deflate`` is what was agreed on about compressed messages, None where
    there may be none; of these the limit is what they come to once inflated.
    """

    __slots__ = (
        "_compressed",
        "_ended",
        "_fragments",
        "_held",
        "_inflater",
        "_joined",
        "_joined_opcode",
        "_limit",
        "_needed",
        "_negotiated",
        "_ping",
    )

    def __init__(self, max_message: int, deflate: Deflate | None = None) -> None:
        self._limit = max_message
        self._inflater = None if deflate is None else Inflater(deflate, max_message)
        self._negotiated = 0 if deflate is None else COMPRESSED
        self._held = bytearray()  # the beginning of a frame that is not complete
        self._needed = 0  # so many bytes of it, before it is worth another look
        self._fragments = 0  # of the message under way, 0 where there is none
        self._joined = bytearray()  # their payloads, inflated
        self._joined_opcode = Opcode.TEXT
        self._compressed = False  # whether they are compressed
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
                if self._inflater is not None:
                    stop = self._cut_compressed_texts(self._inflater, data, position, items)
                    if stop > position:
                        position = stop
                        continue
            header = frame_header(data, position, self._negotiated)
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

    def _cut_compressed_texts(
        self, inflater: Inflater, data: bytes, position: int, items: list[Incoming]
    ) -> int:
        """Take compressed ones as ``_cut_texts`` does. A loop of its own, because one question
        more for each message is what the other one would notice.
        """
        size = len(data)
        longest = inflater.longest_frame
        inflate = inflater.inflate
        append = items.append
        while position + 1 < size:
            length = data[position + 1]
            if data[position] != _FINAL_COMPRESSED_TEXT or length > 126:
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
            if stop > size or length > longest:
                break
            payload = inflate(data[start:stop], final=True)
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
        self._check_length(header)

    def _check_length(self, header: FrameHeader) -> None:
        """Refuse a frame that is too long, before it is kept. Raises ``RuleBrokenError``."""
        length = header.stop - header.start
        if self._inflater is not None and self._is_compressed(header):
            longest = self._inflater.longest_frame
        else:
            length += len(self._joined)
            longest = self._limit
        if length > longest:
            what = f"a message of {length:,} bytes or more, the limit is {self._limit:,}"
            raise RuleBrokenError(TOO_BIG, what)

    def _take(self, header: FrameHeader, data: bytes, items: list[Incoming]) -> None:
        """Act on one complete frame. Raises ``RuleBrokenError``."""
        payload = data[header.start : header.stop]
        if self._inflater is not None and self._is_compressed(header):
            held = len(self._joined)
            payload = self._inflater.inflate(payload, held=held, final=header.final)
        match header.opcode:
            case Opcode.TEXT | Opcode.BINARY if header.final:
                items.append(_message(header.opcode, payload))
            case Opcode.TEXT | Opcode.BINARY:
                self._joined_opcode = header.opcode
                self._compressed = header.compressed
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

    def _is_compressed(self, header: FrameHeader) -> bool:
        """Whether a frame holds compressed data: only its message's first frame says so."""
        if header.opcode is Opcode.CONTINUATION:
            return self._compressed
        return header.compressed

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
