"""What the name of a member says of its value. Hints for made-up data, never for real data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TIMES: Final = frozenset({"at", "ts", "time", "timestamp", "date", "datetime"})
_UNITS: Final = frozenset({"s", "ms", "us", "ns", "sec", "millis", "micros", "nanos", "utc"})
_COUNTERS: Final = frozenset({"id", "seq", "sequence", "offset", "nonce", "slot", "cursor"})
_COUNTED: Final = frozenset({"event", "message", "msg", "trade", "update", "seq", "sequence"})
_NUMBERS: Final = frozenset({"id", "no", "num", "number", "seq"})
_FIXED: Final = frozenset(
    {"id", "code", "type", "version", "status", "kind", "op", "chain", "channel", "decimals"}
)
_FORMER: Final = ("previous", "prev", "old", "former", "from")


def says_time(name: str) -> bool:
    """Whether the name is that of a time: ``ts``, ``detected_at``, ``blockTime``, ``timeMs``."""
    words = _words(name)
    while len(words) > 1 and words[-1] in _UNITS:
        words.pop()
    return bool(words) and words[-1] in _TIMES


def says_counter(name: str) -> bool:
    """Whether integers of that name rise with every message: ``id``, ``seq``, ``tradeId``. The
    ids of other things (``userId``, ``chain_id``) do not.
    """
    words = _words(name)
    if len(words) == 1:
        return words[0] in _COUNTERS
    return len(words) == 2 and words[0] in _COUNTED and words[1] in _NUMBERS


def says_fixed(name: str) -> bool:
    """Whether a number of that name is a reference or a code, and no amount."""
    words = _words(name)
    return bool(words) and words[-1] in _FIXED


def says_answer(name: str) -> bool:
    """Whether a message of that name answers a ping (it is RFC 6455's word): none comes unasked."""
    return "pong" in name.lower()


def former_names(name: str) -> Iterator[tuple[str, ...]]:
    """Give, as words, the names under which a message may repeat the value that was there before:
    ``previous_state`` for ``state``, ``from_state`` for ``to_state``.
    """
    words = _words(name)
    if words[:1] == ["to"]:
        words = words[1:]
    for former in _FORMER:
        yield (former, *words)


def name_words(name: str) -> tuple[str, ...]:
    """Give the words of a name in lower case: the same for ``prev_state`` and ``prevState``."""
    return tuple(_words(name))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
