"""Which fields of a message a program reads, as far as plain paths of keys tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Final, TypeAlias, assert_never

from wscli.errors import ExpressionError
from wscli.jq.lexer import Kind, tokens
from wscli.jq.syntax import (
    Alternative,
    Call,
    Comparison,
    Key,
    Literal,
    Logic,
    Node,
    Path,
    Pipe,
    Try,
    Variable,
    children,
)

Keys: TypeAlias = tuple[str, ...]

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def paths_of(node: Node) -> tuple[Keys, ...]:
    """Give the paths that a program reads from the message itself, each once, in its order. Left
    out is what the program expects to be absent at times: behind ``?`` and beside ``//``.
    """
    return tuple(dict.fromkeys(keys for keys in _paths(node) if keys))


def first_path(source: str) -> tuple[Keys, ...]:
    """Give the same for a program that is libjq's alone: the path that it begins with, if any."""
    try:
        found = tokens(source)
    except ExpressionError:
        return ()
    fields = list(takewhile(lambda token: token.kind is Kind.FIELD, found))
    doubted = found[len(fields)].text in ("?", "//", "//=", "?//")
    return () if doubted or not fields else (tuple(field.value for field in fields),)


def written(keys: Keys) -> str:
    """Give a path as jq writes it."""
    return "".join(f".{key}" if _WORD.fullmatch(key) else f".{json.dumps(key)}" for key in keys)


def _paths(node: Node) -> Iterator[Keys]:
    match node:
        case Path(base):
            yield from [_keys(node)] if base is None else _paths(base)
        case Pipe(stages):
            yield from _piped(stages)
        case Logic() | Comparison():
            for child in children(node):
                yield from _paths(child)
        case Alternative() | Try() | Literal() | Variable() | Call():
            return
        case _:
            assert_never(node)


def _piped(stages: tuple[Node, ...]) -> Iterator[Keys]:
    """A path hands on what is there: the next stage reads below it."""
    first, *rest = stages
    found = list(_paths(first))
    below: list[Keys] = []
    if rest and isinstance(first, Path) and first.base is None:
        here = _keys(first)
        if len(here) == len(first.steps):
            below = [(*here, *keys) for keys in _piped(tuple(rest)) if keys]
    yield from below or found


def _keys(path: Path) -> Keys:
    """Give the keys that a path begins with."""
    keys = []
    for step in path.steps:
        if not isinstance(step, Key) or step.optional or not isinstance(step.name, str):
            break
        keys.append(step.name)
    return tuple(keys)
