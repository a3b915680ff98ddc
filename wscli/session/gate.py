"""What may pass: messages that were not shown before; and whether numbers are missing."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from wscli.jq.expressions import compile_expression
from wscli.messages.classify import compile_lookup
from wscli.messages.encode import frame_text
from wscli.messages.memory import scalar_key
from wscli.model.message import MISSING
from wscli.model.profile import Sequence as SequenceRule
from wscli.model.tables import Expression

_KEYS: Final = 100_000  # messages that are remembered
_LONGEST: Final = 200  # characters of a key that are remembered as they are
_LARGEST: Final = 10**18  # beyond that a float is no number of a message
_DIGITS: Final = 40  # of a number of a message
_SEQUENCES: Final = 100_000  # numberings that are watched


class Dedupe:
    """Remembers the messages that passed, by what the profile says tells them apart. The hot path
    of the profiles that recover what they missed.
    """

    def __init__(self, paths: Sequence[Expression]) -> None:
        self._lookups = tuple(map(compile_lookup, paths))
        self._seen: set[Hashable] = set()
        self._order: deque[Hashable] = deque()  # the one that passed first is forgotten first

    def new(self, value: Any) -> bool:
        """Whether a message has not passed before. One that lacks a part of its key always has
        not.
        """
        key = self.key(value)
        if key is None:
            return True
        seen = self._seen
        if key in seen:
            return False
        seen.add(key)
        self._order.append(key)
        if len(seen) > _KEYS:
            seen.remove(self._order.popleft())
        return True

    def key(self, value: Any) -> Hashable | None:
        """Give what tells a message from others, None where it lacks a part of that."""
        parts = tuple([lookup(value) for lookup in self._lookups])
        plain = True
        for part in parts:
            if part.__class__ is not str or len(part) > _LONGEST:
                if part is MISSING or part is None:
                    return None
                plain = False
        if plain:
            return parts or None
        try:
            return tuple(map(_key, parts))
        except ValueError:
            return None


class Sequences:
    """The last number of each numbering on one connection."""

    def __init__(self) -> None:
        self._last: dict[Any, int] = {}

    def clear(self) -> None:
        """A new connection: what was missed in between is another matter."""
        self._last.clear()

    def missing(self, rule: SequenceRule, name: str, value: Any) -> int:
        """Give how many numbers lie between the last message of a numbering and this one. A number
        that is not ahead of the last changes nothing: it came late, or again.
        """
        last = _integer(compile_expression(rule.at).first(value, {}))
        if last is None:
            return 0
        first = last
        if rule.first is not None:
            told = _integer(compile_expression(rule.first).first(value, {}))
            first = last if told is None else told
        per = MISSING if rule.per is None else compile_expression(rule.per).first(value, {})
        try:
            key = (name, None if per is MISSING else _key(per))
        except ValueError:
            return 0
        before = self._last.get(key)
        if before is not None and last <= before:
            return 0
        if before is not None or len(self._last) < _SEQUENCES:
            self._last[key] = last
        if before is None:
            return 0
        return max(0, (first - before) // rule.step - 1)


def _key(value: Any) -> Hashable:
    """Give what is equal for equal values, and short whatever a provider takes for an id. Raises
    ValueError for what is nested too deeply to be one.
    """
    key = scalar_key(value)
    text = frame_text(value) if key is None else str(key) if isinstance(key, str | Decimal) else ""
    if key is not None and len(text) <= _LONGEST:
        return key
    return (value.__class__, blake2b(text.encode(errors="surrogatepass")).digest())


def _integer(value: Any) -> int | None:
    """Give a whole number, or the text of one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**_DIGITS else None
    if isinstance(value, str):
        fits = len(value) <= _DIGITS and value.removeprefix("-").isdecimal()
        return int(value) if fits else None
    if isinstance(value, float | Decimal):
        return int(value) if abs(float(value)) < _LARGEST and value == int(value) else None
    return None
