"""HTTP requests: from a profile's template to what is sent, and from the answer to a value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from random import Random
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit, urlunsplit

from wscli.errors import TemplateError
from wscli.messages.decode import decode
from wscli.messages.encode import frame_text
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.profile import StatusRule, Then
from wscli.model.requests import Request
from wscli.model.secret import MASK
from wscli.model.wire import Failure, FailureKind, HttpAnswer, HttpRequest
from wscli.session.hosts import Hosts
from wscli.session.retry import Verdict, judge_failure, snippet
from wscli.session.spans import draw
from wscli.templates import Rendered, Scope, as_http, compile_template, compile_url
from wscli.templates.values import text

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_LOOK: Final = 64 * 1024  # bytes of an answer that is of no use, for its first words
_NAMED: Final = 200  # characters of a host


@frozen
class Asked:
    """A request that is on its way; ``shown`` is how it is called in words. ``headers`` and
    ``body`` are the request's with its secrets masked.
    """

    request: HttpRequest
    shown: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None


class Asker:
    """Makes requests. ``url`` is the user's, to whose host all that is the provider's own goes;
    a URL that is a path goes to where the first request goes.
    """

    def __init__(self, hosts: Hosts, url: str | None, rng: Random) -> None:
        self._hosts = hosts
        self._url = url
        self._rng = rng
        self._base: Rendered | None = None

    def lead(self, request: Request, scope: Scope) -> None:
        """Tell where the first request goes, whether it is made or not. Raises TemplateError."""
        self._base = self._absolute(request, scope)

    def make(self, request: Request, scope: Scope, names: Collection[str] = ()) -> Asked:
        """Render a request; ``names`` were used in its item. Raises TemplateError where a value is
        not set, and SecretStays where a secret would go to a host that may not be told.
        """
        url = self._absolute(request, scope)
        headers, body = _headers(request, scope), _body(request, scope)
        parts = [url, *(value for _, value in headers), *([body] if body else [])]
        if any(part.masked for part in parts):
            self._hosts.check(url.value, names_of(request).union(names))
        if body is not None and not any(name.lower() == "content-type" for name, _ in headers):
            kind = _FORM if request.form is not None else _JSON
            headers.append(("Content-Type", Rendered(kind, kind)))
        shown = str(url.shown)
        made = HttpRequest(
            method=request.method,
            url=url.value,
            shown=shown,
            headers=tuple((name, str(value.value)) for name, value in headers),
            body=None if body is None else str(body.value).encode(errors="surrogatepass"),
            within=draw(request.within, self._rng),
        )
        masked = tuple((name, str(value.shown)) for name, value in headers)
        said = None if body is None else str(body.shown)
        return Asked(made, f"{request.method} {shown.partition('?')[0]}", masked, said)

    def _absolute(self, request: Request, scope: Scope) -> Rendered:
        """Give the whole URL. Raises TemplateError, also for what is none."""
        rendered = compile_url(request.url, request.query, relative=True).render(scope)
        value, shown = as_http(rendered.value), as_http(rendered.shown)
        base, origin = self._base, self._url and as_http(self._url)
        if value.startswith("/") and base is None:
            what = f"{request.url}: there is no earlier request to whose host a path could go"
            raise TemplateError(what)
        try:
            if value.startswith("/") and base is not None:
                value, shown = _at(base.value, value), _at(base.shown, shown)
            if origin and self._hosts.own(urlsplit(value).hostname or ""):
                value, shown = _at(origin, value), _at(origin, shown)
            urlsplit(value).port  # noqa: B018 - looking at it is what checks it
        except ValueError:
            raise TemplateError(f"{shown!r} is no URL") from None
        return Rendered(value, shown) if value != shown else Rendered(value, value)


def _at(origin: str, url: str) -> str:
    """Give a URL at the scheme, host and port of another one."""
    base, parts = urlsplit(origin), urlsplit(url)
    return urlunsplit((base.scheme, base.netloc, parts.path or "/", parts.query, ""))


def _headers(request: Request, scope: Scope) -> list[tuple[str, Rendered]]:
    filled = [(key, compile_template(each).render(scope)) for key, each in request.headers.items()]
    return [
        (name, Rendered(text(value.value), text(value.shown)) if value.masked else _text(value))
        for name, value in filled
        if value.value is not MISSING
    ]


def _text(value: Rendered) -> Rendered:
    plain = text(value.value)
    return Rendered(plain, plain)


def _body(request: Request, scope: Scope) -> Rendered | None:
    tree, encode = (request.json, _json) if request.form is None else (dict(request.form), _form)
    if tree is MISSING:
        return None
    filled = compile_template(tree).render(scope)
    if filled.value is MISSING:
        return None
    try:
        encoded = encode(filled.value)
        if not filled.masked:
            return Rendered(encoded, encoded)
        return Rendered(encoded, encode(filled.shown).replace(quote_plus(MASK), MASK))
    except ValueError as error:
        raise TemplateError(f"the body of {request.url} cannot be made: {error}") from None


def _json(value: Any) -> str:
    """A text alone is JSON here too, with its quotes."""
    return frame_text([value])[1:-1] if isinstance(value, str) else frame_text(value)


def _form(fields: Mapping[str, Any]) -> str:
    pairs = [
        (key, text(part))
        for key, value in fields.items()
        for part in (value if isinstance(value, list) else [value])
    ]
    return urlencode(pairs)


def names_of(request: Request) -> frozenset[str]:
    """Give every name that a request uses."""
    url = compile_url(request.url, request.query, relative=True)
    body = [dict(request.headers), dict(request.form or {})]
    body += [request.json] if request.json is not MISSING else []
    return url.names | compile_template(body).names


def judge_answer(
    asked: Asked, result: HttpAnswer | Failure, rules: Sequence[StatusRule], rng: Random
) -> Verdict | None:
    """Say what an answer means that is of no use, None where its status is a success."""
    if isinstance(result, Failure):
        return judge_failure(rules, replace(result, text=f"{asked.shown}: {result.text}"), rng)
    if 200 <= result.status < 300:
        return None
    target = dict(result.headers).get("location", "")
    reason = result.reason or _phrase(result.status)
    leads = f", which leads to {_place(target)}" if 300 <= result.status < 400 and target else ""
    return judge_failure(
        rules,
        Failure(
            FailureKind.STATUS,
            f"{asked.shown} was answered with {result.status} {reason}".rstrip() + leads,
            hint="Redirects are not followed." if leads else "",
            status=result.status,
            headers=result.headers,
            body=result.body[:_LOOK].decode(errors="replace"),
        ),
        rng,
    )


def read_answer(asked: Asked, answer: HttpAnswer, *, private: bool = False) -> Any | Verdict:
    """Give the JSON value of an answer, or the verdict where it holds none. ``private``: it should
    hold a secret, so that nothing but a page is shown of it.
    """
    value, problem = decode(answer.body)
    if value is not MISSING:
        return value
    page = answer.body.lstrip().startswith(b"<")
    begins = "" if private and not page else snippet(answer.body[:_LOOK].decode(errors="replace"))
    return Verdict(Then.STOP, f"{asked.shown} was answered with {problem}{begins}")


def _place(url: str) -> str:
    """Say where a redirect leads, but for its path and query, which may repeat our secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a place that cannot be read"
    host = parts.netloc.rpartition("@")[2][:_NAMED]
    if not host:
        return "another path on the same host"
    return f"{parts.scheme}://{host}" if parts.scheme else host


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
