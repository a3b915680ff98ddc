"""Whether the peer still lives: silence, pings and their answers. One value a connection."""

from __future__ import annotations

from random import Random
from typing import TypeAlias

from wscli.model.frozen import frozen
from wscli.model.profile import Keepalive, PingRule
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
    """Timers of one connection; all times are monotonic seconds.

    The silence watchdog runs from the start, pings from ``begin_pings``, when the steps are
    through: a provider that wants a login first may take an early ping for a mistake. While
    reading is paused by our own slow reader, only pings still go out.
    """

    def __init__(self, rules: Keepalive, now: float, rng: Random) -> None:
        self._ping = rules.ping
        self._rng = rng
        self._silence = draw(rules.silence, rng) if rules.silence else None
        self._data_silence = draw(rules.data_silence, rng) if rules.data_silence else None
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
            self._ping_at = now + draw(self._ping.every, self._rng)

    def heard(self, now: float, *, data: bool) -> None:
        """Frames of any kind came."""
        self._last_frame = now
        if data:
            self._last_data = now
            self._quiet_said = False
        if self._ping and self._ping.idle and self._ping_at is not None:
            self._answer_by = None
            self._ping_at = now + draw(self._ping.every, self._rng)

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
        self._patience = draw(ping.within, self._rng)
        self._answer_by = now + self._patience
        self._ping_at = now + draw(ping.every, self._rng)
        return [PingDue()]

    @property
    def _silent_at(self) -> float | None:
        return None if self._silence is None else self._last_frame + self._silence

    @property
    def _quiet_at(self) -> float | None:
        if self._data_silence is None or self._quiet_said:
            return None
        return self._last_data + self._data_silence
