"""The header Sec-WebSocket-Extensions, read from text."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidHeader
from websockets.headers import build_extension, parse_extension

from wscli.transport.extensions import Extension, NotExtensionsError, parse_extensions

TOKEN = st.text("!#$%&'*+.^_`|~09AZaz-", min_size=1, max_size=8)

LISTS: dict[str, tuple[Extension, ...]] = {
    "": (),
    " \t": (),
    ", ,": (),
    "a": (Extension("a"),),
    "a, b": (Extension("a"), Extension("b")),
    ", a ,,b\t": (Extension("a"), Extension("b")),
    "a;x": (Extension("a", (("x", None),)),),
    "a ; x = 1;\ty": (Extension("a", (("x", "1"), ("y", None))),),
    'a; x="1"': (Extension("a", (("x", "1"),)),),
    "a; x, a; x=2": (Extension("a", (("x", None),)), Extension("a", (("x", "2"),))),
    "a; x; x": (Extension("a", (("x", None), ("x", None))),),
    "permessage-deflate; client_max_window_bits": (
        Extension("permessage-deflate", (("client_max_window_bits", None),)),
    ),
}


@pytest.mark.parametrize("text", LISTS)
def test_a_list_of_extensions_is_read(text: str) -> None:
    assert parse_extensions(text) == LISTS[text]


@pytest.mark.parametrize(
    "text",
    [
        "a b",
        ";x",
        "a;",
        "a;;x",
        "a; =1",
        "a; x=",
        "a; x=1=2",
        'a; x=""',
        'a; x="',
        'a; x="1',
        'a; x="1 2"',
        'a; x="1,2"',
        'a; x="1;2"',
        'a; x="\\1"',
        "a; x='1 2'",
        "a\x00",
        "a\nb",
        "é",
        "a; x=\ufffd",
        "\u00a0a",
    ],
)
def test_what_is_no_list_of_extensions_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(NotExtensionsError) as caught:
        parse_extensions(text)
    assert str(caught.value) == "what is no list of extensions"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TOKEN, st.lists(st.tuples(TOKEN, TOKEN | st.none()), max_size=3))))
def test_what_another_library_writes_is_read(
    extensions: list[tuple[str, list[tuple[str, str | None]]]],
) -> None:
    text = build_extension(extensions)  # type: ignore[arg-type]  # their names for str
    assert parse_extensions(text) == tuple(
        Extension(name, tuple(parameters)) for name, parameters in extensions
    )


@settings(max_examples=200, deadline=None)
@given(st.text('ab=;, \t"\\é', max_size=20))
def test_nothing_is_read_that_another_library_does_not_read_so(text: str) -> None:
    with suppress(NotExtensionsError):
        found = parse_extensions(text)
        theirs: list[tuple[str, list[tuple[str, str | None]]]] = []
        with suppress(InvalidHeader):  # which is what it makes of an empty list
            theirs = parse_extension(text.strip(" \t"))  # type: ignore[assignment]  # their names for str
        assert [(each.name, list(each.parameters)) for each in found] == theirs
