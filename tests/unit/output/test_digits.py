"""Numbers as they were written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wscli.messages.decode import decode
from wscli.output.digits import Number, as_written, compact

NUMBERS = [
    "0",
    "-0",
    "1",
    "0.10",
    "1e5",
    "-1.50E-7",
    "12345678901234567890",
    "1e400",
    "9" * 5000,
    "-0.0",
]


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_written_as_it_came(text):
    assert str(as_written(text.encode(), "the value")) == text


@pytest.mark.parametrize("text", ["0", "1", "0.10", "1e5", "0.3", "-0.0", "12345678901234567890"])
def test_and_is_what_any_reader_makes_of_it(text):
    number, read = as_written(text.encode(), None), decode(text.encode())[0]
    assert number == read
    assert hash(number) == hash(read)
    assert isinstance(number, type(read))


def test_a_number_beyond_all_floats_is_not_taken_for_infinity():
    number = as_written(b"1e400", None)
    assert number == decode(b"1e400")[0]
    assert number < as_written(b"1e401", None)


def test_everything_else_is_as_ever():
    text = b'{"a":["\\u00e9",null,true,{}],"a b":"x"}'
    assert as_written(text, None) == json.loads(text)


@pytest.mark.parametrize("text", [b"[" * 100_000 + b"]" * 100_000, b"\xff", b"nonsense"])
def test_what_cannot_be_read_like_this_is_the_value_itself(text):
    value: list[Any] = []
    assert as_written(text, value) is value


@pytest.mark.parametrize(
    "text", [f"[{number}]" for number in NUMBERS[:7]] + ['{"a":[0.10,"x"]}', '[1e400,{"b":1.50}]']
)
def test_lists_and_objects_are_written_with_their_digits(text):
    assert compact(as_written(text.encode(), None)) == text


def test_what_orjson_does_not_write_is_written_all_the_same():
    assert compact(["\ud800"]) == '["\ud800"]'
    assert compact([2**80]) == f"[{2**80}]"
    assert compact([object]) == f'["{object}"]'
    assert repr(Number("0.10")) == "0.10"
