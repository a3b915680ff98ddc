"""Whether a profile has the shape that profile.schema.json describes, and in words where not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from wscli.errors import Problem
from wscli.loader.package import package_folder
from wscli.loader.yaml_builder import key_path
from wscli.loader.yaml_tree import Tree

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_KINDS: Final[Mapping[str, str]] = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}

_LACKING: Final = frozenset({"required", "anyOf", "dependentRequired", "minProperties"})
"""What a profile may break that is not complete."""


@cache
def format_schema() -> Any:
    """Give the JSON Schema of the profile format, which is published for editors."""
    place = package_folder().joinpath("loader", "profile.schema.json")
    return json.loads(place.read_text("utf-8"))


def shape_problems(tree: Tree, *, complete: bool = True) -> list[Problem]:
    """Give everything that does not have the format's shape. What is not ``complete`` is laid over
    another profile, or another one over it, so it may lack things.
    """
    import jsonschema_rs  # noqa: PLC0415 - 45 ms, paid only where a profile is read

    if jsonschema_rs.Draft202012Validator(format_schema()).is_valid(tree.data):
        return []
    return list(_explained(tree, complete=complete))


def closest(word: str, known: object) -> str:
    """Suggest the nearest of the known words; "" where none is near."""
    near = get_close_matches(word, [str(item) for item in known], 1)  # type: ignore[attr-defined]  # an iterable
    return f'Did you mean "{near[0]}"?' if near else ""


def _explained(tree: Tree, *, complete: bool) -> Iterator[Problem]:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - 140 ms, paid only for words

    for error in Draft202012Validator(format_schema()).iter_errors(tree.data):
        lacking = error.validator in _LACKING
        if complete or not lacking:
            yield from _in_words(error, tree)


def _in_words(error: ValidationError, tree: Tree) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    schema: Any = error.schema
    instance: Any = error.instance
    wanted: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            known = list(schema.get("properties", ()))
            for key in instance:
                if key not in known:
                    here = (*path, key)
                    remedy = closest(key, known) or f"Known here: {', '.join(known)}."
                    yield Problem(tree.line(here), key_path(here), f'unknown key "{key}".', remedy)
        case "required":
            for key in wanted:
                if key not in instance:
                    about = schema.get("properties", {}).get(key, {}).get("description", "")
                    what = f'"{key}" is missing.'
                    yield Problem(tree.line(path), key_path(path), what, about)
        case "dependentRequired":
            for key, needed in wanted.items():
                missing = [name for name in needed if name not in instance]
                if key in instance and missing:
                    what = f'"{key}" makes sense only together with "{missing[0]}".'
                    yield Problem(tree.line((*path, key)), key_path((*path, key)), what)
        case "anyOf":
            keys = [option["required"][0] for option in wanted]
            what = f"needs {' or '.join(keys)}."
            yield Problem(tree.line(path), key_path(path), what)
        case _:
            what = _plainly(error)
            yield Problem(tree.line(path), key_path(path), what, schema.get("description", ""))


def _plainly(error: ValidationError) -> str:
    value: Any = error.instance
    wanted: Any = error.validator_value
    shown = json.dumps(value, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 60 else shown[:60] + "…"
    match error.validator:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return f"{shown} must be {' or '.join(_KINDS[kind] for kind in kinds)}."
        case "enum":
            near = closest(str(value), wanted)
            return f"{shown} must be one of {', '.join(map(str, wanted))}. {near}".rstrip()
        case "const":
            return f"{shown} must be {json.dumps(wanted)}."
        case "pattern":
            return f"{shown} is not written as it should be."
        case "minProperties" | "minItems" | "minLength":
            return "must not be empty."
        case _:
            return f"{error.message[:120]}."
