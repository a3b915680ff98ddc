"""A selector in one word: a name and its filters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.loader.selectors import Selector, parse_selector

# What ends in a backslash cannot stand before a comma: there is no way to write that.
WORDS = st.text(max_size=12).filter(lambda text: not text.endswith("\\"))
KEYS = WORDS.filter(lambda text: text and "=" not in text)


def written(selector: Selector) -> str:
    parts = [selector.name, *(f"{key}={value}" for key, value in selector.filters.items())]
    return ",".join(part.replace(",", r"\,") for part in parts)


@settings(max_examples=200)
@given(WORDS.filter(bool), st.dictionaries(KEYS, WORDS, max_size=4))
def test_what_was_written_is_read(name: str, filters: dict[str, str]) -> None:
    assert parse_selector(written(Selector(name, filters))) == Selector(name, filters)


@pytest.mark.parametrize(
    ("text", "name", "filters"),
    [
        ("svm.token.swaps", "svm.token.swaps", {}),
        ("swaps,token=So111", "swaps", {"token": "So111"}),
        ("a,x=1,y=2", "a", {"x": "1", "y": "2"}),
        ("a,x=1=2", "a", {"x": "1=2"}),
        ("a,x=", "a", {"x": ""}),
        (r"a,x=1\,2,y=3", "a", {"x": "1,2", "y": "3"}),
        (r"a\,b", "a,b", {}),
        (r"a,x=c:\d", "a", {"x": r"c:\d"}),
        ("a=b", "a=b", {}),
    ],
)
def test_a_name_comes_first_and_filters_follow(
    text: str, name: str, filters: dict[str, str]
) -> None:
    assert parse_selector(text) == Selector(name, filters)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the name is missing"),
        (",x=1", "the name is missing"),
        ("a,x", "'x' is no key=value"),
        ("a,", "'' is no key=value"),
        ("a,=1", "'=1' is no key=value"),
        ("a,x=1,x=2", "'x' is given twice"),
    ],
)
def test_what_is_no_selector_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_selector(text)
