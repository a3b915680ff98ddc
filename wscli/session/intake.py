"""Messages on their way to the user: those that came before are dropped, missing ones noticed, and
what was missed while we were away is shown first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from wscli.messages.classify import Decoder
from wscli.messages.match import compile_match
from wscli.messages.where import fill_where
from wscli.model.instant import Instant
from wscli.model.message import MISSING, SHOWN, Derived, Message
from wscli.model.profile import Gap, MessageRule, Sequence, Then
from wscli.model.record import StateEvent
from wscli.session import commands
from wscli.session.concerns import gated
from wscli.session.desk import Desk
from wscli.session.gate import Dedupe, Sequences
from wscli.session.recovery import Held, Showing, recovery
from wscli.session.retry import Verdict
from wscli.session.said import in_short
from wscli.session.task import Task
from wscli.templates import Scope


class PassBy(Protocol):
    """Does what cannot wait with a message that is not shown."""

    def __call__(self, rule: MessageRule, message: Message, *, repeated: bool) -> None:
        """``repeated``: it was shown before; else it may be shown later."""


class Intake:
    """One for the whole run. ``act`` does what a message asks for once it is shown, ``leave`` ends
    the connection, ``talking`` tells whether there is one that is not being closed. ``gated``: the
    names of the rules whose messages go through here.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        act: Callable[[MessageRule, Message], None],
        pass_by: PassBy,
        leave: Callable[[Verdict], None],
        talking: Callable[[], bool],
    ) -> None:
        self._desk = desk
        self._act = act
        self._pass_by = pass_by
        self._leave = leave
        self._talking = talking
        self._dedupe = Dedupe(desk.profile.resume.dedupe)
        self._sequences = Sequences()
        self._held: Held | None = None
        self._task: Task | None = None  # asks for what was missed
        self._in_vain = False  # what was missing on this connection could not be had
        decoder = Decoder(desk.profile, desk.memory)  # of what comes over HTTP
        self.showing = Showing(decoder, self._show, self._wanted, self._met)
        options = Scope(names=dict(desk.values.names))
        self._wheres = {
            rule.name: compile_match(fill_where(rule.where, options))
            for rule in desk.profile.messages
            if rule.where is not MISSING
        }
        self.gated = gated(desk.profile)

    @property
    def holding(self) -> bool:
        """Whether messages are held back."""
        return self._held is not None

    @property
    def deadline(self) -> float | None:
        """When ``due`` has something to do."""
        return None if self._task is None else self._task.deadline

    # --- the life of a connection --------------------------------------------------------------

    def hold_back(self, since: Instant | None) -> None:
        """Hold messages back from now on; ``since`` is when we lost the stream."""
        if self._held is None:
            self._held = Held(since)
        self._held.since = self._held.since or since

    def recover(self) -> None:
        """Ask for what was missed, where that is not under way."""
        fetch = self._desk.profile.resume.backfill
        if self._held is not None and self._task is None and fetch is not None:
            walk = recovery(self._desk, fetch, self.showing, self._held.since)
            self._task = Task(self._desk, walk, self._release)
            self._task.begin()

    def stop(self) -> None:
        """Ask for nothing more, because the connection is being closed. What is held back stays so
        together with what follows: shown now, they would hide what is missing before them.
        """
        self._task = None

    def forget(self) -> None:
        """The connection is gone, and another one follows: what is missed now begins where we were
        before. What was held back comes again with it, and is shown after it where it does not.
        """
        self._task = None
        self._in_vain = False
        if self._desk.profile.resume.backfill is None:
            self._held = None  # the provider itself goes on where we were
        elif self._held is not None:
            self._held.outlive(lambda message: self._dedupe.key(message.value) is not None)
        self._sequences.clear()

    def end(self, why: str) -> None:
        """Nothing can be recovered any more: show what was held back."""
        if self._held is not None and (self._held.earlier or self._held.messages):
            self._desk.say(StateEvent.GAP, f"{why} before what was missed is recovered")
            self._release()

    def answered(self, token: int, result: Any) -> None:
        """Tell of the answer to a request."""
        if self._task is not None:
            self._task.answered(token, result)

    def due(self, now: float) -> None:
        """Tell the time."""
        if self._task is not None:
            self._task.due(now)

    # --- the way of a message ------------------------------------------------------------------

    def passes(self, message: Message) -> bool:
        """Whether a message of a plain rule is new, while nothing is held back. The hot path."""
        if not self._dedupe.new(message.value):
            return False
        self._desk.capture(message)
        return True

    def received(self, rule: MessageRule, message: Message) -> None:
        """Take a message of a gated rule."""
        held = self._held
        if held is None or rule.role not in SHOWN:
            self._let_through(rule, message)
            return
        # A part of a snapshot is no sign that we are up to date: it may be of any time.
        alone = not isinstance(message.raw, Derived)
        held.add(message, self._dedupe.key(message.value) if alone else None)
        self._pass_by(rule, message, repeated=False)
        if held is self._held and held.too_much:
            self._desk.say(StateEvent.GAP, "too much came while what was missed was awaited")
            self._release()

    def _release(self) -> None:
        """Nothing more is to be recovered: show what was held back."""
        held, self._held, self._task = self._held, None, None
        if held is None:  # pragma: no cover - asked before
            return
        for message in held.earlier:
            self._show(message)
        for message in held.messages:
            self.received(self._desk.rules[message.rule], message)

    def _let_through(self, rule: MessageRule, message: Message) -> None:
        """Show a message that is new, and see whether one before it is missing."""
        gap, missing = Gap.WARN, ""
        if rule.sequence is not None:
            gap = rule.sequence.gap if self._talking() else Gap.WARN
            missing = self._missing(rule.sequence, message)
        if missing and self._waits(gap, missing, rule, message):
            return
        if self._dedupe.new(message.value):
            self._desk.out.append(commands.Deliver(message))
            self._act(rule, message)
        else:
            self._desk.out.append(commands.Skip())
            self._pass_by(rule, message, repeated=True)
        if missing and gap is Gap.RECONNECT and self._talking():
            self._leave(Verdict(Then.RECONNECT, missing))

    def _missing(self, sequence: Sequence, message: Message) -> str:
        """Say how many messages are missing before this one, "" where none are."""
        number = self._sequences.missing(sequence, message.rule, message.value)
        noun = "message is" if number == 1 else "messages are"
        return f"{number} {noun} missing before this {in_short(message.name)}" if number else ""

    def _waits(self, gap: Gap, text: str, rule: MessageRule, message: Message) -> bool:
        """Tell that messages are missing; gives whether this one is held back until they are here.
        On the next connection it comes again together with them.
        """
        resume = self._desk.profile.resume
        resumable = self._desk.values.resumable and not self.holding
        if gap is Gap.BACKFILL and resumable and resume.backfill is not None and not self._in_vain:
            self._desk.say(StateEvent.STEP, f"{text}; asking for what was missed")
            self._in_vain = True  # until something comes of it
            self.hold_back(None)
            self.received(rule, message)
            if self._talking():
                self.recover()
            return True
        if gap is Gap.RECONNECT and resumable and (resume.backfill is not None or resume.keep):
            self.hold_back(None)
            self.received(rule, message)
            if self._talking():
                self._leave(Verdict(Then.RECONNECT, text))
            return True
        self._desk.say(StateEvent.GAP, text)
        return False

    # --- what comes over HTTP ------------------------------------------------------------------

    def _show(self, message: Message) -> bool:
        """Show a message; gives whether it is new."""
        if not self._dedupe.new(message.value):
            self._desk.out.append(commands.Skip())
            return False
        self._in_vain = False
        self._desk.out.append(commands.Deliver(message))
        self._desk.capture(message)
        return True

    def _wanted(self, message: Message) -> bool:
        """Whether a message is what the user asked for: its rule's ``where`` holds."""
        holds = self._wheres.get(message.rule)
        return holds is None or holds(message.value)

    def _met(self, message: Message) -> bool:
        """Whether a message is one of those that are held back, and that came by themselves."""
        key = self._dedupe.key(message.value)
        return key is not None and self._held is not None and key in self._held.keys
