"""JSON in a string is replaced by what it says, and nothing else is touched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.messages.test_decode import json_values
from wscli.errors import ExpressionError
from wscli.messages.decode import decode
from wscli.messages.parse import compile_parse


def parsed(text: bytes, *paths: str) -> tuple[bytes, Any]:
    value, problem = decode(text)
    assert problem == ""
    return compile_parse(paths)(text, value)


@pytest.mark.parametrize(
    ("paths", "text", "made"),
    [
        (
            [".data"],
            rb'{ "event" : "e", "data" : "{\"b\":0.10,\"a\":18446744073709551615,\"c\":1e400}" }',
            rb'{ "event" : "e", "data" : {"b":0.10,"a":18446744073709551615,"c":1e400} }',
        ),
        (
            [".data"],
            rb'{"data":"[1, \"x\\ny\"]","z":"\u00e9"}',
            rb'{"data":[1, "x\ny"],"z":"\u00e9"}',
        ),
        ([".data"], rb'{"data":" \n{}\t"}', b'{"data": \n{}\t}'),
        ([".data"], b'{"data":"12"}', b'{"data":12}'),
        ([".data"], rb'{"data":"\"x\""}', b'{"data":"x"}'),
        ([".event[]"], rb'{"event":["{}","x","[1]",3]}', b'{"event":[{},"x",[1],3]}'),
        (
            [".a[].b"],
            rb'{"a":[{"b":"1"},{"c":"1"},{"b":"2"}]}',
            b'{"a":[{"b":1},{"c":"1"},{"b":2}]}',
        ),
        ([".a[]"], rb'{"a":{"x":"1","y":"no"}}', b'{"a":{"x":1,"y":"no"}}'),
        ([".[1]"], b'["1","2"]', b'["1",2]'),
        ([".[-1]?"], b'["1","2"]', b'["1",2]'),
        (["."], rb'"{\"a\":1}"', b'{"a":1}'),
        ([".a", ".a.b"], rb'{"a":"{\"b\":\"[0.10]\"}"}', b'{"a":{"b":[0.10]}}'),
        ([".a"], b'{"a":"1","b":2,"a":"3"}', b'{"a":"1","b":2,"a":3}'),
        ([".[]"], b'{"a":"1","b":"2","a":"3"}', b'{"a":"1","b":2,"a":3}'),
    ],
)
def test_a_string_is_replaced_by_its_own_json_text(
    paths: list[str], text: bytes, made: bytes
) -> None:
    found, value = parsed(text, *paths)
    assert found == made
    assert (value, "") == decode(made)


@pytest.mark.parametrize(
    "text",
    [
        b'{"data":"plain text"}',
        b'{"data":""}',
        b'{"data":{"a":"1"}}',
        b'{"data":null}',
        b'{"other":"1"}',
        b"[1]",
        rb'{"data":"{\"a\":1"}',
        rb'{"data":"1,\"x\":2"}',
        rb'{"data":"1}"}',
        rb'{"data":"NaN"}',
        rb'{"data":"\"\ud800\""}',
        b'{"data":"' + b"[" * 2000 + b"]" * 2000 + b'"}',
    ],
)
def test_what_is_no_json_in_a_string_stays(text: bytes) -> None:
    value, _ = decode(text)
    found, same = compile_parse([".data"])(text, value)
    assert found is text
    assert same is value


def test_what_would_be_too_deep_together_stays_apart() -> None:
    text = b"[" * 600 + b'{"data":"' + b"[" * 600 + b"]" * 600 + b'"}' + b"]" * 600
    path = "." + "[0]" * 600 + ".data"
    found, _ = parsed(text, path)
    assert found is text


@given(
    st.dictionaries(st.text().map("a".__add__), json_values, max_size=3),
    json_values,
    st.dictionaries(st.text().map("z".__add__), json_values, max_size=3),
    st.sampled_from([(",", ":"), (" , ", " : ")]),
)
def test_only_the_string_changes(before: Any, inner: Any, after: Any, marks: Any) -> None:
    said = json.dumps(inner, separators=marks)
    text = json.dumps({**before, "data": said, **after}, separators=marks)
    assume(all(decode(each.encode())[0] == json.loads(each) for each in (said, text)))  # 64 bits
    found, value = parsed(text.encode(), ".data")
    assert value == {**before, "data": inner, **after}
    assert json.loads(found) == value
    at = len(json.dumps({**before, "data": 0}, separators=marks)) - len("0}")
    behind = at + len(json.dumps(said))
    assert found.decode() == text[:at] + said + text[behind:]


@pytest.mark.parametrize("source", [".a // .b", "$x", ".a | .b", "(.a // .b).c", "length"])
def test_only_a_path_can_be_parsed(source: str) -> None:
    with pytest.raises(ExpressionError):
        compile_parse([source])
