"""A YAML parser's events become one plain tree with line numbers, and a list of what is refused.

Nothing here is recursive, and each limit is checked before the memory is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from yaml import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from wscli.errors import Problem
from wscli.loader.yaml_scalars import plain_value
from wscli.model.frozen import frozen

Keys: TypeAlias = tuple[str | int, ...]

_MOST_NODES: Final = 100_000  # keys and values, with each alias written out
_MOST_ALIASES: Final = 100
_DEEPEST: Final = 50  # levels of nesting, with each alias written out
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def key_path(keys: Sequence[str | int]) -> str:
    """Write a key path as users do: ``session[0].send``."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")


def _line(event: Any) -> int:
    """The line of an event, from 1. Each event of a parser has a mark, whatever the stubs say."""
    line: int = event.start_mark.line
    return line + 1


class LimitPassedError(Exception):
    """Reading on makes no sense; the problem is in the builder's list."""


@dataclass(slots=True)
class _Collection:
    """A mapping or sequence that is being read. In a mapping ``key`` is the one whose value comes
    next, None where a key must come. ``first`` counts the nodes before it, ``depth`` its levels.
    """

    data: Any
    keys: Keys
    anchor: str | None
    first: int
    key: str | None = None
    is_repeated: bool = False  # the key was there before; its first value stays
    depth: int = 1


@frozen
class _Anchored:
    """What an anchor stands for, once it is read to its end."""

    data: Any
    nodes: int
    depth: int


class Builder:
    """Puts one document together. ``root`` is its data, ``lines`` the line of each key and element
    by key path; what stands below an alias has no lines of its own.
    """

    def __init__(self) -> None:
        self.root: Any = None
        self.lines: dict[Keys, int] = {(): 1}
        self.problems: list[Problem] = []
        self.documents = 0
        self._open: list[_Collection] = []
        self._anchors: dict[str, _Anchored | None] = {}  # None while it is being read
        self._aliases = 0
        self._nodes = 0

    def take(self, event: Event) -> None:
        """Take the next event. Raises LimitPassedError."""
        match event:
            case ScalarEvent():
                self._take_scalar(event)
            case CollectionStartEvent():
                self._begin(event)
            case CollectionEndEvent():
                self._end()
            case AliasEvent():
                self._take_alias(event)
            case DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self._give_up(event, "a second document begins here.", "Keep one in a file.")
            case _:
                pass

    def _take_scalar(self, event: Any) -> None:
        self._count(event, 1)
        self._check_tag(event)
        text = event.value
        is_plain = event.implicit[0]  # unquoted, so that what it looks like decides
        if event.style == '"' and _SURROGATE.search(text):
            self._tell(event, "half a character is escaped here.", "Write the character itself.")
        if self._expects_key():
            self._take_key(event, text, is_plain=is_plain)
            data: Any = text
        else:
            data, what = plain_value(text) if is_plain else (text, "")
            if what:
                self._tell(event, what, "Quote it.")
            self._mark(event)
            self._put(data, 0)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(data, 1, 0)

    def _take_key(self, event: Event, text: str, *, is_plain: bool) -> None:
        top = self._open[-1]
        top.key, top.is_repeated = text, text in top.data
        keys = self._here()
        if top.is_repeated:
            what = f'the key "{text}" is there already, on line {self.lines[keys]}.'
            self._tell(event, what, "Keep one of them.")
        elif is_plain and text == "<<":
            what = "keys are not merged with <<."
            self._tell(event, what, "Write them out, or let the profile extend another.")
        elif is_plain and not text:
            self._tell(event, "a key is missing before the colon.")
        self.lines.setdefault(keys, _line(event))

    def _begin(self, event: Any) -> None:
        self._count(event, 1)
        self._check_tag(event)
        if self._expects_key():
            what = "a mapping or a list cannot be a key."
            self._tell(event, what, "Quote the key, or the value that begins with { or [.")
        if len(self._open) == _DEEPEST:
            self._give_up(event, f"this nests deeper than {_DEEPEST} levels.")
        data: Any = {} if isinstance(event, MappingStartEvent) else []
        keys = self._here()
        self._mark(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Collection(data, keys, event.anchor, self._nodes))

    def _end(self) -> None:
        done = self._open.pop()
        if done.anchor is not None:
            nodes = 1 + self._nodes - done.first
            self._anchors[done.anchor] = _Anchored(done.data, nodes, done.depth)
        self._put(done.data, done.depth)

    def _take_alias(self, event: Any) -> None:
        self._aliases += 1
        if self._aliases > _MOST_ALIASES:
            self._give_up(event, f"more than {_MOST_ALIASES} aliases are used.")
        anchored = self._anchors.get(event.anchor)
        if self._expects_key():
            self._tell(event, "an alias cannot be a key.", "Quote it, or write the key out.")
        elif event.anchor not in self._anchors:
            remedy = "Quote a value that begins with *."
            self._tell(event, f"there is no anchor &{event.anchor}.", remedy)
        elif anchored is None:
            self._tell(event, f"*{event.anchor} stands inside of what it stands for.")
        elif len(self._open) + anchored.depth > _DEEPEST:
            self._tell(event, f"this nests deeper than {_DEEPEST} levels, with *{event.anchor}.")
            anchored = None
        self._count(event, anchored.nodes if anchored else 1)
        self._mark(event)
        self._put(anchored.data if anchored else None, anchored.depth if anchored else 0)

    def _expects_key(self) -> bool:
        if not self._open:
            return False
        top = self._open[-1]
        return isinstance(top.data, dict) and top.key is None

    def _here(self) -> Keys:
        """The key path of what comes next; what stands as a key has that of its mapping."""
        if not self._open:
            return ()
        top = self._open[-1]
        if isinstance(top.data, list):
            return (*top.keys, len(top.data))
        return top.keys if top.key is None else (*top.keys, top.key)

    def _mark(self, event: Event) -> None:
        """Remember the line of a list's element; a key has been remembered by its own."""
        if self._open and isinstance(self._open[-1].data, list):
            self.lines.setdefault(self._here(), _line(event))

    def _put(self, data: Any, depth: int) -> None:
        if not self._open:
            self.root = data
            return
        top = self._open[-1]
        top.depth = max(top.depth, depth + 1)
        if isinstance(top.data, list):
            top.data.append(data)
        elif top.key is None:  # a key that is no scalar, told already; its value is thrown away
            top.key, top.is_repeated = "", True
        else:
            if not top.is_repeated:
                top.data[top.key] = data
            top.key = None

    def _check_tag(self, event: Any) -> None:
        if event.tag is not None:
            tag = event.tag.removeprefix("tag:yaml.org,2002:")
            what = f"the tag {tag} is not read: a profile holds plain data."
            self._tell(event, what, "Take it out, or quote a value that begins with !.")

    def _count(self, event: Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > _MOST_NODES:
            self._give_up(event, f"the file holds more than {_MOST_NODES:,} keys and values.")

    def _tell(self, event: Event, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(_line(event), key_path(self._here()), what, remedy))

    def _give_up(self, event: Event, what: str, remedy: str = "") -> None:
        self._tell(event, what, remedy)
        raise LimitPassedError
