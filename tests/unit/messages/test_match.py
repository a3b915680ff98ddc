"""Patterns: what a message looks like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.messages.match import ANYTHING, PatternError, compile_match, glob, same, text_of
from wscli.model.message import MISSING

HOLDS: list[tuple[Any, Any, bool]] = [
    ({}, {"a": 1}, True),
    ({}, [], False),
    ({"type": "ERROR"}, {"type": "ERROR", "more": 1}, True),
    ({"type": "ERROR"}, {"type": "error"}, False),
    ({"type": "ERROR", "payload": {"code": 1}}, {"type": "ERROR", "payload": {"code": 1.0}}, True),
    (
        {"type": "ERROR", "payload": {"code": 1}},
        {"type": "ERROR", "payload": {"code": True}},
        False,
    ),
    ({"type": "ERROR", "payload": {"code": 1}}, {"type": "ERROR"}, False),
    ({"user": None}, {"user": None}, True),
    ({"user": None}, {}, False),
    ({"a": 1, "b": 2}, "no object", False),
    (["EVENT"], ["EVENT", 1, 2], True),
    (["EVENT", 1], ["EVENT"], False),
    (["EVENT"], {"0": "EVENT"}, False),
    (["EVENT", {"$exists": False}], ["EVENT"], True),
    ({"a": {"$in": ["x", "y"]}}, {"a": "y"}, True),
    ({"a": {"$in": ["x", "y"]}}, {"a": ["y"]}, False),
    ({"a": {"$in": [1, None]}}, {"a": None}, True),
    ({"a": {"$in": [1, None]}}, {"a": True}, False),
    ({"a": {"$exists": True}}, {"a": None}, True),
    ({"a": {"$exists": True}}, {}, False),
    ({"a": {"$exists": False}}, {}, True),
    ({"a": {"$glob": "trades:*"}}, {"a": "trades:x:y"}, True),
    ({"a": {"$glob": "trades:*"}}, {"a": "prices:x"}, False),
    ({"a": {"$glob": "*"}}, {"a": 1}, False),
    ({"a": {"$type": "array"}}, {"a": []}, True),
    ({"a": {"$type": "object"}}, {"a": []}, False),
    ({"a": {"$type": "number"}}, {"a": True}, False),
    ({"a": {"$type": "number"}}, {"a": 1.5}, True),
    ({"a": {"$type": "boolean"}}, {"a": False}, True),
    ({"a": {"$type": "string"}}, {"a": "x"}, True),
    ({"a": {"$type": "null"}}, {"a": None}, True),
    ({"a": {"$not": {"$in": ["x"]}}}, {"a": "y"}, True),
    ({"a": {"$not": {"$exists": True}}}, {}, True),
    ({"a": {"$not": "x"}}, {"a": "x"}, False),
    ({"a": {"$type": "string", "$not": "x"}}, {"a": "y"}, True),
    ({"a": {"$type": "string", "$not": "x"}}, {"a": "x"}, False),
    (ANYTHING, "whatever", True),
    ("plain", "plain", True),
    (7, 7.0, True),
]


@pytest.mark.parametrize(("pattern", "value", "holds"), HOLDS)
def test_a_pattern_holds_for_what_contains_it(pattern: Any, value: Any, holds: bool) -> None:
    assert compile_match(pattern)(value) is holds


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ({"a": {"$regex": "x"}}, ".a: there is no test $regex"),
        ({"a": {"$in": "x"}}, ".a: $in takes a list of values"),
        ({"a": {"$exists": "yes"}}, ".a: $exists takes true or false"),
        ({"a": [{"$glob": 1}]}, ".a[0]: $glob takes a string"),
        ({"a": {"$type": "list"}}, ".a: $type takes one of null"),
        ({"a": {"$type": 3}}, ".a: $type takes one of null"),
        ({"a": {"$text": "pong"}}, ".a: $text takes a string, and stands alone"),
        ({"$in": [1], "b": 2}, "the pattern mixes tests ($in) with plain keys"),
        ({"$wat": 1}, "the pattern: there is no test $wat"),
    ],
)
def test_a_pattern_that_makes_no_sense_names_the_place(pattern: Any, words: str) -> None:
    with pytest.raises(
        PatternError,
        match=words.replace("$", r"\$").replace("[", r"\[").replace("(", r"\(").replace(")", r"\)"),
    ):
        compile_match(pattern)


def test_text_is_a_pattern_of_its_own() -> None:
    assert text_of({"$text": "pong"}) == "pong"
    assert text_of({"$text": 1}) is None
    assert text_of({"a": 1}) is None
    assert text_of(MISSING) is None
    assert not compile_match({"$text": "pong"})("pong"), "JSON is no such text"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_every_value_is_the_same_as_itself(value: Any) -> None:
    assert same(value, value)


@given(json_values.filter(lambda value: "$" not in repr(value)))
def test_every_value_is_a_pattern_that_holds_for_it(value: Any) -> None:
    assert compile_match(value)(value)


@given(json_values, json_values)
def test_sameness_has_no_direction(left: Any, right: Any) -> None:
    assert same(left, right) == same(right, left)


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("*", "", True),
        ("a*b", "a\nb", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a.c", "abc", False),
        ("[a]", "a", False),
        ("***a", "bba", True),
        ("a*a", "a", False),
        ("a*b*c", "axbxbxc", True),
        ("a*b*c", "axc", False),
        ("*b?", "abc", True),
        ("*:*:*:*.book", ":" * 20_000, False),
        ("a*", "ba", False),
        ("New connection*", "New connection established", True),
    ],
)
def test_a_glob_knows_star_and_question_mark_alone(pattern: str, text: str, holds: bool) -> None:
    assert glob(pattern)(text) is holds
