"""Parts of a profile in words: lengths of time, patterns, requests and the secrets in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from wscli.model.keepalive import Keepalive
from wscli.model.lengths import Length, Told
from wscli.model.message import MISSING
from wscli.model.profile import Profile, Reconnect
from wscli.model.requests import HttpStep, Request
from wscli.model.steps import Step
from wscli.session.computed import uses
from wscli.session.spans import in_words
from wscli.templates import compile_template

_TESTS: Final[Mapping[str, str]] = {
    "$in": "is one of",
    "$glob": "looks like",
    "$type": "is of the type",
    "$not": "is not",
    "$text": "the frame is the text",
}
_UNITS: Final = {0.001: "ms", 1.0: "s", 60.0: "m", 3600.0: "h"}


def span_in_words(length: Length) -> str:
    """Say a length of time: ``15 s``, ``1 s to 5 s``, or what the provider tells."""
    if isinstance(length, Told):
        parts = " + ".join(f"{part.template} {_UNITS[part.unit]}" for part in length.parts)
        return f"{parts}, at most {in_words(length.most)}"
    if length.fixed:
        return in_words(length.least)
    return f"{in_words(length.least)} to {in_words(length.most)}"


def pattern_in_words(pattern: Any, place: str = "") -> str:
    """Say what a pattern asks for: ``type is "ERROR" and payload.code is 7``."""
    if isinstance(pattern, dict) and pattern and all(key.startswith("$") for key in pattern):
        return " and ".join(_test(name, value, place) for name, value in pattern.items())
    if isinstance(pattern, dict):
        members = pattern.items()
        return " and ".join(pattern_in_words(sub, f"{place}.{key}") for key, sub in members)
    if isinstance(pattern, list):
        return " and ".join(
            pattern_in_words(sub, f"{place}[{index}]") for index, sub in enumerate(pattern)
        )
    return f"{place or '.'} is {json.dumps(pattern, ensure_ascii=False)}"


def _test(name: str, value: Any, place: str) -> str:
    if name == "$exists":
        return f"{place} is there" if value else f"{place} is not there"
    return f"{place} {_TESTS[name]} {json.dumps(value, ensure_ascii=False)}".strip()


def request_lines(profile: Profile, request: Request) -> Iterator[str]:
    """Say what is asked, and with which secrets."""
    yield f"{request.method} {request.url}"
    for kind, fields in (("query", request.query), ("header", request.headers)):
        for name, value in fields.items():
            yield f"{kind} {name}: {_shown(value)}"
    if request.json is not MISSING:
        yield f"JSON {_shown(request.json)}"
    if request.form is not None:
        yield f"form {_shown(dict(request.form))}"
    trees = [request.url, dict(request.query), dict(request.headers), dict(request.form or {})]
    sent = secrets_in(profile, [*trees, *([] if request.json is MISSING else [request.json])])
    if sent:
        yield f"secrets that go there: {', '.join(sent)}"


def answer_lines(step: HttpStep) -> Iterator[str]:
    """Say what must hold of an answer, and what is kept of it."""
    if step.require:
        yield f"its answer must have {step.require}"
    for name, path in step.capture.items():
        hidden = " (a secret)" if name in step.secret else ""
        yield f"keeps {name}{hidden}: {path}"
    if step.cache:
        yield "the answer is kept until an attempt to connect fails"


def awaited(names: Sequence[str], within: Length) -> str:
    """Say which messages are waited for."""
    return f"waits {span_in_words(within)} for {' or '.join(names)}"


def for_each(step: Step, each: str) -> str:
    """Say how a step is said for the elements of a list."""
    several = f"{step.chunk} of them at once" if step.chunk else "one after the other"
    pace = f", {span_in_words(step.pace)} between two" if step.pace is not None else ""
    return f"for each of {each}, {several}{pace}:"


def keepalive_lines(keepalive: Keepalive) -> Iterator[str]:
    """Say how it is seen that a connection lives."""
    ping = keepalive.ping
    if ping is not None:
        what = "a WebSocket ping" if ping.send is MISSING else _shown(ping.send)
        quiet = " without a frame" if ping.idle else ""
        answer = "any frame" if ping.idle else " or ".join(ping.expect) or "its pong"
        yield f"every {span_in_words(ping.every)}{quiet} it sends {what}"
        yield f"and without {answer} within {span_in_words(ping.within)} the connection is dead"
    if keepalive.silence is not None:
        yield f"without any frame for {span_in_words(keepalive.silence)} the connection is dead"
    if keepalive.data_silence is not None:
        yield f"without data for {span_in_words(keepalive.data_silence)} it is said"


def made_again(rules: Reconnect) -> str:
    """Say after which waits a connection is made again."""
    waits = ", ".join(map(span_in_words, rules.backoff))
    told = f"{rules.told.template}, else " if rules.told is not None else ""
    return f"it is made again after {told}{waits}"


def secrets_in(profile: Profile, trees: Sequence[Any]) -> list[str]:
    """Give the secrets that templates use, by name, computed values looked through."""
    names = set(compile_template(list(trees)).names)
    for name in list(names):
        if name in profile.computed:
            names |= uses(profile.computed, name)
    steps = (*profile.session, *(profile.resume.session or ()))
    asked = [*profile.bootstrap, *(step.http for step in steps if step.http is not None)]
    secret = {option.name for option in profile.options if option.secret}
    return sorted(names & secret.union(*(step.secret for step in asked)))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
