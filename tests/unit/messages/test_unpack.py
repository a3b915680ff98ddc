"""What is packed into frames."""

from __future__ import annotations

import gzip
import sys
import tracemalloc
import zlib
from contextlib import suppress
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.messages.codecs import Unreadable
from wscli.messages.unpack import (
    MissingPackageError,
    Stage,
    ZlibStream,
    base64,
    gunzip,
    inflate,
    lines,
    zstd,
)
from wscli.model.wire import Binary

LIMIT = 1000
TEXT = b'{"price":0.10}'


def deflated(data: bytes, mode: int = zlib.Z_FINISH, bits: int = -15) -> bytes:
    packer = zlib.compressobj(wbits=bits)
    return packer.compress(data) + packer.flush(mode)


def only(stage: Stage, data: bytes) -> bytes:
    (piece,) = stage(data)
    return piece


@pytest.mark.parametrize(
    ("stage", "packed"),
    [
        (gunzip(LIMIT), gzip.compress(TEXT, mtime=0)),
        (gunzip(len(TEXT)), gzip.compress(TEXT, mtime=0)),
        (inflate(LIMIT), zlib.compress(TEXT)),
        (inflate(LIMIT), zlib.compress(TEXT, 9)),
        (inflate(LIMIT), deflated(TEXT)),
        (inflate(LIMIT), deflated(TEXT, zlib.Z_SYNC_FLUSH)),
    ],
)
def test_a_binary_frame_is_unpacked(stage: Stage, packed: bytes) -> None:
    piece = only(stage, Binary(packed))
    assert piece == TEXT
    assert isinstance(piece, Binary)


@pytest.mark.parametrize("stage", [gunzip(LIMIT), inflate(LIMIT)])
def test_a_text_frame_is_no_packed_one(stage: Stage) -> None:
    assert only(stage, TEXT) is TEXT


@pytest.mark.parametrize(
    ("stage", "packed", "problem"),
    [
        (gunzip(LIMIT), b"", "broken gzip data: its end is missing"),
        (gunzip(LIMIT), b"nonsense", "broken gzip data: incorrect header check"),
        (gunzip(LIMIT), gzip.compress(TEXT, mtime=0)[:-3], "broken gzip data: its end is missing"),
        (
            gunzip(LIMIT),
            gzip.compress(TEXT, mtime=0) + b"xy",
            "broken gzip data: 2 bytes stand behind its",
        ),
        (
            gunzip(LIMIT),
            gzip.compress(b"0" * 1001, mtime=0),
            "gzip data that comes to more than 1000 bytes",
        ),
        (inflate(LIMIT), b"", "broken deflate data: its end is missing"),
        (inflate(LIMIT), b"\xff\xff", "broken deflate data: invalid block type"),
        (inflate(LIMIT), b"\x08\x1d\x00", "broken deflate data: "),
        (inflate(LIMIT), zlib.compress(TEXT)[:-2], "broken deflate data: its end is missing"),
    ],
)
def test_what_cannot_be_unpacked_is_said(stage: Stage, packed: bytes, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        only(stage, Binary(packed))


@pytest.mark.parametrize("make", [gunzip, inflate])
def test_a_bomb_takes_no_memory(make: Any) -> None:
    size = 64 * 1024 * 1024
    packed = Binary(deflated(bytes(size), bits=31 if make is gunzip else 15))
    tracemalloc.start()
    with pytest.raises(Unreadable, match="more than"):
        only(make(1024 * 1024), packed)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * 1024 * 1024


@pytest.mark.parametrize("stage", [gunzip(LIMIT), inflate(LIMIT), base64])
@given(data=st.binary(max_size=100))
def test_whatever_comes_is_unpacked_or_unreadable(stage: Stage, data: bytes) -> None:
    with suppress(Unreadable):
        only(stage, Binary(data))


# --- one stream for a connection ---------------------------------------------------------------


class Sender:
    """Packs messages as one zlib stream."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj()

    def pack(self, data: bytes, mode: int = zlib.Z_SYNC_FLUSH) -> Binary:
        return Binary(self._packer.compress(data) + self._packer.flush(mode))


def test_messages_of_a_stream_lean_on_those_before_them() -> None:
    sender, stream = Sender(), ZlibStream(LIMIT)
    frames = [sender.pack(TEXT * 10) for _ in range(2)]
    assert len(frames[1]) < len(frames[0])
    for frame in frames:
        message = stream.feed(frame)
        assert message is not None
        assert (message.frame, message.data, message.problem) == (frame, TEXT * 10, "")
        assert message.frame is frame


def test_a_message_may_come_in_several_frames() -> None:
    stream, packed = ZlibStream(LIMIT), Sender().pack(TEXT)
    assert stream.feed(Binary(packed[:5])) is None
    assert stream.feed(Binary(packed[5:-4])) is None
    message = stream.feed(Binary(packed[-4:]))
    assert message is not None
    assert (message.frame, message.data) == (packed, TEXT)
    assert isinstance(message.frame, Binary)


def test_a_new_connection_is_a_new_stream() -> None:
    stream = ZlibStream(LIMIT)
    assert stream.feed(Binary(Sender().pack(TEXT)[:5])) is None
    stream.reset()
    message = stream.feed(Sender().pack(TEXT))
    assert message is not None
    assert message.data == TEXT


@pytest.mark.parametrize(
    ("frames", "problem"),
    [
        ([Binary(b"nonsense")], "a broken zlib stream: incorrect header check"),
        ([Sender().pack(bytes(1001))], "part of a zlib stream that comes to more than 1000 bytes"),
        (
            [Sender().pack(TEXT, zlib.Z_FINISH)],
            "a zlib stream that ends before the connection does",
        ),
        (
            [Binary(b"\x78\x9c\x00\x00"), *[Binary(b"\x00\xff\xff\x00\x00" * 100)] * 2],
            "part of a zlib stream that comes to more than 1000 bytes",
        ),
    ],
)
def test_a_stream_that_broke_stays_broken(frames: list[bytes], problem: str) -> None:
    stream = ZlibStream(LIMIT)
    for frame in frames[:-1]:
        assert stream.feed(frame) is None
    message = stream.feed(frames[-1])
    assert message is not None
    assert message.problem.startswith(problem)
    assert message.frame == b"".join(frames)
    later = stream.feed(Sender().pack(TEXT))
    assert later is not None
    assert later.problem == "part of a compressed stream that broke earlier"
    assert later.data == b""


# --- Zstandard: the package is an optional extra, here it is played ------------------------------


class PlayedError(Exception):
    pass


class PlayedReader:
    """As zstandard's decompression object: b"(...)" is packed data, "9" in it comes to 500 bytes."""

    def __init__(self) -> None:
        self.eof = False
        self.unused_data = b""

    def decompress(self, data: bytes) -> bytes:
        if self.eof or b"!" in data:
            raise PlayedError("cannot")
        data, end, self.unused_data = data.partition(b")")
        self.eof = bool(end)
        return data.replace(b"(", b"").replace(b"9", b"9" * 500)


class PlayedDecompressor:
    def __init__(self, max_window_size: int) -> None:
        assert max_window_size == 8 * 1024 * 1024

    def decompressobj(self) -> PlayedReader:
        return PlayedReader()


@pytest.fixture
def zstandard(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("zstandard")
    module.ZstdDecompressor = PlayedDecompressor
    module.ZstdError = PlayedError
    monkeypatch.setitem(sys.modules, "zstandard", module)


@pytest.mark.usefixtures("zstandard")
def test_zstandard_data_is_read_in_small_steps() -> None:
    packed = b"(" + b"x" * 600 + b")"
    assert only(zstd(LIMIT), Binary(packed)) == b"x" * 600
    assert only(zstd(LIMIT), b"text") == b"text"


@pytest.mark.usefixtures("zstandard")
@pytest.mark.parametrize(
    ("packed", "problem"),
    [
        (b"(x", "broken Zstandard data: its end is missing"),
        (b"", "broken Zstandard data: its end is missing"),
        (b"!", "broken Zstandard data: cannot"),
        (b"(x)yz", "broken Zstandard data: 2 bytes stand behind its end"),
        (b"(x)" + b"y" * 600, "broken Zstandard data: 600 bytes stand behind its end"),
        (b"999)", "Zstandard data that comes to more than 1000 bytes"),
    ],
)
def test_zstandard_data_that_cannot_be_read_is_said(packed: bytes, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        only(zstd(LIMIT), Binary(packed))


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingPackageError) as raised:
        zstd(LIMIT)
    assert raised.value.exit_code == 2
    assert 'pip install "wscli-inspector[zstd]"' in str(raised.value)


# --- text ----------------------------------------------------------------------------------------


def test_base64_is_read() -> None:
    piece = only(base64, b" eyJhIjoiw6kifQ==\n")
    assert piece == '{"a":"é"}'.encode()
    assert isinstance(piece, Binary)


@pytest.mark.parametrize("data", [b"eyJ", b"ey J9", b"{}", "é".encode()])
def test_what_is_no_base64_is_said(data: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^no base64: "):
        only(base64, data)


@pytest.mark.parametrize(
    ("separator", "data", "pieces"),
    [
        ("\n", b"{}\n{}", [b"{}", b"{}"]),
        ("\n", b"\n{}\n\r\n \n{}\r\n", [b"{}", b"{}\r"]),
        ("\x1e", b'{"a":1}\x1e{"b":"\n"}\x1e', [b'{"a":1}', b'{"b":"\n"}']),
        ("\r\n", b"PING\r\nPONG\r\n", [b"PING", b"PONG"]),
        ("é", "aébé".encode(), [b"a", b"b"]),
        ("\n", b"", []),
        ("\n", b"{}", [b"{}"]),
    ],
)
def test_a_frame_is_cut_at_each_separator(separator: str, data: bytes, pieces: list[bytes]) -> None:
    assert list(lines(separator)(data)) == pieces
    binary = list(lines(separator)(Binary(data)))
    assert binary == pieces
    assert all(isinstance(piece, Binary) for piece in binary)


def test_a_frame_that_is_one_line_is_not_copied() -> None:
    frame = b'{"a":1}'
    assert only(lines("\n"), frame) is frame
