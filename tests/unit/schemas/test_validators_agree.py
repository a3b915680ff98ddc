"""The gate and the explainer must never contradict each other: what one refuses, the other finds."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.schemas.explain import Explainer
from wscli.schemas.validate import compile_schema

SCHEMAS: dict[str, Any] = {
    "types": {"type": ["string", "integer", "null"]},
    "numbers": {"minimum": 0.1, "exclusiveMaximum": 1e3, "multipleOf": 0.01},
    "large numbers": {"maximum": 2**64, "exclusiveMinimum": -(2**70)},
    "strings": {"type": "string", "minLength": 1, "maxLength": 3, "pattern": "^[a-z]*$"},
    "unicode": {"pattern": "^\\p{L}+$"},
    "enum": {"enum": [0, "a", None, [False], {"a": 1.5}]},
    "const": {"const": {"a": [0, "b"]}},
    "not": {"not": {"enum": [True, 1.0, ""]}},
    "object": {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}, "b": {"type": "number"}},
        "additionalProperties": False,
    },
    "map": {"patternProperties": {"^a": {"type": "number"}}, "additionalProperties": {"type": "string"}},
    "names": {"propertyNames": {"maxLength": 1}, "minProperties": 1, "maxProperties": 2},
    "array": {"items": {"type": ["number", "string"]}, "minItems": 1, "maxItems": 3},
    "unique": {"uniqueItems": True},
    "tuple": {"prefixItems": [{"const": "a"}, {"type": "number"}, False], "items": False},
    "contains": {"contains": {"type": "string"}, "minContains": 1, "maxContains": 2},
    "any": {"anyOf": [{"type": "string"}, {"required": ["a"], "type": "object"}, {"minItems": 2}]},
    "one": {"oneOf": [{"type": "number"}, {"multipleOf": 2}, {"required": ["b"]}]},
    "all": {"allOf": [{"type": ["object", "array"]}, {"minItems": 1}, {"minProperties": 1}]},
    "if": {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"not": {"type": "null"}}},
    "dependent": {
        "dependentRequired": {"a": ["b"]},
        "dependentSchemas": {"b": {"properties": {"a": {"type": "string"}}}},
    },
    "reference": {"anyOf": [{"$ref": "#/schemas/Node"}, {"type": ["null", "string"]}]},
    "false inside": {"properties": {"a": False}, "additionalProperties": {"$ref": "#/schemas/No"}},
    "ignored": {"format": "ipv4", "contentMediaType": "application/json", "additionalItems": False, "contentSchema": False, "$anchor": "x", "definitions": {"a": False}, "extends": False, "x": 1},
}  # fmt: skip
DEFINITIONS: dict[str, Any] = {
    "Node": {
        "type": "object",
        "properties": {"a": {"$ref": "#/schemas/Node"}, "b": {"type": "integer"}},
        "required": ["b"],
    },
    "No": False,
}

WORDS = st.sampled_from(["", "a", "b", "ab", "abcd", "é", "A1"])
NUMBERS = (
    st.integers(-3, 3)
    | st.sampled_from([0.1, 0.015, 1.0, 1.5, 19.99, 1e3, 1e300, 2**64, 2**70, -(2**71)])
    | st.decimals(-10, 10, places=2)
    | st.sampled_from([Decimal("0.1"), Decimal("1e400"), Decimal("1.50"), Decimal("-1e-400")])
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def document(schema: Any) -> Any:
    return {**schema, "schemas": DEFINITIONS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_both_validators_agree(name: str) -> None:
    validator = compile_schema(SCHEMAS[name], DEFINITIONS)
    explainer = Explainer(document(SCHEMAS[name]))

    @settings(max_examples=40, deadline=None)
    @given(VALUES)
    def agree(value: Any) -> None:
        assert validator.is_valid(value) == (explainer.violations(value) == ())

    agree()


DRAFT = "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    ("schema", "value", "valid"),
    [
        ({"multipleOf": 0.01}, 19.99, True),  # 1998.9999999999998 as a quotient of floats
        ({"minimum": 0.1}, Decimal("0.1"), True),  # the float 0.1 is a little more than 0.1
        ({"enum": [0.1]}, Decimal("0.1"), True),
        ({"const": {"a": 0.1}}, {"a": Decimal("0.10")}, True),
        ({"uniqueItems": True}, [0.1, Decimal("0.1")], False),
        ({"uniqueItems": True}, [{"a": index} for index in range(5000)], True),
        ({"pattern": "^\\d$"}, "٣", False),  # a digit for Python, not for ECMA-262
        ({"pattern": "^\\p{L}\\z"}, "é", True),  # no pattern at all for Python
        ({"pattern": "^a$"}, "a\n", False),
        ({"patternProperties": {"^\\d$": False}}, {"٣": 1}, True),
        ({"$schema": DRAFT, "pattern": "^\\d$"}, "٣", False),
        ({"$ref": "#/schemas/Digit"}, "٣", False),
        ({"pattern": "^(a|a)*$"}, "a" * 40 + "b", False),
        ({"type": "integer"}, Decimal("1E+2"), True),
    ],
)
def test_both_agree_where_the_libraries_on_their_own_would_not(
    schema: Any, value: Any, valid: bool
) -> None:
    validator = compile_schema(schema, {"Digit": {"$schema": DRAFT, "pattern": "^\\d$"}})
    assert validator.is_valid(value) is valid
    assert (validator._explainer().violations(value) == ()) is valid


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(SCHEMAS)), VALUES)
def test_a_value_is_judged_alike_however_its_numbers_were_read(name: str, value: Any) -> None:
    text = json.dumps(value, default=lambda number: float(number) if abs(number) < 9e9 else 0)
    validator = compile_schema(SCHEMAS[name], DEFINITIONS)
    exact = json.loads(text, parse_float=Decimal)
    assert validator.is_valid(json.loads(text)) == validator.is_valid(exact)
