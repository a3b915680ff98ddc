"""Why a message is invalid, in words, found by jsonschema.

Importing jsonschema takes 140 ms, so this module is imported when the first message is refused.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import Any, Final

from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import Draft202012Validator, create
from referencing import Registry

from wscli.model.record import Violation
from wscli.schemas import show, words
from wscli.schemas.keywords import Steps, keywords

MOST: Final = 10  # violations told of one message
_COLLECTED: Final = 100  # errors looked at before the best are chosen
_STEPS: Final = 50_000  # about half a second


class Explainer:
    """Explains what breaks one schema.

    Its walk through the schema is jsonschema's; each single keyword asks the Rust validator, so
    that both agree about numbers, patterns and equality. ``root`` refers to nothing but itself.
    """

    __slots__ = ("_steps", "_validator")

    def __init__(self, root: Any) -> None:
        self._steps = Steps(_STEPS)
        ours: dict[str, Any] = {**Draft202012Validator.VALIDATORS, **keywords(self._steps)}
        through: Any = self._steps.through  # the stubs leave out what a schema's items may be
        kind = create(
            meta_schema=Draft202012Validator.META_SCHEMA,
            validators=ours,
            applicable_validators=through,
        )
        self._validator = kind(root, registry=Registry())

    def violations(self, value: Any) -> tuple[Violation, ...]:
        """Say what is wrong, the best first, at most 10. Empty where nothing was found, be it that
        the value is valid, too large for the steps of one explanation, or too deep.
        """
        told: dict[Violation, None] = {}
        for error in sorted(self._errors(value), key=_rank):
            told[_violation(error)] = None
            if len(told) == MOST:
                break
        return tuple(told)

    def _errors(self, value: Any) -> list[ValidationError]:
        found: list[ValidationError] = []
        self._steps.begin()
        with suppress(Exception):  # out of steps, too deep, or a fault in a foreign validator
            for error in islice(self._validator.iter_errors(value), _COLLECTED):
                found.append(error)  # noqa: PERF402 - what came before an exception is kept
        return found


def _rank(error: ValidationError) -> tuple[int, bool]:
    """Errors high up in the message first, for they say most; "none of the forms" after others."""
    return len(error.path), error.validator in {"anyOf", "oneOf"}


def _closest(error: ValidationError) -> ValidationError:
    """Of several allowed forms, what is wrong with the one that was probably meant."""
    return best_match([error]) or error


def _violation(error: ValidationError) -> Violation:
    closest = _closest(error)
    keyword, what = _keyword_and_words(closest)
    return Violation(show.jq_path(closest.absolute_path), what, keyword)


def _keyword_and_words(error: ValidationError) -> tuple[str, str]:
    keyword: Any = error.validator  # the stubs leave out None
    expected: Any = error.validator_value
    if keyword is None:  # jsonschema's mark of the schema `false`
        return "", words.sentence(words.FALSE_SCHEMA, None, None)
    if keyword == "propertyNames":
        inner, what = _keyword_and_words(_closest(expected))
        return inner, words.of_key(what)
    wanted = _types_of_all_forms(error)
    if wanted:
        return "type", words.sentence("type", wanted, error.instance)
    shown = words.MORE_THAN_ONE if keyword == "oneOf" and not error.context else keyword
    said = words.sentence(shown, expected, error.instance, error.message)
    return keyword, said


def _types_of_all_forms(error: ValidationError) -> list[str]:
    """The types that would have been right, if every allowed form fails for its type."""
    forms: Any = error.validator_value
    wanted: dict[str | int, list[str]] = {}
    for inner in error.context or ():
        if inner.validator == "type" and not inner.relative_path:
            types: Any = inner.validator_value
            wanted[inner.relative_schema_path[0]] = [types] if isinstance(types, str) else types
    if not wanted or len(wanted) < len(forms):
        return []
    return list(dict.fromkeys(name for types in wanted.values() for name in types))
