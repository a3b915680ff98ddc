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
_TOKEN: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRING: Final = re.compile(_TOKEN, re.DOTALL)
_RUN: Final = re.compile(rb'(?:[^"\[\]{}]++|' + _TOKEN + rb")*+", re.DOTALL)  # up to a bracket
_SCALAR: Final = re.compile(rb"[^\s,\]}]*+")
_SPACE: Final = re.compile(rb"[ \t\n\r]*+")
_QUOTE, _COMMA, _LIST, _LIST_END, _OBJECT, _OBJECT_END = b'",[]{}'


def whole(text: bytes) -> Span:
    """Give the span of the text's value."""
    return _value(text, _skip(text, 0))


def elements(text: bytes, start: int) -> Iterator[Span]:
    """Give the elements of the list that begins at ``start``, in order."""
    at = _skip(text, start + 1)
    while text[at] != _LIST_END:
        span = _value(text, at)
        yield span
        at = _skip(text, span[1])
        if text[at] == _COMMA:
            at = _skip(text, at + 1)


def members(text: bytes, start: int) -> dict[str, Span]:
    """Give the values of the object that begins at ``start``; of a key that is there twice the
    last one, as every reader does.
    """
    found: dict[str, Span] = {}
    at = _skip(text, start + 1)
    while text[at] != _OBJECT_END:
        key = _value(text, at)
        colon = _skip(text, key[1])
        span = _value(text, _skip(text, colon + 1))
        found[_name(text[slice(*key)])] = span
        at = _skip(text, span[1])
        if text[at] == _COMMA:
            at = _skip(text, at + 1)
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


def _name(token: bytes) -> str:
    if b"\\" in token:
        return str(json.loads(token))
    return token[1:-1].decode()


def _value(text: bytes, start: int) -> Span:
    first = text[start]
    if first == _QUOTE:
        return start, _end(_STRING, text, start)
    if first not in (_LIST, _OBJECT):
        return start, _end(_SCALAR, text, start)
    depth, at = 0, start
    while True:
        at = _end(_RUN, text, at)
        depth += 1 if text[at] in (_LIST, _OBJECT) else -1
        at += 1
        if not depth:
            return start, at


def _skip(text: bytes, at: int) -> int:
    return _end(_SPACE, text, at)


def _end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    return pattern.match(text, at).end()  # type: ignore[union-attr]  # valid JSON always matches
