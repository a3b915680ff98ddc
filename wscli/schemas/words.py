"""Short plain sentences about what breaks a schema, the same whichever validator found it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from wscli.schemas.show import listing, one_line, preview

# What has no keyword of its own: a schema that is just `false`, and oneOf's other failure.
FALSE_SCHEMA: Final = "falseSchema"
MORE_THAN_ONE: Final = "oneOf, more than one"

_OF_TYPE: Final = {
    "null": "null",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}

# Sentences that need neither what was expected nor what is there.
_WRONG_FORM: Final = {
    "uniqueItems": "has elements that are equal",
    "contains": "holds none of the elements that must be there",
    "minContains": "holds too few of the elements that must be there",
    "maxContains": "holds too many of the elements that are counted",
    "items": "has more elements than are allowed",
    "unevaluatedItems": "has elements that are not allowed",
    "not": "has a form that is not allowed",
    "anyOf": "has none of the allowed forms",
    "oneOf": "has none of the allowed forms",
    MORE_THAN_ONE: "has more than one of the allowed forms",
    FALSE_SCHEMA: "is not allowed here",
}


def sentence(keyword: str, expected: Any, value: Any, otherwise: str = "") -> str:
    """Say how ``value`` breaks ``keyword``; a keyword without a sentence here is ``otherwise``.

    ``expected`` is the keyword's value in the schema, except that it is the missing key for
    ``required`` and ``dependentRequired``, and the list of surplus keys for
    ``additionalProperties`` and ``unevaluatedProperties``.
    """
    match keyword:
        case "type":
            return _wrong_type([expected] if isinstance(expected, str) else expected, value)
        case "required" | "dependentRequired":
            return f"{preview(expected)} is missing"
        case "enum":
            return f"{preview(value)} is not one of {listing(expected)}"
        case "const":
            return f"is {preview(value)}, must be {preview(expected)}"
        case "pattern":
            return f"{preview(value)} does not match the pattern {one_line(expected)}"
        case "additionalProperties" | "unevaluatedProperties":
            return f"has the unknown key{_s(len(expected))} {listing(expected)}"
        case _:
            said = _wrong_size(keyword, expected, value) or _WRONG_FORM.get(keyword)
            return said or one_line(otherwise)


def _wrong_type(types: Sequence[str], value: Any) -> str:
    wanted = " or ".join(_OF_TYPE[name] for name in types)
    found = _kind(value)
    if found == "a number" and "integer" in types:
        found = preview(value)
    return f"is {found}, must be {wanted}"


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case list():
            return "an array"
        case dict():
            return "an object"
        case int() | float() | Decimal():
            return "a number"
        case _:
            return "no JSON"


def _wrong_size(keyword: str, limit: Any, value: Any) -> str | None:
    match keyword:
        case "minimum":
            return f"{preview(value)} is less than {preview(limit)}"
        case "maximum":
            return f"{preview(value)} is greater than {preview(limit)}"
        case "exclusiveMinimum":
            return f"{preview(value)} is not greater than {preview(limit)}"
        case "exclusiveMaximum":
            return f"{preview(value)} is not less than {preview(limit)}"
        case "multipleOf":
            return f"{preview(value)} is not a multiple of {preview(limit)}"
        case "minLength":
            return f"{preview(value)} is shorter than {limit} character{_s(limit)}"
        case "maxLength":
            return f"{preview(value)} is longer than {limit} character{_s(limit)}"
        case "minItems" | "maxItems":
            return f"has {len(value)} element{_s(len(value))}, {_bound(keyword, limit)}"
        case "minProperties" | "maxProperties":
            return f"has {len(value)} key{_s(len(value))}, {_bound(keyword, limit)}"
        case _:
            return None


def _bound(keyword: str, limit: int) -> str:
    return f"{'at least' if keyword.startswith('min') else 'at most'} {limit} must be there"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def of_key(said: str) -> str:
    """Turn a sentence about a key itself (``propertyNames``) into one about its object."""
    return f"the key {said}"
