"""The most telling fields of a message: what a person would read out of it first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from wscli.output.cells import plain
from wscli.output.words import cut, plural

_LOOKED_AT: Final = 200  # values of a message; the rest of a larger one is not looked at
_DEEPEST: Final = 4  # objects inside of each other
_FIELDS: Final = 16  # that are told of one message
_SHORT: Final = 24  # characters of a text that reads at a glance
_LONGEST: Final = 64  # characters of a text that are told
_LISTED: Final = 3  # elements of a list of scalars that are told themselves

# What names usually mean, by the words in them: what a thing is, and how it is.
_WHICH: Final = """
    id uid uuid key name symbol asset pair market instrument ticker coin token mint product topic
    channel stream room account wallet address user username sender author host device entity
    order trade
"""
_HOW: Final = """
    state status stage phase severity level signal error code reason message msg text title
    content action side direction price value amount quantity qty size volume total balance
    score rate last bid ask open close high low count result
"""
_WHEN: Final = """
    at ts time timestamp date datetime created updated received sent seq sequence nonce offset
    cursor version v
"""
_KINDS: Final = {
    word: kind for kind, words in ((0, _WHICH), (1, _HOW), (3, _WHEN)) for word in words.split()
}
_ANY: Final = 2  # the kind of a word that says none of these
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Field(NamedTuple):
    """A field worth telling: its path, written as jq does but for the dot in front, and its text.
    Neither is safe for a terminal yet.
    """

    path: str
    text: str


class _Found(NamedTuple):
    rank: tuple[int, int, int]  # the lower, the more telling
    field: Field


def telling(value: Any, name: str) -> list[Field]:
    """Give the most telling fields, those first that say what the message is about. ``name`` is
    its type, which is not said again. Nothing where the value is no object, or holds nothing.

    What a thing is goes before how it is, that before everything else, and times come last;
    within each, short texts before long ones and shallow before deep.
    """
    if not isinstance(value, dict):
        return []
    found = sorted(_found(value, name), key=lambda each: each.rank)
    return [each.field for each in found[:_FIELDS]]


def _found(value: dict[str, Any], name: str) -> Iterator[_Found]:
    """Walk level by level, so that what is deep in a large message is what is left out."""
    level: list[tuple[str, dict[str, Any]]] = [("", value)]
    left = _LOOKED_AT
    for depth in range(_DEEPEST):
        below: list[tuple[str, dict[str, Any]]] = []
        for path, key, member in _members(level):
            left -= 1
            if left < 0:
                return
            here = _joined(path, key)
            if isinstance(member, dict):
                below.append((here, member))
                continue
            text = _text(member)
            if text and text != name:
                yield _Found((_kind(key), len(text) > _SHORT, depth), Field(here, text))
        level = below


def _members(
    level: Iterable[tuple[str, dict[str, Any]]],
) -> Iterator[tuple[str, str, Any]]:
    for path, each in level:
        for key, member in each.items():
            yield path, key, member


def _kind(key: str) -> int:
    """Give how soon a name is told: 0 to 3. The last word of a name says what it is, an
    ``order_id`` is an id and an ``updatedAt`` is a time, but a ``price_usd`` is a price.
    """
    words = [word.lower() for word in _WORD.findall(key[:_LONGEST])]
    kind = _KINDS.get(words[-1], _ANY) if words else _ANY
    return 1 if kind == _ANY and any(_KINDS.get(word) == 1 for word in words) else kind


def _text(value: Any) -> str:
    """Give the text of a scalar or a list; "" for what tells nothing."""
    if value is None or value in ("", []):
        return ""
    if not isinstance(value, list):
        return cut(plain(value), _LONGEST)
    if len(value) <= _LISTED and not any(isinstance(each, list | dict) for each in value):
        return cut(",".join(map(plain, value)), _LONGEST)
    return f"[{plural(len(value), 'item')}]"


def _joined(path: str, key: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    return f"{path}[{json.dumps(cut(key, _LONGEST), ensure_ascii=False)}]"
