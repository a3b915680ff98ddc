"""Where a secret may go: as a table of profiles, values and hosts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.session.conversation import make_profile
from wscli.model.options import Option
from wscli.model.profile import Connect, Profile, Resume
from wscli.model.requests import Fetch, HttpStep, Request
from wscli.model.steps import Step
from wscli.session.hosts import Hosts, SecretStays

KEY = Option("api_key", secret=True)


def get(url: str, **parts: Any) -> HttpStep:
    return HttpStep(Request("GET", url), **parts)


def profile_at(url: str = "wss://api.demo.test/ws", **parts: Any) -> Profile:
    trust = parts.pop("trust", ())
    options = (KEY, *parts.pop("options", ()))
    profile = make_profile(options=options, **parts)
    return replace(profile, connect=Connect(url=url, trust=trust))


def hosts_of(
    profile: Profile | None = None,
    options: dict[str, Any] | None = None,
    url: str | None = None,
    *,
    cleartext: bool = False,
    elsewhere: bool = False,
) -> Hosts:
    return Hosts(
        profile or profile_at(), options or {}, url, cleartext=cleartext, elsewhere=elsewhere
    )


def may_go(hosts: Hosts, url: str, *names: str) -> bool:
    try:
        hosts.check(url, names or ("api_key",))
    except SecretStays:
        return False
    return True


# --- hosts that the profile names ----------------------------------------------------------------


NAMED: list[tuple[Profile, str]] = [
    (profile_at(), "wss://api.demo.test/elsewhere"),
    (profile_at(), "https://API.demo.test:8443/"),
    (profile_at("WSS://API.Demo.test/ws"), "wss://api.demo.test/"),
    (profile_at("wss://api.demo.test:8443/ws"), "wss://api.demo.test/"),
    (profile_at("wss://api.demo.test:${port}/ws"), "wss://api.demo.test:5/"),
    (profile_at("wss://me:${password}@api.demo.test/ws"), "wss://me:x@api.demo.test/"),
    (profile_at("wss://[2001:db8::1]:8443/ws"), "wss://[2001:db8::1]/"),
    (profile_at("wss://[2001:db8::1]/ws"), "wss://[2001:db8::1]:8443/"),
    (profile_at(bootstrap=(get("https://login.demo.test/x"),)), "https://login.demo.test/"),
    (
        profile_at(history=Fetch(Request("GET", "https://rest.demo.test/h"))),
        "https://rest.demo.test/",
    ),
    (
        profile_at(resume=Resume(backfill=Fetch(Request("GET", "https://rest.demo.test/b")))),
        "https://rest.demo.test/",
    ),
    (
        profile_at(resume=Resume(connect=Connect(url="wss://resume.demo.test/"))),
        "wss://resume.demo.test/",
    ),
    (
        profile_at(session=(Step(http=get("https://auth.demo.test/")),)),
        "https://auth.demo.test/",
    ),
    (
        profile_at(resume=Resume(session=(Step(http=get("https://auth.demo.test/")),))),
        "https://auth.demo.test/",
    ),
    (
        profile_at(options=(Option("server", default="https://own.demo.test"),)),
        "https://own.demo.test/",
    ),
    (
        profile_at(options=(Option("env", choices={"eu": "wss://eu.demo.test"}),)),
        "wss://eu.demo.test/",
    ),
    (profile_at(trust=("*.trusted.test",)), "https://a.B.trusted.test/"),
]


@pytest.mark.parametrize(("profile", "url"), NAMED)
def test_a_secret_goes_to_hosts_that_the_profile_names(profile: Profile, url: str) -> None:
    assert may_go(hosts_of(profile), url)


@pytest.mark.parametrize(
    "url",
    [
        "wss://evil.test/",
        "wss://api.demo.test.evil.test/",
        "wss://demo.test/",
        "https://trusted.test/",
        "https://user@evil.test/?api.demo.test",
        "wss://[2001:db8::1]/",
    ],
)
def test_a_secret_goes_nowhere_else(url: str) -> None:
    hosts = hosts_of(profile_at(trust=("*.trusted.test",)))
    with pytest.raises(SecretStays, match="which the profile does not name") as caught:
        hosts.check(url, ["api_key"])
    assert caught.value.exit_code == 3
    assert "connect.trust" in str(caught.value.hint)


def test_a_part_of_a_host_that_the_provider_fills_in_names_no_host() -> None:
    hosts = hosts_of(profile_at("wss://${host}.demo.test/ws"))
    assert not may_go(hosts, "wss://a.demo.test/")
    assert not may_go(hosts_of(profile_at("${url}/ws")), "wss://a.demo.test/")


# --- hosts that the user names -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({"server": "https://mine.test:8443/x"}, "https://mine.test/"),
        ({"server": "Mine.test"}, "https://mine.test/"),
        ({"server": "mine.test:8443"}, "https://mine.test:8443/"),
        ({"server": "[2001:db8::1]:8443"}, "https://[2001:db8::1]/"),
        ({"servers": ["a.test", ("https://b.test",)]}, "https://b.test/"),
        ({"where": [{"name": "x", "with": {"host": "b.test"}}]}, "https://b.test/"),
    ],
)
def test_a_secret_goes_to_hosts_that_an_option_names(options: dict[str, Any], url: str) -> None:
    assert may_go(hosts_of(options=options), url)
    assert not may_go(hosts_of(), url)


@pytest.mark.parametrize("value", ["https://[bad/", "https:///x", "not a host", "", 7, None])
def test_what_is_no_host_names_none(value: Any) -> None:
    assert not may_go(hosts_of(options={"server": value}), "https://mine.test/")


def test_a_secret_goes_to_the_host_of_the_users_url() -> None:
    assert may_go(hosts_of(url="wss://staging.test/ws"), "https://staging.test/login")


def test_a_host_is_what_the_user_made_of_it_and_no_other() -> None:
    profile = profile_at("wss://${region}.demo.test/ws")
    hosts = hosts_of(profile, {"region": "eu"})
    assert may_go(hosts, "wss://eu.demo.test/ws")
    assert not may_go(hosts, "wss://us.demo.test/ws")


def test_a_star_that_the_user_gave_is_no_pattern() -> None:
    hosts = hosts_of(profile_at("wss://${host}/ws"), {"host": "*"})
    assert not may_go(hosts, "wss://evil.test/")


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("wss://${host}/ws", "localhost"),
        ("wss://api.demo.test:${port}/ws", "api.demo.test"),
        ("wss://${host}:${port}/ws", "localhost"),
        ("${server}/ws", "mine.test"),
        ("wss://${host}:${told}/ws", "localhost"),
        ("wss://a${port}.demo.test/", "a80.demo.test"),
    ],
)
def test_a_host_that_the_user_gave_is_the_providers_own(url: str, own: str) -> None:
    options = {"host": "localhost", "port": 80, "server": "https://mine.test:4000/"}
    hosts = hosts_of(profile_at(url), options)
    assert hosts.own(own)
    assert hosts.own(own.upper())
    assert not hosts.own("other.test")


# --- hosts that an answer names ------------------------------------------------------------------


CAPTURING = profile_at(
    bootstrap=(get("https://api.demo.test/", capture={"token": ".t"}, secret=("token",)),),
    session=(Step(http=get("https://api.demo.test/", secret=("auth",))),),
    computed={
        "signed": {"hash": {"with": "sha256", "text": "${token}", "as": "hex"}},
        "both": {"value": "${signed} ${api_key}"},
    },
)


@pytest.mark.parametrize(
    "answer",
    [
        {"token": "t", "url": "wss://edge.test/x"},
        {"token": "t", "host": "edge.test:8443"},
        {"token": "t", "servers": [{"host": "edge.test"}]},
    ],
)
def test_what_an_answer_told_goes_to_the_hosts_that_it_named(answer: dict[str, Any]) -> None:
    hosts = hosts_of(CAPTURING)
    assert not may_go(hosts, "wss://edge.test/", "token")
    hosts.answered(answer, ["token"])
    assert may_go(hosts, "wss://edge.test/", "token")
    assert may_go(hosts, "wss://edge.test/", "signed", "harmless")
    assert not may_go(hosts, "wss://other.test/", "token")


def test_what_the_user_gave_does_not_go_to_hosts_that_an_answer_named() -> None:
    hosts = hosts_of(CAPTURING)
    hosts.answered({"token": "t", "host": "edge.test"}, ["token"])
    assert not may_go(hosts, "wss://edge.test/", "api_key")
    assert not may_go(hosts, "wss://edge.test/", "token", "api_key")
    assert not may_go(hosts, "wss://edge.test/", "both")


def test_one_answers_hosts_are_not_anothers() -> None:
    hosts = hosts_of(CAPTURING)
    hosts.answered({"token": "t", "host": "edge.test"}, ["token"])
    hosts.answered({"auth": "a", "host": "other.test"}, ["auth"])
    assert not may_go(hosts, "wss://edge.test/", "token", "auth")
    assert not may_go(hosts, "wss://edge.test/", "auth")
    hosts.answered({"token": "t", "host": "third.test"}, ["token"])
    assert not may_go(hosts, "wss://edge.test/", "token")


def test_a_secret_of_unknown_origin_goes_to_no_strange_host() -> None:
    """A mask in what is sent, although no name that was used is a secret's: nobody can say whose
    it is.
    """
    hosts = hosts_of(CAPTURING)
    hosts.answered({"token": "t", "host": "edge.test"}, ["token"])
    assert not may_go(hosts, "wss://edge.test/", "harmless")
    assert may_go(hosts, "wss://api.demo.test/", "harmless")


def test_an_answer_nested_without_end_is_looked_through() -> None:
    deep: Any = "edge.test"
    for _ in range(100_000):
        deep = [deep]
    hosts = hosts_of(CAPTURING)
    hosts.answered({"token": deep}, ["token"])
    assert may_go(hosts, "wss://edge.test/", "token")


# --- in clear text -------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["ws://api.demo.test/", "http://api.demo.test/"])
def test_a_secret_does_not_go_in_clear_text(url: str) -> None:
    with pytest.raises(SecretStays, match="in clear text") as caught:
        hosts_of().check(url, ["api_key"])
    assert url.partition(":")[0] + "s://" in str(caught.value.hint)
    assert may_go(hosts_of(cleartext=True), url)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "demo.localhost", "127.0.0.1", "127.8.9.1", "[::1]"]
)
def test_on_loopback_a_secret_may_go_in_clear_text(host: str) -> None:
    hosts = hosts_of(url=f"ws://{host}:8080/")
    assert may_go(hosts, f"ws://{host}:8080/ws")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_name_of_this_machine_that_leads_elsewhere_is_no_loopback(host: str) -> None:
    hosts = hosts_of(url=f"ws://{host}:8080/", elsewhere=True)
    assert not may_go(hosts, f"ws://{host}:8080/ws")
    assert may_go(hosts, f"wss://{host}:8080/ws")


def test_loopback_alone_is_no_host_that_was_named() -> None:
    assert not may_go(hosts_of(), "ws://127.0.0.1/")
