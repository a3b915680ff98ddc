"""The places of a schema that are schemas themselves, and which of them one value leads through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import unquote

from wscli.model.frozen import frozen

Keys: TypeAlias = tuple[str | int, ...]
Pointer: TypeAlias = tuple[str, ...]  # the tokens of a JSON pointer (RFC 6901), unescaped

# JSON Schema 2020-12, applicator and unevaluated vocabularies: the keywords that hold schemas.
_ON_THE_SAME_VALUE: Final = frozenset(
    ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
)
_HOLD_ONE: Final = (
    *("not", "if", "then", "else", "items", "contains", "propertyNames", "additionalProperties"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
_HOLD_LIST: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_HOLD_MAP: Final = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_APPLY_NOTHING: Final = frozenset(("contentSchema", "$defs", "definitions"))

_COUNTED: Final = 1_000_000  # doubling at every level would soon be a number of many digits


@frozen
class Place:
    """A schema inside a schema. ``same`` and ``parts`` point to the schemas that it applies to its
    own value and to parts of that value; a ``$ref`` is among the first.
    """

    keys: Keys
    schema: Any
    same: tuple[Pointer, ...]
    parts: tuple[Pointer, ...]


class _Inner(NamedTuple):
    keyword: str
    keys: Keys
    schema: Any


def find_places(tops: Mapping[Keys, Any]) -> dict[Pointer, Place]:
    """Find every place below the top schemas, each named by its keys in the document. Whatever is
    not shaped like a schema is passed over.
    """
    found: dict[Pointer, Place] = {}
    waiting = list(tops.items())
    for keys, schema in waiting:  # grows while it is walked
        inners = list(_inner(keys, schema))
        waiting.extend((inner.keys, inner.schema) for inner in inners)
        applied = [inner for inner in inners if inner.keyword not in _APPLY_NOTHING]
        same = [inner for inner in applied if inner.keyword in _ON_THE_SAME_VALUE]
        parts = [inner for inner in applied if inner.keyword not in _ON_THE_SAME_VALUE]
        found[_pointer(keys)] = Place(
            keys,
            schema,
            (*_referred(schema), *(_pointer(inner.keys) for inner in same)),
            tuple(_pointer(inner.keys) for inner in parts),
        )
    return found


def _inner(keys: Keys, schema: Any) -> Iterator[_Inner]:
    if not isinstance(schema, dict):
        return
    for keyword, held in schema.items():
        at = (*keys, keyword)
        if keyword in _HOLD_ONE:
            yield _Inner(keyword, at, held)
        elif keyword in _HOLD_LIST and isinstance(held, list):
            for index, one in enumerate(held):
                yield _Inner(keyword, (*at, index), one)
        elif keyword in _HOLD_MAP and isinstance(held, dict):
            for name, one in held.items():
                yield _Inner(keyword, (*at, name), one)


def _pointer(keys: Keys) -> Pointer:
    return tuple(str(key) for key in keys)


def _referred(schema: Any) -> Iterator[Pointer]:
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        target = parse_reference(schema["$ref"])
        if target is not None:
            yield target


def parse_reference(reference: str) -> Pointer | None:
    """Read ``#/schemas/Position``; None for whatever does not begin with ``#/``."""
    if not reference.startswith("#/"):
        return None
    tokens = unquote(reference.removeprefix("#/")).split("/")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def find_loop(places: Mapping[Pointer, Place]) -> list[Place]:
    """Give the places of a loop that one and the same value would never leave, [] if none."""
    graph = {at: [to for to in place.same if to in places] for at, place in places.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [places[at] for at in error.args[1]]
    return []


def most_steps(places: Mapping[Pointer, Place]) -> int:
    """How many schemas are applied to one and the same value, at most. There must be no loop."""
    graph = {at: [to for to in place.same if to in places] for at, place in places.items()}
    return max(_sizes(graph).values())


@frozen
class Reach:
    """What can be reached from a schema: ``keywords`` are those in use; ``size`` counts the
    schemas when each reference is written out, None where that has no end.
    """

    keywords: frozenset[str]
    size: int | None


def reach(places: Mapping[Pointer, Place]) -> Reach:
    """Look at everything that the whole schema applies. There must be no loop."""
    graph: dict[Pointer, list[Pointer]] = {}
    waiting: list[Pointer] = [()]
    for at in waiting:  # grows while it is walked
        if at not in graph:
            place = places[at]
            graph[at] = [*place.same, *place.parts]
            waiting.extend(graph[at])
    schemas: Iterable[Any] = (places[at].schema for at in graph)
    keywords = frozenset(key for schema in schemas if isinstance(schema, dict) for key in schema)
    try:
        return Reach(keywords, _sizes(graph)[()])
    except CycleError:
        return Reach(keywords, None)


def _sizes(graph: Mapping[Pointer, list[Pointer]]) -> dict[Pointer, int]:
    """How many nodes the tree under each node has. Raises CycleError."""
    sizes: dict[Pointer, int] = {}
    for at in TopologicalSorter(graph).static_order():
        sizes[at] = min(_COUNTED, 1 + sum(sizes[to] for to in graph[at]))
    return sizes
