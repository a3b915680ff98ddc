"""The bytes of a profile become text that a YAML parser, an editor and a person see alike."""

from __future__ import annotations

import re
from typing import Final

from wscli.errors import Problem

LARGEST: Final = 1 << 20  # bytes of a file

# Control characters, noncharacters, byte order marks, and what ends a line for YAML 1.1 alone.
_UNREADABLE: Final = (
    "[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_UNREADABLE_ASCII: Final = "[^\t\n\r -~]"  # compiles in no time, where the other takes 6 ms
_LINE_END: Final = re.compile("\r\n|\r|\n")


def read_text(text: bytes | str) -> str | Problem:
    """Decode a file, or say what keeps it from being read."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if len(data) > LARGEST:
        return Problem(0, "", "it is larger than 1 MiB.", "Keep only what describes the stream.")
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        line = _line(data[: error.start].decode())
        what = f"byte 0x{data[error.start]:02x} is not UTF-8."
        return Problem(line, "", what, "Save the file as UTF-8.")
    if decoded.startswith("\ufeff"):
        return Problem(
            1, "", "the file begins with a byte order mark.", "Save the file as UTF-8 without it."
        )
    unreadable = re.search(_UNREADABLE_ASCII if decoded.isascii() else _UNREADABLE, decoded)
    if unreadable:
        line, code = _line(decoded[: unreadable.start()]), ord(unreadable[0])
        what = f"there is the invisible character U+{code:04X}."
        return Problem(line, "", what, f'Take it out, or write it as "\\u{code:04x}" in quotes.')
    return decoded


def split_lines(text: str) -> list[str]:
    """Split where YAML ends a line; ``str.splitlines`` would split at form feeds as well."""
    return _LINE_END.split(text)


def _line(before: str) -> int:
    return len(split_lines(before))
