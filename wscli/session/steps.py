"""The profile's session steps on one connection: what is awaited, and what is said when.

A step waits for a message (``expect``), asks over HTTP (``http``), sends a frame (``send``) and
waits for its acknowledgement (``ack``), once or for each element of a list. A message that a later
step expects may come early: it is kept for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, assert_never

from wscli.errors import TemplateError
from wscli.jq.expressions import compile_expression
from wscli.messages.match import same
from wscli.model.frozen import frozen
from wscli.model.message import MISSING, Message
from wscli.model.profile import Then
from wscli.model.record import StateEvent
from wscli.model.steps import Step
from wscli.model.wire import Failure, HttpAnswer
from wscli.session.desk import Desk
from wscli.session.http_steps import NoUse
from wscli.session.retry import Verdict
from wscli.session.said import in_short
from wscli.session.spans import in_words
from wscli.session.step_walk import Failed, Refused, StepWalk, Unanswered
from wscli.session.waits import Ask, Await, Pause


@frozen
class StepFailed:
    """The session cannot go on; what that means."""

    verdict: Verdict


@frozen
class StepsThrough:
    """Every step is through."""


Outcome: TypeAlias = StepFailed | StepsThrough | None
"""How the steps ended, None where they go on."""


class Steps:
    """Walks the steps of one connection. Times are monotonic seconds."""

    def __init__(self, steps: Sequence[Step], desk: Desk) -> None:
        self._desk = desk
        self._steps = StepWalk(desk)
        self._walk = self._steps.all(steps)
        self._wait: Await | Pause | Ask | None = None
        self._seen: list[str] = []
        self._early: dict[str, Message] = {}
        self._heard = False
        self._token = 0
        self.deadline: float | None = None

    def begin(self) -> Outcome:
        """Begin with the first step."""
        return self._go_on()

    def received(self, message: Message) -> Outcome:
        """Tell of a message that a step may wait for."""
        if self._wait is None:
            return None
        wait = self._wait
        if not isinstance(wait, Await) or message.rule not in wait.names:
            self._seen.append(in_short(message.name))
            del self._seen[:-5]
            self._early[message.rule] = message
            return None
        return self._go_on(message) if self._repeats(message, wait.same) else None

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
        return self._throw(Refused(text, problem))

    def rejects(self, message: Message) -> bool:
        """Whether an error message is the rejection of an element, as which it is then told."""
        return isinstance(self._wait, Await) and self._wait.element and self._may_mean(message)

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
        return self._throw(Unanswered(f"no {self._wanted} within {within}{came}"))

    # --- the walk ------------------------------------------------------------------------------

    @property
    def _wanted(self) -> str:
        return " or ".join(self._wait.names) if isinstance(self._wait, Await) else ""

    def _may_mean(self, message: Message) -> bool:
        """Whether an error message may be about what waits: it does not say otherwise."""
        if not isinstance(self._wait, Await):
            return False
        for path, sent in self._wait.same.items():
            about = compile_expression(path).first(message.value, {})
            if about is not MISSING and not same(about, sent):
                return False
        return True

    def _go_on(self, result: Any = None) -> Outcome:
        return self._drive(lambda walk: walk.send(result))

    def _throw(self, failure: Failed) -> Outcome:
        return self._drive(lambda walk: walk.throw(failure))

    def _drive(self, push: Any) -> Outcome:
        """Let the walk go on until it waits again, or is over."""
        self._wait, self.deadline = None, None
        try:
            wait = push(self._walk)
        except StopIteration:
            return self._result()
        except Failed as failed:
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
        verdict = self._steps.tally.verdict
        return StepsThrough() if verdict is None else StepFailed(verdict)

    def _repeats(self, message: Message, sent_by_path: Mapping[str, Any]) -> bool:
        """Whether an acknowledgement repeats what it must of the frame that was sent."""
        names = self._desk.values.names
        for path, sent in sent_by_path.items():
            if not same(compile_expression(path).first(message.value, names), sent):
                self._seen.append(f"{in_short(message.name)} with another {path}")
                return False
        return True
