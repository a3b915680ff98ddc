from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from tests.harness.plain_client import dial, ending, until_quiet
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import text_frame
from tests.providers.fake_nexgent import EMAIL, FOREIGN_AGENT, PASSWORD, SHUT_DOWN, FakeNexgent
from tests.providers.fake_nexgent_frames import AGENT, TOKEN, enriched, position

LONG = 3600.0  # seconds: no ping comes between


@contextmanager
def client(
    fake: FakeNexgent, *, token: str | None = None, agent: str = AGENT, **options
) -> Iterator[ClientConnection]:
    query = urlencode({"token": token or fake.accounts.access_token(EMAIL), "agentId": agent})
    with dial(f"{fake.url}/ws?{query}", **options) as connection:
        yield connection


@pytest.fixture
def quiet():
    """A Nexgent without pings."""
    with FakeNexgent(ping_interval=LONG) as fake:
        yield fake


def receive(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(timeout=5))


def greeting(connection: ClientConnection) -> list[dict[str, Any]]:
    """The positions in ``initial_data``, behind ``connected``."""
    assert receive(connection)["type"] == "connected"
    first = receive(connection)
    assert first["type"] == "initial_data"
    positions: list[dict[str, Any]] = first["data"]["positions"]
    return positions


def refusal(fake: FakeNexgent, path: str) -> tuple[int, bytes]:
    with pytest.raises(InvalidStatus) as caught, dial(fake.url + path):
        pass
    return caught.value.response.status_code, bytes(caught.value.response.body)


def post(
    fake: FakeNexgent, path: str, body: object, *, content_type: str = "application/json"
) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(
        fake.http_url + path, data, {"Content-Type": content_type}, method="POST"
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def log_in(fake: FakeNexgent) -> dict[str, Any]:
    status, body = post(fake, "/api/v1/auth/login", {"email": EMAIL, "password": PASSWORD})
    assert status == 200
    assert isinstance(body, dict)
    return body


# ---- logging in ----


def test_logging_in_gives_two_tokens_and_the_user(quiet: FakeNexgent):
    body = log_in(quiet)

    assert set(body) == {"accessToken", "refreshToken", "user"}
    assert body["user"]["email"] == EMAIL
    assert body["accessToken"].count(".") == 2
    with client(quiet, token=body["accessToken"]) as connection:
        greeting(connection)
    (request,) = quiet.requests
    assert json.loads(request.body) == {"email": EMAIL, "password": PASSWORD}


def test_refreshing_gives_another_access_token_again_and_again(quiet: FakeNexgent):
    refresh_token = log_in(quiet)["refreshToken"]
    given = [post(quiet, "/api/v1/auth/refresh", {"refreshToken": refresh_token}) for _ in range(2)]

    assert [(status, set(body)) for status, body in given] == [(200, {"accessToken"})] * 2
    tokens = {body["accessToken"] for _, body in given}
    assert len(tokens) == 2
    with client(quiet, token=tokens.pop()) as connection:
        greeting(connection)

    quiet.accounts.revoke_refresh_tokens()
    assert post(quiet, "/api/v1/auth/refresh", {"refreshToken": refresh_token})[0] == 401


@pytest.mark.parametrize(
    ("path", "body", "content_type", "status"),
    [
        ("login", {"email": EMAIL, "password": "wrong"}, "application/json", 401),
        ("login", {"email": "nobody@example.com", "password": PASSWORD}, "application/json", 401),
        ("login", {"email": EMAIL}, "application/json", 400),
        ("login", {"email": EMAIL, "password": PASSWORD}, "text/plain", 400),
        (
            "login",
            urlencode({"email": EMAIL, "password": PASSWORD}).encode(),
            "application/x-www-form-urlencoded",
            400,
        ),
        ("login", b"{", "application/json", 400),
        ("login", [], "application/json", 400),
        ("refresh", {"refreshToken": "mine"}, "application/json", 401),
        ("refresh", {}, "application/json", 400),
        ("register", {}, "application/json", 404),
    ],
)
def test_a_bad_login_is_refused(
    quiet: FakeNexgent, path: str, body: object, content_type: str, status: int
):
    assert post(quiet, f"/api/v1/auth/{path}", body, content_type=content_type)[0] == status


def test_rest_answers_can_be_laid_ready(quiet: FakeNexgent):
    quiet.answer_http(429, {"Retry-After": "7"}, b"slowly", times=2)

    for _ in range(2):
        assert post(quiet, "/api/v1/auth/login", {}) == (429, b"slowly")
    log_in(quiet)


def test_answers_can_be_late(quiet: FakeNexgent):
    quiet.http_delay = quiet.handshake_delay = 0.1
    start = time.monotonic()
    token = log_in(quiet)["accessToken"]
    assert time.monotonic() - start >= 0.1
    with client(quiet, token=token):
        assert time.monotonic() - start >= 0.2


def test_a_late_answer_does_not_hold_up_the_end():
    start = time.monotonic()
    with FakeNexgent() as fake:
        fake.http_delay = LONG
        with socket.create_connection(("127.0.0.1", urlsplit(fake.url).port or 0)) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            eventually(lambda: fake.requests)
    assert time.monotonic() - start < 5


# ---- being let in ----


@pytest.mark.parametrize(
    ("query", "message", "reason"),
    [
        ("", "Missing token or agentId", "Missing authentication"),
        (f"?agentId={AGENT}", "Missing token or agentId", "Missing authentication"),
        ("?token=TOKEN", "Missing token or agentId", "Missing authentication"),
        (f"?token=&agentId={AGENT}", "Missing token or agentId", "Missing authentication"),
        (f"?token=bad&agentId={AGENT}", "Invalid or expired token", "Authentication failed"),
    ],
)
def test_without_a_good_token_there_is_401_before_the_upgrade_or_1008_after_it(
    quiet: FakeNexgent, query: str, message: str, reason: str
):
    path = "/ws" + query.replace("TOKEN", quiet.accounts.access_token(EMAIL))

    assert refusal(quiet, path) == (401, message.encode())

    quiet.refuses_by = "close"
    with dial(quiet.url + path) as connection:
        assert receive(connection) == {"type": "error", "data": {"message": message}}
        assert ending(connection) == (1008, reason)
    assert quiet.connections == 0


def test_a_token_in_a_header_does_not_count(quiet: FakeNexgent):
    bearer = {"Authorization": f"Bearer {quiet.accounts.access_token(EMAIL)}"}
    with (
        pytest.raises(InvalidStatus),
        dial(f"{quiet.url}/ws?agentId={AGENT}", additional_headers=bearer),
    ):
        pass


@pytest.mark.parametrize("agent", [FOREIGN_AGENT, "no such agent"])
def test_an_agent_that_is_not_the_user_s_gets_an_error_and_1008(quiet: FakeNexgent, agent: str):
    with client(quiet, agent=agent) as connection:
        assert receive(connection)["type"] == "error"
        assert ending(connection) == (1008, "Agent not found")


def test_another_path_is_a_bad_request(quiet: FakeNexgent):
    assert refusal(quiet, "/v1/ws")[0] == 400


def test_a_token_expires_and_is_looked_at_in_the_handshake_only():
    with FakeNexgent(ping_interval=LONG, token_lifetime=LONG) as fake:
        token = fake.accounts.access_token(EMAIL)
        with client(fake, token=token) as connection:
            greeting(connection)
            fake.accounts.expire_access_tokens()
            path = f"/ws?token={quote(token)}&agentId={AGENT}"
            assert refusal(fake, path) == (401, b"Invalid or expired token")
            sent = fake.close_position("p")
            assert connection.recv(timeout=5) == sent.decode()

        fake.accounts.lifetime = 0
        late = fake.accounts.access_token(EMAIL)
        assert refusal(fake, f"/ws?token={quote(late)}&agentId={AGENT}")[0] == 401


def test_handshakes_can_be_refused_in_any_way(quiet: FakeNexgent):
    quiet.refuse_handshakes(503, {"Retry-After": "1"}, b"later")

    assert refusal(quiet, "/ws") == (503, b"later")
    with client(quiet):
        quiet.wait_connected()
    assert [request.path for request in quiet.handshakes] == ["/ws", "/ws"]


# ---- frames ----


def test_a_connection_is_greeted_with_its_agent_and_the_whole_state(quiet: FakeNexgent):
    quiet.book.put(AGENT, [position("p1"), {"id": "p2", "tokenAddress": "x", "later": None}])

    with client(quiet) as connection:
        hello = receive(connection)
        assert hello["data"]["agentId"] == AGENT
        assert datetime.fromisoformat(hello["data"]["timestamp"]).tzinfo is not None
        raw = connection.recv(timeout=5)

    assert isinstance(raw, str)
    assert '"purchasePrice":0.10,"purchaseAmount":18446744073709551615,' in raw
    data = json.loads(raw)["data"]
    assert set(data) == {"positions", "timestamp"}
    assert data["positions"][1] == {"id": "p2", "tokenAddress": "x", "later": None}


def test_an_enriched_position_shows_what_follows_from_the_price():
    bought = position(purchasePrice=Decimal("0.10"), purchaseAmount=200)
    shown = enriched(bought, Decimal("0.15"), Decimal(30))

    assert shown["profitLossSol"] == shown["positionValueSol"] - 20 == 10
    assert shown["profitLossUsd"] == shown["positionValueUsd"] - 4000 == 2000
    assert (shown["purchasePriceUsd"], shown["profitLossPercent"]) == (20, 50)
    assert {**shown, **bought} == shown


def test_position_updates_are_raw_and_the_next_state_follows_them(quiet: FakeNexgent):
    with client(quiet) as connection:
        assert greeting(connection) == []
        quiet.create(position("p1", dcaCount=1))
        quiet.create(position("p2"))
        quiet.update({"id": "p1", "tokenAddress": TOKEN, "dcaCount": 2})
        quiet.close_position("p2")
        updates = [receive(connection) for _ in range(4)]

    assert {update["type"] for update in updates} == {"position_update"}
    created, _, updated, closed = (update["data"] for update in updates)
    assert (created["eventType"], created["position"]["id"]) == ("position_created", "p1")
    assert "currentPrice" not in created["position"]
    assert updated == {
        "eventType": "position_updated",
        "position": {"id": "p1", "tokenAddress": TOKEN, "dcaCount": 2},
    }
    assert closed == {"eventType": "position_closed", "positionId": "p2"}

    with client(quiet) as connection:
        (row,) = greeting(connection)
    assert (row["id"], row["dcaCount"]) == ("p1", 2)


def test_prices_come_with_lower_cased_addresses_and_positions_keep_their_case(quiet: FakeNexgent):
    quiet.book.put(AGENT, [position("p1")])
    with client(quiet) as connection:
        greeting(connection)
        single = quiet.price(TOKEN, Decimal("0.10"), 20)
        batch = quiet.prices((TOKEN, Decimal("1E-7"), Decimal("0.00")), ("Other", 1, 2))
        assert connection.recv(timeout=5) == single.decode()
        assert connection.recv(timeout=5) == batch.decode()

    start = f'{{"tokenAddress":"{TOKEN.lower()}","price":'
    assert single.startswith(
        f'{{"type":"price_update","data":{start}0.10,"priceUsd":20,"timestamp":"'.encode()
    )
    updates = f'{start}1E-7,"priceUsd":0.00}},{{"tokenAddress":"other","price":1,"priceUsd":2}}'
    assert batch.startswith(
        f'{{"type":"price_update_batch","data":{{"updates":[{updates}],"timestamp":"'.encode()
    )
    with client(quiet) as connection:
        (row,) = greeting(connection)
    assert (row["tokenAddress"], row["currentPrice"]) == (TOKEN, 1e-7)


def test_frames_of_an_agent_go_to_its_client_and_prices_to_all(quiet: FakeNexgent):
    quiet.accounts.add(EMAIL, PASSWORD, AGENT, "second")
    with client(quiet) as first, client(quiet, agent="second") as second:
        greeting(first)
        greeting(second)
        quiet.create(position("p1"), agent_id="second")
        sent = quiet.price(TOKEN, 1, 2)
        assert receive(second)["data"]["position"]["id"] == "p1"
        assert first.recv(timeout=5) == second.recv(timeout=5) == sent.decode()


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ('{"type":"ping","timestamp":"x"}', "pong"),
        ('{"type":"subscribe"}', "subscribed"),
        ("no json", "error"),
        ("null", "error"),
    ],
)
def test_what_a_client_says_is_answered(quiet: FakeNexgent, frame: str, answer: str):
    with client(quiet) as connection:
        greeting(connection)
        connection.send('{"type":"dance"}')  # not answered
        connection.send("[1]")  # nor this
        connection.send(frame)
        assert receive(connection)["type"] == answer
        assert quiet.received == ['{"type":"dance"}', "[1]", frame]
        quiet.push_raw('{ "type" : "mystery", "n": 0.10 }')
        quiet.push_bytes(b"\x00\xff")
        assert connection.recv(timeout=5) == '{ "type" : "mystery", "n": 0.10 }'
        assert connection.recv(timeout=5) == b"\x00\xff"


# ---- staying alive ----


def test_pings_come_to_all_connections_at_the_same_time():
    with FakeNexgent(ping_interval=0.4) as fake:
        fake.accounts.add(EMAIL, PASSWORD, AGENT, "second")
        with client(fake) as first:
            greeting(first)
            with pytest.raises(TimeoutError):
                first.recv(timeout=0.2)
            with client(fake, agent="second") as second:
                greeting(second)
                pings = [receive(first), receive(second)]

    assert all(set(ping) == {"type", "timestamp"} and ping["type"] == "ping" for ping in pings)
    early, late = sorted(datetime.fromisoformat(ping["timestamp"]) for ping in pings)
    assert (late - early).total_seconds() < 0.1
    assert fake.pings == 2


def test_pongs_keep_the_connection_alive_and_are_recorded():
    with FakeNexgent(ping_interval=0.1, pong_timeout=0.5) as fake, client(fake) as connection:
        greeting(connection)
        for _ in range(8):
            assert receive(connection)["type"] == "ping"
            connection.send('{"type":"pong","timestamp":"now"}')
        eventually(lambda: len(fake.pongs) == 8)
    assert fake.pongs[0] == {"type": "pong", "timestamp": "now"}


def test_without_a_pong_the_connection_times_out_after_some_pings():
    with FakeNexgent(ping_interval=0.1, pong_timeout=0.2) as fake, client(fake) as connection:
        assert ending(connection) == (1000, "Connection timeout")
        assert 1 <= fake.pings <= 3
        eventually(lambda: fake.connections == 0)


# ---- endings ----


def test_a_second_connection_for_the_agent_closes_the_first(quiet: FakeNexgent):
    with client(quiet) as first:
        greeting(first)
        with client(quiet) as second:
            greeting(second)
            assert ending(first) == (1000, "New connection established")
            quiet.wait_connected(1)
            sent = quiet.close_position("p")
            assert second.recv(timeout=5) == sent.decode()


def test_an_older_server_orphans_the_connection_that_replaced_another():
    with FakeNexgent(ping_interval=0.02, orphans_successors=True) as fake:
        with client(fake) as first, client(fake) as second:
            greeting(second)
            assert ending(first) == (1000, "New connection established")
            fake.wait_connected(1)
            until_quiet(second)
            fake.price(TOKEN, 1, 2)
            assert until_quiet(second) == []
            second.send('{"type":"ping"}')
            assert receive(second)["type"] == "pong"
        fake.wait_connected(0)

        with client(fake) as third:
            greeting(third)
            assert receive(third)["type"] == "ping"


@pytest.mark.parametrize("close", [SHUT_DOWN, (1011, "Internal server error"), (4999, "")])
def test_a_connection_can_be_dropped_with_any_code(quiet: FakeNexgent, close: tuple[int, str]):
    with client(quiet) as connection:
        greeting(connection)
        quiet.drop(*close)
        assert ending(connection) == close


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_can_be_cut_in_the_middle_of_a_frame(quiet: FakeNexgent, *, reset: bool):
    with client(quiet) as connection:
        greeting(connection)
        quiet.cut(text_frame("0123456789")[:5], reset=reset)
        assert quiet.connections == 0
        assert ending(connection) is None


def test_silence_stops_every_frame_and_keeps_the_connection():
    with FakeNexgent(ping_interval=0.02) as fake, client(fake) as connection:
        greeting(connection)
        fake.silence()
        until_quiet(connection)
        pings = fake.pings
        fake.price(TOKEN, 1, 2)
        connection.send('{"type":"ping"}')
        assert until_quiet(connection) == []
        assert fake.pings == pings
        assert fake.connections == 1
        assert fake.close_codes == [None]


def test_a_greeting_can_be_left_out(quiet: FakeNexgent):
    quiet.greets = False
    with client(quiet) as connection:
        quiet.wait_connected()
        sent = quiet.close_position("p")
        assert connection.recv(timeout=5) == sent.decode()


def test_it_speaks_tls_on_both_sides_of_the_port(authority: Authority):
    context = authority.client_context()
    with FakeNexgent(tls=authority.server_context()) as fake:
        assert fake.url.startswith("wss://")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            opener.open(fake.http_url, timeout=5)
        with caught.value:
            assert caught.value.code == 404
        with client(fake, ssl=context) as connection:
            greeting(connection)
