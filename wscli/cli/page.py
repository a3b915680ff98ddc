"""Pages of help, written in a little Markdown: what they consist of, and how they are shown.

A block is a heading (``#``, ``##``), lines of code (indented by four), an item (``- ``), a term
with its meaning (a line of one term in backquotes, then ``: meaning``) or a paragraph. Blank lines
stand between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import TextWrapper
from typing import Final, TypeAlias, assert_never

from wscli.model.frozen import frozen

_CODE: Final = " " * 4
_TERM: Final = re.compile(r"`([^`]+)`\n: ", re.DOTALL)
_QUOTED: Final = re.compile(r"`([^`]+)`", re.DOTALL)
_WIDEST: Final = 80  # columns: longer lines are hard to read
_INDENT: Final = "  "
BOLD: Final = "\x1b[1m{}\x1b[0m"
"""How a text is made bold on a terminal."""


@frozen
class Heading:
    """``level`` is 1 for the page's own."""

    text: str
    level: int


@frozen
class Paragraph:
    """Running text on one line; backquotes stand around what is typed."""

    text: str


@frozen
class Item:
    """One of a list."""

    text: str


@frozen
class Term:
    """A word and its meaning."""

    word: str
    text: str


@frozen
class Code:
    """Lines as they are typed."""

    lines: tuple[str, ...]


Block: TypeAlias = Heading | Paragraph | Item | Term | Code


def parse(text: str) -> tuple[Block, ...]:
    """Give the blocks of a page."""
    return tuple(_block(part) for part in re.split(r"\n\s*?\n(?!\s*\n)", text.strip("\n")))


def render(blocks: tuple[Block, ...], columns: int, *, bold: bool) -> str:
    """Give the page as text, wrapped to so many columns, but for code. With ``bold`` headings are
    bold, and so is what is typed, in place of its backquotes.
    """
    texts: list[str] = []
    for before, block in zip((None, *blocks), blocks, strict=False):
        lists = isinstance(block, Item | Term) and type(before) is type(block)
        texts += [] if before is None or lists else [""]
        texts += _shown(block, min(columns, _WIDEST), bold=bold)
    return "\n".join(texts)


def _block(part: str) -> Block:
    if part.startswith(_CODE):
        return Code(tuple(line.removeprefix(_CODE) for line in part.split("\n")))
    if found := _TERM.match(part):
        return Term(found[1], _joined(part[found.end() :]))
    if part.startswith("#"):
        marks, _, text = part.partition(" ")
        return Heading(text, len(marks))
    if part.startswith("- "):
        return Item(_joined(part[2:]))
    return Paragraph(_joined(part))


def _joined(text: str) -> str:
    return " ".join(text.split())


def _shown(block: Block, columns: int, *, bold: bool) -> Iterator[str]:
    match block:
        case Heading(text, level):
            title = text.upper() if level == 1 else text
            yield BOLD.format(title) if bold else title
        case Paragraph(text):
            yield _wrapped(text, columns, "", "", bold=bold)
        case Item(text):
            yield _wrapped(text, columns, "- ", _INDENT, bold=bold)
        case Term(word, text):
            yield _INDENT + (BOLD.format(word) if bold else word)
            yield _wrapped(text, columns, _INDENT * 3, _INDENT * 3, bold=bold)
        case Code(lines):
            yield from (_INDENT * 2 + line if line else "" for line in lines)
        case _:
            assert_never(block)


def _wrapped(text: str, columns: int, first: str, further: str, *, bold: bool) -> str:
    wrapper = TextWrapper(
        max(columns, len(further) + 1),
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = wrapper.fill(text)
    return _QUOTED.sub(lambda found: BOLD.format(found[1]), lines) if bold else lines
