"""What ``--resolve`` may say, and what follows from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.transport.resolve import addresses_for, leads_away, parse_resolve

READ = {
    "feed.example:443:10.0.0.1": (("feed.example", 443), ("10.0.0.1",)),
    "FEED.Example:443:10.0.0.1": (("feed.example", 443), ("10.0.0.1",)),
    "feed.example:443:::1": (("feed.example", 443), ("::1",)),
    "feed.example:443:[::1]": (("feed.example", 443), ("::1",)),
    "feed.example:443:[::1],10.0.0.1,2001:db8::1": (
        ("feed.example", 443),
        ("::1", "10.0.0.1", "2001:db8::1"),
    ),
    "[::1]:80:127.0.0.1": (("::1", 80), ("127.0.0.1",)),
    "127.0.0.1:80:10.0.0.1": (("127.0.0.1", 80), ("10.0.0.1",)),
    "bücher.example:443:10.0.0.1": (("xn--bcher-kva.example", 443), ("10.0.0.1",)),
    "*:443:10.0.0.1": (("*", 443), ("10.0.0.1",)),
}


@pytest.mark.parametrize("text", READ)
def test_an_entry_is_read_as_curl_reads_it(text: str) -> None:
    assert parse_resolve([text]) == dict([READ[text]])


BAD = {
    "": "cannot be read, write HOST:PORT:ADDRESS",
    "feed.example": "cannot be read",
    "feed.example:443": "cannot be read",
    "feed.example:443:": "cannot be read",
    "feed.example:https:10.0.0.1": "cannot be read",
    ":443:10.0.0.1": "cannot be read",
    "::1:80:127.0.0.1": "cannot be read",
    "feed.example:0:10.0.0.1": "the port is a number from 1 to 65535",
    "feed.example:65536:10.0.0.1": "the port is a number from 1 to 65535",
    "feed.example:443:other.example": "'other.example' is no IP address",
    "feed.example:443:10.0.0.1,": "'' is no IP address",
    "feed.example:443:10.0.0.1:8443": "'10.0.0.1:8443' is no IP address",
    "a b:443:10.0.0.1": "'a b' is no host name",
    "*.example:443:10.0.0.1": "'*.example' is no host name",
    "+feed.example:443:10.0.0.1": "curl's prefixes + and - mean nothing here",
    "-feed.example:443": "curl's prefixes + and - mean nothing here",
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^'") as caught:
        parse_resolve([text])
    assert BAD[text] in str(caught.value)


@given(st.text())
def test_whatever_is_given_is_an_entry_or_refused(text: str) -> None:
    try:
        ((host, port),) = parse_resolve([text])
    except ValueError:
        return
    assert host
    assert 0 < port < 65_536


def test_the_later_of_two_entries_holds() -> None:
    found = parse_resolve(["a.example:1:10.0.0.1", "a.example:1:10.0.0.2", "a.example:2:10.0.0.3"])
    assert addresses_for(found, "a.example", 1) == ("10.0.0.2",)


def test_an_entry_for_the_host_goes_before_the_one_for_every_host() -> None:
    found = parse_resolve(["*:443:10.0.0.9", "a.example:443:10.0.0.1"])
    assert addresses_for(found, "A.example", 443) == ("10.0.0.1",)
    assert addresses_for(found, "b.example", 443) == ("10.0.0.9",)
    assert addresses_for(found, "b.example", 80) == ("b.example",)


@pytest.mark.parametrize(
    ("text", "away"),
    [
        ("feed.example:80:10.0.0.1", False),
        ("localhost:80:127.0.0.2,::1", False),
        ("localhost:80:127.0.0.2,10.0.0.1", True),
        ("127.0.0.1:80:10.0.0.1", True),
        ("*:80:10.0.0.1", True),
        ("*:80:127.0.0.1", False),
    ],
)
def test_it_is_known_where_this_machines_own_names_lead_away(text: str, *, away: bool) -> None:
    assert leads_away(parse_resolve([text])) is away
