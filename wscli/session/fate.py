"""What becomes of the run when a connection is gone: it ends, or another attempt follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

from wscli.model.message import MISSING
from wscli.model.profile import Reconnect, Then
from wscli.model.record import Ending
from wscli.session.retry import Backoff, Verdict
from wscli.session.spans import as_number, clamped

STOPPED: Final = 3  # exit code: stopped by a rule, or lost and not to reconnect any more
_REFUSED: Final = 4  # exit code: the provider refused us


class Fate:
    """Counts the attempts of one run. ``most``: how many reconnects the user allows, None for any
    number; ``filled`` renders a template of the profile, MISSING where a value is not set.
    """

    def __init__(
        self, rules: Reconnect, rng: Random, most: int | None, filled: Callable[[str], Any]
    ) -> None:
        self._rules = rules
        self._most = most
        self._filled = filled
        self._reconnects = 0
        self._renewed = False  # since the stream last ran
        self.backoff = Backoff(rules, rng)

    def streams(self) -> None:
        """The steps are through: what is refused from now on may be refused for another reason."""
        self._renewed = False

    def judged(self, verdict: Verdict, *, streamed: bool) -> Verdict:
        """What is refused is tried once more with fresh secrets, if they were good before."""
        if verdict.then is not Then.RENEW:
            return verdict
        if not streamed or self._renewed:
            return replace(verdict, then=Then.REFUSED)
        self._renewed = True
        return verdict

    def ending(self, verdict: Verdict, *, last: bool = False) -> Ending | None:
        """How the run ends, None where it goes on. ``last``: no reconnect would be of any use."""
        most = 0 if last else self._most
        if verdict.then in (Then.STOP, Then.REFUSED):
            code = _REFUSED if verdict.then is Then.REFUSED else STOPPED
            return Ending(code, verdict.text, verdict.hint)
        if most is not None and self._reconnects >= most:
            code = 0 if most == 0 and verdict.normal else STOPPED
            return Ending(code, verdict.text, verdict.hint)
        attempts = self._rules.attempts
        if attempts is not None and self.backoff.attempts >= attempts:
            text = f"{verdict.text}; given up after {attempts} attempts in a row"
            return Ending(STOPPED, text, verdict.hint)
        return None

    def delay(self, verdict: Verdict) -> float:
        """Give the seconds until the next attempt, and count it."""
        self._reconnects += 1
        return self.backoff.delay(verdict, self._told_waits())

    def _told_waits(self) -> list[float]:
        """Give the waits that the provider told, in seconds; none where it told none."""
        part = self._rules.told
        found = MISSING if part is None else self._filled(part.template)
        numbers = map(as_number, found if isinstance(found, list) else [found])
        unit = 1.0 if part is None else part.unit
        return [clamped(number * unit) for number in numbers if number is not None]
