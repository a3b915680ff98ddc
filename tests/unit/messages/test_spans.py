"""Where values stand in JSON text."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.messages.test_decode import json_values
from wscli.jq.syntax import Iterate, Key, PathStep
from wscli.messages.spans import at_path, elements, members, whole

spaced = st.sampled_from([(",", ":"), (" , ", " :\t"), (",\n", ": ")])


def texts(text: bytes, *steps: PathStep) -> list[bytes]:
    return [text[start:end] for start, end in at_path(text, steps)]


@given(json_values, spaced, st.booleans())
def test_every_part_is_found_as_it_stands(value: Any, marks: Any, ascii_only: bool) -> None:
    text = f" {json.dumps(value, separators=marks, ensure_ascii=ascii_only)}\n".encode(
        errors="backslashreplace"
    )
    start, end = whole(text)
    assert text[start:end] == text.strip()
    if isinstance(value, list):
        found = [json.loads(text[slice(*span)]) for span in elements(text, start)]
        assert found == value
    if isinstance(value, dict):
        named = {key: json.loads(text[slice(*span)]) for key, span in members(text, start).items()}
        assert named == value
        assert list(named) == list(value)


TEXT = b'{"a": {"b": ["x", 1.50, {"c": null}]}, "d\\"": "[", "": {}, "l": [ ]}'


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ((), [TEXT]),
        ((Key("a"), Key("b"), Key(1)), [b"1.50"]),
        ((Key("a"), Key("b"), Key(-1), Key("c")), [b"null"]),
        ((Key("a"), Key("b"), Iterate()), [b'"x"', b"1.50", b'{"c": null}']),
        ((Key("a"), Iterate()), [b'["x", 1.50, {"c": null}]']),
        ((Key('d"'),), [b'"["']),
        ((Key(""),), [b"{}"]),
        ((Key("l"), Iterate()), []),
        ((Key("a"), Key("b"), Key(3)), []),
        ((Key("a"), Key("b"), Key(-4)), []),
        ((Key("a"), Key(0)), []),
        ((Key("l"), Key("x")), []),
        ((Key('d"'), Iterate()), []),
        ((Key('d"'), Key("x")), []),
        ((Key("none"),), []),
    ],
)
def test_a_path_leads_to_what_stands_there(steps: Any, found: list[bytes]) -> None:
    assert texts(TEXT, *steps) == found


def test_of_a_key_that_is_there_twice_the_last_value_counts() -> None:
    text = b'{"a":1,"b":2,"\\u0061":3}'
    assert texts(text, Key("a")) == [b"3"]
    assert texts(text, Iterate()) == [b"2", b"3"]


def test_neither_depth_nor_length_is_a_limit() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert whole(deep) == (0, len(deep))
    long = b'["' + b'\\"' * 500_000 + b'",["' + b'\\"' * 500_000 + b'"]]'
    tracemalloc.start()
    assert [end - start for start, end in elements(long, 0)] == [1_000_002, 1_000_004]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000
