"""Messages on their way to the user: those that came before are dropped, missing ones noticed, and
what was missed while we were away is shown first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wscli.messages.classify import Decoder
from wscli.model.instant import Instant
from wscli.model.message import Message
from wscli.model.profile import Gap, MessageRule, Then
from wscli.model.record import StateEvent
from wscli.session import commands
from wscli.session.concerns import gated
from wscli.session.desk import Desk
from wscli.session.gate import Dedupe, Sequences
from wscli.session.recovery import Recovery
from wscli.session.retry import Verdict
from wscli.session.task import Task


class Intake:
    """One for the whole run. ``act`` does what a message asks for once it is shown, ``leave`` ends
    the connection; ``gated``: the names of the rules whose messages go through here.
    """

    def __init__(
        self,
        desk: Desk,
        act: Callable[[MessageRule, Message], None],
        leave: Callable[[Verdict], None],
    ) -> None:
        self._desk = desk
        self._act = act
        self._leave = leave
        self._decoder = Decoder(desk.profile, desk.memory)  # for messages that come over HTTP
        self._dedupe = Dedupe(desk.profile.resume.dedupe)
        self._sequences = Sequences()
        self._recovery: Recovery | None = None
        self._task: Task | None = None
        self.gated = gated(desk.profile)

    @property
    def decoder(self) -> Decoder:
        """Makes messages of what comes over HTTP."""
        return self._decoder

    @property
    def holding(self) -> bool:
        """Whether messages are held back."""
        return self._recovery is not None

    @property
    def deadline(self) -> float | None:
        """When ``due`` has something to do."""
        return self._task.deadline if self._task is not None else None

    def forget(self) -> None:
        """The connection is gone. What was held back is not shown: what is missed now begins where
        we were before.
        """
        self._task = self._recovery = None
        self._sequences.clear()

    def hold_back(self, since: Instant | None) -> None:
        """Hold messages back from now on; ``since`` is when we lost the stream."""
        fetch = self._desk.profile.resume.backfill
        if fetch is not None:  # pragma: no branch - asked before
            self._recovery = Recovery(self._desk, fetch, self._decoder, self.show, since)

    def recover(self) -> None:
        """Ask for what was missed."""
        if self._recovery is not None:  # pragma: no branch - asked before
            self._task = Task(self._desk, self._recovery.walk(), self._release)
            self._task.begin()

    def answered(self, token: int, result: Any) -> None:
        """Tell of the answer to a request."""
        if self._task is not None:
            self._task.answered(token, result)

    def due(self, now: float) -> None:
        """Tell the time."""
        if self._task is not None:
            self._task.due(now)

    def received(self, rule: MessageRule, message: Message, *, talking: bool) -> None:
        """Take a message of a gated rule; ``talking``: the connection is not being closed."""
        if self._recovery is None:
            self._let_through(rule, message, talking=talking)
            return
        self._recovery.hold(message)
        if self._recovery.too_much:
            self._desk.say(StateEvent.GAP, "too much came while what was missed was awaited")
            self._release()

    def show(self, message: Message) -> bool:
        """Show a message that came over HTTP; gives whether it is new."""
        if not self._dedupe.new(message.value):
            self._desk.out.append(commands.Skip())
            return False
        self._desk.out.append(commands.Deliver(message))
        self._desk.capture(message)
        return True

    def _release(self) -> None:
        """Nothing more is to be recovered: show what was held back."""
        recovery, self._recovery, self._task = self._recovery, None, None
        for message in recovery.release() if recovery is not None else ():
            self.received(self._desk.rules[message.rule], message, talking=True)

    def _let_through(self, rule: MessageRule, message: Message, *, talking: bool) -> None:
        """Show a message that is new, and see whether one before it is missing."""
        if rule.sequence is not None and talking:
            missing = self._sequences.missing(rule.sequence, rule.name, message.value)
            if missing and self._gap(rule.sequence.gap, missing, message):
                return
        if self._dedupe.new(message.value):
            self._desk.out.append(commands.Deliver(message))
            self._act(rule, message)
        else:
            self._desk.out.append(commands.Skip())

    def _gap(self, gap: Gap, missing: int, message: Message) -> bool:
        """Tell that messages are missing; True where the message is held back until they are here,
        or is the last that is shown of this connection.
        """
        noun = "message is" if missing == 1 else "messages are"
        text = f"{missing} {noun} missing before this {message.name}"
        recoverable = self._desk.profile.resume.backfill is not None and self._desk.values.resumable
        if gap is Gap.BACKFILL and recoverable:
            self._desk.say(StateEvent.STEP, f"{text}; asking for what was missed")
            self.hold_back(None)
            self.received(self._desk.rules[message.rule], message, talking=True)
            self.recover()
            return True
        self._desk.say(StateEvent.GAP, text)
        if gap is Gap.RECONNECT:
            self._desk.out.append(commands.Deliver(message))
            self._leave(Verdict(Then.RECONNECT, text))
            return True
        return False
