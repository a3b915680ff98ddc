"""What a profile's ``frames`` says of sending: values become frames. What it says of receiving is
in ``pipeline``.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from wscli.messages.codecs import CODECS, codec_problems
from wscli.messages.encode import frame_text
from wscli.model.profile import Codec

__all__ = ["CODECS", "REST", "codec_problems", "encode_frame"]

REST: Final = "_rest"
"""The key for the values of a list that are more than the names of ``array``."""


def encode_frame(value: Any, codecs: Sequence[Codec]) -> str:
    """Give the text frame for a value. Raises ValueError, in words, where it cannot be one."""
    for codec in codecs:
        value = _STAGES[codec.name](value, codec.argument)
    return frame_text(value)  # a text as it stands


def _list(value: Any, names: Sequence[str]) -> Any:
    """Put an object's values in the order of the names; what is absent is null."""
    if not isinstance(value, dict):
        return value
    rest = value.get(REST, [])
    unknown = [key for key in value if key not in names and key != REST]
    if unknown or not isinstance(rest, list):
        key = unknown[0] if unknown else REST
        raise ValueError(f"{key} has no place in a list of {', '.join(names)}")
    return [*(value.get(name) for name in names), *rest]


def _packet(value: Any, _argument: Any) -> str:
    from wscli.messages.socket_io import packet_text  # noqa: PLC0415 - few profiles need it

    return packet_text(value)


def _base64(value: Any, _argument: Any) -> str:
    return b2a_base64(frame_text(value).encode(), newline=False).decode()


def _append(value: Any, text: str) -> str:
    return frame_text(value) + text


_STAGES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "array": _list,
    "json": lambda value, _argument: frame_text(value),
    "socket.io": _packet,
    "base64": _base64,
    "append": _append,
}
