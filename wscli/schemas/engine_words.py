"""The Rust validator's errors in words: of mistakes in schemas, and where jsonschema gave up."""

from __future__ import annotations

from collections.abc import Sequence

from jsonschema_rs import ValidationError

from wscli.model.record import Violation
from wscli.schemas import show, words


def violation(error: ValidationError) -> Violation:
    """Say where and what; of several allowed forms what is wrong with the one that was meant."""
    closest = _closest(error)
    keyword, what = _keyword_and_words(closest)
    return Violation(show.jq_path(closest.instance_path), what, keyword)


def _closest(error: ValidationError) -> ValidationError:
    """Step into an allowed form if it alone has the right type."""
    forms = _forms(error)
    meant = [form for form in forms if not _types_wanted(error, form)]
    if len(meant) == 1 and meant[0]:
        return _closest(meant[0][0])
    return error


def _keyword_and_words(error: ValidationError) -> tuple[str, str]:
    name, expected = error.kind.name, error.kind.value
    if name == words.FALSE_SCHEMA:
        return "", words.sentence(name, None, None)
    if name == "propertyNames":
        keyword, what = _keyword_and_words(_closest(expected))
        return keyword, words.of_key(what)
    forms = _forms(error)
    wanted = [_types_wanted(error, form) for form in forms]
    if wanted and all(wanted):
        merged = list(dict.fromkeys(name for types in wanted for name in types))
        return "type", words.sentence("type", merged, error.instance)
    shown = words.MORE_THAN_ONE if name == "oneOf" and not all(forms) else name
    return name, words.sentence(shown, expected, error.instance, error.message)


def _forms(error: ValidationError) -> Sequence[Sequence[ValidationError]]:
    """The errors of each allowed form; a form that fits has none."""
    return error.kind.value if error.kind.name in {"anyOf", "oneOf"} else ()


def _types_wanted(error: ValidationError, form: Sequence[ValidationError]) -> list[str]:
    """The types that this form wants at the very place, if it fails for its type."""
    return [
        name
        for inner in form
        if inner.kind.name == "type" and inner.instance_path == error.instance_path
        for name in inner.kind.value
    ]
