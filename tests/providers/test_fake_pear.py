from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from tests.harness.plain_client import dial, ending, until_quiet
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import text_frame
from tests.providers import fake_pear_frames as frames
from tests.providers.fake_pear import TOKEN, USER, FakePear
from tests.providers.fake_pear_topics import rejection

LONG = 3600.0  # seconds: no portfolio comes between
PRICES = "prices:polymarket:0xabc"
TRADES = "trades:kalshi:KXBTC:26"


@contextmanager
def client(
    fake: FakePear, query: str = "", *, path: str = "/ws", **options
) -> Iterator[ClientConnection]:
    with dial(fake.url + path + query, **options) as connection:
        yield connection


@contextmanager
def owner(fake: FakePear) -> Iterator[ClientConnection]:
    """A client of USER, welcomed."""
    with client(fake, f"?token={TOKEN}") as connection:
        assert receive(connection) == {"type": "welcome", "userId": USER}
        yield connection


@pytest.fixture
def quiet():
    """A Pear without portfolios."""
    with FakePear(portfolio_interval=LONG) as fake:
        yield fake


def receive(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(timeout=5))


def ask(connection: ClientConnection, action: str, *topics: str) -> Any:
    """The answer to an action."""
    connection.send(json.dumps({"action": action, "topics": topics}))
    return receive(connection)


# ---- connecting ----


@pytest.mark.parametrize("query", ["", "?token=", "?token=bad"])
def test_without_a_good_token_the_welcome_is_anonymous(quiet: FakePear, query: str):
    with client(quiet, query) as connection:
        assert receive(connection) == {"type": "welcome", "userId": None}


def test_a_token_is_welcomed_by_its_user(quiet: FakePear):
    quiet.users["other"] = "did:privy:other"
    with owner(quiet), client(quiet, "?token=other") as other:
        assert receive(other)["userId"] == "did:privy:other"
    assert [request.query for request in quiet.handshakes] == [{"token": TOKEN}, {"token": "other"}]


@pytest.mark.parametrize(("query", "cap"), [(f"?token={TOKEN}", 5), ("", 3)])
def test_at_the_cap_there_is_an_error_and_1013_until_one_leaves(
    quiet: FakePear, query: str, cap: int
):
    assert (quiet.per_user, quiet.anonymous) == (5, 100)
    quiet.anonymous = 3
    with ExitStack() as stack:
        for _ in range(cap):
            last = stack.enter_context(client(quiet, query))
        quiet.wait_connected(cap)

        with client(quiet, query) as refused:
            assert receive(refused) == {
                "type": "error",
                "code": "connection_limit",
                "reason": "per_user_connection_limit",
            }
            assert ending(refused) == (1013, "")

        last.close()
        quiet.wait_connected(cap - 1)
        with client(quiet, query) as let_in:
            assert receive(let_in)["type"] == "welcome"


def test_handshakes_can_be_refused_in_any_way(quiet: FakePear):
    quiet.refuse_handshakes(503, {"Retry-After": "1"}, b"later")
    for path, status in (("/ws", 503), ("/ws2", 404)):
        with pytest.raises(InvalidStatus) as caught, client(quiet, path=path):
            pass
        assert caught.value.response.status_code == status
    with client(quiet):
        quiet.wait_connected()


# ---- subscribing ----


@pytest.mark.parametrize(
    ("topic", "user_id", "reason"),
    [
        ("trades:polymarket:0xabc", None, None),
        ("prices:kalshi:KX:1", None, None),
        ("orderbook:dflow:m", None, None),
        ("trades:nasdaq:AAPL", USER, "invalid_topic"),
        ("trades:kalshi", USER, "invalid_topic"),
        ("prices:kalshi:", USER, "invalid_topic"),
        ("event:us-election", None, None),
        ("event:", None, "invalid_topic"),
        ("game_state:42", None, None),
        ("social:activity", None, None),
        ("social:else", USER, "invalid_topic"),
        ("notify", None, None),
        ("notify:me", USER, "invalid_topic"),
        (f"orders:{USER}", USER, None),
        (f"portfolio:{USER}", USER, None),
        (f"portfolio:{USER}", None, "forbidden"),
        (f"orders:{USER}", "did:privy:other", "forbidden"),
        ("orders:", USER, "invalid_topic"),
        ("weather:here", USER, "invalid_topic"),
        ("", USER, "invalid_topic"),
    ],
)
def test_a_topic_is_accepted_or_rejected_with_a_reason(
    topic: str, user_id: str | None, reason: str | None
):
    assert rejection(topic, user_id) == reason


def test_the_acknowledgement_has_rejections_only_where_there_are_some(quiet: FakePear):
    with client(quiet) as connection:
        receive(connection)
        assert ask(connection, "subscribe", PRICES) == {"type": "subscribed", "topics": [PRICES]}

        quiet.rejections[TRADES] = "invalid_topic"
        assert ask(connection, "subscribe", TRADES, "notify", f"orders:{USER}") == {
            "type": "subscribed",
            "topics": ["notify"],
            "rejected": [
                {"topic": TRADES, "reason": "invalid_topic"},
                {"topic": f"orders:{USER}", "reason": "forbidden"},
            ],
        }
        assert [peer.topics for peer in quiet.peers] == [[PRICES, "notify"]]


def test_one_topic_may_be_named_in_the_singular(quiet: FakePear):
    with client(quiet) as connection:
        receive(connection)
        connection.send(json.dumps({"action": "subscribe", "topic": PRICES}))
        assert receive(connection) == {"type": "subscribed", "topics": [PRICES]}


def test_unsubscribing_tells_what_remains(quiet: FakePear):
    with client(quiet) as connection:
        receive(connection)
        ask(connection, "subscribe", PRICES, TRADES, "notify")
        answer = ask(connection, "unsubscribe", PRICES, "notify", "never")
        assert answer == {"type": "unsubscribed", "topics": [TRADES]}
    assert quiet.actions == [
        ("subscribe", [PRICES, TRADES, "notify"]),
        ("unsubscribe", [PRICES, "notify", "never"]),
    ]


@pytest.mark.parametrize(
    "frame",
    [
        "no json",
        "null",
        "[]",
        "{}",
        '{"action":"dance"}',
        '{"action":"subscribe"}',
        '{"action":"subscribe","topics":"notify"}',
        '{"action":"subscribe","topics":["notify",7]}',
        '{"type":"subscribe","topics":["notify"]}',
        b'{"action":"subscribe","topics":["notify"]}',
    ],
)
def test_what_it_does_not_understand_gets_no_answer(quiet: FakePear, frame: str | bytes):
    with client(quiet) as connection:
        receive(connection)
        connection.send(frame)
        assert ask(connection, "unsubscribe") == {"type": "unsubscribed", "topics": []}
        assert quiet.received[0] == frame


def test_actions_can_be_left_unheeded(quiet: FakePear):
    quiet.heeds_actions = False
    with client(quiet) as connection:
        receive(connection)
        connection.send(json.dumps({"action": "subscribe", "topics": [PRICES]}))
        eventually(lambda: quiet.received)
        quiet.push(PRICES, frames.price())
        assert until_quiet(connection) == []
    assert quiet.actions == []


def test_answers_can_be_late(quiet: FakePear):
    quiet.handshake_delay = quiet.answer_delay = 0.1
    start = time.monotonic()
    with client(quiet) as connection:
        receive(connection)
        assert time.monotonic() - start >= 0.1
        ask(connection, "subscribe", PRICES)
        assert time.monotonic() - start >= 0.2


# ---- data ----


def test_data_goes_to_the_subscribers_of_its_topic_alone(quiet: FakePear):
    with client(quiet) as first, client(quiet) as second:
        receive(first)
        receive(second)
        ask(first, "subscribe", PRICES)
        ask(second, "subscribe", TRADES)
        quiet.wait_subscribed(PRICES)
        price = quiet.push(PRICES, frames.price(Decimal("0.10"), ask=18446744073709551615, ts=7))
        trade = quiet.push(TRADES, frames.trade())
        assert first.recv(timeout=5) == price.decode()
        assert second.recv(timeout=5) == trade.decode()

    assert price == (
        b'{"topic":"prices:polymarket:0xabc",'
        b'"data":{"price":0.10,"ask":18446744073709551615,"ts":7}}'
    )


def test_every_documented_kind_of_data_can_be_pushed(quiet: FakePear):
    data = {
        "orderbook:dflow:m": [frames.book("snapshot"), frames.book("delta")],
        "event:us-election": [frames.event("trade"), frames.event("price")],
        "game_state:42": [frames.game_state("42", period=2)],
        "social:activity": [frames.activity("post", user_id="u"), frames.activity("like")],
        "notify": [{"any": "thing"}],
        f"orders:{USER}": [
            frames.order("o1", "placed"),
            frames.order("o1", "routing"),
            frames.order("o1", "filled"),
        ],
        f"portfolio:{USER}": [frames.portfolio()],
    }
    with owner(quiet) as connection:
        assert ask(connection, "subscribe", *data)["topics"] == list(data)
        assert receive(connection)["topic"] == "game_state:42"
        for topic, values in data.items():
            for value in values:
                sent = quiet.push(topic, value)
                assert connection.recv(timeout=5) == sent.decode()
                assert set(json.loads(sent)) == {"topic", "data"}


def test_a_game_state_follows_its_acknowledgement_at_once(quiet: FakePear):
    quiet.game_states["42"] = {"pearEventId": "42", "period": 3}
    with client(quiet) as connection:
        receive(connection)
        assert ask(connection, "subscribe", "game_state:42", PRICES, "game_state:7")["topics"]
        assert receive(connection) == {"topic": "game_state:42", "data": quiet.game_states["42"]}
        assert receive(connection)["data"]["pearEventId"] == "7"


def test_a_portfolio_comes_again_and_again_to_its_owner_alone():
    with FakePear(portfolio_interval=0.02) as fake, owner(fake) as connection:
        assert until_quiet(connection) == []
        ask(connection, "subscribe", f"portfolio:{USER}")
        fake.portfolios[USER] = {"balance": 1}
        with client(fake) as anonymous:
            receive(anonymous)
            ask(anonymous, "subscribe", f"portfolio:{USER}")
            assert until_quiet(anonymous) == []
        while receive(connection)["data"] != {"balance": 1}:
            pass
        assert receive(connection) == {"topic": f"portfolio:{USER}", "data": {"balance": 1}}


def test_raw_text_and_binary_go_to_everyone_unchanged(quiet: FakePear):
    with client(quiet) as connection:
        receive(connection)
        quiet.push_raw('{ "topic" : "mystery", "data": 0.10 }')
        quiet.push_bytes(b"\x00\xff")
        assert connection.recv(timeout=5) == '{ "topic" : "mystery", "data": 0.10 }'
        assert connection.recv(timeout=5) == b"\x00\xff"


# ---- faults ----


def test_protocol_pings_are_answered_until_it_ignores_them(quiet: FakePear):
    with client(quiet) as connection:
        receive(connection)
        assert connection.ping().wait(5)

        quiet.ignore_pings()
        pong = connection.ping()
        assert ask(connection, "subscribe", PRICES)["topics"] == [PRICES]
        assert not pong.is_set()
        assert quiet.protocol_pings == 2
        connection.close(1001)
    eventually(lambda: quiet.close_codes == [1001])

    with client(quiet) as later:
        assert later.ping().wait(5)
    quiet.answers_pings = False
    with client(quiet) as last:
        receive(last)
        pong = last.ping()
        ask(last, "unsubscribe")
        assert not pong.is_set()


def test_silence_stops_every_frame_and_keeps_the_connection(quiet: FakePear):
    with client(quiet) as connection:
        receive(connection)
        ask(connection, "subscribe", PRICES)
        quiet.silence()
        quiet.push(PRICES, frames.price())
        pong = connection.ping()
        connection.send(json.dumps({"action": "unsubscribe", "topics": [PRICES]}))
        assert until_quiet(connection) == []
        assert not pong.is_set()
        assert quiet.connections == 1


def test_a_connection_can_be_dropped_with_any_code_and_knows_nothing_afterwards(quiet: FakePear):
    with client(quiet) as connection:
        receive(connection)
        ask(connection, "subscribe", PRICES)
        quiet.drop(1012, "Service Restart")
        assert ending(connection) == (1012, "Service Restart")
    with client(quiet) as connection:
        receive(connection)
        quiet.wait_subscribed(PRICES, 0)


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_can_be_cut_in_the_middle_of_a_frame(quiet: FakePear, *, reset: bool):
    with client(quiet) as connection:
        receive(connection)
        quiet.cut(text_frame("0123456789")[:5], reset=reset)
        assert quiet.connections == 0
        assert ending(connection) is None


def test_a_welcome_can_be_left_out(quiet: FakePear):
    quiet.greets = False
    with client(quiet) as connection:
        assert ask(connection, "subscribe", PRICES)["type"] == "subscribed"


def test_it_speaks_tls_as_well(authority: Authority):
    with (
        FakePear(tls=authority.server_context()) as fake,
        client(fake, ssl=authority.client_context()) as connection,
    ):
        assert fake.url.startswith("wss://")
        assert receive(connection)["type"] == "welcome"
