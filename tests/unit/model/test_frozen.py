"""Frozen classes behave as frozen dataclasses with slots do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from wscli.model.frozen import frozen


@frozen
class Point:
    x: int
    y: int = 2
    tags: list[str] = dataclasses.field(default_factory=list)
    note: Any = dataclasses.field(default="", repr=False, compare=False)


@frozen
class Other:
    x: int
    y: int = 2


@frozen
class Named:
    x: int

    def __repr__(self) -> str:
        return "my own"


def test_values_are_given_by_place_or_by_name() -> None:
    assert (Point(1).x, Point(1).y, Point(1).tags) == (1, 2, [])
    assert Point(1, y=3).y == 3
    assert Point(x=1, tags=["a"]).tags == ["a"]
    assert Point(1).tags is not Point(1).tags


@pytest.mark.parametrize(
    ("values", "named", "words"),
    [
        ((), {}, "Point lacks x"),
        ((1, 2, [], "", 5), {}, "Point takes 4 values, not 5"),
        ((1,), {"z": 1, "w": 2}, "Point takes no z, w"),
        ((1,), {"x": 1}, "Point takes no x"),
    ],
)
def test_what_does_not_fit_is_told(values: Any, named: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        Point(*values, **named)


def test_equal_values_of_one_class_are_equal() -> None:
    assert Point(1) == Point(1)
    assert Point(1) != Point(2)
    assert Point(1, note="a") == Point(1, note="b")
    other: Any = Other(1)
    assert other != Point(1)
    assert hash(Other(1)) == hash(Other(1))
    assert len({Other(1), Other(1), Other(2)}) == 2


def test_nothing_can_be_changed_or_added() -> None:
    point: Any = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot change x of a Point"):
        point.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot change x of a Point"):
        del point.x
    assert not hasattr(point, "__dict__")


def test_it_is_a_dataclass() -> None:
    assert dataclasses.replace(Point(1), y=5) == Point(1, 5)
    assert [field.name for field in dataclasses.fields(Point)] == ["x", "y", "tags", "note"]
    match Point(1, 7):
        case Point(x, y):
            assert (x, y) == (1, 7)


def test_it_shows_what_it_holds() -> None:
    assert repr(Point(1)) == "Point(x=1, y=2, tags=[])"
    assert repr(Named(1)) == "my own"
