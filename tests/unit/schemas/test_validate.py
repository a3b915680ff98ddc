from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from wscli.model.message import MISSING
from wscli.model.record import Violation
from wscli.schemas import engine
from wscli.schemas.validate import SchemaError, Validator, compile_schema

POSITION = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "pattern": "^-?[0-9]+$"},
        "market": {"$ref": "#/schemas/Market"},
    },
}
DEFINITIONS = {"Position": POSITION, "Market": {"enum": ["BTC", "ETH"]}}
POSITIONS = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"$ref": "#/schemas/Position"}}},
}


def compiled(schema: Any, **definitions: Any) -> Validator:
    return compile_schema(schema, definitions)


def test_a_message_that_fits_is_valid_and_needs_no_words() -> None:
    validator = compile_schema(POSITIONS, DEFINITIONS)
    message = {"items": [{"id": "12", "market": "BTC"}]}
    assert validator.is_valid(message)
    assert validator.explain(message) == ()


def test_a_definition_is_found_and_may_refer_to_another() -> None:
    validator = compile_schema(POSITIONS, DEFINITIONS)
    message = {"items": [{"id": "12"}, {"id": "abc", "market": "XRP"}]}
    assert not validator.is_valid(message)
    assert validator.explain(message) == (
        Violation(".items[1].id", '"abc" does not match the pattern ^-?[0-9]+$', "pattern"),
        Violation(".items[1].market", '"XRP" is not one of "BTC", "ETH"', "enum"),
    )


def test_a_schema_may_hold_definitions_of_its_own() -> None:
    validator = compiled({"$ref": "#/$defs/item", "$defs": {"item": {"type": "string"}}})
    assert validator.is_valid("x")
    assert not validator.is_valid(1)


def test_a_definition_with_an_escaped_name_is_found() -> None:
    validator = compile_schema({"$ref": "#/schemas/a~1b%20c"}, {"a/b c": {"type": "string"}})
    assert not validator.is_valid(1)
    assert validator.explain(1)[0].what == "is a number, must be a string"


def test_a_definition_that_goes_into_the_value_may_refer_to_itself() -> None:
    node = {
        "type": "object",
        "properties": {"next": {"$ref": "#/schemas/Node"}, "value": {"type": "integer"}},
    }
    validator = compile_schema({"$ref": "#/schemas/Node"}, {"Node": node})
    assert validator.is_valid({"next": {"next": {"value": 1}}})
    assert validator.explain({"next": {"next": {"value": "x"}}}) == (
        Violation(".next.next.value", "is a string, must be an integer", "type"),
    )


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (True, [1, None, {}], []),
        (False, [], [1, None, {}]),
        ({}, [1, "x"], []),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "null"}, [None], [1]),
        ({"prefixItems": [{"const": "EVENT"}]}, [["EVENT", 1], []], [["EOSE"]]),
        ({"type": "integer"}, [1, 1.0, Decimal("3.0"), 10**40], [1.5, Decimal("1.5"), True]),
        ({"enum": [1.5]}, [1.5, Decimal("1.50")], [1, "1.5"]),
        ({"minimum": 0.1}, [0.1, Decimal("0.1"), Decimal("1e400")], [0, Decimal("-1e400")]),
        ({"multipleOf": 0.01}, [19.99, Decimal("0.02")], [Decimal("0.015")]),
        ({"maxLength": 1}, ["é", "\U0001f600", "\ud800"], ["ab"]),
        ({"format": "date-time"}, ["not a date"], []),
        ({"contentEncoding": "base64"}, ["!"], []),
        ({"pattern": "^\\d+$"}, ["12"], ["٣", "12\n"]),
        ({"pattern": "^(a+)+$"}, ["a" * 10], ["a" * 5000 + "b"]),
        ({"properties": {"$ref": {"type": "string"}}}, [{"$ref": "x"}], [{"$ref": 1}]),
        ({"const": {"$ref": "http://x", "$id": "y"}}, [{"$ref": "http://x", "$id": "y"}], [{}]),
    ],
)
def test_the_schema_decides(schema: Any, good: list[Any], bad: list[Any]) -> None:
    validator = compiled(schema)
    assert [validator.is_valid(value) for value in good] == [True] * len(good)
    assert [validator.is_valid(value) for value in bad] == [False] * len(bad)
    assert all(validator.explain(value) for value in bad)


@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        {"\ud800": 1},
        {"a": ["\udfff"]},
        10**5000,
        Decimal("1e999999999"),
        Decimal("1" * 5000),
        float("nan"),
        MISSING,
        b"bytes",
        {1: 2},
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_value_makes_a_validator_raise(value: Any) -> None:
    schema = {
        "type": ["object", "string"],
        "maxLength": 0,
        "maxItems": 0,
        "enum": [1],
        "patternProperties": {"^x": False},
        "additionalProperties": False,
    }
    validator = compiled(schema)
    assert validator.is_valid(value) is False
    assert validator.explain(value)


def test_a_lone_surrogate_counts_as_one_character_of_text() -> None:
    validator = compiled({"properties": {"name": {"type": "string", "maxLength": 3}}})
    assert validator.is_valid({"name": "a\ud800b", "\udfff": 1})
    assert validator.explain({"name": "a\ud800bc"}) == (
        Violation(".name", '"a\\ud800bc" is longer than 3 characters', "maxLength"),
    )


def test_lone_surrogates_that_differ_stay_different() -> None:
    validator = compiled({"uniqueItems": True})
    assert validator.is_valid(["\ud800", "\ud801", 1, None, {"\ud800": 1}])
    assert not validator.is_valid(["\ud800", "\ud800"])


def test_what_a_foreign_validator_raises_is_a_no_but_for_the_users_own_interruption() -> None:
    class Panic(BaseException):
        """What pyo3 raises where Rust panics: no Exception either."""

    def failing(error: BaseException) -> Any:
        def check(_: Any) -> bool:
            raise error

        return engine.guarded(check)

    assert failing(Panic())({"a": 1}) is False
    with pytest.raises(KeyboardInterrupt):
        failing(KeyboardInterrupt())({})

    calls: list[Any] = []

    def interrupted_later(value: Any) -> bool:
        calls.append(value)
        raise ValueError if len(calls) == 1 else KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.guarded(interrupted_later)("x")


def test_a_validator_that_fails_gives_no_first_error() -> None:
    class Failing:
        def __init__(self, error: BaseException) -> None:
            self.error = error

        def validate(self, _: Any) -> None:
            raise self.error

    failing: Any = Failing(RuntimeError())
    assert engine.first_error(failing, 1) is None
    assert engine.first_error(engine.compile_tree({}), 1) is None
    interrupted: Any = Failing(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        engine.first_error(interrupted, 1)


def test_jsonschema_is_imported_with_the_first_refused_message_and_not_before() -> None:
    code = """
import sys
from wscli.schemas.validate import compile_schema
validator = compile_schema({"type": "string"}, {"A": {"type": "null"}})
assert validator.is_valid("x") and validator.explain("x") == ()
assert not {"jsonschema", "referencing", "attrs"} & set(sys.modules)
assert validator.explain(1) and "jsonschema" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_is_fetched_even_if_the_check_were_passed_by() -> None:
    with pytest.raises(ValueError, match="nothing is fetched"):
        engine.compile_tree({"$ref": "http://127.0.0.1:9/schema.json"})


def test_what_only_the_engine_can_say_becomes_a_problem_of_the_whole_schema() -> None:
    with pytest.raises(SchemaError) as caught:
        compiled({"enum": ["\ud800"]})
    (problem,) = caught.value.problems
    assert (problem.path, problem.keys) == (".", ())
    assert "surrogates not allowed" in problem.what
