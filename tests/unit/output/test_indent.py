"""JSON laid out for reading, without a digit changed."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.output.indent import indented

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def laid_out(text: str, *, colour: bool = False) -> str:
    return b"".join(indented(text.encode(), colour=colour)).decode()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"a":1,"b":[1,2]}', ["{", '  "a": 1,', '  "b": [', "    1,", "    2", "  ]", "}"]),
        ("[{},[ ],{\n}]", ["[", "  {},", "  [],", "  {}", "]"]),
        (" [\t1 ,\r\n 2 ] ", ["[", "  1,", "  2", "]"]),
        ('{"a" : {"b":null}}', ["{", '  "a": {', '    "b": null', "  }", "}"]),
        ('"{[,:]}"', ['"{[,:]}"']),
        ('"\\"}\\\\"', ['"\\"}\\\\"']),
        ("1e400", ["1e400"]),
        ("null", ["null"]),
    ],
)
def test_it_is_laid_out_as_jq_does_it(text, lines):
    assert laid_out(text).split("\n") == lines


@pytest.mark.parametrize(
    "text",
    [
        "0.10",
        "12345678901234567890",
        "-0",
        "1E+2",
        '"\\u00e9\\/\\ud800"',
        '"é"',
        '{"b": 1, "a": 2, "b": 3}',
    ],
)
def test_digits_escapes_and_keys_stay_as_they_came(text):
    assert re.sub(r"\s", "", laid_out(text)) == re.sub(r"\s", "", text)


@given(JSON, st.sampled_from([None, 1, 3]))
def test_it_says_the_same_and_is_what_python_makes_of_it(value, indent):
    for ascii_only in (True, False):
        text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
        assert laid_out(text) == json.dumps(value, indent=2, ensure_ascii=ascii_only)


@given(JSON)
def test_without_its_colours_the_text_is_the_same(value):
    text = json.dumps(value)
    assert re.sub("\x1b\\[[0-9;]*m", "", laid_out(text, colour=True)) == laid_out(text)


def test_each_kind_of_value_has_its_colour():
    text = laid_out('{"k":"s","n":null,"x":1}', colour=True)
    assert '\x1b[1;34m"k"\x1b[0m' in text
    assert '\x1b[32m"s"\x1b[0m' in text
    assert "\x1b[90mnull\x1b[0m" in text
    assert "\x1b[1m:\x1b[0m 1\n" in text


def test_a_deep_one_is_no_matter():
    text = "[" * 5000 + "1" + "]" * 5000
    assert laid_out(text).replace("\n", "").replace(" ", "") == text


def test_what_is_nested_very_deeply_stays_valid_and_is_not_moved_out_of_sight():
    text = b"[" * 900 + b"1" + b"]" * 900
    laid_out = b"".join(indented(text, colour=False))
    assert laid_out.replace(b"\n", b"").replace(b" ", b"") == text
    assert max(map(len, laid_out.splitlines())) == 201
