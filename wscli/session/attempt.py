"""How a session comes by a connection: what is asked before it, where it leads, how it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from wscli.errors import TemplateError, UsageError
from wscli.model.profile import Then
from wscli.model.record import Ending, StateEvent
from wscli.model.wire import Failure, FailureKind
from wscli.session import commands
from wscli.session.fate import STOPPED
from wscli.session.http_steps import NoUse
from wscli.session.life import Life
from wscli.session.recovery import history
from wscli.session.retry import Verdict, judge_failure
from wscli.session.states import State
from wscli.session.target import make_target
from wscli.session.task import Task

USAGE: Final = 2  # exit code: what was asked for cannot be sent


class Attempt(Life):
    """What a session does from the moment it wants a connection until it has one, or has not."""

    def _begin(self) -> None:
        """Begin an attempt: with what is asked before it, and once with what was before."""
        self._move(State.BOOTSTRAPPING)
        self._until = None
        self._desk.values.begin()
        self._desk.lacking.clear()
        self._task = Task(self._desk, self._opening.walk(), self._opened)
        self._push(Task.begin)

    def _opened(self) -> None:
        self._task = None
        fetch = self._profile.history
        if not self._history or fetch is None:
            self._connect()
            return
        self._history = False
        walk = history(self._desk, fetch, self._intake.showing)
        self._task = Task(self._desk, walk, self._connect)
        self._push(Task.begin)

    def _push(self, push: Any) -> None:
        """Let what asks before a connection, or beside it, go on; and judge how it ends."""
        if self._task is None:
            return
        try:
            push(self._task)
        except NoUse as answer:
            self._not_opened(answer.verdict)
        except (TemplateError, UsageError) as error:
            if not self._profile.bootstrap and not self._desk.connections:
                raise  # nothing is the provider's yet: it is the user who gave what cannot be
            text = "; ".join([error.text.removesuffix("."), *self._desk.lacking])
            self._finish(Ending(STOPPED, text, error.hint or ""))

    def _connect(self) -> None:
        self._task = None
        resume, connect = self._profile.resume, self._profile.connect
        if resume.connect is not None and self._resuming:
            connect = resume.connect
        move, self._move_to = self._move_to, None
        aim = make_target(connect, self._overrides, self._desk.scope(), move=move)
        if aim.secret:
            self._desk.hosts.check(aim.target.url, aim.names)
        self._move(State.CONNECTING)
        self._shown, self._desk.peer = aim.target.shown, aim.target.url
        self._desk.say(StateEvent.CONNECTING, f"connecting to {self._shown}")
        self._desk.out.append(commands.Connect(aim.target))

    @property
    def _resuming(self) -> bool:
        """Whether what was missed can be told: we were there before, and know where we were."""
        return self._streamed and self._desk.values.resumable

    def _could_not_connect(self, failure: Failure) -> None:
        if failure.kind is FailureKind.UNUSABLE:
            self._finish(Ending(USAGE, failure.text, failure.hint))
            return
        self._not_opened(judge_failure(self._profile.reconnect.on_http, failure, self._rng))

    def _not_opened(self, verdict: Verdict) -> None:
        """An attempt failed: in a request before it, or in the opening handshake."""
        self._opening.forget()
        self._reached = self._reached or verdict.reached
        if not self._reached and not self._overrides.patient:
            # A name that does not exist or a port where nobody listens is more often a mistake
            # than an outage, so the first attempt of a run answers at once, as curl does.
            retries = verdict.then is Then.RECONNECT
            again = "Nothing has answered yet; --max-reconnects N tries again." if retries else ""
            verdict = replace(verdict, then=Then.STOP, hint=verdict.hint or again)
        self._go_on(verdict)
