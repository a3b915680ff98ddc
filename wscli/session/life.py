"""The state of a session, and how its connections and the run itself end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any, Final

from wscli.messages.memory import Memory
from wscli.model.instant import Instant
from wscli.model.message import SHOWN, Message
from wscli.model.profile import MessageRule, Profile, Then
from wscli.model.record import Ending, StateEvent
from wscli.model.wire import Close as PeerClose
from wscli.model.wire import Ended
from wscli.session import commands
from wscli.session.concerns import concerned, plain
from wscli.session.desk import Desk
from wscli.session.fate import Fate
from wscli.session.intake import Intake
from wscli.session.opening import Opening
from wscli.session.retry import Verdict, both, judge_end
from wscli.session.states import MOVES, OPEN, TALKING, State
from wscli.session.steps import Steps
from wscli.session.target import Move, Overrides
from wscli.session.task import Task
from wscli.session.vigil import Vigil, filled
from wscli.session.voice import Voice

CLOSE_WITHIN: Final = 3.0  # seconds for the peer to answer our close frame


class Life(ABC):
    """What a session knows, and how it lets go of a connection. ``Session`` is the one that is told
    what happens; what its arguments are stands there.
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
        most = overrides.max_reconnects
        self._fate = Fate(profile.reconnect, rng, most, partial(filled, self._desk))
        self._vigil = Vigil(self._desk)
        self._voice = Voice(self._desk)
        self._opening = Opening(self._desk, secrets=secrets)
        self._intake = Intake(
            self._desk,
            act=self._act_on,
            pass_by=self._pass_by,
            leave=lambda verdict: self._close(1000, verdict),
            talking=lambda: self.state in TALKING,
        )
        self._steps = Steps((), self._desk)
        self._task: Task | None = None
        self._move_to: Move | None = None  # where the provider wants the next one
        self._reached = False  # somebody has answered us in this run, over HTTP or else
        self._begun = False  # something of the stream was shown
        self._streamed = False  # the steps were once through
        self._resumed = False  # the provider was asked to go on where we were
        self._history = overrides.history and profile.history is not None
        self._gone: Instant | None = None  # when the stream was lost
        self._until: float | None = None  # end of waiting, or of patience with a close
        self._after: Ending | Verdict | None = None  # what follows when the close is through
        self._closed_with: int | None = 0  # None where we could not send
        self._shown = ""
        self.state = State.IDLE
        self.gated = self._intake.gated
        self.plain = plain(profile)
        self.concerns = concerned(profile) | self.gated
        self.wants_data = profile.keepalive.data_silence is not None
        self.data_rules = frozenset(rule.name for rule in profile.messages if rule.role in SHOWN)

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
            # where something could not be sent because it was over, the peer's word is all there is
            self._go_on(verdict if self._closed_with is None else both(after, verdict))
        else:
            self._go_on(after)

    def _says_more(self, ended: Ended) -> bool:
        return isinstance(ended, PeerClose) and ended.code not in (None, self._closed_with)

    def _send_failed(self, text: str) -> None:
        """Nothing more can be sent, but what the peer has sent before can still be read."""
        if self.state in TALKING:
            self._closed_with = None
            self._leave(Verdict(Then.RECONNECT, f"the connection was lost: {text}"))

    def _stop(self, ending: Ending, patience: float) -> None:
        if self.state in TALKING:
            self._close(1000, ending)
        self._after = ending
        if self.state is State.CLOSING:
            self._until = self._desk.at + patience
        else:
            self._finish(ending)

    def _close(self, code: int, after: Ending | Verdict, reason: str = "") -> None:
        """Send a close frame and go on reading until the peer's, then do what follows."""
        self._closed_with = code
        self._leave(after)
        self._desk.say(StateEvent.CLOSING, "closing the connection")
        self._desk.out.append(commands.Close(code, reason))

    def _leave(self, after: Ending | Verdict) -> None:
        """Go on reading until the connection ends, for a while, then do what follows."""
        self._move(State.CLOSING)
        self._after = after
        self._until = self._desk.at + CLOSE_WITHIN
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
        self._fate.backoff.ended(self._desk.at)
        if verdict.then is Then.RENEW:
            self._opening.forget()
        verdict = self._fate.judged(verdict, streamed=self._streamed)
        ending = self._fate.ending(verdict, last=self._voice.done)
        if ending is not None:
            self._finish(ending)
            return
        delay = self._fate.delay(verdict)
        self._move(State.WAITING)
        if verdict.then is Then.RESTART:
            self._intake.end("the provider begins anew")
            self._desk.values.forget()
        self._intake.forget()
        self._desk.memory.clear()
        self._until = self._desk.at + delay
        self._desk.say(StateEvent.RECONNECTING, verdict.text, delay=delay, hint=verdict.hint)

    def _forget_connection(self) -> None:
        """Forget what belongs to a connection, but for what its last messages need."""
        self._vigil.end()
        self._voice.forget_connection()
        self._task = None
        self._intake.stop()
        self._steps = Steps((), self._desk)
        self._desk.outbox.clear()

    def _finish(self, ending: Ending) -> None:
        self._move(State.CLOSED)
        self._forget_connection()
        self._intake.end("the run ends")
        ending = replace(ending, text=self._desk.values.veiled(ending.text))
        self._desk.out.append(commands.Finish(ending))

    # --- what the session does with messages ------------------------------------------------

    @abstractmethod
    def _act_on(self, rule: MessageRule, message: Message) -> None:
        """Do what a message asks for, and what it means."""

    @abstractmethod
    def _pass_by(self, rule: MessageRule, message: Message, *, repeated: bool) -> None:
        """A message is not shown, or not yet."""

    def _move(self, state: State) -> None:
        if state not in MOVES[self.state]:  # pragma: no cover - a bug of ours, never of a server
            raise AssertionError(f"no move from {self.state} to {state}")
        self.state = state
