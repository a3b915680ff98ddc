"""Where a connection goes: the profile's URL, the user's, or the one that the provider wants."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.errors import TemplateError, UsageError
from wscli.model.profile import Connect
from wscli.model.secret import MASK, Secret
from wscli.session.target import Aim, Overrides, check_url, make_move, make_target
from wscli.templates import Scope

DEEP: Any = 1
for _ in range(5000):
    DEEP = [DEEP]


def aim_of(
    names: dict[str, Any] | None = None, overrides: Overrides | None = None, **connect: Any
) -> Aim:
    connect.setdefault("url", "wss://demo.test/ws")
    return make_target(Connect(**connect), overrides or Overrides(), Scope(names=names or {}))


# --- what is said in the opening handshake -------------------------------------------------------


def test_headers_origin_and_subprotocols_are_filled_in() -> None:
    target = aim_of(
        {"a": "x", "n": 5},
        headers={"A": "${a}", "N": "${n}"},
        origin="https://${a}.test",
        subprotocols=("v1", "key.${a}", "${n}"),
    ).target
    assert target.headers == (("A", "x"), ("N", "5"))
    assert target.origin == "https://x.test"
    assert target.subprotocols == ("v1", "key.x", "5")


@pytest.mark.parametrize(("names", "origin"), [({}, None), ({"o": ""}, None), ({"o": 5}, "5")])
@pytest.mark.parametrize("subprotocols", [(), ("v1", "${none?}")])
def test_an_origin_may_be_left_out(
    names: dict[str, Any], origin: str | None, subprotocols: tuple[str, ...]
) -> None:
    target = aim_of(names, origin="${o?}", subprotocols=subprotocols).target
    assert target.origin == origin
    assert target.subprotocols == subprotocols[:1]


def test_an_empty_origin_of_the_users_is_sent_as_it_is() -> None:
    assert aim_of(overrides=Overrides(origin=""), origin="https://x.test").target.origin == ""


@pytest.mark.parametrize(
    "connect",
    [
        {"url": "wss://demo.test/${key}"},
        {"query": {"token": "${key}"}},
        {"headers": {"Authorization": "${key}"}},
        {"origin": "https://${key}.test"},
        {"subprotocols": ("token.${key}",)},
    ],
)
def test_a_secret_in_the_handshake_is_known_with_its_name(connect: dict[str, Any]) -> None:
    aim = aim_of({"key": Secret("s3cret")}, **connect)
    assert aim.secret
    assert aim.names == {"key"}
    assert "s3cret" not in aim.target.shown
    assert not aim_of({"key": "plain"}, **connect).secret


# --- the user's URL ------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [None, "ws://h", "wss://h:1/x?y", "http://h", "https://[::1]:8"])
def test_a_url_that_can_be_connected_to_is_taken(url: str | None) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    "url", ["", "h", "ftp://h", "ws://", "ws://[::1", "ws://h:x", "ws://h:99999"]
)
def test_a_url_that_cannot_be_connected_to_is_told(url: str) -> None:
    with pytest.raises(UsageError, match="is no WebSocket URL"):
        check_url(url)
    with pytest.raises(UsageError, match="is no WebSocket URL"):
        aim_of(overrides=Overrides(url=url))


@pytest.mark.parametrize(
    "told",
    ["wss://[bad/", "wss://h:99999/", "ftp://h/", "nonsense", "", 5, None, ["wss://h"], DEEP],
)
@pytest.mark.parametrize("url", [None, "wss://mine.test"])
def test_what_a_provider_told_that_is_no_url_is_an_error_in_words(told: Any, url: Any) -> None:
    with pytest.raises((TemplateError, UsageError)):
        aim_of({"told": told}, Overrides(url=url), url="${told}")


@pytest.mark.parametrize("part", ["headers", "subprotocols"])
def test_a_value_nested_too_deeply_is_an_error_in_words(part: str) -> None:
    tree: Any = {"headers": {"X": "${x}"}, "subprotocols": ("${x}",)}[part]
    with pytest.raises(TemplateError, match="nested too deeply"):
        aim_of({"x": DEEP[0][0]}, **{part: tree})


# --- the URL that the provider wants -------------------------------------------------------------


def moved(to: str, message: Any, names: dict[str, Any] | None = None) -> Aim:
    scope = Scope(names=names or {}, element=message, message=message)
    connect = Connect(url="wss://demo.test/ws", query={"v": 1}, headers={"A": "1"})
    return make_target(connect, Overrides(), scope, move=make_move(to, scope))


@pytest.mark.parametrize(
    ("to", "url"),
    [
        ("${.url}", "wss://edge.test/x?y=1"),
        ("${.url}&z=${.name}", "wss://edge.test/x?y=1&z=a%20b"),
        ("wss://${.host}:${.port}/ws", "wss://h.test:8443/ws"),
        ("${.plain}", "wss://h.test/"),
    ],
)
def test_the_provider_may_want_the_next_connection_elsewhere(to: str, url: str) -> None:
    message = {
        "url": "wss://edge.test/x?y=1",
        "host": "h.test",
        "port": 8443,
        "plain": "https://h.test/",
        "name": "a b",
    }
    target = moved(to, message).target
    assert (target.url, target.headers) == (url, (("A", "1"),))


@pytest.mark.parametrize(
    "url", [5, None, "", "ftp://x", "/path", "wss://[x", "wss://h:99999", DEEP]
)
def test_a_place_that_is_no_url_is_an_error_in_words(url: Any) -> None:
    with pytest.raises(TemplateError):
        moved("${.url}", {"url": url})


def test_a_secret_that_goes_to_the_wanted_place_is_known_with_its_name() -> None:
    aim = moved("${.url}?key=${key}", {"url": "wss://edge.test"}, {"key": Secret("s3cret")})
    assert aim.target.url == "wss://edge.test?key=s3cret"
    assert aim.target.shown == f"wss://edge.test?key={MASK}"
    assert aim.secret
    assert aim.names == {"key"}


def test_the_users_url_goes_before_the_one_that_the_provider_wants() -> None:
    scope = Scope(names={}, element={"url": "wss://edge.test/new"})
    move = make_move("${.url}", scope)
    overrides = Overrides(url="ws://localhost:8080")
    aim = make_target(Connect(url="wss://demo.test/ws"), overrides, scope, move=move)
    assert aim.target.url == "ws://localhost:8080/new"
