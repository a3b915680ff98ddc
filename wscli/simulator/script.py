"""The profile's session steps from the other side: what is said, and what is awaited for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wscli.jq.expressions import compile_expression
from wscli.model.instant import Instant
from wscli.model.message import MISSING, Role
from wscli.model.profile import Ack, Expression, Profile, Step, Then
from wscli.session.conditions import holds
from wscli.simulator.parts import Part, choose, reader
from wscli.simulator.places import read_places, replaced
from wscli.simulator.shapes import Shape


class Script:
    """Walks the steps of one connection. Everything given back is a value to send, in order.

    A frame is waited for where the provider's protocol needs it: it is acknowledged, or the client
    expects something after it. Any other may come or not, and nothing waits. ``through`` tells
    that the steps are done, ``said`` which messages were said on the way.
    """

    def __init__(
        self, profile: Profile, parts: Mapping[str, Part], names: Mapping[str, Any]
    ) -> None:
        self._steps = profile.session
        self._shapes = {
            index: Shape(step.send)
            for index, step in enumerate(profile.session)
            if step.send is not MISSING
        }
        self._parts = parts
        self._names = dict(names)
        self._index = 0
        self._met: list[int] = []  # the steps whose frame may come, in order
        self._unheard: set[int] = set()
        self.said: set[str] = set()
        self.through = False

    def begin(self, now: Instant) -> list[Any]:
        """Give what is said before the client says anything."""
        return self._go_on(now)

    def heard(self, value: Any, text: str, now: Instant) -> list[Any]:
        """Give what answers a frame: the acknowledgement and what follows it, or the profile's
        error message where another frame is awaited; nothing where none is.
        """
        index = self._step_of(value, text)
        if index is None:
            return self._complain(now)
        self._unheard.discard(index)
        answers = self._acknowledge(self._steps[index].ack, value, now)
        if index == self._index:
            self._index += 1
            answers += self._go_on(now)
        return answers

    def _go_on(self, now: Instant) -> list[Any]:
        said: list[Any] = []
        while self._index < len(self._steps):
            step = self._steps[self._index]
            if self._applies(step):
                said += self._say(step.expect, step.require, now)
                if step.send is not MISSING:
                    self._met.append(self._index)
                    self._unheard.add(self._index)
                    if self._waits_after(step):
                        return said
            self._index += 1
        self.through = True
        return said

    def _applies(self, step: Step) -> bool:
        return step.when is None or holds(step.when, None, self._names)

    def _waits_after(self, step: Step) -> bool:
        later = self._steps[self._index + 1 :]
        return step.ack is not None or any(after.expect and self._applies(after) for after in later)

    def _step_of(self, value: Any, text: str) -> int | None:
        """Find the step that a frame belongs to, one not heard before another heard already."""
        for index in sorted(self._met, key=lambda met: met not in self._unheard):
            if self._shapes[index].fits(value, text):
                return index
        return None

    def _say(self, names: tuple[str, ...], require: Expression | None, now: Instant) -> list[Any]:
        chosen = self._example(names, require, now)
        return [] if chosen is None else [self._said(*chosen)]

    def _acknowledge(self, ack: Ack | None, sent: Any, now: Instant) -> list[Any]:
        chosen = None if ack is None else self._example(ack.messages, None, now)
        if ack is None or chosen is None:
            return []
        part, answer = chosen
        return [self._said(part, self._repeating(ack, sent, part, answer))]

    def _example(
        self, names: tuple[str, ...], require: Expression | None, now: Instant
    ) -> tuple[Part, Any] | None:
        chosen = choose([self._parts[name] for name in names], require, self._names)
        return None if chosen is None else (chosen[0], chosen[0].fresh(chosen[1], now))

    def _said(self, part: Part, value: Any) -> Any:
        self.said.add(part.rule.name)
        self._names.update(part.captured(value))
        return value

    def _repeating(self, ack: Ack, sent: Any, part: Part, answer: Any) -> Any:
        """Give the acknowledgement with the values that it must repeat from the frame, or as it
        was where that is not right.
        """
        repeated = answer
        for answer_path, sent_path in ack.same.items():
            found = compile_expression(sent_path).first(sent, self._names)
            for place in read_places(reader(answer_path), answer):
                if found is not MISSING:
                    repeated = replaced(repeated, place, found)
        return repeated if part.right(repeated) else answer

    def _complain(self, now: Instant) -> list[Any]:
        """Give the profile's error message, saying what was expected, where something was."""
        if not self._unheard:
            return []
        expected = f"expected {self._shapes[min(self._unheard)].text}"
        mild = [
            part
            for part in self._parts.values()
            if part.rule.role is Role.ERROR and part.rule.then in (None, Then.IGNORE)
        ]
        chosen = choose(mild, None, self._names)
        if chosen is None:
            return []
        part, index = chosen
        return [part.worded(part.fresh(index, now), expected)]
