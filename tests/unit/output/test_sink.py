"""Bytes reach the descriptor, all of them, or it is said why not."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from wscli.errors import OutputError, ReaderGone
from wscli.output.sink import Sink


class Pipe:
    """A pipe whose reading end is ours."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self.sink = Sink(self.writing)

    def read_all(self) -> bytes:
        """Close the writing end and give what came."""
        self.writing = _closed(self.writing)
        parts = []
        while part := os.read(self.reading, 65536):
            parts.append(part)
        return b"".join(parts)

    def leave(self) -> None:
        self.reading = _closed(self.reading)

    def close(self) -> None:
        self.leave()
        self.writing = _closed(self.writing)


def _closed(fd: int) -> int:
    if fd >= 0:
        os.close(fd)
    return -1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()


def failing(number: int) -> Callable[..., int]:
    def write(_fd: int, _data: bytes) -> int:
        raise OSError(number, os.strerror(number))

    return write


def test_what_is_written_is_read(pipe):
    pipe.sink.write(b"one\n")
    pipe.sink.write(b"")
    pipe.sink.write(b"two\n")
    assert pipe.read_all() == b"one\ntwo\n"


@pytest.mark.parametrize("blocking", [True, False])
def test_more_than_the_pipe_holds_is_written_as_the_reader_takes_it(pipe, blocking):
    os.set_blocking(pipe.writing, blocking)
    data = bytes(range(256)) * 4096
    came: list[bytes] = []

    def read() -> None:
        while sum(map(len, came)) < len(data):
            came.append(os.read(pipe.reading, 65536))

    reader = Thread(target=read)
    reader.start()
    pipe.sink.write(data)
    reader.join()
    assert b"".join(came) == data


def test_a_pipe_that_is_full_from_the_beginning_is_waited_for(pipe):
    os.set_blocking(pipe.writing, False)
    filled = 0
    with suppress(BlockingIOError):
        while True:
            filled += os.write(pipe.writing, b"x" * 4096)
    reader = Thread(target=lambda: os.read(pipe.reading, 8192))
    reader.start()
    pipe.sink.write(b"late")
    reader.join()
    assert pipe.read_all() == b"x" * (filled - 8192) + b"late"


def test_a_reader_that_pauses_in_mid_write_is_waited_for(pipe, monkeypatch):
    takes = [0, 1, 0, 0, 2, 0, 3]
    came = bytearray()

    def write(_fd: int, data: bytes) -> int:
        taken = takes.pop(0)
        if not taken:
            raise BlockingIOError
        came.extend(data[:taken])
        return taken

    monkeypatch.setattr(os, "write", write)
    pipe.sink.write(b"abcdef")
    assert came == b"abcdef"


def test_a_write_that_takes_one_byte_at_a_time_is_repeated(monkeypatch):
    came = bytearray()

    def write(_fd: int, data: bytes) -> int:
        came.extend(data[:1])
        return 1

    monkeypatch.setattr(os, "write", write)
    Sink(1).write(b"abc")
    assert came == b"abc"


def test_a_reader_that_went_away_ends_the_run_quietly(pipe):
    pipe.leave()
    with pytest.raises(ReaderGone):
        pipe.sink.write(b"x")


@pytest.mark.parametrize("number", [errno.ECONNRESET, errno.ESHUTDOWN])
def test_a_socket_that_was_closed_is_a_reader_that_went_away(monkeypatch, number):
    monkeypatch.setattr(os, "write", failing(number))
    with pytest.raises(ReaderGone):
        Sink(1).write(b"x")


def test_a_reader_that_leaves_in_mid_write_is_noticed(monkeypatch):
    def write(fd: int, data: bytes) -> int:
        return 1 if len(data) == 3 else failing(errno.EPIPE)(fd, data)

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(ReaderGone):
        Sink(1).write(b"abc")


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.ENOSPC, "no space is left on the device"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EFBIG, "the file has grown to the largest size allowed"),
        (errno.EBADF, "it is closed"),
        (errno.EIO, "the device reports an input/output error"),
        (errno.EPERM, "operation not permitted"),
    ],
)
def test_why_output_cannot_be_written_is_said_in_words(monkeypatch, number, why):
    monkeypatch.setattr(os, "write", failing(number))
    with pytest.raises(OutputError) as caught:
        Sink(1).write(b"x")
    assert caught.value.text == f"stdout could not be written: {why}."
    assert caught.value.exit_code == 74


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_an_error():
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OutputError, match="no space is left"):
            Sink(fd).write(b"x")
    finally:
        os.close(fd)


def test_a_descriptor_that_was_closed_from_the_start_is_an_error_and_no_terminal(pipe):
    fd = pipe.writing
    pipe.close()
    sink = Sink(fd)
    assert not sink.isatty
    assert not sink.gone()
    assert sink.size() == (80, 24)
    with pytest.raises(OutputError, match="it is closed"):
        sink.write(b"x")


def test_an_idle_stream_notices_that_its_reader_went_away(pipe):
    assert not pipe.sink.gone()
    pipe.leave()
    assert pipe.sink.gone()


def test_a_file_has_no_reader_that_could_go_away(tmp_path):
    with (tmp_path / "out").open("wb") as file:
        sink = Sink(file.fileno())
        sink.write(b"x")
        assert not sink.gone()
        assert not sink.isatty


def test_a_terminal_tells_its_size(monkeypatch):
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((132, 0)))
    assert Sink(1).size() == (132, 24)
