"""Which hosts need no proxy, as curl reads the list."""

from __future__ import annotations

import pytest

from wscli.transport.bypass import is_bypassed

NEED_NONE: list[tuple[str, str]] = [
    ("*", "anything.example"),
    ("other.example, *", "anything.example"),
    ("example.com", "example.com"),
    ("example.com", "EXAMPLE.com"),
    ("Example.COM", "example.com"),
    ("example.com", "example.com."),
    ("example.com.", "example.com"),
    ("example.com", "www.example.com"),
    (".example.com", "example.com"),
    (".example.com", "www.example.com"),
    ("a.example,example.com", "example.com"),
    ("a.example example.com", "example.com"),
    (" a.example ,, example.com ", "example.com"),
    ("example.com:443", "example.com"),
    ("example.com:443", "www.example.com"),
    ("10.1.2.3", "10.1.2.3"),
    ("10.0.0.0/8", "10.1.2.3"),
    ("10.1.2.3/8", "10.200.2.3"),
    ("10.1.2.3:443", "10.1.2.3"),
    ("::1", "::1"),
    ("[::1]", "::1"),
    ("[::1]:443", "::1"),
    ("2001:db8::/32", "2001:db8:1::5"),
    ("2001:DB8::5", "2001:db8:0:0::5"),
]

NEED_ONE: list[tuple[str, str]] = [
    ("", "example.com"),
    (",", "example.com"),
    (".", "example.com"),
    ("example.com", "notexample.com"),
    ("www.example.com", "example.com"),
    ("*.example.com", "www.example.com"),  # curl knows no such pattern
    ("example.com:8443", "example.com"),
    ("10.1.2.3:8443", "10.1.2.3"),
    ("10.0.0.0/8", "11.1.2.3"),
    ("10.0.0.0/99", "10.1.2.3"),
    ("10.0.0.0/8", "2001:db8::5"),
    ("0.1.2.3", "10.1.2.3"),
    ("2.3", "10.1.2.3"),  # no domain of an address
    ("2001:db8::/32", "10.1.2.3"),
    ("10.1.2.3", "ten.example"),
]


@pytest.mark.parametrize(("listed", "host"), NEED_NONE)
def test_a_host_in_the_list_needs_no_proxy(listed: str, host: str) -> None:
    assert is_bypassed(listed, host, 443)


@pytest.mark.parametrize(("listed", "host"), NEED_ONE)
def test_every_other_host_needs_one(listed: str, host: str) -> None:
    assert not is_bypassed(listed, host, 443)
