"""Messages that are numbered one by one, as a rule's ``sequence`` says: on each connection."""

from __future__ import annotations

from typing import Any, TypeAlias

from wscli.jq.expressions import compile_expression
from wscli.messages.encode import frame_text
from wscli.model.message import MISSING
from wscli.model.profile import Sequence
from wscli.model.tables import Expression
from wscli.simulator.lines import Line, Said
from wscli.simulator.places import Place, at, read_places, reader, replaced

Highest: TypeAlias = dict[tuple[str, str], int]
"""The highest number of each numbering on any connection: a later one goes on from there."""


class Numbering:
    """The numberings of one connection. ``highest`` is shared by all of them."""

    def __init__(self, highest: Highest) -> None:
        self._highest = highest
        self._last: dict[tuple[str, str], int] = {}
        self._places: dict[Line, tuple[Place | None, Place | None]] = {}

    def numbered(self, said: Said) -> Said:
        """Give a message with its next number, or as it is where it has none, or none is right."""
        rule = said.line.rule.sequence
        if rule is None:
            return said
        if said.line not in self._places:
            self._places[said.line] = (_place(rule.at, said.line), _place(rule.first, said.line))
        last_place, first_place = self._places[said.line]
        own = _number(at(said.line.example, last_place)) if last_place is not None else None
        if own is None or last_place is None:
            return said
        begins = None if first_place is None else _number(at(said.line.example, first_place))
        span = 0 if begins is None else own - begins
        key = (said.line.rule.name, _per(rule, said.value))
        first = self._next(key, rule.step, own - span)
        value = replaced(said.value, last_place, _like(at(said.value, last_place), first + span))
        if begins is not None and first_place is not None:
            value = replaced(value, first_place, _like(at(value, first_place), first))
        if not said.line.right(value):
            return said
        self._last[key] = first + span
        self._highest[key] = max(first + span, self._highest.get(key, first))
        return Said(said.line, value)

    def _next(self, key: tuple[str, str], step: int, own: int) -> int:
        before = self._last.get(key, self._highest.get(key))
        return own if before is None else before + step


def _place(source: Expression | None, line: Line) -> Place | None:
    places = () if source is None else read_places(reader(source), line.example)
    return next(iter(places), None)


def _per(rule: Sequence, value: Any) -> str:
    found = MISSING if rule.per is None else compile_expression(rule.per).first(value, {})
    return "" if found is MISSING else frame_text([found])


def _number(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else None


def _like(value: Any, number: int) -> int | str:
    return str(number) if isinstance(value, str) else number
