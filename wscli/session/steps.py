"""The profile's session steps on one connection: what is awaited, and what is sent when.

A step waits for a message (``expect``), then sends a frame (``send``), then waits for its
acknowledgement (``ack``). A message that a later step expects may come early: it is kept for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, TypeAlias

from wscli.errors import TemplateError
from wscli.jq.expressions import compile_expression
from wscli.messages.match import same
from wscli.model.frozen import frozen
from wscli.model.message import MISSING, Message
from wscli.model.profile import Ack, Step
from wscli.session.spans import draw, in_words
from wscli.templates import Scope, compile_template


@frozen
class SendFrame:
    """A frame is to be sent; ``shown`` is its masked twin, both are JSON values or plain text."""

    value: Any
    shown: Any


@frozen
class Waiting:
    """A message is awaited; for -v."""

    text: str


@frozen
class StepFailed:
    """The session cannot go on, in words why."""

    text: str


@frozen
class StepsThrough:
    """Every step is through."""


Outcome: TypeAlias = SendFrame | Waiting | StepFailed | StepsThrough


def holds(source: str, value: Any, names: Mapping[str, Any]) -> bool:
    """Whether a condition holds: jq's truth, and an empty string, list or object does not hold,
    so that ``$topic`` alone means "set and not empty".
    """
    found = compile_expression(source).first(value, names)
    if isinstance(found, str | list | dict):
        return bool(found)
    return found is not MISSING and found is not None and found is not False


class Steps:
    """Walks the steps of one connection. ``names`` are the options and what was captured so far:
    the same mapping throughout, its content may grow. Times are monotonic seconds.
    """

    def __init__(self, steps: Sequence[Step], names: Mapping[str, Any], rng: Random) -> None:
        self._steps = steps
        self._names = names
        self._rng = rng
        self._index = 0
        self._awaited: tuple[str, ...] = ()
        self._ack: Ack | None = None
        self._sent: Any = MISSING
        self._within = 0.0
        self._seen: list[str] = []
        self._early: dict[str, Message] = {}
        self._heard = False
        self._over = False
        self.deadline: float | None = None

    def begin(self, now: float) -> list[Outcome]:
        """Give the first things to do."""
        return self._go_on(now)

    def received(self, message: Message, now: float) -> list[Outcome]:
        """Tell of a message that a step may wait for."""
        if self.deadline is None:
            return []
        if message.rule not in self._awaited:
            self._seen.append(message.name or "?")
            del self._seen[:-5]
            self._early[message.rule] = message
            return []
        if self._ack is not None:
            return self._acknowledged(self._ack, message, now)
        return self._expected(message, now)

    def heard(self) -> None:
        """Tell that frames came, whatever they were."""
        self._heard = True

    def wait_longer(self, seconds: float) -> None:
        """Move the deadline: for so long nothing was read, and that was our doing."""
        if self.deadline is not None:
            self.deadline += seconds

    def failed(self, message: Message, problem: str) -> list[Outcome]:
        """Tell of an error message, which fails the step that waits."""
        return self._fail(f"while waiting for {self._wanted}: {message.name}: {problem}")

    def due(self, now: float) -> list[Outcome]:
        """Say that an awaited message did not come in its time."""
        if self.deadline is None or now < self.deadline:
            return []
        came = "; what came is of other kinds" if self._heard else "; nothing came"
        if self._seen:
            came = f"; what came: {', '.join(self._seen)}"
        return self._fail(f"no {self._wanted} within {in_words(self._within)}{came}")

    @property
    def _wanted(self) -> str:
        return " or ".join(self._awaited)

    def _go_on(self, now: float) -> list[Outcome]:
        outcomes: list[Outcome] = []
        while self._index < len(self._steps):
            step = self._steps[self._index]
            if step.when is not None and not holds(step.when, None, self._names):
                self._index += 1
                continue
            if step.expect:
                self._wait(step.expect, draw(step.within, self._rng), now)
                outcomes.append(Waiting(f"waiting for {self._wanted}"))
                early = next((n for n in step.expect if n in self._early), None)
                if early is not None:
                    outcomes += self._expected(self._early.pop(early), now)
                return outcomes
            outcomes += self._say(step, now)
            if self.deadline is not None or self._over:
                return outcomes
            self._index += 1
        return [*outcomes, StepsThrough()]

    def _wait(self, awaited: tuple[str, ...], within: float, now: float) -> None:
        self._awaited, self._within = awaited, within
        self.deadline = now + within
        self._seen = []
        self._heard = False

    def _say(self, step: Step, now: float) -> list[Outcome]:
        """Send the step's frame; afterwards ``deadline`` tells whether an answer is awaited."""
        self.deadline, self._awaited = None, ()
        if step.send is MISSING:
            return []
        try:
            rendered = compile_template(step.send).render(Scope(names=self._names))
        except TemplateError as error:
            return self._fail(f"a frame cannot be made: {error.text}")
        if step.ack is not None:
            self._ack, self._sent = step.ack, rendered.value
            self._wait(step.ack.messages, draw(step.ack.within, self._rng), now)
        return [SendFrame(rendered.value, rendered.shown)]

    def _expected(self, message: Message, now: float) -> list[Outcome]:
        step = self._steps[self._index]
        if step.require is not None and not holds(step.require, message.value, self._names):
            return self._fail(f"{message.name} came, but {step.require} does not hold")
        outcomes = self._say(step, now)
        if self.deadline is not None or self._over:
            return outcomes
        self._index += 1
        return [*outcomes, *self._go_on(now)]

    def _acknowledged(self, ack: Ack, message: Message, now: float) -> list[Outcome]:
        for answer_path, sent_path in ack.same.items():
            answer = compile_expression(answer_path).first(message.value, self._names)
            sent = compile_expression(sent_path).first(self._sent, self._names)
            if not same(answer, sent):
                self._seen.append(f"{message.name} with another {answer_path}")
                return []
        self.deadline, self._awaited, self._ack = None, (), None
        self._index += 1
        return self._go_on(now)

    def _fail(self, text: str) -> list[Outcome]:
        self.deadline, self._awaited, self._over = None, (), True
        return [StepFailed(text)]
