from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.model.record import Violation
from wscli.schemas import show, words
from wscli.schemas.engine import first_error
from wscli.schemas.engine_words import violation
from wscli.schemas.explain import Explainer
from wscli.schemas.validate import Validator, compile_schema

FORMS = {"anyOf": [{"type": "string"}, {"type": ["null", "string"]}]}
OBJECT_OR_NULL = {
    "oneOf": [
        {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        {"type": "null"},
    ]
}
TRUE, NOTHING = True, False  # a value, and the schema that nothing fits
LONG = "x" * 100


class Case(NamedTuple):
    schema: Any
    value: Any
    path: str
    what: str
    keyword: str
    engine: str | None  # what the engine's own error says, where that is not the same


CASES = [
    Case({"type": "number"}, "x", ".", "is a string, must be a number", "type", None),
    Case({"type": ["string", "null"]}, 1, ".", "is a number, must be a string or null", "type", "is a number, must be null or a string"),
    Case({"type": "integer"}, 1.5, ".", "is 1.5, must be an integer", "type", None),
    Case({"type": "integer"}, Decimal("1.50"), ".", "is 1.50, must be an integer", "type", "is 1.5, must be an integer"),
    Case({"type": "object"}, None, ".", "is null, must be an object", "type", None),
    Case({"type": "array"}, TRUE, ".", "is a boolean, must be an array", "type", None),
    Case({"type": "boolean"}, {}, ".", "is an object, must be a boolean", "type", None),
    Case({"type": "null"}, [], ".", "is an array, must be null", "type", None),
    Case({"required": ["state"]}, {}, ".", '"state" is missing', "required", None),
    Case({"dependentRequired": {"a": ["e", "b"], "c": ["d"]}}, {"a": 1, "e": 1}, ".", '"b" is missing', "dependentRequired", None),
    Case({"enum": ["A", 1]}, "B", ".", '"B" is not one of "A", 1', "enum", None),
    Case({"const": {"a": [1]}}, {"a": [2]}, ".", 'is {"a": [2]}, must be {"a": [1]}', "const", None),
    Case({"pattern": "^-?[0-9]+$"}, "abc", ".", '"abc" does not match the pattern ^-?[0-9]+$', "pattern", None),
    Case({"pattern": "^a\nb$"}, "c", ".", '"c" does not match the pattern ^a\\nb$', "pattern", None),
    Case({"minimum": 0}, -1, ".", "-1 is less than 0", "minimum", None),
    Case({"maximum": 1}, 1.5, ".", "1.5 is greater than 1", "maximum", None),
    Case({"exclusiveMinimum": 0}, 0, ".", "0 is not greater than 0", "exclusiveMinimum", None),
    Case({"exclusiveMaximum": 1}, 1, ".", "1 is not less than 1", "exclusiveMaximum", None),
    Case({"multipleOf": 5}, 7, ".", "7 is not a multiple of 5", "multipleOf", None),
    Case({"minLength": 1}, "", ".", '"" is shorter than 1 character', "minLength", None),
    Case({"maxLength": 2}, "abc", ".", '"abc" is longer than 2 characters', "maxLength", None),
    Case({"minItems": 2}, [1], ".", "has 1 element, at least 2 must be there", "minItems", None),
    Case({"maxItems": 0}, [1, 2], ".", "has 2 elements, at most 0 must be there", "maxItems", None),
    Case({"uniqueItems": True}, [{"a": 1}, {"a": 1.0}], ".", "has elements that are equal", "uniqueItems", None),
    Case({"minProperties": 1}, {}, ".", "has 0 keys, at least 1 must be there", "minProperties", None),
    Case({"maxProperties": 1}, {"a": 1, "b": 2}, ".", "has 2 keys, at most 1 must be there", "maxProperties", None),
    Case({"additionalProperties": False}, {"x": 1}, ".", 'has the unknown key "x"', "additionalProperties", "is not allowed here"),
    Case({"properties": {"a": {}}, "patternProperties": {"^p": {}}, "additionalProperties": False}, {"a": 1, "p1": 1, "y": 1, "z": 1}, ".", 'has the unknown keys "y", "z"', "additionalProperties", 'has the unknown key "y"'),
    Case({"additionalProperties": {"type": "string"}}, {"a": 1}, ".a", "is a number, must be a string", "type", None),
    Case({"additionalProperties": {"not": {}}}, {"a": 1}, ".a", "has a form that is not allowed", "not", None),
    Case({"patternProperties": {"^p": {"type": "string"}}}, {"p1": 1, "q": 1}, ".p1", "is a number, must be a string", "type", None),
    Case({"patternProperties": {"^p": False}}, {"p1": 1}, ".p1", "is not allowed here", "", None),
    Case({"properties": {"a": False}}, {"a": 1}, ".a", "is not allowed here", "", None),
    Case({"properties": {"a": {"items": {"type": "string"}}}}, {"a": ["x", 1]}, ".a[1]", "is a number, must be a string", "type", None),
    Case({"prefixItems": [True, False]}, [1, 2], ".[1]", "is not allowed here", "", None),
    Case({"prefixItems": [True], "items": False}, [1, 2], ".", "has more elements than are allowed", "items", "is not allowed here"),
    Case({"items": {"properties": {"err-msg": {"type": "null"}}}}, [{"err-msg": 1}], '.[0]["err-msg"]', "is a number, must be null", "type", None),
    Case({"propertyNames": {"pattern": "^x"}}, {"abc": 1}, ".", 'the key "abc" does not match the pattern ^x', "pattern", None),
    Case({"propertyNames": {"anyOf": [{"maxLength": 1}]}}, {"abc": 1}, ".", 'the key "abc" is longer than 1 character', "maxLength", None),
    Case({"contains": {"type": "string"}}, [1], ".", "holds none of the elements that must be there", "contains", None),
    Case({"contains": {"type": "string"}, "minContains": 2}, ["a"], ".", "holds too few of the elements that must be there", "minContains", "holds none of the elements that must be there"),
    Case({"contains": {}, "maxContains": 1}, [1, 2], ".", "holds too many of the elements that are counted", "maxContains", "holds none of the elements that must be there"),
    Case({"not": {"type": "string"}}, "x", ".", "has a form that is not allowed", "not", None),
    Case({"if": {"type": "string"}, "then": {"minLength": 4}}, "abc", ".", '"abc" is shorter than 4 characters', "minLength", None),
    Case({"if": {"type": "string"}, "else": {"minimum": 4}}, 3, ".", "3 is less than 4", "minimum", None),
    Case({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, ".", '"b" is missing', "required", None),
    Case(FORMS, 1, ".", "is a number, must be a string or null", "type", "is a number, must be a string or null"),
    Case(OBJECT_OR_NULL, {}, ".", '"id" is missing', "required", None),
    Case(OBJECT_OR_NULL, {"id": 1}, ".id", "is a number, must be a string", "type", None),
    Case(OBJECT_OR_NULL, "x", ".", "is a string, must be an object or null", "type", None),
    Case({"anyOf": [{"minimum": 5}, {"multipleOf": 4}]}, 3, ".", "has none of the allowed forms", "anyOf", None),
    Case({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, 3, ".", "has more than one of the allowed forms", "oneOf", None),
    Case(NOTHING, 1, ".", "is not allowed here", "", None),
    Case({"enum": [LONG]}, LONG + "y", ".", f'"{"x" * 59}… is not one of "{"x" * 59}…', "enum", None),
    Case({"required": ["a\x1b\u2028b"]}, {}, ".", '"a\\u001b\\u2028b" is missing', "required", None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_violation_says_where_and_what(case: Case) -> None:
    told = compile_schema(case.schema, {}).explain(case.value)
    assert told == (Violation(case.path, case.what, case.keyword),)


@pytest.mark.parametrize("case", CASES)
def test_the_engines_own_error_says_the_same(case: Case) -> None:
    error = first_error(compile_schema(case.schema, {})._engine, case.value)
    assert error is not None
    said = violation(error)
    assert said.what == (case.engine or case.what)
    # Where surplus is forbidden, the engine points to the surplus and jsonschema to what holds it.
    if case.keyword not in {"items", "additionalProperties"}:
        assert said.path == case.path


def test_what_is_wrong_with_the_whole_comes_before_what_is_wrong_deep_inside() -> None:
    schema = {
        "properties": {"a": {"properties": {"b": {"type": "null"}}}, "c": {"type": "null"}},
        "anyOf": [{"required": ["x"]}, {"required": ["y"]}],
        "required": ["d"],
    }
    told = compile_schema(schema, {}).explain({"a": {"b": 1}, "c": 1})
    assert [violation.path for violation in told] == [".", ".", ".c", ".a.b"]
    assert [violation.keyword for violation in told] == ["required", "anyOf", "type", "type"]


def test_no_more_than_ten_violations_are_told_and_none_twice() -> None:
    schema = {
        "allOf": [{"required": ["a"]}, {"required": ["a"]}],
        "additionalProperties": {"type": "null"},
    }
    told = compile_schema(schema, {}).explain({f"k{index}": 1 for index in range(50)})
    assert len(told) == len(set(told)) == 10
    assert told[0] == Violation(".", '"a" is missing', "required")


def rows(count: int, *more: Any) -> dict[str, Any]:
    return {"rows": [{"id": "a", "n": "b"}] * count + list(more)}


ROW = {"type": "object", "required": ["id"], "additionalProperties": {"type": "string"}}
ROWS = {"properties": {"rows": {"items": ROW}}}


def test_a_large_message_is_explained_by_the_engine() -> None:
    told = compile_schema(ROWS, {}).explain(rows(20_000, {"id": 1}))
    assert told == (Violation(".rows[20000].id", "is a number, must be a string", "type"),)


def test_a_large_message_of_several_forms_is_refused_in_general_words() -> None:
    told = compile_schema({"anyOf": [ROWS]}, {}).explain(rows(20_000, {"id": 1}))
    assert told == (Violation(".", "does not fit its schema"),)


def test_a_small_message_of_several_forms_is_left_to_the_engine_if_jsonschema_cannot() -> None:
    schema = {"anyOf": [{"properties": {"a": {"type": "string"}}}], "unevaluatedProperties": False}
    assert compile_schema(schema, {}).explain({"a": [1], "b": 2}) == (
        Violation(".a", "is an array, must be a string", "type"),
    )


@pytest.mark.parametrize(
    ("schema", "value", "violation"),
    [
        ({"unevaluatedProperties": False}, {"b": 2}, Violation(".", 'has the unknown key "b"', "unevaluatedProperties")),
        ({"unevaluatedItems": False}, [1], Violation(".", "has elements that are not allowed", "unevaluatedItems")),
    ],
)  # fmt: skip
def test_what_was_not_evaluated_is_told_by_the_engine(
    schema: Any, value: Any, violation: Violation
) -> None:
    assert compile_schema(schema, {}).explain(value) == (violation,)


def doubling_tree() -> Validator:
    tree = {"items": {"$ref": "#/schemas/Tree"}, "minItems": 1}
    return compile_schema(
        {"$ref": "#/schemas/Tree"}, {"Tree": {"type": "array", "anyOf": [tree, {**tree}]}}
    )


def test_a_schema_that_doubles_the_work_with_every_level_of_the_message_ends_soon() -> None:
    value: Any = 1
    for _ in range(40):
        value = [value]
    assert doubling_tree().explain(value) == (Violation(".", "does not fit its schema"),)


def test_a_message_that_is_too_deep_for_jsonschema_still_gets_an_answer() -> None:
    value: Any = 1
    for _ in range(900):
        value = [value]
    tree = compile_schema(
        {"$ref": "#/schemas/T"}, {"T": {"type": "array", "items": {"$ref": "#/schemas/T"}}}
    )
    assert not tree.is_valid(value)
    assert tree.explain(value) == (Violation(".", "does not fit its schema"),)


def test_a_schema_that_is_too_large_when_written_out_is_not_explained_by_the_engine() -> None:
    levels: dict[str, Any] = {
        f"L{level}": {"prefixItems": [{"$ref": f"#/schemas/L{level + 1}"}] * 4}
        for level in range(10)
    }
    validator = compile_schema(
        {"$ref": "#/schemas/L0", "unevaluatedItems": False}, {**levels, "L10": {"type": "null"}}
    )
    assert validator.explain([1, 1, 1, 1, 1]) == (Violation(".", "does not fit its schema"),)


def test_an_explanation_does_not_eat_the_steps_of_the_next() -> None:
    explainer = Explainer({"items": {"type": "string"}})
    assert explainer.violations(["a"] * 40_000) == ()
    assert explainer.violations(["a"] * 1000 + [1])[0].path == ".[1000]"


def test_a_keyword_without_a_sentence_of_its_own_keeps_the_validators() -> None:
    assert words.sentence("novel", 1, 2, "2 is not\nnovel") == "2 is not\\nnovel"
    assert len(words.sentence("novel", 1, 2, "x" * 1000)) == 161


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        (Decimal("0.10"), "0.10"),
        ('a"b', '"a\\"b"'),
        ({"a": [1, {"b": None}], "c": "d"}, '{"a": [1, {"b": null}], "c": "d"}'),
        ([], "[]"),
        ({}, "{}"),
        (10**100, "an integer of 333 bits"),
        ("x" * 61, '"' + "x" * 59 + "…"),
        ([[]] * 100, "[" + "[], " * 14 + "[],…"),
        ("\ud800", '"\\ud800"'),
        ("\U000e0001", '"\\udb40\\udc01"'),
        ("é€\U0001f600", '"é€\U0001f600"'),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_json_and_cut(value: Any, shown: str) -> None:
    assert show.preview(value) == shown


def test_an_integer_that_python_refuses_to_write_is_described() -> None:
    assert show.preview([10**50000]) == "[an integer of 166097 bits]"


def test_a_list_of_values_is_cut_where_the_line_is_full() -> None:
    assert show.listing(["A", 1, None]) == '"A", 1, null'
    assert show.listing(["x" * 50] * 9) == ", ".join([f'"{"x" * 50}"'] * 3) + ", …"
    assert show.listing(["x" * 500]) == f'"{"x" * 59}…'


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ([], "."),
        (["payload", "discount"], ".payload.discount"),
        (["items", 3, "id"], ".items[3].id"),
        ([3], ".[3]"),
        (["err-msg"], '.["err-msg"]'),
        (["a", "b c", "d"], '.a["b c"].d'),
        (['"', ""], '.["\\""][""]'),
        (["\u2028"], '.["\\u2028"]'),
        (["k" * 61], f'.["{"k" * 60}…"]'),
    ],
)
def test_keys_become_a_jq_path(keys: list[str | int], path: str) -> None:
    assert show.jq_path(keys) == path


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=100)
@given(JSON, st.lists(st.text() | st.integers(0, 9)))
def test_whatever_is_shown_is_one_short_printable_line(value: Any, keys: list[str | int]) -> None:
    for text in (show.preview(value), show.one_line(str(value)), show.jq_path(keys)):
        assert text.isprintable()
    assert len(show.preview(value)) <= 61
