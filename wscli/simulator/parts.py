"""The provider's lines: each message rule with its examples, and what is right to send for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wscli.errors import WscliError
from wscli.jq.expressions import compile_expression
from wscli.messages.classify import Classifier
from wscli.model.instant import Instant
from wscli.model.message import MISSING, Message
from wscli.model.profile import Expression, MessageRule, Profile, Then
from wscli.schemas.validate import compile_schema
from wscli.session.conditions import holds
from wscli.session.said import problems
from wscli.simulator.naming import says_time
from wscli.simulator.places import Place, at, nodes, read_places, replaced
from wscli.simulator.values import now_like


class Part:
    """One message rule, played: what may be sent for it. Compiled once a profile."""

    def __init__(self, rule: MessageRule, classifier: Classifier, profile: Profile) -> None:
        self.rule = rule
        self._name = classifier.name
        self._valid = None if rule.schema is None else compile_schema(rule.schema, profile.schemas)
        self._times = tuple(self._time_places(example) for example in rule.examples)

    def right(self, value: Any) -> bool:
        """Whether a client would recognise the value as this message and find it valid."""
        if self._valid is not None and not self._valid.is_valid(value):
            return False
        if isinstance(value, str):  # a frame that is a text and no JSON
            return self._name(MISSING, value.encode(errors="replace"))[1] == self.rule.name
        return self._name(value, b"")[1] == self.rule.name

    def times(self, index: int) -> tuple[Place, ...]:
        """Give the places that hold a time in the example of that number."""
        return self._times[index]

    def fresh(self, index: int, now: Instant) -> Any:
        """Give an example with its times moved to now, each where that leaves the message right."""
        return self.refreshed(self.rule.examples[index], self._times[index], now)

    def refreshed(self, value: Any, times: Iterable[Place], now: Instant) -> Any:
        """Give a message with the times at those places moved to now, where that is right."""
        for place in times:
            moved = replaced(value, place, now_like(at(value, place), now.wall))
            value = moved if self.right(moved) else value
        return value

    def troubled(self, index: int, names: Mapping[str, Any]) -> bool:
        """Whether an example would tell a client with these options that something is wrong."""
        if self.rule.then not in (None, Then.IGNORE):
            return True
        value = self.rule.examples[index]
        message = Message(b"", value, self.rule.name, self.rule.name)
        try:
            return bool(problems(self.rule, message, names))
        except WscliError:  # its words need a value that is not known here
            return True

    def fulfils(self, index: int, condition: Expression | None, names: Mapping[str, Any]) -> bool:
        """Whether a step's condition holds for an example."""
        return condition is None or holds(condition, self.rule.examples[index], names)

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
        """Give what a client captures from the message, by name."""
        found = {
            name: compile_expression(source).first(value, {})
            for name, source in self.rule.capture.items()
        }
        return {name: each for name, each in found.items() if each not in (MISSING, None)}

    def _time_places(self, example: Any) -> tuple[Place, ...]:
        named = [place for place, _ in nodes(example) if place and says_time(str(place[-1]))]
        if self.rule.time is not None:
            named += read_places(reader(self.rule.time), example)
        return tuple(
            place for place in dict.fromkeys(named) if now_like(at(example, place), 0.0) is not None
        )


def reader(source: Expression) -> Callable[[Any], Iterable[Any]]:
    """Compile an expression to what ``read_places`` tries."""
    expression = compile_expression(source)
    return lambda value: (expression.first(value, {}),)


def choose(
    parts: Iterable[Part], condition: Expression | None, names: Mapping[str, Any]
) -> tuple[Part, int] | None:
    """Choose the first example that fulfils the condition and reports no trouble; where there is
    none the first that fulfils it, else the first at all. None where nothing has an example.
    """
    every = [(part, index) for part in parts for index in range(len(part.rule.examples))]
    fulfilling = [(part, index) for part, index in every if part.fulfils(index, condition, names)]
    good = [(part, index) for part, index in fulfilling if not part.troubled(index, names)]
    return next(iter([*good, *fulfilling, *every]), None)
