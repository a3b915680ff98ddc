"""What the profile's session steps say and wait for, one after the other: a generator, which
``session/steps.py`` drives with what comes.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from wscli.errors import TemplateError
from wscli.jq.expressions import compile_expression
from wscli.model.message import MISSING, Message
from wscli.model.profile import Then
from wscli.model.record import StateEvent
from wscli.model.requests import HttpStep
from wscli.model.steps import Ack, Remember, Step
from wscli.session.conditions import holds
from wscli.session.desk import Desk
from wscli.session.http_steps import NoUse, ask_http
from wscli.session.retry import Verdict
from wscli.session.said import in_short, problems
from wscli.session.spans import draw, in_words
from wscli.session.tally import Tally
from wscli.session.values import as_item, items_of
from wscli.session.waits import Ask, Await, Pause
from wscli.templates import Rendered, compile_template
from wscli.templates.syntax import Root
from wscli.templates.values import join_list

Walk: TypeAlias = Generator[Await | Pause | Ask, Any, None]
"""Yields what is waited for; is sent the message or the answer that came."""


class Failed(Exception):  # noqa: N818 - a step's own ending, not an error of ours
    """What was said is refused, or makes no sense any more."""


class Refused(Failed):
    """An error message came in place of the answer; ``problem`` is what it says."""

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(text)
        self.problem = problem


class Unanswered(Failed):
    """What was said is not answered."""


class StepWalk:
    """Makes the walk of one connection; ``tally`` counts what the provider granted."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.tally = Tally()

    def all(self, steps: Sequence[Step]) -> Walk:
        """Walk through the steps."""
        for step in steps:
            names = self._desk.values.for_expressions(self._desk.now)
            if step.when is not None and not holds(step.when, None, names):
                continue
            lacking = [name for name in step.needs if not _known(names.get(name, MISSING))]
            if lacking:
                are = "is" if len(lacking) == 1 else "are"
                why = f"{' and '.join(lacking)} {are} not known"
                self._reject(f"{self._wish(step)} was left out: {why}")
                continue
            if step.expect:
                yield from self._expect(step)
            if step.each is None:
                yield from self._once(step, MISSING)
            else:
                yield from self._each(step, step.each)

    def _wish(self, step: Step) -> str:
        """Call a step by the option that wants it, where it is one alone; else by what it sends."""
        options = self._desk.profile.options
        flags = (option.flag for option in options if step.when == f"${option.name}")
        return next(flags, None) or ("a step" if step.send is MISSING else in_short(step.send))

    def _expect(self, step: Step) -> Walk:
        message = yield Await(step.expect, draw(step.within, self._desk.rng), early=True)
        names = self._desk.values.for_expressions(self._desk.now)
        if step.require is not None and not holds(step.require, message.value, names):
            raise Failed(f"{in_short(message.name)} came, but {step.require} does not hold")

    def _each(self, step: Step, template: str) -> Walk:
        """Say a step for each element; what fails is that element's rejection."""
        names = compile_template(template).names
        for number, item in enumerate(self._items(step, template)):
            if number and step.pace is not None:
                yield Pause(draw(step.pace, self._desk.rng))
            before = self.tally.granted + self.tally.rejected
            try:
                yield from self._once(step, item, names)
            except Unanswered as failed:
                self.tally.unanswered.append(f"{_called(item)}: {failed}")
                self._desk.say(StateEvent.PROBLEM, f"{_called(item)}: {failed}")
            except Refused as refused:
                self._reject(f"rejected: {_called(item)}: {refused.problem}")
            except TemplateError as error:
                why = "; ".join([error.text, *self._desk.lacking])
                self._reject(f"{_called(item)} cannot be asked for: {why}")
            except NoUse as answer:
                self._turned_down(item, answer.verdict)
            else:
                # an acknowledgement that says itself what it grants has been counted
                self.tally.granted += self.tally.granted + self.tally.rejected == before

    def _items(self, step: Step, template: str) -> Iterator[Any]:
        items = items_of(compile_template(template).render(self._desk.scope()))
        size = step.chunk
        if size is None:
            yield from map(as_item, items)
        else:
            for start in range(0, len(items), size):
                yield as_item(join_list(items[start : start + size]))

    def _once(self, step: Step, item: Any, names: Collection[str] = ()) -> Walk:
        """Say a step; ``names`` were used in its item."""
        local: Mapping[str, Any] = {}
        if step.http is not None:
            local = (yield from self._asked(step.http, item, names)) or {}
        late = step.remember is not None and step.ack is not None and _of_the_ack(step.remember)
        if step.remember is not None and not late:
            self._remember(step.remember, MISSING, item, local)
        sent: Any = MISSING
        if step.send is not MISSING:
            template = compile_template(step.send)
            rendered = template.render(self._desk.scope(item=item, local=local))
            self._desk.send(rendered, template.names.union(names))
            sent = rendered.value
        if step.ack is not None:
            message = yield from self._acknowledged(step.ack, sent, item, local)
            if step.remember is not None and late:
                self._remember(step.remember, message.value, item, local)

    def _asked(
        self, http: HttpStep, item: Any, names: Collection[str]
    ) -> Generator[Ask | Pause, Any, Mapping[str, Any] | None]:
        """Ask; and for an element, where the provider wants us to wait for a while, once more."""
        try:
            return (yield from ask_http(self._desk, http, item=item, names=names))
        except NoUse as answer:
            verdict = answer.verdict
            if item is MISSING or not verdict.soon:
                raise
        again = f"asking again in {in_words(verdict.at_least)}"
        self._desk.say(StateEvent.PROBLEM, f"{_called(item)}: {verdict.text}; {again}")
        yield Pause(verdict.at_least)
        return (yield from ask_http(self._desk, http, item=item, names=names))

    def _acknowledged(
        self, ack: Ack, sent: Any, item: Any, local: Mapping[str, Any]
    ) -> Generator[Await, Message, Message]:
        names = self._desk.values.for_expressions(self._desk.now, item=item, local=local)
        repeated = {
            path: compile_expression(source).first(sent, names) for path, source in ack.same.items()
        }
        within = draw(ack.within, self._desk.rng)
        message = yield Await(ack.messages, within, same=repeated, element=item is not MISSING)
        rule = self._desk.rules[message.rule]
        if rule.accepted is not None:
            self.tally.granted += len(compile_expression(rule.accepted).each(message.value, names))
        self.tally.rejected += len(problems(rule, message, names))
        return message

    def _remember(
        self, remember: Remember, message: Any, item: Any, local: Mapping[str, Any]
    ) -> None:
        scope = self._desk.scope(message=message, item=item, local=local)
        value = compile_template(remember.value).render(scope).value
        name = compile_template(remember.name).render(scope).shown
        if value is not MISSING and isinstance(name, str):
            self._desk.memory.put(value, name)

    # --- what is not granted -------------------------------------------------------------------

    def _reject(self, text: str) -> None:
        self.tally.rejected += 1
        self._desk.rejected(text)

    def _turned_down(self, item: Any, verdict: Verdict) -> None:
        """An element's request was answered with no: rejected, or not answered where trying again
        may help.
        """
        text = f"{_called(item)}: {verdict.text}"
        if verdict.then in (Then.STOP, Then.REFUSED, Then.RENEW):
            self._reject(f"rejected: {text}")
        else:
            self.tally.unanswered.append(text)
            self._desk.say(StateEvent.PROBLEM, text)


def _known(value: Any) -> bool:
    return value is not MISSING and value is not None


def _of_the_ack(remember: Remember) -> bool:
    templates = (compile_template(remember.value), compile_template(remember.name))
    return any(Root.MESSAGE in template.roots for template in templates)


def _called(item: Any) -> str:
    """Say which element is meant: itself, or the first two texts in it."""
    if isinstance(item, Rendered):
        item = item.shown
    if isinstance(item, dict):
        texts = [value for value in item.values() if isinstance(value, str)]
        item = f"{texts[0]} ({texts[1]})" if len(texts) > 1 else next(iter(texts), item)
    return in_short(item)
