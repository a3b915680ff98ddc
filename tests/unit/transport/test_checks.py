"""What may and may not stand in an opening handshake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli import __version__
from wscli.model.wire import FailureKind, Target
from wscli.transport.checks import Request, checked
from wscli.transport.failures import Failed


def request(url: str = "ws://example.com/", *headers: tuple[str, str], **more: object) -> Request:
    return checked(Target(url, shown=url, headers=headers, **more))  # type: ignore[arg-type]  # as in Target


def refusal(url: str = "ws://example.com/", *headers: tuple[str, str], **more: object) -> str:
    with pytest.raises(Failed) as caught:
        request(url, *headers, **more)
    failure = caught.value.failure
    assert failure.kind is FailureKind.UNUSABLE
    assert not failure.retry
    assert not failure.text.endswith(".")
    return f"{failure.text} {failure.hint}"


URLS = {
    "ws://example.com": (False, "example.com", 80, "/", "example.com"),
    "wss://example.com": (True, "example.com", 443, "/", "example.com"),
    "http://example.com/x": (False, "example.com", 80, "/x", "example.com"),
    "https://example.com/x": (True, "example.com", 443, "/x", "example.com"),
    "WSS://Example.COM/Path": (True, "example.com", 443, "/Path", "example.com"),
    "ws://example.com:80/": (False, "example.com", 80, "/", "example.com"),
    "ws://example.com:443/": (False, "example.com", 443, "/", "example.com:443"),
    "wss://example.com:80/": (True, "example.com", 80, "/", "example.com:80"),
    "wss://example.com:9443/a?b=c&d": (True, "example.com", 9443, "/a?b=c&d", "example.com:9443"),
    "ws://127.0.0.1:8080?x": (False, "127.0.0.1", 8080, "/?x", "127.0.0.1:8080"),
    "ws://[::1]:8080/": (False, "::1", 8080, "/", "[::1]:8080"),
    "ws://[::1]/": (False, "::1", 80, "/", "[::1]"),
    "wss://bücher.example/ä?ö=%20|": (
        True,
        "xn--bcher-kva.example",
        443,
        "/%C3%A4?%C3%B6=%20|",
        "xn--bcher-kva.example",
    ),
    "ws://my_host/;a=1;b/c;d": (False, "my_host", 80, "/;a=1;b/c;d", "my_host"),
}


@pytest.mark.parametrize("url", URLS)
def test_a_url_is_taken_apart(url: str) -> None:
    found = request(url)
    assert (found.secure, found.host, found.port, found.resource, found.host_header) == URLS[url]


BAD_URLS = {
    "ws://example.com/a b": "space",
    "ws://example.com/a\r\nX: y": "control character",
    "ws://example.com/\x00": "control character",
    "ws://example.com/\x85": "control character",
    " ws://example.com/": "space",
    "ws://example.com/\ud800": "control character",
    "example.com": "neither ws:// nor wss://",
    "ftp://example.com/": "neither ws:// nor wss://",
    "ws:///path": "no host",
    "ws://:80/": "no host",
    "ws:example.com": "no host",
    "ws://user:hunter2@example.com/": "-H 'Authorization",
    "ws://example.com\\@evil.example/": "user name",
    "ws://example.com\\.evil.example/": "no host name",
    "ws://a..b/": "no host name",
    "ws://.example.com/": "no host name",
    "ws://exa%0d%0ample/": "no host name",
    "ws://" + "a" * 64 + ".example/": "no host name",
    "ws://example.com/#part": "fragment",
    "ws://example.com/#": "fragment",
    "ws://example.com:0/": "port is 0",
    "ws://example.com:65536/": "cannot be read",
    "ws://example.com:port/": "cannot be read",
    "ws://[::1/": "cannot be read",
}


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_url_that_cannot_be_used_is_named_without_being_repeated(url: str) -> None:
    text = refusal(url)
    assert BAD_URLS[url] in text
    assert "hunter2" not in text
    assert "evil" not in text


def test_headers_stay_in_order_after_our_user_agent() -> None:
    found = request("ws://h/", ("X-B", "2"), ("X-A", "1"), ("X-B", "3"))
    assert found.headers == (
        ("User-Agent", f"wscli/{__version__}"),
        ("X-B", "2"),
        ("X-A", "1"),
        ("X-B", "3"),
    )


def test_a_user_agent_that_is_given_is_the_only_one() -> None:
    assert request("ws://h/", ("user-agent", "me")).headers == (("user-agent", "me"),)


def test_no_origin_is_sent_unless_asked_for() -> None:
    assert request().origin is None
    assert request(origin="https://a.example").origin == "https://a.example"


def test_a_header_that_names_host_or_origin_replaces_ours() -> None:
    found = request("ws://h/", ("HOST", "other"), ("origin", "https://b"), origin="https://a")
    assert found.host_header == "other"
    assert found.origin == "https://b"
    assert [name for name, _ in found.headers] == ["User-Agent"]


def test_subprotocols_may_come_as_a_header_too() -> None:
    found = request("ws://h/", ("Sec-WebSocket-Protocol", "b, c"), subprotocols=("a", "b"))
    assert found.subprotocols == ("a", "b", "c")
    assert [name for name, _ in found.headers] == ["User-Agent"]


def test_compression_is_offered_unless_the_target_says_otherwise() -> None:
    assert request().extensions == "permessage-deflate; client_max_window_bits"
    assert request(deflate=False).extensions == ""


@pytest.mark.parametrize("deflate", [True, False])
@pytest.mark.parametrize(
    ("values", "offered"),
    [
        (["permessage-deflate"], "permessage-deflate"),
        (["permessage-deflate; server_max_window_bits=10", "x"], None),
        (["x; y=1"], "x; y=1"),
        ([""], ""),
        ([" ,", ""], ""),
    ],
)
def test_extensions_that_come_as_a_header_replace_ours(
    values: list[str], offered: str | None, *, deflate: bool
) -> None:
    headers = [("sec-websocket-EXTENSIONS", value) for value in values]
    found = request("ws://h/", *headers, deflate=deflate)
    assert found.extensions == (", ".join(values) if offered is None else offered)
    assert [name for name, _ in found.headers] == ["User-Agent"]


@pytest.mark.parametrize(
    "value",
    [
        "hunter2 hunter2",
        "permessage-deflate; hunter2",
        "permessage-deflate; server_max_window_bits=hunter2",
        "permessage-deflate; server_max_window_bits",
    ],
)
def test_an_offer_that_no_server_can_accept_is_refused_and_not_repeated(value: str) -> None:
    text = refusal("ws://h/", ("Sec-WebSocket-Extensions", value))
    assert "offers what no server can accept" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "value", ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "a\x1bb", "a\x7f", "\udc80"]
)
@pytest.mark.parametrize("name", ["Authorization", "Origin", "Host", "Sec-WebSocket-Extensions"])
def test_a_header_value_with_a_control_character_is_refused_and_not_repeated(
    name: str, value: str
) -> None:
    text = refusal("ws://h/", (name, f"hunter2{value}"))
    assert name in text
    assert "hunter2" not in text


def test_an_origin_with_a_line_break_is_refused() -> None:
    assert "Origin" in refusal(origin="https://a\r\nX: y")


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\n", "ä", "(x)"])
def test_a_header_name_that_is_no_token_is_refused(name: str) -> None:
    assert "name" in refusal("ws://h/", (name, "hunter2"))


@pytest.mark.parametrize(
    "name",
    [
        "Upgrade",
        "connection",
        "Sec-WebSocket-Key",
        "SEC-WEBSOCKET-VERSION",
        "sec-websocket-accept",
    ],
)
def test_the_headers_of_the_handshake_itself_cannot_be_given(name: str) -> None:
    assert f"the header {name} belongs to the opening handshake" in refusal("ws://h/", (name, "x"))


@pytest.mark.parametrize("subprotocol", ["", "a b", "a,b", "a\r\nb", "hunter2=="])
def test_a_subprotocol_that_is_no_token_is_refused_and_not_repeated(subprotocol: str) -> None:
    assert "hunter2" not in refusal(subprotocols=(subprotocol,))


def test_tabs_and_characters_beyond_ascii_may_stand_in_a_value() -> None:
    assert request("ws://h/", ("X", "a\tb é 🜲")).headers[1] == ("X", "a\tb é 🜲")


@given(st.text(), st.text(), st.text())
def test_what_is_accepted_never_breaks_a_line(url: str, name: str, value: str) -> None:
    try:
        found = request(f"ws://h/{url}", (name, value))
    except Failed:
        return
    sent = "".join(
        [found.resource, found.host_header, *(part for pair in found.headers for part in pair)]
    )
    assert not set(sent) & {"\r", "\n", "\0"}
    assert found.resource.isascii()
    sent.encode()
