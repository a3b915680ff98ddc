"""The session: told what happens and when, it says what to do. The heart of the pure core."""

from __future__ import annotations

from typing import Final, assert_never

from wscli.model.instant import Instant
from wscli.model.message import SHOWN, Message, Role
from wscli.model.profile import MessageRule, Then
from wscli.model.record import Ending, StateEvent
from wscli.model.wire import Failure, Handshake, HttpAnswer, Lost
from wscli.session import commands, events
from wscli.session.alive import Dead
from wscli.session.attempt import USAGE, Attempt
from wscli.session.consequences import order, reply, tell
from wscli.session.hosts import SecretStays
from wscli.session.life import CLOSE_WITHIN
from wscli.session.retry import Verdict
from wscli.session.said import problems
from wscli.session.spans import in_words
from wscli.session.states import TALKING, State
from wscli.session.steps import Outcome, StepFailed, Steps, StepsThrough
from wscli.session.vigil import Old

_LONG_PAUSE: Final = 1.0  # seconds that our own reader may take before it is worth a word


class Session(Attempt):
    """The life of one stream, over as many connections as it takes.

    ``handle`` is the only way in; ``deadline`` (monotonic seconds) says by when it must be called
    again, with ``Tick``. ``concerns`` holds the names of the message rules that must be told as
    ``Received``; messages of the rules in ``gated`` among them are shown only where ``Deliver``
    says so; for those in ``plain`` ``passes`` is the short way. Of other messages ``Activity`` is
    enough, with ``data=True`` for one of ``data_rules`` where ``wants_data``. ``memory`` is what
    the classifier needs to name messages. ``options`` are the user's, but for the secrets;
    ``secrets`` says whether there are any to be read.
    """

    @property
    def deadline(self) -> float | None:
        """When ``Tick`` has something to do, if nothing comes before."""
        if self.state in (State.WAITING, State.CLOSING):
            return None if self._unread else self._until
        times = [self._vigil.deadline, self._desk.outbox.deadline, self._intake.deadline]
        times.append(self._task.deadline if self._task else None)
        if not self._vigil.paused:
            times.append(self._steps.deadline)
        if self.state is State.STREAMING:
            times.append(self._voice.deadline)
        return min((time for time in times if time is not None), default=None)

    @property
    def listens(self) -> bool:
        """Whether ``Said`` may be told: where much waits to be said, the user has to wait too."""
        return not self._voice.full

    @property
    def knows_secrets(self) -> bool:
        """Whether ``veiled`` knows what to mask by now; from any thread."""
        return self._opening.knows_secrets

    def veiled(self, text: str) -> str:
        """Mask the secrets in what the user says, for who shows or keeps it; from any thread."""
        return self._desk.values.veiled(text)

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
                    self._finish(Ending(USAGE, text, hint))
            case events.HttpAnswered(token, result):
                self._answered(token, result)
            case events.Connected(handshake):
                self._connected(handshake)
            case events.ConnectFailed(failure):
                self._could_not_connect(failure)
            case events.Activity(data):
                self._heard(data=data)
            case events.Received(message, whole):
                self._received(message, whole=whole)
            case events.PongReceived(payload):
                self._vigil.ponged(payload)
                self._voice.ponged(payload)
            case events.ConnectionEnded(ended):
                self._ended(ended)
            case events.SendFailed(text):
                self._send_failed(text)
            case events.ReadingPaused():
                self._vigil.pause()
            case events.ReadingResumed():
                self._resume()
            case events.Tick():
                self._tick()
            case events.StopAsked(ending, patience):
                self._stop(ending, patience)
            case events.Said(saying):
                self._voice.say(saying)
                self._speak()
            case events.Unsayable(text, hint):
                self._desk.say(StateEvent.UNSENT, text, hint=hint)
            case events.SaidAll():
                self._voice.end()
                self._speak()
            case _:  # pragma: no cover
                assert_never(event)

    # --- what comes ----------------------------------------------------------------------------

    def _answered(self, token: int, result: HttpAnswer | Failure) -> None:
        self._reached = self._reached or isinstance(result, HttpAnswer)
        self._push(lambda task: task.answered(token, result))
        self._intake.answered(token, result)
        self._follow(self._steps.answered(token, result))

    def _connected(self, handshake: Handshake) -> None:
        self._move(State.GREETING)
        self._reached = True
        self._desk.connections += 1
        self._vigil.begin()
        resume, steps = self._profile.resume, self._profile.session
        if resume.session is not None and self._resuming:
            steps = resume.session
        if resume.backfill is not None and self._begun and self._desk.values.resumable:
            self._intake.hold_back(self._gone)
        by_provider = resume.session is not None or resume.connect is not None
        self._resumed = by_provider and self._resuming
        self._steps = Steps(steps, self._desk)
        self._desk.say(StateEvent.CONNECTED, f"connected to {self._shown}")
        if handshake.via:
            self._desk.say(StateEvent.STEP, f"the connection goes through {handshake.via}")
        if handshake.deflate:
            text = "the server may compress its messages (permessage-deflate)"
            self._desk.say(StateEvent.STEP, text)
        self._follow(self._steps.begin())

    def _heard(self, *, data: bool) -> None:
        self._vigil.heard(data=data)
        self._steps.heard()
        if self.state is State.STREAMING:
            self._fate.backoff.healthy(self._desk.at)

    def _received(self, message: Message, *, whole: bool) -> None:
        rule = self._desk.rules[message.rule]
        self._vigil.received(message.rule)
        if rule.name not in self.gated or whole:
            self._act_on(rule, message)
        else:
            self._intake.received(rule, message)

    def _pass_by(self, rule: MessageRule, message: Message, *, repeated: bool) -> None:
        """A message is not shown, or not yet: answer one that came again, since that may be why,
        and let a step see what it waits for.
        """
        if repeated and self.state in TALKING:
            reply(self._desk, rule, message)
        if self.state is State.GREETING:
            self._desk.capture(message, keep=False)
            self._follow(self._steps.received(message))

    def _act_on(self, rule: MessageRule, message: Message) -> None:
        """Do what a message asks for, and what it means."""
        if self._desk.capture(message, keep=not self._intake.holding):
            self._vigil.captured()
        self._begun = self._begun or rule.role in SHOWN
        if self.state not in TALKING:
            return
        texts = problems(rule, message, self._desk.values.names)
        fails = rule.role is Role.ERROR and rule.then is None and self.state is State.GREETING
        if not (fails and self._steps.rejects(message)):
            tell(self._desk, rule, message, texts)
        reply(self._desk, rule, message)
        ordered = order(self._desk, rule, message, texts)
        if ordered is not None:
            self._move_to = ordered.move or self._move_to
            self._close(1000, ordered.verdict)
        elif fails:
            self._follow(self._steps.failed(message, "; ".join(texts)))
        else:
            self._follow(self._steps.received(message))

    # --- time ----------------------------------------------------------------------------------

    def _tick(self) -> None:
        at = self._desk.at
        late = self._until is not None and at >= self._until and not self._unread
        if self.state is State.WAITING and late:
            self._begin()
        elif self.state is State.CLOSING and late:
            self._desk.out.append(commands.Drop())
            self._ended(Lost("our close frame was not answered"))
        elif self.state in TALKING or self.state is State.BOOTSTRAPPING:
            self._push(lambda task: task.due(at))
            self._intake.due(at)
            self._desk.out += self._desk.outbox.due(at)
            if not self._vigil.paused:
                self._follow(self._steps.due(at))
            self._look_after()
            self._speak()

    def _look_after(self) -> None:
        """Do what the timers of the open connection ask for, if it is still open."""
        match self._vigil.due():
            case Old(text):
                self._close(1000, Verdict(Then.RECONNECT_NOW, text))
            case Dead(reason):
                self._desk.out.append(commands.Drop())
                self._go_on(Verdict(Then.RECONNECT, reason))
            case None:
                pass
            case found:  # pragma: no cover
                assert_never(found)

    @property
    def _unread(self) -> bool:
        """Whether what came before the close, which is not the run's last, is not read for now."""
        closing = self.state is State.CLOSING and isinstance(self._after, Verdict)
        return closing and self._vigil.paused_at is not None

    def _resume(self) -> None:
        if self._unread:
            self._until = self._desk.at + CLOSE_WITHIN
        gone = self._vigil.resume()
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
        self._vigil.begin_pings()
        self._fate.streams()
        self._desk.say(StateEvent.READY, "the session is set up")
        gone = self._gone
        if self._intake.holding:
            self._intake.recover()
        elif gone is not None and not self._resumed:
            away = in_words(self._desk.now.wall - gone.wall)
            text = f"not connected for {away}; what was sent meanwhile is missing"
            self._desk.say(StateEvent.GAP, text)
        self._begun, self._streamed, self._gone = True, True, None
        self._speak()

    def _speak(self) -> None:
        """Say what the user has to say, once the steps are through."""
        goodbye = self._voice.go_on() if self.state is State.STREAMING else None
        if goodbye is not None:
            self._close(goodbye.code, Ending(0, "closed as you said"), goodbye.reason)
