"""The bytes of a frame become one JSON value, whatever they hold."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.messages.decode import decode
from wscli.messages.encode import frame_text
from wscli.model.message import MISSING, Derived
from wscli.model.wire import Binary


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a":[1,2.5,null,true,"x"]}', {"a": [1, 2.5, None, True, "x"]}),
        (b" 7 ", 7),
        (b"1e400", Decimal("1e400")),
        (b"-1e400", Decimal("-1e400")),
        (b"9" * 400, int("9" * 400)),
        (b"9" * 5000, Decimal("9" * 5000)),
        (b'"\\ud800"', "\ud800"),
        (b'{"n":' + b"1" * 5000 + b"}", {"n": Decimal("1" * 5000)}),
    ],
)
def test_all_of_json_is_read_and_no_digit_is_lost(raw: bytes, value: Any) -> None:
    assert decode(raw) == (value, "")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"pong", "no JSON: Expecting value at character 1"),
        (b"", "no JSON: Expecting value at character 1"),
        (b'{"a":}', "no JSON: Expecting value at character 6"),
        (b"1e9999999999999999999", "a number beyond all bounds"),
        (b'"' + b'\\"' * 100_000, "no JSON: "),
        (b'["[[[", "\\"]]" , 1e400' + b"[" * 950, "JSON nested too deeply to be read"),
        (b"NaN", "no JSON: NaN is not a JSON value"),
        (b'{"a":-Infinity}', "no JSON: -Infinity is not a JSON value"),
        (b"\xef\xbb\xbf{}", "no JSON: "),
        (b"[" * 3000 + b"]" * 3000, "JSON nested too deeply to be read"),
        (b"[1e400," + b"[" * 3000 + b"]" * 3000 + b"]", "JSON nested too deeply to be read"),
        (Binary(b"\x00\xff"), "a binary frame of 2 bytes that is no JSON"),
        (Binary(b"hello"), "a binary frame that is no JSON: Expecting value at character 1"),
    ],
)
def test_what_is_no_json_is_said_in_words(raw: bytes, words: str) -> None:
    value, problem = decode(raw)
    assert value is MISSING
    assert problem.startswith(words)


@pytest.mark.parametrize("raw", [Binary(b'{"n":0.10}'), Derived(b'{"n":0.10}', b"")])
def test_a_frame_of_another_kind_is_read_as_any_other(raw: bytes) -> None:
    value, problem = decode(raw)
    assert (type(value["n"]), problem) == (float, "")


@given(st.binary(max_size=200))
def test_whatever_comes_never_raises(raw: bytes) -> None:
    value, problem = decode(raw)
    assert (value is MISSING) == bool(problem)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_values.filter(lambda value: not isinstance(value, str)))
def test_what_is_sent_can_be_read_again(value: Any) -> None:
    text = frame_text(value)
    assert json.loads(text) == value
    assert "\n" not in text


def test_a_string_is_sent_as_it_stands() -> None:
    assert frame_text("PING") == "PING"
    assert frame_text({"a": "\ud800", "b": Decimal("1e400")}) == '{"a":"\\ud800","b":"1E+400"}'
