"""The provider's lines: each example of a message rule, and what is right to send in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from wscli.jq.expressions import compile_expression
from wscli.messages.decode import decode
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import MISSING, Message
from wscli.model.profile import MessageRule, Profile, Then
from wscli.model.tables import Expression
from wscli.schemas.validate import Validator, compile_schema
from wscli.session.conditions import holds
from wscli.session.said import problems
from wscli.simulator.naming import says_time
from wscli.simulator.places import (
    Place,
    at,
    nodes,
    read_places,
    reader,
    reader_of_all,
    replaced,
)
from wscli.simulator.recogniser import Recogniser
from wscli.simulator.values import now_like
from wscli.templates.values import json_text

Names: TypeAlias = Mapping[str, Any]

_GOES_ON: Final = (None, Then.IGNORE)


class Line:
    """One example. All values here are as a client looks at them, with what stood as JSON in a
    string read (``parse``); ``wire`` gives them as they are sent.
    """

    def __init__(
        self, rule: MessageRule, example: Any, recogniser: Recogniser, schema: Validator | None
    ) -> None:
        self.rule = rule
        self.example, self._folds = _unfolded(rule.parse, example)
        self._recogniser = recogniser
        self._schema = schema
        self.by_memory = self._is_by_memory(example)
        self.times = self._time_places()

    def on(self, place: Place, value: Any) -> Line:
        """Give the same line with another value at a place."""
        example = self.wire(replaced(self.example, place, value))
        return Line(self.rule, example, self._recogniser, self._schema)

    def wire(self, value: Any) -> Any:
        """Give a value of this line as it is sent."""
        for place in reversed(self._folds):
            inner = at(value, place)
            if inner is not MISSING:
                value = replaced(value, place, json_text(inner))
        return value

    def right(self, value: Any, remembered: str = "") -> bool:
        """Whether a client would recognise the value as this message and find it valid."""
        if self._schema is not None and not self._schema.is_valid(value):
            return False
        name = remembered or (self.rule.name if self.by_memory else "")
        return self._recogniser.rule(self.wire(value), name) == self.rule.name

    def fresh(self, now: Instant) -> Any:
        """Give the example with its times moved to now, each where that leaves it right."""
        return self.refreshed(self.example, now)

    def refreshed(self, value: Any, now: Instant) -> Any:
        """Give a value of this line with its times moved to now, each where that is right."""
        for place in self.times:
            moved = replaced(value, place, now_like(at(value, place), now.wall))
            value = moved if self.right(moved) else value
        return value

    def troubled(self, names: Names) -> bool:
        """Whether the example would tell a client with these names that something is wrong."""
        if self.rule.then not in _GOES_ON:
            return True
        message = Message(b"", self.example, self.rule.name, self.rule.name)
        return bool(problems(self.rule, message, names))

    def fulfils(self, condition: Expression | None, names: Names) -> bool:
        """Whether a step's condition holds for the example."""
        return condition is None or holds(condition, self.example, names)

    def worded(self, value: Any, text: str) -> Any:
        """Give an error message with ``text`` for its words, where the profile says where they
        stand and the message stays right.
        """
        problem = self.rule.problem
        if problem is None or problem.path is None:
            return value
        for place in read_places(reader(problem.path), value):
            said = replaced(value, place, text)
            if isinstance(at(value, place), str) and self.right(said):
                return said
        return value

    def captured(self, value: Any) -> dict[str, Any]:
        """Give what a client captures from a value of this line, by name."""
        return captured(self.rule.capture, value)

    def _is_by_memory(self, example: Any) -> bool:
        """Whether a client knows the rule only by what it remembers."""
        name = self.rule.name
        rule = self._recogniser.rule
        return rule(example) != name and rule(example, name) == name

    def _time_places(self) -> tuple[Place, ...]:
        example = self.example
        named = [place for place, _ in nodes(example) if place and says_time(str(place[-1]))]
        if self.rule.time is not None:
            named += read_places(reader(self.rule.time), example)
        return tuple(
            place for place in dict.fromkeys(named) if now_like(at(example, place), 0.0) is not None
        )


@frozen
class Said:
    """What is said: a line, with another value in the place of its example."""

    line: Line
    value: Any

    @property
    def wire(self) -> Any:
        """The value as it is sent."""
        return self.line.wire(self.value)


@frozen
class Part:
    """A message rule with its lines."""

    rule: MessageRule
    lines: tuple[Line, ...] = ()


def make_parts(profile: Profile, recogniser: Recogniser) -> dict[str, Part]:
    """Give a profile's parts by the names of their rules."""
    return {rule.name: _part(rule, profile, recogniser) for rule in profile.messages}


def _part(rule: MessageRule, profile: Profile, recogniser: Recogniser) -> Part:
    schema = None if rule.schema is None else compile_schema(rule.schema, profile.schemas)
    return Part(rule, tuple(Line(rule, each, recogniser, schema) for each in rule.examples))


def choose(parts: Iterable[Part], condition: Expression | None, names: Names) -> Line | None:
    """Choose the first line that fulfils the condition and reports no trouble; where there is none
    the first that fulfils it, else the first at all. None where nothing has an example.
    """
    every = [line for part in parts for line in part.lines]
    fulfilling = [line for line in every if line.fulfils(condition, names)]
    good = [line for line in fulfilling if not line.troubled(names)]
    return next(iter([*good, *fulfilling, *every]), None)


def captured(paths: Mapping[str, Expression], value: Any) -> dict[str, Any]:
    """Give what the expressions find, by name; what is absent or null is left out."""
    found = {name: compile_expression(path).first(value, {}) for name, path in paths.items()}
    return {name: each for name, each in found.items() if each not in (MISSING, None)}


def _unfolded(paths: Iterable[Expression], value: Any) -> tuple[Any, tuple[Place, ...]]:
    """Read the strings at these paths that are JSON; gives the value, and where they stood in the
    order in which they were read.
    """
    folds: list[Place] = []
    for path in paths:
        for place in read_places(reader_of_all(path), value):
            string = at(value, place)
            inner = _json(string) if isinstance(string, str) else MISSING
            if inner is not MISSING:
                value = replaced(value, place, inner)
                folds.append(place)
    return value, tuple(folds)


def _json(string: str) -> Any:
    try:
        return decode(string.encode())[0]
    except UnicodeEncodeError:  # a lone surrogate
        return MISSING
