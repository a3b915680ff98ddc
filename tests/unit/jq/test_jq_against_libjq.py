"""The closures held against libjq, on programs and messages that are made up."""

from __future__ import annotations

import json
from typing import Any

import jq
import orjson
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wscli.errors import ExpressionError
from wscli.jq.closures import EXACT, compile_node
from wscli.jq.engine import compile_program
from wscli.jq.expressions import compile_expression
from wscli.jq.libjq import LibjqProgram
from wscli.jq.parser import parse
from wscli.jq.syntax import Node, Try, children
from wscli.jq.values import Failed, Inexact

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(-(2**63), 2**64 - 1),
    st.sampled_from([0.1, 1.0, 1.5, -2.5, 1e300, 1e-9, 9007199254740992.0]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "a", "ab", "b", "é", "\x7f", "\ue000", "🙂"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)
MESSAGES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=10,
)

STARTS = [".", ".a", ".b", ".[0]", '.["c"]', ".[]", ".[-1]"]
STEPS = [".a", ".b", '."c"', "[0]", "[-2]", '["a"]', "[]", "?", "[]?"]
ATOMS = ["not", "length", "arrays", "objects", 'startswith("a")', '"a"', '"é"', "true", "false"]
NUMBERS = ["null", "0", "1", "-1", "1.0", "0.1", "9007199254740993"]
OPERATORS = ["|", "//", "==", "!=", "<", "<=", ">", ">=", "and", "or"]

paths = st.builds(
    lambda start, steps: start + "".join(steps),
    st.sampled_from(STARTS),
    st.lists(st.sampled_from(STEPS), max_size=3),
)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouped = st.builds(lambda body, step: f"({body}){step}", inner, st.sampled_from(["", *STEPS]))
    operands = inner | grouped
    return grouped | st.builds(
        lambda left, operator, right: f"{left} {operator} {right}",
        operands,
        st.sampled_from(OPERATORS),
        operands,
    )


PROGRAMS = st.recursive(paths | st.sampled_from(ATOMS + NUMBERS), _joined, max_leaves=5)


def _is_ours(source: str) -> bool:
    try:
        parse(source, ())
    except ExpressionError:  # two comparisons in a row
        return False
    return True


def _has_try(node: Node) -> bool:
    return isinstance(node, Try) or any(map(_has_try, children(node)))


@settings(max_examples=70, deadline=None)
@given(source=PROGRAMS, messages=st.lists(MESSAGES, min_size=1, max_size=6), escaped=st.booleans())
def test_a_program_gives_what_libjq_gives_errors_included(
    source: str, messages: list[Any], escaped: bool
):
    assume(_is_ours(source))
    library, program = LibjqProgram(source), compile_program(source)
    for message in messages:
        raw = json.dumps(message, ensure_ascii=escaped).encode()
        value = orjson.loads(raw)
        assert program.run(value, raw) == library.run(raw)
        assert program.holds(value, raw) is library.holds(raw)


@settings(max_examples=50, deadline=None)
@given(source=PROGRAMS, messages=st.lists(MESSAGES, min_size=1, max_size=6))
def test_the_closures_fail_exactly_where_libjq_does(source: str, messages: list[Any]):
    assume(_is_ours(source))
    library = LibjqProgram(source)
    for message in messages:
        raw = orjson.dumps(message)
        try:
            results = compile_node(parse(source, ()), EXACT).many(orjson.loads(raw), {})
        except Failed:
            assert library.run(raw).error
        except Inexact:
            continue
        else:
            found = library.run(raw)
            assert (len(results), "") == (len(found.lines), found.error)


@settings(max_examples=70, deadline=None)
@given(source=PROGRAMS, messages=st.lists(MESSAGES, min_size=1, max_size=6))
def test_where_jq_succeeds_a_profile_s_expression_agrees_but_for_absent_values(
    source: str, messages: list[Any]
):
    try:
        expression = compile_expression(source)
    except ExpressionError:  # [] in two places that multiply
        assume(condition=False)
    assume(not _has_try(parse(source, ())))  # where jq stops at an error, a profile goes on
    library = LibjqProgram(source)
    for message in messages:
        raw = json.dumps(message).encode()
        found = library.run(raw)
        if not found.error:
            expected = [orjson.loads(line) for line in found.lines]
            results = expression.each(orjson.loads(raw), {})
            assert [each for each in results if each is not None] == [
                each for each in expected if each is not None
            ]


TOKENS = [*STARTS, *STEPS, *ATOMS, *NUMBERS, *OPERATORS, "(", ")", " ", "-", ",", "..", "#", "$x"]
TOKENS += ["01", "1.", ".5", "1e2", '"\\q"', '"\\u00e9"', "?//", "as", "{", "}", ":", "::", "@text"]


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=7), st.sampled_from(["", " "]))
def test_what_parses_here_parses_in_jq(tokens: list[str], between: str):
    source = between.join(tokens)
    if _is_ours(source):
        jq.compile(source)  # or ValueError
