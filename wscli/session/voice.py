"""What the user says is sent in order: when the steps are through, and as the limit allows."""

from __future__ import annotations

from collections import deque
from typing import Final, assert_never

from wscli.errors import TemplateError
from wscli.model.message import MISSING
from wscli.model.record import StateEvent
from wscli.model.steps import Operation
from wscli.session import commands
from wscli.session.desk import Desk
from wscli.session.sayings import Call, Goodbye, Ping, Saying, Text
from wscli.session.spans import in_words
from wscli.templates import Rendered, Template, compile_template

_LONGEST: Final = 100  # sayings that wait, from which on no more are to be told
_LARGEST: Final = 256 * 1024  # characters that wait, from which on no more are to be told
_PINGS: Final = 100  # pings whose pongs are awaited


class Voice:
    """One for the whole run. What waits here outlives a connection: it was not sent yet. What was
    sent is never repeated.

    ``full``: no more is to be said for now. ``done``: all that was to be said is sent.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._operations = {each.name: each for each in desk.profile.operations}
        self._waiting: deque[Saying] = deque()
        self._size = 0  # characters of what waits
        self._pings: deque[tuple[bytes, float]] = deque(maxlen=_PINGS)
        self._over = False
        self.done = False

    @property
    def full(self) -> bool:
        """Whether so much waits that no more is to be said for now."""
        return len(self._waiting) >= _LONGEST or self._size >= _LARGEST

    @property
    def deadline(self) -> float | None:
        """When ``go_on`` has something to send, None where nothing waits. Monotonic seconds."""
        return self._desk.outbox.free_at if self._waiting else None

    def say(self, saying: Saying) -> None:
        """Take what is to be said."""
        self._waiting.append(saying)
        self._size += _size_of(saying)

    def end(self) -> None:
        """Nothing more will be said."""
        self._over = True

    def go_on(self) -> Goodbye | None:
        """Say what may be said now, on a connection whose steps are through; gives the goodbye that
        its turn has come to.
        """
        outbox = self._desk.outbox
        while self._waiting and outbox.free(self._desk.at):
            saying = self._waiting.popleft()
            self._size -= _size_of(saying)
            if isinstance(saying, Goodbye):
                return saying
            self._say(saying)
        if self._over and not self._waiting and not self.done:
            self.done = True
            self._desk.say(StateEvent.SPOKEN, "everything that was to be said is sent")
        return None

    def forget_connection(self) -> None:
        """The connection is gone, and with it the pongs."""
        self._pings.clear()

    def ponged(self, payload: bytes) -> None:
        """A pong came: tell it, if it answers a ping of the user's."""
        for each in self._pings:
            if each[0] == payload:
                self._pings.remove(each)
                text = f" {payload.decode(errors='replace')}" if payload else ""
                after = in_words(round(self._desk.at - each[1], 3))
                self._desk.say(StateEvent.PONG, f"pong{text} after {after}")
                return

    def _say(self, saying: Text | Call | Ping) -> None:
        match saying:
            case Text(text):
                shown = self._desk.values.veiled(text)
                self._desk.out += self._desk.outbox.put(commands.Send(text, shown), self._desk.at)
            case Call(name):
                self._call(self._operations[name], saying)
            case Ping(payload):
                self._pings.append((payload, self._desk.at))
                self._desk.out.append(commands.SendPing(payload))
            case _:  # pragma: no cover
                assert_never(saying)

    def _call(self, operation: Operation, call: Call) -> None:
        """Send an operation. Where it cannot be made that is told, and nothing is sent."""
        template = compile_template(operation.send)
        try:
            self._desk.send(self._rendered(template, call), template.names)
        except TemplateError as error:
            text = f"/{call.name} was not sent: {error.text.removesuffix('.')}"
            self._desk.say(StateEvent.UNSENT, text, hint=error.hint or "")

    def _rendered(self, template: Template, call: Call) -> Rendered:
        scope = self._desk.scope(local=call.arguments)
        lacking = sorted(name for name in template.required if name not in scope.names)
        if lacking:
            given = " ".join(f"{name}=…" for name in lacking)
            are = "is" if len(lacking) == 1 else "are"
            raise TemplateError(
                f"{' and '.join(lacking)} {are} not given", hint=f"Write /{call.name} {given}."
            )
        rendered = template.render(scope)
        if rendered.value is MISSING:
            raise TemplateError("with these values nothing of it is left")
        return rendered


def _size_of(saying: Saying) -> int:
    match saying:
        case Text(text):
            return len(text)
        case Call(_, arguments):
            return sum(len(str(value)) for value in arguments.values())
        case _:
            return 0  # a control frame's payload
