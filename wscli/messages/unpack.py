"""The codecs that work on bytes: what is packed into a frame. Each reads one frame or one piece of
one, and raises ``Unreadable`` for what is not what it should be or comes to more than the limit.
"""

from __future__ import annotations

import zlib
from binascii import Error, a2b_base64
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, Final, NamedTuple, TypeAlias

from wscli.errors import WscliError
from wscli.messages.codecs import Unreadable
from wscli.model.profile import MiB
from wscli.model.wire import Binary

Stage: TypeAlias = Callable[[bytes], Iterable[bytes]]
"""Gives the pieces of what it is given; binary ones are ``Binary``."""

_GZIP: Final = 16 + zlib.MAX_WBITS  # as zlib is told what to read
_RAW: Final = -zlib.MAX_WBITS
_FLUSHED: Final = b"\x00\x00\xff\xff"  # the end of what deflate was told to flush (RFC 1951, 3.2.4)
_WINDOW: Final = 8 * MiB  # what RFC 8878 wants of every reader, and no more
_STEP: Final = 256  # bytes of Zstandard data at once: they come to 8 MiB at the most


class MissingPackageError(WscliError):
    """A package that is needed for this profile alone is not installed."""

    exit_code = 2


def gunzip(limit: int) -> Stage:
    """Make the stage for gzip data: one member (RFC 1952)."""
    return _binary_only(lambda data: _inflated(data, _GZIP, limit, "gzip"))


def inflate(limit: int) -> Stage:
    """Make the stage for zlib data or deflate data without its header."""
    return _binary_only(lambda data: _inflated(data, _window_bits(data), limit, "deflate"))


def zstd(limit: int) -> Stage:
    """Make the stage for Zstandard data; MissingPackageError where nothing can read it."""
    try:
        zstandard = import_module("zstandard")  # an optional extra
    except ImportError:
        raise MissingPackageError(
            "this provider's frames are Zstandard data, and the package zstandard is not installed",
            hint='Install it: pip install "wscli-inspector[zstd]"',
        ) from None
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW)

    def unpack(data: bytes) -> bytes:
        try:
            return _unpacked(reader.decompressobj(), data, limit)
        except zstandard.ZstdError as error:
            raise Unreadable(f"broken Zstandard data: {error}") from None

    return _binary_only(unpack)


def base64(data: bytes) -> Iterable[bytes]:
    """Read base64 as RFC 4648 writes it, with padding; white space around it does not count."""
    try:
        return (Binary(a2b_base64(data.strip(), strict_mode=True)),)
    except Error as error:
        raise Unreadable(f"no base64: {error}") from None


def lines(separator: str) -> Stage:
    """Make the stage that cuts a frame at each separator; blank pieces are left out."""
    mark = separator.encode()

    def cut(data: bytes) -> Iterator[bytes]:
        start = 0
        while start <= len(data):
            found = data.find(mark, start)
            end = len(data) if found < 0 else found
            if end > start and not data[start:end].isspace():
                piece = data[start:end]
                yield Binary(piece) if isinstance(data, Binary) else piece
            start = end + len(mark)

    return cut


class Inflated(NamedTuple):
    """A message of a compressed stream: the ``frame`` or frames it came in, and its ``data``; with
    a ``problem`` there is none.
    """

    frame: bytes
    data: bytes
    problem: str = ""


class ZlibStream:
    """All binary frames of a connection are one zlib stream, so a message can refer to what stood
    in those before it. One may come in several frames; the last ends with 00 00 FF FF.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.reset()

    def reset(self) -> None:
        """Begin anew, for a new connection."""
        self._reader: Any = zlib.decompressobj()
        self._broken = False
        self._begun = bytearray()  # frames of a message that has not ended
        self._data = bytearray()

    def feed(self, frame: bytes) -> Inflated | None:
        """Take a frame; gives a message where it ends with it."""
        problem = self._problem(frame)
        if not problem and not frame.endswith(_FLUSHED):
            self._begun += frame
            return None
        came = Binary(self._begun + frame) if self._begun else frame
        message = Inflated(came, bytes(self._data), problem)
        self._begun, self._data = bytearray(), bytearray()
        return message

    def _problem(self, frame: bytes) -> str:
        """Take the frame's data; gives in words why the stream cannot go on."""
        if self._broken:
            return "part of a compressed stream that broke earlier"
        try:
            self._data += self._reader.decompress(frame, self._limit - len(self._data) + 1)
        except zlib.error as error:
            self._broken = True
            return f"a broken zlib stream: {_reason(error)}"
        self._broken = True
        if max(len(self._data), len(self._begun) + len(frame)) > self._limit:
            return _too_much("part of a zlib stream", self._limit)
        if self._reader.eof:
            return "a zlib stream that ends before the connection does"
        self._broken = False
        return ""


def _binary_only(unpack: Callable[[bytes], bytes]) -> Stage:
    return lambda data: (Binary(unpack(data)) if isinstance(data, Binary) else data,)


def _window_bits(data: bytes) -> int:
    """Tell zlib data by its header (RFC 1950, 2.2)."""
    header = int.from_bytes(data[:2], "big")
    return zlib.MAX_WBITS if data[:1] and data[0] & 0x0F == 8 and header % 31 == 0 else _RAW


def _inflated(data: bytes, window_bits: int, limit: int, kind: str) -> bytes:
    reader = zlib.decompressobj(window_bits)
    try:
        unpacked = reader.decompress(data, limit + 1)
    except zlib.error as error:
        raise Unreadable(f"broken {kind} data: {_reason(error)}") from None
    if len(unpacked) > limit:
        raise Unreadable(_too_much(f"{kind} data", limit))
    _check_end(kind, whole=reader.eof or data.endswith(_FLUSHED), behind=reader.unused_data)
    return unpacked


def _unpacked(reader: Any, data: bytes, limit: int) -> bytes:
    """Read Zstandard data in small steps, because its reader knows no limit."""
    pieces, size, at = [], 0, 0
    while at < len(data) and not reader.eof:
        pieces.append(reader.decompress(data[at : at + _STEP]))
        size += len(pieces[-1])
        at += _STEP
        if size > limit:
            raise Unreadable(_too_much("Zstandard data", limit))
    _check_end("Zstandard", whole=reader.eof, behind=reader.unused_data + data[at:])
    return b"".join(pieces)


def _check_end(kind: str, *, whole: bool, behind: bytes) -> None:
    if not whole:
        raise Unreadable(f"broken {kind} data: its end is missing")
    if behind:
        raise Unreadable(f"broken {kind} data: {len(behind)} bytes stand behind its end")


def _too_much(kind: str, limit: int) -> str:
    return f"{kind} that comes to more than {limit} bytes"


def _reason(error: zlib.error) -> str:
    """Give zlib's words without its own introduction."""
    return str(error).rpartition(": ")[2] or str(error)
