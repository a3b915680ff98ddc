"""The small part of jq that profiles use: what an expression means, and what none may hold."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.errors import ExpressionError
from wscli.jq.expressions import compile_expression
from wscli.jq.lexer import MAX_LENGTH
from wscli.jq.parser import MAX_NESTING
from wscli.jq.values import truthy
from wscli.messages.exact import Digits
from wscli.model.message import MISSING
from wscli.model.secret import Secret

NO_NAMES: Mapping[str, Any] = {}
WRAPPED = {"data": {"connection": {"wsHost": "h", "tls": False}}}
BARE = {"connection": {"wsHost": "h", "tls": False}}
ARRAYS = {"events": [{"trades": [1, 2]}, "no object", {"trades": None}, {"trades": [3]}, {}]}

PRECISE = "1.234567890123456789012345678901234567"
FALSE = (None, False, MISSING)

# source, value, all results
RESULTS = [
    # paths with []
    (".events[].trades[]", ARRAYS, [1, 2, 3]),
    (".events[].trades[]?", ARRAYS, [1, 2, 3]),
    (".events[]?", {"events": 5}, []),
    (".events[]", {"events": 5}, []),
    (".rejected[]", {}, []),
    (".[]", {"a": 1, "b": [2]}, [1, [2]]),
    (".[][]", [[1], [2, 3]], [1, 2, 3]),
    (".[].id", [{"id": 1}, {}, {"id": None}, "x", {"id": 4}], [1, None, 4]),
    ('.["a"][0].b[]', {"a": [{"b": [7]}]}, [7]),
    # alternatives
    ("(.data // .).connection.wsHost", WRAPPED, ["h"]),
    ("(.data // .).connection.wsHost", BARE, ["h"]),
    ("(.data // .).connection.tls", WRAPPED, [False]),
    ("(.data // .).connection.port", WRAPPED, []),
    (".a // .b // .c", {"a": None, "b": False, "c": 3}, [3]),
    (".a // .b", {"a": 0}, [0]),
    (".a // .b", {"a": ""}, [""]),
    (".a // .b", {"b": None}, [None]),
    (".a // .b", {}, []),
    (".a.b // .a", {"a": "text"}, ["text"]),
    (".data.error? // .data.message? // .data", {"data": "text"}, ["text"]),
    (".data.error? // .data.message? // .data", {"data": {"message": "m"}}, ["m"]),
    ("(.a | arrays) // .b", {"a": 1, "b": 2}, [2]),
    (".a[] // .b", {"a": [None, 1, False, 2]}, [1, 2]),
    (".a[] // .b", {"a": [None], "b": 5}, [5]),
    (".a // .b == 1", {"b": 1}, [True]),
    # arrays, objects, pipes
    (".payload | (.events? // arrays)[]", {"payload": [1, 2]}, [1, 2]),
    (".payload | (.events? // arrays)[]", {"payload": {"events": [3]}}, [3]),
    (".payload | (.events? // arrays)[]", {"payload": {"events": {"a": 4}}}, [4]),
    (".payload | (.events? // arrays)[]", {"payload": "x"}, []),
    ("(.events? // .data? // .items? // arrays)[]", {"items": [1]}, [1]),
    ("(.events? // .data? // .items? // arrays)[]", [1], [1]),
    (".[] | objects", [1, {"a": 1}, [2]], [{"a": 1}]),
    (".[] | arrays", [1, {"a": 1}, [2]], [[2]]),
    ("objects.a", {"a": 1}, [1]),
    (".a | .b | .c", {"a": {"b": {"c": 1}}}, [1]),
    ("(.a | .b)?", {"a": 1}, []),
    ("(.[] | .a)?", [{"a": 1}, 2, {"a": 3}], [1, 3]),
    ("length?", True, []),
    (".a??.b", {"a": {"b": 1}}, [1]),
    (".a" + "?" * 200, {"a": 1}, [1]),
    # comparisons: an absent key is null
    (".a == null", {}, [True]),
    (".a == null", {"a": None}, [True]),
    (".a != null", {"a": False}, [True]),
    (".a == 1", {"a": 1}, [True]),
    (".a == 1", {"a": 1.0}, [True]),
    (".a == 1", {"a": Decimal("1.0")}, [True]),
    (".a == 1", {"a": True}, [False]),
    (".a == true", {"a": 1}, [False]),
    ('.a == "1"', {"a": 1}, [False]),
    ('.a != "1"', {"a": 1}, [True]),
    (".a == -1", {"a": -1}, [True]),
    (".a == - 1.5", {"a": -1.5}, [True]),
    (".a > 9007199254740992", {"a": 9007199254740993}, [True]),
    (".a > 10000000000000000000000", {"a": 10**23}, [True]),
    (".a > 1e300", {"a": Decimal("1e400")}, [True]),
    (".a > 0.05", {"a": Digits("0.10")}, [True]),
    ('.a.b == "x"', {"a": "no object"}, []),
    ('.a.b != "x"', {"a": "no object"}, []),
    ('"x" == .a.b', {"a": "no object"}, []),
    ('.[] == "x"', ["x", "y"], [True, False]),
    ('"x" != .[]', ["x", "y"], [False, True]),
    (".a[0] == .b.c", {"a": [5], "b": {"c": 5}}, [True]),
    # conditions
    (".a and .b", {"a": 1, "b": 0}, [True]),
    (".a and .b", {"a": 1}, [False]),
    (".a or .b", {"b": 1}, [True]),
    (".a or .b and .c", {"a": 1}, [True]),
    ("(.a or .b) and .c", {"a": 1}, [False]),
    (".a and .b.c", {"a": 1, "b": 2}, []),
    (".a or .b.c", {"a": 1, "b": 2}, [True]),
    (".[] and true", [1, None], [True, False]),
    ("true and .[]", [1, None], [True, False]),
    ("false and .[]", [1, None], [False]),
    ("false or .[]", [1, None], [True, False]),
    (".a[] or .b", {"a": [1, None], "b": 2}, [True, True]),
    (".a[] or .b", {"a": []}, []),
    ("not", None, [True]),
    (".a | not", {"a": 0}, [False]),
    (".a == 1 | not", {"a": 1}, [False]),
    (".a | length", {"a": [1, 2]}, [2]),
    (".a | length", {"a": {"b": 1}}, [1]),
    (".a | length", {"a": "🙂é"}, [2]),
    (".a | length", {}, [0]),
    (".a | length", {"a": None}, [0]),
    (".a | length", {"a": -5}, [5]),
    (".a | length", {"a": Decimal(f"-{PRECISE}")}, [Decimal(PRECISE)]),
    (".a | length", {"a": False}, []),
    (".a | length > 1", {"a": [1, 2]}, [True]),
    ('.a | startswith("private-")', {"a": "private-x"}, [True]),
    ('.a | startswith("private-")', {"a": 1}, []),
    ('.a | startswith ( "é\\u0301\\n" )', {"a": "é\u0301\n!"}, [True]),
    # literals
    ('"a\\"\\\\(b"', None, ['a"\\(b']),
    ('"line\nbreak"', None, ["line\nbreak"]),
    ("1.5e1", None, [15.0]),
    ("null", 1, [None]),
    ("null.a", 1, []),
    ('"text".a', 1, []),
]


@pytest.mark.parametrize(("source", "value", "expected"), RESULTS)
def test_an_expression_means_what_it_means_in_jq(source: str, value: Any, expected: list[Any]):
    expression = compile_expression(source)
    first = expected[0] if expected else MISSING
    assert expression.each(value, NO_NAMES) == expected
    assert [type(each) for each in expression.each(value, NO_NAMES)] == [*map(type, expected)]
    assert expression.first(value, NO_NAMES) == first
    assert truthy(expression.first(value, NO_NAMES)) is not any(first is false for false in FALSE)


ORDERED = [
    None,
    False,
    True,
    -1,
    0,
    0.5,
    Decimal("0.75"),
    1,
    "",
    "a",
    "ab",
    "\ue000",
    "🙂",
    [],
    [None],
    [1],
    [1, 0],
    [2],
    {},
    {"a": 1},
    {"a": 2},
    {"a": 1, "b": 1},
    {"b": 0},
]


@pytest.mark.parametrize("left", range(len(ORDERED)))
def test_values_of_every_type_have_jq_s_order(left: int):
    for right in range(len(ORDERED)):
        value = [ORDERED[left], ORDERED[right]]
        for relation, expected in [
            ("==", left == right),
            ("!=", left != right),
            ("<", left < right),
            ("<=", left <= right),
            (">", left > right),
            (">=", left >= right),
        ]:
            compare = compile_expression(f".[0] {relation} .[1]").first
            assert compare(value, NO_NAMES) is expected, (value, relation)


VARIABLES = [
    ("$email == null and $token == null", {}, True),
    ("$email == null", {"email": "a@b"}, False),
    ("$email == null", {"email": MISSING}, True),
    ("$token", {"token": Secret("t")}, True),
    ("$token", {"token": None}, False),
    ('$token == "t"', {"token": Secret("t")}, True),
    ('"t" == $token', {"token": Secret("t")}, True),
    ('$token | startswith("t")', {"token": Secret("t")}, True),
    ("$token | length", {"token": Secret("t")}, False),
    ("$token.part", {"token": Secret("t")}, False),
    ('$item.visibility == "presence"', {"item": {"visibility": "presence"}}, True),
    ("$item", {"item": "BTC"}, True),
    ('.payload.tier != "FREE"', {}, True),
    (".payload.tier == $tier", {"tier": "PULSE"}, True),
    ("$odd < 1", {"odd": object()}, False),
]
PUSHER = (
    '$item.visibility == "presence" or '
    '($item.channel | startswith("private-") or startswith("presence-"))'
)


@pytest.mark.parametrize(("source", "names", "expected"), VARIABLES)
def test_a_variable_is_what_it_is_given_as_and_null_otherwise(
    source: str, names: Mapping[str, Any], expected: bool
):
    value = {"payload": {"tier": "PULSE"}}
    assert truthy(compile_expression(source).first(value, names)) is expected


@pytest.mark.parametrize(
    ("channel", "expected"), [("private-x", True), ("presence-x", True), ("public", False)]
)
def test_a_pusher_channel_needs_authorisation_by_its_prefix(channel: str, expected: bool):
    expression = compile_expression(PUSHER, {"item"})
    names = {"item": {"visibility": "public", "channel": channel}}
    assert expression.names == {"item"}
    assert truthy(expression.first({}, names)) is expected


def test_an_expression_names_the_variables_it_uses():
    expression = compile_expression(".a == $b or ($c.d | length > 1) // $b")
    assert expression.names == {"b", "c"}
    assert repr(expression).startswith("Expression(source='.a == $b")


REFUSED = [
    # source, offset, words of the message
    ("", 0, "empty"),
    (" \n", 2, "empty"),
    (".a.", 3, "ends too early"),
    (".a |", 4, "ends too early"),
    (".a == ", 6, "ends too early"),
    ("(.a", 0, "( has no closing )"),
    (".a[", 2, "[ has no closing ]"),
    (".a[0", 2, "[ has no closing ]"),
    (".a)", 2, "unexpected )"),
    (".a .b)", 5, "unexpected )"),
    (".a 1", 3, "unexpected 1"),
    ('.a"b"', 2, 'unexpected "b"'),
    ("and", 0, "unexpected and"),
    (". a", 2, "a is not in the small part of jq"),
    (".a == .b == .c", 9, "comparisons do not chain"),
    (".a < 1 != true", 7, "comparisons do not chain"),
    ('"open', 0, "no closing quote"),
    (r'"\q"', 0, "invalid escape"),
    (r'"\ud800"', 0, "half a surrogate pair"),
    (r'"a\(.b)"', 0, r"\( )"),
    ("01", 0, "no number"),
    ("1.", 0, "no number"),
    (".5", 0, "no number"),
    ("1e400", 0, "too large"),
    ("1" * 400, 0, "too large"),
    ("-1 .a", 0, "negative number"),
    ("-.a", 0, "arithmetic (-)"),
    (".a - 1", 3, "arithmetic (-)"),
    (".a + .b", 3, "arithmetic (+)"),
    (".a * 2", 3, "arithmetic (*)"),
    (".a, .b", 2, "a list of results (,)"),
    ("..", 0, "recursion (..)"),
    ("[.a]", 0, "building an array"),
    ("{a: 1}", 0, "building an object"),
    (".a[1:2]", 4, "a slice"),
    (".a[:2]", 3, "in brackets"),
    (".a[.b]", 3, "in brackets"),
    (".a[$i]", 3, "in brackets"),
    (".a[1.5]", 3, "in brackets"),
    ('.a[-"b"]', 4, "in brackets"),
    (".a[1,2]", 4, "a list of results"),
    (".a # why", 3, "a comment"),
    (".a = 1", 3, "assignment"),
    (".a |= 1", 3, "an update (|=)"),
    (".a?// 1", 2, "destructuring"),
    (".a as $x | $x", 3, "a variable's definition"),
    ("def f: 1; f", 0, "a function's definition"),
    ("if .a then 1 else 2 end", 0, "if is not"),
    ("map(.a)", 0, "map is not"),
    ('.a | test("^(a+)+$")', 5, "test is not"),
    ("recurse", 0, "recurse is not"),
    ("@base64", 0, "@base64 is not"),
    ("a::b", 0, "a::b is not"),
    ("length(1)", 6, "unexpected ("),
    ("startswith", 0, 'startswith("text")'),
    ("startswith(.a)", 11, "text in quotes"),
    ("startswith(", 11, "text in quotes"),
    ('startswith("a"', 10, "( has no closing )"),
    (".é", 1, "unexpected 'é'"),
    ("^", 0, "unexpected '^'"),
    ("\ud800", 0, "no UTF-8"),
    (".a\0", 2, "NUL"),
    ("$", 0, "unexpected '$'"),
    (".a.1", 2, "no number"),
    (". .5", 2, "no number"),
    (".a . 5", 3, "a dot stands before a key"),
    (".a[] == .b[]", 10, "multiply"),
    (".a[] and (.b | .c[])", 17, "multiply"),
    (".a[] | $list[]", 12, "multiply"),
    (".a[] | $x | .[]", 13, "multiply"),
    ("(.a[] | $x)[]", 11, "multiply"),
    (".a[] | (.b // $x)[]", 17, "multiply"),
    (".a[] | ($x[])?", 10, "multiply"),
]


@pytest.mark.parametrize(("source", "position", "words"), REFUSED)
def test_what_is_no_expression_is_refused_with_its_place(source: str, position: int, words: str):
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source)
    assert words in caught.value.what
    assert caught.value.position == position
    assert caught.value.source == source


@pytest.mark.parametrize(
    "source",
    [
        ".a[].b[] | .c[]",
        ".a[] | .b[] == $x",
        '.a[] == "x" and $y',
        "$list[].b[]",
        ".a[] // .b[]",
        "(.a[] | not) // ($list[] | length)",
    ],
)
def test_lists_inside_lists_do_not_multiply(source: str):
    compile_expression(source)


def test_an_unknown_function_is_answered_with_those_that_exist():
    with pytest.raises(ExpressionError) as caught:
        compile_expression("select(.a)")
    assert caught.value.hint == (
        "A path begins with a dot: .select; functions are arrays, length, not, objects, startswith."
    )


def test_a_key_with_other_letters_is_answered_with_the_way_to_write_it():
    with pytest.raises(ExpressionError) as caught:
        compile_expression(".prix.é")
    assert caught.value.hint is not None
    assert '.["key"]' in caught.value.hint


def test_an_unknown_name_is_answered_with_a_similar_one():
    with pytest.raises(ExpressionError) as caught:
        compile_expression(".a == $symbl", {"symbol", "asset"})
    assert caught.value.what == "$symbl is not known here"
    assert caught.value.hint == "Did you mean $symbol?"
    assert caught.value.position == 6


def test_an_unknown_name_that_resembles_none_gets_no_advice():
    with pytest.raises(ExpressionError) as caught:
        compile_expression("$x", set())
    assert caught.value.hint is None


def test_a_source_may_be_long_but_not_longer_than_the_limit():
    compile_expression("." + " " * (MAX_LENGTH - 1))
    with pytest.raises(ExpressionError, match="10,001 characters") as caught:
        compile_expression("." + " " * MAX_LENGTH)
    assert len(str(caught.value)) < 300


def test_parentheses_may_be_nested_up_to_the_limit():
    compile_expression("(" * MAX_NESTING + ".a" + ")" * MAX_NESTING)
    with pytest.raises(ExpressionError, match="nested more than 100 deep"):
        compile_expression("(" * (MAX_NESTING + 1) + ".a" + ")" * (MAX_NESTING + 1))
    with pytest.raises(ExpressionError, match="nested more than 100 deep"):
        compile_expression("(" * 5_000 + ")" * 5_000)


def test_operators_inside_each_other_are_limited_too():
    source = ".a"
    for _ in range(30):
        source = f"({source} == 1 and 2 or 3 // 4 | 5)"
    with pytest.raises(ExpressionError, match="nested more than 100 deep"):
        compile_expression(source)


@pytest.mark.parametrize("operator", [" or ", " and ", " // ", "|", ""])
def test_a_chain_as_long_as_a_source_may_be_is_no_nesting(operator: str):
    expression = compile_expression(operator.join([".a"] * 1_400))
    assert expression.each({"a": 1}, NO_NAMES) in ([True], [1], [])


def test_values_nested_too_deeply_to_compare_give_nothing():
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    other: Any = []
    for _ in range(5_000):
        other = [other]
    expression = compile_expression(".[0] == .[1]")
    assert expression.first([deep, other], NO_NAMES) is MISSING


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)
SOURCES = st.sampled_from([source for source, _, _ in RESULTS] + [PUSHER])


@settings(deadline=None)
@given(source=SOURCES, value=JSON, item=JSON)
def test_no_expression_ever_raises(source: str, value: Any, item: Any):
    expression = compile_expression(source)
    results = expression.each(value, {"item": item})
    assert MISSING not in results
    assert expression.first(value, {"item": item}) == (results[0] if results else MISSING)


def error_of(source: str) -> ExpressionError | None:
    try:
        compile_expression(source)
    except ExpressionError as error:
        return error
    return None


@settings(deadline=None)
@given(st.text(alphabet='.ab[]()?|/"\\$ 01-=<>!,{}#@:é\n', max_size=30))
def test_any_text_is_an_expression_or_an_expression_error(source: str):
    error = error_of(source)
    if error is not None:
        assert 0 <= error.position <= len(source)
        assert "\n" not in error.what
