"""What asking for the provider's catalog takes, and how it is asked for."""

from __future__ import annotations

import json
from collections.abc import Generator
from random import Random
from typing import Any

import pytest

from tests.session.conversation import make_profile
from wscli.messages.memory import Memory
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.options import Option
from wscli.model.profile import Profile, Then
from wscli.model.requests import Fetch, HttpStep, Request
from wscli.model.secret import Secret
from wscli.model.wire import HttpAnswer, HttpRequest
from wscli.session.catalog import Needs, catalog, for_catalog, needs_of
from wscli.session.desk import Desk
from wscli.session.fetching import NotFetched
from wscli.session.http_steps import NoUse
from wscli.session.target import Overrides
from wscli.session.waits import Ask, NeedSecrets, Pause

LOGIN = HttpStep(
    Request("POST", "https://demo.test/login", json={"key": "${key}"}),
    capture={"token": ".token"},
    secret=("token",),
)
PLACE = HttpStep(
    Request("POST", "https://demo.test/place", headers={"T": "${token}"}),
    when="$zone",
    require=".ok",
    capture={"host": ".host"},
)
OTHER = HttpStep(Request("GET", "https://demo.test/other?u=${user}"), capture={"x": ".x"})


def fetch(url: str = "https://demo.test/list", **parts: Any) -> Fetch:
    shape = {name: parts.pop(name) for name in ("over", "each", "shape", "sort") if name in parts}
    return Fetch(Request("GET", url, **parts), **shape)


def profile(of: Fetch | None, *bootstrap: HttpStep, **parts: Any) -> Profile:
    return make_profile(bootstrap=bootstrap, catalog=of, **parts)


# ---- what it needs ----


@pytest.mark.parametrize(
    ("of", "names"),
    [
        (fetch(), set()),
        (fetch("${server}/list", query={"q": "${q}"}), {"server", "q"}),
        (fetch(headers={"A": "${key?}"}), {"key"}),
        (fetch(json={"a": ["${a}"]}), {"a"}),
        (fetch(form={"f": "${f}"}), {"f"}),
        (fetch(over="${markets}"), {"markets"}),
        (fetch(shape={"id": "${.id}", "of": "${market}"}), {"market"}),
        (fetch(each=".items[] | $part", sort=".a // $order"), {"part", "order"}),
        (fetch(headers={"S": "${signature}"}), {"signature", "key"}),
    ],
)
def test_a_list_needs_what_its_request_uses(of: Fetch, names: set[str]) -> None:
    computed = {"signature": {"hash": {"with": "sha256", "text": "${key}", "as": "hex"}}}
    assert needs_of(profile(of, LOGIN, computed=computed), of) == Needs(frozenset(names), 0)


def test_no_more_is_asked_before_than_leads_to_what_it_needs() -> None:
    by_token, by_host = fetch(headers={"T": "${token}"}), fetch("https://${host}/list")
    steps = (LOGIN, PLACE, OTHER)
    assert needs_of(profile(by_token, *steps), by_token) == Needs(frozenset({"token", "key"}), 1)
    assert needs_of(profile(by_host, *steps), by_host) == Needs(
        frozenset({"host", "token", "key", "zone"}), 2
    )


def test_a_path_needs_the_host_of_the_first_request() -> None:
    first = HttpStep(Request("POST", "${server}/login"), capture={"token": ".token"})
    of = fetch("/list")
    assert needs_of(profile(of, first), of) == Needs(frozenset({"server"}), 0)
    assert needs_of(profile(of), of) == Needs()


def test_options_are_required_only_where_the_catalog_needs_them() -> None:
    options = (Option("key", secret=True, required=True), Option("stream", required="$key == null"))
    needing = for_catalog(profile(fetch(headers={"K": "${key}"}), options=options))
    assert [option.required for option in needing.options] == [True, False]
    without = for_catalog(profile(None, options=options))
    assert [option.required for option in without.options] == [False, False]


# ---- how it is asked for ----


class Asked:
    """Walks through a catalog and answers what it asks; ``requests`` are those that were made."""

    def __init__(self, of: Fetch, *bootstrap: HttpStep, secrets: bool = False) -> None:
        whole = profile(of, *bootstrap, options=(Option("key", secret=True),))
        self.desk = Desk(whole, {}, Overrides(), Random(0), Memory())
        self.desk.now = Instant(1000.0, 1e9)
        self.requests: list[HttpRequest] = []
        self.waits: list[float] = []
        self._walk: Generator[NeedSecrets | Ask | Pause, Any, list[bytes]]
        self._walk = catalog(self.desk, of, secrets=secrets)

    def run(self, *answers: HttpAnswer) -> list[bytes]:
        rest = list(answers)
        result: Any = None
        while True:
            try:
                wait = self._walk.send(result)
            except StopIteration as end:
                return list(end.value)
            match wait:
                case NeedSecrets():
                    result = {"key": Secret("s3cret")}
                case Pause(seconds):
                    self.waits.append(seconds)
                    result = None
                case Ask(asked):
                    self.requests.append(asked.request)
                    result = rest.pop(0)


def answer(value: Any = MISSING, status: int = 200, **parts: Any) -> HttpAnswer:
    return HttpAnswer(status, body=b"" if value is MISSING else json.dumps(value).encode(), **parts)


def test_the_items_are_given_with_every_digit() -> None:
    asked = Asked(fetch(each=".items[]"))
    items = asked.run(HttpAnswer(200, body=b'{"items": [{"b": 0.10, "a": 1e400}, "x"]}'))
    assert items == [b'{"b":0.10,"a":1e400}', b'"x"']


def test_what_it_needs_is_asked_for_first_and_a_path_goes_to_the_first_host() -> None:
    asked = Asked(fetch("/list", headers={"T": "${token}"}), LOGIN, PLACE, secrets=True)
    assert asked.run(answer({"token": "t0ken"}), answer([1])) == [b"1"]
    login, listed = asked.requests
    assert login.body == b'{"key":"s3cret"}'
    assert listed.url == "https://demo.test/list"
    assert dict(listed.headers) == {"T": "t0ken"}


def test_nothing_is_asked_that_it_does_not_need() -> None:
    asked = Asked(fetch("/list"), LOGIN, PLACE)
    assert asked.run(answer([])) == []
    assert [request.url for request in asked.requests] == ["https://demo.test/list"]


@pytest.mark.parametrize(("status", "then"), [(401, Then.REFUSED), (404, Then.STOP)])
def test_a_refusal_says_what_it_means(status: int, then: Then) -> None:
    with pytest.raises(NotFetched) as failure:
        Asked(fetch()).run(answer(status=status))
    assert failure.value.verdict.then is then
    assert str(failure.value) == failure.value.verdict.text
    with pytest.raises(NoUse) as before:
        Asked(fetch(headers={"T": "${token}"}), LOGIN, secrets=True).run(answer(status=status))
    assert before.value.verdict.then is then


def test_a_server_that_wants_us_to_wait_is_asked_once_more() -> None:
    asked = Asked(fetch())
    busy = answer(status=429, headers=(("retry-after", "2"),))
    assert asked.run(busy, answer(["a"])) == [b'"a"']
    assert asked.waits == [2.0]


@pytest.mark.parametrize(
    ("of", "body", "words"),
    [
        (fetch(), b"<html>", "no JSON"),
        (fetch(headers={"K": "${nobody}"}), b"", "nobody is not set"),
    ],
)
def test_what_is_of_no_use_is_told(of: Fetch, body: bytes, words: str) -> None:
    with pytest.raises(NotFetched, match=words):
        Asked(of).run(HttpAnswer(200, body=body))


def test_what_an_answer_before_it_lacks_is_told() -> None:
    asked = Asked(fetch(headers={"T": "${token}"}), LOGIN, secrets=True)
    with pytest.raises(NotFetched) as failure:
        asked.run(answer({"tokens": []}))
    assert str(failure.value) == (
        "${token}: token is not set; POST https://demo.test/login was answered without .token"
    )
