"""``parse``: where a message carries JSON in a string, the string is replaced by what it says.

The text is changed and nothing else of it: keys stay in their order, and numbers keep their digits,
those inside of the string as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from wscli.errors import ExpressionError
from wscli.jq.expressions import Each, compile_expression
from wscli.jq.parser import parse
from wscli.jq.syntax import Path, PathStep
from wscli.messages.decode import decode
from wscli.messages.spans import at_path
from wscli.model.tables import Expression

Parsed: TypeAlias = tuple[bytes, Any]
"""A message's JSON text and its value."""

_QUOTE: Final = ord('"')


def compile_parse(paths: Sequence[Expression]) -> Callable[[bytes, Any], Parsed]:
    """Compile paths to a closure over a message's JSON text and value, which gives both with the
    strings replaced; the same objects where there is nothing to replace. A later path may lead into
    what an earlier one brought out. ExpressionError for what is no path.
    """
    compiled = [(compile_expression(source).each, _steps(source)) for source in paths]

    def parsed(text: bytes, value: Any) -> Parsed:
        for each, steps in compiled:
            text, value = _parsed_once(text, value, each, steps)
        return text, value

    return parsed


def _steps(source: Expression) -> tuple[PathStep, ...]:
    node = parse(source, ())
    if not isinstance(node, Path) or node.base is not None:
        raise ExpressionError(source, 0, "parse takes a path of keys, indexes and []")
    return node.steps


def _parsed_once(text: bytes, value: Any, each: Each, steps: tuple[PathStep, ...]) -> Parsed:
    if not any(isinstance(found, str) for found in each(value, {})):
        return text, value
    made, at = [], 0
    for start, end in at_path(text, steps):
        inner = _inner(text[start:end]) if text[start] == _QUOTE else None
        if inner is not None:
            made += [text[at:start], inner]
            at = end
    if not made:
        return text, value
    changed = b"".join([*made, text[at:]])
    value_now, problem = decode(changed)
    return (text, value) if problem else (changed, value_now)  # it may be too deep together


def _inner(token: bytes) -> bytes | None:
    """Give the JSON text that a string holds, None where it holds none."""
    string, _ = decode(token)
    try:
        text: bytes = string.encode()
    except UnicodeEncodeError:  # a lone surrogate, which no JSON text can hold
        return None
    return None if decode(text)[1] else text
