"""Compressed messages, inflated (RFC 7692, section 7.2.2). Touches no socket."""

from __future__ import annotations

import zlib
from typing import Final

from wscli.transport.deflate import Deflate
from wscli.transport.framing import INVALID_PAYLOAD, TOO_BIG, RuleBrokenError

MAX_STREAMS: Final = 64
"""Deflate streams in one frame. Where one ends, what is left of the frame is copied for the next,
so a frame of nothing but ends would cost the square of its length.
"""

_CUT_OFF: Final = b"\x00\x00\xff\xff"  # what a sender takes off a message's end (section 7.2.1)
_LAST_BLOCK: Final = b"\x01\x00\x00\xff\xff"  # an empty block with BFINAL (RFC 1951, section 3.2.4)


class Inflater:
    """Inflates what one server sends, in order. ``limit`` is the longest message in bytes."""

    __slots__ = ("_ends", "_limit", "_stream", "_tail", "_window_bits")

    def __init__(self, deflate: Deflate, limit: int) -> None:
        # A message that stands alone is made a whole stream, so that it can be seen to be whole,
        # and the next one begins anew. Where the context is kept the stream has to go on.
        self._ends = deflate.server_no_context_takeover
        self._tail = _CUT_OFF + _LAST_BLOCK if self._ends else _CUT_OFF
        self._limit = limit
        self._window_bits = deflate.server_max_window_bits or zlib.MAX_WBITS
        self._stream = self._new_stream()

    @property
    def longest_frame(self) -> int:
        """Bytes that a frame may need at the most: deflate writes at most nine bits for a byte,
        and may end what is short with more than it holds.
        """
        return self._limit + self._limit // 8 + 64

    def inflate(self, payload: bytes, *, held: int = 0, final: bool) -> bytes:
        """Inflate the payload of one frame, ``final`` where it is its message's last; ``held`` is
        the length of what came of the message before.

        Never makes more than the limit and one byte: that a message is longer is known then.
        Raises ``RuleBrokenError``: 1009 for a message over the limit, 1007 for data that is not
        deflate's. RFC 7692 names no code for that; 1007 is the one for a payload that is not what
        it should be, and what ws (Node.js) and wsproto send.
        """
        most = self._limit - held + 1
        try:
            inflated = self._inflate(payload + self._tail if final else payload, most)
        except zlib.error:
            raise _corrupt("a compressed message that cannot be inflated") from None
        if len(inflated) >= most:
            what = f"a compressed message of more than {self._limit:,} bytes, the limit"
            raise RuleBrokenError(TOO_BIG, what)
        if final and self._ends and not self._stream.eof:
            raise _corrupt("a compressed message that breaks off")
        return inflated

    def _inflate(self, data: bytes, most: int) -> bytes:
        if self._stream.eof:
            self._stream = self._new_stream()
        inflated = self._stream.decompress(data, most)
        if not self._stream.unused_data:
            return inflated
        return self._over_ends(inflated, most)

    def _over_ends(self, inflated: bytes, most: int) -> bytes:
        """Go on behind a block with BFINAL, which may end anywhere (section 7.2.1). Nothing before
        it is referred to any more: that is what ends a stream (RFC 1951, section 3.2.3).
        """
        parts, size = [inflated], len(inflated)
        while (rest := self._stream.unused_data) and size < most:
            if len(parts) == MAX_STREAMS:
                what = f"a compressed frame of more than {MAX_STREAMS} deflate streams"
                raise RuleBrokenError(TOO_BIG, what)
            self._stream = self._new_stream()
            parts.append(self._stream.decompress(rest, most - size))
            size += len(parts[-1])
        return b"".join(parts)

    def _new_stream(self) -> zlib._Decompress:
        return zlib.decompressobj(-self._window_bits)  # negative: without zlib's own header


def _corrupt(what: str) -> RuleBrokenError:
    return RuleBrokenError(INVALID_PAYLOAD, what)
