"""Frames on their way in: a profile's codecs, one behind the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from wscli.messages.codecs import CODECS, Place, Unreadable
from wscli.messages.decode import decode
from wscli.messages.exact import exact_text
from wscli.messages.frames import REST
from wscli.messages.socket_io import read_packet
from wscli.messages.spans import elements, whole
from wscli.messages.unpack import Stage, ZlibStream, base64, gunzip, inflate, lines, zstd
from wscli.model.message import MISSING, Derived
from wscli.model.profile import Codec
from wscli.model.wire import Binary


class Read(NamedTuple):
    """What was read of a frame: a JSON text, its value, or MISSING and the problem in words."""

    raw: bytes
    value: Any
    problem: str


_Spread: TypeAlias = Callable[[bytes], Iterator[bytes]]
"""Gives what a JSON list stands for."""

_BYTES: Final[Mapping[str, Callable[[int, Any], Stage]]] = {
    "gunzip": lambda limit, _: gunzip(limit),
    "inflate": lambda limit, _: inflate(limit),
    "zstd": lambda limit, _: zstd(limit),
    "base64": lambda _limit, _: base64,
    "lines": lambda _limit, separator: lines("\n" if separator is None else separator),
}


class Pipeline:
    """What ``frames.receive`` says, compiled. ``limit``: bytes that a compressed message may come
    to. Raises MissingPackageError where a codec's package is not installed.

    The codecs are taken to be in order, see ``codec_problems``.
    """

    def __init__(self, codecs: Sequence[Codec], limit: int) -> None:
        names = [codec.name for codec in codecs]
        self._stream = ZlibStream(limit) if "zlib-stream" in names else None
        self._stages = [
            _BYTES[codec.name](limit, codec.argument) for codec in codecs if codec.name in _BYTES
        ]
        self._packets = "socket.io" in names
        self._spreads: list[_Spread] = [
            _several if codec.argument is None else _named(codec.argument)
            for codec in codecs
            if CODECS[codec.name].place is Place.VALUES
        ]

    def reset(self) -> None:
        """Begin anew, for a new connection."""
        if self._stream is not None:
            self._stream.reset()

    def read(self, frame: bytes) -> Iterator[Read]:
        """Give what a frame holds, in order; a frame that ends no message holds nothing."""
        data = frame
        if self._stream is not None and isinstance(frame, Binary):
            message = self._stream.feed(frame)
            if message is None:
                return
            if message.problem:
                yield Read(message.frame, MISSING, message.problem)
                return
            frame, data = message.frame, Binary(message.data)
        for piece in self._pieces(data, 0):
            try:
                raw = self._json(piece, frame)
            except Unreadable as error:
                yield Read(frame, MISSING, str(error))
            else:
                yield from self._values(raw, frame)

    def _json(self, piece: bytes | Unreadable, frame: bytes) -> bytes:
        """Give what is to be read as JSON. Raises Unreadable."""
        if isinstance(piece, Unreadable):
            raise piece
        raw = frame if piece is frame else Derived(piece, frame)
        return Derived(read_packet(raw), frame) if self._packets else raw

    def _pieces(self, data: bytes, depth: int) -> Iterator[bytes | Unreadable]:
        """Send data through the stages from ``depth`` on."""
        if depth == len(self._stages):
            yield data
            return
        try:
            for piece in self._stages[depth](data):
                yield from self._pieces(piece, depth + 1)
        except Unreadable as error:
            yield error

    def _values(self, raw: bytes, frame: bytes) -> Iterator[Read]:
        """Read JSON, and send lists through the spreads."""
        reads = iter((Read(raw, *decode(raw)),))
        for spread in self._spreads:
            reads = _spread_out(reads, spread, frame)
        return reads


def _spread_out(reads: Iterator[Read], spread: _Spread, frame: bytes) -> Iterator[Read]:
    for read in reads:
        if not isinstance(read.value, list):
            yield read
            continue
        for text in spread(read.raw):
            yield Read(Derived(text, frame), *decode(text))


def _several(text: bytes) -> Iterator[bytes]:
    """Give the elements of a list."""
    for start, end in elements(text, whole(text)[0]):
        yield text[start:end]


def _named(names: Sequence[str]) -> _Spread:
    """Make an object of a list: its values by these names, further ones in a list under REST."""
    keys = [exact_text(name) + b":" for name in names]

    def make(text: bytes) -> Iterator[bytes]:
        start, end = whole(text)
        spans = elements(text, start)
        parts = [key + text[slice(*span)] for key, span in zip(keys, spans, strict=False)]
        further = next(spans, None)
        if further is not None:
            parts.append(exact_text(REST) + b":[" + text[further[0] : end])
        yield b"{" + b",".join(parts) + b"}"

    return make
