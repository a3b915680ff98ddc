"""A profile in words: what is sent where, with which secrets, and what each message means."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wscli.cli.explain_parts import (
    answer_lines,
    awaited,
    for_each,
    keepalive_lines,
    made_again,
    pattern_in_words,
    request_lines,
    secrets_in,
)
from wscli.loader.arguments import arguments_of
from wscli.loader.required import in_words
from wscli.model.message import MISSING, Role
from wscli.model.options import Option, OptionType
from wscli.model.profile import Connect, MessageRule, Profile, Then
from wscli.model.requests import Fetch
from wscli.model.steps import Step
from wscli.model.tables import RowAction

_ROLES: Mapping[Role, str] = {
    Role.DATA: "shown",
    Role.SNAPSHOT: "shown",
    Role.HEARTBEAT: "a sign of life",
    Role.ACK: "an acknowledgement",
    Role.ERROR: "an error, told on stderr",
    Role.CONTROL: "in the background",
}
_THENS: Mapping[Then, str] = {
    Then.IGNORE: "the connection stays",
    Then.STOP: "the run ends (exit 3)",
    Then.REFUSED: "the run ends, we are refused (exit 4)",
    Then.RENEW: "secrets are read and the bootstrap is run again, once",
    Then.RECONNECT: "a new connection after a wait",
    Then.RECONNECT_NOW: "a new connection at once",
    Then.RESTART: "a new connection that remembers nothing",
    Then.MOVE: "a new connection where the message says",
}


def explain(profile: Profile) -> Iterator[str]:
    """Give the lines of the explanation. The profile's own words are not made safe here."""
    about = profile.about
    yield profile.name + (f": {about.title}" if about.title else "")
    facts = [profile.source, about.docs, f"checked {about.checked}" if about.checked else ""]
    yield f"  {' · '.join(fact for fact in facts if fact)}"
    if about.caution:
        yield f"  {about.caution}"
    for title, lines in (
        ("You may give", _options(profile)),
        ("Before every connection", _bootstrap(profile)),
        ("It connects to", _connect(profile, profile.connect)),
        ("On every connection, in this order", _steps(profile, profile.session)),
        (f"wscli connect {profile.name}", _operations(profile)),
        ("What comes", _messages(profile)),
        ("Whether it lives", keepalive_lines(profile.keepalive)),
        ("When the connection ends", _reconnect(profile)),
        ("After a drop", _resume(profile)),
        ("With --history", _fetch(profile, profile.history)),
        (f"wscli streams {profile.name}", _fetch(profile, profile.catalog)),
    ):
        found = list(lines)
        if found:
            yield ""
            yield title
            yield from (f"  {line}" for line in found)


def _options(profile: Profile) -> Iterator[str]:
    for option in profile.options:
        parts = [option.help.rstrip("."), *_facts(option)]
        yield f"{option.flag}: {'; '.join(part for part in parts if part)}"


def _facts(option: Option) -> Iterator[str]:
    if option.required is True:
        yield "required"
    elif option.required:
        yield in_words(option).strip("[]")
    if option.type is not OptionType.STRING:
        yield f"{option.type}"
    if option.choices:
        yield f"one of {', '.join(option.choices)}"
    if option.default is not None:
        default = option.default
        words = ", ".join(map(str, default)) if isinstance(default, list) else default
        yield f"{words} if not given"
    if option.secret:
        ways = [f"{option.flag}-file", f"{option.flag}-cmd", option.env and f"${option.env}"]
        yield f"a secret, from {', '.join(way for way in ways if way)} or the keyring"
    elif option.env:
        yield f"also from ${option.env}"


def _bootstrap(profile: Profile) -> Iterator[str]:
    for number, step in enumerate(profile.bootstrap, 1):
        first, *rest = request_lines(profile, step.request)
        yield f"{number}. {first}" + (f", where {step.when}" if step.when else "")
        yield from (f"   {line}" for line in rest)
        yield from (f"   {line}" for line in answer_lines(step))


def _connect(profile: Profile, connect: Connect) -> Iterator[str]:
    yield connect.url
    for name, value in connect.query.items():
        yield f"query {name}: {_shown(value)}"
    for name, value in connect.headers.items():
        yield f"header {name}: {value}"
    if connect.origin:
        yield f"header Origin: {connect.origin}"
    if connect.subprotocols:
        yield f"subprotocols: {', '.join(connect.subprotocols)}"
    sent = secrets_in(profile, [connect.url, dict(connect.query), dict(connect.headers)])
    if sent:
        yield f"secrets that go there: {', '.join(sent)}"
    if connect.trust:
        yield f"secrets may also go to: {', '.join(connect.trust)}"
    if connect.send_limit is not None:
        limit = connect.send_limit
        yield f"no more than {limit.count} frames of ours in {limit.seconds:g} s"
    if connect.connection_limit is not None:
        yield f"the provider allows {connect.connection_limit} connections"


def _steps(profile: Profile, steps: Sequence[Step]) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        first, *rest = _step(profile, step)
        yield f"{number}. {first}"
        yield from (f"   {line}" for line in rest)


def _operations(profile: Profile) -> Iterator[str]:
    for operation in profile.operations:
        given = " ".join(f"{name}=…" for name in arguments_of(profile, operation))
        means = f"{operation.help.rstrip('.')}; " if operation.help else ""
        yield f"{f'/{operation.name} {given}'.rstrip()}: {means}sends {_shown(operation.send)}"


def _step(profile: Profile, step: Step) -> Iterator[str]:
    if step.when:
        yield f"only where {step.when}:"
    if step.needs:
        yield f"rejected without {' and '.join(step.needs)}:"
    if step.expect:
        require = f", which must have {step.require}" if step.require else ""
        yield awaited(step.expect, step.within) + require
    if step.each is not None:
        yield for_each(step, step.each)
    if step.http is not None:
        where = f", where {step.http.when}" if step.http.when else ""
        first, *rest = request_lines(profile, step.http.request)
        yield f"asks {first}{where}"
        yield from (f"  {line}" for line in rest)
    if step.send is not MISSING:
        yield f"sends {_shown(step.send)}"
        sent = secrets_in(profile, [step.send])
        if sent:
            yield f"  secrets in it: {', '.join(sent)}"
    if step.remember is not None:
        yield f"calls what comes on {step.remember.value} by the name {step.remember.name}"
    if step.ack is not None:
        same = [f"{path} is the frame's {sent}" for path, sent in step.ack.same.items()]
        whose = f" whose {' and '.join(same)}" if same else ""
        yield awaited(step.ack.messages, step.ack.within) + whose


def _messages(profile: Profile) -> Iterator[str]:
    for rule in profile.messages:
        yield f"{rule.name}: {'; '.join(_meaning(profile, rule))}"
    yield "anything else: shown unchecked, its type named once"


def _meaning(profile: Profile, rule: MessageRule) -> Iterator[str]:
    yield _ROLES[rule.role]
    if rule.match is not MISSING:
        yield f"where {pattern_in_words(rule.match)}"
    if rule.parse:
        yield f"with JSON in {', '.join(rule.parse)} read"
    if rule.split is not None:
        yield f"stands for {rule.split.each}"
    if rule.where is not MISSING:
        yield f"only {pattern_in_words(rule.where)}"
    if rule.rows is not None:
        replaces = rule.rows.do or (RowAction.REPLACE if rule.role is Role.SNAPSHOT else None)
        whole = ", in place of all it held" if replaces is RowAction.REPLACE else ""
        yield f"feeds the table {rule.rows.table}{whole}"
    if rule.capture:
        yield f"keeps {', '.join(rule.capture)}"
    if rule.sequence is not None:
        yield f"numbered by {rule.sequence.at}; a missing number: {rule.sequence.gap}"
    if rule.reply is not MISSING:
        sent = secrets_in(profile, [rule.reply])
        yield f"answered with {_shown(rule.reply)}" + (f" ({', '.join(sent)})" if sent else "")
    if rule.then is not None:
        yield f"then {_THENS[rule.then]}"


def _reconnect(profile: Profile) -> Iterator[str]:
    rules = profile.reconnect
    yield made_again(rules)
    for close in rules.on_close:
        reason = f' "{close.reason}"' if close.reason else ""
        yield _ending(f"close {_codes(close.codes)}{reason}", close.then, close.say)
    for status in rules.on_http:
        yield _ending(f"HTTP {_codes(status.statuses)}", status.then, status.say)
    if rules.attempts is not None:
        yield f"after {rules.attempts} attempts in a row it gives up"
    if rules.max_age is not None:
        yield f"a connection that is {rules.max_age:g} s old is replaced"


def _ending(what: str, then: Then | None, say: str) -> str:
    means = _THENS[then] if then is not None else _THENS[Then.RECONNECT]
    return f"{what}: {means}" + (f"; {say}" if say else "")


def _codes(ranges: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{least}" if least == most else f"{least}-{most}" for least, most in ranges)


def _resume(profile: Profile) -> Iterator[str]:
    resume = profile.resume
    if resume.keep:
        yield f"it still knows {', '.join(resume.keep)}"
    if resume.connect is not None:
        yield "it connects to"
        yield from (f"  {line}" for line in _connect(profile, resume.connect))
    if resume.session is not None:
        yield "it says, in place of the steps above"
        yield from (f"  {line}" for line in _steps(profile, resume.session))
    if resume.backfill is not None:
        yield "it asks for what was missed"
        yield from (f"  {line}" for line in _fetch(profile, resume.backfill))
    if resume.dedupe:
        yield f"what was shown with the same {' and '.join(resume.dedupe)} is not shown again"


def _fetch(profile: Profile, fetch: Fetch | None) -> Iterator[str]:
    if fetch is None:
        return
    first, *rest = request_lines(profile, fetch.request)
    yield first + (f", for each of {fetch.over}" if fetch.over else "")
    yield from rest
    if fetch.shape is not MISSING:
        yield f"each of {fetch.each or '.'} becomes {_shown(fetch.shape)}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
