"""The user's own programs: all of jq, whoever runs it."""

from __future__ import annotations

import sys
from typing import Any

import jq
import orjson
import pytest

from wscli.errors import ExpressionError
from wscli.jq.engine import Program, Results, compile_program
from wscli.model.message import MISSING


def run(source: str, raw: bytes) -> Results:
    return compile_program(source).run(orjson.loads(raw), raw)


def holds(source: str, raw: bytes) -> bool:
    return compile_program(source).holds(orjson.loads(raw), raw)


# program, message, lines; closures and libjq have to agree with these in the same way
PRINTED = [
    (".", b'{"b": 1, "a": [true, null]}', [b'{"b":1,"a":[true,null]}']),
    (".a", b'{"a":"x"}', [b'"x"']),
    (".a", b"{}", [b"null"]),
    (".a[]", b'{"a":[1,2]}', [b"1", b"2"]),
    (".a[]", b'{"a":[]}', []),
    (".a | arrays", b'{"a":1}', []),
    (".a == 1", b'{"a":1}', [b"true"]),
    # digits survive
    (".a", b'{"a":9007199254740993}', [b"9007199254740993"]),
    (".a", b'{"a":18446744073709551615}', [b"18446744073709551615"]),
    (".a", b'{"a":12345678901234567890123}', [b"12345678901234567890123"]),
    (".a", b'{"a":0.1000}', [b"0.1000"]),
    (".", b'{"a":[0.10]}', [b'{"a":[0.10]}']),
    (".a", b'{"a":-0}', [b"-0"]),
    (".a", b'{"a":[-0, "x"]}', [b'[-0,"x"]']),
    (".a", b'{"a":0}', [b"0"]),
    (".a == .b", b'{"a":[9007199254740993],"b":[9007199254740992]}', [b"false"]),
    (".a < .b", b'{"a":[1,2],"b":[1,3]}', [b"true"]),
    (".a == .b", b'{"a":{"y":2,"x":1},"b":{"x":1,"y":2}}', [b"true"]),
    (".a[] == .b[]", b'{"a":[1,2],"b":[2,9]}', [b"false", b"true", b"false", b"false"]),
    ("9007199254740993", b"{}", [b"9007199254740993"]),
    ("12345678901234567890123", b"{}", [b"12345678901234567890123"]),
    ("1.10", b"{}", [b"1.10"]),
    (".a == 0.10000000000000001", b'{"a":0.1}', [b"false"]),
    (".a == 0.10", b'{"a":0.1}', [b"true"]),
    (".a == 9007199254740993", b'{"a":9007199254740993.0}', [b"true"]),
    (".a == 9007199254740992", b'{"a":9007199254740993}', [b"false"]),
    (".a | length", b'{"a":-0.50}', [b"0.50"]),
    (".a | length", b'{"a":-9007199254740993}', [b"9007199254740993"]),
    (".a | length", b'{"a":-5}', [b"5"]),
    # texts
    (
        ".a",
        rb'{"a":"\u007f\u0001\u2028\/\ud83d\ude42\"\\"}',
        ['"\\u007f\\u0001\u2028/🙂\\"\\\\"'.encode()],
    ),
    # beyond the closures
    (".a + 1", b'{"a":1}', [b"2"]),
    (".a, .b", b'{"a":1,"b":2}', [b"1", b"2"]),
    ("{a, n: .b | length}", b'{"a":1,"b":"xyz"}', [b'{"a":1,"n":3}']),
    ("select(.a > 1)", b'{"a":1}', []),
    ("[.[] | select(. > 1)]", b"[1,2,3.0]", [b"[2,3.0]"]),
    ("def f: .a; f", b'{"a":1}', [b"1"]),
    (".a # the asset", b'{"a":1}', [b"1"]),
    (".a # ends in \\", b'{"a":1}', [b"1"]),
    (".a as [$x, $y] | $y", b'{"a":[1,2]}', [b"2"]),
    ("(.a | .b)?", b'{"a":1}', []),
    (".a? // 5", b'"x"', [b"5"]),
    ('"\\(.a)!"', b'{"a":1}', [b'"1!"']),
    ("nan, infinite", b"{}", [b"null", b"1.7976931348623157e+308"]),
    ('"<skipped: too deep>", 1', b"{}", [b'"<skipped: too deep>"', b"1"]),
]


@pytest.mark.parametrize(("source", "raw", "lines"), PRINTED)
def test_each_result_is_one_line_of_json_with_its_digits(
    source: str, raw: bytes, lines: list[bytes]
):
    assert run(source, raw) == Results(tuple(lines))


# program, message, lines before the error, the error
FAILING = [
    (".a.b", b'{"a":"x"}', [], 'Cannot index string with string ("b")'),
    (".a // 1", b"5", [], 'Cannot index number with string ("a")'),
    (".[0]", b"{}", [], "Cannot index object with number (0)"),
    (".[]", b"null", [], "Cannot iterate over null (null)"),
    (".[] | .a", b'[{"a":1},2,{"a":3}]', [b"1"], 'Cannot index number with string ("a")'),
    ("length", b"true", [], "boolean (true) has no length"),
    ('startswith("a")', b"1", [], "startswith() requires string inputs"),
    ('1, error("x"), 2', b"{}", [b"1"], "x"),
    ("error", b'"two\\nlines"', [], "two lines"),
    ("error({a: 1})", b"{}", [], '{"a": 1}'),
    ("input", b"{}", [], "No more inputs"),
    ('error("x" * 1000)', b"{}", [], "x" * 300 + "…"),
]


@pytest.mark.parametrize(("source", "raw", "lines", "error"), FAILING)
def test_a_failing_program_says_why_after_what_it_had_found(
    source: str, raw: bytes, lines: list[bytes], error: str
):
    assert run(source, raw) == Results(tuple(lines), error)


def test_a_result_nested_beyond_json_is_an_error():
    found = run("reduce range(10100) as $i (1; [.])", b"{}")
    assert found.lines == ()
    assert found.error


def test_a_failing_program_can_be_asked_again():
    program = compile_program(".[] | .a + 1")
    for _ in range(3):
        failed = program.run([{"a": 1}, 2], b'[{"a":1},2]')
        assert failed.lines == (b"2",)
        assert failed.error
        assert program.run([{"a": 1}], b'[{"a":1}]') == Results((b"2",))


# program, message, whether it holds
HOLDING = [
    (".a", b'{"a":0}', True),
    (".a", b'{"a":""}', True),
    (".a", b'{"a":null}', False),
    (".a", b'{"a":false}', False),
    (".a", b"{}", False),
    (".a.b", b'{"a":"x"}', False),
    (".a.b == null", b'{"a":"x"}', False),
    (".a.b == null", b'{"a":{}}', True),
    (".a | arrays", b'{"a":1}', False),
    (".a[]", b'{"a":[1,false]}', True),
    (".a[]", b'{"a":[false,1]}', False),
    (".a[]", b'{"a":[]}', False),
    (".a[].b", b'{"a":[{"b":1},2]}', True),
    (".a[].b", b'{"a":[2,{"b":1}]}', False),
    (".a == 0.10000000000000001", b'{"a":0.1}', False),
    (".a == 0.1", b'{"a":0.10}', True),
    (".a[] == 0.1", b'{"a":[0.10]}', True),
    (".a > 0.1", b'{"a":0.2}', True),
    (".a.b?? // true", b"5", True),
    (".a.b? // true", b"5", False),
    (".a + 1 == 2", b'{"a":1}', True),
    ("select(.a)", b'{"a":1}', True),
    ("select(.a)", b"{}", False),
    ('error("x")', b"{}", False),
    ('true, error("x")', b"{}", True),
    ("limit(1; repeat(1))", b"{}", True),
    ("repeat(1)", b"{}", True),
]


@pytest.mark.parametrize(("source", "raw", "expected"), HOLDING)
def test_a_condition_holds_if_its_first_result_does(source: str, raw: bytes, expected: bool):
    assert holds(source, raw) is expected


@pytest.mark.parametrize("source", [".", ".[]", "not", "1", "def f: true; f"])
def test_on_what_is_no_json_every_program_fails(source: str):
    program = compile_program(source)
    assert program.run(MISSING, b"pong") == Results((), "the message is no JSON")
    assert program.holds(MISSING, b"pong") is False


def test_half_a_surrogate_pair_is_answered_where_no_text_is_to_be_written():
    raw = rb'{"a":"\ud800","b":1}'
    value = {"a": "\ud800", "b": 1}
    assert compile_program(".b").run(value, raw) == Results((b"1",))
    assert compile_program(".a").run(value, raw).error


def test_numbers_beyond_floats_are_compared_by_libjq():
    raw = b'{"a":1' + b"0" * 400 + b"}"
    value = {"a": 10**400}
    assert compile_program(".a > 0.5").holds(value, raw)
    assert compile_program(".a > 0.5").run(value, raw) == Results((b"true",))


def test_values_nested_too_deeply_for_python_go_to_libjq():
    depth = 3_000
    raw = b"[" + b"[" * depth + b"]" * depth + b"," + b"[" * depth + b"]" * depth + b"]"

    def nest() -> Any:
        value: Any = []
        for _ in range(depth - 1):
            value = [value]
        return value

    value = [nest(), nest()]
    assert compile_program(".[0] == .[1]").holds(value, raw)
    assert compile_program(".[0] == .[1]").run(value, raw) == Results((b"true",))
    assert compile_program(".").run(value, raw) == Results((raw,))


# program, offset, the message
REFUSED = [
    ("$x", 0, "$x is not defined"),
    ('import "nowhere" as x; .', 0, "module not found: nowhere"),
    ("module {}; .", 0, "it is more than an expression: modules cannot be named or imported here"),
    (".a\0", 2, "it holds a NUL character"),
    ('"\ud800"', 1, "it holds bytes that are no UTF-8"),
]


@pytest.mark.parametrize(("source", "position", "what"), REFUSED)
def test_a_program_that_libjq_does_not_compile_is_refused_in_one_line(
    source: str, position: int, what: str
):
    with pytest.raises(ExpressionError) as caught:
        compile_program(source)
    assert (caught.value.what, caught.value.position) == (what, position)
    assert caught.value.source == source


def test_a_program_may_be_longer_than_an_expression_of_a_profile():
    assert holds("." + " " * 20_000 + "| true", b"{}")


def test_a_program_shows_its_source():
    assert repr(compile_program(".a")) == "Program(source='.a')"
    assert isinstance(compile_program(".a"), Program)


def test_libjq_is_loaded_only_for_what_it_alone_can_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "jq", None)  # importing it fails
    assert holds('.a == "x"', b'{"a":"x"}')
    assert run(".a[]", b'{"a":["x"]}') == Results((b'"x"',))
    with pytest.raises(ImportError):
        compile_program(".a + 1")


@pytest.mark.parametrize("words", ["at <top-level>, line 1:\n.a", "\njq: 1 compile error"])
def test_words_of_another_libjq_are_cleaned_too(words: str, monkeypatch: pytest.MonkeyPatch):
    def refuse(source: str) -> None:
        raise ValueError(f"jq: error: syntax error {words}")

    monkeypatch.setattr(jq, "compile", refuse)
    with pytest.raises(ExpressionError) as caught:
        compile_program(".a + 1")
    assert (caught.value.what, caught.value.position) == ("syntax error", 0)
