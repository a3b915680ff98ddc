"""Templates: trees whose leaf strings hold ``${...}``. Keys are literal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field
from typing import Any

from wscli.errors import TemplateError
from wscli.model.frozen import frozen
from wscli.templates.fill import fill_string
from wscli.templates.syntax import Placeholder, Root, parse_string
from wscli.templates.values import Render, Rendered, Scope, join_dict, join_list, plain


@frozen
class Template:
    """A compiled tree. ``names``: those that it may look up; ``required``: those of them without
    which it cannot be rendered; ``roots``: where its paths begin.
    """

    names: frozenset[str]
    required: frozenset[str]
    roots: frozenset[Root]
    filled: Render = field(repr=False, compare=False)

    def render(self, scope: Scope) -> Rendered:
        """Fill everything in; ``MISSING`` where the whole tree is left out. TemplateError where a
        value is not set, does not suit a filter, or is nested too deeply.
        """
        return guarded(self.filled, scope)


def compile_template(tree: Any, names: Collection[str] | None = None) -> Template:
    """Compile a tree of objects, lists and scalars. TemplateError for what does not parse, an
    unknown filter, or a name that is not in ``names`` (None: every name may be used).
    """
    placeholders: list[Placeholder] = []
    filled = compile_tree(tree, names, placeholders)
    return Template(*uses(placeholders), filled)


def compile_tree(tree: Any, names: Collection[str] | None, found: list[Placeholder]) -> Render:
    """Compile a tree and add its placeholders to ``found``."""
    match tree:
        case str():
            parts = parse_string(tree, names)
            found += [part for part in parts if isinstance(part, Placeholder)]
            return lambda scope: fill_string(parts, scope)
        case dict():
            by_key = {key: compile_tree(item, names, found) for key, item in tree.items()}
            return lambda scope: join_dict({key: fill(scope) for key, fill in by_key.items()})
        case list() | tuple():
            in_order = [compile_tree(item, names, found) for item in tree]
            return lambda scope: join_list([fill(scope) for fill in in_order])
        case _:
            constant = plain(tree)
            return lambda _scope: constant


def guarded(filled: Render, scope: Scope) -> Rendered:
    """Render; TemplateError instead of RecursionError."""
    try:
        return filled(scope)
    except RecursionError:
        raise TemplateError("a value is nested too deeply to be filled in") from None


def uses(
    placeholders: Sequence[Placeholder],
) -> tuple[frozenset[str], frozenset[str], frozenset[Root]]:
    """Give the names, the required names and the roots of all of them."""
    return (
        frozenset().union(*(each.names for each in placeholders)),
        frozenset().union(*(each.required for each in placeholders)),
        frozenset().union(*(each.roots for each in placeholders)),
    )
