"""JSON trees whose numbers keep their text."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.messages.test_decode import json_values
from wscli.messages.exact import Digits, exact_text, exact_tree

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,30})?")


@given(st.lists(st.from_regex(NUMBER, fullmatch=True), max_size=5))
def test_every_number_is_written_as_it_was_read(numbers: list[str]) -> None:
    text = f"[{','.join(numbers)}]".encode()
    assert exact_text(exact_tree(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        b"-0",
        b"0.10",
        b"1E400",
        b"1e-9999999999999999999",
        b"18446744073709551616",
        b"1" * 5000,
        b'{"b":1.0,"a":[{}]}',
        b'"\\ud800"',
        b'["\\ud800\\\\",0.10]',
    ],
)
def test_the_text_is_the_same(text: bytes) -> None:
    assert exact_text(exact_tree(text)) == text


@given(json_values)
def test_the_value_is_the_same(value: Any) -> None:
    text = exact_text(exact_tree(json.dumps(value).encode()))
    assert json.loads(text) == value
    assert b"\n" not in text


def test_numbers_can_be_compared_and_are_written_everywhere_as_they_were_read() -> None:
    assert Digits("0.10") == Decimal("0.1")
    assert Digits("0.10") < Digits("0.2") < 1
    assert exact_text({"d": Decimal("1.50"), "i": 2**70, "n": Digits("0.10")}) == (
        b'{"d":1.50,"i":1180591620717411303424,"n":0.10}'
    )


def test_what_is_beyond_orjson_is_written_all_the_same() -> None:
    text = b"[" * 300 + b"0.10" + b"]" * 300
    assert exact_text(exact_tree(text)) == text


def test_what_is_no_json_is_not_written() -> None:
    with pytest.raises(TypeError):
        exact_text([object()])


def test_what_is_nested_too_deeply_is_said() -> None:
    tree: Any = []
    for _ in range(100_000):
        tree = [tree]
    with pytest.raises(ValueError, match="nested too deeply"):
        exact_text(tree)
    with pytest.raises(ValueError, match="nested too deeply"):
        exact_tree(b"[" * 200_000 + b"]" * 200_000)
