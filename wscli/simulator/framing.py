"""The profile's ``frames`` from the other side: what it receives we write, and the reverse."""

from __future__ import annotations

import gzip
import zlib
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, Final, TypeAlias

import orjson

from wscli.messages.encode import frame_text
from wscli.messages.frames import encode_frame
from wscli.messages.pipeline import Pipeline
from wscli.messages.unpack import MissingPackageError
from wscli.model.message import MISSING
from wscli.model.profile import Codec, Frames
from wscli.simulator.places import too_deep

_LARGEST: Final = 1024 * 1024  # bytes of a client's frame
_LINE_BREAK: Final = "\n"

_Stage: TypeAlias = Callable[[bytes], bytes]


class Framing:
    """Of one connection. Raises MissingPackageError where a package that packs is not installed."""

    def __init__(self, frames: Frames) -> None:
        names = [codec.name for codec in frames.receive]
        arrays = [codec for codec in frames.receive if codec.name == "array"]
        self._values = [codec for codec in arrays if codec.argument]
        self._in_list = len(arrays) > len(self._values)
        self._values.append(Codec("socket.io" if "socket.io" in names else "json"))
        stages = [_packer(codec) for codec in reversed(frames.receive)]
        self._stages = [stage for stage in stages if stage is not None]
        packed = [name for name in names if name in _BINARY]
        self._binary = bool(packed) and _text_comes_first(names)
        plain = frames.send == Frames().send
        self._reader = None if plain else Pipeline(_read_as(frames.send), _LARGEST)
        self._packets = any(codec.name == "socket.io" for codec in frames.send)
        self._tuples = any(codec.name == "array" for codec in frames.send)

    def written(self, value: Any) -> str | bytes:
        """Give the frame for a message: a text one, or a binary one."""
        try:
            text = encode_frame(value, self._values)
        except ValueError:  # the profile's example has no place in such a frame
            text = frame_text(value)
        if self._in_list and not isinstance(value, str):
            text = f"[{text}]"
        data = text.encode(errors="replace")
        for stage in self._stages:
            data = stage(data)
        return data if self._binary else data.decode()

    def read(self, text: str) -> Iterator[tuple[Any, str]]:
        """Give what a text frame says, message by message, each with its own text; this stands for
        the value where it is no JSON, or nested beyond reason.
        """
        if self._reader is None:
            yield _read(text), text
            return
        for message in self._reader.read(text.encode(errors="replace")):
            own = text if self._packets else message.raw.decode(errors="replace")
            value = own if message.value is MISSING or too_deep(message.value) else message.value
            yield self._without_nulls(value), own

    def _without_nulls(self, value: Any) -> Any:
        """Leave out what a list has as null where it stands for an object: that is how a client
        writes what is absent.
        """
        if not self._tuples or not isinstance(value, dict):
            return value
        return {key: part for key, part in value.items() if part is not None}


def _packer(codec: Codec) -> _Stage | None:
    """Give what undoes a codec that works on bytes, None for the others."""
    match codec.name:
        case "gunzip":
            return lambda data: gzip.compress(data, mtime=0)
        case "inflate":
            return zlib.compress
        case "zlib-stream":
            return _stream()
        case "zstd":
            return _zstandard()
        case "base64":
            return lambda data: b2a_base64(data, newline=False)
        case "lines":
            separator = (codec.argument or _LINE_BREAK).encode()
            return lambda data: data + separator
        case _:
            return None


_BINARY: Final = frozenset({"gunzip", "inflate", "zlib-stream", "zstd"})


def _text_comes_first(names: Sequence[str]) -> bool:
    """Whether what is on the wire is bytes: base64 as the first stage makes text of them."""
    return next((name for name in names if name in _BINARY or name == "base64"), "") != "base64"


def _stream() -> _Stage:
    packer = zlib.compressobj()
    return lambda data: packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


def _zstandard() -> _Stage:
    try:
        compress = import_module("zstandard").compress
    except ImportError:
        raise MissingPackageError(
            "this provider's frames are Zstandard data, and the package zstandard is not installed",
            hint='Install it: pip install "wscli-inspector[zstd]"',
        ) from None
    packed: _Stage = compress
    return packed


def _read_as(send: Sequence[Codec]) -> list[Codec]:
    """Give the pipeline that reads what such a one sends."""
    return [
        Codec("lines", codec.argument) if codec.name == "append" else codec
        for codec in reversed(send)
    ]


def _read(text: str) -> Any:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return text if too_deep(value) else value
