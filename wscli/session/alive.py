"""Whether the peer still lives: silence, pings and their answers. One value a connection."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from wscli.model.frozen import frozen
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.lengths import Length, Span, Told
from wscli.session.spans import draw, in_words


@frozen
class PingDue:
    """It is time to send the profile's ping."""


@frozen
class Dead:
    """The connection is of no further use."""

    reason: str


@frozen
class Quiet:
    """No data for so long; the connection stays."""

    seconds: float


Finding: TypeAlias = PingDue | Dead | Quiet


class Alive:
    """Timers of one connection; all times are monotonic seconds. ``span`` gives what a length is
    now, since the provider may tell it.

    The silence watchdog runs from the start, pings from ``begin_pings``, when the steps are
    through: a provider that wants a login first may take an early ping for a mistake. While
    reading is paused by our own slow reader, only pings still go out.
    """

    def __init__(
        self, rules: Keepalive, now: float, rng: Random, span: Callable[[Length], Span]
    ) -> None:
        self._rules = rules
        self._ping = rules.ping
        self._rng = rng
        self._span = span
        self._silence = self._drawn(rules.silence)
        self._data_silence = self._drawn(rules.data_silence)
        self._last_frame = now
        self._last_data = now
        self._quiet_said = False
        self._patience = 0.0
        self._ping_at: float | None = None
        self._answer_by: float | None = None
        self._paused_at: float | None = None

    def begin_pings(self, now: float) -> None:
        """Start the ping's interval."""
        if self._ping:
            part = self._rng.random() if self._ping.jitter_first else 1.0
            self._ping_at = now + part * self._interval(self._ping.every)

    def told(self) -> None:
        """Values were captured: lengths that the provider tells may be others now."""
        if isinstance(self._rules.silence, Told):
            self._silence = self._drawn(self._rules.silence)
        if isinstance(self._rules.data_silence, Told):
            self._data_silence = self._drawn(self._rules.data_silence)

    def heard(self, now: float, *, data: bool) -> None:
        """Frames of any kind came."""
        self._last_frame = now
        if data:
            self._last_data = now
            self._quiet_said = False
        if self._ping and self._ping.idle and self._ping_at is not None:
            self._answer_by = None
            self._ping_at = now + self._interval(self._ping.every)

    def answered(self) -> None:
        """The awaited pong came."""
        self._answer_by = None

    def pause(self, now: float) -> None:
        """Reading stops: from here on the silence is ours."""
        if self._paused_at is None:
            self._paused_at = now

    def resume(self, now: float) -> float:
        """Reading goes on: what waited is moved by as long as the pause was, which is returned."""
        if self._paused_at is None:
            return 0.0
        gone = now - self._paused_at
        self._paused_at = None
        self._last_frame += gone
        self._last_data += gone
        if self._answer_by is not None:
            self._answer_by += gone
        return gone

    @property
    def paused(self) -> bool:
        """Whether nothing is read for now."""
        return self._paused_at is not None

    @property
    def deadline(self) -> float | None:
        """When ``due`` has something to say, if nothing comes before."""
        times = [self._ping_at] if self._answer_by is None else []
        if self._paused_at is None:
            times += [self._answer_by, self._silent_at, self._quiet_at]
        return min((time for time in times if time is not None), default=None)

    def due(self, now: float) -> list[Finding]:
        """Give what has come due; a ``Dead`` is the only finding where there is one."""
        if self._paused_at is None:
            if self._silent_at is not None and now >= self._silent_at:
                return [Dead(f"silent for {in_words(self._silence or 0)}")]
            if self._answer_by is not None and now >= self._answer_by:
                return [Dead(f"no answer to our ping within {in_words(self._patience)}")]
        findings: list[Finding] = []
        quiet_at = self._quiet_at
        if self._paused_at is None and quiet_at is not None and now >= quiet_at:
            self._quiet_said = True
            findings.append(Quiet(now - self._last_data))
        if self._ping and self._answer_by is None and self._ping_at is not None:
            findings += self._ping_due(self._ping, now, self._ping_at)
        return findings

    def _ping_due(self, ping: PingRule, now: float, due: float) -> list[Finding]:
        if now < due:
            return []
        self._patience = self._interval(ping.within)
        self._answer_by = now + self._patience
        self._ping_at = now + self._interval(ping.every)
        return [PingDue()]

    def _interval(self, length: Length) -> float:
        return draw(self._span(length), self._rng)

    def _drawn(self, length: Length | None) -> float | None:
        return None if length is None else self._interval(length)

    @property
    def _silent_at(self) -> float | None:
        return None if self._silence is None else self._last_frame + self._silence

    @property
    def _quiet_at(self) -> float | None:
        if self._data_silence is None or self._quiet_said:
            return None
        return self._last_data + self._data_silence
