"""What is wrong with a schema itself, all of it at once, before a message is held against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from itertools import chain, islice
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from wscli.model.frozen import frozen
from wscli.schemas import show
from wscli.schemas.engine import compile_tree, is_linear
from wscli.schemas.engine_words import violation
from wscli.schemas.places import (
    Keys,
    Place,
    Pointer,
    find_loop,
    find_places,
    most_steps,
    parse_reference,
)

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_DEEPEST: Final = 64  # levels of nesting; a profile's YAML allows 50
_MOST_STEPS: Final = 10_000  # schemas that one value may be held against
_MOST_TOLD: Final = 100  # problems
_MOST_COMPARED: Final = 200  # definitions, in search of the one that was meant
_LOOKS_AROUND: Final = ("(?=", "(?!", "(?<=", "(?<!", *(f"\\{digit}" for digit in "123456789"))


@frozen
class SchemaProblem:
    """One thing that is wrong with a schema. ``keys`` lead to it: from the schema itself, or from
    the file's definitions where they begin with "schemas". ``path`` is the same as a jq path.
    """

    path: str
    what: str
    keys: Keys = ()


def problem(keys: Keys, what: str) -> SchemaProblem:
    """Make a problem at these keys."""
    return SchemaProblem(show.jq_path(keys), what, keys)


def find_problems(tops: Mapping[Keys, Any]) -> tuple[SchemaProblem, ...]:
    """Check the schema, at ``()``, and each definition, at ``("schemas", NAME)``."""
    shapeless = tuple(
        found for keys, schema in tops.items() for found in _shape_problems(keys, schema)
    )
    if shapeless:
        return shapeless
    places = find_places(tops)
    problems = chain(
        (found for keys, schema in tops.items() for found in _draft_problems(keys, schema)),
        (found for place in places.values() for found in _place_problems(place, tops, places)),
    )
    return tuple(islice(problems, _MOST_TOLD)) or tuple(_work_problems(places))


def _shape_problems(keys: Keys, schema: Any) -> Iterator[SchemaProblem]:
    if not isinstance(schema, (dict, bool)):
        yield problem(keys, "is no schema, which is an object, true or false")
    elif _is_deep(schema):
        yield problem(keys, f"nests deeper than {_DEEPEST} levels")


def _is_deep(schema: Any) -> bool:
    level = [schema]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _held(outer)]
    return bool(level)


def _held(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            yield from value.values()
        case list():
            yield from value


@cache
def _metaschema() -> Draft202012Validator:
    return compile_tree({"$ref": _DRAFT})  # takes a millisecond; the library has it built in


def _draft_problems(keys: Keys, schema: Any) -> Iterator[SchemaProblem]:
    """Hold a schema against the metaschema of the draft."""
    metaschema = _metaschema()
    try:
        errors = () if metaschema.is_valid(schema) else metaschema.iter_errors(schema)
    except ValueError as no_json:  # a key that is no string, a lone surrogate
        yield problem(keys, show.one_line(str(no_json)))
        return
    # Each vocabulary of the metaschema says again that a schema is an object or a boolean.
    yield from dict.fromkeys(
        problem((*keys, *error.instance_path), violation(error).what) for error in errors
    )


def _place_problems(
    place: Place, tops: Mapping[Keys, Any], places: Mapping[Pointer, Place]
) -> Iterator[SchemaProblem]:
    if not isinstance(place.schema, dict):
        return
    for keyword, value in place.schema.items():
        at = (*place.keys, keyword)
        match keyword, value:
            case "$ref", str():
                yield from _reference_problems(at, value, places)
            case "$schema", _ if place.keys not in tops or value != _DRAFT:
                yield problem(at, f"must be {_DRAFT}, at the top of a schema, or left out")
            case (("$id" | "$dynamicRef" | "$recursiveRef"), _):
                yield problem(at, 'is not supported: refer to "#/schemas/NAME" of the same file')
            case "dependencies", _:  # the two validators do not agree about it
                yield problem(at, "is from older drafts: use dependentRequired, dependentSchemas")
            case "pattern", str():
                yield from _pattern_problems(at, value)
            case "patternProperties", dict():
                for pattern in value:
                    yield from _pattern_problems((*at, pattern), pattern)
            case _:
                pass


def _reference_problems(
    at: Keys, reference: str, places: Mapping[Pointer, Place]
) -> Iterator[SchemaProblem]:
    target = parse_reference(reference)
    shown = show.preview(reference)
    if target is None:
        yield problem(at, f'{shown} is elsewhere: only "#/schemas/NAME" of the same file is read')
    elif target not in places:
        known = ("#/" + "/".join(place) for place in places if place[:1] == ("schemas",))
        close = get_close_matches(reference, list(islice(known, _MOST_COMPARED)), n=1)
        meant = f"; did you mean {show.preview(close[0])}?" if close else ""
        yield problem(at, f"{shown} does not exist{meant}")


def _pattern_problems(at: Keys, pattern: str) -> Iterator[SchemaProblem]:
    if is_linear(pattern):
        return
    shown = show.preview(pattern)
    if any(sign in pattern for sign in _LOOKS_AROUND):
        why = "needs look-around or a back-reference, which could make a pattern slow"
    else:
        why = "is no regular expression, or too large a one"
    yield problem(at, f"{shown} {why}")


def _work_problems(places: Mapping[Pointer, Place]) -> Iterator[SchemaProblem]:
    """Schemas that would keep a validator busy for ever, or nearly so."""
    loop = find_loop(places)
    if loop:
        first = next((place for place in loop if "$ref" in place.schema), loop[0])
        yield problem(first.keys, "refers to itself without going into the value")
    elif most_steps(places) > _MOST_STEPS:
        yield problem((), f"holds one value against more than {_MOST_STEPS:,} schemas")
