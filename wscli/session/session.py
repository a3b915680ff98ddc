"""The session: told what happens and when, it says what to do. The heart of the pure core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final, assert_never

from wscli.errors import TemplateError, UsageError
from wscli.messages.memory import Memory
from wscli.model.instant import Instant
from wscli.model.lengths import Length, Span
from wscli.model.message import MISSING, SHOWN, Message, Role
from wscli.model.profile import MessageRule, Profile, Then
from wscli.model.record import Ending, StateEvent
from wscli.model.wire import Close as PeerClose
from wscli.model.wire import Ended, Failure, FailureKind, HttpAnswer, Lost
from wscli.session import commands, events
from wscli.session.alive import Alive, Dead, PingDue, Quiet
from wscli.session.concerns import concerned, plain
from wscli.session.desk import Desk
from wscli.session.hosts import SecretStays
from wscli.session.http_steps import NoUse
from wscli.session.intake import Intake
from wscli.session.opening import Opening
from wscli.session.recovery import history
from wscli.session.retry import Backoff, Verdict, both, judge_end, judge_failure
from wscli.session.said import in_short, problems
from wscli.session.spans import as_number, clamped, draw, in_words, told
from wscli.session.states import MOVES, OPEN, State
from wscli.session.steps import Outcome, StepFailed, Steps, StepsThrough
from wscli.session.target import Move, Overrides, make_move, make_target
from wscli.session.task import Task
from wscli.templates import compile_template

_CLOSE_WITHIN: Final = 3.0  # seconds for the peer to answer our close frame
_USAGE: Final = 2  # exit code: what was asked for cannot be sent
_LONG_PAUSE: Final = 1.0  # seconds that our own reader may take before it is worth a word
_STOPPED: Final = 3  # exit code: stopped by a rule, or lost and not to reconnect any more
_REFUSED: Final = 4  # exit code: the provider refused us
_TALKING: Final = frozenset({State.GREETING, State.STREAMING})


class Session:
    """The life of one stream, over as many connections as it takes.

    ``handle`` is the only way in; ``deadline`` (monotonic seconds) says by when it must be called
    again, with ``Tick``. ``concerns`` holds the names of the message rules that must be told as
    ``Received``; messages of the rules in ``gated`` among them are shown only where ``Deliver``
    says so; for those in ``plain`` ``passes`` is the short way. Of other messages ``Activity`` is enough, with ``data=True`` for one of ``data_rules``
    where ``wants_data``. ``memory`` is what the classifier needs to name messages. ``options`` are
    the user's, but for the secrets; ``secrets`` says whether there are any to be read.
    """

    def __init__(
        self,
        profile: Profile,
        options: Mapping[str, Any],
        overrides: Overrides,
        rng: Random,
        *,
        secrets: bool = False,
    ) -> None:
        self.memory = Memory()
        self._desk = Desk(profile, options, overrides, rng, self.memory)
        self._profile = profile
        self._overrides = overrides
        self._rng = rng
        self._backoff = Backoff(profile.reconnect, rng)
        self._opening = Opening(self._desk, secrets=secrets)
        self._intake = Intake(
            self._desk,
            act=self._act_on,
            pass_by=self._pass_by,
            leave=lambda verdict: self._close(1000, verdict),
            talking=lambda: self.state in _TALKING,
        )
        self._steps = Steps((), self._desk)
        self._alive: Alive | None = None
        self._task: Task | None = None
        self._move_to: Move | None = None  # where the provider wants the next one
        self._reconnects = 0
        self._pings = 0
        self._paused_at: float | None = None  # since when our own reader is too slow
        self._reached = False  # somebody has answered us in this run, over HTTP or else
        self._begun = False  # something of the stream was shown
        self._streamed = False  # the steps were once through
        self._resumed = False  # the provider was asked to go on where we were
        self._renewed = False  # since the stream last ran
        self._history = overrides.history and profile.history is not None
        self._gone: Instant | None = None  # when the stream was lost
        self._old_at: float | None = None  # when the connection is to be replaced
        self._until: float | None = None  # end of waiting, or of patience with a close
        self._after: Ending | Verdict | None = None  # what follows when the close is through
        self._closed_with = 0
        self._shown = ""
        self.state = State.IDLE
        self.gated = self._intake.gated
        self.plain = plain(profile)
        self.concerns = concerned(profile) | self.gated
        self.wants_data = profile.keepalive.data_silence is not None
        self.data_rules = frozenset(rule.name for rule in profile.messages if rule.role in SHOWN)

    @property
    def deadline(self) -> float | None:
        """When ``Tick`` has something to do, if nothing comes before."""
        if self.state in (State.WAITING, State.CLOSING):
            return None if self._unread else self._until
        times = [self._alive.deadline if self._alive else None, self._desk.outbox.deadline]
        times += [self._task.deadline if self._task else None, self._intake.deadline]
        if self.state in _TALKING:
            times.append(self._old_at)
        if not (self._alive and self._alive.paused):
            times.append(self._steps.deadline)
        return min((time for time in times if time is not None), default=None)

    def passes(self, message: Message) -> bool | None:
        """Whether a message of a rule in ``plain`` is shown, told without more ado where the stream
        is at rest; None where it must be told as ``Received``.
        """
        if self.state is not State.STREAMING or self._intake.holding:
            return None
        return self._intake.passes(message)

    def handle(self, event: events.Event, now: Instant) -> list[commands.Command]:
        """Tell what happened; gives what to do, in order."""
        self._desk.now, self._desk.out = now, []
        if self.state is State.CLOSED:
            return []
        try:
            self._handle(event)
        except SecretStays as error:
            self._give_up(Ending(error.exit_code, error.text, error.hint or ""))
        return self._desk.out

    def _handle(self, event: events.Event) -> None:
        match event:
            case events.Started():
                self._begin()
            case events.SecretsRead(secrets):
                self._push(lambda task: task.secrets_read(secrets))
            case events.SecretsFailed(text, hint):
                if self.state is State.BOOTSTRAPPING:
                    self._finish(Ending(_USAGE, text, hint))
            case events.HttpAnswered(token, result):
                self._answered(token, result)
            case events.Connected():
                self._connected()
            case events.ConnectFailed(failure):
                self._could_not_connect(failure)
            case events.Activity(data):
                self._heard(data=data)
            case events.Received(message, whole):
                self._received(message, whole=whole)
            case events.PongReceived(payload):
                if self._alive and payload == self._ping_payload():
                    self._alive.answered()
            case events.ConnectionEnded(ended):
                self._ended(ended)
            case events.SendFailed(text):
                self._send_failed(text)
            case events.ReadingPaused():
                self._pause()
            case events.ReadingResumed():
                self._resume()
            case events.Tick():
                self._tick()
            case events.StopAsked(ending, patience):
                self._stop(ending, patience)
            case _:  # pragma: no cover
                assert_never(event)

    # --- before a connection -------------------------------------------------------------------

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
            self._finish(Ending(_STOPPED, text, error.hint or ""))

    def _answered(self, token: int, result: HttpAnswer | Failure) -> None:
        self._reached = self._reached or isinstance(result, HttpAnswer)
        self._push(lambda task: task.answered(token, result))
        self._intake.answered(token, result)
        self._follow(self._steps.answered(token, result))

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

    def _connected(self) -> None:
        self._move(State.GREETING)
        self._reached = True
        self._desk.connections += 1
        rules, at = self._profile.reconnect, self._desk.at
        self._old_at = None if rules.max_age is None else at + rules.max_age
        self._alive = Alive(self._profile.keepalive, at, self._rng, self._span)
        if self._paused_at is not None:
            self._alive.pause(at)
        resume, steps = self._profile.resume, self._profile.session
        if resume.session is not None and self._resuming:
            steps = resume.session
        if resume.backfill is not None and self._begun and self._desk.values.resumable:
            self._intake.hold_back(self._gone)
        by_provider = resume.session is not None or resume.connect is not None
        self._resumed = by_provider and self._resuming
        self._steps = Steps(steps, self._desk)
        self._desk.say(StateEvent.CONNECTED, f"connected to {self._shown}")
        self._follow(self._steps.begin())

    def _could_not_connect(self, failure: Failure) -> None:
        if failure.kind is FailureKind.UNUSABLE:
            self._finish(Ending(_USAGE, failure.text, failure.hint))
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

    def _span(self, length: Length) -> Span:
        return told(length, self._filled)

    def _filled(self, template: str) -> Any:
        """Give what the provider told, MISSING where it has not."""
        try:
            return compile_template(template).render(self._desk.scope()).value
        except TemplateError:
            return MISSING

    # --- what comes ----------------------------------------------------------------------------

    def _heard(self, *, data: bool) -> None:
        if self._alive:
            self._alive.heard(self._desk.at, data=data)
        self._steps.heard()
        if self.state is State.STREAMING:
            self._backoff.healthy(self._desk.at)

    def _received(self, message: Message, *, whole: bool) -> None:
        rule = self._desk.rules[message.rule]
        ping = self._profile.keepalive.ping
        if self._alive and ping and message.rule in ping.expect:
            self._alive.answered()
        if rule.name not in self.gated or whole:
            self._act_on(rule, message)
        else:
            self._intake.received(rule, message)

    def _pass_by(self, rule: MessageRule, message: Message, *, repeated: bool) -> None:
        """A message is not shown, or not yet: answer one that came again, since that may be why,
        and let a step see what it waits for.
        """
        if repeated and self.state in _TALKING:
            self._reply(rule, message)
        if self.state is State.GREETING:
            self._desk.capture(message, keep=False)
            self._follow(self._steps.received(message))

    def _act_on(self, rule: MessageRule, message: Message) -> None:
        """Do what a message asks for, and what it means."""
        if self._desk.capture(message, keep=not self._intake.holding) and self._alive:
            self._alive.told()
        self._begun = self._begun or rule.role in SHOWN
        if self.state not in _TALKING:
            return
        texts = problems(rule, message, self._desk.values.names)
        fails = rule.role is Role.ERROR and rule.then is None and self.state is State.GREETING
        if not (fails and self._steps.rejects(message)):
            for text in texts:
                self._tell(rule, in_short(message.name), text)
        self._reply(rule, message)
        if rule.then is not None and rule.then is not Then.IGNORE:
            self._obey(rule, rule.then, message, texts)
        elif fails:
            self._follow(self._steps.failed(message, "; ".join(texts)))
        else:
            self._follow(self._steps.received(message))

    def _reply(self, rule: MessageRule, message: Message) -> None:
        if rule.reply is not MISSING:
            scope = self._desk.scope(element=message.value, message=message.value)
            self._desk.fill_and_send(rule.reply, scope, f"the answer to {in_short(message.name)}")

    def _tell(self, rule: MessageRule, name: str, text: str) -> None:
        """Tell a problem; what an acknowledgement rejects is told once, not on each connection."""
        if rule.role is Role.ACK:
            self._desk.rejected(f"rejected: {text}")
        else:
            self._desk.say(StateEvent.PROBLEM, f"{name}: {text}")

    def _obey(self, rule: MessageRule, then: Then, message: Message, texts: list[str]) -> None:
        """End the connection as a message says."""
        name = in_short(message.name)
        if rule.to is not None:
            scope = self._desk.scope(element=message.value, message=message.value)
            try:
                self._move_to = make_move(rule.to, scope)
            except TemplateError as error:
                self._desk.say(StateEvent.PROBLEM, f"{name}: {error.text}")
                then = Then.RECONNECT_NOW
        least = draw(rule.wait, self._rng) if rule.wait else 0.0
        said = in_short("; ".join(texts)) or in_short(message.value)
        hint = self._remedy() if then in (Then.REFUSED, Then.RENEW) else ""
        self._close(1000, Verdict(then, f"{name}: {said}", hint, least))

    def _remedy(self) -> str:
        """Name the secrets that the user gave, which may be what is refused."""
        given = [each for each in self._profile.options if each.secret]
        given = [each for each in given if each.name in self._desk.values.names]
        named = [f"{each.flag} ({each.env})" if each.env else each.flag for each in given]
        return f"Check what you gave as {' and '.join(named)}." if named else ""

    # --- what ends -----------------------------------------------------------------------------

    def _ended(self, ended: Ended) -> None:
        if self.state not in OPEN:
            return
        verdict = judge_end(self._profile.reconnect.on_close, ended, self._rng)
        after = self._after
        if after is None:
            self._go_on(verdict)
        elif isinstance(after, Ending):
            self._finish(after)
        elif self._says_more(ended):
            self._go_on(both(after, verdict))
        else:
            self._go_on(after)

    def _says_more(self, ended: Ended) -> bool:
        return isinstance(ended, PeerClose) and ended.code not in (None, self._closed_with)

    def _send_failed(self, text: str) -> None:
        """Nothing more can be sent, but what the peer has sent before can still be read."""
        if self.state in _TALKING:
            self._leave(Verdict(Then.RECONNECT, f"the connection was lost: {text}"))

    def _stop(self, ending: Ending, patience: float) -> None:
        if self.state in _TALKING:
            self._close(1000, ending)
        self._after = ending
        if self.state is State.CLOSING:
            self._until = self._desk.at + patience
        else:
            self._finish(ending)

    def _close(self, code: int, after: Ending | Verdict) -> None:
        """Send a close frame and go on reading until the peer's, then do what follows."""
        self._closed_with = code
        self._leave(after)
        self._desk.say(StateEvent.CLOSING, "closing the connection")
        self._desk.out.append(commands.Close(code))

    def _leave(self, after: Ending | Verdict) -> None:
        """Go on reading until the connection ends, for a while, then do what follows."""
        self._move(State.CLOSING)
        self._after = after
        self._until = self._desk.at + _CLOSE_WITHIN
        self._forget_connection()

    def _give_up(self, ending: Ending) -> None:
        """End the run at once, whatever there is."""
        if self.state in OPEN:
            self._desk.out.append(commands.Drop())
        self._finish(ending)

    def _go_on(self, verdict: Verdict) -> None:
        """The connection is gone, or could not be had: finish, or wait for the next attempt."""
        self._forget_connection()
        self._after = None
        if self._begun:
            self._gone = self._gone or self._desk.now
        self._backoff.ended(self._desk.at)
        verdict = self._renewed_or_refused(verdict)
        ending = self._ending(verdict)
        if ending is not None:
            self._finish(ending)
            return
        self._reconnects += 1
        delay = self._backoff.delay(verdict, self._told_waits())
        self._move(State.WAITING)
        if verdict.then is Then.RESTART:
            self._intake.end("the provider begins anew")
            self._desk.values.forget()
        self._intake.forget()
        self._desk.memory.clear()
        self._until = self._desk.at + delay
        self._desk.say(StateEvent.RECONNECTING, verdict.text, delay=delay, hint=verdict.hint)

    def _renewed_or_refused(self, verdict: Verdict) -> Verdict:
        """What is refused is tried once more with fresh secrets, if they were good before."""
        if verdict.then is not Then.RENEW:
            return verdict
        self._opening.forget()
        if not self._streamed or self._renewed:
            return replace(verdict, then=Then.REFUSED)
        self._renewed = True
        return verdict

    def _ending(self, verdict: Verdict) -> Ending | None:
        """How the run ends, None where it goes on."""
        if verdict.then in (Then.STOP, Then.REFUSED):
            code = _REFUSED if verdict.then is Then.REFUSED else _STOPPED
            return Ending(code, verdict.text, verdict.hint)
        limit = self._overrides.max_reconnects
        if limit is not None and self._reconnects >= limit:
            code = 0 if limit == 0 and verdict.normal else _STOPPED
            return Ending(code, verdict.text, verdict.hint)
        attempts = self._profile.reconnect.attempts
        if attempts is not None and self._backoff.attempts >= attempts:
            text = f"{verdict.text}; given up after {attempts} attempts in a row"
            return Ending(_STOPPED, text, verdict.hint)
        return None

    def _told_waits(self) -> list[float]:
        """Give the waits that the provider told, in seconds; none where it told none."""
        part = self._profile.reconnect.told
        found = MISSING if part is None else self._filled(part.template)
        numbers = map(as_number, found if isinstance(found, list) else [found])
        unit = 1.0 if part is None else part.unit
        return [clamped(number * unit) for number in numbers if number is not None]

    def _forget_connection(self) -> None:
        """Forget what belongs to a connection, but for what its last messages need."""
        self._alive = None
        self._task = None
        self._intake.stop()
        self._old_at = None
        self._steps = Steps((), self._desk)
        self._desk.outbox.clear()

    def _finish(self, ending: Ending) -> None:
        self._move(State.CLOSED)
        self._forget_connection()
        self._intake.end("the run ends")
        ending = replace(ending, text=self._desk.values.veiled(ending.text))
        self._desk.out.append(commands.Finish(ending))

    # --- time ----------------------------------------------------------------------------------

    def _tick(self) -> None:
        at = self._desk.at
        late = self._until is not None and at >= self._until and not self._unread
        if self.state is State.WAITING and late:
            self._begin()
        elif self.state is State.CLOSING and late:
            self._desk.out.append(commands.Drop())
            self._ended(Lost("our close frame was not answered"))
        elif self.state in _TALKING or self.state is State.BOOTSTRAPPING:
            self._push(lambda task: task.due(at))
            self._intake.due(at)
            self._desk.out += self._desk.outbox.due(at)
            if not (self._alive and self._alive.paused):
                self._follow(self._steps.due(at))
            self._look_after()

    def _look_after(self) -> None:
        """Do what the timers of the open connection ask for, if it is still open."""
        if not self._alive or self.state not in _TALKING:
            return
        if self._old_at is not None and self._desk.at >= self._old_at:
            age = in_words(self._profile.reconnect.max_age or 0)
            self._close(1000, Verdict(Then.RECONNECT_NOW, f"the connection is {age} old"))
            return
        for finding in self._alive.due(self._desk.at):
            match finding:
                case PingDue():
                    self._send_ping(self._alive)
                case Quiet(seconds):
                    self._desk.say(StateEvent.QUIET, f"no data for {in_words(seconds)}")
                case Dead(reason):
                    self._desk.out.append(commands.Drop())
                    self._go_on(Verdict(Then.RECONNECT, reason))
                case _:  # pragma: no cover
                    assert_never(finding)

    def _send_ping(self, alive: Alive) -> None:
        ping = self._profile.keepalive.ping
        if ping is None or ping.send is MISSING:
            self._pings += 1
            self._desk.out.append(commands.SendPing(self._ping_payload()))
        elif not self._desk.fill_and_send(ping.send, self._desk.scope(), "our ping"):
            alive.answered()  # what was not sent is not answered

    def _ping_payload(self) -> bytes:
        return b"wscli %d" % self._pings

    @property
    def _unread(self) -> bool:
        """Whether what came before the close, which is not the run's last, is not read for now."""
        closing = self.state is State.CLOSING and isinstance(self._after, Verdict)
        return closing and self._paused_at is not None

    def _pause(self) -> None:
        if self._paused_at is None:
            self._paused_at = self._desk.at
        if self._alive:
            self._alive.pause(self._desk.at)

    def _resume(self) -> None:
        gone = self._alive.resume(self._desk.at) if self._alive else 0.0
        if self._unread:
            self._until = self._desk.at + _CLOSE_WITHIN
        self._paused_at = None
        self._steps.wait_longer(gone)
        if gone >= _LONG_PAUSE:
            text = f"our output was not taken for {in_words(gone)}, so nothing was read meanwhile"
            self._desk.say(StateEvent.PAUSED, text)

    # --- steps ---------------------------------------------------------------------------------

    def _follow(self, outcome: Outcome) -> None:
        match outcome:
            case None:
                pass
            case StepFailed(verdict):
                self._close(1000, verdict)
            case StepsThrough():
                self._stream()
            case _:  # pragma: no cover
                assert_never(outcome)

    def _stream(self) -> None:
        """The steps are through: what was asked for comes."""
        self._move(State.STREAMING)
        if self._alive:  # pragma: no branch - there is a connection
            self._alive.begin_pings(self._desk.at)
        self._desk.say(StateEvent.READY, "the session is set up")
        gone, self._renewed = self._gone, False
        if self._intake.holding:
            self._intake.recover()
        elif gone is not None and not self._resumed:
            away = in_words(self._desk.now.wall - gone.wall)
            text = f"not connected for {away}; what was sent meanwhile is missing"
            self._desk.say(StateEvent.GAP, text)
        self._begun, self._streamed, self._gone = True, True, None

    def _move(self, state: State) -> None:
        if state not in MOVES[self.state]:  # pragma: no cover - a bug of ours, never of a server
            raise AssertionError(f"no move from {self.state} to {state}")
        self.state = state
