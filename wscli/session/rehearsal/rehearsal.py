"""Goes through a run with nobody at the other end: what would be asked, said and awaited."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any, assert_never

from wscli.messages.encode import frame_text
from wscli.messages.memory import Memory
from wscli.model.instant import Instant
from wscli.model.lengths import Span
from wscli.model.message import MISSING, Message
from wscli.model.profile import Connect, Profile
from wscli.model.requests import Fetch, HttpStep, Request
from wscli.model.steps import Step
from wscli.model.wire import HttpAnswer
from wscli.session import commands
from wscli.session.desk import Desk
from wscli.session.fetching import NotFetched, fetch_texts
from wscli.session.opening import Opening
from wscli.session.rehearsal.items import (
    Asking,
    Begins,
    Connecting,
    Item,
    LeftOut,
    Lives,
    Pausing,
    Rejecting,
    Sending,
    Waiting,
)
from wscli.session.rehearsal.knowledge import stand_in_secrets
from wscli.session.rehearsal.planning import Planned, Planner
from wscli.session.step_walk import StepWalk
from wscli.session.target import Overrides, make_target
from wscli.session.waits import Ask, Await, NeedSecrets, Pause


class Rehearsal:
    """One rehearsal. ``options`` are the user's but for the secrets, ``secrets`` the names of those
    that a run would read; here they are not.

    To be asked in the order of a run: ``before``, ``history``, ``connection``, ``steps``,
    ``alive``, then what follows a drop. Each raises TemplateError where a run cannot go on because
    a value is not set, UsageError where the URL is none, and SecretStays where a run would not
    send a secret.
    """

    def __init__(
        self,
        profile: Profile,
        options: Mapping[str, Any],
        overrides: Overrides,
        now: Instant,
        rng: Random,
        *,
        secrets: Collection[str] = (),
    ) -> None:
        self._profile = profile
        self._overrides = overrides
        self._secrets = frozenset(secrets)
        self._planner = Planner(profile, options, secrets, now, rng)
        self._plan = self._planner.plan()
        self._put_back = self._planner.stand_ins
        self._desk = Desk(self._plan.profile, options, overrides, rng, Memory())
        self._desk.now = now
        self._begin()

    @property
    def later(self) -> Mapping[str, str]:
        """The names that stand for themselves because they are not known yet, and where their
        values will come from. Complete once all else was asked.
        """
        return self._planner.used

    def restored(self, text: str) -> str:
        """Give the text of what was raised, with what is not known standing for itself."""
        return self._put_back.restored_url(text)

    def before(self) -> Iterator[Asking | LeftOut]:
        """What is asked before every connection."""
        walk = Opening(self._desk, secrets=True).walk()
        planned = iter(self._plan.bootstrap)
        result: Any = None
        while (wait := _next(walk, result)) is not None:
            if isinstance(wait, NeedSecrets):
                result = {**stand_in_secrets(self._secrets), **self._put_back.hidden}
                continue
            each = next(planned)
            while each.left_out:
                yield LeftOut(each.step.when or "")
                each = next(planned)
            yield self._asking(wait, each.step.request, each.step, each.only)
            result = self._answer(each.step)
        yield from (LeftOut(each.step.when or "") for each in planned)

    def history(self) -> Iterator[Asking | Rejecting]:
        """What is asked once, before the first connection, where the user wants the history."""
        if self._overrides.history:
            yield from self._fetch(self._plan.profile.history, self._profile.history)

    def connection(self) -> Connecting:
        """Where it connects to."""
        return self._connecting(self._plan.profile.connect, self._profile.connect)

    def steps(self) -> Iterator[Item]:
        """What is said and awaited on every connection."""
        return self._walked(self._plan.session)

    def alive(self) -> Lives:
        """What is sent while the stream lives."""
        ping = self._plan.ping
        sent = "" if ping is MISSING else self._frame(ping, "our ping")
        return Lives(
            sent, {name: self._frame(reply, name) for name, reply in self._plan.replies.items()}
        )

    def resumed_connection(self) -> Connecting | None:
        """Where it connects to after a drop, None where that is no other place."""
        self._begin()
        connect, own = self._plan.profile.resume.connect, self._profile.resume.connect
        return None if connect is None or own is None else self._connecting(connect, own)

    def resumed_steps(self) -> Iterator[Item]:
        """What is said after a drop in place of the steps, nothing where they are said again."""
        return self._walked(self._plan.resumed)

    def backfill(self) -> Iterator[Asking | Rejecting]:
        """What is asked of what was missed."""
        yield from self._fetch(self._plan.profile.resume.backfill, self._profile.resume.backfill)

    # --- how it is found out -----------------------------------------------------------------

    def _begin(self) -> None:
        self._desk.values.begin()
        self._desk.values.take_secrets(stand_in_secrets(self._secrets))
        self._desk.values.names.update(self._put_back.hidden)

    def _connecting(self, connect: Connect, own: Connect) -> Connecting:
        aim = make_target(connect, self._overrides, self._desk.scope())
        if aim.secret:
            self._desk.hosts.check(aim.target.url, aim.names)
        self._desk.peer = aim.target.url
        back, masked = self._put_back.restored, aim.masked
        url = self._url(masked.url, own.url)
        shown = replace(
            masked,
            url=url,
            shown=url,
            headers=tuple((name, back(value)) for name, value in masked.headers),
            origin=None if masked.origin is None else back(masked.origin),
            subprotocols=tuple(map(back, masked.subprotocols)),
        )
        return Connecting(shown, aim.target)

    def _walked(self, planned: Collection[Planned]) -> Iterator[Item]:
        walks = StepWalk(self._desk)
        for each in planned:
            if each.left_out:
                yield LeftOut(each.original.when or "")
                continue
            yield Begins(each.original, each.only, each.lacking, each.each)
            yield from self._step(walks, each)

    def _step(self, walks: StepWalk, planned: Planned) -> Iterator[Item]:
        walk = walks.all([planned.step])
        result: Any = None
        wait: Any = walk
        while wait is not None:
            wait = _next(walk, result)
            yield from self._said()
            match wait:
                case None:
                    pass
                case Await(names):
                    yield self._waiting(wait, planned.original)
                    result = Message(b"", None, names[0], names[0])
                case Ask():
                    yield self._asked(wait, planned)
                    result = self._answer(planned.original.http)
                case Pause(seconds):
                    yield Pausing(planned.original.pace or Span(seconds, seconds))
                case _:
                    assert_never(wait)

    def _said(self) -> Iterator[Sending | Rejecting]:
        out, self._desk.out = self._desk.out, []
        for command in out:
            if isinstance(command, commands.Send):
                yield Sending(self._put_back.restored_frame(command.shown))
            elif isinstance(command, commands.Announce):  # pragma: no branch - all that is left
                yield Rejecting(self._put_back.restored(command.record.text))

    def _waiting(self, wait: Await, step: Step) -> Waiting:
        if wait.early or step.ack is None:
            return Waiting(wait.names, step.within, require=step.require or "")
        same = {
            path: self._put_back.restored_frame(frame_text([value])[1:-1])
            for path, value in wait.same.items()
        }
        return Waiting(wait.names, step.ack.within, same)

    def _asked(self, ask: Ask, planned: Planned) -> Asking:
        step = planned.original.http
        request = step.request if step is not None else Request("", "")
        return self._asking(ask, request, step, planned.only_asked)

    def _asking(
        self, ask: Ask, own: Request, step: HttpStep | None = None, only: str = ""
    ) -> Asking:
        """Say what is asked; ``own`` is the request as the profile has it."""
        asked, back = ask.asked, self._put_back.restored
        return Asking(
            asked.request,
            asked.request.method,
            self._url(asked.request.shown, own.url),
            tuple((name, back(value)) for name, value in asked.headers),
            None if asked.body is None else self._put_back.restored_frame(asked.body),
            own.within,
            step,
            only,
        )

    def _url(self, shown: str, template: str) -> str:
        """Put the stand-ins of a URL back; ``template``: as the profile has it."""
        url = self._put_back.restored_url(shown)
        scheme = self._planner.scheme(template)
        return scheme + url[url.index("://") :] if scheme and self._overrides.url is None else url

    def _answer(self, step: HttpStep | None) -> HttpAnswer:
        """Give an answer with something in each place that is captured."""
        names = step.capture if step is not None else {}
        values = {name: self._put_back.text(f"${{{name}}}") for name in names}
        return HttpAnswer(200, body=frame_text(values).encode())

    def _fetch(self, fetch: Fetch | None, own: Fetch | None) -> Iterator[Asking | Rejecting]:
        if fetch is None or own is None:
            return
        walk = fetch_texts(self._desk, fetch)
        try:
            wait: Any = _next(walk, None)
            while wait is not None:
                yield self._asking(wait, own.request)
                wait = _next(walk, HttpAnswer(200, body=b"[]"))
        except NotFetched as failure:
            yield Rejecting(self._put_back.restored(str(failure)))

    def _frame(self, template: Any, called: str) -> str:
        """Give the frame that a template comes to, "" where it cannot be made."""
        scope = self._desk.scope(element={}, message={})
        self._desk.fill_and_send(template, scope, called)
        return "; ".join(said.text for said in self._said())


def _next(walk: Generator[Any, Any, Any], result: Any) -> Any:
    """Give what a walk waits for next, None where it is over."""
    try:
        return walk.send(result)
    except StopIteration:
        return None
