"""YAML as a profile uses it: text in, a plain tree with line numbers out, never an exception.

Only what JSON has is typed (true, false, null, numbers); ``no``, ``1:30`` and ``2026-01-01`` are
strings. Tags, merge keys and whatever else could surprise is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from yaml import Event, MarkedYAMLError
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from wscli.errors import Problem
from wscli.loader.yaml_builder import Builder, Keys, LimitPassedError
from wscli.loader.yaml_text import read_text
from wscli.loader.yaml_traps import in_words
from wscli.model.frozen import frozen


class PureParser(Reader, Scanner, Parser):
    """PyYAML's parser in Python, for where libyaml is missing. It gives events, no objects."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def fastest_parser() -> Callable[[str], Any]:
    """Give libyaml's parser, ten times faster, or the one in Python."""
    try:
        # Not at the top, for it is there only where libyaml is; the stubs do not know it.
        from yaml.cyaml import CParser  # type: ignore[attr-defined]  # noqa: PLC0415
    except ImportError:
        return PureParser
    return CParser


@frozen
class Tree:
    """``data``: dicts, lists and scalars; an alias gives the same object once more. ``lines`` has
    the line (from 1) of each key and of each list's element, by its key path; () is the whole.
    """

    data: Any
    lines: Mapping[Keys, int] = field(repr=False)

    def line(self, path: Sequence[str | int]) -> int:
        """Give the line of a key path, or of the nearest place above it that has one."""
        keys = tuple(path)
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)


def read_yaml(
    text: bytes | str, parser: Callable[[str], Any] | None = None
) -> tuple[Tree | None, tuple[Problem, ...]]:
    """Read one YAML document. The tree is None where it could not be read to the end; with
    problems that are no syntax errors it is there, so that more of them can be found. Never raises.
    """
    readable = read_text(text)
    if isinstance(readable, Problem):
        return None, (readable,)
    builder = Builder()
    try:
        for event in _events((parser or fastest_parser())(readable)):
            builder.take(event)
    except LimitPassedError:
        return None, tuple(builder.problems)
    except MarkedYAMLError as error:
        return None, (*builder.problems, in_words(error, readable))
    except Exception as error:  # noqa: BLE001 - PyYAML's parser lets ValueError and others through
        what = f"it is no valid YAML: {str(error)[:100]}."
        return None, (*builder.problems, Problem(0, "", what))
    if not builder.documents:
        return None, (Problem(0, "", "it is empty."),)
    return Tree(builder.root, builder.lines), tuple(builder.problems)


def _events(parser: Any) -> Iterator[Event]:
    while parser.check_event():
        yield parser.get_event()
