"""A message rule's filter, with the user's options filled in."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.messages.match import compile_match
from wscli.messages.where import fill_where
from wscli.templates import Scope

WHERE = {"asset": {"$in": "${asset?}"}, "venue": "${venue?}"}


@pytest.mark.parametrize(
    ("values", "value", "holds"),
    [
        ({}, {"asset": "x"}, True),
        ({}, {}, True),
        ({"asset": ["x", "y"]}, {"asset": "x"}, True),
        ({"asset": ["x", "y"]}, {"asset": "z"}, False),
        ({"asset": ["x"], "venue": "v"}, {"asset": "x", "venue": "v"}, True),
        ({"asset": ["x"], "venue": "v"}, {"asset": "x", "venue": "w"}, False),
    ],
)
def test_a_test_on_an_option_that_was_not_given_holds(values: Any, value: Any, holds: bool) -> None:
    assert compile_match(fill_where(WHERE, Scope(names=values)))(value) is holds


def test_an_element_of_a_list_may_be_left_to_anything() -> None:
    filled = fill_where(["EVENT", "${id?}"], Scope(names={}))
    assert compile_match(filled)(["EVENT", 7])
    assert not compile_match(filled)(["OTHER", 7])


def test_what_holds_no_template_stays_as_it_is() -> None:
    assert fill_where({"a": {"$exists": True}, "b": [1]}, Scope(names={})) == {
        "a": {"$exists": True},
        "b": [1],
    }
