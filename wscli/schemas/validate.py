"""Is a message valid, and if not, why: yes or no by jsonschema_rs, the words by jsonschema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from jsonschema_rs import Draft202012Validator

from wscli.errors import WscliError
from wscli.model.record import Violation
from wscli.schemas import check, engine, engine_words, show
from wscli.schemas.check import SchemaProblem
from wscli.schemas.places import Keys, Reach, find_places, reach

if TYPE_CHECKING:
    from wscli.schemas.explain import Explainer

__all__ = ["SchemaError", "SchemaProblem", "Validator", "compile_schema"]

_MOST_WRITTEN_OUT: Final = 10_000  # schemas; beyond, the Rust validator's errors may be too many
_MOST_VALUES: Final = 20_000  # in a message whose errors come with those of every allowed form


class SchemaError(WscliError):
    """A schema that is wrong itself, in one or more ways."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: Sequence[SchemaProblem]) -> None:
        said = "; ".join(f"{problem.path} {problem.what}" for problem in problems)
        super().__init__(f"the schema is wrong: {said}")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, eq=False)
class Validator:
    """Holds messages against one schema. Nothing here raises, whatever the message holds."""

    is_valid: Callable[[Any], bool]
    _explainer: Callable[[], Explainer]
    _engine: Draft202012Validator
    _reach: Reach

    def explain(self, value: Any) -> tuple[Violation, ...]:
        """Say what is wrong with a message, the best first, at most 10; () if it is valid."""
        if self.is_valid(value):
            return ()
        for tell in (self._in_words_of_jsonschema, self._in_words_of_the_engine):
            with suppress(Exception):  # a value that is no JSON, a fault in a foreign validator
                told = tell(value)
                if told:
                    return told
        return (Violation(".", "does not fit its schema"),)

    def _in_words_of_jsonschema(self, value: Any) -> tuple[Violation, ...]:
        # jsonschema finds out what was evaluated with Python's regular expressions.
        if not self._reach.keywords.isdisjoint({"unevaluatedItems", "unevaluatedProperties"}):
            return ()
        return self._explainer().violations(value)

    def _in_words_of_the_engine(self, value: Any) -> tuple[Violation, ...]:
        # An error about allowed forms holds the errors of each, and theirs: they may be millions.
        size = self._reach.size
        if size is None or size > _MOST_WRITTEN_OUT:
            return ()
        if not self._reach.keywords.isdisjoint({"anyOf", "oneOf"}) and _is_large(value):
            return ()
        error = engine.first_error(self._engine, value)
        return (engine_words.violation(error),) if error else ()


def _is_large(value: Any) -> bool:
    waiting = [value]
    for inner in waiting:  # grows while it is walked
        if isinstance(inner, dict):
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)
        if len(waiting) > _MOST_VALUES:
            return True
    return False


def compile_schema(schema: Any, definitions: Mapping[str, Any]) -> Validator:
    """Compile a schema (JSON Schema 2020-12) that may refer to ``#/schemas/NAME``, which is
    ``definitions[NAME]``, and to places of its own (``#/$defs/…``). Raises ``SchemaError`` with
    every problem of the schema and of the definitions; formats are annotations.
    """
    tops: dict[Keys, Any] = {(): schema}
    tops |= {("schemas", name): definition for name, definition in definitions.items()}
    problems = check.find_problems(tops)
    if problems:
        raise SchemaError(problems)
    root = _document(schema, definitions)
    try:
        compiled = engine.compile_tree(root)
    except ValueError as error:
        raise SchemaError([check.problem((), show.one_line(str(error)))]) from error
    return Validator(
        is_valid=engine.guarded(compiled.is_valid),
        _explainer=_explainer_of(root),
        _engine=compiled,
        _reach=reach(find_places(tops)),
    )


def _document(schema: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """One document in which each ``#/…`` points where the profile's author means.

    ``$schema`` is left out, because jsonschema would switch to its unchanged validator there.
    """
    top = {"allOf": [schema]} if isinstance(schema, bool) else schema
    named = {name: _undrafted(definition) for name, definition in definitions.items()}
    return {**_undrafted(top), "schemas": named}


def _undrafted(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    return {key: value for key, value in schema.items() if key != "$schema"}


def _explainer_of(root: dict[str, Any]) -> Callable[[], Explainer]:
    @cache
    def explainer() -> Explainer:
        from wscli.schemas.explain import Explainer  # noqa: PLC0415 - 140 ms, seldom needed

        return Explainer(root)

    return explainer
