"""Lists that a client asks for: examples, or what the provider has said lately, written as the
profile reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from wscli.jq.expressions import compile_expression
from wscli.jq.parser import parse
from wscli.jq.syntax import Key, Node, Path, Pipe, children
from wscli.messages.match import same
from wscli.model.message import MISSING, SHOWN
from wscli.model.requests import Fetch
from wscli.model.tables import Expression
from wscli.session.spans import as_number
from wscli.simulator.endpoints import Heard
from wscli.simulator.lines import Said
from wscli.simulator.past import Past
from wscli.simulator.places import Place
from wscli.simulator.readback import Found, NoFit, read_back
from wscli.templates.values import text

_PROBE: Final = [{"here": True}]
_MOST: Final = 200  # elements of an answer


class FetchAnswers:
    """Answers one request. ``past`` is None where nothing is made of it: the elements are then
    those of the example, or none.
    """

    def __init__(self, fetch: Fetch, past: Past | None) -> None:
        self._fetch = fetch
        self._past = past
        self._place = _place_of_elements(fetch.each)
        self._last: Mapping[str, Any] | None = None

    def answer(self, heard: Heard) -> Any:
        """Give the answer. With ``more`` an example is no answer to the same request again: a
        client asks until nothing new comes.
        """
        if self._fetch.examples:
            again = self._fetch.more and self._last is not None and same(heard.value, self._last)
            self._last = heard.value
            return self._wrapped([]) if again else self._fetch.examples[0]
        if self._past is None:
            return self._wrapped([])
        past = self._past.recall(heard.now)
        return self._wrapped(list(self._elements(past, heard.found))[-_MOST:])

    def _elements(self, past: Iterable[Said], asked: Found) -> Iterator[Any]:
        for said in past:
            if said.line.rule.role not in SHOWN or not _after(said, asked.names):
                continue
            if self._fetch.shape is MISSING:
                yield said.wire
                continue
            try:
                found = read_back(self._fetch.shape, said.wire)
            except NoFit:
                continue
            if _agrees(found, asked) and found.element is not MISSING:
                yield found.element

    def _wrapped(self, elements: list[Any]) -> Any:
        """Put elements where the profile looks for them."""
        value: Any = elements
        for key in reversed(self._place):
            value = {key: value}
        return value


def _after(said: Said, asked: Mapping[str, Any]) -> bool:
    """Whether a message came after the last that the client has: where it asks with a value that
    it captures of such messages, by that value.
    """
    for name, value in said.line.captured(said.value).items():
        if name not in asked:
            continue
        own, other = as_number(value), as_number(asked[name])
        if own is not None and other is not None:
            return own > other
        return text(value) > text(asked[name])
    return True


def _agrees(found: Found, asked: Found) -> bool:
    """Whether a message is of what was asked for."""
    if found.item is not MISSING and asked.item is not MISSING:
        return text(found.item) == text(asked.item)
    return all(
        text(value) == text(asked.names[name])
        for name, value in found.names.items()
        if name in asked.names
    )


def _place_of_elements(each: Expression | None) -> Place:
    """Give where the elements of an answer may stand for ``each`` to find them: found by trying
    the paths that it is made of. () for the answer itself, which is a list.
    """
    if each is None:
        return ()
    read = compile_expression(each).each
    tried: list[Place] = [(), *_paths(parse(each, None))]
    for place in tried:
        value: Any = _PROBE
        for key in reversed(place):
            value = {key: value}
        if same(read(value, {}), _PROBE):
            return place
    return ()


def _paths(node: Node) -> Iterator[Place]:
    """Give the keys of every path in an expression, also of paths that follow each other."""
    if isinstance(node, Path):
        base = list(_paths(node.base)) if node.base is not None else [()]
        keys = tuple(step.name for step in node.steps if isinstance(step, Key))
        yield from ((*before, *keys) for before in [*base, ()])
    elif isinstance(node, Pipe):
        before: list[Place] = [()]
        for stage in node.stages:
            before += [(*one, *other) for one in before for other in _paths(stage)]
        yield from before
    else:
        for child in children(node):
            yield from _paths(child)
