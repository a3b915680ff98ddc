"""What may be agreed on about compression, against RFC 7692 and another library's client."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import NegotiationError as TheirNegotiationError
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)

from wscli.transport.deflate import OFFER, Deflate, NegotiationError, agreed, is_offer
from wscli.transport.extensions import Extension, NotExtensionsError, parse_extensions

D = "permessage-deflate"

ANSWERS: dict[str, Deflate | None] = {
    "": None,
    " , ": None,
    D: Deflate(),
    f" {D} ,": Deflate(),
    f"{D}; server_no_context_takeover": Deflate(server_no_context_takeover=True),
    f"{D}; client_no_context_takeover": Deflate(client_no_context_takeover=True),
    f"{D}; server_max_window_bits=8": Deflate(server_max_window_bits=8),
    f"{D}; server_max_window_bits=15": Deflate(server_max_window_bits=15),
    f'{D}; server_max_window_bits="12"': Deflate(server_max_window_bits=12),
    f"{D}; client_max_window_bits=8": Deflate(client_max_window_bits=8),
    f"{D}; client_max_window_bits=15": Deflate(client_max_window_bits=15),
    f"{D};client_max_window_bits=9;server_no_context_takeover;server_max_window_bits=10"
    ";client_no_context_takeover": Deflate(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=10,
        client_max_window_bits=9,
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_a_server_may_answer_to_our_offer_is_agreed_on(answer: str) -> None:
    assert agreed(OFFER, answer) == ANSWERS[answer]


WRONG = {
    "x-webkit-deflate-frame": "the extension 'x-webkit-deflate-frame', which was not offered",
    "Permessage-Deflate": "the extension 'Permessage-Deflate', which was not offered",
    f"{D}, x": "the extension 'x', which was not offered",
    "x" * 1000: f"the extension '{'x' * 40}', which was not offered",
    f"{D}, {D}": f"{D} twice",
    f"{D}; nonsense": f"{D} with the unknown parameter 'nonsense'",
    f"{D}; {'x' * 1000}=1": f"{D} with the unknown parameter '{'x' * 40}'",
    f"{D}; server_no_context_takeover=1": (
        f"{D} with server_no_context_takeover='1', which takes no value"
    ),
    f"{D}; client_no_context_takeover=true": (
        f"{D} with client_no_context_takeover='true', which takes no value"
    ),
    f"{D}; server_no_context_takeover; server_no_context_takeover": (
        f"{D} with server_no_context_takeover twice"
    ),
    f"{D}; server_max_window_bits=9; server_max_window_bits=10": (
        f"{D} with server_max_window_bits twice"
    ),
} | {
    f"{D}; {name}={value}": f"{D} with {name} as '{value}', it must be 8 to 15"
    for name in ("server_max_window_bits", "client_max_window_bits")
    for value in ("0", "7", "16", "08", "+8", "-9", "1_0", "15.0", "many")
}
WRONG |= {
    f"{D}; {name}": f"{D} with {name} without a value, it must be 8 to 15"
    for name in ("server_max_window_bits", "client_max_window_bits")
}


def refusal(offer: str, answer: str) -> str:
    with pytest.raises(NegotiationError) as caught:
        agreed(offer, answer)
    return str(caught.value)


@pytest.mark.parametrize("answer", WRONG)
def test_what_a_server_may_not_answer_is_told_in_plain_words(answer: str) -> None:
    assert refusal(OFFER, answer) == f"the server chose {WRONG[answer]}"


@pytest.mark.parametrize("answer", ["a b", f"{D};", f"{D}; x=1 2", "\ufffd"])
def test_an_answer_that_cannot_be_read_is_refused(answer: str) -> None:
    assert refusal(OFFER, answer) == "the server's Sec-WebSocket-Extensions cannot be read"


@pytest.mark.parametrize("answer", [D, "x"])
def test_what_was_not_offered_at_all_is_refused(answer: str) -> None:
    words = f"the server chose the extension '{answer}', which was not offered"
    assert refusal("", answer) == words


def test_an_extension_that_only_the_user_offered_is_not_spoken() -> None:
    words = "the server chose the extension 'x', which wscli does not speak"
    assert refusal(f"x; y=1, {D}", "x") == words


OFFERS: list[tuple[str, str, bool]] = [
    (D, f"{D}; client_max_window_bits=15", False),
    (D, f"{D}; server_max_window_bits=8; server_no_context_takeover", True),
    (f"{D}; client_max_window_bits=10", f"{D}; client_max_window_bits=10", True),
    (f"{D}; client_max_window_bits=10", f"{D}; client_max_window_bits=11", False),
    (f"{D}; client_max_window_bits=10", D, True),
    (f"{D}; client_no_context_takeover", D, True),
    (f"{D}; server_no_context_takeover", D, False),
    (f"{D}; server_no_context_takeover", f"{D}; server_no_context_takeover", True),
    (f"{D}; server_max_window_bits=10", D, False),
    (f"{D}; server_max_window_bits=15", D, False),
    (f"{D}; server_max_window_bits=10", f"{D}; server_max_window_bits=11", False),
    (f"{D}; server_max_window_bits=10", f"{D}; server_max_window_bits=9", True),
    (f"{D}; server_max_window_bits=10, {D}", D, True),
    (f"x, {D}; server_no_context_takeover", D, False),
]


@pytest.mark.parametrize(("offer", "answer", "good"), OFFERS)
def test_an_answer_has_to_fit_one_of_the_users_own_offers(
    offer: str, answer: str, *, good: bool
) -> None:
    assert is_offer(offer)
    if good:
        assert isinstance(agreed(offer, answer), Deflate)
    else:
        words = f"the server chose {D} with other parameters than were offered"
        assert refusal(offer, answer) == words


def test_an_empty_list_offers_nothing() -> None:
    assert not is_offer(" , ")
    assert is_offer("anything; x=1")


@pytest.mark.parametrize("offer", [f"{D}; x", f"{D}; server_max_window_bits", f"{D}; a=1; a=2"])
def test_permessage_deflate_cannot_be_offered_with_parameters_that_it_does_not_have(
    offer: str,
) -> None:
    with pytest.raises(NegotiationError):
        is_offer(offer)


def test_an_offer_that_is_no_list_is_refused() -> None:
    with pytest.raises(NotExtensionsError):
        is_offer("a b")


flags = st.booleans()
sizes = st.none() | st.integers(8, 15)
values = st.none() | st.sampled_from(["7", "8", "9", "12", "15", "16", "x"])
names = st.sampled_from(
    [
        "server_no_context_takeover",
        "client_no_context_takeover",
        "server_max_window_bits",
        "client_max_window_bits",
        "nonsense",
    ]
)


def written(name: str, parameters: list[tuple[str, str | None]]) -> str:
    return "; ".join(
        [name, *(key if value is None else f"{key}={value}" for key, value in parameters)]
    )


@settings(max_examples=200, deadline=None)
@given(
    flags,
    flags,
    sizes,
    st.none() | st.just(True) | st.integers(9, 15),
    st.lists(st.tuples(names, values), max_size=4),
)
def test_the_verdict_on_an_answer_is_that_of_another_client(
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: int | None,
    client_max_window_bits: int | None,
    answer: list[tuple[str, str | None]],
) -> None:
    them = ClientPerMessageDeflateFactory(
        server_no_context_takeover,
        client_no_context_takeover,
        server_max_window_bits,
        client_max_window_bits,
    )
    offer = written(D, list(them.get_request_params()))
    try:
        ours = agreed(offer, written(D, answer))
    except NegotiationError:
        ours = None
    try:
        theirs = them.process_response_params(answer, [])
    except TheirNegotiationError:
        # They compress what they send, and their zlib cannot do it with a window of 256 bytes.
        assert ours is None or ours.client_max_window_bits == 8
    else:
        assert ours is not None
        assert ours.server_no_context_takeover is theirs.remote_no_context_takeover
        assert (ours.server_max_window_bits or 15) == theirs.remote_max_window_bits


@settings(max_examples=50, deadline=None)
@given(flags, flags, st.none() | st.integers(9, 15), sizes)
def test_whatever_another_server_makes_of_our_offer_is_agreed_on(
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: int | None,
    client_max_window_bits: int | None,
) -> None:
    server = ServerPerMessageDeflateFactory(
        server_no_context_takeover,
        client_no_context_takeover,
        server_max_window_bits,
        client_max_window_bits,
    )
    (offer,) = parse_extensions(OFFER)
    assert offer == Extension(D, (("client_max_window_bits", None),))
    answer, extension = server.process_request_params(list(offer.parameters), [])
    assert isinstance(extension, PerMessageDeflate)
    assert agreed(OFFER, written(D, list(answer))) == Deflate(
        server_no_context_takeover,
        client_no_context_takeover,
        server_max_window_bits,
        client_max_window_bits,
    )
