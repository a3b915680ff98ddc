"""Where values stand in JSON text: spans, so that a part of a message can be taken as it came, with
its digits, its escapes and the order of its keys.

The text is valid JSON, in UTF-8; nothing here recurses, however deeply it is nested.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from wscli.jq.syntax import Iterate, PathStep

Span: TypeAlias = tuple[int, int]
"""From the first byte of a value to the one behind it."""

# Possessive, so that nothing is kept to go back to, however long the text is.
_SPACE: Final = rb"[ \t\n\r]*+"
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_RUN: Final = rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+"  # up to a bracket
_FLAT: Final = rb"[\[{]" + _RUN + rb"[\]}]"
_SHALLOW: Final = rb'[\[{](?:[^"\[\]{}]++|' + _STRING + rb"|" + _FLAT + rb")*+[\]}]"
_BEHIND: Final = _SPACE + rb",?" + _SPACE

_OPENING: Final = re.compile(rb"[\[{]" + _SPACE)
_KEY: Final = re.compile(rb"(" + _STRING + rb")" + _SPACE + rb":" + _SPACE, re.DOTALL)
_SIMPLE: Final = re.compile(
    rb"(" + _STRING + rb"|" + _SHALLOW + rb'|[^\s,"\[\]{}]++)' + _BEHIND, re.DOTALL
)
_TO_BRACKET: Final = re.compile(_RUN, re.DOTALL)
_TO_NEXT: Final = re.compile(_BEHIND)
_TO_VALUE: Final = re.compile(_SPACE)
_LIST, _LIST_END, _OBJECT, _OBJECT_END = b"[]{}"


def whole(text: bytes) -> Span:
    """Give the span of the text's value: all but the space around it."""
    return _end(_TO_VALUE, text, 0), len(text.rstrip())


def elements(text: bytes, start: int) -> Iterator[Span]:
    """Give the elements of the list that begins at ``start``, in order."""
    at = _end(_OPENING, text, start)
    while text[at] != _LIST_END:
        end, following = _value(text, at)
        yield at, end
        at = following


def members(text: bytes, start: int) -> dict[str, Span]:
    """Give the values of the object that begins at ``start``; of a key that is there twice the
    last one, as every reader does.
    """
    found: dict[str, Span] = {}
    at = _end(_OPENING, text, start)
    while text[at] != _OBJECT_END:
        at, key = _key(text, at)
        end, following = _value(text, at)
        found[key] = at, end
        at = following
    return found


def at_path(text: bytes, steps: tuple[PathStep, ...]) -> list[Span]:
    """Give the values at a path, in the order of the text."""
    spans = [whole(text)]
    for step in steps:
        spans = [inner for span in spans for inner in _inside(text, span[0], step)]
    return sorted(spans)


def _inside(text: bytes, start: int, step: PathStep) -> list[Span]:
    """Give the values that a step leads to, none where the value has no such parts."""
    if text[start] == _OBJECT:
        named = members(text, start)
        if isinstance(step, Iterate):
            return list(named.values())
        return [named[step.name]] if isinstance(step.name, str) and step.name in named else []
    if text[start] == _LIST:
        inside = list(elements(text, start))
        if isinstance(step, Iterate):
            return inside
        at = step.name
        return [inside[at]] if isinstance(at, int) and -len(inside) <= at < len(inside) else []
    return []


def _key(text: bytes, start: int) -> tuple[int, str]:
    """Give where the value of a key begins, and the key."""
    found: re.Match[bytes] = _KEY.match(text, start)  # type: ignore[assignment]  # valid JSON
    token = found[1]
    name = str(json.loads(token)) if b"\\" in token else token[1:-1].decode()
    return found.end(), name


def _value(text: bytes, start: int) -> Span:
    """Give where the value at ``start`` ends, and where the next one begins."""
    simple = _SIMPLE.match(text, start)
    if simple is not None:
        return simple.end(1), simple.end()
    depth, at = 0, start
    while True:
        at = _end(_TO_BRACKET, text, at)
        depth += 1 if text[at] in (_LIST, _OBJECT) else -1
        at += 1
        if not depth:
            return at, _end(_TO_NEXT, text, at)


def _end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    return pattern.match(text, at).end()  # type: ignore[union-attr]  # valid JSON always matches
