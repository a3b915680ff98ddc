"""Watches over one connection after the other: whether it lives, how old it is, and our pings."""

from __future__ import annotations

from typing import Any, assert_never

from wscli.errors import TemplateError
from wscli.model.frozen import frozen
from wscli.model.lengths import Length, Span
from wscli.model.message import MISSING
from wscli.model.record import StateEvent
from wscli.session import commands
from wscli.session.alive import Alive, Dead, PingDue, Quiet
from wscli.session.desk import Desk
from wscli.session.spans import in_words, told
from wscli.templates import compile_template


@frozen
class Old:
    """The connection is as old as it may become."""

    text: str


class Vigil:
    """One for the whole run. Between ``begin`` and ``end`` there is a connection."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._alive: Alive | None = None
        self._pings = 0
        self._old_at: float | None = None  # when the connection is to be replaced
        self.paused_at: float | None = None  # since when our own reader is too slow

    def begin(self) -> None:
        """A connection is open."""
        rules, at = self._desk.profile.reconnect, self._desk.at
        self._old_at = None if rules.max_age is None else at + rules.max_age
        self._alive = Alive(self._desk.profile.keepalive, at, self._desk.rng, self._span)
        if self.paused_at is not None:
            self._alive.pause(at)

    def end(self) -> None:
        """The connection is gone, or being closed."""
        self._alive = self._old_at = None

    def begin_pings(self) -> None:
        """The steps are through."""
        if self._alive:  # pragma: no branch - there is a connection
            self._alive.begin_pings(self._desk.at)

    @property
    def paused(self) -> bool:
        """Whether nothing is read from the open connection."""
        return self._alive is not None and self._alive.paused

    @property
    def deadline(self) -> float | None:
        """When ``due`` has something to say, if nothing comes before."""
        times = [self._old_at, self._alive.deadline if self._alive else None]
        return min((time for time in times if time is not None), default=None)

    def heard(self, *, data: bool) -> None:
        """Frames came."""
        if self._alive:
            self._alive.heard(self._desk.at, data=data)

    def ponged(self, payload: bytes) -> None:
        """A WebSocket pong came."""
        if self._alive and payload == self._payload():
            self._alive.answered()

    def received(self, rule: str) -> None:
        """A message came, which may answer our ping."""
        ping = self._desk.profile.keepalive.ping
        if self._alive and ping and rule in ping.expect:
            self._alive.answered()

    def captured(self) -> None:
        """Values were captured, which may tell lengths of time."""
        if self._alive:
            self._alive.told()

    def pause(self) -> None:
        """Reading stops."""
        if self.paused_at is None:
            self.paused_at = self._desk.at
        if self._alive:
            self._alive.pause(self._desk.at)

    def resume(self) -> float:
        """Reading goes on; gives for how many seconds it did not."""
        self.paused_at = None
        return self._alive.resume(self._desk.at) if self._alive else 0.0

    def due(self) -> Dead | Old | None:
        """Send a ping and say what is to be said, where it is time; gives why the connection is to
        be ended.
        """
        if self._alive is None:
            return None
        if self._old_at is not None and self._desk.at >= self._old_at:
            age = in_words(self._desk.profile.reconnect.max_age or 0)
            return Old(f"the connection is {age} old")
        for finding in self._alive.due(self._desk.at):
            match finding:
                case PingDue():
                    self._ping(self._alive)
                case Quiet(seconds):
                    self._desk.say(StateEvent.QUIET, f"no data for {in_words(seconds)}")
                case Dead():
                    return finding
                case _:  # pragma: no cover
                    assert_never(finding)
        return None

    def _ping(self, alive: Alive) -> None:
        ping = self._desk.profile.keepalive.ping
        if ping is None or ping.send is MISSING:
            self._pings += 1
            self._desk.out.append(commands.SendPing(self._payload()))
        elif not self._desk.fill_and_send(ping.send, self._desk.scope(), "our ping"):
            alive.answered()  # what was not sent is not answered

    def _payload(self) -> bytes:
        return b"wscli %d" % self._pings

    def _span(self, length: Length) -> Span:
        return told(length, lambda template: filled(self._desk, template))


def filled(desk: Desk, template: str) -> Any:
    """Give what the provider told, MISSING where it has not."""
    try:
        return compile_template(template).render(desk.scope()).value
    except TemplateError:
        return MISSING
