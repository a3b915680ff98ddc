from __future__ import annotations

import json
from typing import Any

import pytest

from wscli.simulator.enums import listed
from wscli.simulator.naming import (
    former_names,
    name_words,
    says_answer,
    says_counter,
    says_fixed,
    says_time,
)
from wscli.simulator.places import at, nodes, read_places, replaced
from wscli.simulator.shapes import Shape

SUBSCRIBE = {"op": "subscribe", "assets": "${asset}", "id": "${id?}", "v": 1}


@pytest.mark.parametrize(
    ("template", "frame", "fits"),
    [
        (SUBSCRIBE, {"op": "subscribe", "assets": ["a"], "v": 1}, True),
        (SUBSCRIBE, {"op": "subscribe", "assets": None, "v": 1.0, "id": 7}, True),
        (SUBSCRIBE, {"op": "subscribe", "v": 1}, False),
        (SUBSCRIBE, {"op": "other", "assets": [], "v": 1}, False),
        (SUBSCRIBE, {"op": "subscribe", "assets": [], "v": True}, False),
        (SUBSCRIBE, {"op": "subscribe", "assets": [], "v": 1, "more": 1}, False),
        (SUBSCRIBE, ["op"], False),
        ({"topics": ["orders:${user}"]}, {"topics": ["orders:x"]}, True),
        ({"topics": ["orders:${user}"]}, {"topics": ["prices:x"]}, False),
        ({"topics": ["orders:${user}"]}, {"topics": [5]}, False),
        ({"topics": ["orders:${user}"]}, {"topics": []}, False),
        ({"topics": ["orders:${user}"]}, {"topics": "orders:x"}, False),
        (["REQ", "${sub}", "${filter?}"], ["REQ", "a"], True),
        (["REQ", "${sub}", "${filter?}"], ["REQ", "a", {}], True),
        (["REQ", "${sub}", "${filter?}"], ["REQ"], False),
        (["REQ", "${sub}", "${filter?}"], ["REQ", "a", {}, 1], False),
        ({"a": "$${x}"}, {"a": "${x}"}, True),
        ({"a": "$${x}"}, {"a": "y"}, False),
        ({"a": "$${x} ${y}"}, {"a": "${x} z"}, True),
        ({"a": "$${x} ${y}"}, {"a": "$${x} z"}, False),
        ({"a": "${x}${y?}"}, {}, False),
        ("ping", "ping", True),
        ("ping", "pong", False),
        (None, None, True),
        ({"data": {}}, {"data": {}}, True),
        ({"a": 1, "b": None}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
    ],
)
def test_a_frame_has_the_shape_of_its_template(template: Any, frame: Any, fits: bool):
    text = frame if isinstance(frame, str) else json.dumps(frame)
    assert Shape(template).fits(frame, text) is fits


def test_a_text_template_is_compared_with_the_frame_s_text_even_where_that_is_json():
    assert Shape("2").fits(2, "2")
    assert not Shape("2").fits("2", '"2"')


def test_a_shape_shows_its_template():
    assert Shape({"op": "ping", "ts": "${ts}"}).text == '{"op":"ping","ts":"${ts}"}'


def test_places_are_found_replaced_and_read():
    value = {"a": [{"b": 1}, {"b": 2}], "c": None}
    assert [place for place, _ in nodes(value)] == [
        (), ("a",), ("a", 0), ("a", 0, "b"), ("a", 1), ("a", 1, "b"), ("c",),
    ]  # fmt: skip
    assert at(value, ("a", 1, "b")) == 2
    changed = replaced(value, ("a", 1, "b"), 3)
    assert changed == {"a": [{"b": 1}, {"b": 3}], "c": None}
    assert value["a"][1] == {"b": 2}  # type: ignore[index]  # the example above
    assert read_places(lambda v: [element["b"] for element in v["a"] if "b" in element]
                       if isinstance(v, dict) and isinstance(v["a"], list)
                       and all(isinstance(element, dict) for element in v["a"]) else [], value) == (
        ("a", 0, "b"), ("a", 1, "b"),
    )  # fmt: skip


@pytest.mark.parametrize("place", [("x",), ("a", 5), ("a", "x"), ("c", "x"), ("a", 0, "b", "x")])
def test_nothing_stands_at_a_place_that_is_not_there(place: tuple[str | int, ...]):
    assert not at({"a": [{"b": 1}], "c": None}, place)


@pytest.mark.parametrize(
    ("says", "yes", "no"),
    [
        (
            says_time,
            [
                "ts",
                "detected_at",
                "blockTime",
                "timestampMs",
                "server_time",
                "T_time",
                "updatedAt",
                "time_utc_ms",
            ],
            ["", "ms", "state", "timeout", "latency_ms", "format", "0"],
        ),
        (
            says_counter,
            ["id", "seq", "tradeId", "update_id", "sequence"],
            ["", "userId", "chain_id", "trade_user_id", "data"],
        ),
        (says_fixed, ["chain_id", "code", "errorCode", "version"], ["", "price", "0", "codec"]),
        (says_answer, ["pong", "PONG", "pusher:pong"], ["ping", "heartbeat"]),
    ],
)
def test_names_hint_at_what_values_are(says: Any, yes: list[str], no: list[str]):
    assert [name for name in yes if not says(name)] == []
    assert [name for name in no if says(name)] == []


@pytest.mark.parametrize(
    ("name", "former"),
    [
        ("state", "previous_state"),
        ("state", "prevState"),
        ("to_state", "fromState"),
        ("state", "old_state"),
    ],
)
def test_a_former_value_is_known_by_its_name(name: str, former: str):
    assert name_words(former) in set(former_names(name))


SCHEMAS: dict[str, Any] = {
    "State": {"enum": ["A", "B"]},
    "Loop": {"$ref": "#/schemas/Loop"},
}


@pytest.mark.parametrize(
    ("schema", "place", "values"),
    [
        ({"properties": {"a": {"enum": ["x", "y"]}}}, ("a",), ("x", "y")),
        ({"properties": {"a": {"items": {"enum": [1]}}}}, ("a", 3), (1,)),
        ({"properties": {"a": {"$ref": "#/schemas/State"}}}, ("a",), ("A", "B")),
        ({"$ref": "#/schemas/Loop"}, ("a",), ()),
        ({"$ref": "#/$defs/x"}, ("a",), ()),
        ({"$ref": "#/schemas/None"}, (), ()),
        ({"properties": {"a": True}}, ("a", "b"), ()),
        ({"properties": {"b": {}}}, ("a",), ()),
        ({"enum": 5}, (), ()),
        (None, ("a",), ()),
    ],
)
def test_a_schema_lists_the_values_of_a_place(schema: Any, place: Any, values: Any):
    assert listed(schema, place, SCHEMAS) == values
