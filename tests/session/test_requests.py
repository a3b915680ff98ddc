"""HTTP requests: what a template comes to, what may be shown of it, and what an answer means."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.session.conversation import LeastRandom, make_profile, span
from wscli.errors import TemplateError
from wscli.model.options import Option
from wscli.model.profile import StatusRule, Then
from wscli.model.requests import HttpStep, Request
from wscli.model.secret import MASK, Secret
from wscli.model.wire import Failure, FailureKind, HttpAnswer, HttpRequest
from wscli.session.asking import Asked, Asker, judge_answer, names_of, read_answer
from wscli.session.hosts import Hosts, SecretStays
from wscli.session.retry import Verdict
from wscli.templates import Scope

PROFILE = make_profile(
    options=(Option("key", secret=True), Option("server", default="https://api.demo.test")),
    bootstrap=(HttpStep(Request("POST", "${server}/v2/session")),),
)
DEEP: Any = 1
for _ in range(5000):
    DEEP = [DEEP]


def asker_at(url: str | None = None) -> Asker:
    return Asker(Hosts(PROFILE, {}, url, cleartext=False), url, LeastRandom())


def asked_for(
    request: Request, names: dict[str, Any] | None = None, url: str | None = None, **scope: Any
) -> Asked:
    return asker_at(url).make(request, Scope(names=names or {}, **scope))


def made(request: Request, names: dict[str, Any] | None = None, **scope: Any) -> HttpRequest:
    return asked_for(request, names, **scope).request


# --- what is sent --------------------------------------------------------------------------------


def test_a_request_is_filled_in() -> None:
    request = Request(
        "GET",
        "https://api.demo.test/v1/${symbol}",
        query={"since": "${since}", "limit": 5, "kind": "${kind?}"},
        headers={"X-Symbol": "${symbol}", "X-Count": "${n}", "X-Kind": "${kind?}"},
        within=span(3, 9),
    )
    found = made(request, {"symbol": "hylo SOL+", "since": "2026-01-01T00:00", "n": 5})
    assert found == HttpRequest(
        "GET",
        "https://api.demo.test/v1/hylo%20SOL%2B?since=2026-01-01T00:00&limit=5",
        "https://api.demo.test/v1/hylo%20SOL%2B?since=2026-01-01T00:00&limit=5",
        (("X-Symbol", "hylo SOL+"), ("X-Count", "5")),
        None,
        3.0,
    )


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({"a": "${x}", "b": "${none?}"}, '{"a":"é"}'),
        (["${x}"], '["é"]'),
        ("${x}", '"é"'),
        (None, "null"),
        ({"big": 2**70}, f'{{"big":{2**70}}}'),
    ],
)
def test_a_json_body_is_json_whatever_it_is(tree: Any, text: str) -> None:
    found = made(Request("POST", "https://api.demo.test/", json=tree), {"x": "é"})
    assert (found.body or b"").decode() == text
    assert dict(found.headers) == {"Content-Type": "application/json"}


def test_a_form_is_encoded_and_a_list_in_it_repeats_its_key() -> None:
    form = {"socket_id": "${id}", "channel": "a b&c", "tag": ["x", 5], "left": "${none?}"}
    found = made(Request("POST", "https://api.demo.test/", form=form), {"id": "1.2"})
    assert parse_qsl((found.body or b"").decode()) == [
        ("socket_id", "1.2"),
        ("channel", "a b&c"),
        ("tag", "x"),
        ("tag", "5"),
    ]
    assert dict(found.headers) == {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_request_may_say_itself_what_its_body_is() -> None:
    request = Request(
        "POST", "https://api.demo.test/", headers={"content-type": "application/x-demo"}, json={}
    )
    assert made(request).headers == (("content-type", "application/x-demo"),)


def test_a_body_that_is_left_out_is_none() -> None:
    assert made(Request("POST", "https://api.demo.test/", json="${body?}")).body is None


def test_a_websocket_url_stands_for_its_http_one() -> None:
    assert made(Request("GET", "wss://api.demo.test/x")).url == "https://api.demo.test/x"


def test_every_name_that_a_request_uses_is_known() -> None:
    request = Request(
        "POST",
        "https://${a}.demo.test/",
        query={"q": "${b}"},
        headers={"H": "${c}"},
        json={"x": ["${d} ${e?}"]},
    )
    assert names_of(request) == {"a", "b", "c", "d", "e"}
    assert names_of(Request("POST", "https://x.test/", form={"f": "${g}"})) == {"g"}
    assert names_of(Request("GET", "/x")) == frozenset()


# --- where it goes -------------------------------------------------------------------------------


def test_a_path_goes_to_where_the_first_request_goes() -> None:
    asker = asker_at()
    scope = Scope(names={"server": "https://api.demo.test:8443"})
    asker.lead(PROFILE.bootstrap[0].request, scope)
    found = asker.make(Request("POST", "/v2/auth?x=1"), scope)
    assert found.request.url == "https://api.demo.test:8443/v2/auth?x=1"
    assert found.shown == "POST https://api.demo.test:8443/v2/auth"


def test_a_path_from_an_answer_goes_there_as_well() -> None:
    asker = asker_at()
    scope = Scope(names={"server": "https://api.demo.test", "auth_url": "/v2/auth"})
    asker.lead(PROFILE.bootstrap[0].request, scope)
    url = asker.make(Request("POST", "${auth_url}"), scope).request.url
    assert url == "https://api.demo.test/v2/auth"


def test_a_path_without_an_earlier_request_leads_nowhere() -> None:
    with pytest.raises(TemplateError, match="no earlier request"):
        made(Request("GET", "/v2/auth"))


def test_a_first_request_that_lacks_a_value_says_so() -> None:
    with pytest.raises(TemplateError, match="server is not set"):
        asker_at().lead(PROFILE.bootstrap[0].request, Scope(names={}))


@pytest.mark.parametrize(
    ("url", "goes_to"),
    [
        ("https://api.demo.test/v1?x=1", "http://localhost:8080/v1?x=1"),
        ("https://api.demo.test", "http://localhost:8080/"),
        ("wss://demo.test/v1", "http://localhost:8080/v1"),
        ("https://elsewhere.test/v1", "https://elsewhere.test/v1"),
    ],
)
def test_what_is_the_providers_goes_to_the_users_url(url: str, goes_to: str) -> None:
    found = asked_for(Request("GET", url), {}, "ws://localhost:8080/ws?y=2").request
    assert (found.url, found.shown) == (goes_to, goes_to)


def test_a_path_goes_to_the_users_url_where_the_first_request_does() -> None:
    asker = asker_at("ws://localhost:8080/ws")
    scope = Scope(names={"server": "https://api.demo.test"})
    asker.lead(PROFILE.bootstrap[0].request, scope)
    found = asker.make(Request("POST", "/v2/auth"), scope)
    assert found.request.url == "http://localhost:8080/v2/auth"


@pytest.mark.parametrize(
    "told",
    [
        "https://[api.demo.test/",
        "https://elsewhere.test:99999/",
        "https://elsewhere.test:port/",
        "https://\u2100.test/",
        "ftp://api.demo.test/",
        "//evil.test/",
        "https://a b.test/",
        "",
        5,
        None,
        ["https://api.demo.test"],
        DEEP,
    ],
)
@pytest.mark.parametrize("url", [None, "wss://staging.test"])
def test_what_a_provider_told_that_is_no_url_is_an_error_in_words(told: Any, url: Any) -> None:
    request = Request("GET", "${told}", headers={"Authorization": "${key}"})
    with pytest.raises(TemplateError):
        asked_for(request, {"told": told, "key": Secret("k")}, url)


@pytest.mark.parametrize(
    "parts",
    [
        {"form": {"id": "\ud800"}},
        {"form": {"id": "${x}"}},
        {"json": {"id": "${x}"}},
        {"headers": {"X-Id": "${x}"}},
        {"query": {"id": "${x}"}},
        {"query": {"id": "\ud800"}},
    ],
)
def test_what_cannot_be_sent_is_an_error_in_words(parts: dict[str, Any]) -> None:
    with pytest.raises(TemplateError):
        made(Request("POST", "https://api.demo.test/", **parts), {"x": DEEP})


def test_half_a_character_in_json_is_escaped() -> None:
    found = made(Request("POST", "https://api.demo.test/", json={"id": "\ud800"}))
    assert found.body == b'{"id":"\\ud800"}'


# --- secrets -------------------------------------------------------------------------------------

SECRET = {"key": Secret("s3 cret"), "server": "https://api.demo.test"}

HIDING: list[Request] = [
    Request("GET", "https://api.demo.test/${key}"),
    Request("GET", "https://api.demo.test/", query={"key": "${key}"}),
    Request("GET", "https://api.demo.test/", headers={"Authorization": "Bearer ${key}"}),
    Request("GET", "https://api.demo.test/", headers={"Authorization": "${key|base64}"}),
    Request("POST", "https://api.demo.test/", json={"key": "${key}"}),
    Request("POST", "https://api.demo.test/", json="${key}"),
    Request("POST", "https://api.demo.test/", form={"key": "${key}"}),
]


@pytest.mark.parametrize("request_", HIDING)
def test_a_secret_is_sent_and_never_shown(request_: Request) -> None:
    found = asked_for(request_, SECRET)
    shown = f"{found} {found.shown} {found.request.shown}"
    sent = f"{found.request.url} {found.request.headers} {found.request.body!r}"
    assert re.search(r"s3(%20| |\+)cret|czMgY3JldA==", sent)
    assert "s3" not in shown
    assert "czMg" not in shown


@pytest.mark.parametrize("request_", HIDING)
def test_a_secret_goes_to_no_strange_host_wherever_it_stands(request_: Request) -> None:
    elsewhere = Request(
        request_.method,
        request_.url.replace("api.demo.test", "evil.test"),
        request_.query,
        request_.headers,
        request_.json,
        request_.form,
    )
    with pytest.raises(SecretStays, match=r"evil\.test"):
        asked_for(elsewhere, SECRET)


def test_what_holds_no_secret_may_go_anywhere() -> None:
    assert made(Request("GET", "https://elsewhere.test/x")).url == "https://elsewhere.test/x"


def test_a_secret_in_an_element_goes_where_its_list_may_go() -> None:
    profile = make_profile(
        bootstrap=(HttpStep(Request("GET", "https://api.demo.test/"), secret=("accounts",)),)
    )
    hosts = Hosts(profile, {}, None, cleartext=False)
    asker = Asker(hosts, None, Random(1))
    request = Request("GET", "https://edge.test/", headers={"X": "${item}"})
    scope = Scope(names={}, item=Secret("s3cret"))
    with pytest.raises(SecretStays):
        asker.make(request, scope)
    with pytest.raises(SecretStays):
        asker.make(request, scope, ["accounts"])
    hosts.answered({"accounts": ["s3cret"], "url": "https://edge.test"}, ["accounts"])
    assert asker.make(request, scope, ["accounts"]).request.headers == (("X", "s3cret"),)


def test_how_a_request_is_called_leaves_out_its_query() -> None:
    request = Request("GET", "https://api.demo.test/${key}/x", query={"q": "${key}"})
    found = asked_for(request, SECRET)
    assert found.shown == f"GET https://api.demo.test/{MASK}/x"
    assert found.request.shown == f"https://api.demo.test/{MASK}/x?q={MASK}"


# --- what an answer means ------------------------------------------------------------------------

ASKED = asked_for(Request("POST", "https://api.demo.test/login"))


def judged(
    result: HttpAnswer | Failure, rules: tuple[StatusRule, ...] = ()
) -> tuple[Then, str, str, float] | None:
    verdict = judge_answer(ASKED, result, rules, LeastRandom())
    if verdict is None:
        return None
    return (verdict.then, verdict.text, verdict.hint, verdict.at_least)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_success_needs_no_verdict(status: int) -> None:
    assert judged(HttpAnswer(status)) is None


@pytest.mark.parametrize(
    ("answer", "then", "text"),
    [
        (HttpAnswer(401), Then.REFUSED, "401 Unauthorized"),
        (HttpAnswer(403, "Nope"), Then.REFUSED, "403 Nope"),
        (HttpAnswer(404), Then.STOP, "404 Not Found"),
        (HttpAnswer(500, body=b"<p>Oops</p>"), Then.RECONNECT, "500 Internal Server Error: Oops"),
        (HttpAnswer(799), Then.RECONNECT, "799"),
        (HttpAnswer(199), Then.STOP, "199"),
        (HttpAnswer(304), Then.STOP, "304 Not Modified"),
    ],
)
def test_a_status_is_told_in_words(answer: HttpAnswer, then: Then, text: str) -> None:
    found = judged(answer)
    assert found is not None
    told = f"POST https://api.demo.test/login was answered with {text}"
    assert found[:2] == (then, told)


@pytest.mark.parametrize(
    ("location", "leads"),
    [
        ("https://me:x@login.test/in?token=s3cret", "https://login.test"),
        ("//login.test/in?token=s3cret", "login.test"),
        ("/in?token=s3cret", "another path on the same host"),
        ("https://[login.test/s3cret", "a place that cannot be read"),
        ("https://" + "x" * 500, "https://" + "x" * 200),
    ],
)
def test_a_redirect_is_named_and_not_followed(location: str, leads: str) -> None:
    found = judged(HttpAnswer(302, headers=(("location", location),)))
    assert found == (
        Then.STOP,
        f"POST https://api.demo.test/login was answered with 302 Found, which leads to {leads}",
        "Redirects are not followed.",
        0.0,
    )


def test_an_answer_may_say_when_to_ask_again() -> None:
    found = judged(HttpAnswer(429, headers=(("retry-after", "7"),)))
    assert found is not None
    assert (found[0], found[3]) == (Then.RECONNECT, 7.0)


def test_the_profile_says_what_a_status_means() -> None:
    rule = StatusRule(((401, 401),), Then.RENEW, span(3, 5), "The token is wrong.")
    found = judged(HttpAnswer(401), (rule,))
    assert found is not None
    assert (found[0], *found[2:]) == (Then.RENEW, "The token is wrong.", 3.0)


@pytest.mark.parametrize(("retry", "then"), [(True, Then.RECONNECT), (False, Then.STOP)])
def test_a_request_that_comes_to_nothing_is_named(retry: bool, then: Then) -> None:
    failure = Failure(FailureKind.TIMEOUT, "no answer", "Look.", retry)
    verdict = judge_answer(ASKED, failure, (), LeastRandom())
    assert verdict == Verdict(
        then, "POST https://api.demo.test/login: no answer", "Look.", reached=False
    )


def test_a_proxys_status_is_judged_as_a_status() -> None:
    failure = Failure(FailureKind.STATUS, "the proxy refused", status=403)
    found = judged(failure)
    assert found is not None
    assert found[0] is Then.REFUSED


def test_an_answer_is_read_with_all_its_digits() -> None:
    value = {"slot": 2**64, "rate": 0.1}
    assert read_answer(ASKED, HttpAnswer(200, body=json.dumps(value).encode())) == value


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "no JSON"),
        (b"<html><title>Login</title>Please log in</html>", ": Login Please log in"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\xff\xfe", "no JSON"),
        (b"NaN", "no JSON"),
    ],
)
def test_an_answer_that_is_no_json_stops(body: bytes, text: str) -> None:
    found = read_answer(ASKED, HttpAnswer(200, body=body))
    assert isinstance(found, Verdict)
    assert found.then is Then.STOP
    assert text in found.text
    assert len(found.text) < 400


def test_an_answer_that_is_null_is_an_answer() -> None:
    assert read_answer(ASKED, HttpAnswer(200, body=b"null")) is None
