"""A program that libjq does not compile is told in plain words, with the place that is meant."""

from __future__ import annotations

import pytest

from wscli.errors import ExpressionError
from wscli.jq.engine import compile_program
from wscli.jq.mistakes import plainer, refuse_assignment

NO_QUOTE = "the text that begins here has no closing quote"
KEY = 'A key with other letters than A-Z a-z 0-9 _ is written .["key"].'
TEXT = 'A text stands in double quotes: "text".'

# the program with a ^ before the place, what is wrong, the hint
MISTAKES: list[tuple[str, str, str | None]] = [
    (".a |^", "it ends too early", None),
    (".a |^  ", "it ends too early", None),
    (".a as $x^", "it ends too early", None),
    ("if .a then 1^", "it ends too early", None),
    ('"\\("a"^', "it ends too early", None),
    (".a | test^(.b", "( has no closing )", None),
    (".a^[", "[ has no closing ]", None),
    ("(.a) | ^{a: (.b)", "{ has no closing }", None),
    ('.a == ^"x', NO_QUOTE, None),
    ('.a b ^"x', NO_QUOTE, None),
    (".a^)|(.b", ") closes nothing that is open", None),
    ('"日本" | .a ^]', "] closes nothing that is open", None),
    (".a ^b", "unexpected b", None),
    (".a < 1 ^< 2", "unexpected <", None),
    (".^ä", "unexpected ä", KEY),
    (".a == ^'x'", "unexpected '", TEXT),
    (".a == ^“x”", "unexpected “", TEXT),
    (".a ^&& .b", "unexpected &", "Conditions are joined with and."),
    (".a |^| .b", "unexpected |", "One of two conditions is: a or b."),
    (".a | ^| .b", "unexpected |", None),
    (".a ==^= 1", "unexpected =", "Equal is ==."),
    (".a = ^= 1", "unexpected =", None),
    ("^!.a", "unexpected !", "The opposite of a condition is: (condition) | not."),
    (".a\n| ^foo(1)", "there is no function foo", "Did you mean floor?"),
    ('.a | ^strtswith("x")', "there is no function strtswith", "Did you mean startswith?"),
    (".a | ^zzzzzzzz", "there is no function zzzzzzzz", None),
    (".state == ^DEPEG", "there is no function DEPEG", 'A text stands in double quotes: "DEPEG".'),
    (
        '^payload.state == "x"',
        "there is no function payload",
        "A path begins with a dot: .payload.",
    ),
    ("^items[0]", "there is no function items", "A path begins with a dot: .items."),
    (
        "1 < ^price and ^price",
        "there is no function price",
        'A text stands in double quotes: "price".',
    ),
    ("^price > 1", "there is no function price", "A path begins with a dot: .price."),
    (".last-^price", "there is no function price", KEY),
    (r'^floo | "\(1)"', "there is no function floo", "Did you mean floor?"),
    ("^length(1)", "length takes no arguments, not 1", None),
    ("^has", "has takes 1 argument, not 0", None),
    (".a | ^sub(1)", "sub takes 2 or 3 arguments, not 1", None),
    ('"a^\\qb"', "this text has an invalid escape", r"A backslash in a text is written \\."),
    ('"^\\u00"', "this text has an invalid escape", r"A backslash in a text is written \\."),
    ("^", "it is empty", ". is the whole message."),
    ("# only^", "it is empty", ". is the whole message."),
    ("def f: 1;^", "it ends with its definitions", ". is the whole message."),
]


@pytest.mark.parametrize(("marked", "what", "hint"), MISTAKES, ids=[each[0] for each in MISTAKES])
def test_a_mistake_is_told_with_its_place_and_what_to_write(
    marked: str, what: str, hint: str | None
):
    source = marked.replace("^", "")
    with pytest.raises(ExpressionError) as caught:
        compile_program(source)
    error = caught.value
    assert (error.what, error.hint) == (what, hint)
    assert error.position == marked.index("^")
    assert error.source == source


def test_words_that_are_not_known_are_passed_on():
    error = ExpressionError(".a", 1, "something else is wrong")
    assert plainer(error, list) is error


def test_a_place_behind_the_end_is_no_problem():
    error = ExpressionError(".a", 2, "syntax error, unexpected FOO")
    assert plainer(error, list).what == "unexpected "


@pytest.mark.parametrize("marked", ['.a ^= "x"', "(.a^=1) | .b", ".a == 1 and .b ^= 2"])
def test_a_condition_that_assigns_is_a_mistake(marked: str):
    with pytest.raises(ExpressionError) as caught:
        refuse_assignment(marked.replace("^", ""))
    assert caught.value.position == marked.index("^")
    assert caught.value.hint == "Equal is ==."


@pytest.mark.parametrize("source", [".a == 1", '.a == "="', ".a <= 1", ".a |= 2", '"\\(1)=2"'])
def test_other_conditions_are_left_alone(source: str):
    refuse_assignment(source)
