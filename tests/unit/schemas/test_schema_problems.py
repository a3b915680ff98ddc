from __future__ import annotations

from typing import Any

import pytest

from wscli.schemas.check import SchemaProblem
from wscli.schemas.validate import SchemaError, compile_schema


def problems(schema: Any, definitions: dict[str, Any] | None = None) -> list[SchemaProblem]:
    with pytest.raises(SchemaError) as caught:
        compile_schema(schema, definitions or {})
    return list(caught.value.problems)


def nested(levels: int) -> Any:
    schema: Any = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


NO_SCHEMA = "is no schema, which is an object, true or false"
UNSUPPORTED = 'is not supported: refer to "#/schemas/NAME" of the same file'
DRAFT = "must be https://json-schema.org/draft/2020-12/schema, at the top of a schema, or left out"
LOOKS_AROUND = "needs look-around or a back-reference, which could make a pattern slow"
LOOP = "refers to itself without going into the value"


def elsewhere(reference: str) -> str:
    return f'"{reference}" is elsewhere: only "#/schemas/NAME" of the same file is read'


@pytest.mark.parametrize(
    ("schema", "path", "what"),
    [
        (None, ".", NO_SCHEMA),
        ([], ".", NO_SCHEMA),
        ("string", ".", NO_SCHEMA),
        (nested(64), ".", "nests deeper than 64 levels"),
        ({"type": "strnig"}, ".type", '"strnig" is not one of "array", "boolean", "integer", "null", "number", "object", "string"'),
        ({"required": "a"}, ".required", "is a string, must be an array"),
        ({"required": ["a", "a"]}, ".required", "has elements that are equal"),
        ({"properties": {"a": {"minimum": "x"}}}, ".properties.a.minimum", "is a string, must be a number"),
        ({"properties": {"a-b": 1}}, '.properties["a-b"]', "is a number, must be a boolean or an object"),
        ({"minLength": -1}, ".minLength", "-1 is less than 0"),
        ({"allOf": []}, ".allOf", "has 0 elements, at least 1 must be there"),
        ({"$ref": "http://example.com/a.json"}, '.["$ref"]', elsewhere("http://example.com/a.json")),
        ({"items": {"$ref": "file:///etc/passwd"}}, '.items["$ref"]', elsewhere("file:///etc/passwd")),
        ({"$ref": "#"}, '.["$ref"]', elsewhere("#")),
        ({"$ref": "#anchor"}, '.["$ref"]', elsewhere("#anchor")),
        ({"$ref": "#/schemas/Nothing"}, '.["$ref"]', '"#/schemas/Nothing" does not exist'),
        ({"$ref": "#/type", "type": "object"}, '.["$ref"]', '"#/type" does not exist'),
        ({"x": {"$ref": "http://example.com"}, "$ref": "#/x"}, '.["$ref"]', '"#/x" does not exist'),
        ({"$id": "https://example.com/a"}, '.["$id"]', UNSUPPORTED),
        ({"not": {"$dynamicRef": "#a"}}, '.not["$dynamicRef"]', UNSUPPORTED),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, '.["$schema"]', DRAFT),
        ({"items": {"$schema": "https://json-schema.org/draft/2020-12/schema"}}, '.items["$schema"]', DRAFT),
        ({"dependencies": {}}, ".dependencies", "is from older drafts: use dependentRequired, dependentSchemas"),
        ({"pattern": "(?=x)"}, ".pattern", f'"(?=x)" {LOOKS_AROUND}'),
        ({"pattern": "(a)\\1"}, ".pattern", f'"(a)\\\\1" {LOOKS_AROUND}'),
        ({"pattern": "["}, ".pattern", '"[" is no regular expression, or too large a one'),
        ({"pattern": "a{1000}{1000}"}, ".pattern", '"a{1000}{1000}" is no regular expression, or too large a one'),
        ({"patternProperties": {"(?!x)": {}}}, '.patternProperties["(?!x)"]', f'"(?!x)" {LOOKS_AROUND}'),
        ({1: "x"}, ".", "Dict key must be str or str enum. Got 'int'"),
    ],
)  # fmt: skip
def test_a_wrong_schema_is_refused_and_the_place_is_named(
    schema: Any, path: str, what: str
) -> None:
    assert [(problem.path, problem.what) for problem in problems(schema)] == [(path, what)]


def test_a_mistake_in_a_definition_is_told_with_its_keys_whether_it_is_used_or_not() -> None:
    definitions = {"Unused": {"type": "objcet"}, "Other": {"anyOf": [{"pattern": "(?<!a)"}, 3]}}
    assert [(problem.path, problem.keys) for problem in problems({}, definitions)] == [
        (".schemas.Unused.type", ("schemas", "Unused", "type")),
        (".schemas.Other.anyOf[1]", ("schemas", "Other", "anyOf", 1)),
        (".schemas.Other.anyOf[0].pattern", ("schemas", "Other", "anyOf", 0, "pattern")),
    ]


def test_all_problems_come_at_once_and_in_the_errors_text() -> None:
    schema = {"$ref": "#/schemas/A", "required": "a", "properties": {"b": {"pattern": "["}}}
    with pytest.raises(SchemaError) as caught:
        compile_schema(schema, {})
    assert caught.value.exit_code == 2
    assert [problem.path for problem in caught.value.problems] == [
        ".required",
        '.["$ref"]',
        ".properties.b.pattern",
    ]
    assert '.["$ref"] "#/schemas/A" does not exist; .properties' in str(caught.value)


def test_but_no_more_than_a_hundred_of_them() -> None:
    schema = {"properties": {f"p{index}": {"type": "objcet"} for index in range(500)}}
    assert len(problems(schema)) == 100


def test_a_misspelt_definition_is_recognised() -> None:
    (problem,) = problems({"$ref": "#/schemas/Positon"}, {"Position": {}, "Market": {}})
    assert problem.what == '"#/schemas/Positon" does not exist; did you mean "#/schemas/Position"?'


def test_a_reference_into_a_value_is_no_reference_to_a_schema() -> None:
    (problem,) = problems({"$ref": "#/const", "const": {"type": "string"}})
    assert problem.what == '"#/const" does not exist'


def test_what_looks_like_a_schema_inside_a_value_is_left_alone() -> None:
    inner = {"$ref": "http://example.com", "pattern": "[", "$id": "x"}
    schema = {"const": inner, "examples": [inner], "default": inner, "x-ours": inner}
    assert compile_schema(schema, {}).is_valid(inner)


@pytest.mark.parametrize(
    ("schema", "definitions", "path"),
    [
        ({"$ref": "#/schemas/A"}, {"A": {"$ref": "#/schemas/A"}}, ".schemas.A"),
        (
            {},
            {"A": {"not": {"$ref": "#/schemas/B"}}, "B": {"anyOf": [{"$ref": "#/schemas/A"}]}},
            ".schemas.B.anyOf[0]",
        ),
        ({"allOf": [{"$ref": "#/allOf/0"}]}, {}, ".allOf[0]"),
        ({"if": True, "then": {"$ref": "#/then/else"}, "$defs": {"a": {}}}, {}, None),
        ({"dependentSchemas": {"a": {"$ref": "#/dependentSchemas/a"}}}, {}, ".dependentSchemas.a"),
    ],
)
def test_a_schema_that_never_goes_into_the_value_is_refused(
    schema: Any, definitions: dict[str, Any], path: str | None
) -> None:
    (problem,) = problems(schema, definitions)
    if path is None:
        assert problem.what == '"#/then/else" does not exist'
    else:
        assert (problem.path, problem.what) == (path, LOOP)


def test_a_schema_that_doubles_the_work_at_each_level_is_refused() -> None:
    doubling: dict[str, Any] = {
        f"A{level}": {"allOf": [{"$ref": f"#/schemas/A{level + 1}"}] * 2} for level in range(40)
    }
    (problem,) = problems({"$ref": "#/schemas/A0"}, {**doubling, "A40": {"type": "integer"}})
    assert problem.what == "holds one value against more than 10,000 schemas"


def test_a_long_chain_of_references_is_followed() -> None:
    chain: dict[str, Any] = {f"A{step}": {"$ref": f"#/schemas/A{step + 1}"} for step in range(3000)}
    validator = compile_schema({"$ref": "#/schemas/A0"}, {**chain, "A3000": {"type": "integer"}})
    assert validator.is_valid(1)
    assert validator.explain("x")[0].what == "is a string, must be an integer"
