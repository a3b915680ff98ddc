"""Templates read backwards: what must have been filled in for a value to come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from wscli.jq.parser import parse
from wscli.jq.syntax import Key, Path
from wscli.messages.match import same
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.templates.syntax import (
    DefaultStage,
    NameSource,
    Part,
    PathSource,
    Placeholder,
    Root,
    parse_string,
)

_ROOTS: Final = {Root.ITEM: "item", Root.MESSAGE: "$", Root.ELEMENT: ""}


@frozen
class Found:
    """What was read back. ``names``: the values of ``${name}``; ``item`` and ``element``: as much
    of them as was seen, MISSING where that is nothing.
    """

    names: Mapping[str, Any] = field(default_factory=dict)
    item: Any = MISSING
    element: Any = MISSING


class NoFit(Exception):  # noqa: N818 - no error: the value came of something else
    """The value does not come of the template."""


def read_back(template: Any, value: Any) -> Found:
    """Give what was filled into a template; the value may hold further keys. What several sources,
    several values in one text or a filter stand for is not looked at. Raises NoFit where something
    literal differs.
    """
    reading = _Reading()
    reading.read(template, value)
    roots = reading.roots
    return Found(reading.names, roots[Root.ITEM], roots[Root.ELEMENT])


def keys_of(source: PathSource) -> tuple[str, ...] | None:
    """Give the keys that a source's path goes through, None where there is an index among them."""
    path = source.text.removeprefix(_ROOTS[source.root]).strip()
    node = parse(path if path.startswith(".") else f".{path}", None)
    steps = node.steps if isinstance(node, Path) else ()
    keys = [step.name for step in steps if isinstance(step, Key) and isinstance(step.name, str)]
    return tuple(keys) if len(keys) == len(steps) else None


def placeholders(template: str) -> list[Placeholder]:
    """Give the placeholders of a text."""
    return [part for part in parse_string(template, None) if isinstance(part, Placeholder)]


class _Reading:
    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.roots: dict[Root, Any] = dict.fromkeys(Root, MISSING)

    def read(self, template: Any, value: Any) -> None:
        match template:
            case str():
                self._string(template, value)
            case dict():
                if not isinstance(value, dict):
                    raise NoFit
                for key, sub in template.items():
                    self._member(sub, value.get(key, MISSING))
            case list() | tuple():
                if not isinstance(value, list):
                    raise NoFit
                self._elements(template, value)
            case _:
                if not same(template, value):
                    raise NoFit

    def _member(self, template: Any, value: Any) -> None:
        if value is not MISSING:
            self.read(template, value)
        elif not optional(template):
            raise NoFit

    def _elements(self, templates: Sequence[Any], values: list[Any]) -> None:
        if len(templates) != len(values):  # which of them was left out cannot be told
            raise NoFit
        for template, value in zip(templates, values, strict=True):
            self.read(template, value)

    def _string(self, template: str, value: Any) -> None:
        parts = parse_string(template, None)
        inside = [part for part in parts if isinstance(part, Placeholder)]
        if not inside:
            if value != "".join(map(str, parts)):
                raise NoFit
        elif len(parts) == 1:
            self._bind(inside[0], value)
        elif len(inside) == 1:
            self._bind(inside[0], _between(parts, value))

    def _bind(self, placeholder: Placeholder, value: Any) -> None:
        if len(placeholder.sources) > 1:
            return
        if not all(isinstance(stage, DefaultStage) for stage in placeholder.stages):
            return
        (source,) = placeholder.sources
        if isinstance(source, NameSource):
            self.names[source.text] = value
            return
        keys = keys_of(source)
        if keys is not None:
            self.roots[source.root] = _put(self.roots[source.root], keys, value)


def optional(template: Any) -> bool:
    """Whether a member of a template may be left out."""
    if not isinstance(template, str):
        return False
    found = placeholders(template)
    return any(placeholder.optional for placeholder in found)


def _between(parts: Sequence[Part], value: Any) -> str:
    """Give what stands for the one placeholder in a text."""
    begin = parts[0] if isinstance(parts[0], str) else ""
    end = parts[-1] if isinstance(parts[-1], str) else ""
    fits = isinstance(value, str) and value.startswith(begin) and value.endswith(end)
    if not fits or len(value) < len(begin) + len(end):
        raise NoFit
    return str(value[len(begin) : len(value) - len(end)])


def _put(tree: Any, keys: tuple[str, ...], value: Any) -> Any:
    """Give a tree with a value at these keys; two values for one place must be the same."""
    if not keys:
        if isinstance(tree, dict) and isinstance(value, dict):
            return {**value, **tree}
        if tree is not MISSING and not same(tree, value):
            raise NoFit
        return value
    if tree is not MISSING and not isinstance(tree, dict):
        raise NoFit
    inside: dict[str, Any] = tree if isinstance(tree, dict) else {}
    return {**inside, keys[0]: _put(inside.get(keys[0], MISSING), keys[1:], value)}
