"""What a message looks like: a piece of it, compiled to a closure.

A pattern holds for every value that contains it. Objects need the pattern's keys, lists are
matched from their start, leaves are compared type-strictly (``true`` is not 1, 1 is 1.0). Keys that
begin with ``$`` are tests, see ``TESTS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from wscli.errors import WscliError
from wscli.model.message import MISSING

Test: TypeAlias = Callable[[Any], bool]
"""Tells of a value, or of MISSING where there is none, whether the pattern holds."""

ANYTHING: Final[Mapping[str, Any]] = {"$any": True}
"""The pattern that always holds: what is left of a test on an option that was not given."""

_TYPES: Final[Mapping[str, Test]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: (
        isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    ),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


class PatternError(WscliError):
    """A pattern that says nothing that can be tested."""

    exit_code = 2


def same(left: Any, right: Any) -> bool:
    """Equality as JSON Schema has it: true is not 1, 1 is 1.0, objects without order."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def glob(pattern: str) -> Callable[[str], bool]:
    """Compile a glob: ``*`` is any run of characters, ``?`` any one; nothing else is special.

    The pieces between stars are looked for from left to right, each once: a regular expression
    with several stars would try every way to share a long text among them.
    """
    pieces = pattern.split("*")
    finders = [re.compile(_literally(piece), re.DOTALL) for piece in pieces]
    if len(finders) == 1:
        whole = finders[0].fullmatch
        return lambda text: whole(text) is not None
    first, *middle, last = finders
    tail = len(pieces[-1])

    def holds(text: str) -> bool:
        begin, end = first.match(text), len(text) - tail
        if begin is None or begin.end() > end or last.match(text, end) is None:
            return False
        at = begin.end()
        for finder in middle:
            found = finder.search(text, at, end)
            if found is None:
                return False
            at = found.end()
        return True

    return holds


def _literally(piece: str) -> str:
    return "".join("." if sign == "?" else re.escape(sign) for sign in piece)


def compile_match(pattern: Any) -> Test:
    """Compile a pattern; raises PatternError, which names the place, where it makes no sense."""
    if text_of(pattern) is not None:
        return lambda _value: False  # it is for frames that are no JSON, see ``text_of``
    return _compile(pattern, "")


def text_of(pattern: Any) -> str | None:
    """Give the text that a pattern ``{$text: pong}`` stands for, None for every other pattern."""
    if isinstance(pattern, dict) and len(pattern) == 1:
        text = pattern.get("$text")
        return text if isinstance(text, str) else None
    return None


def _compile(pattern: Any, place: str) -> Test:
    if isinstance(pattern, dict):
        tests = [key for key in pattern if key.startswith("$")]
        if not tests:
            return _object({key: _compile(sub, f"{place}.{key}") for key, sub in pattern.items()})
        if len(tests) < len(pattern):
            raise PatternError(f"{place or 'the pattern'} mixes tests ({tests[0]}) with plain keys")
        compiled = [_test(name, pattern[name], place) for name in tests]
        if len(compiled) == 1:
            return compiled[0]
        return lambda value: all(test(value) for test in compiled)
    if isinstance(pattern, list):
        return _list([_compile(sub, f"{place}[{index}]") for index, sub in enumerate(pattern)])
    return _leaf(pattern)


def _leaf(expected: Any) -> Test:
    if isinstance(expected, str):
        return lambda value: value == expected
    return lambda value: same(value, expected)


def _object(members: Mapping[str, Test]) -> Test:
    if len(members) == 1:
        ((only, test),) = members.items()
        return lambda value: isinstance(value, dict) and test(value.get(only, MISSING))
    pairs = tuple(members.items())

    def holds(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        return all(test(value.get(key, MISSING)) for key, test in pairs)

    return holds


def _list(elements: Sequence[Test]) -> Test:
    size = len(elements)

    def holds(value: Any) -> bool:
        if not isinstance(value, list):
            return False
        padded = value if len(value) >= size else [*value, *[MISSING] * (size - len(value))]
        return all(test(padded[index]) for index, test in enumerate(elements))

    return holds


def _test(name: str, argument: Any, place: str) -> Test:
    build = TESTS.get(name)
    if build is None:
        known = ", ".join(sorted(set(TESTS) - {"$any"}))
        raise PatternError(f"{place or 'the pattern'}: there is no test {name}; there are {known}")
    return build(argument, place)


def _wrong(name: str, place: str, needs: str) -> PatternError:
    return PatternError(f"{place or 'the pattern'}: {name} takes {needs}")


def _in(argument: Any, place: str) -> Test:
    if not isinstance(argument, list):
        raise _wrong("$in", place, "a list of values")
    if all(isinstance(item, str) for item in argument):
        strings = frozenset(argument)
        return lambda value: isinstance(value, str) and value in strings
    return lambda value: any(same(value, item) for item in argument)


def _exists(argument: Any, place: str) -> Test:
    if not isinstance(argument, bool):
        raise _wrong("$exists", place, "true or false")
    return lambda value: (value is not MISSING) is argument


def _glob(argument: Any, place: str) -> Test:
    if not isinstance(argument, str):
        raise _wrong("$glob", place, 'a string such as "trades:*"')
    found = glob(argument)
    return lambda value: isinstance(value, str) and found(value)


def _type(argument: Any, place: str) -> Test:
    test = _TYPES.get(argument) if isinstance(argument, str) else None
    if test is None:
        raise _wrong("$type", place, "one of " + ", ".join(_TYPES))
    return test


def _not(argument: Any, place: str) -> Test:
    inner = _compile(argument, place)
    return lambda value: not inner(value)


def _text(_argument: Any, place: str) -> Test:
    raise _wrong("$text", place, "a string, and stands alone as a whole pattern")


def _any(_argument: Any, _place: str) -> Test:
    return lambda _value: True


TESTS: Final[Mapping[str, Callable[[Any, str], Test]]] = {
    "$in": _in,
    "$exists": _exists,
    "$glob": _glob,
    "$type": _type,
    "$not": _not,
    "$text": _text,
    "$any": _any,
}
