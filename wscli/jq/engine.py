"""The user's own programs, from ``--where``, ``--until`` and ``--jq``: all of jq.

A program whose meaning our closures have is run by them, in a fraction of libjq's time. Everything
else goes to libjq, and so does a single message on which they cannot be exact: where jq raises an
error, or looks at digits that a parsed number has lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, Final, TypeAlias

import orjson

from wscli.errors import ExpressionError
from wscli.jq.closures import EXACT, Many, One, compile_node
from wscli.jq.libjq import LibjqProgram, Results
from wscli.jq.parser import parse
from wscli.jq.reads import Keys, first_path, paths_of
from wscli.jq.values import NOTHING, Failed, Inexact, truthy
from wscli.model.frozen import frozen
from wscli.model.message import MISSING

__all__ = ["Program", "Results", "compile_program"]

Run: TypeAlias = Callable[[Any, bytes], Results]
Holds: TypeAlias = Callable[[Any, bytes], bool]

_NO_JSON: Final = Results((), "the message is no JSON")


@frozen
class Program:
    """A compiled program. Both closures take a message's value and the JSON text that it was
    parsed from, and never raise: ``run`` gives all results, ``holds`` tells whether the first one
    is neither null nor false. On a message that is no JSON (``MISSING``) a program fails.
    ``reads``: fields of the message that it looks at, not always all of them.
    """

    source: str
    run: Run = field(repr=False, compare=False)
    holds: Holds = field(repr=False, compare=False)
    reads: tuple[Keys, ...] = field(default=(), repr=False, compare=False)


def compile_program(source: str) -> Program:
    """Compile ``source``. ExpressionError for what libjq does not compile."""
    library = LibjqProgram(source)
    try:
        node = parse(source, names=())
        closure = compile_node(node, EXACT)
    except (ExpressionError, Inexact):
        library.check()
        return Program(source, _library_run(library), _library_holds(library), first_path(source))
    one, many = closure
    holds = _first_holds(many, library) if one is None else _holds(one, library)
    return Program(source, _run(many, library), holds, paths_of(node))


def _library_run(library: LibjqProgram) -> Run:
    def run(value: Any, raw: bytes) -> Results:
        return _NO_JSON if value is MISSING else library.run(raw)

    return run


def _library_holds(library: LibjqProgram) -> Holds:
    def holds(value: Any, raw: bytes) -> bool:
        return value is not MISSING and library.holds(raw)

    return holds


def _run(many: Many, library: LibjqProgram) -> Run:
    def run(value: Any, raw: bytes) -> Results:
        if value is MISSING:
            return _NO_JSON
        try:
            return Results(tuple([_line(each, raw) for each in many(value, {})]))
        except (Failed, Inexact, RecursionError):
            return library.run(raw)

    return run


def _first_holds(many: Many, library: LibjqProgram) -> Holds:
    def holds(value: Any, raw: bytes) -> bool:
        if value is MISSING:
            return False
        try:
            results = many(value, {})
        except (Failed, Inexact):  # a result before the error counts
            return library.holds(raw)
        return bool(results) and truthy(results[0])

    return holds


def _holds(one: One, library: LibjqProgram) -> Holds:
    def holds(value: Any, raw: bytes) -> bool:
        if value is MISSING:
            return False
        try:
            result = one(value, {})
        except Failed:  # as its only result
            return False
        except Inexact:
            return library.holds(raw)
        return result is not NOTHING and truthy(result)

    return holds


def _line(result: Any, raw: bytes) -> bytes:
    """Write one result as jq writes it; ``Inexact`` where only libjq knows how."""
    if result is MISSING:
        return b"null"
    _check_exact(result, raw)
    try:
        line = orjson.dumps(result)
    except TypeError:  # a number of more than 64 bits, half a surrogate pair
        raise Inexact from None
    return line.replace(b"\x7f", rb"\u007f")


def _check_exact(value: Any, raw: bytes) -> None:
    """``Inexact`` where a number may have been written otherwise than it would be now."""
    match value:
        case bool() | str() | None:
            return
        case int():
            if value == 0 and b"-0" in raw:
                raise Inexact
        case list():
            for item in value:
                _check_exact(item, raw)
        case dict():
            for item in value.values():
                _check_exact(item, raw)
        case _:
            raise Inexact
