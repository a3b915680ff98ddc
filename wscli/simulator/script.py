"""The profile's session steps from the other side: what is said, and what is awaited for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from wscli.errors import WscliError
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import MISSING, Role
from wscli.model.profile import Profile, Then
from wscli.model.steps import Step
from wscli.model.tables import Expression
from wscli.session.conditions import holds
from wscli.session.values import Values
from wscli.simulator.channels import Channel
from wscli.simulator.lines import Line, Part, Said, choose
from wscli.simulator.places import read_places, reader
from wscli.simulator.shapes import Shape
from wscli.simulator.subscriptions import Subscriptions
from wscli.templates import compile_template


@frozen
class Reply:
    """What follows a frame: messages, channels that are open from now on, or a refusal in words
    that ends the connection.
    """

    said: tuple[Said, ...] = ()
    channels: tuple[Channel, ...] = ()
    refusal: str = ""


_NOTHING: Final = Reply()


class Script:
    """Walks the steps of one connection.

    A frame is waited for where the provider's protocol needs it: it is acknowledged, or the client
    expects something after it. Any other may come or not, and nothing waits. Of a step that is said
    for each element one frame is waited for, and further ones are welcome at any time. A client may
    resume instead, as the profile says. ``through`` tells that the steps are done, ``said`` which
    messages were said on the way.
    """

    def __init__(
        self,
        profile: Profile,
        parts: Mapping[str, Part],
        values: Values,
        subscriptions: Subscriptions,
    ) -> None:
        self._steps: Sequence[Step] = profile.session
        self._resumed = profile.resume.session
        self._shapes: dict[int, Shape] = {}
        self._parts = parts
        self._values = values
        self._subscriptions = subscriptions
        self._index = 0
        self._met: list[int] = []  # the steps whose frame may come, in order
        self._unheard: set[int] = set()  # those of them that should come
        self._silent = True  # nothing that fits has come
        self.said: set[str] = set()
        self.through = False
        self._learn_shapes()

    def begin(self, now: Instant) -> list[Said]:
        """Give what is said before the client says anything."""
        return self._go_on(now)

    def heard(self, value: Any, text: str, now: Instant) -> Reply:
        """Answer a frame: with its acknowledgement and what follows it; or, where another one is
        awaited, with the profile's error message or, for want of one, a refusal.
        """
        index = self._step_of(value, text)
        if index is None and self._resumes(value, text):
            index = self._index
        if index is None:
            return self._complaint(now)
        step = self._steps[index]
        lacking = self._subscriptions.lacks_authorisation(step, value, now)
        if lacking:
            return self._turned_down(step, value, f"{lacking} is missing", now)
        self._silent = False
        self._unheard.discard(index)
        answer = self._acknowledgement(step, value, now)
        said = [] if answer is None else [answer]
        if index == self._index:
            self._index += 1
            said += self._go_on(now)
        told = None if answer is None else (answer.line, answer.value)
        channels = self._subscriptions.channels(step, value, told, now)
        return Reply(tuple(said), tuple(channels))

    # --- the walk ------------------------------------------------------------------------------

    def _go_on(self, now: Instant) -> list[Said]:
        said: list[Said] = []
        while self._index < len(self._steps):
            step = self._steps[self._index]
            if step.send is not MISSING:  # where it does not apply it may come all the same
                self._met.append(self._index)
            if self._applies(step, now):
                said += self._say(step.expect, step.require, now)
                if step.send is not MISSING:
                    self._unheard.add(self._index)
                    if self._waits_after(step, now):
                        return said
            self._index += 1
        self.through = True
        return said

    def _applies(self, step: Step, now: Instant) -> bool:
        names = self._values.for_expressions(now)
        if step.when is not None and not holds(step.when, None, names):
            return False
        if any(names.get(name, MISSING) in (MISSING, None) for name in step.needs):
            return False
        return step.each is None or self._has_elements(step.each, now)

    def _has_elements(self, each: str, now: Instant) -> bool:
        try:
            return compile_template(each).render(self._values.scope(now)).value not in (MISSING, [])
        except WscliError:
            return True

    def _waits_after(self, step: Step, now: Instant) -> bool:
        later = self._steps[self._index + 1 :]
        expects = any(after.expect and self._applies(after, now) for after in later)
        return step.ack is not None or expects

    def _learn_shapes(self) -> None:
        self._shapes = {
            index: Shape(step.send)
            for index, step in enumerate(self._steps)
            if step.send is not MISSING
        }

    def _step_of(self, value: Any, text: str) -> int | None:
        """Find the step that a frame belongs to, one not heard before another heard already."""
        for index in sorted(self._met, key=lambda met: met not in self._unheard):
            if self._shapes[index].fits(value, text):
                return index
        return None

    def _resumes(self, value: Any, text: str) -> bool:
        """Whether a client that has said nothing else yet resumes with a frame; then go on there.
        What it expects before that has been said.
        """
        resumed = self._resumed if self._silent else None
        for index, step in enumerate(resumed or ()):
            if step.send is not MISSING and Shape(step.send).fits(value, text):
                self._steps, self._resumed = resumed or (), None
                self._learn_shapes()
                self._index, self._met, self._unheard = index, [index], {index}
                self.through = False
                return True
        return False

    # --- what is said --------------------------------------------------------------------------

    def _say(self, names: tuple[str, ...], require: Expression | None, now: Instant) -> list[Said]:
        line = choose(self._named(names), require, self._values.for_expressions(now))
        return [] if line is None else [self._noted(Said(line, line.fresh(now)))]

    def _acknowledgement(self, step: Step, sent: Any, now: Instant) -> Said | None:
        if step.ack is None:
            return None
        line = choose(self._named(step.ack.messages), None, self._values.for_expressions(now))
        if line is None:
            return None
        value = self._subscriptions.acknowledgement(step, sent, line, line.fresh(now))
        return self._noted(Said(line, value))

    def _named(self, names: tuple[str, ...]) -> list[Part]:
        return [self._parts[name] for name in names]

    def _noted(self, said: Said) -> Said:
        self.said.add(said.line.rule.name)
        for name, value in said.line.captured(said.value).items():
            self._values.capture(name, value)
        return said

    def _complaint(self, now: Instant) -> Reply:
        """Answer a frame that nobody awaits, where another is awaited."""
        if not self._unheard:
            return _NOTHING
        expected = f"expected {self._shapes[min(self._unheard)].text}"
        line = self._error(())
        if line is not None:
            return Reply((Said(line, line.worded(line.fresh(now), expected)),))
        return _NOTHING if self.through else Reply(refusal=expected)

    def _turned_down(self, step: Step, sent: Any, why: str, now: Instant) -> Reply:
        """Answer a frame that lacks what it must have, with an error about what it asks for."""
        line = self._error(tuple(step.ack.same) if step.ack is not None else ())
        if line is None:
            return Reply(refusal=why)
        value = self._subscriptions.repeating(step, sent, line, line.fresh(now))
        return Reply((Said(line, line.worded(value, why)),))

    def _error(self, about: tuple[Expression, ...]) -> Line | None:
        """Choose an error message that does not end the session, best one with these places."""
        lines = [
            line
            for part in self._parts.values()
            if part.rule.role is Role.ERROR and part.rule.then in (None, Then.IGNORE)
            for line in part.lines
        ]
        fitting = [
            line for line in lines if all(read_places(reader(path), line.example) for path in about)
        ]
        return next(iter([*fitting, *lines]), None)
