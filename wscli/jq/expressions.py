"""The expressions of a profile, compiled once and asked for every message."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import field
from typing import Any, TypeAlias

from wscli.jq.closures import LENIENT, Closure, One, compile_node
from wscli.jq.growth import check_growth
from wscli.jq.parser import parse
from wscli.jq.paths import Get, getter
from wscli.jq.syntax import Key, Node, Path, Variable, children
from wscli.jq.values import NOTHING, Names
from wscli.model.frozen import frozen
from wscli.model.message import MISSING

First: TypeAlias = Callable[[Any, Names], Any]
Each: TypeAlias = Callable[[Any, Names], list[Any]]


@frozen
class Expression:
    """A compiled expression. Its closures never raise: what fails gives nothing where it stands,
    so ``//`` passes over it and ``[]`` goes on with the next element; and what is absent is no
    result.

    ``names``: the variables it uses. ``get`` is set for a plain path (no variables, no ``[]``, no
    condition) and gives the value there or ``MISSING``. ``first(value, names)`` gives the first
    result or ``MISSING``; ``each(value, names)`` all of them. A variable that is not in ``names``
    is null.
    """

    source: str
    names: frozenset[str]
    get: Get | None = field(repr=False, compare=False)
    first: First = field(repr=False, compare=False)
    each: Each = field(repr=False, compare=False)

    @property
    def plain(self) -> bool:
        """Whether it is a plain path."""
        return self.get is not None


def compile_expression(source: str, names: Collection[str] | None = None) -> Expression:
    """Compile ``source``. ExpressionError for what does not parse, is outside of the small part
    of jq that profiles use, could take long, or uses a ``$name`` that is not in ``names`` (None:
    every name may be used).
    """
    node = parse(source, names)
    check_growth(source, node)
    used = frozenset(_variables(node))
    plain = _plain_keys(node)
    if plain is not None:
        get = getter(plain)
        return Expression(source, used, get, *_of_get(get))
    closure = compile_node(node, LENIENT)
    several = _of_many(closure) if closure.one is None else _of_one(closure.one)
    return Expression(source, used, None, *several)


def _variables(node: Node) -> set[str]:
    if isinstance(node, Variable):
        return {node.name}
    return {name for child in children(node) for name in _variables(child)}


def _plain_keys(node: Node) -> tuple[str | int, ...] | None:
    """Give the keys of a plain path. A ``?`` changes nothing there: what fails gives nothing."""
    if not isinstance(node, Path) or node.base is not None:
        return None
    keys = tuple(step.name for step in node.steps if isinstance(step, Key))
    return keys if len(keys) == len(node.steps) else None


def _of_get(get: Get) -> tuple[First, Each]:
    def first(value: Any, _names: Names) -> Any:
        return get(value)

    def each(value: Any, _names: Names) -> list[Any]:
        result = get(value)
        return [] if result is MISSING else [result]

    return first, each


def _of_one(one: One) -> tuple[First, Each]:
    def first(value: Any, names: Names) -> Any:
        result = one(value, names)
        return MISSING if result is NOTHING else result

    def each(value: Any, names: Names) -> list[Any]:
        result = one(value, names)
        return [] if result is NOTHING or result is MISSING else [result]

    return first, each


def _of_many(closure: Closure) -> tuple[First, Each]:
    def each(value: Any, names: Names) -> list[Any]:
        return [result for result in closure.many(value, names) if result is not MISSING]

    def first(value: Any, names: Names) -> Any:
        return next(iter(each(value, names)), MISSING)

    return first, each
