"""URLs: what is encoded where, what may begin one, and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wscli.errors import TemplateError
from wscli.model.secret import Secret
from wscli.templates import Rendered, Scope, as_http, as_websocket, compile_url
from wscli.templates.syntax import Root

CANARY = "c4n4ry"
NAMES: Mapping[str, Any] = {
    "server": "https://api.example.com",
    "slash": "https://api.example.com/base/",
    "ticket": "wss://link.example.com/link/?ticket=a%2Bb&app=1",
    "fragment": "wss://h.example.com/x?y=1#part",
    "loud": "WSS://H.example.com",
    "path": "/api/v2/ws/auth",
    "scheme": "wss",
    "host": "ws.example.com",
    "ip": "127.0.0.1:8080",
    "six": "[::1]:8080",
    "port": 443,
    "id": "a/b c?d#e%é",
    "pair": "btcusdt@trade",
    "odd": "a+b&c=d,e:f@g h/i",
    "list": ["a b", "c", 1],
    "empty": [],
    "null": None,
    "yes": True,
    "object": {"a": [1]},
    "token": Secret(CANARY),
    "secrets": [Secret(CANARY), "open*"],
    "hidden": Rendered(["x", CANARY], "***"),
    "secret_url": Secret(f"wss://h/?t={CANARY}"),
}

# url, query, the whole URL
RENDERED: list[tuple[str, Mapping[str, Any] | None, str]] = [
    ("wss://h.example.com/ws", None, "wss://h.example.com/ws"),
    ("wss://h", {}, "wss://h"),
    # at the very beginning a value stands as it is
    ("${server}/v1/ws", None, "https://api.example.com/v1/ws"),
    ("${slash}/v1/ws", None, "https://api.example.com/base/v1/ws"),
    ("${slash}v1", None, "https://api.example.com/base/v1"),
    ("${slash}", None, "https://api.example.com/base/"),
    ("${ticket}", None, "wss://link.example.com/link/?ticket=a%2Bb&app=1"),
    (
        "${ticket}&id=${pair}",
        {"a": 1},
        "wss://link.example.com/link/?ticket=a%2Bb&app=1&id=btcusdt@trade&a=1",
    ),
    ("${loud}/x", None, "WSS://H.example.com/x"),
    ("${none // server}/x", None, "https://api.example.com/x"),
    ('${none:-"ws://h"}/x', None, "ws://h/x"),
    (
        "${scheme}://${host}:${port}/app/${id}",
        None,
        "wss://ws.example.com:443/app/a%2Fb%20c%3Fd%23e%25%C3%A9",
    ),
    ("wss://${ip}/x", None, "wss://127.0.0.1:8080/x"),
    ("wss://${six}/x", None, "wss://[::1]:8080/x"),
    ("wss://${host}?a=${odd}", None, "wss://ws.example.com?a=a%2Bb%26c%3Dd,e:f@g%20h%2Fi"),
    # a path encodes everything, a query keeps , : @
    ("wss://h/${odd}", None, "wss://h/a%2Bb%26c%3Dd%2Ce%3Af%40g%20h%2Fi"),
    ("wss://h/x?${odd}", None, "wss://h/x?a%2Bb%26c%3Dd,e:f@g%20h%2Fi"),
    ("wss://h/${pair}/${port}/${yes}/${null}", None, "wss://h/btcusdt%40trade/443/true/null"),
    ('wss://h/x?s=${list|join("/")}', None, "wss://h/x?s=a%20b%2Fc%2F1"),
    ("wss://h/$${x}", None, "wss://h/${x}"),
    # the query
    ("wss://h/x", {"a": "1", "b": 2, "c": True, "d": None}, "wss://h/x?a=1&b=2&c=true&d=null"),
    ("wss://h/x?v=2", {"a": 1}, "wss://h/x?v=2&a=1"),
    ("wss://h/x?", {"a": 1}, "wss://h/x?a=1"),
    ("wss://h/x?v=2&", {"a": 1}, "wss://h/x?v=2&a=1"),
    ("wss://h/x", {"a": "${list}"}, "wss://h/x?a=a%20b&a=c&a=1"),
    ("wss://h/x", {"a": ["${pair}", "${none?}", "z"]}, "wss://h/x?a=btcusdt@trade&a=z"),
    ("wss://h/x", {"a": '${list|join(",")?}', "b": '${none|join(",")?}'}, "wss://h/x?a=a%20b,c,1"),
    ("wss://h/x", {"a": "${none?}", "b": "${empty}"}, "wss://h/x"),
    ("wss://h/x", {"a": "${object}"}, "wss://h/x?a=%7B%22a%22:[1]%7D".replace("[1]", "%5B1%5D")),
    ("wss://h/x", {"a b&": "${odd}"}, "wss://h/x?a%20b%26=a%2Bb%26c%3Dd,e:f@g%20h%2Fi"),
    # no fragment
    ("${fragment}", {"a": 1}, "wss://h.example.com/x?y=1&a=1"),
    ("wss://h/x#part", {"a": "#"}, "wss://h/x?a=%23"),
]


@pytest.mark.parametrize(("url", "query", "expected"), RENDERED)
def test_values_are_encoded_for_the_place_where_they_stand(
    url: str, query: Mapping[str, Any] | None, expected: str
):
    rendered = compile_url(url, query).render(Scope(NAMES))
    assert rendered.value == expected
    assert rendered.shown == expected


# url, query, what is shown
SHOWN: list[tuple[str, Mapping[str, Any], str]] = [
    ("${server}/x", {"token": "${token}"}, "https://api.example.com/x?token=***"),
    ("wss://h/x?token=${token}", {"a": 1}, "wss://h/x?token=***&a=1"),
    ("wss://h/${token}/x", {}, "wss://h/***/x"),
    ("wss://${token}/x", {}, "wss://***/x"),
    ("${secret_url}", {"a": 1}, "***&a=1"),
    ("wss://h/x", {"t": "Bearer ${token}"}, "wss://h/x?t=Bearer%20***"),
    ("wss://h/x", {"t": "${secrets}"}, "wss://h/x?t=***&t=open%2A"),
    ("wss://h/x", {"t": "${hidden}"}, "wss://h/x?t=***&t=***"),
    ("wss://h/x", {"t": '${secrets|join(",")}'}, "wss://h/x?t=***,open*"),
]


@pytest.mark.parametrize(("url", "query", "expected"), SHOWN)
def test_the_masked_url_is_as_readable_as_the_url(
    url: str, query: Mapping[str, Any], expected: str
):
    rendered = compile_url(url, query).render(Scope(NAMES))
    assert CANARY in rendered.value
    assert rendered.shown == expected


# url, values, words
UNFILLABLE: list[tuple[str, Mapping[str, Any], str]] = [
    ("${x}/ws", {"x": "h.example.com"}, "${x} begins a URL"),
    ("${x}/ws", {"x": "//h.example.com"}, "${x} begins a URL"),
    ("${x}/ws", {"x": "/path"}, "${x} begins a URL"),
    ("${x}/ws", {"x": "ftp://h"}, "${x} begins a URL"),
    ("${x}/ws", {"x": "javascript:alert(1)"}, "${x} begins a URL"),
    ("${x}/ws", {"x": "wss://"}, "${x} begins a URL"),
    ("${x}/ws", {"x": "wss:///path"}, "${x} begins a URL"),
    ("${x}/ws", {"x": "wss://h\r\nX: y"}, "${x} begins a URL"),
    ("${x}/ws", {"x": "wss://h x"}, "${x} begins a URL"),
    ("${x}/ws", {"x": "wss://h\\@other"}, "${x} begins a URL"),
    ("${x}/ws", {"x": 5}, "${x} begins a URL"),
    ("${x}", {"x": ""}, "${x} begins a URL"),
    ("${x}${y}", {"x": "wss", "y": "://h"}, "${x} begins a URL"),
    ("${x}://h", {"x": "ftp"}, "${x} begins a URL"),
    ("${x}://h", {"x": "wss://h/?"}, "${x} begins a URL"),
    ("${x}/ws", {}, "${x}: x is not set"),
    ("wss://${x}/ws", {"x": "a/b"}, "${x}: its value is no host name"),
    ("wss://${x}/ws", {"x": "a@b"}, "${x}: its value is no host name"),
    ("wss://${x}/ws", {"x": "a:b"}, "${x}: its value is no host name"),
    ("wss://${x}/ws", {"x": "a b"}, "${x}: its value is no host name"),
    ("wss://${x}/ws", {"x": ""}, "${x}: its value is no host name"),
    ("wss://h:${x}/ws", {"x": "80\n"}, "${x}: its value is no host name"),
    ("wss://h/${x}", {"x": "\ud800"}, "${x}: its value is no valid Unicode"),
]


@pytest.mark.parametrize(("url", "names", "words"), UNFILLABLE)
def test_a_value_that_cannot_stand_there_is_refused(url: str, names: Mapping[str, Any], words: str):
    with pytest.raises(TemplateError) as caught:
        compile_url(url).render(Scope(names))
    assert caught.value.text.startswith(words)


def test_a_query_value_that_cannot_be_encoded_is_told_by_its_key():
    with pytest.raises(TemplateError, match="key: its value is no valid Unicode"):
        compile_url("wss://h", {"key": "${x}"}).render(Scope({"x": "\ud800"}))


def test_a_value_nested_too_deeply_is_an_error_in_a_url_as_well():
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(TemplateError, match="too deeply"):
        compile_url("wss://h", {"key": "${x}"}).render(Scope({"x": deep}))


# url, words
REFUSED = [
    ("", "is no URL"),
    ("h.example.com/ws", "is no URL"),
    ("/ws", "is no URL"),
    ("//h/ws", "is no URL"),
    ("ftp://h", "is no URL"),
    ("wss://", "is no URL"),
    ("wss:///x", "is no URL"),
    ("wss://h/a b", "a space"),
    ("wss://h/${x}\n", "a line break"),
    ("wss://h\\x", "a backslash"),
    ("wss://h/${x?}", "cannot be left out by ${x?}"),
    ("${x?}", "cannot be left out by ${x?}"),
    ("wss://h/${x", "no closing }"),
]


@pytest.mark.parametrize(("url", "words"), REFUSED)
def test_what_cannot_be_a_url_is_refused_before_it_is_needed(url: str, words: str):
    with pytest.raises(TemplateError, match=words.replace("$", r"\$").replace("?", r"\?")):
        compile_url(url)


# url, values, the URL, or "" where it is refused
RELATIVE: list[tuple[str, Mapping[str, Any], str]] = [
    ("/api/auth", {}, "/api/auth?a=1"),
    ("/api/${x}", {"x": "a/b"}, "/api/a%2Fb?a=1"),
    ("${x}", {"x": "/api/v2/ws/auth"}, "/api/v2/ws/auth?a=1"),
    ("${x}/y", {"x": "/api/"}, "/api/y?a=1"),
    ("${x}", {"x": "https://h/y"}, "https://h/y?a=1"),
    ("${x}", {"x": "//h/y"}, ""),
    ("${x}", {"x": "/\\h/y"}, ""),
    ("${x}", {"x": "y"}, ""),
]


@pytest.mark.parametrize(("url", "names", "expected"), RELATIVE)
def test_a_request_may_begin_with_a_slash(url: str, names: Mapping[str, Any], expected: str):
    template = compile_url(url, {"a": 1}, relative=True)
    if expected:
        assert template.render(Scope(names)).value == expected
    else:
        with pytest.raises(TemplateError, match="begins a URL"):
            template.render(Scope(names))


def test_a_url_tells_what_it_uses():
    template = compile_url("${a}/${b // c}", {"x": ["${d}", "${e?}"], "y": "${item.z}"})
    assert template.names == {"a", "b", "c", "d", "e"}
    assert template.required == {"a", "d"}
    assert template.roots == {Root.ITEM}


@pytest.mark.parametrize(("url", "query"), [("wss://h/${x}", {}), ("wss://h", {"q": ["${x}"]})])
def test_an_unknown_name_is_refused_in_url_and_query(url: str, query: Mapping[str, Any]):
    with pytest.raises(TemplateError, match="x is not known here"):
        compile_url(url, query, {"y"})


SCHEMES = [
    ("http://h/x", "ws://h/x", "http://h/x"),
    ("https://h/x", "wss://h/x", "https://h/x"),
    ("HTTPS://H/X", "wss://H/X", "HTTPS://H/X"),
    ("ws://h/https://", "ws://h/https://", "http://h/https://"),
    ("WSS://h", "WSS://h", "https://h"),
    ("***", "***", "***"),
    ("/x", "/x", "/x"),
    ("wsx://h", "wsx://h", "wsx://h"),
]


@pytest.mark.parametrize(("url", "websocket", "http"), SCHEMES)
def test_http_stands_for_ws_and_the_reverse(url: str, websocket: str, http: str):
    assert as_websocket(url) == websocket
    assert as_http(url) == http


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(deadline=None)
@given(st.dictionaries(TEXT, TEXT | st.lists(TEXT, max_size=3), max_size=4))
def test_every_parameter_is_read_back_as_it_was(query: dict[str, Any]):
    names = {f"x{index}": value for index, value in enumerate(query.values())}
    tree = {key: f"${{{name}}}" for key, name in zip(query, names, strict=True)}
    url = compile_url("wss://h/p?first=1", tree).render(Scope(names)).value
    expected = [("first", "1")]
    for key, value in query.items():
        expected += [(key, each) for each in (value if isinstance(value, list) else [value])]
    assert parse_qsl(urlsplit(url).query, keep_blank_values=True) == expected
    assert url.isascii()


@settings(deadline=None)
@given(TEXT)
def test_a_path_segment_is_read_back_as_it_was(value: str):
    url = compile_url("wss://h/a/${x}/b").render(Scope({"x": value})).value
    segments = urlsplit(url).path.split("/")
    assert [unquote(each) for each in segments] == ["", "a", value, "b"]
    assert urlsplit(url).netloc == "h"


@settings(deadline=None)
@given(st.text())
@example("[::]")
@example("[0]")
def test_no_value_leads_to_another_host(value: str):
    try:
        url = compile_url("wss://h.${x}/a", {"q": "${x}"}).render(Scope({"x": value})).value
    except TemplateError:
        return
    assert (urlsplit(url).hostname or "").startswith("h.")
    assert urlsplit(url).path == "/a"
