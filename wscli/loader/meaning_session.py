"""Whether what a profile says over HTTP and in its session makes sense."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any, Final

from wscli.errors import ExpressionError, Problem
from wscli.jq.expressions import compile_expression
from wscli.loader.checks import OF_A_MESSAGE, OF_AN_ITEM, Checks, Path, listed, mapping
from wscli.loader.told import parse_length, parse_told
from wscli.loader.units import parse_codes, parse_duration, parse_interval, parse_span
from wscli.model.message import MISSING
from wscli.session.conditions import holds
from wscli.session.sayings import BUILT_IN
from wscli.templates import Template, compile_template, compile_url
from wscli.templates.syntax import Root

_ITEM: Final = "item"


def session_problems(checks: Checks) -> Iterator[Problem]:
    """Give the problems of bootstrap, session, keepalive, reconnect, resume and the fetches."""
    data = checks.data
    for index, request in enumerate(listed(data.get("bootstrap"))):
        path: Path = ("bootstrap", index)
        yield from _http(checks, mapping(request), path, names=checks.names, roots=())
    for index, step in enumerate(listed(data.get("session"))):
        yield from _step(checks, mapping(step), ("session", index))
    yield from _operations(checks, mapping(data.get("operations")))
    yield from _keepalive(checks, mapping(data.get("keepalive")))
    yield from _reconnect(checks, mapping(data.get("reconnect")))
    resume = mapping(data.get("resume"))
    keep = resume.get("keep")
    yield from checks.known(keep, checks.captured, ("resume", "keep"), "captured value")
    for index, step in enumerate(listed(resume.get("session"))):
        yield from _step(checks, mapping(step), ("resume", "session", index))
    dedupe = resume.get("dedupe")
    for source in dedupe if isinstance(dedupe, list) else [dedupe]:
        yield from checks.expression(source, ("resume", "dedupe"), names=())
    if "backfill" in resume:
        yield from _fetch(checks, mapping(resume["backfill"]), ("resume", "backfill"))
    for name in ("history", "catalog"):
        if name in data:
            yield from _fetch(checks, mapping(data[name]), (name,))


def _operations(checks: Checks, operations: Mapping[str, Any]) -> Iterator[Problem]:
    for name, operation in operations.items():
        path: Path = ("operations", name)
        if name in BUILT_IN:
            what = f"/{name} has a meaning in every profile."
            yield checks.problem(path, what, "Choose another name.")
        send = mapping(operation).get("send")
        yield from checks.template(send, (*path, "send"), _with_arguments)


def _with_arguments(tree: Any, names: Collection[str]) -> Template:  # noqa: ARG001 - as checks call
    """Compile a template in which a name that the profile does not know is an argument."""
    return compile_template(tree)


def _request(
    checks: Checks,
    data: Mapping[str, Any],
    path: Path,
    *,
    names: Collection[str],
    roots: Collection[Root],
) -> Iterator[Problem]:
    method_and_url = data.get("request")
    if isinstance(method_and_url, str):
        url = method_and_url.partition(" ")[2].strip()
        compiler = partial(compile_url, relative=True)
        yield from checks.template(url, (*path, "request"), compiler, roots, names)
        yield from _leads_somewhere(checks, url, path)
    for key in ("query", "headers", "json", "form"):
        if key in data:
            yield from checks.template(data[key], (*path, key), roots=roots, names=names)
    if "json" in data and "form" in data:
        yield checks.problem((*path, "form"), "a request has one body.", "Say json or form.")
    yield from checks.units(data, path, {"within": parse_interval})


def _leads_somewhere(checks: Checks, url: str, path: Path) -> Iterator[Problem]:
    """A path alone needs a bootstrap request before it, to whose host it goes."""
    requests = listed(checks.data.get("bootstrap"))
    first = str(mapping(requests[0]).get("request")) if requests else ""
    if url.startswith("/") and (path == ("bootstrap", 0) or not first):
        what = f"{url} is a path, but there is no earlier request to whose host it could go."
        yield checks.problem((*path, "request"), what, "Write the whole URL, https://host/path.")


def _http(
    checks: Checks,
    data: Mapping[str, Any],
    path: Path,
    *,
    names: Collection[str],
    roots: Collection[Root],
) -> Iterator[Problem]:
    """Check a request whose answer is looked at."""
    known = {*names, _ITEM} if Root.ITEM in roots else names
    yield from _request(checks, data, path, names=names, roots=roots)
    for key in ("when", "require"):
        yield from checks.expression(data.get(key), (*path, key), known)
    captures = mapping(data.get("capture"))
    for name, source in captures.items():
        if name in checks.options or name in checks.computed:
            what = f'"{name}" is an option or a computed value already.'
            yield checks.problem((*path, "capture", name), what, "Choose another name.")
        yield from checks.expression(source, (*path, "capture", name), known)
    yield from checks.known(data.get("secret"), captures, (*path, "secret"), "capture")
    examples = listed(data.get("examples"))
    if captures and "examples" not in data:
        what = "something is captured of the answer, so it needs an example."
        yield checks.problem(path, what, "Write examples: [{…}], the documentation's own.")
    for index, example in enumerate(examples):
        yield from _answer(checks, data, example, (*path, "examples", index))


def _answer(checks: Checks, data: Mapping[str, Any], example: Any, path: Path) -> Iterator[Problem]:
    """Check that the example of an answer is one that the profile takes."""
    require, captures = data.get("require"), mapping(data.get("capture"))
    try:
        if isinstance(require, str) and not holds(require, example, {}):
            yield checks.problem(path, f"{require} does not hold for this example.")
        sources = [source for source in captures.values() if isinstance(source, str)]
        found = [compile_expression(source).first(example, {}) for source in sources]
    except ExpressionError:
        return  # told already
    if found and all(value is MISSING for value in found):
        yield checks.problem(path, "nothing of what is captured is in this example.")


def _fetch(checks: Checks, data: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    roots = OF_AN_ITEM if "for" in data else frozenset()
    names = checks.names
    yield from _request(checks, data, path, names=names, roots=roots)
    if "for" in data:
        yield from checks.template(data["for"], (*path, "for"))
    yield from checks.expression(data.get("each"), (*path, "each"), names)
    if "as" in data:
        yield from checks.template(data["as"], (*path, "as"), roots=OF_A_MESSAGE | roots)
    yield from checks.expression(data.get("sort"), (*path, "sort"), names=())


def _step(checks: Checks, step: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    http, ack, remember = (mapping(step.get(key)) for key in ("http", "ack", "remember"))
    roots = OF_AN_ITEM if "each" in step else frozenset()
    names = {*checks.names, *mapping(http.get("capture"))}
    known = {*names, _ITEM} if roots else names
    yield from checks.messages_exist(step.get("expect"), (*path, "expect"))
    yield from checks.messages_exist(ack.get("message"), (*path, "ack", "message"))
    for key in ("require", "when"):
        yield from checks.expression(step.get(key), (*path, key))
    yield from checks.known(step.get("needs"), checks.names, (*path, "needs"), "value")
    if "each" in step:
        yield from checks.template(step["each"], (*path, "each"))
    if http:
        yield from _http(checks, http, (*path, "http"), names=checks.names, roots=roots)
    if "send" in step:
        yield from checks.template(step["send"], (*path, "send"), roots=roots, names=names)
    for answer, sent in mapping(ack.get("same")).items():
        yield from checks.expression(answer, (*path, "ack", "same", answer), known)
        yield from checks.expression(sent, (*path, "ack", "same", answer), known)
    for key in ("for", "as"):
        if key in remember:
            both = roots | ({Root.MESSAGE} if ack else set())
            yield from checks.template(
                remember[key], (*path, "remember", key), roots=both, names=names
            )
    yield from checks.units(step, path, {"within": parse_span, "pace": parse_interval})
    yield from checks.units(ack, (*path, "ack"), {"within": parse_span})


def _keepalive(checks: Checks, keepalive: Mapping[str, Any]) -> Iterator[Problem]:
    path: Path = ("keepalive",)
    ping = mapping(keepalive.get("ping"))
    yield from checks.messages_exist(ping.get("expect"), (*path, "ping", "expect"))
    if "send" in ping:
        yield from checks.template(ping["send"], (*path, "ping", "send"))
    for part, where, keys in (
        (ping, (*path, "ping"), ("every", "within")),
        (keepalive, path, ("silence", "data_silence")),
    ):
        yield from checks.units(part, where, dict.fromkeys(keys, parse_length))
        for key in keys:
            yield from _told(checks, mapping(part.get(key)).get("told"), (*where, key, "told"))


def _told(checks: Checks, told: Any, path: Path) -> Iterator[Problem]:
    for text in told if isinstance(told, list) else [told]:
        if isinstance(text, str):
            try:
                part = parse_told(text)
            except ValueError:
                continue  # told already
            yield from checks.template(part.template, path)


def _reconnect(checks: Checks, reconnect: Mapping[str, Any]) -> Iterator[Problem]:
    backoff = reconnect.get("backoff")
    path: Path = ("reconnect", "backoff")
    if isinstance(backoff, str):
        yield from checks.unit(parse_told, backoff, path)
        yield from _told(checks, backoff, path)
    for index, value in enumerate(listed(backoff)):
        yield from checks.unit(parse_interval, value, (*path, index))
    yield from checks.units(
        reconnect, ("reconnect",), {"settle": parse_duration, "max_age": parse_interval}
    )
    for part, key in (("on_close", "code"), ("on_http", "status")):
        for index, data in enumerate(listed(reconnect.get(part))):
            readers = {key: parse_codes, "wait": parse_span}
            yield from checks.units(mapping(data), ("reconnect", part, index), readers)
