"""Compressed messages, with RFC 7692's own examples and the ``websockets`` library as the peer."""

from __future__ import annotations

import tracemalloc
import zlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame
from websockets.frames import Opcode as TheirOpcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from wscli.model.wire import Binary, Incoming, Ping, Pong, Violated
from wscli.transport.deflate import Deflate
from wscli.transport.inflate import MAX_STREAMS
from wscli.transport.reader import MAX_FRAGMENTS, Reader

LIMIT = 1_000_000
KEEPING = Deflate()
ALONE = Deflate(server_no_context_takeover=True)
BOTH = pytest.mark.parametrize("deflate", [KEEPING, ALONE], ids=["keeping", "alone"])

TEXT, BINARY, MORE, PING, PONG = 1, 2, 0, 9, 10
CANNOT = "a compressed message that cannot be inflated"
BREAKS_OFF = "a compressed message that breaks off"


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    return Frame(TheirOpcode(opcode), payload, fin).serialize(mask=False)


def packed(payload: bytes, opcode: int = TEXT, *, fin: bool = True) -> bytes:
    """The first frame of a compressed message."""
    data = frame(opcode, payload, fin=fin)
    return bytes([data[0] | 0x40]) + data[1:]


def read(*chunks: bytes, deflate: Deflate | None = KEEPING, limit: int = LIMIT) -> list[Incoming]:
    reader = Reader(limit, deflate)
    return [item for chunk in chunks for item in reader.feed(chunk)]


class Sender:
    """Compresses messages one after the other, as zlib does it."""

    def __init__(self, window_bits: int = 15, *, keeping: bool = True, level: int = 6) -> None:
        self._how = (level, zlib.DEFLATED, -window_bits)
        self._keeping = keeping
        self._stream = zlib.compressobj(*self._how)

    def __call__(self, message: bytes) -> bytes:
        if not self._keeping:
            self._stream = zlib.compressobj(*self._how)
        flushed = self._stream.compress(message) + self._stream.flush(zlib.Z_SYNC_FLUSH)
        return flushed.removesuffix(b"\0\0\xff\xff")


def whole(message: bytes, level: int = 6) -> bytes:
    """A deflate stream with an end."""
    stream = zlib.compressobj(level, zlib.DEFLATED, -15)
    return stream.compress(message) + stream.flush()


EXAMPLES = {  # RFC 7692, section 7.2.3, with its own bytes
    "one block (7.2.3.1)": "c1 07 f2 48 cd c9 c9 07 00",
    "fragments (7.2.3.1)": "41 03 f2 48 cd 80 04 c9 c9 07 00",
    "no compression (7.2.3.3)": "c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00",
    "BFINAL (7.2.3.4)": "c1 08 f3 48 cd c9 c9 07 00 00",
    "two blocks (7.2.3.5)": "c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00",
}


@BOTH
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_rfc_7692_are_read(name: str, deflate: Deflate) -> None:
    data = bytes.fromhex(EXAMPLES[name])
    assert read(data + data, deflate=deflate) == [b"Hello", b"Hello"]


def test_a_shared_window_is_used_where_the_context_is_kept() -> None:
    data = bytes.fromhex("c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00")  # section 7.2.3.2
    assert read(data) == [b"Hello", b"Hello"]
    first, second = read(data, deflate=ALONE)
    assert first == b"Hello"
    assert second == Violated(1007, CANNOT)


@BOTH
def test_an_empty_message_is_read(deflate: Deflate) -> None:
    assert read(packed(b"\0") * 2, deflate=deflate) == [b"", b""]  # section 7.2.3.6


@BOTH
def test_binaries_are_inflated_too(deflate: Deflate) -> None:
    send = Sender(keeping=deflate is KEEPING)
    items = read(packed(send(b"\xff\0"), BINARY) + packed(send(b"x")), deflate=deflate)
    assert items == [Binary(b"\xff\0"), b"x"]
    assert isinstance(items[0], Binary)


@BOTH
def test_compressed_and_plain_messages_may_alternate(deflate: Deflate) -> None:
    send = Sender(keeping=deflate is KEEPING)
    plain = frame(TEXT, b"plain")
    data = plain + packed(send(b"1")) + packed(send(b"2")) + plain + plain + frame(BINARY, b"b")
    data += packed(send(b"3")) + frame(PING) + packed(send(b"4")) + plain
    items = [b"plain", b"1", b"2", b"plain", b"plain", Binary(b"b"), b"3", Ping(), b"4", b"plain"]
    assert read(data, deflate=deflate) == items


@BOTH
def test_control_frames_between_compressed_fragments_are_left_as_they_are(deflate: Deflate) -> None:
    data = Sender()(b"Hello" * 10)
    items = read(
        packed(data[:3], fin=False)
        + frame(PING, b"\xf2\x48")
        + frame(MORE, data[3:5], fin=False)
        + frame(PONG)
        + frame(MORE, data[5:]),
        deflate=deflate,
    )
    assert items == [Ping(b"\xf2\x48"), Pong(), b"Hello" * 10]


@BOTH
def test_an_uncompressed_fragmented_message_stays_one_after_a_compressed_one(
    deflate: Deflate,
) -> None:
    send = Sender(keeping=deflate is KEEPING)
    cut = packed(send(b"one"), fin=False) + frame(MORE)
    plain = frame(TEXT, b"two", fin=False) + frame(MORE, b"three")
    assert read(cut + plain + packed(send(b"four")), deflate=deflate)[1:] == [b"twothree", b"four"]


@BOTH
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 300_000])
def test_messages_of_every_length_are_read(size: int, deflate: Deflate) -> None:
    message = bytes(33 + number * number % 89 for number in range(size))
    send = Sender(keeping=deflate is KEEPING, level=0)  # so that frames have every length as well
    assert read(packed(send(message)) + packed(send(b"x")), deflate=deflate) == [message, b"x"]


@BOTH
@pytest.mark.parametrize("size", [10, 300])
def test_a_compressed_message_is_read_byte_by_byte_too(size: int, deflate: Deflate) -> None:
    message = bytes(33 + number * number % 89 for number in range(size))
    data = packed(Sender(level=0)(message)) + packed(Sender()(b"x"))
    assert read(*(data[at : at + 1] for at in range(len(data))), deflate=deflate) == [message, b"x"]


@BOTH
def test_a_stream_that_ends_at_each_flush_is_read_on(deflate: Deflate) -> None:
    """As libdeflate writes it, which can only write whole streams (uWebSockets)."""
    parts = [b"Hello", b"", b"World" * 100, "é".encode()]
    one = packed(b"".join(map(whole, parts)) + b"\0")
    cut = packed(whole(parts[0]), fin=False) + frame(MORE, whole(parts[1]), fin=False)
    cut += frame(MORE, whole(parts[2]) + whole(parts[3]) + b"\0")
    message = b"".join(parts)
    assert read(one + cut + packed(Sender()(b"x")), deflate=deflate) == [message, message, b"x"]


def test_what_ends_a_stream_ends_its_window() -> None:
    data = packed(whole(b"Hello") + b"\0") + bytes.fromhex("c1 05 f2 00 11 00 00")
    assert read(data) == [b"Hello", Violated(1007, CANNOT)]


def streams(count: int) -> bytes:
    """A compressed frame that begins so many streams."""
    return packed(whole(b"") * (count - 1) + b"\0")


@BOTH
def test_a_frame_of_nothing_but_ends_is_refused_before_it_costs_the_square(
    deflate: Deflate,
) -> None:
    assert read(streams(MAX_STREAMS), deflate=deflate) == [b""]
    refused = [Violated(1009, "a compressed frame of more than 64 deflate streams")]
    assert read(streams(MAX_STREAMS + 1), deflate=deflate) == refused
    assert read(streams(400_000), deflate=deflate) == refused


CORRUPT = {
    "an unknown block type": b"\x07",
    "a stored block with a wrong length": b"\0\x05\0\0\0Hello\0",
    "a distance beyond the beginning": bytes.fromhex("f2 00 11 00 00"),
    "noise": bytes(range(256)),
}


@BOTH
@pytest.mark.parametrize("name", CORRUPT)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_data_that_is_not_deflate_s_closes_with_1007(
    name: str, opcode: int, deflate: Deflate
) -> None:
    data = packed(CORRUPT[name], opcode)
    assert read(frame(TEXT, b"1") + data, deflate=deflate) == [b"1", Violated(1007, CANNOT)]


@BOTH
def test_a_fragment_that_is_corrupt_ends_the_connection_before_the_message_is_whole(
    deflate: Deflate,
) -> None:
    assert read(packed(b"\x07", fin=False), deflate=deflate) == [Violated(1007, CANNOT)]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_message_that_stands_alone_has_to_be_whole(cut: int) -> None:
    data = Sender(keeping=False)(b"Hello World")
    (violated,) = read(packed(data[:-cut]), deflate=ALONE)
    assert isinstance(violated, Violated)
    assert violated.code == 1007
    assert violated.what in (CANNOT, BREAKS_OFF)


def test_a_message_that_breaks_off_is_said_to() -> None:
    block = b"\0\x64\0\x9b\xff" + b"less than the 100 bytes that it says"
    assert read(packed(block), deflate=ALONE) == [Violated(1007, BREAKS_OFF)]


@BOTH
def test_an_inflated_text_has_to_be_utf_8(deflate: Deflate) -> None:
    send = Sender(keeping=deflate is KEEPING)
    (good, bad) = read(packed(send("é".encode())) + packed(send(b"\xe9")), deflate=deflate)
    assert good == "é".encode()
    assert bad == Violated(1007, "a text message that is not UTF-8")
    cut = send(b"\xc3")
    assert read(packed(cut[:1], fin=False) + frame(MORE, cut[1:]), deflate=deflate) == [bad]


RESERVED: dict[str, tuple[bytes, str]] = {
    "rsv1 on a ping": (b"\xc9\x00", "a ping frame that says it is compressed"),
    "rsv1 on a pong": (b"\xca\x00", "a pong frame that says it is compressed"),
    "rsv1 on a close": (b"\xc8\x00", "a close frame that says it is compressed"),
    "rsv1 on a continuation": (
        packed(b"\xf2", fin=False) + b"\xc0\x00",
        "a continuation frame that says it is compressed",
    ),
    "rsv1 on the continuation of a plain message": (
        frame(TEXT, fin=False) + b"\x40\x00",
        "a continuation frame that says it is compressed",
    ),
    "rsv2": (b"\xa1\x00", "a frame with reserved bits, no extension uses them"),
    "rsv3": (b"\x91\x00", "a frame with reserved bits, no extension uses them"),
    "rsv1 and rsv2": (b"\xe1\x00", "a frame with reserved bits, no extension uses them"),
    "rsv1 on opcode 3": (b"\xc3\x00", "a frame with the unknown opcode 3"),
    "masked": (b"\xc1\x81\0\0\0\0a", "a masked frame, servers must not mask"),
    "125 in 16 bits": (
        b"\xc1\x7e\x00\x7d" + bytes(125),
        "a frame length in more bytes than it needs",
    ),
    "a compressed message inside another": (
        packed(b"", fin=False) + packed(b"\0"),
        "a new message inside a fragmented one",
    ),
}


@BOTH
@pytest.mark.parametrize("name", RESERVED)
def test_reserved_bits_are_judged_as_negotiated(name: str, deflate: Deflate) -> None:
    data, what = RESERVED[name]
    assert read(frame(TEXT, b"1") + data, deflate=deflate) == [b"1", Violated(1002, what)]


@pytest.mark.parametrize("data", [packed(b"\0"), packed(b"\0", BINARY), packed(b"\0", fin=False)])
def test_compressed_messages_break_the_rules_where_nothing_was_negotiated(data: bytes) -> None:
    what = "a frame with reserved bits, no extension uses them"
    assert read(data, deflate=None) == [Violated(1002, what)]


@pytest.mark.parametrize("bits", range(9, 16))
def test_every_size_of_window_is_read(bits: int) -> None:
    send = Sender(bits)
    messages = [bytes(33 + number * step % 89 for number in range(5000)) for step in (1, 7, 1)]
    data = b"".join(packed(send(message)) for message in messages)
    assert read(data, deflate=Deflate(server_max_window_bits=bits)) == messages


def test_the_smallest_window_is_read() -> None:
    data = packed(Sender(9)(b"abcdefgh" * 30))  # refers back 8 bytes, 256 would do
    assert read(data, deflate=Deflate(server_max_window_bits=8)) == [b"abcdefgh" * 30]


def test_a_server_that_refers_back_further_than_agreed_is_refused() -> None:
    unlike = bytes(33 + number * number % 89 for number in range(2000))
    send = Sender(15)
    data = packed(send(b"Hello World " + unlike)) + packed(send(b"Hello World "))
    assert read(data) == [b"Hello World " + unlike, b"Hello World "]
    assert read(data, deflate=Deflate(server_max_window_bits=9))[1] == Violated(1007, CANNOT)


TOO_LONG = Violated(1009, "a compressed message of more than 1,000,000 bytes, the limit")


@BOTH
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_the_limit_holds_for_what_a_message_comes_to(
    opcode: int, level: int, deflate: Deflate
) -> None:
    send = Sender(level=level)
    assert len(read(packed(send(b"a" * LIMIT), opcode), deflate=deflate)[0]) == LIMIT  # type: ignore[arg-type]  # bytes
    send = Sender(level=level)
    assert read(packed(send(b"a" * (LIMIT + 1)), opcode), deflate=deflate) == [TOO_LONG]


@BOTH
def test_the_limit_holds_for_all_fragments_together(deflate: Deflate) -> None:
    data = Sender()(b"a" * LIMIT)
    parts = packed(data[:300], fin=False) + frame(MORE, data[300:600], fin=False)
    assert read(parts + frame(MORE, data[600:]), deflate=deflate) == [b"a" * LIMIT]
    data = Sender()(b"a" * (LIMIT + 1))
    parts = packed(data[:300], fin=False) + frame(MORE, data[300:600], fin=False)
    assert read(parts + frame(MORE, data[600:]), deflate=deflate) == [TOO_LONG]


@BOTH
def test_the_limit_holds_over_the_ends_of_streams(deflate: Deflate) -> None:
    halves = whole(b"a" * (LIMIT // 2)) * 2
    assert read(packed(halves + b"\0"), deflate=deflate) == [b"a" * LIMIT]
    assert read(packed(halves + whole(b"a") + b"\0"), deflate=deflate) == [TOO_LONG]
    assert read(packed(halves + whole(b"") * 9 + b"\0"), deflate=deflate) == [b"a" * LIMIT]


def traced(data: bytes, deflate: Deflate = KEEPING) -> tuple[list[Incoming], int]:
    """What is read, and how many bytes of memory that took at the most."""
    tracemalloc.start()
    try:
        items = read(data, deflate=deflate)
        return items, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@BOTH
@pytest.mark.parametrize("before", [1, LIMIT // 2, LIMIT, LIMIT + 1])
def test_a_bomb_behind_the_end_of_a_stream_is_refused_before_it_is_inflated(
    before: int, deflate: Deflate
) -> None:
    bomb = whole(b"a" * before) + whole(bytes(20 * LIMIT))
    items, most = traced(packed(bomb, BINARY), deflate)
    assert items == [TOO_LONG]
    assert most < 5 * LIMIT


@BOTH
@pytest.mark.parametrize("limit", [0, 1, 50])
def test_the_limit_may_be_small(limit: int, deflate: Deflate) -> None:
    message = b"0123456789" * 5 + b"!"
    data = packed(Sender(level=0)(message[:limit]))
    assert read(data, deflate=deflate, limit=limit) == [message[:limit]]
    data = packed(Sender(level=0)(message[: limit + 1]))
    (violated,) = read(data, deflate=deflate, limit=limit)
    assert isinstance(violated, Violated)
    assert violated.code == 1009


@BOTH
@pytest.mark.parametrize("fin", [True, False])
@pytest.mark.parametrize("limit", [100, LIMIT])
def test_a_compressed_frame_that_can_only_be_too_long_is_refused_by_its_header_alone(
    limit: int, fin: bool, deflate: Deflate
) -> None:
    most = limit + limit // 8 + 64
    first = b"\xc1" if fin else b"\x41"
    size = 2 if most < 65_535 else 8
    mark = b"\x7e" if size == 2 else b"\x7f"
    header = first + mark + most.to_bytes(size, "big")
    assert read(header, deflate=deflate, limit=limit) == []
    header = first + mark + (most + 1).to_bytes(size, "big")
    what = f"a message of {most + 1:,} bytes or more, the limit is {limit:,}"
    assert read(header, deflate=deflate, limit=limit) == [Violated(1009, what)]


@BOTH
@pytest.mark.parametrize("fin", [True, False])
def test_a_frame_of_nothing_at_all_may_not_be_endless_either(fin: bool, deflate: Deflate) -> None:
    nothing = b"\0\0\0\xff\xff" * 40
    refused = [Violated(1009, "a message of 200 bytes or more, the limit is 100")]
    assert read(packed(nothing, fin=fin), deflate=deflate, limit=100) == refused


def test_the_limit_of_plain_messages_is_what_it_was() -> None:
    assert read(frame(TEXT, b"abc"), limit=3) == [b"abc"]
    plain = Violated(1009, "a message of 4 bytes or more, the limit is 3")
    assert read(frame(TEXT, b"abcd"), limit=3) == [plain]
    assert read(frame(TEXT, b"ab", fin=False) + frame(MORE, b"cd"), limit=3) == [plain]


def test_a_bomb_never_fills_the_memory() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200))  # 200 KB, 200 MB
    bomb += packer.flush(zlib.Z_SYNC_FLUSH)[:-4]
    items, most = traced(packed(bomb, BINARY))
    assert items == [TOO_LONG]
    assert most < 5 * LIMIT


def test_fragments_that_grow_by_nothing_have_an_end() -> None:
    empty = frame(MORE, b"\0\0\0\xff\xff", fin=False) * (MAX_FRAGMENTS - 1)
    reader = Reader(LIMIT, KEEPING)
    assert reader.feed(packed(b"", fin=False) + empty) == []
    (violated,) = reader.feed(frame(MORE, fin=False))
    assert isinstance(violated, Violated)
    assert violated.code == 1009


def test_partial_counts_what_the_fragments_came_to() -> None:
    reader = Reader(LIMIT, KEEPING)
    data = Sender()(b"a" * 1000) + b"\0\0\xff\xff"
    reader.feed(packed(data, fin=False))
    assert reader.partial == 1000
    assert reader.feed(frame(MORE, b"\0")) == [b"a" * 1000]
    assert reader.partial == 0


@settings(deadline=None)
@given(st.binary(max_size=60), st.booleans(), st.booleans(), st.booleans())
def test_no_bytes_at_all_make_it_raise(
    data: bytes, text: bool, in_frame: bool, alone: bool
) -> None:
    sent = packed(data, TEXT if text else BINARY) if in_frame else data
    deflate = ALONE if alone else KEEPING
    cut = [sent[at : at + 1] for at in range(len(sent))]
    assert read(*cut, deflate=deflate, limit=100) == read(sent, deflate=deflate, limit=100)


payloads = st.one_of(
    st.text(max_size=30).map(str.encode),
    st.integers(120, 130).map(lambda size: b"x" * size),
    st.just("é".encode() * 33_000),
    st.binary(max_size=20).map(lambda data: data.hex().encode() * 300),
)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Deflate, list[Incoming], bytes]:
    """What was agreed on, messages, and the bytes in which ``websockets`` sends them compressed."""
    alone, bits = draw(st.booleans()), draw(st.integers(9, 15))
    level = draw(st.integers(0, 9))
    theirs = PerMessageDeflate(
        remote_no_context_takeover=False,
        local_no_context_takeover=alone,
        remote_max_window_bits=15,
        local_max_window_bits=bits,
        compress_settings={"level": level},
    )
    protocol = ServerProtocol()
    protocol.state = State.OPEN
    items: list[Incoming] = []
    kinds = st.sampled_from(["text", "binary", "ping", "plain", "fragments"])
    for kind in draw(st.lists(kinds, max_size=12)):
        protocol.extensions = [] if kind == "plain" else [theirs]
        match kind:
            case "text" | "plain":
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
            case _:
                first, *more, last = draw(st.lists(payloads, min_size=2, max_size=4))
                protocol.send_text(first, fin=False)
                for part in more:
                    protocol.send_continuation(part, fin=False)
                protocol.send_ping(b"between")
                protocol.send_continuation(last, fin=True)
                items += [Ping(b"between"), b"".join([first, *more, last])]
    agreed = Deflate(server_no_context_takeover=alone, server_max_window_bits=bits)
    return agreed, items, b"".join(protocol.data_to_send())


@settings(max_examples=150, deadline=None)
@given(conversations(), st.lists(st.integers(0, 2000)))
def test_reads_what_another_library_compresses_however_it_is_cut(
    conversation: tuple[Deflate, list[Incoming], bytes], cuts: list[int]
) -> None:
    deflate, items, data = conversation
    edges = [0, *sorted(cut for cut in cuts if cut <= len(data)), len(data)]
    chunks = [data[start:stop] for start, stop in pairwise(edges)]
    assert read(*chunks, deflate=deflate) == items
    assert not [item for item in read(data, deflate=deflate) if isinstance(item, Violated)]
