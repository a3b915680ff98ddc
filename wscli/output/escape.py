"""The one way by which text that is not ours reaches a terminal.

What moves the cursor, changes colours, reverses the direction of writing or cannot be seen is
written as an escape, so that the reader sees that it is there and the terminal does not act on it.

Shown as they are: letters, marks, numbers, punctuation, symbols and spaces (Unicode's categories
L, M, N, P, S and Zs), so combining marks and emoji too. Escaped are

- controls (Cc), format characters (Cf: bidi controls, zero-width characters, tags and the joiner
  inside emoji sequences), lone surrogates (Cs), unassigned code points and noncharacters (Cn), line
  and paragraph separators (Zl, Zp);
- private-use characters (Co): what they look like depends on the reader's font, so a provider
  could draw anything with them;
- the few letters and marks that Unicode shows as nothing (the fillers, the grapheme joiner and the
  variation selectors, with which whole texts can be hidden behind one character). The exception is
  U+FE0F, which makes an ordinary character an emoji and is found in much ordinary text.
"""

from __future__ import annotations

import re
from typing import Final

_INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)
"""Unicode's Default_Ignorable_Code_Point outside of Cf and Cn, without U+FE0F."""

_PLAINER: Final = str.maketrans("●…·✗—", "*~-x-")  # our own signs, for terminals without them
_BEYOND_ASCII: Final = re.compile("[^ -~]")
_BEYOND_ASCII_BYTES: Final = re.compile(rb"[^\t\n -~]")


def printable(text: str, *, keep_newlines: bool = False) -> str:
    r"""Give text that a terminal shows and does not act on: everything else is written as
    ``\xNN``, ``\uNNNN`` or ``\UNNNNNNNN``. A line break stays if ``keep_newlines``.
    """
    if _is_safe(text):
        return text
    if keep_newlines:
        return "\n".join(printable(line) for line in text.split("\n"))
    return _BEYOND_ASCII.sub(lambda found: _escaped(found[0]), text)


def printable_json(line: bytes, encoding: str = "utf-8") -> bytes:
    r"""Do the same for JSON text: what is not shown is written as a JSON escape (``\uNNNN``, in
    pairs beyond U+FFFF), so each line still says the same value. Tabs and line breaks stay, for
    they can only be outside of strings. Bytes that are no UTF-8 become U+FFFD. What a terminal of
    this ``encoding`` lacks is not shown either.
    """
    if not _BEYOND_ASCII_BYTES.search(line):
        return line
    text = line.decode(errors="replace")
    shown = _BEYOND_ASCII.sub(lambda found: _escaped_in_json(found[0]), text)
    try:
        return shown.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return _BEYOND_ASCII.sub(lambda found: _as_json_escape(found[0]), shown).encode()


def encode(text: str, encoding: str) -> bytes:
    """Give the bytes that a terminal of this encoding shows; what it lacks gets backslashes."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAINER).encode(encoding, "backslashreplace")
    except LookupError:
        return text.translate(_PLAINER).encode("ascii", "backslashreplace")


def legible(text: str, encoding: str) -> str:
    r"""Give a printable text as a terminal of this encoding shows it: what it lacks is written as
    an escape. Done before a text is measured, so that what is drawn is as wide as was thought.
    """
    if text.isascii():
        return text
    try:
        return encode(text, encoding).decode(encoding)
    except LookupError:
        return encode(text, "ascii").decode("ascii")


def _is_safe(text: str) -> bool:
    """Python calls printable what is in none of C and Z, the space aside."""
    return text.isprintable() and not _INVISIBLE.search(text)


def _escaped(character: str) -> str:
    if _is_safe(character) or _is_space(character):
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _escaped_in_json(character: str) -> str:
    if _is_safe(character) or _is_space(character):
        return character
    return _as_json_escape(character)


def _as_json_escape(character: str) -> str:
    if character in "\t\n":
        return character
    pair = character.encode("utf-16-be")
    return "".join(f"\\u{pair[at : at + 2].hex()}" for at in range(0, len(pair), 2))


def _is_space(character: str) -> bool:
    """Whether it is one of Zs: spaces that have a width. U+2028 and U+2029 are no such."""
    return character.isspace() and character >= "\u00a0" and character not in "\u2028\u2029"
