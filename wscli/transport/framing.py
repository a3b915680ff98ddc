"""The rules of RFC 6455, section 5, for one frame as a client receives it. Touches no socket."""

from __future__ import annotations

from typing import Final, NamedTuple

from wscli.model.wire import Close, Opcode

MAX_CONTROL_PAYLOAD: Final = 125  # section 5.5
NORMAL_CLOSE: Final = 1000
PROTOCOL_ERROR: Final = 1002
INVALID_PAYLOAD: Final = 1007
TOO_BIG: Final = 1009

COMPRESSED: Final = 0x40
"""RSV1, as permessage-deflate uses it: on the first frame of a message (RFC 7692, section 6)."""

_OPCODES: Final = {int(opcode): opcode for opcode in Opcode}
_CLOSE_CODES: Final = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
"""Those that may stand in a frame: section 7.4.1, and IANA's registry for 1012 to 1014."""


class RuleBrokenError(Exception):
    """The peer broke a rule; ``code`` is the close code that says so."""

    def __init__(self, code: int, what: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what


class FrameHeader(NamedTuple):
    """A frame's header. ``start`` and ``stop`` are its payload's place in the data; ``compressed``
    begins a compressed message (RFC 7692, section 6).
    """

    opcode: Opcode
    final: bool
    start: int
    stop: int
    compressed: bool = False


def frame_header(data: bytes, position: int, negotiated: int = 0) -> FrameHeader | None:
    """Read the header that begins at ``position``, None while it is not complete. ``negotiated``:
    0, or ``COMPRESSED`` where that bit may be set.

    Raises ``RuleBrokenError``.
    """
    if len(data) - position < 2:
        return None
    first, length = data[position], data[position + 1]
    opcode = _OPCODES.get(first & 0x0F)
    if first & 0x70 & ~negotiated:
        raise RuleBrokenError(PROTOCOL_ERROR, "a frame with reserved bits, no extension uses them")
    if opcode is None:
        raise RuleBrokenError(PROTOCOL_ERROR, f"a frame with the unknown opcode {first & 0x0F}")
    compressed = bool(first & COMPRESSED)
    if compressed and opcode not in (Opcode.TEXT, Opcode.BINARY):
        what = f"a {opcode.name.lower()} frame that says it is compressed"
        raise RuleBrokenError(PROTOCOL_ERROR, what)
    if length & 0x80:
        raise RuleBrokenError(PROTOCOL_ERROR, "a masked frame, servers must not mask")
    final = bool(first & 0x80)
    if opcode >= Opcode.CLOSE:
        _check_control(opcode, length, final=final)
    start = position + 2
    if length > MAX_CONTROL_PAYLOAD:
        size, least = (2, 126) if length == 126 else (8, 65_536)
        start += size
        if start > len(data):
            return None
        length = int.from_bytes(data[start - size : start], "big")
        if length >= 1 << 63:
            raise RuleBrokenError(PROTOCOL_ERROR, "a frame length with its highest bit set")
        if length < least:
            raise RuleBrokenError(PROTOCOL_ERROR, "a frame length in more bytes than it needs")
    return FrameHeader(opcode, final, start, start + length, compressed)


def _check_control(opcode: Opcode, length: int, *, final: bool) -> None:
    name = opcode.name.lower()
    if not final:
        raise RuleBrokenError(PROTOCOL_ERROR, f"a fragmented {name} frame")
    if length > MAX_CONTROL_PAYLOAD:
        raise RuleBrokenError(PROTOCOL_ERROR, f"a {name} frame of more than 125 bytes")


def close_from(payload: bytes) -> Close:
    """Read a close frame's payload (section 5.5.1). Raises ``RuleBrokenError``."""
    if not payload:
        return Close()
    if len(payload) == 1:
        raise RuleBrokenError(PROTOCOL_ERROR, "a close frame with half a close code")
    code = int.from_bytes(payload[:2], "big")
    if code not in _CLOSE_CODES:
        raise RuleBrokenError(PROTOCOL_ERROR, f"a close frame with the illegal code {code}")
    try:
        return Close(code, payload[2:].decode())
    except UnicodeDecodeError:
        raise RuleBrokenError(INVALID_PAYLOAD, "a close reason that is not UTF-8") from None


def close_payload(code: int | None, reason: str = "") -> bytes:
    """Write a close frame's payload; a reason that is too long is cut between characters."""
    if code is None:
        return b""
    room = MAX_CONTROL_PAYLOAD - 2
    cut = reason.encode(errors="replace")[:room].decode(errors="ignore")
    return code.to_bytes(2, "big") + cut.encode()


def check_text(payload: bytes) -> None:
    """Refuse a text message that is not UTF-8 (section 8.1). Raises ``RuleBrokenError``."""
    try:
        payload.decode()
    except UnicodeDecodeError:
        raise RuleBrokenError(INVALID_PAYLOAD, "a text message that is not UTF-8") from None
