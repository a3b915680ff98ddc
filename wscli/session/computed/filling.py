"""Templates inside of computed values: one whose names are not set makes the value unset."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import field, replace
from typing import Any

from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.templates import Rendered, Scope
from wscli.templates.fill import fill
from wscli.templates.syntax import Placeholder, Root
from wscli.templates.tree import compile_tree, uses
from wscli.templates.values import Render


class NotSet(Exception):  # noqa: N818 - no error: the value that needs it is not set either
    """Something that a computed value is made of is not set."""


@frozen
class Filling:
    """A compiled template. ``names``: those that it may look up; ``roots``: where its paths begin;
    ``needed``: the placeholders without which there is no result, each of them made optional.
    """

    names: frozenset[str]
    roots: frozenset[Root]
    needed: tuple[Placeholder, ...] = field(repr=False)
    filled: Render = field(repr=False, compare=False)

    def fill(self, scope: Scope) -> Rendered:
        """Fill everything in; ``MISSING`` where the whole template leaves itself out. NotSet where
        something needed is not set, TemplateError where a value does not suit a filter,
        RecursionError where one is nested too deeply.
        """
        if any(fill(placeholder, scope).value is MISSING for placeholder in self.needed):
            raise NotSet
        return self.filled(scope)

    def present(self, scope: Scope) -> Rendered:
        """Fill everything in, as ``fill``; NotSet where the whole template leaves itself out."""
        found = self.fill(scope)
        if found.value is MISSING:
            raise NotSet
        return found


def compile_filling(tree: Any, names: Collection[str] | None, *, own_item: bool = False) -> Filling:
    """Compile a tree; TemplateError as ``compile_template``. ``own_item``: ``${item}`` is an
    element of the value's own list, and a part that it lacks is an error.
    """
    found: list[Placeholder] = []
    filled = compile_tree(tree, names, found)
    used, _, roots = uses(found)
    needed = tuple(
        replace(placeholder, optional=True)
        for placeholder in found
        if not placeholder.optional and not (own_item and Root.ITEM in placeholder.roots)
    )
    return Filling(used, roots, needed, filled)
