"""Messages made of the elements of another one, or of an HTTP answer: ``each`` finds the elements,
``shape`` makes a message of each, and every digit stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from wscli.errors import TemplateError
from wscli.jq.expressions import First, compile_expression
from wscli.messages.decode import decode
from wscli.messages.exact import exact_text, exact_tree
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.profile import Split
from wscli.model.tables import Expression
from wscli.templates import Scope, compile_template

_Order: TypeAlias = tuple[int, Any]
_Made: TypeAlias = tuple[Any, bytes]  # a tree and its JSON text


@frozen
class Elements:
    """The JSON texts of the messages made of an answer. ``skipped`` counts the elements of which
    none could be made, ``problem`` says why of the first, or why there are no elements at all.
    """

    texts: tuple[bytes, ...] = ()
    skipped: int = 0
    problem: str = ""


class Part(NamedTuple):
    """The JSON text of a message that was split off. With a ``problem`` in words there is none: the
    text is then the whole message's.
    """

    text: bytes
    problem: str = ""


class _Maker:
    """``each`` and ``shape``, compiled."""

    def __init__(self, each: Expression | None, shape: Any) -> None:
        self._each = None if each is None else compile_expression(each).each
        self._template = None if shape is MISSING else compile_template(shape)

    def elements(self, tree: Any, names: Mapping[str, Any]) -> list[Any]:
        """Give the elements: without ``each`` those of a list, or the value itself."""
        if self._each is not None:
            return self._each(tree, names)
        return tree if isinstance(tree, list) else [tree]

    def make(self, scope: Scope) -> _Made | None:
        """Make a message of ``scope.element``, None where the template leaves itself out; its
        secrets are masked, because messages are shown. Raises TemplateError and ValueError.
        """
        tree = scope.element if self._template is None else self._template.render(scope).shown
        return None if tree is MISSING else (tree, exact_text(tree))


class Splitter:
    """A message rule's ``split``, compiled once a profile."""

    def __init__(self, split: Split) -> None:
        self._maker = _Maker(split.each, split.shape)

    def parts(self, text: bytes) -> Iterator[Part]:
        """Give what a message stands for, made one by one; nothing where it has no elements or is
        nested too deeply. What cannot be made is counted, and told by a last part.
        """
        try:
            tree = exact_tree(text)
        except ValueError:
            return
        skipped = _Skipped()
        for element in self._maker.elements(tree, {}):
            try:
                made = self._maker.make(Scope({}, element=element, message=tree))
            except (TemplateError, ValueError) as error:
                skipped.add(error)
                continue
            if made is not None:
                yield Part(made[1])
        if skipped.count:
            what = f"{skipped.count} elements make no message, {skipped.problem}"
            yield Part(text, f"incompletely split: {what}")


def elements(
    each: Expression | None,
    shape: Any,
    sort: Expression | None,
    text: bytes,
    *,
    names: Mapping[str, Any],
    item: Any = MISSING,
) -> Elements:
    """Give the messages made of an HTTP answer, ``text``, in ascending order of ``sort``: numbers,
    then strings, then the rest as it came. ``names`` are the values of ``${name}`` and ``$name``,
    ``item`` is ``${item}``; for the others see ``model.requests.Fetch``. Never raises.
    """
    _, problem = decode(text)
    if problem:
        return Elements(problem=problem)
    try:
        tree = exact_tree(text)
    except ValueError as error:
        return Elements(problem=str(error))
    maker, skipped = _Maker(each, shape), _Skipped()
    key = None if sort is None else compile_expression(sort).first
    found: list[tuple[_Order, bytes]] = []
    for element in maker.elements(tree, names):
        try:
            made = maker.make(Scope(names, element=element, message=tree, item=item))
        except (TemplateError, ValueError) as error:
            skipped.add(error)
            continue
        if made is not None:
            found.append((_order(key, made[0], names), made[1]))
    found.sort(key=lambda pair: pair[0])
    return Elements(tuple(text for _, text in found), skipped.count, skipped.problem)


class _Skipped:
    """Counts what could not be made, and keeps the first reason."""

    def __init__(self) -> None:
        self.count = 0
        self.problem = ""

    def add(self, error: Exception) -> None:
        """Count one."""
        self.count += 1
        self.problem = self.problem or str(error)


def _order(key: First | None, message: Any, names: Mapping[str, Any]) -> _Order:
    """Give the place of a message in the order; equal ones stay as they came."""
    found = MISSING if key is None else key(message, names)
    if isinstance(found, int | float | Decimal) and not isinstance(found, bool):
        return (0, found)
    return (1, found) if isinstance(found, str) else (2, 0)
