"""What the environment says about the terminal: colours, signs, letters."""

from __future__ import annotations

import pytest

from wscli.cli.terminal import encoding_of, has_blocks, wants_colour


@pytest.mark.parametrize(
    ("wish", "terminal", "environment", "colour"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(wish: str, terminal: bool, environment: dict[str, str], colour: bool) -> None:
    assert wants_colour(wish, terminal=terminal, environment=environment) is colour


@pytest.mark.parametrize(
    ("stdout", "environment", "encoding"),
    [
        ("utf-8", {}, "utf-8"),
        ("utf-8", {"LANG": "C"}, "utf-8"),  # nobody chose a locale
        ("utf-8", {"LC_ALL": "C"}, "ascii"),
        ("utf-8", {"LC_ALL": "POSIX"}, "ascii"),
        ("utf-8", {"LC_ALL": "C.UTF-8"}, "utf-8"),
        ("utf-8", {"LC_ALL": "C", "PYTHONUTF8": "1"}, "utf-8"),
        ("utf-8", {"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}, "utf-8"),
        ("iso-8859-1", {"LC_ALL": "de_DE"}, "iso-8859-1"),
        (None, {}, "utf-8"),
    ],
)
def test_encoding(stdout: str | None, environment: dict[str, str], encoding: str) -> None:
    assert encoding_of(stdout, "ascii", environment) == encoding


@pytest.mark.parametrize(("term", "blocks"), [("xterm-256color", True), ("linux", False)])
def test_block_characters(term: str, blocks: bool) -> None:
    assert has_blocks({"TERM": term}) is blocks
    assert has_blocks({})
