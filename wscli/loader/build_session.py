"""From the YAML tree to the parts of a profile that speak: requests, steps, timers, endings.

Everything here may assume the shape that profile.schema.json describes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wscli.loader.told import parse_length, parse_told
from wscli.loader.units import parse_codes, parse_duration, parse_span
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.lengths import Length, Span
from wscli.model.message import MISSING
from wscli.model.profile import CloseRule, Reconnect, StatusRule, Then
from wscli.model.requests import TEN_SECONDS, Fetch, HttpStep, Request
from wscli.model.steps import Ack, Remember, Step


def build_http(data: Mapping[str, Any]) -> HttpStep:
    """Give a request whose answer is looked at."""
    return HttpStep(
        request=build_request(data),
        when=data.get("when"),
        require=data.get("require"),
        capture=data.get("capture", {}),
        secret=tuple(data.get("secret", ())),
        cache=data.get("cache", False),
        examples=tuple(data.get("examples", ())),
    )


def build_fetch(data: Mapping[str, Any] | None) -> Fetch | None:
    """Give a request for a list."""
    if data is None:
        return None
    return Fetch(
        request=build_request(data),
        over=data.get("for"),
        each=data.get("each"),
        shape=data.get("as", MISSING),
        sort=data.get("sort"),
        more=data.get("more", False),
        examples=tuple(data.get("examples", ())),
    )


def build_request(data: Mapping[str, Any]) -> Request:
    """Give the request itself."""
    method, _, url = data["request"].partition(" ")
    return Request(
        method=method,
        url=url.strip(),
        query=data.get("query", {}),
        headers=data.get("headers", {}),
        json=data.get("json", MISSING),
        form=data.get("form"),
        within=_span(data.get("within")) or TEN_SECONDS,
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _span(value: Any) -> Span | None:
    return None if value is None else parse_span(value)


def _length(value: Any) -> Length | None:
    return None if value is None else parse_length(value)


def build_step(data: Mapping[str, Any]) -> Step:
    """Give one step of the session."""
    ack, remember = data.get("ack"), data.get("remember")
    return Step(
        expect=tuple(_listed(data.get("expect", []))),
        within=_span(data.get("within")) or TEN_SECONDS,
        require=data.get("require"),
        when=data.get("when"),
        needs=tuple(data.get("needs", ())),
        each=data.get("each"),
        chunk=data.get("chunk"),
        pace=_span(data.get("pace")),
        http=build_http(data["http"]) if "http" in data else None,
        send=data.get("send", MISSING),
        ack=None if ack is None else _ack(ack),
        remember=Remember(remember["for"], remember["as"]) if remember else None,
    )


def _ack(data: Mapping[str, Any]) -> Ack:
    return Ack(
        messages=tuple(_listed(data["message"])),
        within=_span(data.get("within")) or TEN_SECONDS,
        same=data.get("same", {}),
    )


def build_keepalive(data: Mapping[str, Any]) -> Keepalive:
    """Give how both sides see that the other lives."""
    ping = data.get("ping")
    return Keepalive(
        ping=None if ping is None else _ping(ping),
        silence=_length(data.get("silence")),
        data_silence=_length(data.get("data_silence")),
    )


def _ping(data: Mapping[str, Any]) -> PingRule:
    return PingRule(
        every=parse_length(data["every"]),
        within=_length(data.get("within")) or TEN_SECONDS,
        send=data.get("send", MISSING),
        expect=tuple(_listed(data.get("expect", []))),
        idle=data.get("idle", False),
        jitter_first=data.get("jitter_first", False),
    )


def build_reconnect(data: Mapping[str, Any]) -> Reconnect:
    """Give what happens when the connection ends."""
    plain = Reconnect()
    backoff = data.get("backoff", ())
    told = parse_told(backoff) if isinstance(backoff, str) else None
    spans = () if isinstance(backoff, str) else tuple(parse_span(value) for value in backoff)
    settle, age = data.get("settle"), data.get("max_age")
    return Reconnect(
        backoff=spans or plain.backoff,
        told=told,
        settle=plain.settle if settle is None else parse_duration(settle),
        attempts=data.get("attempts"),
        max_age=None if age is None else parse_duration(age),
        on_close=tuple(_close_rule(rule) for rule in data.get("on_close", ())),
        on_http=tuple(_status_rule(rule) for rule in data.get("on_http", ())),
    )


def _close_rule(data: Mapping[str, Any]) -> CloseRule:
    return CloseRule(
        codes=parse_codes(data["code"]),
        reason=data.get("reason"),
        then=Then(data["then"]) if "then" in data else None,
        wait=_span(data.get("wait")),
        say=data.get("say", ""),
    )


def _status_rule(data: Mapping[str, Any]) -> StatusRule:
    return StatusRule(
        statuses=parse_codes(data["status"]),
        then=Then(data["then"]) if "then" in data else None,
        wait=_span(data.get("wait")),
        say=data.get("say", ""),
    )
