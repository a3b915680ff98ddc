"""Where in a JSON value something stands, and a copy with something else in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias

from wscli.jq.expressions import First, compile_expression
from wscli.model.message import MISSING
from wscli.model.tables import Expression

Place: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead from the whole value to the place; () is the whole."""


_DEEPEST: Final = 64  # levels of nesting


class _Marker(str):
    """A string that is known again by its identity, however an expression reads it."""

    __slots__ = ()


_MARKER: Final = _Marker("here")


def nodes(value: Any) -> Iterator[tuple[Place, Any]]:
    """Give every place with what stands there, the whole first, the rest in order."""
    yield (), value
    if isinstance(value, dict):
        members: Iterable[tuple[str | int, Any]] = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    else:
        return
    for key, member in members:
        for place, found in nodes(member):
            yield (key, *place), found


def too_deep(value: Any) -> bool:
    """Whether a value is nested beyond reason: more deeply than any client's is, and than what is
    done with it here bears.
    """
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            member
            for each in level
            if isinstance(each, dict | list)
            for member in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)


def at(value: Any, place: Place) -> Any:
    """Give what stands at the place, MISSING where there is no such place."""
    for key in place:
        if isinstance(value, dict):
            value = value.get(key, MISSING)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return MISSING
    return value


def replaced(value: Any, place: Place, new: Any) -> Any:
    """Give a copy with ``new`` at a place that exists; what lies beside the way is shared."""
    if not place:
        return new
    key, rest = place[0], place[1:]
    copy = value.copy()
    copy[key] = replaced(value[key], rest, new)
    return copy


def read_places(read: Callable[[Any], Iterable[Any]], value: Any) -> tuple[Place, ...]:
    """Give the places of ``value`` whose content ``read`` gives.

    Found by trying: whatever reads the marker that stands at a place reads that place. So it
    holds for alternatives, iterations and all other expressions, without taking them apart.
    """
    return tuple(
        place
        for place, _ in nodes(value)
        if any(found is _MARKER for found in read(replaced(value, place, _MARKER)))
    )


def reader(source: Expression) -> Callable[[Any], Iterable[Any]]:
    """Compile an expression to what ``read_places`` tries: its first result."""
    return first_of(compile_expression(source).first)


def reader_of_all(source: Expression) -> Callable[[Any], Iterable[Any]]:
    """Do the same with all of its results."""
    each = compile_expression(source).each
    return lambda value: each(value, {})


def first_of(first: First) -> Callable[[Any], Iterable[Any]]:
    """Do the same with an expression that is compiled already."""
    return lambda value: (first(value, {}),)
