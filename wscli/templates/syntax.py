"""Reads the strings of a template: literal text and ``${...}``.

    ${ SOURCE // SOURCE ... |filter |filter("argument") :-JSON ? }

Filters and the default apply from left to right; a ``?`` at the end leaves out what is unset.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from difflib import get_close_matches
from enum import Enum, auto
from math import isfinite
from typing import Any, Final, TypeAlias

from wscli.errors import ExpressionError, TemplateError
from wscli.jq.expressions import First, compile_expression
from wscli.model.frozen import frozen
from wscli.templates.filters import FILTERS, Filter


class Root(Enum):
    """Where a path begins."""

    ELEMENT = auto()  # ${.}
    MESSAGE = auto()  # ${$}
    ITEM = auto()  # ${item}


@frozen
class NameSource:
    """An option, a captured or a computed value; ``text`` is its name."""

    text: str


@frozen
class PathSource:
    """A part of the element, the message or the item; ``text`` as written."""

    text: str
    root: Root
    path: First


Source: TypeAlias = NameSource | PathSource


@frozen
class FilterStage:
    """``|name`` or ``|name("argument")``."""

    name: str
    used: Filter
    argument: str = ""


@frozen
class DefaultStage:
    """``:-JSON``."""

    value: Any


Stage: TypeAlias = FilterStage | DefaultStage


@frozen
class Placeholder:
    """One ``${...}``; ``text`` as written."""

    text: str
    sources: tuple[Source, ...]
    stages: tuple[Stage, ...]
    optional: bool

    @property
    def names(self) -> frozenset[str]:
        """The names that it may look up."""
        return frozenset(each.text for each in self.sources if isinstance(each, NameSource))

    @property
    def roots(self) -> frozenset[Root]:
        """Where its paths begin."""
        return frozenset(each.root for each in self.sources if isinstance(each, PathSource))

    @property
    def required(self) -> frozenset[str]:
        """The name without which it cannot be filled in, as a set of one or none."""
        spared = self.optional or any(isinstance(stage, DefaultStage) for stage in self.stages)
        return frozenset() if spared or len(self.sources) > 1 else self.names


Part: TypeAlias = str | Placeholder

_OPENING: Final = re.compile(r"\$\$\{|\$\{")
_SPACE: Final = re.compile(r"\s*")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_STEP: Final = rf"""
    \. (?: [A-Za-z_][A-Za-z0-9_]* | {_STRING} )
  | \.? \[ \s* (?: -? [0-9]+ | {_STRING} ) \s* \]
"""
_STEPS: Final = re.compile(rf"(?: (?:{_STEP}) (?: \? (?= [.\[] ) )? )*", re.VERBOSE | re.DOTALL)
_ARGUMENT: Final = re.compile(rf"\s*\(\s*({_STRING})\s*\)", re.DOTALL)


def parse_string(string: str, names: Collection[str] | None) -> tuple[Part, ...]:
    """Cut a string into literal text and placeholders, none of the texts empty. TemplateError for
    what does not parse, an unknown filter, or a name that is not in ``names`` (None: any).
    """
    parts: list[Part] = []
    literal, position = "", 0
    while match := _OPENING.search(string, position):
        literal += string[position : match.start()]
        position = match.end()
        if match.group() == "$${":
            literal += "${"
            continue
        if literal:
            parts.append(literal)
            literal = ""
        reader = _Reader(string, match.start(), names)
        parts.append(reader.placeholder())
        position = reader.position
    literal += string[position:]
    return (*parts, literal) if literal else tuple(parts)


class _Reader:
    """Reads one placeholder of ``string``, which begins at ``start``."""

    def __init__(self, string: str, start: int, names: Collection[str] | None) -> None:
        self._string = string
        self._start = start
        self._names = names
        self.position = start + len("${")

    def placeholder(self) -> Placeholder:
        """Read up to the closing brace; ``position`` is behind it then."""
        sources = [self._source()]
        while self._accept("//"):
            sources.append(self._source())
        stages: list[Stage] = []
        while stage := self._stage():
            stages.append(stage)
        optional = self._accept("?")
        if not self._accept("}"):
            raise self._unclosed(after_mark=optional)
        text = self._string[self._start : self.position]
        return Placeholder(text, tuple(sources), tuple(stages), optional)

    def _source(self) -> Source:
        self._skip_space()
        start = self.position
        if self._accept("$"):
            return self._path(Root.MESSAGE, start)
        if self._string.startswith(".", start):
            return self._path(Root.ELEMENT, start)
        name = self._match(_NAME)
        if not name:
            raise self._error("a name or a path is missing")
        if name == "item":
            return self._path(Root.ITEM, start)
        if self._string.startswith((".", "["), self.position):
            raise self._error(f"{name} has no parts, only item, . and $ have")
        if self._names is not None and name not in self._names:
            close = get_close_matches(name, self._names, n=1)
            hint = f"Did you mean ${{{close[0]}}}?" if close else None
            raise self._error(f"{name} is not known here", start, hint=hint)
        return NameSource(name)

    def _path(self, root: Root, start: int) -> PathSource:
        path = self._match(_STEPS)
        if root is Root.ELEMENT and not path:
            self.position += len(".")
        try:
            expression = compile_expression(path if path.startswith(".") else f".{path}")
        except ExpressionError as error:
            raise self._error(error.what, start) from None
        return PathSource(self._string[start : self.position], root, expression.first)

    def _stage(self) -> Stage | None:
        if self._accept("|"):
            return self._filter()
        return self._default() if self._accept(":-") else None

    def _filter(self) -> FilterStage:
        self._skip_space()
        start = self.position
        name = self._match(_NAME)
        used = FILTERS.get(name)
        if used is None:
            hint = f"There are {', '.join(sorted(FILTERS))}."
            raise self._error(f"there is no filter {name!r}", start, hint=hint)
        if not used.argument:
            return FilterStage(name, used)
        argument = _ARGUMENT.match(self._string, self.position)
        if argument is None:
            raise self._error(f'{name} is written {name}(",")')
        self.position = argument.end(1)
        separator = self._json(argument.start(1))
        self.position = argument.end()
        return FilterStage(name, used, separator)

    def _default(self) -> DefaultStage:
        self._skip_space()
        return DefaultStage(self._json(self.position))

    def _json(self, start: int) -> Any:
        """Read a JSON value."""
        try:
            value, self.position = _DECODER.raw_decode(self._string, start)
        except (ValueError, RecursionError):
            hint = 'A text stands in quotes: ${x:-"text"}.'
            raise self._error("this is no JSON value", start, hint=hint) from None
        return value

    def _accept(self, token: str) -> bool:
        self._skip_space()
        found = self._string.startswith(token, self.position)
        self.position += len(token) * found
        return found

    def _skip_space(self) -> None:
        self._match(_SPACE)

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._string, self.position)
        if match is None:
            return ""
        self.position = match.end()
        return match.group()

    def _unclosed(self, *, after_mark: bool) -> TemplateError:
        if self.position == len(self._string):
            return self._error("this ${ has no closing }", self._start)
        if after_mark:
            return self._error("? stands last in ${...}")
        return self._error(f"unexpected {self._string[self.position]!r}")

    def _error(
        self, what: str, position: int | None = None, *, hint: str | None = None
    ) -> TemplateError:
        at = (self.position if position is None else position) + 1
        return TemplateError(f"template {self._string!r}: {what}, at character {at}", hint=hint)


def _finite(number: str) -> float:
    if isfinite(found := float(number)):
        return found
    raise ValueError(number)


_DECODER: Final = json.JSONDecoder(parse_float=_finite, parse_constant=_finite)
