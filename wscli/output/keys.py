"""What a terminal sends when keys are pressed, taken apart into keys."""

from __future__ import annotations

import codecs
import re
from typing import Final

ENTER: Final = "\r"
ESCAPE: Final = "\x1b"
BACKSPACE: Final = "\x7f"
ERASE: Final = "\x15"  # Ctrl-U
REDRAW: Final = "\x0c"  # Ctrl-L
RESUMED: Final = "\x00"  # no key: the terminal is ours again, and others have written on it

_ONE_AS_ANOTHER: Final = {"\n": ENTER, "\b": BACKSPACE}
_CONTROLS: Final = frozenset((ENTER, BACKSPACE, ERASE, REDRAW))

# What begins with ESC (ECMA-48, 5.4): a control string up to its end, a control sequence (the
# Linux console puts a second [ before F1 to F5), a key of the application mode, Alt with a key.
_SEQUENCE: Final = re.compile(
    r"\x1b(?:[PX\]^_].*?(?:\x07|\x1b\\)|\[\[[ -~]|\[[0-?]*[ -/]*[@-Z\\-~]|O[ -~]|[^\x1b\[OPX\]^_])",
    re.DOTALL,
)
_LONGEST: Final = 4096  # characters of a sequence whose end is waited for


class KeyReader:
    """Turns bytes into keys: a printable character stands for itself, and so do the control
    characters that have a name above. Arrow keys and whatever else begins with ESC are left out.

    ESC alone is a key as well, but only time tells: while ``undecided``, call ``decide`` if nothing
    followed for a moment.
    """

    def __init__(self, encoding: str = "utf-8") -> None:
        try:
            decoder = codecs.getincrementaldecoder(encoding)
        except LookupError:
            decoder = codecs.getincrementaldecoder("utf-8")
        self._decoder = decoder("ignore")
        self._begun = ""  # what began with ESC and has not ended

    @property
    def undecided(self) -> bool:
        """Whether the last ESC may be a key or the beginning of something."""
        return bool(self._begun)

    def feed(self, data: bytes) -> str:
        """Give the keys that are complete, a character each; the rest is kept."""
        text = self._begun + self._decoder.decode(data)
        self._begun = ""
        keys = []
        at = 0
        while at < len(text):
            if text[at] != ESCAPE:
                keys.append(_key(text[at]))
                at += 1
            elif text.startswith(ESCAPE * 2, at):
                keys.append(ESCAPE)
                at += 1
            elif found := _SEQUENCE.match(text, at):
                at = found.end()
            else:
                self._begun = text[at : at + _LONGEST]
                break
        return "".join(keys)

    def decide(self) -> str:
        """Take what began with ESC for what it is now: the key, or a sequence without its end."""
        begun, self._begun = self._begun, ""
        return ESCAPE if begun == ESCAPE else ""


def _key(character: str) -> str:
    """Give the key, "" for what is none."""
    character = _ONE_AS_ANOTHER.get(character, character)
    return character if character.isprintable() or character in _CONTROLS else ""
