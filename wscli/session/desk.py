"""What all parts of a session share: the profile, the values, the time, and what is to be done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, Final

from wscli.errors import TemplateError
from wscli.messages.encode import frame_text
from wscli.messages.frames import encode_frame
from wscli.messages.memory import Memory
from wscli.model.instant import Instant
from wscli.model.message import MISSING, Message
from wscli.model.profile import MessageRule, Profile
from wscli.model.record import StateEvent, StateRecord
from wscli.model.requests import Request
from wscli.session import commands
from wscli.session.asking import Asked, Asker
from wscli.session.hosts import Hosts
from wscli.session.outbox import Outbox
from wscli.session.said import Captures
from wscli.session.target import Overrides
from wscli.session.values import Values
from wscli.session.waits import Ask
from wscli.templates import Rendered, Scope, compile_template

_LACKING: Final = 5  # answers that came without something
_REJECTIONS: Final = 1000  # that are remembered, so that each is said once


class Desk:
    """``out`` collects the commands of one event, ``now`` is its time. ``peer`` is the URL of the
    connection, ``connections`` counts them. ``lacking`` says which answers of this attempt came
    without something that was looked for; that is an error only where it is used.
    """

    def __init__(
        self,
        profile: Profile,
        options: Mapping[str, Any],
        overrides: Overrides,
        rng: Random,
        memory: Memory,
    ) -> None:
        self.profile = profile
        self.overrides = overrides
        self.rng = rng
        self.memory = memory
        self.rules: Mapping[str, MessageRule] = {rule.name: rule for rule in profile.messages}
        self.values = Values(profile, options, rng)
        self.hosts = Hosts(
            profile,
            options,
            overrides.url,
            cleartext=overrides.cleartext,
            elsewhere=overrides.elsewhere,
        )
        self.asker = Asker(self.hosts, overrides.url, rng)
        self.outbox = Outbox(profile.connect.send_limit)
        self.now = Instant(0.0, 0.0)
        self.out: list[commands.Command] = []
        self.connections = 0
        self.peer = ""
        self.lacking: list[str] = []
        self._captures = Captures(self.rules)
        self._tokens = 0
        self._rejections: set[str] = set()

    @property
    def at(self) -> float:
        """The monotonic second of the event at hand."""
        return self.now.monotonic

    def scope(self, **parts: Any) -> Scope:
        """Give where one rendering looks its values up, see ``Values.scope``."""
        return self.values.scope(self.now, **parts)

    def say(
        self, event: StateEvent, text: str, *, delay: float | None = None, hint: str = ""
    ) -> None:
        """Tell the user, at this place among the messages."""
        text = self.values.veiled(text)
        record = StateRecord(event, text, self.now, self.connections, delay, hint)
        self.out.append(commands.Announce(record))

    def capture(self, message: Message, *, keep: bool = True) -> bool:
        """Keep the values that a message carries; gives whether there are any."""
        return self._captures.take(message, self.values, keep=keep)

    def lacks(self, text: str) -> None:
        """Remember what an answer came without; of many the last ones."""
        if text not in self.lacking:
            self.lacking.append(text)
            del self.lacking[:-_LACKING]

    def rejected(self, text: str) -> None:
        """Tell the user what is refused of what was asked for: once, not on each connection."""
        if text in self._rejections or len(self._rejections) > _REJECTIONS:
            return
        if len(self._rejections) == _REJECTIONS:
            text = "more is rejected than is told here"
        self._rejections.add(text)
        self.say(StateEvent.REJECTED, text)

    def request(self, request: Request, names: Collection[str] = (), **parts: Any) -> Ask:
        """Render a request; ``names`` were used in its item. Raises TemplateError, SecretStays."""
        return Ask(self.asker.make(request, self.scope(**parts), names))

    def ask(self, asked: Asked) -> int:
        """Make a request; gives the token of its answer."""
        self._tokens += 1
        self.out.append(commands.Ask(self._tokens, asked.request))
        return self._tokens

    def send(self, rendered: Rendered, names: Collection[str]) -> None:
        """Send a value as a frame, as soon as the profile's limit allows. ``names`` are those that
        were used in it. Raises SecretStays, and TemplateError for what cannot be a frame.
        """
        if rendered.value is MISSING:
            return
        if rendered.masked:
            self.hosts.check(self.peer, names)
        try:
            frame = encode_frame(rendered.value, self.profile.frames.send)
            shown = frame_text(rendered.shown)
        except ValueError as error:
            raise TemplateError(str(error)) from None
        self.out += self.outbox.put(commands.Send(frame, shown), self.at)

    def fill_and_send(self, template: Any, scope: Scope, frame: str) -> bool:
        """Send what a template comes to, unless too much waits already; gives whether it is on its
        way. That it lacks a value is said, and no reason to end.
        """
        if self.outbox.full:
            return False
        try:
            compiled = compile_template(template)
            self.send(compiled.render(scope), compiled.names)
        except TemplateError as error:
            self.say(StateEvent.PROBLEM, f"{frame} cannot be made: {error.text}")
            return False
        return True
