"""Pages of help: a little Markdown, shown on a terminal or in a pipe."""

from __future__ import annotations

import pytest

from wscli.cli.page import Code, Heading, Item, Paragraph, Term, parse, render

TEXT = """
# The page

Some text with `code in it`
on two lines.

    a line of code
      an indented one

    after a blank one

## A part

- one item
  on two lines

- another

`--word VALUE`
: what it means,
  on two lines

`x`
: short
"""


def test_a_page_consists_of_blocks():
    assert parse(TEXT) == (
        Heading("The page", 1),
        Paragraph("Some text with `code in it` on two lines."),
        Code(("a line of code", "  an indented one")),
        Code(("after a blank one",)),
        Heading("A part", 2),
        Item("one item on two lines"),
        Item("another"),
        Term("--word VALUE", "what it means, on two lines"),
        Term("x", "short"),
    )


def test_a_page_is_plain_text_in_a_pipe():
    assert render(parse(TEXT), 30, bold=False).split("\n") == [
        "THE PAGE",
        "",
        "Some text with `code in it` on",
        "two lines.",
        "",
        "    a line of code",
        "      an indented one",
        "",
        "    after a blank one",
        "",
        "A part",
        "",
        "- one item on two lines",
        "- another",
        "",
        "  --word VALUE",
        "      what it means, on two",
        "      lines",
        "  x",
        "      short",
    ]


def test_headings_and_what_is_typed_are_bold_on_a_terminal():
    page = parse("# The page\n\nSay `this` now.\n\n`x`\n: that")
    assert render(page, 80, bold=True) == (
        "\x1b[1mTHE PAGE\x1b[0m\n\nSay \x1b[1mthis\x1b[0m now.\n\n  \x1b[1mx\x1b[0m\n      that"
    )


@pytest.mark.parametrize(("columns", "widest"), [(40, 40), (80, 80), (300, 80)])
def test_text_is_wrapped_to_the_terminal_but_stays_readable(columns: int, widest: int):
    lines = render(parse("word " * 100), columns, bold=False).split("\n")
    assert widest - 5 < max(map(len, lines)) <= widest


@pytest.mark.parametrize("columns", [0, 1, 5])
def test_no_terminal_is_too_narrow(columns: int):
    assert "a-very-long-word" in render(parse("- a-very-long-word `and code`"), columns, bold=False)


def test_empty_lines_of_code_stay():
    assert render((Code(("a", "", "b")),), 80, bold=False) == "    a\n\n    b"
