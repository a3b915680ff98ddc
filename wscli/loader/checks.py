"""The single checks that a profile's parts are made of: each gives the problems that it finds.

They step over what has the wrong shape, so that all mistakes of a file, those of shape and those
of meaning, come at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, TypeAlias

from wscli.errors import ExpressionError, Problem, TemplateError
from wscli.jq.expressions import compile_expression
from wscli.loader.shape import closest
from wscli.loader.yaml_builder import key_path
from wscli.loader.yaml_tree import Tree
from wscli.messages.match import PatternError, compile_match
from wscli.templates import compile_template
from wscli.templates.syntax import Root

Path: TypeAlias = tuple[str | int, ...]

OF_A_MESSAGE: Final = frozenset({Root.ELEMENT, Root.MESSAGE})
OF_AN_ITEM: Final = frozenset({Root.ITEM})
_ROOTS: Final = {Root.ELEMENT: "${.…}", Root.MESSAGE: "${$.…}", Root.ITEM: "${item}"}


def mapping(value: Any) -> Mapping[str, Any]:
    """Give the value where it is a mapping, else an empty one: its shape is told elsewhere."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Give the value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def named(value: Any) -> list[str]:
    """Give the names of a name or a list of names."""
    return [item for item in (value if isinstance(value, list) else [value]) if type(item) is str]


class Checks:
    """The checks of one profile. ``names`` are the options, computed and captured values."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.data = mapping(tree.data)
        self.options = mapping(self.data.get("options"))
        self.messages = mapping(self.data.get("messages"))
        self.computed = mapping(self.data.get("computed"))
        self.captured = {
            name: path
            for path, part in _capturing(self.data)
            for name in mapping(part.get("capture"))
        }
        self.names = {*self.options, *self.computed, *self.captured}

    def problem(self, path: Path, what: str, remedy: str = "") -> Problem:
        """Make one."""
        return Problem(self.tree.line(path), key_path(path), what, remedy)

    def known(
        self, names: Any, known: Collection[str], path: Path, what: str, remedy: str = ""
    ) -> Iterator[Problem]:
        """Check that each of one name or several is among the known ones."""
        for name in named(names) if names is not None else []:
            if name not in known:
                yield self.problem(
                    path, f'there is no {what} "{name}".', closest(name, known) or remedy
                )

    def messages_exist(self, names: Any, path: Path) -> Iterator[Problem]:
        """Check that messages that are waited for are described."""
        yield from self.known(names, self.messages, path, "message", "Describe it under messages.")

    def expression(
        self, source: Any, path: Path, names: Collection[str] | None = None
    ) -> Iterator[Problem]:
        """Check that an expression compiles, and knows its names."""
        if not isinstance(source, str):
            return
        try:
            compile_expression(source, frozenset(self.names if names is None else names))
        except ExpressionError as error:
            yield self.problem(path, _sentence(error.text), error.hint or "")

    def template(
        self,
        tree: Any,
        path: Path,
        compiler: Callable[..., Any] = compile_template,
        roots: Collection[Root] = (),
        names: Collection[str] | None = None,
    ) -> Iterator[Problem]:
        """Check that a template compiles, and knows its names."""
        try:
            compiled = compiler(tree, names=self.names if names is None else names)
        except TemplateError as error:
            yield self.problem(path, _sentence(error.text), error.hint or "")
            return
        for root in sorted(compiled.roots - set(roots), key=lambda each: each.name):
            what = f"{_ROOTS[root]} means nothing here."
            yield self.problem(path, what, "Use an option or a captured value.")

    def pattern(self, pattern: Any, path: Path) -> Iterator[Problem]:
        """Check that a pattern makes sense."""
        try:
            compile_match(_without_templates(pattern))
        except PatternError as error:
            yield self.problem(path, f"{error.text}.")

    def unit(self, parse: Callable[[Any], Any], value: Any, path: Path) -> Iterator[Problem]:
        """Check that a value can be read."""
        try:
            parse(value)
        except (ValueError, TypeError, KeyError) as error:
            yield self.problem(path, f"{error}.")

    def units(
        self, part: Mapping[str, Any], path: Path, readers: Mapping[str, Callable[[Any], Any]]
    ) -> Iterator[Problem]:
        """Check those values of a part that are there."""
        for key, parse in readers.items():
            if key in part:
                yield from self.unit(parse, part[key], (*path, key))


def _capturing(data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Give what captures values that all of the profile knows, and where it stands."""
    for index, request in enumerate(listed(data.get("bootstrap"))):
        yield ("bootstrap", index), mapping(request)
    for name, rule in mapping(data.get("messages")).items():
        yield ("messages", name), mapping(rule)


def _sentence(text: str) -> str:
    return f"{text}.".replace("..", ".")


def _without_templates(pattern: Any) -> Any:
    """Give the pattern with a harmless value where an option is filled in."""
    if isinstance(pattern, dict):
        return {key: _without_templates(sub) for key, sub in pattern.items()}
    if isinstance(pattern, list):
        return [_without_templates(sub) for sub in pattern]
    if isinstance(pattern, str) and pattern.startswith("${"):
        return []
    return pattern
