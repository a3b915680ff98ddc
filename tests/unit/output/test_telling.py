"""Which fields of a message say most."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from wscli.output.telling import telling


def told(value: Any, name: str = "trade") -> list[str]:
    return [f"{path}={text}" for path, text in telling(value, name)]


def test_what_it_is_goes_before_how_it_is_and_times_come_last():
    value = {"ts": 1, "foo": 2, "price": "3", "symbol": "SOL", "status": "open", "orderId": 7}
    assert told(value) == ["symbol=SOL", "orderId=7", "price=3", "status=open", "foo=2", "ts=1"]


def test_the_last_word_of_a_name_counts_most():
    value = {"updatedAt": 1, "tokenAddress": "a", "price_usd": 2, "HTTPStatus": 3, "id_set": 4}
    assert told(value) == [
        "tokenAddress=a",
        "price_usd=2",
        "HTTPStatus=3",
        "id_set=4",
        "updatedAt=1",
    ]


def test_shallow_goes_before_deep_and_short_before_long():
    value = {"data": {"id": "deep", "x": {"id": "deeper"}}, "name": "x" * 30, "id": "here"}
    assert told(value) == ["id=here", "data.id=deep", "data.x.id=deeper", f"name={'x' * 30}"]


def test_its_type_is_not_said_again():
    assert told({"type": "trade", "event": "trade", "id": 1}) == ["id=1"]


def test_what_tells_nothing_is_left_out():
    assert told({"a": None, "b": "", "c": [], "d": {}, "e": False, "f": 0}) == ["e=false", "f=0"]


@pytest.mark.parametrize("value", [None, 1, "text", [1], [{"id": 1}], {}])
def test_what_is_no_object_has_no_fields(value):
    assert told(value) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, "two", None], "1,two,null"),
        ([1, 2, 3, 4], "[4 items]"),
        ([[1, 2]], "[1 item]"),
        ([{"a": 1}, {"a": 2}], "[2 items]"),
        (["x" * 100], "x" * 63 + "…"),
        ("x" * 100, "x" * 63 + "…"),
        (True, "true"),
        (Decimal("1E+400"), "1E+400"),
    ],
)
def test_values_are_brought_to_a_few_characters(value, text):
    assert told({"a": value}) == [f"a={text}"]


def test_paths_are_those_of_jq_but_for_the_dot_in_front():
    value = {"a b": 1, "": {"é": 2}, "x": {"1": {"y": 3}}}
    assert told(value) == ['["a b"]=1', '[""]["é"]=2', 'x["1"].y=3']


def test_a_large_message_is_not_read_to_its_end():
    value: Any = {"id": 1, **{f"field{number}": number for number in range(100_000)}, "name": "no"}
    assert told(value)[0] == "id=1"
    assert len(told(value)) == 16
    assert "name=no" not in told(value)
    for _ in range(5000):
        value = {"id": 2, "in": value}
    assert told(value) == ["id=2", "in.id=2", "in.in.id=2", "in.in.in.id=2"]
