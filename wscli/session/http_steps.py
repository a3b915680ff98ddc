"""A request whose answer is looked at: before the connection, and in a step of the session."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from dataclasses import replace
from typing import Any

from wscli.jq.expressions import compile_expression
from wscli.messages.decode import decode
from wscli.messages.encode import frame_text
from wscli.model.message import MISSING
from wscli.model.profile import Then
from wscli.model.requests import HttpStep
from wscli.model.secret import MASK
from wscli.model.wire import Failure, HttpAnswer
from wscli.session.asking import judge_answer, read_answer
from wscli.session.conditions import holds
from wscli.session.desk import Desk
from wscli.session.retry import Verdict
from wscli.session.said import in_short
from wscli.session.values import as_secret
from wscli.session.waits import Ask


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
    on_http = desk.profile.reconnect.on_http
    verdict = judge_answer(ask.asked, _covered(step, result), on_http, desk.rng)
    if verdict is not None:
        raise NoUse(verdict)
    if not step.capture and step.require is None:
        return {}
    value = read_answer(ask.asked, result, private=bool(step.secret))
    if isinstance(value, Verdict):
        raise NoUse(value)
    values = desk.values.for_expressions(desk.now, item=item)
    if step.require is not None and not holds(step.require, value, values):
        what = f"{ask.asked.shown} was answered, but {step.require} does not hold"
        raise NoUse(Verdict(Then.RECONNECT, f"{what}: {in_short(_without(step, value))}"))
    return _captured(desk, step, value, values, ask.asked.shown)


def _captured(
    desk: Desk, step: HttpStep, value: Any, values: Mapping[str, Any], shown: str
) -> dict[str, Any]:
    firsts = {name: compile_expression(path).first for name, path in step.capture.items()}
    found = {name: first(value, values) for name, first in firsts.items()}
    kept = {name: part for name, part in found.items() if part is not MISSING and part is not None}
    lacking = sorted(step.capture[name] for name in found.keys() - kept)
    if lacking:
        desk.lacks(f"{shown} was answered without {', '.join(lacking)}")
    desk.hosts.answered(kept, [name for name in step.secret if name in kept])
    return {name: as_secret(part) if name in step.secret else part for name, part in kept.items()}


def _covered(step: HttpStep, result: HttpAnswer | Failure) -> HttpAnswer | Failure:
    """Mask in the body of an answer, which is shown where it is of no use, what of it would be
    captured as a secret.
    """
    if isinstance(result, Failure) or 200 <= result.status < 300:
        return result
    value, _ = decode(result.body)
    secrets = _secrets(step, value)
    if not secrets:
        return result
    body = _json(value)
    for secret in secrets:
        body = body.replace(secret, MASK)
    return replace(result, body=body.encode(errors="replace"))


def _secrets(step: HttpStep, value: Any) -> list[str]:
    """Give what would be captured as a secret, in the words of JSON."""
    paths = [path for name, path in step.capture.items() if name in step.secret]
    found = [compile_expression(path).first(value, {}) for path in paths]
    return [_json(part) for part in found if part not in (MISSING, None, "")]


def _json(value: Any) -> str:
    """Write JSON, a text without its quotes; "" for what is nested too deeply."""
    try:
        written = frame_text([value])[1:-1]
    except ValueError:
        return ""
    return written[1:-1] if isinstance(value, str) else written


def _without(step: HttpStep, value: Any) -> Any:
    """Leave out of an answer what may be a secret: all but short plain members at the top."""
    if not step.secret:
        return value
    if not isinstance(value, dict):
        return "…"
    plain = {key: part for key, part in value.items() if not isinstance(part, dict | list)}
    secrets = _secrets(step, value)
    return {
        key: MASK if any(secret in _json(part) for secret in secrets) else part
        for key, part in plain.items()
    }
