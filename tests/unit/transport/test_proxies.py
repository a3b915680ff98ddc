"""Which proxy is used for what, and what a proxy's URL may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.model.secret import Secret
from wscli.transport.proxies import (
    BadProxyError,
    Login,
    Proxies,
    Proxy,
    ProxyKind,
    parse_proxy,
    proxies_of,
)

PASSWORD = "hunter2"

URLS: dict[str, Proxy] = {
    "http://proxy.example:3128": Proxy(ProxyKind.HTTP, "proxy.example", 3128),
    "HTTP://Proxy.Example:3128/": Proxy(ProxyKind.HTTP, "proxy.example", 3128),
    "proxy.example:3128": Proxy(ProxyKind.HTTP, "proxy.example", 3128),
    "proxy.example": Proxy(ProxyKind.HTTP, "proxy.example", 1080),
    "https://proxy.example": Proxy(ProxyKind.HTTPS, "proxy.example", 443),
    "socks5://127.0.0.1": Proxy(ProxyKind.SOCKS5, "127.0.0.1", 1080),
    "socks5h://[::1]:9050": Proxy(ProxyKind.SOCKS5H, "::1", 9050),
    "http://bücher.example": Proxy(ProxyKind.HTTP, "xn--bcher-kva.example", 1080),
    f"me:{PASSWORD}@proxy.example:8080": Proxy(
        ProxyKind.HTTP, "proxy.example", 8080, Login("me", Secret(PASSWORD))
    ),
    "http://me@proxy.example": Proxy(
        ProxyKind.HTTP, "proxy.example", 1080, Login("me", Secret(""))
    ),
    "http://m%40e:p%2f%3A@s%20@proxy.example": Proxy(
        ProxyKind.HTTP, "proxy.example", 1080, Login("m@e", Secret("p/:@s "))
    ),
    "http://me:pä@proxy.example": Proxy(
        ProxyKind.HTTP, "proxy.example", 1080, Login("me", Secret("pä"))
    ),
}


@pytest.mark.parametrize("text", URLS)
def test_a_proxys_url_is_read_as_curl_reads_it(text: str) -> None:
    assert parse_proxy(text) == URLS[text]


BAD: dict[str, str] = {
    "socks4://proxy.example": "a proxy of the kind socks4:// is not supported",
    "ftp://proxy.example": "a proxy of the kind ftp:// is not supported",
    "http://": "it names no host",
    "http://:3128": "it names no host",
    "http://a b": "a space or a control character",
    "http://proxy.example:0": "its port is 0",
    "http://proxy.example:port": "its host or port is none",
    "http://proxy.example:70000": "its host or port is none",
    "http://[::1": "its host or port is none",
    "http://proxy.example/path": "something behind its host and port",
    "http://proxy.example?": "something behind its host and port",
    "http://proxy.example#": "something behind its host and port",
    f"http://me:{PASSWORD}/x@proxy.example": "its host or port is none",
    f"http://me:1/{PASSWORD}@proxy.example": "something behind its host and port",
    f"http://:{PASSWORD}@proxy.example": "its user is empty",
    f"http://a%3Ab:{PASSWORD}@proxy.example": "its user has a colon",
    f"http://me:{PASSWORD}%0D%0AX:%20y@proxy.example": "or holds a control character",
    f"http://me:{PASSWORD}%FF@proxy.example": "is not UTF-8",
    f"http://me:{PASSWORD}\udcff@proxy.example": "is not UTF-8",
    f"http://me:{PASSWORD * 40}@proxy.example": "is too long",
    f"me:{PASSWORD}://@proxy.example": "its host or port is none",
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_proxys_url_is_refused_and_no_password_repeated(text: str) -> None:
    with pytest.raises(BadProxyError) as caught:
        parse_proxy(text)
    assert BAD[text] in str(caught.value)
    assert PASSWORD not in f"{caught.value} {caught.value.hint}"


@given(st.text())
def test_whatever_is_given_is_a_proxy_or_refused(text: str) -> None:
    try:
        proxy = parse_proxy(text)
    except BadProxyError:
        return
    assert proxy.host.isascii()
    assert 0 < proxy.port < 65_536


def test_a_password_is_never_shown() -> None:
    proxy = parse_proxy(f"http://me:{PASSWORD}@proxy.example:3128")
    assert proxy.shown == "http://me:***@proxy.example:3128"
    assert parse_proxy("socks5://[::1]").shown == "socks5://[::1]:1080"
    assert proxy.named == "the proxy proxy.example:3128 of --proxy"
    assert PASSWORD not in f"{proxy!r} {proxy} {Proxies(proxy)!r}"


def chosen(
    scheme: str, host: str = "feed.example", *, given: str | None = None, **variables: str
) -> str:
    """Give the host and the source of the proxy, "" for none."""
    proxy = proxies_of(given, None, variables).choose(scheme, host, 443)
    return f"{proxy.host} {proxy.source}" if proxy else ""


ORDER = {
    "wss": ["wss_proxy", "WSS_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
    "https": ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
    "ws": ["ws_proxy", "WS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"],
    "http": ["http_proxy", "all_proxy", "ALL_PROXY"],
}


@pytest.mark.parametrize("scheme", ORDER)
def test_variables_are_asked_in_their_order(scheme: str) -> None:
    left = ORDER[scheme]
    while left:
        variables = {name: f"http://{index}" for index, name in enumerate(left)}
        assert chosen(scheme, **variables) == f"0 ${left[0]}"
        left = left[1:]


@pytest.mark.parametrize("scheme", ["ws", "http"])
def test_the_variable_that_a_request_could_set_is_not_asked(scheme: str) -> None:
    assert chosen(scheme, HTTP_PROXY="http://evil.example") == ""


@pytest.mark.parametrize(
    ("scheme", "variable"),
    [
        ("https", "wss_proxy"),
        ("http", "ws_proxy"),
        ("ws", "https_proxy"),
        ("wss", "http_proxy"),
        ("wss", "ws_proxy"),
    ],
)
def test_a_variable_for_another_scheme_is_not_asked(scheme: str, variable: str) -> None:
    assert chosen(scheme, **{variable: "http://proxy.example"}) == ""


def test_an_empty_variable_is_none() -> None:
    assert chosen("wss", https_proxy="", all_proxy="http://proxy.example").endswith("$all_proxy")
    assert chosen("wss", https_proxy="") == ""


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "dev.localhost", "127.0.0.1", "127.8.9.1", "::1"]
)
def test_the_environment_sends_nothing_through_a_proxy_that_stays_here(host: str) -> None:
    assert chosen("wss", host, all_proxy="http://proxy.example") == ""
    assert chosen("wss", host, given="http://proxy.example") == "proxy.example --proxy"


def test_a_given_proxy_goes_before_those_of_the_environment_and_an_empty_one_is_none() -> None:
    variables = {"https_proxy": "http://environment.example"}
    assert chosen("wss", given="http://given.example", **variables) == "given.example --proxy"
    assert chosen("wss", given="", **variables) == ""


@pytest.mark.parametrize("given_one", [None, "http://given.example"])
def test_hosts_that_need_no_proxy_get_none(given_one: str | None) -> None:
    variables = {"all_proxy": "http://environment.example"}
    for name in ("no_proxy", "NO_PROXY"):
        assert chosen("wss", given=given_one, **variables, **{name: "feed.example"}) == ""
        assert chosen("wss", given=given_one, **variables, **{name: "other.example"}) != ""
    both = {"no_proxy": "other.example", "NO_PROXY": "feed.example"}
    assert chosen("wss", given=given_one, **variables, **both) != ""


def test_a_given_list_takes_the_place_of_the_environments() -> None:
    variables = {"all_proxy": "http://proxy.example", "no_proxy": "feed.example"}
    assert proxies_of(None, "", variables).choose("wss", "feed.example", 443) is not None
    assert proxies_of(None, "*", variables).choose("wss", "feed.example", 443) is None


def test_a_variable_that_cannot_be_read_is_named_once_it_is_needed() -> None:
    proxies = proxies_of(None, None, {"http_proxy": f"socks4://me:{PASSWORD}@x"})
    assert proxies.choose("wss", "feed.example", 443) is None
    with pytest.raises(
        BadProxyError, match=r"^\$http_proxy: a proxy of the kind socks4://"
    ) as found:
        proxies.choose("ws", "feed.example", 443)
    assert PASSWORD not in f"{found.value} {found.value.hint}"


def test_nothing_said_is_no_proxy() -> None:
    assert Proxies().choose("wss", "feed.example", 443) is None


@pytest.mark.parametrize(
    ("given_one", "bypass", "wherever"),
    [
        (None, None, False),
        ("", None, False),
        ("http://proxy.example", None, True),
        ("http://127.0.0.1", None, True),  # it may be the end of a tunnel
        ("http://proxy.example", "localhost", True),
        ("http://proxy.example", "localhost,127.0.0.0/8", False),
        ("http://proxy.example", "*", False),
    ],
)
def test_a_given_proxy_takes_this_machines_own_names_for_its_own(
    given_one: str | None, bypass: str | None, *, wherever: bool
) -> None:
    environment = {"all_proxy": "http://environment.example"}
    assert proxies_of(given_one, bypass, environment).wherever is wherever
