"""What an ending means (stop, wait, at once), and for how long to wait.

The profile's rules come first, then the built-in ones: of HTTP statuses 401 and 403 are refusals,
408, 425, 429 and 5xx are waited out and every other stops; of received close codes (RFC 6455,
section 7.4) those that say that we are at fault stop, every other is waited out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final, assert_never

from wscli.messages.match import glob
from wscli.model.frozen import frozen
from wscli.model.lengths import Span
from wscli.model.profile import CloseRule, Reconnect, StatusRule, Then
from wscli.model.wire import Close, Ended, Failure, FailureKind, Lost, Violated
from wscli.session.spans import draw

_OUR_FAULT: Final = frozenset({1002, 1003, 1007, 1008, 1009, 1010})
_PATIENT: Final = frozenset({408, 425, 429})
_NO_STATUS: Final = 1005  # a close frame without a code
_ABNORMAL: Final = 1006  # no close frame at all
_TOO_BIG: Final = 1009
_NORMAL: Final = frozenset({1000, _NO_STATUS})
_CREDENTIALS: Final = (
    "It may want credentials (-H 'Authorization: …') or a page that it knows (--origin)."
)
_PAGE: Final = 4096  # characters of it that are looked at: the search for tags is not linear
_LONGEST: Final = 160  # characters of an error page in one line of ours
_TAGS: Final = r"(?is)<(style|script|head).*?</\1>|<[^>]*>"
_PATIENCE: Final = 60.0  # seconds after which the same request may be worth another attempt
AT_ONCE: Final = frozenset({Then.RECONNECT_NOW, Then.RENEW, Then.MOVE})
_SETTLED: Final = frozenset({Then.STOP, Then.REFUSED, Then.RENEW})  # whatever the peer says more
_AT_ONCE: Final = 3  # so often in a row a profile may ask for an immediate reconnect


@frozen
class Verdict:
    """What an ending means. ``text`` says what happened, ``hint`` what to do; ``at_least`` is a
    least wait in seconds. ``normal``: the peer ended the stream in good order; ``reached``: it
    has said something.
    """

    then: Then
    text: str
    hint: str = ""
    at_least: float = 0.0
    normal: bool = False
    reached: bool = True

    @property
    def soon(self) -> bool:
        """Whether the same may be tried again after ``at_least``, because we were told so and it
        is not long.
        """
        return self.then is Then.RECONNECT and 0 < self.at_least <= _PATIENCE


def judge_failure(rules: Sequence[StatusRule], failure: Failure, rng: Random) -> Verdict:
    """Say what a connection that could not be opened means."""
    if failure.kind is not FailureKind.STATUS:
        then = Then.RECONNECT if failure.retry else Then.STOP
        return Verdict(then, failure.text, failure.hint, reached=False)
    status = failure.status
    text = failure.text + snippet(failure.body)
    wait = _retry_after(failure)
    for rule in rules:
        if _within(rule.statuses, status):
            then = rule.then or (Then.RECONNECT if rule.wait else _status_means(status))
            least = max(wait, draw(rule.wait, rng) if rule.wait else 0.0)
            return Verdict(then, text, rule.say or failure.hint, least)
    then = _status_means(status)
    hint = failure.hint or (_CREDENTIALS if then is Then.REFUSED else "")
    return Verdict(then, text, hint, wait)


def judge_end(rules: Sequence[CloseRule], ended: Ended, rng: Random) -> Verdict:
    """Say what the end of an open connection means."""
    match ended:
        case Close(code, reason):
            code = _NO_STATUS if code is None else code
            text = "the server closed the connection" + _code_and_reason(code, reason)
            default = Then.STOP if code in _OUR_FAULT else Then.RECONNECT
        case Lost(what, partial):
            code, reason = _ABNORMAL, ""
            cut = f"; 1 partial frame ({partial} B) discarded" if partial else ""
            text = f"the connection was lost: {what}{cut}"
            default = Then.RECONNECT
        case Violated(code, what):
            if code == _TOO_BIG:
                return Verdict(Then.RECONNECT, what, "--max-frame SIZE raises the limit.")
            return Verdict(Then.RECONNECT, f"the server broke the WebSocket protocol: {what}")
        case _:  # pragma: no cover
            assert_never(ended)
    for rule in rules:
        if _within(rule.codes, code) and (rule.reason is None or glob(rule.reason)(reason)):
            then = rule.then or (Then.RECONNECT if rule.wait else default)
            least = draw(rule.wait, rng) if rule.wait else 0.0
            return Verdict(then, text, rule.say, least, normal=code in _NORMAL)
    return Verdict(default, text, normal=code in _NORMAL)


def both(ours: Verdict, theirs: Verdict) -> Verdict:
    """We closed because something went wrong, and the peer's own close says more about it: for
    good, or how to go on.
    """
    text = f"{ours.text}; {theirs.text}"
    if theirs.then in (Then.STOP, Then.REFUSED) and ours.then not in _SETTLED:
        return replace(theirs, text=text)
    at_least = max(ours.at_least, theirs.at_least)
    then = theirs.then if ours.then is Then.RECONNECT else ours.then
    return replace(ours, then=then, text=text, hint=ours.hint or theirs.hint, at_least=at_least)


class Backoff:
    """How long to wait before the next attempt. Times are monotonic seconds."""

    def __init__(self, rules: Reconnect, rng: Random) -> None:
        self._rules = rules
        self._rng = rng
        self._failures = 0
        self._at_once = 0
        self._healthy_since: float | None = None

    @property
    def attempts(self) -> int:
        """How many attempts in a row did not lead to good health."""
        return self._failures

    def healthy(self, now: float) -> None:
        """The stream works: its first message after the steps came."""
        if self._healthy_since is None:
            self._healthy_since = now

    def ended(self, now: float) -> None:
        """The connection ended: forget earlier failures if it was in good health long enough."""
        since, self._healthy_since = self._healthy_since, None
        if since is not None and now - since >= max(self._rules.settle, 1.0):
            self._failures = self._at_once = 0

    def delay(self, verdict: Verdict, told: Sequence[float] = ()) -> float:
        """Give the seconds to wait before the next attempt, and count it. ``told``: the list of
        waits that the provider told, in place of the profile's.
        """
        if verdict.then in AT_ONCE and self._at_once < _AT_ONCE:
            self._at_once += 1
            self._failures += 1
            return verdict.at_least
        steps = tuple(Span(each, each) for each in told) or self._rules.backoff
        span = steps[min(self._failures, len(steps) - 1)]
        self._failures += 1
        widened = Span(span.least, span.least * 1.5) if span.fixed else span
        return max(draw(widened, self._rng), verdict.at_least)


def _status_means(status: int) -> Then:
    if status in (401, 403):
        return Then.REFUSED
    return Then.RECONNECT if status in _PATIENT or status >= 500 else Then.STOP


def snippet(body: str) -> str:
    """Give the beginning of an error page as one line of text, its tags left out."""
    plain = " ".join(re.sub(_TAGS, " ", body[:_PAGE]).split())
    if not plain:
        return ""
    return f": {plain}" if len(plain) <= _LONGEST else f": {plain[:_LONGEST]}…"


def _within(ranges: Sequence[tuple[int, int]], code: int) -> bool:
    return any(least <= code <= most for least, most in ranges)


def _code_and_reason(code: int, reason: str) -> str:
    if code == _NO_STATUS:
        return " without a code"
    return f": {code} {reason}" if reason else f": {code}"


def _retry_after(failure: Failure) -> float:
    """Read Retry-After (RFC 9110, section 10.2.3): seconds, or a date against the answer's own
    ``Date``, so that no clock of ours is needed. At most an hour.
    """
    headers = dict(failure.headers)
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:6]), 3600.0)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - 6 ms, rarely needed

    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(headers.get("date", ""))
        return min(max((until - now).total_seconds(), 0.0), 3600.0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
