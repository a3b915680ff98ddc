"""A request whose answer is looked at: before the connection, and in a step of the session."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from typing import Any

from wscli.jq.expressions import compile_expression
from wscli.model.message import MISSING
from wscli.model.profile import Then
from wscli.model.requests import HttpStep
from wscli.model.secret import MASK
from wscli.session.asking import judge_answer, read_answer
from wscli.session.conditions import holds
from wscli.session.desk import Ask, Desk
from wscli.session.retry import Verdict
from wscli.session.said import in_short
from wscli.session.values import as_secret
from wscli.templates.values import text


class NoUse(Exception):  # noqa: N818 - what an answer means, not an error of ours
    """An answer is of no use; ``verdict`` says what that means."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.text)
        self.verdict = verdict


def ask_http(
    desk: Desk, step: HttpStep, *, item: Any = MISSING, names: Collection[str] = ()
) -> Generator[Ask, Any, dict[str, Any] | None]:
    """Make the request, if its condition holds; gives what it captures, None where it does not
    hold. ``names`` were used in ``item``. Raises NoUse, TemplateError where a value is not set, and
    SecretStays.
    """
    if step.when is not None:
        values = desk.values.for_expressions(desk.now, item=item)
        if not holds(step.when, None, values):
            return None
    ask = desk.request(step.request, names, item=item)
    result = yield ask
    verdict = judge_answer(ask.asked, result, desk.profile.reconnect.on_http, desk.rng)
    if verdict is not None:
        raise NoUse(verdict)
    if not step.capture and step.require is None:
        return {}
    value = read_answer(ask.asked, result)
    if isinstance(value, Verdict):
        raise NoUse(value)
    values = desk.values.for_expressions(desk.now, item=item)
    if step.require is not None and not holds(step.require, value, values):
        text = f"{ask.asked.shown} was answered, but {step.require} does not hold"
        raise NoUse(Verdict(Then.RECONNECT, f"{text}: {in_short(_without(step, value))}"))
    return _captured(desk, step, value, values, ask.asked.shown)


def _captured(
    desk: Desk, step: HttpStep, value: Any, values: Mapping[str, Any], shown: str
) -> dict[str, Any]:
    firsts = {name: compile_expression(path).first for name, path in step.capture.items()}
    found = {name: first(value, values) for name, first in firsts.items()}
    kept = {name: part for name, part in found.items() if part is not MISSING and part is not None}
    lacking = [f"{shown} was answered without {step.capture[name]}" for name in found.keys() - kept]
    desk.lacking += sorted(lacking)
    desk.hosts.answered(kept, [name for name in step.secret if name in kept])
    return {name: as_secret(part) if name in step.secret else part for name, part in kept.items()}


def _without(step: HttpStep, value: Any) -> Any:
    """Leave out of an answer what may be a secret: all but short plain members at the top."""
    if not step.secret:
        return value
    if not isinstance(value, dict):
        return "…"
    plain = {key: part for key, part in value.items() if not isinstance(part, dict | list)}
    paths = [path for name, path in step.capture.items() if name in step.secret]
    found = [compile_expression(path).first(value, {}) for path in paths]
    secrets = [text(part) for part in found if part is not MISSING and part is not None]
    return {
        key: MASK if any(secret in text(part) for secret in secrets) else part
        for key, part in plain.items()
    }
