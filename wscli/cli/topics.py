"""The pages of ``wscli help TOPIC``, and the examples of the commands: files of text. Examples name
profiles, so they lie with the profiles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from wscli.cli.exit_codes import EXIT_CODES
from wscli.cli.page import Block, Code, Heading, Paragraph, Term, parse
from wscli.loader.find import bundled_folder
from wscli.loader.package import package_folder
from wscli.model.frozen import frozen

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

TOPICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "exit-codes": "What a script learns from the exit code.",
        "expressions": "jq in five minutes, for --where, --until and --jq.",
        "profiles": "Where they are found, and how to write, check and play one.",
        "secrets": "How to give keys and tokens, and what is never done with them.",
    }
)
"""Each page, and in a few words what it is about."""

_TABLE: Final = Paragraph("<!-- the table -->")


@frozen
class Example:
    """``command``: as it is typed; ``says``: what for, in a few words."""

    command: str
    says: str = ""


def topic(name: str) -> tuple[Block, ...]:
    """Give the page of a topic."""
    return tuple(
        block
        for found in parse(_text(package_folder() / "cli" / "pages", name))
        for block in (_codes() if found == _TABLE else [found])
    )


@cache
def examples() -> Mapping[str, tuple[Example, ...]]:
    """Give the examples of each command, by the command (``wscli tail``)."""
    return {
        heading.text: tuple(_examples(code.lines))
        for heading, code in pairwise(parse(_text(bundled_folder(), "examples")))
        if isinstance(heading, Heading) and isinstance(code, Code)
    }


def _examples(lines: tuple[str, ...]) -> Iterator[Example]:
    says = ""
    for line in lines:
        if line.startswith("# "):
            says = line.removeprefix("# ")
        else:
            yield Example(line, says)
            says = ""


def _codes() -> Iterator[Term]:
    for each in EXIT_CODES:
        yield Term(", ".join(map(str, each.codes)), each.text)


def _text(folder: Traversable, name: str) -> str:
    return (folder / f"{name}.md").read_text("utf-8")
