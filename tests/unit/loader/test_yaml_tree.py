from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wscli.errors import Problem
from wscli.loader.yaml_builder import key_path
from wscli.loader.yaml_tree import PureParser, Tree, fastest_parser, read_yaml

PARSERS = [pytest.param(fastest_parser(), id="libyaml"), pytest.param(PureParser, id="python")]
both_parsers = pytest.mark.parametrize("parser", PARSERS)


def tree_of(text: str | bytes, parser: Any = None) -> Tree:
    tree, problems = read_yaml(text, parser)
    assert problems == ()
    assert tree is not None
    return tree


def problems_of(text: str | bytes, parser: Any = None) -> list[Problem]:
    problems = read_yaml(text, parser)[1]
    assert problems
    return list(problems)


def the_problem(text: str | bytes, parser: Any = None) -> Problem:
    (problem,) = problems_of(text, parser)
    return problem


def test_libyaml_is_used_where_it_is_and_python_where_it_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert fastest_parser().__name__ == "CParser"
    monkeypatch.setitem(sys.modules, "yaml.cyaml", None)
    assert fastest_parser() is PureParser
    assert tree_of("a: 1").data == {"a": 1}


@both_parsers
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("-0", 0),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("-2.5E-3", -0.0025),
        ("9" * 300, int("9" * 300)),
        *((text, text) for text in ("True", "TRUE", "no", "yes", "on", "off", "Null", "NULL", "~")),
        *((text, text) for text in ("1:30", "2026-01-01", "2026-11-22T10:00:00Z", "0x10", "0o7")),
        *(
            (text, text)
            for text in ("1_000", ".5", "1.", "+1", "01", "-a", ".inf", "-.INF", ".nan")
        ),
        *((text, text) for text in ("NaN", "Infinity", "-Infinity", "1e", "0b1", "=", "1 2")),
        *(
            (text, text)
            for text in ("${x}", ".payload.id", "wss://example.com/a?b=c#d", "a b", "٣")
        ),
        ('"true"', "true"),
        ("'1'", "1"),
        ('""', ""),
        ('"null"', "null"),
        ('"\\u0041\\n"', "A\n"),
        ("|\n  1\n", "1\n"),
        (">\n  a\n  b\n", "a b\n"),
        ("[]", []),
        ("{}", {}),
        ("[a, 1, {b: no}]", ["a", 1, {"b": "no"}]),
        ("a\n  b", "a b"),
    ],
)
def test_only_what_json_has_is_typed(parser: Any, text: str, value: Any) -> None:
    data = tree_of(f"key: {text}\n", parser).data
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


@both_parsers
def test_keys_are_always_text(parser: Any) -> None:
    text = 'true: 1\nnull: 2\n4200: 3\n1.0: 4\n"~": 5\n2026-01-01: 6\n"": 7\n"<<": 8\n'
    assert list(tree_of(text, parser).data) == [
        *("true", "null", "4200", "1.0", "~", "2026-01-01", "", "<<"),
    ]


@both_parsers
def test_every_key_and_element_has_its_line(parser: Any) -> None:
    text = """\
# a comment
name: x

messages:
  update: {role: data, examples: [{a: 1},
    {a: 2}]}
  "trades:*":
    role: data
session:
  - send: {a: 1}
  -
    expect: b
  - - c
"""
    tree = tree_of(text, parser)
    assert tree.lines == {
        (): 1,
        ("name",): 2,
        ("messages",): 4,
        ("messages", "update"): 5,
        ("messages", "update", "role"): 5,
        ("messages", "update", "examples"): 5,
        ("messages", "update", "examples", 0): 5,
        ("messages", "update", "examples", 0, "a"): 5,
        ("messages", "update", "examples", 1): 6,
        ("messages", "update", "examples", 1, "a"): 6,
        ("messages", "trades:*"): 7,
        ("messages", "trades:*", "role"): 8,
        ("session",): 9,
        ("session", 0): 10,
        ("session", 0, "send"): 10,
        ("session", 0, "send", "a"): 10,
        ("session", 1): 12,
        ("session", 1, "expect"): 12,
        ("session", 2): 13,
        ("session", 2, 0): 13,
    }


def test_a_place_without_a_line_has_that_of_the_nearest_above_it() -> None:
    tree = tree_of("a: 1\nb:\n  c: [x]\n")
    assert tree.line(("b", "c", 0)) == 3
    assert tree.line(["b", "c", 7, "d"]) == 3
    assert tree.line(["b", "missing"]) == 2
    assert tree.line(["missing"]) == tree.line(()) == 1
    assert Tree(None, {}).line(()) == 1


@both_parsers
def test_an_alias_stands_for_what_was_said_before(parser: Any) -> None:
    tree = tree_of("a: &x {b: [1, 2]}\nc:\n  d: *x\ne: &k key\nf: [*k, *x]\n", parser)
    assert tree.data["c"]["d"] == tree.data["f"][1] == {"b": [1, 2]}
    assert tree.data["f"][0] == "key"
    assert tree.line(("c", "d", "b", 0)) == 3
    assert tree.line(("f", 1, "b")) == 5


@both_parsers
def test_an_anchor_may_be_said_anew_and_on_a_key(parser: Any) -> None:
    assert tree_of("a: &x 1\n&y b: &x 2\nc: [*x, *y]\n", parser).data["c"] == [2, "b"]


@both_parsers
def test_a_mark_at_the_documents_begin_and_end_is_allowed(parser: Any) -> None:
    assert tree_of("%YAML 1.2\n---\na: 1\n...\n", parser).data == {"a": 1}


@both_parsers
def test_lines_may_end_as_on_any_system(parser: Any) -> None:
    tree = tree_of(b"a: 1\r\nb: 2\rc: \xc3\xa9\n", parser)
    assert tree.data == {"a": 1, "b": 2, "c": "é"}
    assert tree.line(("c",)) == 3


REFUSED: list[tuple[str, int, str, str]] = [
    ("a: 1\nb: {c: 1, d: 2, c: 3}\n", 2, "b.c", 'the key "c" is there already, on line 2.'),
    ("a: 1\nb: 2\n'a': 3\n", 3, "a", 'the key "a" is there already, on line 1.'),
    ('true: 1\n"true": 2\n', 2, "true", 'the key "true" is there already, on line 1.'),
    ("a: !!python/object/apply:os.system [x]\n", 1, "a", "the tag python/object/apply:os.system is not read: a profile holds plain data."),
    ("a:\n  - !!str 1\n", 2, "a[0]", "the tag str is not read: a profile holds plain data."),
    ("a: !foo {b: 1}\n", 1, "a", "the tag !foo is not read: a profile holds plain data."),
    ("a: ! b\n", 1, "a", "the tag ! is not read: a profile holds plain data."),
    ("!!str a: b\n", 1, "", "the tag str is not read: a profile holds plain data."),
    ("x: &x {}\na:\n  <<: *x\n", 3, "a.<<", "keys are not merged with <<."),
    ("? [a]\n: b\n", 1, "", "a mapping or a list cannot be a key."),
    ("a: {{x}}\n", 1, "a", "a mapping or a list cannot be a key."),
    ("a: &x b\n*x : c\n", 2, "", "an alias cannot be a key."),
    ("a:\n  ?\n  : b\n", 2, "a.", "a key is missing before the colon."),
    ("a: b\nc: *x\n", 2, "c", "there is no anchor &x."),
    ("a: &x [1, *x]\n", 1, "a[1]", "*x stands inside of what it stands for."),
    ("a: &x {b: {c: *x}}\n", 1, "a.b.c", "*x stands inside of what it stands for."),
    (f"a: {'9' * 301}\n", 1, "a", "a number of 301 digits is too long."),
    (f"a: -{'9' * 20_000}\n", 1, "a", "a number of 20001 digits is too long."),
    ("a: [1e400]\n", 1, "a[0]", "a number is too large."),
]  # fmt: skip


@both_parsers
@pytest.mark.parametrize(("text", "line", "path", "what"), REFUSED)
def test_what_could_surprise_is_refused_and_the_rest_is_read(
    parser: Any, text: str, line: int, path: str, what: str
) -> None:
    tree, problems = read_yaml(text, parser)
    assert tree is not None
    assert [(problem.line, problem.path, problem.what) for problem in problems] == [
        (line, path, what)
    ]


def test_of_a_repeated_key_the_first_value_stays() -> None:
    tree, _ = read_yaml("a: {b: 1}\na: {b: 2, c: 3}\nd: 4\n")
    assert tree is not None
    assert tree.data == {"a": {"b": 1}, "d": 4}
    assert tree.line(("a", "b")) == 1


@both_parsers
def test_all_that_can_be_told_is_told_at_once(parser: Any) -> None:
    text = "a: !x 1\nb: 1\nb: 2\n? {c: 1}\n: d\ne: *none\nf: [1\n"
    assert [problem.line for problem in problems_of(text, parser)] == [1, 3, 4, 6, 7]


@both_parsers
@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[" * 20_000, 1, "this nests deeper than 50 levels."),
        ("{a: " * 20_000, 1, "this nests deeper than 50 levels."),
        ("- " * 20_000, 1, "this nests deeper than 50 levels."),
        ("\n".join(" " * level + "a:" for level in range(60)), 51, "this nests deeper than 50 levels."),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins here."),
        ("a: 1\n--- \n- [", 2, "a second document begins here."),
        ("a: &x 1\nb: [" + "*x, " * 101 + "]", 2, "more than 100 aliases are used."),
    ],
)  # fmt: skip
def test_at_a_limit_reading_ends(parser: Any, text: str, line: int, what: str) -> None:
    tree, problems = read_yaml(text, parser)
    assert tree is None
    assert [(problem.line, problem.what) for problem in problems] == [(line, what)]


def test_a_file_of_too_many_values_is_not_read_to_its_end() -> None:
    problem = the_problem("[" + "1," * 100_000 + "]")
    assert problem.what == "the file holds more than 100,000 keys and values."


@both_parsers
def test_up_to_the_limits_everything_is_read(parser: Any) -> None:
    assert tree_of("[" * 50 + "]" * 50, parser).data
    assert len(tree_of("a: &x 1\nb: [" + "*x, " * 100 + "]", parser).data["b"]) == 100


@both_parsers
def test_an_alias_bomb_is_measured_by_what_it_would_become(parser: Any) -> None:
    lines = ["l0: &l0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    problem = the_problem("\n".join(lines), parser)
    assert (problem.line, problem.what) == (5, "the file holds more than 100,000 keys and values.")


@both_parsers
def test_aliases_do_not_get_around_the_limit_of_nesting(parser: Any) -> None:
    tree, problems = read_yaml(
        f"a: &x {'[' * 30}{']' * 30}\nb: {'[' * 19}*x{']' * 19}\nc: {'[' * 20}*x{']' * 20}\n",
        parser,
    )
    assert tree is not None
    assert [(problem.line, problem.what) for problem in problems] == [
        (3, "this nests deeper than 50 levels, with *x.")
    ]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (b"a: 1\nb: \xff\n", 2, "byte 0xff is not UTF-8."),
        (b"a: 1\rb: 2\r\n\xff", 3, "byte 0xff is not UTF-8."),
        ("a: é".encode("latin-1"), 1, "byte 0xe9 is not UTF-8."),
        ("a: 1".encode("utf-16"), 1, "byte 0xff is not UTF-8."),
        (b"\xef\xbb\xbfa: 1\n", 1, "the file begins with a byte order mark."),
        ("\ufeffa: 1\n", 1, "the file begins with a byte order mark."),
        (b"a: 1\r\nb: x\x00y\n", 2, "there is the invisible character U+0000."),
        ("a: 1\n# \x1b[31m\n", 2, "there is the invisible character U+001B."),
        ("a: x\x7f", 1, "there is the invisible character U+007F."),
        ("a: x\x85b: y", 1, "there is the invisible character U+0085."),
        ('a: "x\u2028y"', 1, "there is the invisible character U+2028."),
        ("a: \ufeffx", 1, "there is the invisible character U+FEFF."),
        ("a: \ud800", 1, "there is the invisible character U+D800."),
        ("a: \uffff", 1, "there is the invisible character U+FFFF."),
        ("", 0, "it is empty."),
        ("# only a comment\n", 0, "it is empty."),
        (b"#" * (1 << 20) + b"#", 0, "it is larger than 1 MiB."),
        ("é" * (1 << 19) + "x", 0, "it is larger than 1 MiB."),
    ],
)
def test_what_is_no_readable_text_is_told(text: str | bytes, line: int, what: str) -> None:
    tree, problems = read_yaml(text)
    assert tree is None
    assert [(problem.line, problem.path, problem.what) for problem in problems] == [
        (line, "", what)
    ]


def test_a_file_of_one_mebibyte_is_read() -> None:
    text = "a: 1\n"
    assert tree_of(text + "#" * ((1 << 20) - len(text))).data == {"a": 1}


INSIDE = 'Inside {…} and […] quote what holds [, {, ": " or ${.'
CONTINUES = 'Check its indentation, and that the key above it ends with ": ".'
COLON = "Put a colon and a space after the key."


def begins_with(char: str) -> tuple[str, str]:
    return f"a value cannot begin with {char} unless it is quoted.", "Quote it."


TRAPS: list[tuple[str, int, tuple[str, str]]] = [
    ("a:\n\tb: 1\n", 2, ("a tab stands where only spaces may.", "Use spaces.")),
    ("a:\n  b: 1\n\tc: 2\n", 3, ("a tab stands where only spaces may.", "Use spaces.")),
    ("a: @x\n", 1, begins_with("@")),
    ("a: %x\n", 1, begins_with("%")),
    ("a: `x`\n", 1, begins_with("`")),
    ("a: *\n", 1, begins_with("*")),
    ("a: 1\nb: [*:x]\n", 2, begins_with("*")),
    ("a: & b\n", 1, begins_with("&")),
    ("a: -\n", 1, begins_with("-")),
    ("a: ? b\n", 1, begins_with("?")),
    ("a: {: b}\n", 1, begins_with(":")),
    ("a: |foo\n", 1, begins_with("|")),
    ("a: >= 1\n", 1, begins_with(">")),
    ("a: !<x\n", 1, begins_with("!")),
    ("a: !e!x y\n", 1, begins_with("!")),
    ("a:\n%b: 1\n", 2, begins_with("%")),
    ("a: [,]\n", 1, begins_with(",")),
    ("a: [", 1, ("the text ends before the value does.", "")),
    ("a: }\n", 1, ("} closes nothing that is open.", "Take it out, or quote the value.")),
    ("a: {b: c}}\n", 1, ("} closes nothing that is open.", "Take it out, or quote the value.")),
    ("a: {b: .x[0], c: 1}\n", 1, ("a value inside of { holds [ without quotes.", INSIDE)),
    ("a: {path: .events[].trades[]}\n", 1, ("a value inside of { holds [ without quotes.", INSIDE)),
    ("a: {b: ${x}}\n", 1, ("a value inside of { holds { without quotes.", INSIDE)),
    ("a: [x, ${x}]\n", 1, ("a value inside of [ holds { without quotes.", INSIDE)),
    ("a: {b: c: d}\n", 1, ("a value inside of { holds : without quotes.", INSIDE)),
    ('a: {b: "c" d}\n', 1, ("after the { of this line a comma is missing, or what closes it.", "")),
    ("a: {b: 1\nc: 2\n", 1, ("the { here is not closed, or a comma is missing before line 2.", "")),
    ("a: 1\nb: [c,\n  d\ne: 2\n", 2, ("the [ here is not closed, or a comma is missing before line 4.", "")),
    ("a: b: c\n", 1, ('a value holds ": ", which begins another key.', "Quote the value.")),
    ("a: 1\n  b: 2\n", 2, ("this line does not follow from the one above.", CONTINUES)),
    ("a\nb: 1\n", 2, ("this line does not follow from the one above.", CONTINUES)),
    ("b: 2\na:1\n", 2, ('this line is neither "key: value" nor "- value".', COLON)),
    ("a:\n    b: 1\n  c: 2\n", 3, ("this line does not fit those above it.", "Check its indentation.")),
    ("- a\nb: 1\n", 2, ("this line does not fit those above it.", "Check its indentation.")),
    ('a: "b" c\n', 1, ('"c" follows a value that is complete.', "Quote the whole value.")),
    (": x\n", 1, ("a key is missing before the colon.", "")),
    ('a: "x\nb: 1\n', 1, ("the quote that opens here is never closed.", "")),
    ("a: 1\nb: 'x\n---\n", 2, ("the quote that opens here is never closed.", "")),
    ('a: "^\\d+$"\n', 1, ("\\d means nothing in double quotes.", "Use single quotes, where a backslash is a backslash.")),
    ('a: "\\xZZ"\n', 1, ("this escape stands for no character.", "Write the character itself.")),
    ('{"a": 1}}', 1, ("this follows the end of the document.", "Take it out.")),
    ("a: &x &y b\n", 1, ('"&y b" follows a value that is complete.', "Quote the whole value.")),
]  # fmt: skip


@both_parsers
@pytest.mark.parametrize(("text", "line", "said"), TRAPS)
def test_a_syntax_error_is_said_in_plain_words(
    parser: Any, text: str, line: int, said: tuple[str, str]
) -> None:
    tree, problems = read_yaml(text, parser)
    assert tree is None
    assert [(problem.line, problem.what, problem.remedy) for problem in problems] == [(line, *said)]


def test_half_of_a_surrogate_pair_is_refused_by_either_parser() -> None:
    text = 'a: "\\ud83d\\ude00"\n'
    assert the_problem(text).what == "this escape stands for no character."
    assert the_problem(text, PureParser).what == "half a character is escaped here."


def test_what_the_parser_in_python_lets_through_is_a_problem_too() -> None:
    problem = the_problem('a: "\\UFFFFFFFF"\n', PureParser)
    assert problem.what.startswith("it is no valid YAML: "), "the rest is Python's own words"


def test_a_mistake_without_words_of_its_own_keeps_the_parsers() -> None:
    problem = the_problem("%YAML 1.1\n%YAML 1.1\n---\na: b")
    what = "this is no valid YAML: found duplicate %YAML directive."
    assert problem == Problem(2, "", what)


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ((), ""),
        (("messages", "update", "examples", 0), "messages.update.examples[0]"),
        ((0, "a"), "[0].a"),
        (("messages", "trades:*"), "messages.trades:*"),
    ],
)
def test_a_key_path_is_written_as_users_do(keys: tuple[str | int, ...], path: str) -> None:
    assert key_path(keys) == path


TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


@both_parsers
@settings(max_examples=100, deadline=None)
@given(value=JSON, indent=st.sampled_from([None, 0, 2]))
def test_a_json_document_reads_back_to_itself(parser: Any, value: Any, indent: int | None) -> None:
    tree = tree_of(json.dumps(value, indent=indent), parser)
    assert tree.data == value
    assert json.dumps(tree.data) == json.dumps(value)


PIECES = st.sampled_from(
    [
        *"{}[]:,-?*&!|>'\"%@`#~.$=\\\t\n ab10é\x00\ufeff", "\n  ", "\n\t", ": ", "- ", "? ", "---\n",
        "<<: ", "*a", "&a ", "!!str ", "!x!y ", "%TAG ! x\n", "%YAML 1.1\n", '"\\x', "\\ud800", "...\n",
        "|2\n", ">-\n", "true", "1e999", "9" * 5000,
    ]
)  # fmt: skip


@both_parsers
@settings(max_examples=150, deadline=None)
@given(text=st.lists(PIECES, max_size=30).map("".join) | st.text())
@example(text='"\\U99999999"')
@example(text="%YAML 1." + "9" * 5000 + "\n--- a")
def test_no_text_makes_the_reader_raise(parser: Any, text: str) -> None:
    tree, problems = read_yaml(text, parser)
    assert tree is not None or problems
    assert all(problem.what.endswith(".") for problem in problems)


@settings(max_examples=100)
@given(st.binary())
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    tree, problems = read_yaml(data)
    assert tree is not None or problems
