"""What a keyword means, answered to jsonschema by the Rust validator, within a number of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from jsonschema.exceptions import ValidationError

from wscli.schemas.engine import compile_tree, guarded

# jsonschema calls a keyword with its validator, the keyword's value, the instance and the schema.
Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError]]

_ASSERTIONS: Final = (
    "type",
    "enum",
    "const",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)


class OutOfSteps(Exception):  # noqa: N818 - not a fault: the explanation ends with what it has
    """One explanation has taken all its steps."""


class Steps:
    """Counts what an explanation does. Without it a message of some megabytes, or a schema in
    which every level doubles the work, would keep jsonschema busy for minutes.
    """

    __slots__ = ("_left", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most

    def begin(self) -> None:
        """Start a new explanation."""
        self._left = self._most

    def take(self) -> None:
        """Count one step. Raises ``OutOfSteps``."""
        self._left -= 1
        if self._left < 0:
            raise OutOfSteps

    def through(self, schema: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        """Give a schema's keywords, as jsonschema wants them, and count the visit."""
        self.take()
        return schema.items()


def keywords(steps: Steps) -> dict[str, Keyword]:
    """The keywords of JSON Schema 2020-12 that compare, count or match, ready for
    ``jsonschema.validators.create``. Their errors carry what ``words.sentence`` expects, or for
    ``propertyNames`` the error that the key has.
    """
    engine = _Engine(steps)
    return {
        **{name: _assertion(engine, name) for name in _ASSERTIONS},
        "required": _required,
        "dependentRequired": _dependent_required,
        "properties": _properties,
        "prefixItems": _prefix_items,
        "additionalProperties": _additional_properties(engine),
        "patternProperties": _pattern_properties(engine),
        "propertyNames": _property_names,
    }


class _Engine:
    """Asks the Rust validator about one keyword at a time; each is compiled when first asked."""

    __slots__ = ("_asked", "_steps")

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._asked: dict[tuple[str, int | str], Callable[[Any], bool]] = {}

    def holds(self, keyword: str, expected: Any, value: Any, place: int | str) -> bool:
        """Say whether the value obeys ``{keyword: expected}``; ``place`` names this use of it."""
        self._steps.take()
        check = self._asked.get((keyword, place))
        if check is None:
            check = guarded(compile_tree({keyword: expected}).is_valid)
            self._asked[keyword, place] = check
        return check(value)

    def matches(self, pattern: str, key: str) -> bool:
        return self.holds("pattern", pattern, key, place=pattern)


def _assertion(engine: _Engine, keyword: str) -> Keyword:
    def check(_: Any, expected: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        # The schema's tree outlives the engine, so its id() names this place and no other.
        if not engine.holds(keyword, expected, value, place=id(schema)):
            yield ValidationError("")

    return check


def _required(_: Any, names: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for name in names:
            if name not in value:
                yield ValidationError("", validator_value=name)


def _dependent_required(_: Any, needs: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for key, names in needs.items():
            for name in names if key in value else ():
                if name not in value:
                    yield ValidationError("", validator_value=name)


def _below(
    validator: Any, value: Any, schema: Any, key: str | int, step: str | int | None
) -> Iterator[ValidationError]:
    """Descend, and keep the path where the schema is ``false``, which jsonschema 4.26 forgets."""
    for error in validator.descend(value, schema, path=key, schema_path=step):
        if schema is False:
            error.path.appendleft(key)
        yield error


def _properties(validator: Any, known: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for key, schema in known.items():
            if key in value:
                yield from _below(validator, value[key], schema, key, key)


def _prefix_items(validator: Any, schemas: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    if isinstance(value, list):
        for index, (element, schema) in enumerate(zip(value, schemas, strict=False)):
            yield from _below(validator, element, schema, index, index)


def _additional_properties(engine: _Engine) -> Keyword:
    def check(validator: Any, rest: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        if not isinstance(value, dict) or rest is True:
            return
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        surplus = [
            key
            for key in value
            if key not in known and not any(engine.matches(pattern, key) for pattern in patterns)
        ]
        if rest is False:
            if surplus:
                yield ValidationError("", validator_value=surplus)
            return
        for key in surplus:
            yield from _below(validator, value[key], rest, key, None)

    return check


def _pattern_properties(engine: _Engine) -> Keyword:
    def check(validator: Any, patterns: Any, value: Any, _: Any) -> Iterator[ValidationError]:
        if not isinstance(value, dict):
            return
        for pattern, schema in patterns.items():
            for key in value:
                if engine.matches(pattern, key):
                    yield from _below(validator, value[key], schema, key, pattern)

    return check


def _property_names(validator: Any, names: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    if not isinstance(value, dict):
        return
    for key in value:
        for error in validator.descend(key, names):
            yield ValidationError("", validator_value=error)
