"""The provider's HTTP side: every request that the profile makes is answered here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

from wscli.messages.decode import decode
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.requests import Request
from wscli.simulator.admission import Refusal
from wscli.simulator.needs import Clients
from wscli.simulator.places import at, nodes, too_deep
from wscli.simulator.readback import Found, NoFit, placeholders, read_back
from wscli.simulator.urls import UrlPattern, url_pattern
from wscli.templates import Scope
from wscli.templates.values import text

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 1000  # in a form


@frozen
class Call:
    """An HTTP request as it came: ``path`` percent-encoded, ``query`` decoded, ``headers`` with
    lower-case names.
    """

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes = b""


@frozen
class Heard:
    """A request that may be answered. ``value`` has its query, headers and form or json; ``found``
    is what was filled into the profile's templates for it; ``now`` is when it came.
    """

    value: Mapping[str, Any]
    found: Found
    now: Instant


Answer: TypeAlias = Callable[[Heard], Any]
"""Gives the JSON value of the answer."""


class Endpoint:
    """One request of a profile, from the other side. ``scope`` is what is known of the names."""

    def __init__(self, request: Request, clients: Clients, scope: Scope, answer: Answer) -> None:
        self.method = request.method
        self._url: UrlPattern = url_pattern(request.url, scope)
        self._answer = answer
        self._templates: dict[str, Any] = {
            "query": {**self._url.query, **request.query},
            "headers": {name.lower(): value for name, value in request.headers.items()},
        }
        if request.form is not None:
            self._templates["form"] = dict(request.form)
        elif request.json is not MISSING:
            self._templates["json"] = request.json
        self._needs = [
            need
            for kind, template in self._templates.items()
            for need in clients.needs(kind, template)
        ]

    def at(self, path: str) -> bool:
        """Whether the endpoint is at a path."""
        return self._url.read(path) is not None

    def agreement(self, call: Call) -> int:
        """Say how well a call agrees with what is literal in the request, to tell requests apart
        that go to one path: parameters and members that are equal, less those that differ.
        """
        value = self._value(call)
        if isinstance(value, Refusal):
            return 0
        told = [(place, leaf) for place, leaf in nodes(_body_and_query(self._templates)) if place]
        literal = [(place, leaf) for place, leaf in told if _is_literal(leaf)]
        found = [(leaf, at(value, place)) for place, leaf in literal]
        came_too = [(text(leaf), text(came)) for leaf, came in found if came is not MISSING]
        return sum(1 if leaf == came else -1 for leaf, came in came_too)

    def answer(self, call: Call, now: Instant) -> Any | Refusal:
        """Give the answer, or why there is none."""
        value = self._value(call)
        if isinstance(value, Refusal):
            return value
        lacking = [need for need in self._needs if not need.met(value)]
        if lacking:
            first = max(lacking, key=lambda need: need.is_key)
            return Refusal(401 if first.is_key else 400, first.text)
        return self._answer(Heard(value, self._read_back(call, value), now))

    def _value(self, call: Call) -> dict[str, Any] | Refusal:
        """Take a call apart."""
        value: dict[str, Any] = {"query": _firsts(call.query), "headers": call.headers}
        for kind, wanted, read in (("form", _FORM, _form), ("json", _JSON, _json)):
            if kind not in self._templates:
                continue
            expected = str(self._templates["headers"].get("content-type", wanted))
            if not _is_type(call.headers.get("content-type", ""), expected):
                return Refusal(415, f"the body must be {expected}")
            body = read(call.body)
            if body is MISSING:
                return Refusal(400, f"the body is no {expected}")
            value[kind] = body
        return value

    def _read_back(self, call: Call, value: Mapping[str, Any]) -> Found:
        """Give what the client filled in, as far as it can be told."""
        path = self._url.read(call.path) or {}
        pairs: list[tuple[Any, Any]] = list(path.items())
        pairs += [
            (template, value["query"][key])
            for key, template in self._templates["query"].items()
            if key in value["query"]
        ]
        pairs += [
            (self._templates[kind], value[kind]) for kind in ("form", "json") if kind in value
        ]
        names: dict[str, Any] = {}
        item: Any = MISSING
        for template, came in pairs:
            try:
                found = read_back(template, came)
            except NoFit:
                continue
            names.update(found.names)
            item = found.item if item is MISSING else item
        return Found(names, item)


class Endpoints:
    """All of them."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._endpoints = tuple(endpoints)

    def methods(self, path: str) -> list[str]:
        """Give the methods that a path has."""
        return list(dict.fromkeys(each.method for each in self._endpoints if each.at(path)))

    def answer(self, call: Call, now: Instant) -> Any | Refusal:
        """Give the answer to a call whose path and method there are: of the endpoint that agrees
        most with it; or the refusal of that one.
        """
        fitting = [
            each for each in self._endpoints if each.method == call.method and each.at(call.path)
        ]
        return max(fitting, key=lambda each: each.agreement(call)).answer(call, now)


def _firsts(query: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Give one value of each parameter, one that is not empty where there is one."""
    return {key: next(filter(None, values), "") for key, values in query.items()}


def _form(body: bytes) -> Any:
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return MISSING
    return _firsts(fields)


def _json(body: bytes) -> Any:
    value, _ = decode(body)
    return MISSING if too_deep(value) else value


def _is_type(came: str, expected: str) -> bool:
    """Compare media types without their parameters (RFC 9110, section 8.3.1)."""
    return came.partition(";")[0].strip().lower() == expected.partition(";")[0].strip().lower()


def _body_and_query(templates: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: template for kind, template in templates.items() if kind != "headers"}


def _is_literal(leaf: Any) -> bool:
    if isinstance(leaf, dict | list):
        return False
    return not isinstance(leaf, str) or not placeholders(leaf)
