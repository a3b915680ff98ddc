"""Plain paths: what profiles use for almost everything."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.jq.expressions import compile_expression
from wscli.model.message import MISSING

VALUE = {
    "op": "update",
    "none": None,
    "err-msg": "x",
    "list": [1, [2, {"deep": 3}]],
    "payload": {"state": "DRIFT", "x": {"y": {"z": {"end": 1}}}, "null": None},
}

FOUND = [
    (".", VALUE),
    (".op", "update"),
    ('."op"', "update"),
    ('.["err-msg"]', "x"),
    ('."err-msg"', "x"),
    (".none", None),
    (".payload.state", "DRIFT"),
    (".payload.null", None),
    ('.payload["state"]', "DRIFT"),
    ('.payload.["x"].y', {"z": {"end": 1}}),
    (".payload.x.y", {"z": {"end": 1}}),
    (".payload.x.y.z", {"end": 1}),
    (".payload.x.y.z.end", 1),
    (".list[0]", 1),
    (".list[1][0]", 2),
    (".list[-1]", [2, {"deep": 3}]),
    (".list[1][1].deep", 3),
    (".list.[1].[0]", 2),
    ("(.payload).state", "DRIFT"),
    ("(.payload.x).y.z", {"end": 1}),
    (".payload?.state?", "DRIFT"),
    (". payload".replace(" ", "") + "\n  .state", "DRIFT"),
]

ABSENT = [
    ".nope",
    ".nope.deeper",
    ".nope.deeper.still",
    ".nope.deeper.still.more",
    ".none.deeper",
    ".payload.nope",
    ".payload.null.deeper",
    ".payload.x.nope",
    ".payload.x.nope.z",
    ".payload.x.y.nope",
    ".payload.x.y.nope.z",
    ".payload.x.y.z.nope",
    ".op.wrong",
    ".op[0]",
    ".list.name",
    ".list.name.deeper",
    ".list[2]",
    ".list[-3]",
    ".list[99999999999999999999]",
    ".op[1]",
    ".none[0]",
    ".[0]",
    ".[0][0]",
    ".payload[0]",
    ".payload.state.wrong",
    ".payload.state.wrong.type",
    '.["0"]',
]


@pytest.mark.parametrize(("source", "expected"), FOUND)
def test_a_plain_path_gives_the_value_that_stands_there(source: str, expected: Any):
    expression = compile_expression(source)
    assert expression.plain
    assert expression.get is not None
    assert expression.get(VALUE) == expected
    assert expression.first(VALUE, {}) == expected
    assert expression.each(VALUE, {}) == [expected]


@pytest.mark.parametrize("source", ABSENT)
def test_a_plain_path_tells_an_absent_value_from_a_null(source: str):
    expression = compile_expression(source)
    assert expression.get is not None
    assert expression.get(VALUE) is MISSING
    assert expression.first(VALUE, {}) is MISSING
    assert expression.each(VALUE, {}) == []


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "text", [], [1], {}, MISSING])
@pytest.mark.parametrize("source", [".a", ".a.b", ".a.b.c", ".a.b.c.d", ".[0].a", ".a[0]", ".[5]"])
def test_a_plain_path_gives_nothing_where_the_value_has_no_such_parts(source: str, value: Any):
    expression = compile_expression(source)
    assert expression.get is not None
    assert expression.get(value) is MISSING


@pytest.mark.parametrize("source", [".a[]", "$x", "$item.a", ".a == 1", ".a | .b", ".a // .b", "1"])
def test_a_path_with_more_in_it_is_not_plain(source: str):
    expression = compile_expression(source)
    assert not expression.plain
    assert expression.get is None


@pytest.mark.parametrize(
    ("source", "expected"), [(".[3]", "phx_reply"), (".[-1]", {}), (".[4]", {})]
)
def test_an_index_points_into_a_message_that_is_an_array(source: str, expected: Any):
    get = compile_expression(source).get
    assert get is not None
    assert get(["1", None, "topic", "phx_reply", {}]) == expected
