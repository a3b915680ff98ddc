"""Messages made of the elements of another, or of an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.messages.test_decode import json_values
from wscli.messages.split import Elements, Splitter, elements
from wscli.model.message import MISSING
from wscli.model.profile import Split
from wscli.model.secret import Secret


def parts(split: Split, text: bytes) -> list[tuple[bytes, str]]:
    return [(part.text, part.problem) for part in Splitter(split).parts(text)]


def texts(each: str | None, shape: Any, text: bytes, sort: str | None = None, **names: Any) -> Any:
    found = elements(each, shape, sort, text, names=names, item={"id": 7})
    assert (found.skipped, found.problem) == (0, "")
    return list(found.texts)


EVENTS = Split(".payload | (.events? // arrays)[]", {"type": "EVENT", "payload": "${.}"})


@pytest.mark.parametrize(
    ("split", "text", "made"),
    [
        (
            EVENTS,
            b'{"payload":[{"b":0.10,"a":18446744073709551616},1e400,-0]}',
            [
                b'{"type":"EVENT","payload":{"b":0.10,"a":18446744073709551616}}',
                b'{"type":"EVENT","payload":1e400}',
                b'{"type":"EVENT","payload":-0}',
            ],
        ),
        (EVENTS, b'{"payload":{"events":[{}]}}', [b'{"type":"EVENT","payload":{}}']),
        (EVENTS, b'{"payload":{"id":1}}', []),
        (EVENTS, b'{"payload":[]}', []),
        (EVENTS, b"7", []),
        (Split(".data[]"), b'{"data":[{"x": 0.10}, [1.0]]}', [b'{"x":0.10}', b"[1.0]"]),
        (
            Split(".data[]", {"at": "${$.at}", "text": "n=${.n}", "more": "${.more?}"}),
            b'{"at":1.50,"data":[{"n":0.10},{"n":2,"more":3.0}]}',
            [b'{"at":1.50,"text":"n=0.10"}', b'{"at":1.50,"text":"n=2","more":3.0}'],
        ),
        (Split(".data[]", "${.x?}"), b'{"data":[{},{"x":0.10}]}', [b"0.10"]),
        (Split(".data[]", {"n": "${.|json}"}), b'{"data":[0.10]}', [b'{"n":"0.10"}']),
        (Split(".data[]", {"n": "${.|int}"}), b'{"data":[1.0]}', [b'{"n":1}']),
    ],
)
def test_a_message_stands_for_its_elements(split: Split, text: bytes, made: list[bytes]) -> None:
    assert parts(split, text) == [(one, "") for one in made]


def test_elements_that_cannot_be_shaped_are_told_at_the_end() -> None:
    text = b'{"data":[{"x":1},{},{"x":2},{"y":1}]}'
    found = parts(Split(".data[]", {"x": "${.x}"}), text)
    assert found == [
        (b'{"x":1}', ""),
        (b'{"x":2}', ""),
        (text, "incompletely split: 2 elements make no message, ${.x}: .x is not set"),
    ]


def test_what_is_too_deep_to_be_taken_apart_has_no_elements() -> None:
    assert parts(Split(".[]"), b"[" * 200_000 + b"]" * 200_000) == []


def test_an_element_that_is_too_deep_to_be_written_is_told() -> None:
    text = b'{"data":[1,' + b"[" * 600 + b"1.0" + b"]" * 600 + b"]}"
    found = parts(Split(".data[]"), text)
    assert found[0] == (b"1", "")
    assert len(found) == 2
    assert found[1][0] == text or found[1][0].startswith(b"[[[")  # as deep as Python goes


@given(st.lists(json_values, max_size=4))
def test_elements_keep_their_value(values: list[Any]) -> None:
    found = parts(Split(".data[]"), json.dumps({"data": values}).encode())
    assert [json.loads(text) for text, _ in found] == values


# --- answers -------------------------------------------------------------------------------------


def test_without_each_an_answer_is_a_list_or_one_element() -> None:
    assert texts(None, MISSING, b'[{"a": 0.10}, 2]') == [b'{"a":0.10}', b"2"]
    assert texts(None, MISSING, b'{"a": 0.10}') == [b'{"a":0.10}']


def test_an_answer_is_shaped_with_everything_at_hand() -> None:
    shape = {"e": "${.}", "m": "${$.cursor}", "i": "${item.id}", "o": "${asset}"}
    made = texts(".items[]", shape, b'{"cursor":9.0,"items":[0.10]}', asset="eth")
    assert made == [b'{"e":0.10,"m":9.0,"i":7,"o":"eth"}']


def test_an_option_can_stand_in_the_expressions() -> None:
    assert texts(".items[] | ($which // .)", MISSING, b'{"items":[1]}', which="x") == [b'"x"']


def test_a_secret_is_never_part_of_a_message() -> None:
    assert texts(None, {"key": "${token}"}, b"[1]", token=Secret("s3cr3t")) == [b'{"key":"***"}']


@pytest.mark.parametrize(
    ("ids", "ordered"),
    [
        ("3,1,2", "1,2,3"),
        ("10,9,1.5,1e1,0.10", "0.10,1.5,9,10,1e1"),
        ("18446744073709551618,18446744073709551617", "18446744073709551617,18446744073709551618"),
        ('"b","a","B"', '"B","a","b"'),
        (
            '"2026-05-26T14:32:12Z","2026-05-26T14:32:11.5Z"',
            '"2026-05-26T14:32:11.5Z","2026-05-26T14:32:12Z"',
        ),
        ('null,"10",true,9,[1],"9",{},false,1', '1,9,"10","9",null,true,[1],{},false'),
    ],
)
def test_messages_are_sorted_by_number_or_by_text(ids: str, ordered: str) -> None:
    answer = f"[{ids}]".encode()
    made = texts(None, {"id": "${.}"}, answer, ".id")
    assert b",".join(one[6:-1] for one in made) == ordered.encode()


def test_messages_without_anything_to_sort_by_come_last_as_they_came() -> None:
    made = texts(None, MISSING, b'[{"x":1},{"id":2,"x":2},{"x":3},{"id":1,"x":4},{"id":2}]', ".id")
    assert [json.loads(one).get("x") for one in made] == [4, 2, None, 1, 3]


@given(st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False), max_size=8))
def test_numbers_are_sorted_as_numbers(numbers: list[float]) -> None:
    made = texts(None, {"n": "${.}"}, json.dumps(numbers).encode(), ".n")
    assert [json.loads(one)["n"] for one in made] == sorted(numbers)


def test_elements_that_cannot_be_shaped_are_skipped_and_counted() -> None:
    found = elements(".[]", {"x": "${.x}"}, ".x", b'[{"x":2},{},{"x":1},{"y":0}]', names={})
    assert found == Elements((b'{"x":1}', b'{"x":2}'), 2, "${.x}: .x is not set")


def test_what_leaves_itself_out_is_not_counted() -> None:
    assert elements(None, "${.x?}", None, b'[{"x":2},{}]', names={}) == Elements((b"2",))


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"<html>", "no JSON: "),
        (b"", "no JSON: "),
        (b"[" * 5000 + b"]" * 5000, "JSON nested too deeply"),
        (b"[" * 1020 + b"]" * 1020, "JSON nested too deeply"),
    ],
)
def test_an_answer_that_cannot_be_read_is_said(answer: bytes, problem: str) -> None:
    found = elements(None, MISSING, None, answer, names={})
    assert found.texts == ()
    assert found.problem.startswith(problem)
