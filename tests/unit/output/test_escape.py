"""Text that is not ours never acts on a terminal."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.output.escape import encode, legible, printable, printable_json

EVERYTHING = [chr(code) for code in range(sys.maxunicode + 1)]
REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_no_code_point_that_acts_or_hides_gets_through():
    dangerous = [
        character for character in EVERYTHING if unicodedata.category(character) in REFUSED
    ]
    shown = printable("".join(dangerous))
    assert shown.isascii()
    assert shown.isprintable()
    assert shown.count("\\") == len(dangerous)


def test_every_letter_mark_number_sign_and_space_passes_but_those_that_show_nothing():
    held_back = {
        character
        for character in EVERYTHING
        if unicodedata.category(character) not in REFUSED and printable(character) != character
    }
    # Default_Ignorable_Code_Point in Unicode's DerivedCoreProperties.txt, outside of C, without FE0F
    nothing_to_see = {
        *map(
            chr,
            (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0),
        ),
        *map(chr, range(0xFE00, 0xFE0F)),
        *map(chr, range(0xE0100, 0xE01F0)),
    }
    assert held_back == nothing_to_see


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "Zürich €",
        "日本円",
        "שלום",
        "नमस्ते",
        "e\u0301",
        "🚀👍🏽🇨🇭",
        "❤\ufe0f",
        "a\u00a0b\u3000c",
        "[bold]no[/]",
        r"C:\x",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert printable(text) == text
    assert printable_json(text.encode()) == text.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("a\tb\nc\rd", r"a\x09b\x0ac\x0dd"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("a\u200bb\u2028", r"a\u200bb\u2028"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\ue000", r"\ue000"),
        ("👩\u200d🚀", r"👩\u200d🚀"),
    ],
)
def test_what_is_held_back_is_written_as_an_escape(text, shown):
    assert printable(text) == shown


def test_line_breaks_stay_where_they_are_wanted():
    assert printable("a\nb\x1b\n", keep_newlines=True) == "a\nb\\x1b\n"


@given(st.text())
@settings(max_examples=200)
def test_what_was_made_printable_stays_as_it_is(text):
    assert printable(printable(text)) == printable(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(max_examples=200)
def test_escaped_json_says_the_same_value(text):
    line = json.dumps({text: text}, ensure_ascii=False).encode()
    shown = printable_json(line)
    assert json.loads(shown) == {text: text}
    assert printable(shown.decode()) == shown.decode()


def test_escaped_json_uses_pairs_beyond_the_basic_plane():
    assert printable_json('"\U000e0041\x7f"'.encode()) == rb'"\udb40\udc41\u007f"'


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", '{"é":\t"日😀"}\n'.encode()),
        ("latin-1", b'{"\\u00e9":\t"\\u65e5\\ud83d\\ude00"}\n'),
        ("ascii", b'{"\\u00e9":\t"\\u65e5\\ud83d\\ude00"}\n'),
        ("no-such-encoding", b'{"\\u00e9":\t"\\u65e5\\ud83d\\ude00"}\n'),
    ],
)
def test_json_for_a_terminal_that_lacks_a_character_has_escapes(encoding, shown):
    assert printable_json('{"é":\t"日😀"}\n'.encode(), encoding) == shown


def test_json_for_a_terminal_that_has_all_its_characters_stays():
    assert printable_json('"é"'.encode(), "latin-1") == b'"\xe9"'


def test_line_breaks_and_tabs_between_tokens_stay():
    assert printable_json('{"a":\t"\u2028"}\n[]\n'.encode()) == b'{"a":\t"\\u2028"}\n[]\n'


def test_bytes_that_are_no_text_become_a_sign_of_it():
    assert printable_json(b'"\xff"') == '"\ufffd"'.encode()


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("● é…", "utf-8", "● é…".encode()),
        ("é", "iso-8859-1", b"\xe9"),
        ("● é… ✗ · 日", "iso-8859-1", b"* \xe9~ x - \\u65e5"),
        ("é", "ascii", rb"\xe9"),
        ("é", "no such encoding", rb"\xe9"),
    ],
)
def test_what_a_terminal_cannot_show_gets_backslashes(text, encoding, shown):
    assert encode(text, encoding) == shown


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("plain", "ascii", "plain"),
        ("é日…", "utf-8", "é日…"),
        ("é日…", "iso-8859-1", "é\\u65e5~"),
        ("é", "ascii", "\\xe9"),
        ("é", "no such encoding", "\\xe9"),
    ],
)
def test_a_text_can_be_measured_as_it_will_be_written(text, encoding, shown):
    assert legible(text, encoding) == shown
    assert encode(legible(text, encoding), encoding) == encode(text, encoding)
