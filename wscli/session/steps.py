"""The profile's session steps on one connection: what is awaited, and what is said when.

A step waits for a message (``expect``), asks over HTTP (``http``), sends a frame (``send``) and
waits for its acknowledgement (``ack``), once or for each element of a list. A message that a later
step expects may come early: it is kept for it.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, assert_never

from wscli.errors import TemplateError
from wscli.jq.expressions import compile_expression
from wscli.messages.match import same
from wscli.model.frozen import frozen
from wscli.model.message import MISSING, Message
from wscli.model.profile import Ack, Remember, Step, Then
from wscli.model.record import StateEvent
from wscli.model.requests import HttpStep
from wscli.model.wire import Failure, HttpAnswer
from wscli.session.conditions import holds
from wscli.session.desk import Ask, Await, Desk, Pause
from wscli.session.http_steps import NoUse, ask_http
from wscli.session.retry import Verdict
from wscli.session.said import in_short, problems
from wscli.session.spans import draw, in_words
from wscli.session.values import as_item, items_of
from wscli.templates import Rendered, compile_template
from wscli.templates.syntax import Root
from wscli.templates.values import join_list

_SAID: Final = 5  # elements that are named where none was answered


@frozen
class StepFailed:
    """The session cannot go on; what that means."""

    verdict: Verdict


@frozen
class StepsThrough:
    """Every step is through."""


Outcome: TypeAlias = StepFailed | StepsThrough | None
"""How the steps ended, None where they go on."""

_Walk: TypeAlias = Generator[Await | Pause | Ask, Any, None]


class _Failed(Exception):  # noqa: N818 - a step's own ending, not an error of ours
    """What was said is refused, or makes no sense any more."""


class _Refused(_Failed):
    """An error message came in place of the answer; ``problem`` is what it says."""

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(text)
        self.problem = problem


class _Unanswered(_Failed):
    """What was said is not answered."""


class Steps:
    """Walks the steps of one connection. Times are monotonic seconds."""

    def __init__(self, steps: Sequence[Step], desk: Desk) -> None:
        self._steps = steps
        self._desk = desk
        self._walk: _Walk = self._all()
        self._wait: Await | Pause | Ask | None = None
        self._same: Mapping[str, Any] = {}  # what an acknowledgement must repeat, by its path
        self._seen: list[str] = []
        self._early: dict[str, Message] = {}
        self._heard = False
        self._granted = 0
        self._rejected = 0
        self._in_each = False
        self._unanswered: list[str] = []
        self._token = 0
        self.deadline: float | None = None

    def begin(self) -> Outcome:
        """Begin with the first step."""
        return self._go_on()

    def received(self, message: Message) -> Outcome:
        """Tell of a message that a step may wait for."""
        if self._wait is None:
            return None
        if not isinstance(self._wait, Await) or message.rule not in self._wait.names:
            self._seen.append(in_short(message.name))
            del self._seen[:-5]
            self._early[message.rule] = message
            return None
        if not self._repeats(message):
            return None
        return self._go_on(message)

    def heard(self) -> None:
        """Tell that frames came, whatever they were."""
        self._heard = True

    def wait_longer(self, seconds: float) -> None:
        """Move the deadline: for so long nothing was read, and that was our doing."""
        if self.deadline is not None:
            self.deadline += seconds

    def failed(self, message: Message, problem: str) -> Outcome:
        """Tell of an error message, which fails the step that waits, unless it says that it is
        about something else.
        """
        if not self._may_mean(message):
            return None
        text = f"while waiting for {self._wanted}: {in_short(message.name)}: {problem}"
        return self._throw(_Refused(text, problem))

    def rejects(self, message: Message) -> bool:
        """Whether an error message is the rejection of an element, as which it is then told."""
        return self._in_each and self._may_mean(message)

    def answered(self, token: int, result: HttpAnswer | Failure) -> Outcome:
        """Tell of the answer to a request; one that is of another time does nothing."""
        return self._go_on(result) if isinstance(self._wait, Ask) and token == self._token else None

    def due(self, now: float) -> Outcome:
        """Tell the time: a pause is over, or an awaited message did not come in its time."""
        if self.deadline is None or now < self.deadline:
            return None
        if not isinstance(self._wait, Await):
            return self._go_on()
        came = "; what came is of other kinds" if self._heard else "; nothing came"
        if self._seen:
            came = f"; what came: {', '.join(self._seen)}"
        within = in_words(self._wait.within)
        return self._throw(_Unanswered(f"no {self._wanted} within {within}{came}"))

    # --- the walk ------------------------------------------------------------------------------

    @property
    def _wanted(self) -> str:
        return " or ".join(self._wait.names) if isinstance(self._wait, Await) else ""

    def _may_mean(self, message: Message) -> bool:
        """Whether an error message may be about what waits: it does not say otherwise."""
        for path, sent in self._same.items():
            about = compile_expression(path).first(message.value, {})
            if about is not MISSING and not same(about, sent):
                return False
        return isinstance(self._wait, Await)

    def _go_on(self, result: Any = None) -> Outcome:
        return self._drive(lambda walk: walk.send(result))

    def _throw(self, failure: _Failed) -> Outcome:
        return self._drive(lambda walk: walk.throw(failure))

    def _drive(self, push: Any) -> Outcome:
        """Let the walk go on until it waits again, or is over."""
        self._wait, self.deadline = None, None
        try:
            wait = push(self._walk)
        except StopIteration:
            return self._result()
        except _Failed as failed:
            return StepFailed(Verdict(Then.RECONNECT, str(failed)))
        except TemplateError as error:
            why = "; ".join([error.text, *self._desk.lacking])
            return StepFailed(Verdict(Then.RECONNECT, f"a frame cannot be made: {why}"))
        except NoUse as answer:
            return StepFailed(answer.verdict)
        self._begin_to_wait(wait)
        if isinstance(wait, Await) and wait.early:
            early = next((name for name in wait.names if name in self._early), None)
            if early is not None:
                return self._go_on(self._early.pop(early))
        return None

    def _begin_to_wait(self, wait: Await | Pause | Ask) -> None:
        self._wait, self._seen, self._heard = wait, [], False
        match wait:
            case Await(within=within):
                self.deadline = self._desk.at + within
                self._desk.say(StateEvent.STEP, f"waiting for {self._wanted}")
            case Pause(seconds):
                self.deadline = self._desk.at + seconds
            case Ask(asked):
                self._desk.say(StateEvent.STEP, f"asking {asked.shown}")
                self._token = self._desk.ask(asked)
            case _:  # pragma: no cover
                assert_never(wait)

    def _result(self) -> Outcome:
        """Say how it went: where nothing at all is granted, there is nothing to wait for."""
        if not self._granted and self._unanswered:
            return StepFailed(Verdict(Then.RECONNECT, _in_brief(self._unanswered)))
        if not self._granted and self._rejected:
            text = "everything that was asked for was rejected"
            return StepFailed(Verdict(Then.REFUSED, text))
        return StepsThrough()

    # --- one step ------------------------------------------------------------------------------

    def _all(self) -> _Walk:
        for step in self._steps:
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

    def _expect(self, step: Step) -> _Walk:
        self._same = {}
        message = yield Await(step.expect, draw(step.within, self._desk.rng), early=True)
        names = self._desk.values.for_expressions(self._desk.now)
        if step.require is not None and not holds(step.require, message.value, names):
            raise _Failed(f"{in_short(message.name)} came, but {step.require} does not hold")

    def _each(self, step: Step, template: str) -> _Walk:
        """Say a step for each element; what fails is that element's rejection."""
        names = compile_template(template).names
        self._in_each = True
        for number, item in enumerate(self._items(step, template)):
            if number and step.pace is not None:
                yield Pause(draw(step.pace, self._desk.rng))
            before = self._granted + self._rejected
            try:
                yield from self._once(step, item, names)
            except _Unanswered as failed:
                self._unanswered.append(f"{_called(item)}: {failed}")
                self._desk.say(StateEvent.PROBLEM, f"{_called(item)}: {failed}")
            except _Refused as refused:
                self._reject(f"rejected: {_called(item)}: {refused.problem}")
            except TemplateError as error:
                why = "; ".join([error.text, *self._desk.lacking])
                self._reject(f"{_called(item)} cannot be asked for: {why}")
            except NoUse as answer:
                self._turned_down(item, answer.verdict)
            else:
                # an acknowledgement that says itself what it grants has been counted
                self._granted += self._granted + self._rejected == before
        self._in_each = False

    def _items(self, step: Step, template: str) -> Iterator[Any]:
        items = items_of(compile_template(template).render(self._desk.scope()))
        size = step.chunk
        if size is None:
            yield from map(as_item, items)
        else:
            for start in range(0, len(items), size):
                yield as_item(join_list(items[start : start + size]))

    def _once(self, step: Step, item: Any, names: Collection[str] = ()) -> _Walk:
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
        self._same = {
            path: compile_expression(source).first(sent, names) for path, source in ack.same.items()
        }
        message = yield Await(ack.messages, draw(ack.within, self._desk.rng))
        self._same = {}
        rule = self._desk.rules[message.rule]
        if rule.accepted is not None:
            self._granted += len(compile_expression(rule.accepted).each(message.value, names))
        self._rejected += len(problems(rule, message, names))
        return message

    def _repeats(self, message: Message) -> bool:
        """Whether an acknowledgement repeats what it must of the frame that was sent."""
        names = self._desk.values.names
        for path, sent in self._same.items():
            if not same(compile_expression(path).first(message.value, names), sent):
                self._seen.append(f"{in_short(message.name)} with another {path}")
                return False
        return True

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
        self._rejected += 1
        self._desk.rejected(text)

    def _turned_down(self, item: Any, verdict: Verdict) -> None:
        """An element's request was answered with no: rejected, or not answered where trying again
        may help.
        """
        text = f"{_called(item)}: {verdict.text}"
        if verdict.then in (Then.STOP, Then.REFUSED, Then.RENEW):
            self._reject(f"rejected: {text}")
        else:
            self._unanswered.append(text)
            self._desk.say(StateEvent.PROBLEM, text)


def _known(value: Any) -> bool:
    return value is not MISSING and value is not None


def _of_the_ack(remember: Remember) -> bool:
    templates = (compile_template(remember.value), compile_template(remember.name))
    return any(Root.MESSAGE in template.roots for template in templates)


def _in_brief(texts: Sequence[str]) -> str:
    """Put some of many texts into one line of ours."""
    more = f"; and {len(texts) - _SAID} more" if len(texts) > _SAID else ""
    return "; ".join(texts[:_SAID]) + more


def _called(item: Any) -> str:
    """Say which element is meant: itself, or the first two texts in it."""
    if isinstance(item, Rendered):
        item = item.shown
    if isinstance(item, dict):
        texts = [value for value in item.values() if isinstance(value, str)]
        item = f"{texts[0]} ({texts[1]})" if len(texts) > 1 else next(iter(texts), item)
    return in_short(item)
