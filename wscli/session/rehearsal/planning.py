"""Prepares a profile for its rehearsal: which steps are taken, and what stands in for what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field, replace
from random import Random
from typing import Any

from wscli.jq.expressions import compile_expression
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.profile import Profile, Resume
from wscli.model.requests import Fetch, HttpStep
from wscli.model.steps import Step
from wscli.session.asking import names_of
from wscli.session.rehearsal.knowledge import OPEN, Answer, Knowledge
from wscli.session.rehearsal.rewriting import Around, Rewriter
from wscli.session.rehearsal.stand_ins import StandIns
from wscli.templates import compile_template

_ITEM = "item"


@frozen
class PlannedRequest:
    """A request before the connection. ``step`` is the profile's own."""

    step: HttpStep
    left_out: bool = False
    only: str = ""


@frozen
class Planned:
    """A step of the session. ``original`` is the profile's own, ``step`` the one that is walked;
    for the rest see ``items.Begins``. ``only_asked``: the condition of its request, where it
    cannot be told yet whether it holds.
    """

    original: Step
    step: Step
    left_out: bool = False
    only: str = ""
    only_asked: str = ""
    lacking: tuple[str, ...] = ()
    each: str = ""


@frozen
class Plan:
    """``profile``: the one that is rehearsed. ``ping`` and ``replies`` are templates."""

    profile: Profile
    bootstrap: tuple[PlannedRequest, ...]
    session: tuple[Planned, ...]
    resumed: tuple[Planned, ...]
    ping: Any = MISSING
    replies: Mapping[str, Any] = field(default_factory=dict)


class Planner:
    """Makes the plan, in the order of a run: what is known grows with each step."""

    def __init__(
        self,
        profile: Profile,
        options: Mapping[str, Any],
        secrets: Collection[str],
        now: Instant,
        rng: Random,
    ) -> None:
        self.stand_ins = StandIns(rng)
        self._profile = profile
        self._knowledge = Knowledge(profile.computed, options, secrets, now)
        self._rewriter = Rewriter(self._knowledge, self.stand_ins)

    @property
    def used(self) -> Mapping[str, str]:
        """The names that are not known yet and are used, and where their values come from."""
        return self._rewriter.used

    def scheme(self, url: str) -> str:
        """Give how the profile writes the scheme of a URL, "" where that is known."""
        return self._rewriter.scheme(url)

    def plan(self) -> Plan:
        """Give the plan."""
        profile, write = self._profile, self._rewriter
        bootstrap, requests = [], []
        for step in profile.bootstrap:
            planned, request = self._request(step)
            bootstrap.append(planned)
            requests.append(request)
        history = self._fetch(profile.history)
        connect = write.connect(profile.connect)
        for rule in profile.messages:
            self._knowledge.tell(rule.capture, f"the message {rule.name}")
        session = tuple(self._step(step) for step in profile.session)
        ping, replies = self._ping(), self._replies()
        self._knowledge.sharpen()
        resume, resumed = self._resume(profile.resume)
        return Plan(
            replace(
                profile,
                bootstrap=tuple(requests),
                history=history,
                connect=connect,
                session=tuple(each.step for each in session),
                resume=resume,
            ),
            tuple(bootstrap),
            session,
            resumed,
            ping,
            replies,
        )

    def _request(self, step: HttpStep) -> tuple[PlannedRequest, HttpStep]:
        answer = self._knowledge.decide(step.when)
        written = replace(self._asked(step, Around()), when=step.when)
        if answer is Answer.NO:
            return PlannedRequest(step, left_out=True), written
        only = step.when or "" if answer is Answer.OPEN else ""
        self._tell(step)
        return PlannedRequest(step, only=only), replace(written, when=None)

    def _asked(self, step: HttpStep, around: Around) -> HttpStep:
        """Give a request whose answer has a member for each value that is captured."""
        captures = {name: f".{name}" for name in step.capture}
        request = self._rewriter.request(step.request, around)
        return replace(step, request=request, require=None, capture=captures, cache=False)

    def _tell(self, step: HttpStep) -> None:
        source = f"the answer to {step.request.method} {step.request.url}"
        self._knowledge.tell(step.capture, source, step.secret)

    def _step(self, step: Step) -> Planned:
        known = self._knowledge
        answer = known.decide(step.when)
        if answer is Answer.NO:
            return Planned(step, step, left_out=True)
        lacking = tuple(name for name in step.needs if known.state(name) in OPEN)
        each = step.each if step.each is not None and self._rewriter.later(step.each) else None
        if each is not None:  # said more than once, or not at all
            known.blur(_names_in(step))
        around = Around(item=each is not None)
        http, only_asked, local = self._http(step.http, around)
        if local is not None:
            self._tell(local)
        planned = Planned(
            original=step,
            step=replace(
                step,
                when=None,
                require=None,
                needs=tuple(name for name in step.needs if name not in lacking),
                each=None if each is not None else step.each,
                http=http,
                send=step.send if step.send is MISSING else self._rewriter.tree(step.send, around),
                remember=None,
            ),
            only=step.when or "" if answer is Answer.OPEN else "",
            only_asked=only_asked,
            lacking=lacking,
            each=each or "",
        )
        if local is not None:
            known.forget(local.capture)
        if planned.only or lacking:
            known.blur(_names_in(step))
        return planned

    def _http(
        self, http: HttpStep | None, around: Around
    ) -> tuple[HttpStep | None, str, HttpStep | None]:
        """Give the request that is walked; its condition, where it cannot be told whether that
        holds; and the request again, where what it captures is told for every element.
        """
        if http is None:
            return None, "", None
        written = self._asked(http, around)
        names = compile_expression(http.when).names if http.when is not None else frozenset()
        answer = self._knowledge.decide(http.when)
        if _ITEM in names and not around.item and answer is not Answer.OPEN:
            return written, "", None  # decided for each element, as in a run
        if _ITEM in names or answer is Answer.OPEN:
            return replace(written, when=None), http.when or "", http
        return written, "", http if answer is Answer.YES else None

    def _fetch(self, fetch: Fetch | None) -> Fetch | None:
        """Give a request for a list of which nothing is made."""
        if fetch is None:
            return None
        later = fetch.over is not None and self._rewriter.later(fetch.over)
        return replace(
            fetch,
            request=self._rewriter.request(fetch.request, Around(item=later)),
            over=None if later else fetch.over,
            each=None,
            shape=MISSING,
            sort=None,
        )

    def _ping(self) -> Any:
        ping = self._profile.keepalive.ping
        if ping is None or ping.send is MISSING:
            return MISSING
        self._knowledge.blur(compile_template(ping.send).names)  # it is sent again and again
        return self._rewriter.tree(ping.send)

    def _replies(self) -> Mapping[str, Any]:
        rules = [rule for rule in self._profile.messages if rule.reply is not MISSING]
        self._knowledge.blur(compile_template([rule.reply for rule in rules]).names)
        around = Around(message=True)
        return {rule.name: self._rewriter.tree(rule.reply, around) for rule in rules}

    def _resume(self, resume: Resume) -> tuple[Resume, tuple[Planned, ...]]:
        connect = None if resume.connect is None else self._rewriter.connect(resume.connect)
        steps = tuple(self._step(step) for step in resume.session or ())
        session = None if resume.session is None else tuple(each.step for each in steps)
        backfill = self._fetch(resume.backfill)
        return replace(resume, connect=connect, session=session, backfill=backfill), steps


def _names_in(step: Step) -> frozenset[str]:
    names = frozenset() if step.send is MISSING else compile_template(step.send).names
    return names | names_of(step.http.request) if step.http is not None else names
