"""Fields that a condition names and that no message has: most often they are misspelt."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any, Final

from wscli.jq.reads import Keys, written

_DEEPEST: Final = 5  # levels of a message that are looked through for what was meant
_MOST: Final = 300  # fields that are remembered
_WIDEST: Final = 50  # keys of one object, and of a list only the first element
_NEAR: Final = 0.75  # of a whole path; single keys are compared more generously


class Unseen:
    """Watches for paths until each was met once. ``paths`` are those that were not, ``look`` takes
    a message's value, ``found`` tells whether any had fields at all.
    """

    def __init__(self, paths: Collection[Keys]) -> None:
        self.paths = list(paths)
        self._known: dict[str, str] = {}  # each field as jq writes it, and its own key

    @property
    def found(self) -> bool:
        """Whether there were fields to compare with."""
        return bool(self._known)

    def look(self, value: Any) -> None:
        """Take note of what a message has."""
        self.paths = [keys for keys in self.paths if not _has(value, keys)]
        if self.paths and len(self._known) < _MOST:
            self._known.update(_fields(value, "", _DEEPEST))

    def nearest(self, keys: Keys) -> str:
        """Give the field that was probably meant, "" where none is near: the same key at another
        place, a path written almost like it, a key written almost like its last one.
        """
        last, path = keys[-1], written(keys)
        same = [field for field, key in self._known.items() if key == last]
        if same:
            return min(same, key=len)
        if near := get_close_matches(path, self._known, 1, _NEAR):
            return near[0]
        near = get_close_matches(last, self._known.values(), 1)
        return next((field for field, key in self._known.items() if key in near), "")


def _has(value: Any, keys: Keys) -> bool:
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def _fields(value: Any, path: str, levels: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        value, path = value[0] if value else None, f"{path or '.'}[]"
    if isinstance(value, dict) and levels:
        for key, inner in list(value.items())[:_WIDEST]:
            field = path + written((key,))
            yield field, key
            yield from _fields(inner, field, levels - 1)
