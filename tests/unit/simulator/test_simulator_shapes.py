from __future__ import annotations

import json
from typing import Any

import pytest

from wscli.model.message import MISSING
from wscli.model.tables import Rows
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
from wscli.simulator.readback import NoFit, read_back
from wscli.simulator.rows import column_places
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


@pytest.mark.parametrize(
    ("template", "value", "names", "item"),
    [
        ({"a": "${x}", "b": "${item.id}"}, {"a": [1], "b": 2, "c": 3}, {"x": [1]}, {"id": 2}),
        ({"a": "${item}"}, {"a": {"k": 1}}, {}, {"k": 1}),
        ({"a": "${item.k}", "b": "${item}"}, {"a": 1, "b": {"l": 2}}, {}, {"k": 1, "l": 2}),
        ({"a": "${item.k.l}", "b": "${item.k.m}"}, {"a": 1, "b": 2}, {}, {"k": {"l": 1, "m": 2}}),
        (["REQ", "${x:-1}", None], ["REQ", 2, None], {"x": 2}, MISSING),
        ("join ${x}!", "join me!", {"x": "me"}, MISSING),
        ({"a": "${x?}"}, {}, {}, MISSING),
        ({"a": "${x} ${y}"}, {"a": "1 2"}, {}, MISSING),
        ({"a": "${x // y}"}, {"a": 1}, {}, MISSING),
        ({"a": "${x|str}"}, {"a": "1"}, {}, MISSING),
        ({"a": "${item[0]}"}, {"a": 1}, {}, MISSING),
        ("$${x}", "${x}", {}, MISSING),
    ],
)
def test_what_was_filled_in_is_read_back(
    template: Any, value: Any, names: dict[str, Any], item: Any
):
    found = read_back(template, value)
    assert (found.names, found.item) == (names, item)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {}),
        ({"a": "x"}, {"a": "y"}),
        ({"a": "x${y}"}, {"a": "y"}),
        ({"a": "x${y}x"}, {"a": "x"}),
        ({"a": "x${y}"}, {"a": 5}),
        ({"a": 1}, []),
        (["${x}"], {}),
        (["${x}", "${y?}"], [1]),
        ({"a": "${item}", "b": "${item.k}"}, {"a": 1, "b": 2}),
        ({"a": "${item}", "b": "${item}"}, {"a": 1, "b": 2}),
    ],
)
def test_what_comes_of_another_template_is_not_read_back(template: Any, value: Any):
    with pytest.raises(NoFit):
        read_back(template, value)


def test_a_column_of_the_whole_message_has_its_place():
    rows = Rows("t", {"all": "$.at", "each": ".v"}, each=".rows[]")
    message = {"at": 1, "rows": [{"v": 1}, {"v": 2}]}
    assert column_places(rows, "all", message) == (("at",),)
    assert column_places(rows, "each", message) == (("rows", 0, "v"), ("rows", 1, "v"))
    assert column_places(rows, "none", message) == ()


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
