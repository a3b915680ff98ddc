"""Bytes of a terminal become keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.output.keys import BACKSPACE, ENTER, ERASE, ESCAPE, REDRAW, KeyReader


def keys(*pieces: bytes, encoding: str = "utf-8") -> str:
    """Feed the pieces one after the other, then let a moment pass."""
    reader = KeyReader(encoding)
    return "".join(map(reader.feed, pieces)) + reader.decide()


@pytest.mark.parametrize(
    ("pieces", "pressed"),
    [
        ([b"q /sS?e"], "q /sS?e"),
        ([b"\r", b"\n"], ENTER * 2),
        ([b"\x7f\b"], BACKSPACE * 2),
        ([b"\x15\x0c"], ERASE + REDRAW),
        ([b"\x00\x01\t\x1a\x1c"], ""),
        (["日本é".encode()], "日本é"),
        ([b"\xe6", b"\x97", b"\xa5q"], "日q"),
        ([b"\xff\xfeq"], "q"),
        (["\u202e\x9b".encode()], ""),
    ],
)
def test_characters_are_keys_and_so_are_a_few_controls(pieces, pressed):
    assert keys(*pieces) == pressed


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[A",  # an arrow
        "\x1bOB",  # an arrow in the application mode
        "\x1b[5~",
        "\x1b[1;5C",
        "\x1b[200~",
        "\x1b[[A",  # F1 on the Linux console
        "\x1bOP",
        "\x1bq",  # Alt-q
        "\x1b]0;title\x07",
        "\x1b]11;rgb:0/0/0\x1b\\",
        "\x1bPq\x1b\\",
        "\x1b_x\x1b\\",
    ],
)
def test_a_sequence_is_no_key_wherever_it_is_cut(sequence):
    data = sequence.encode()
    for at in range(1, len(data)):
        assert keys(b"a" + data[:at], data[at:] + b"b") == "ab"


def test_escape_is_a_key_when_nothing_follows():
    reader = KeyReader()
    assert reader.feed(b"a\x1b") == "a"
    undecided = reader.undecided
    assert undecided
    assert reader.decide() == ESCAPE
    undecided = reader.undecided
    assert not undecided
    assert reader.decide() == ""


def test_escape_twice_is_two_keys():
    assert keys(b"\x1b\x1b") == ESCAPE * 2
    assert keys(b"\x1b\x1b[A") == ESCAPE


def test_a_sequence_that_never_ends_is_forgotten():
    assert keys(b"\x1b[1;") == ""
    reader = KeyReader()
    for _ in range(100):
        reader.feed(b"\x1b]" + b"x" * 1000)
    assert reader.decide() == ""
    assert reader.feed(b"q") == "q"


def test_the_encoding_is_that_of_the_terminal():
    assert keys(b"\xe9", encoding="iso-8859-1") == "é"
    assert keys("é".encode(), encoding="no such encoding") == "é"


@given(st.binary(max_size=60), st.integers(0, 60))
def test_whatever_comes_gives_keys_that_can_be_shown_or_have_a_name(data, at):
    pressed = keys(data[:at], data[at:])
    assert all(
        key.isprintable() or key in ENTER + BACKSPACE + ERASE + REDRAW + ESCAPE for key in pressed
    )
