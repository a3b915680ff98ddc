"""What the session remembers of channels."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from wscli.messages.memory import Memory
from wscli.model.message import MISSING


@pytest.mark.parametrize(
    ("put", "asked"),
    [("a", "a"), (1, 1.0), (1, Decimal(1)), (True, True), (None, None), (0.1, Decimal("0.1"))],
)
def test_equal_scalars_have_one_name(put: Any, asked: Any) -> None:
    memory = Memory()
    memory.put(put, "trades")
    assert memory.name(asked) == "trades"


@pytest.mark.parametrize(
    ("put", "asked"),
    [("1", 1), (1, True), (0, False), (None, ""), (None, MISSING), ("a", "A"), (None, False)],
)
def test_what_is_not_equal_has_no_name(put: Any, asked: Any) -> None:
    memory = Memory()
    memory.put(put, "trades")
    assert memory.name(asked) == ""


@pytest.mark.parametrize("value", [[1], {"a": 1}, MISSING])
def test_a_list_or_an_object_names_no_channel(value: Any) -> None:
    memory = Memory()
    memory.put(value, "trades")
    memory.put([2], "trades")
    assert memory.name(value) == ""


def test_the_last_name_counts_until_all_are_forgotten() -> None:
    memory = Memory()
    memory.put(7, "trades")
    memory.put(7, "books")
    assert memory.name(7) == "books"
    memory.clear()
    assert memory.name(7) == ""


def test_what_was_put_first_is_forgotten_when_there_is_too_much() -> None:
    memory = Memory()
    for number in range(100_000):
        memory.put(number, "x")
    memory.put(0, "again")  # it is there, so nothing goes for it
    memory.put(2, "again")
    assert memory.name(1) == "x"
    memory.put("one more", "x")
    assert (memory.name(0), memory.name(1), memory.name(2)) == ("again", "", "again")
