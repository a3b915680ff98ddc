"""The reader against RFC 6455, with the frames of the ``websockets`` library as a second opinion."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.frames import Opcode as TheirOpcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from wscli.model.wire import Binary, Close, Incoming, Opcode, Ping, Pong, Violated
from wscli.transport.framing import FrameHeader, close_payload, frame_header
from wscli.transport.reader import MAX_FRAGMENTS, Reader

LIMIT = 1_000_000


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    return Frame(TheirOpcode(opcode), payload, fin).serialize(mask=False)


def read(*chunks: bytes, limit: int = LIMIT) -> list[Incoming]:
    reader = Reader(limit)
    return [item for chunk in chunks for item in reader.feed(chunk)]


def text(payload: bytes) -> bytes:
    return frame(Opcode.TEXT, payload)


GOOD: dict[str, tuple[bytes, list[Incoming]]] = {
    "nothing": (b"", []),
    "an empty text": (text(b""), [b""]),
    "a short text": (text(b"hello"), [b"hello"]),
    "125 bytes": (text(b"a" * 125), [b"a" * 125]),
    "126 bytes": (text(b"a" * 126), [b"a" * 126]),
    "65,535 bytes": (text(b"a" * 65_535), [b"a" * 65_535]),
    "65,536 bytes": (text(b"a" * 65_536), [b"a" * 65_536]),
    "several texts": (text(b"1") + text(b"2") + text(b"3"), [b"1", b"2", b"3"]),
    "text that is not ASCII": (text("κόσμε 🜲".encode()), ["κόσμε 🜲".encode()]),
    "a long text that is not ASCII": (text("é".encode() * 50_000), ["é".encode() * 50_000]),
    "a binary": (frame(Opcode.BINARY, b"\xff\x00"), [Binary(b"\xff\x00")]),
    "a ping": (frame(Opcode.PING, b"are you there"), [Ping(b"are you there")]),
    "a pong": (frame(Opcode.PONG, b"x" * 125), [Pong(b"x" * 125)]),
    "an empty close": (frame(Opcode.CLOSE), [Close()]),
    "a close": (frame(Opcode.CLOSE, b"\x03\xe8bye"), [Close(1000, "bye")]),
    "a close of the application's": (frame(Opcode.CLOSE, b"\x13\x87"), [Close(4999)]),
    "a close that IANA registered": (frame(Opcode.CLOSE, b"\x03\xf6"), [Close(1014)]),
    "fragments": (
        frame(1, b"a", fin=False) + frame(0, b"b", fin=False) + frame(0, b"c"),
        [b"abc"],
    ),
    "binary fragments": (frame(2, b"\xff", fin=False) + frame(0, b"\xfe"), [Binary(b"\xff\xfe")]),
    "empty fragments": (frame(1, fin=False) + frame(0, fin=False) + frame(0), [b""]),
    "a character cut by fragments": (
        frame(1, b"\xc3", fin=False) + frame(0, b"\xa9"),
        [b"\xc3\xa9"],
    ),
    "control frames between fragments": (
        frame(1, b"a", fin=False)
        + frame(9, b"p")
        + frame(0, b"b", fin=False)
        + frame(10)
        + frame(0),
        [Ping(b"p"), Pong(), b"ab"],
    ),
    "two fragmented messages": (
        frame(1, b"a", fin=False) + frame(0, b"b") + frame(2, b"c", fin=False) + frame(0, b"d"),
        [b"ab", Binary(b"cd")],
    ),
    "bytes after the close": (frame(8) + text(b"late") + b"\xff\xff", [Close()]),
}

BAD: dict[str, tuple[bytes, int]] = {
    "rsv1": (b"\xc1\x00", 1002),
    "rsv2": (b"\xa1\x00", 1002),
    "rsv3 on a continuation": (frame(1, fin=False) + b"\x10\x00", 1002),
    "opcode 3": (b"\x83\x00", 1002),
    "opcode 11": (b"\x8b\x00", 1002),
    "a masked text": (b"\x81\x81\0\0\0\0a", 1002),
    "a masked ping": (b"\x89\x80\0\0\0\0", 1002),
    "a fragmented ping": (b"\x09\x00", 1002),
    "a fragmented close": (b"\x08\x00", 1002),
    "a ping of 126 bytes": (b"\x89\x7e\x00\x7e", 1002),
    "a close of 64-bit length": (b"\x88\x7f" + bytes(8), 1002),
    "a stray continuation": (frame(0, b"x"), 1002),
    "a text inside a fragmented message": (frame(1, b"a", fin=False) + text(b"b"), 1002),
    "a binary inside a fragmented message": (frame(1, b"a", fin=False) + frame(2, b"b"), 1002),
    "125 in 16 bits": (b"\x81\x7e\x00\x7d" + b"a" * 125, 1002),
    "65,535 in 64 bits": (b"\x81\x7f" + (65_535).to_bytes(8, "big"), 1002),
    "126 in 64 bits, binary": (b"\x82\x7f" + (126).to_bytes(8, "big"), 1002),
    "a 64-bit length with its highest bit": (b"\x82\x7f\x80" + bytes(7), 1002),
    "half a close code": (frame(8, b"\x03"), 1002),
    "a text cut inside a character": (text(b"\xc3"), 1007),
    "an overlong encoding": (text(b"\xc0\xaf"), 1007),
    "a surrogate": (text(b"\xed\xa0\x80"), 1007),
    "a long text that is not UTF-8": (text(b"\xff" * 70_000), 1007),
    "fragments that are not UTF-8": (frame(1, b"\xc3", fin=False) + frame(0, b"a"), 1007),
    "a reason that is not UTF-8": (frame(8, b"\x03\xe8\xff"), 1007),
    "a text over the limit": (text(b"a" * (LIMIT + 1)), 1009),
    "fragments over the limit": (
        frame(1, b"a" * LIMIT, fin=False) + frame(0, b"a", fin=False),
        1009,
    ),
    "too many fragments": (frame(1, fin=False) + frame(0, fin=False) * MAX_FRAGMENTS, 1009),
} | {
    f"close code {code}": (frame(8, code.to_bytes(2, "big")), 1002)
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)
}


@pytest.mark.parametrize("name", GOOD)
def test_reads_what_rfc_6455_allows(name: str) -> None:
    data, items = GOOD[name]
    read_items = read(data)
    assert read_items == items
    assert [type(item) for item in read_items] == [type(item) for item in items]


@pytest.mark.parametrize("name", BAD)
def test_closes_with_the_right_code_on_what_rfc_6455_forbids(name: str) -> None:
    data, code = BAD[name]
    (violated,) = read(data)
    assert isinstance(violated, Violated)
    assert violated.code == code
    assert violated.what
    assert not violated.what.endswith(".")


@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_reads_byte_by_byte_what_it_reads_in_one_piece(name: str) -> None:
    data = (GOOD.get(name) or BAD[name])[0][:2000]
    assert read(*(data[index : index + 1] for index in range(len(data)))) == read(data)


@pytest.mark.parametrize("name", BAD)
def test_delivers_complete_messages_before_the_violation(name: str) -> None:
    data, code = BAD[name]
    items = read(text(b"1") + frame(9) + text(b"2") + data + text(b"late"))
    assert items[:3] == [b"1", Ping(), b"2"]
    assert isinstance(items[3], Violated)
    assert items[3].code == code
    assert len(items) == 4


def test_a_message_that_is_complete_has_no_further_fragments() -> None:
    items = read(frame(1, b"a", fin=False) + frame(0, b"b") + frame(0, b"c"))
    assert items == [b"ab", Violated(1002, "a continuation of no message")]


@pytest.mark.parametrize("last", [frame(8), b"\xff\xff"], ids=["close", "violation"])
def test_gives_nothing_and_holds_nothing_after_the_last_item(last: bytes) -> None:
    reader = Reader(LIMIT)
    assert len(reader.feed(last + b"more")) == 1
    assert reader.feed(text(b"late")) == []
    assert reader.partial == 0


def test_a_message_of_exactly_the_limit_is_read() -> None:
    assert read(text(b"a" * LIMIT)) == [b"a" * LIMIT]
    assert read(text(b"abc"), limit=3) == [b"abc"]
    assert isinstance(read(text(b"abcd"), limit=3)[0], Violated)


def test_exactly_the_allowed_number_of_fragments_is_read() -> None:
    fragments = frame(1, b"a", fin=False) + frame(0, b"b", fin=False) * (MAX_FRAGMENTS - 2)
    assert read(fragments + frame(0, b"c")) == [b"a" + b"b" * (MAX_FRAGMENTS - 2) + b"c"]


def test_a_message_that_is_too_long_is_refused_by_its_header_alone() -> None:
    header = b"\x82\x7f" + (LIMIT + 1).to_bytes(8, "big")
    assert read(header[:9]) == []
    (violated,) = read(header)
    assert violated == Violated(
        1009, "a message of 1,000,001 bytes or more, the limit is 1,000,000"
    )


def test_partial_counts_the_bytes_of_an_unfinished_message() -> None:
    reader = Reader(LIMIT)
    reader.feed(frame(1, b"abc", fin=False))
    assert reader.partial == 3
    reader.feed(frame(0, b"0123456789")[:7])
    assert reader.partial == 10
    assert reader.feed(frame(0, b"0123456789")[7:]) == [b"abc0123456789"]
    assert reader.partial == 0


def test_only_the_last_ping_waits_for_an_answer() -> None:
    reader = Reader(LIMIT)
    reader.feed(frame(9, b"1") + text(b"x") + frame(9, b"2"))
    assert reader.take_ping() == Ping(b"2")
    assert reader.take_ping() is None


def test_a_long_message_in_small_chunks_is_copied_only_a_few_times() -> None:
    size = 4_000_000
    data = text(b"a" * size)
    reader = Reader(size)
    items: list[Incoming] = []
    tracemalloc.start()
    try:
        for start in range(0, len(data), 1000):
            items += reader.feed(data[start : start + 1000])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert items == [b"a" * size]
    assert peak < 4 * size


def test_an_unfinished_message_is_looked_at_once_however_many_chunks_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = []

    def look(data: bytes, position: int, negotiated: int) -> FrameHeader | None:
        looks.append(len(data))
        return frame_header(data, position, negotiated)

    monkeypatch.setattr("wscli.transport.reader.frame_header", look)
    data = frame(Opcode.BINARY, bytes(100_000))
    assert read(*(data[start : start + 1000] for start in range(0, len(data), 1000)))
    assert len(looks) <= 3  # its beginning, the whole of it, and what follows


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_no_bytes_at_all_make_it_raise(data: bytes, cuts: list[int]) -> None:
    assert read(*split(data, cuts), limit=100) == read(data, limit=100)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut for cut in cuts if cut <= len(data)), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]


payloads = st.one_of(
    st.text(max_size=30).map(str.encode),
    st.integers(120, 130).map(lambda size: b"x" * size),
    st.just("é".encode() * 33_000),
)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[Incoming], bytes]:
    """Messages, and the bytes in which the ``websockets`` library sends them."""
    protocol = ServerProtocol()
    protocol.state = State.OPEN
    items: list[Incoming] = []
    for kind in draw(st.lists(st.sampled_from(["text", "binary", "ping", "pong", "fragments"]))):
        match kind:
            case "text":
                text = draw(payloads)
                protocol.send_text(text)
                items.append(text)
            case "binary":
                data = draw(st.binary(max_size=150))
                protocol.send_binary(data)
                items.append(Binary(data))
            case "ping":
                ping = Ping(draw(st.binary(max_size=125)))
                protocol.send_ping(ping.payload)
                items.append(ping)
            case "pong":
                pong = Pong(draw(st.binary(max_size=125)))
                protocol.send_pong(pong.payload)
                items.append(pong)
            case _:
                first, *more, last = draw(st.lists(payloads, min_size=2, max_size=4))
                protocol.send_text(first, fin=False)
                for part in more:
                    protocol.send_continuation(part, fin=False)
                protocol.send_ping(b"between")
                protocol.send_continuation(last, fin=True)
                items += [Ping(b"between"), b"".join([first, *more, last])]
    if draw(st.booleans()):
        code, reason = draw(st.sampled_from([1000, 1011, 3000, 4999])), draw(st.text(max_size=20))
        protocol.send_close(code, reason)
        items.append(Close(code, reason))
    return items, b"".join(protocol.data_to_send())


@settings(max_examples=150, deadline=None)
@given(conversations(), st.lists(st.integers(0, 2000)))
def test_reads_what_another_library_writes_however_it_is_cut(
    conversation: tuple[list[Incoming], bytes], cuts: list[int]
) -> None:
    items, data = conversation
    assert read(*split(data, cuts)) == items


@example(1000, "é" * 62)
@given(st.sampled_from([1000, 1001, 3000]), st.text(max_size=200))
def test_a_close_payload_is_read_back_with_its_reason_cut_to_what_fits(
    code: int, reason: str
) -> None:
    payload = close_payload(code, reason)
    (close,) = read(frame(8, payload))
    assert len(payload) <= 125
    assert isinstance(close, Close)
    assert close.code == code
    assert reason.startswith(close.reason)


def test_a_close_payload_without_a_code_is_empty() -> None:
    assert close_payload(None) == b""
