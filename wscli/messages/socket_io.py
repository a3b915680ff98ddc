"""Packets of Engine.IO 4 with Socket.IO 5 inside, which are objects to a profile, both ways.

Sources: https://socket.io/docs/v4/engine-io-protocol/ and socket-io-protocol/. An Engine.IO packet
is a digit and its data; a message (4) holds a Socket.IO packet: a digit, the number of binary
attachments with ``-``, a namespace with ``,``, an id, and JSON, of which only the digit is always
there.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Mapping
from typing import Any, Final

from wscli.messages.codecs import Unreadable
from wscli.messages.decode import decode
from wscli.messages.encode import frame_text
from wscli.messages.exact import exact_text
from wscli.messages.spans import elements, members, whole
from wscli.model.wire import Binary

_ENGINE: Final = ("open", "close", "ping", "pong", "message", "upgrade", "noop")
_SOCKET: Final = (
    "connect",
    "disconnect",
    "event",
    "ack",
    "connect_error",
    "binary_event",
    "binary_ack",
)
_ARGUMENTS: Final = frozenset({"event", "ack", "binary_event", "binary_ack"})
_EVENTS: Final = frozenset({"event", "binary_event"})
_PACKET: Final = re.compile(
    rb"4([0-6])(?:([0-9]{1,9})-)?(?:(/[^,]*)(?:,|$))?([0-9]{1,18})?", re.DOTALL
)


def read_packet(frame: bytes) -> bytes:
    """Give a packet as the JSON text of an object, its parts as they came. A binary frame is an
    attachment of a packet before it. Raises Unreadable.
    """
    if isinstance(frame, Binary):
        return _object("binary", {"data": exact_text(b2a_base64(frame, newline=False).decode())})
    number, data = frame[:1], frame[1:]
    if not number or number not in b"0123456":
        raise _no_packet("it does not begin with a digit from 0 to 6")
    kind = _ENGINE[int(number)]
    match kind:
        case "open":
            return _object(kind, _fields(_checked(data, dict, "an object")))
        case "message":
            return _message(frame)
        case _:
            return _object(kind, {"data": _string(data)} if data else {})


def packet_text(value: Any) -> str:
    """Give the packet for such an object; a text is one as it stands. Raises ValueError, in words,
    for what is no packet.
    """
    if isinstance(value, str):
        return value
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "open":
        return "0" + frame_text({key: value[key] for key in value if key != "type"})
    if kind in _SOCKET:
        return f"4{_SOCKET.index(kind)}{_head(value)}{_payload(kind, value)}"
    if kind in _ENGINE and kind != "message":
        return f"{_ENGINE.index(kind)}{_part(value, 'data')}"
    raise ValueError(f"{frame_text(kind)} is no type of a Socket.IO packet that can be sent")


def _message(frame: bytes) -> bytes:
    head = _PACKET.match(frame)
    if head is None:
        raise _no_packet("its message has no type from 0 to 6")
    number, attachments, namespace, identity = head.groups()
    kind, data = _SOCKET[int(number)], frame[head.end() :]
    parts = {"nsp": _string(namespace or b"/")}
    if attachments:
        parts["binary"] = exact_text(int(attachments))
    if identity:
        parts["id"] = exact_text(int(identity))
    if kind in _ARGUMENTS:
        parts |= _arguments(_checked(data, list, "a list"), named=kind in _EVENTS)
    elif data:
        parts["data"] = _checked(data, object, "JSON")
    return _object(kind, parts)


def _arguments(text: bytes, *, named: bool) -> dict[str, bytes]:
    """Give the list as ``args``, without its first element where that is the ``event``."""
    if not named:
        return {"args": text}
    start, end = whole(text)
    spans = elements(text, start)
    name, first = next(spans, None), next(spans, None)
    if name is None:
        raise _no_packet("its event has no name")
    rest = b"]" if first is None else text[first[0] : end]
    return {"event": text[slice(*name)], "args": b"[" + rest}


def _fields(text: bytes) -> dict[str, bytes]:
    found = members(text, whole(text)[0])
    return {key: text[slice(*span)] for key, span in found.items() if key != "type"}


def _checked(data: bytes, kind: type, words: str) -> bytes:
    value, problem = decode(data)
    if problem or not isinstance(value, kind):
        raise _no_packet(f"its data is not {words}")
    return data


def _object(kind: str, parts: Mapping[str, bytes]) -> bytes:
    members_ = {"type": exact_text(kind), **parts}
    texts = [exact_text(key) + b":" + text for key, text in members_.items()]
    return b"{" + b",".join(texts) + b"}"


def _string(data: bytes) -> bytes:
    return exact_text(data.decode(errors="replace"))


def _no_packet(why: str) -> Unreadable:
    return Unreadable(f"no Socket.IO packet: {why}")


def _head(value: Mapping[str, Any]) -> str:
    """Give what stands between a Socket.IO packet's type and its JSON."""
    count, namespace = _part(value, "binary"), _part(value, "nsp")
    place = "" if namespace in ("", "/") else f"{namespace},"
    return f"{count}-{place}" if count else place


def _payload(kind: str, value: Mapping[str, Any]) -> str:
    if kind not in _ARGUMENTS:
        data = value.get("data")
        return "" if data is None else frame_text([data])[1:-1]  # a text is JSON here as well
    args = value.get("args", [])
    if not isinstance(args, list):
        raise ValueError("the args of a Socket.IO packet are no list")  # noqa: TRY004 - of data
    name = [value.get("event")] if kind in _EVENTS else []
    if name == [None]:
        raise ValueError("a Socket.IO event has no name: event is missing")
    return _part(value, "id") + frame_text(name + args)


def _part(value: Mapping[str, Any], key: str) -> str:
    part = value.get(key)
    return "" if part is None else frame_text(part)
