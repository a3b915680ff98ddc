"""The session: told what happens and when, it says what to do. The heart of the pure core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final, assert_never

from wscli.errors import TemplateError
from wscli.messages.encode import frame_text
from wscli.model.instant import Instant
from wscli.model.message import MISSING, SHOWN, Message, Role
from wscli.model.profile import MessageRule, Profile, Then
from wscli.model.record import Ending, StateEvent, StateRecord
from wscli.model.wire import Close as PeerClose
from wscli.model.wire import Ended, Failure, FailureKind, Lost
from wscli.session import commands, events
from wscli.session.alive import Alive, Dead, PingDue, Quiet
from wscli.session.retry import Backoff, Verdict, judge_end, judge_failure
from wscli.session.said import Captures, in_short, problems
from wscli.session.spans import draw, in_words
from wscli.session.states import MOVES, OPEN, State
from wscli.session.steps import Outcome, SendFrame, StepFailed, Steps, StepsThrough, Waiting
from wscli.session.target import Overrides, make_target
from wscli.templates import Scope, compile_template

_CLOSE_WITHIN: Final = 3.0  # seconds for the peer to answer our close frame
_USAGE: Final = 2  # exit code: what was asked for cannot be sent
_LONG_PAUSE: Final = 1.0  # seconds that our own reader may take before it is worth a word
_STOPPED: Final = 3  # exit code: stopped by a rule, or lost and not to reconnect any more
_REFUSED: Final = 4  # exit code: the provider refused us


class Session:
    """The life of one stream, over as many connections as it takes.

    ``handle`` is the only way in; ``deadline`` (monotonic seconds) says by when it must be called
    again, with ``Tick``. ``concerns`` holds the names of the message rules that must be told as
    ``Received``; of other messages ``Activity`` is enough, with ``data=True`` for one of
    ``data_rules`` where ``wants_data``. ``values`` are the user's options.
    """

    def __init__(
        self, profile: Profile, values: Mapping[str, Any], overrides: Overrides, rng: Random
    ) -> None:
        self._profile = profile
        self._values = values
        self._overrides = overrides
        self._rng = rng
        self._rules: Mapping[str, MessageRule] = {rule.name: rule for rule in profile.messages}
        self._captures = Captures(self._rules)
        self._backoff = Backoff(profile.reconnect, rng)
        self._names: dict[str, Any] = dict(values)
        self._steps = Steps((), self._names, rng)
        self._alive: Alive | None = None
        self._connections = 0
        self._reconnects = 0
        self._pings = 0
        self._until: float | None = None  # end of waiting, or of patience with a close
        self._after: Ending | Verdict | None = None  # what follows when the close is through
        self._closed_with = 0
        self._shown = ""
        self._out: list[commands.Command] = []
        self.state = State.IDLE
        self.concerns = _concerns(profile)
        self.wants_data = profile.keepalive.data_silence is not None
        self.data_rules = frozenset(rule.name for rule in profile.messages if rule.role in SHOWN)

    @property
    def deadline(self) -> float | None:
        """When ``Tick`` has something to do, if nothing comes before."""
        if self.state in (State.WAITING, State.CLOSING):
            return self._until
        times = [self._alive.deadline if self._alive else None]
        if not (self._alive and self._alive.paused):
            times.append(self._steps.deadline)
        return min((time for time in times if time is not None), default=None)

    def handle(self, event: events.Event, now: Instant) -> list[commands.Command]:
        """Tell what happened; gives what to do, in order."""
        self._out = []
        at = now.monotonic
        match event:
            case events.Started():
                self._connect(now)
            case events.Connected():
                self._connected(now)
            case events.ConnectFailed(failure):
                self._could_not_connect(failure, now)
            case events.Activity(data):
                self._heard(at, data=data)
            case events.Received(message):
                self._received(message, now)
            case events.PongReceived(payload):
                if self._alive and payload == self._ping_payload():
                    self._alive.answered()
            case events.ConnectionEnded(ended):
                self._ended(ended, now)
            case events.SendFailed(text):
                self._send_failed(text, now)
            case events.ReadingPaused():
                if self._alive:
                    self._alive.pause(at)
            case events.ReadingResumed():
                self._resume(now)
            case events.Tick():
                self._tick(now)
            case events.StopAsked(ending, patience):
                self._stop(ending, patience, now)
            case _:  # pragma: no cover
                assert_never(event)
        return self._out

    # --- opening -------------------------------------------------------------------------------

    def _connect(self, now: Instant) -> None:
        self._move(State.CONNECTING)
        self._until = None
        self._names.clear()
        self._names.update(self._values)
        target = make_target(self._profile.connect, self._overrides, self._names)
        self._say(StateEvent.CONNECTING, f"connecting to {target.shown}", now)
        self._out.append(commands.Connect(target))
        self._shown = target.shown

    def _connected(self, now: Instant) -> None:
        self._move(State.GREETING)
        self._connections += 1
        self._alive = Alive(self._profile.keepalive, now.monotonic, self._rng)
        self._steps = Steps(self._profile.session, self._names, self._rng)
        self._say(StateEvent.CONNECTED, f"connected to {self._shown}", now)
        self._follow(self._steps.begin(now.monotonic), now)

    def _could_not_connect(self, failure: Failure, now: Instant) -> None:
        if failure.kind is FailureKind.UNUSABLE:
            self._finish(Ending(_USAGE, failure.text, failure.hint))
            return
        verdict = judge_failure(self._profile.reconnect.on_http, failure, self._rng)
        never_reached = not self._connections and not self._overrides.patient
        if never_reached and failure.kind is not FailureKind.STATUS:
            # A name that does not exist or a port where nobody listens is more often a mistake
            # than an outage, so the first attempt of a run answers at once, as curl does.
            hint = verdict.hint or "Nothing has answered yet; --max-reconnects N tries again."
            verdict = replace(verdict, then=Then.STOP, hint=hint if failure.retry else verdict.hint)
        self._go_on(verdict, now)

    # --- what comes ----------------------------------------------------------------------------

    def _heard(self, at: float, *, data: bool) -> None:
        if self._alive:
            self._alive.heard(at, data=data)
        self._steps.heard()
        if self.state is State.STREAMING:
            self._backoff.healthy(at)

    def _received(self, message: Message, now: Instant) -> None:
        rule = self._rules.get(message.rule)
        if rule is None or self.state not in (State.GREETING, State.STREAMING):
            return
        self._captures.take(message, self._names)
        texts = problems(rule, message, self._names)
        for text in texts:
            self._say(StateEvent.PROBLEM, f"{message.name}: {text}", now)
        if rule.reply is not MISSING:
            scope = Scope(names=self._names, element=message.value, message=message.value)
            self._fill_and_send(rule.reply, scope, f"the answer to {message.name}", now)
        ping = self._profile.keepalive.ping
        if self._alive and ping and message.rule in ping.expect:
            self._alive.answered()
        if rule.then is not None and rule.then is not Then.IGNORE:
            least = draw(rule.wait, self._rng) if rule.wait else 0.0
            said = "; ".join(texts) or in_short(message.value)
            verdict = Verdict(rule.then, f"{message.name}: {said}", at_least=least)
            self._close(1000, verdict, now)
        elif rule.role is Role.ERROR and rule.then is None and self.state is State.GREETING:
            self._follow(self._steps.failed(message, "; ".join(texts)), now)
        else:
            self._follow(self._steps.received(message, now.monotonic), now)

    def _ended(self, ended: Ended, now: Instant) -> None:
        if self.state not in OPEN:
            return
        verdict = judge_end(self._profile.reconnect.on_close, ended, self._rng)
        after = self._after
        if after is None:
            self._go_on(verdict, now)
        elif isinstance(after, Ending):
            self._finish(after)
        elif self._says_more(ended) and verdict.then in (Then.STOP, Then.REFUSED):
            # We closed because something went wrong, and the peer's own close says why for good.
            self._go_on(replace(verdict, text=f"{after.text}; {verdict.text}"), now)
        else:
            self._go_on(after, now)

    def _says_more(self, ended: Ended) -> bool:
        return isinstance(ended, PeerClose) and ended.code not in (None, self._closed_with)

    def _send_failed(self, text: str, now: Instant) -> None:
        """Nothing more can be sent, but what the peer has sent before can still be read."""
        if self.state in (State.GREETING, State.STREAMING):
            self._leave(Verdict(Then.RECONNECT, f"the connection was lost: {text}"), now)

    def _resume(self, now: Instant) -> None:
        gone = self._alive.resume(now.monotonic) if self._alive else 0.0
        self._steps.wait_longer(gone)
        if gone >= _LONG_PAUSE:
            text = f"our output was not taken for {in_words(gone)}, so nothing was read meanwhile"
            self._say(StateEvent.PAUSED, text, now)

    # --- time ----------------------------------------------------------------------------------

    def _tick(self, now: Instant) -> None:
        at = now.monotonic
        if self.state is State.WAITING and self._until is not None and at >= self._until:
            self._connect(now)
        elif self.state is State.CLOSING and self._until is not None and at >= self._until:
            self._out.append(commands.Drop())
            self._ended(Lost("our close frame was not answered"), now)
        elif self.state in (State.GREETING, State.STREAMING):
            if not (self._alive and self._alive.paused):
                self._follow(self._steps.due(at), now)
            self._look_after(now)

    def _look_after(self, now: Instant) -> None:
        """Do what the timers of the open connection ask for, if it is still open."""
        if not self._alive or self.state not in (State.GREETING, State.STREAMING):
            return
        for finding in self._alive.due(now.monotonic):
            match finding:
                case PingDue():
                    self._send_ping(now)
                case Quiet(seconds):
                    self._say(StateEvent.QUIET, f"no data for {in_words(seconds)}", now)
                case Dead(reason):
                    self._out.append(commands.Drop())
                    self._go_on(Verdict(Then.RECONNECT, reason), now)
                case _:  # pragma: no cover
                    assert_never(finding)

    def _send_ping(self, now: Instant) -> None:
        ping = self._profile.keepalive.ping
        if ping is None or ping.send is MISSING:
            self._pings += 1
            self._out.append(commands.SendPing(self._ping_payload()))
        else:
            self._fill_and_send(ping.send, Scope(names=self._names), "our ping", now)

    def _ping_payload(self) -> bytes:
        return b"wscli %d" % self._pings

    # --- steps ---------------------------------------------------------------------------------

    def _follow(self, outcomes: list[Outcome], now: Instant) -> None:
        for outcome in outcomes:
            match outcome:
                case SendFrame(value, shown):
                    self._send(value, shown, now)
                case Waiting(text):
                    self._say(StateEvent.STEP, text, now)
                case StepFailed(text):
                    self._close(1000, Verdict(Then.RECONNECT, text), now)
                case StepsThrough():
                    self._move(State.STREAMING)
                    if self._alive:  # pragma: no branch - there is a connection
                        self._alive.begin_pings(now.monotonic)
                    self._say(StateEvent.READY, "the session is set up", now)
                case _:  # pragma: no cover
                    assert_never(outcome)

    # --- ending --------------------------------------------------------------------------------

    def _stop(self, ending: Ending, patience: float, now: Instant) -> None:
        if self.state in (State.GREETING, State.STREAMING):
            self._close(1000, ending, now)
        self._after = ending
        if self.state is State.CLOSING:
            self._until = now.monotonic + patience
        elif self.state is not State.CLOSED:
            self._finish(ending)

    def _close(self, code: int, after: Ending | Verdict, now: Instant) -> None:
        """Send a close frame and go on reading until the peer's, then do what follows."""
        self._closed_with = code
        self._leave(after, now)
        self._say(StateEvent.CLOSING, "closing the connection", now)
        self._out.append(commands.Close(code))

    def _leave(self, after: Ending | Verdict, now: Instant) -> None:
        """Go on reading until the connection ends, for a while, then do what follows."""
        self._move(State.CLOSING)
        self._after = after
        self._until = now.monotonic + _CLOSE_WITHIN
        self._forget_connection()

    def _go_on(self, verdict: Verdict, now: Instant) -> None:
        """The connection is gone: finish, or wait for the next attempt."""
        self._forget_connection()
        self._after = None
        self._backoff.ended(now.monotonic)
        if verdict.then in (Then.STOP, Then.REFUSED):
            code = _REFUSED if verdict.then is Then.REFUSED else _STOPPED
            self._finish(Ending(code, verdict.text, verdict.hint))
            return
        limit = self._overrides.max_reconnects
        if limit is not None and self._reconnects >= limit:
            code = 0 if limit == 0 and verdict.normal else _STOPPED
            self._finish(Ending(code, verdict.text, verdict.hint))
            return
        attempts = self._profile.reconnect.attempts
        if attempts is not None and self._backoff.attempts >= attempts:
            text = f"{verdict.text}; given up after {attempts} attempts in a row"
            self._finish(Ending(_STOPPED, text, verdict.hint))
            return
        self._reconnects += 1
        delay = self._backoff.delay(verdict)
        self._move(State.WAITING)
        self._until = now.monotonic + delay
        self._say(StateEvent.RECONNECTING, verdict.text, now, delay=delay, hint=verdict.hint)

    def _forget_connection(self) -> None:
        self._alive = None
        self._steps = Steps((), self._names, self._rng)

    def _finish(self, ending: Ending) -> None:
        self._move(State.CLOSED)
        self._forget_connection()
        self._out.append(commands.Finish(ending))

    # --- small things --------------------------------------------------------------------------

    def _move(self, state: State) -> None:
        if state not in MOVES[self.state]:  # pragma: no cover - a bug of ours, never of a server
            raise AssertionError(f"no move from {self.state} to {state}")
        self.state = state

    def _fill_and_send(self, template: Any, scope: Scope, frame: str, now: Instant) -> None:
        """Send what a template comes to; that it lacks a value is said, and no reason to end."""
        try:
            rendered = compile_template(template).render(scope)
        except TemplateError as error:
            self._say(StateEvent.PROBLEM, f"{frame} cannot be made: {error.text}", now)
        else:
            self._send(rendered.value, rendered.shown, now)

    def _send(self, value: Any, shown: Any, now: Instant) -> None:
        if value is not MISSING:
            try:
                self._out.append(commands.Send(frame_text(value), frame_text(shown)))
            except ValueError as error:
                self._say(StateEvent.PROBLEM, f"a frame cannot be made: {error}", now)

    def _say(
        self,
        event: StateEvent,
        text: str,
        now: Instant,
        *,
        delay: float | None = None,
        hint: str = "",
    ) -> None:
        record = StateRecord(event, text, now, self._connections, delay, hint)
        self._out.append(commands.Announce(record))


def _concerns(profile: Profile) -> frozenset[str]:
    """Which message rules the session must be told of, known from the profile."""
    names = {
        rule.name
        for rule in profile.messages
        if rule.role is Role.ERROR
        or rule.capture
        or rule.problem is not None
        or rule.reply is not MISSING
        or rule.then is not None
    }
    for step in profile.session:
        names.update(step.expect)
        if step.ack is not None:
            names.update(step.ack.messages)
    if profile.keepalive.ping is not None:
        names.update(profile.keepalive.ping.expect)
    return frozenset(names)
