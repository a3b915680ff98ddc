from __future__ import annotations

import asyncio
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.message import Message
from typing import Any

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.harness.exact_json import digits
from tests.harness.plain_client import dial
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import text_frame
from tests.providers.fake_nexusglass import FIRST_ID, KEY, FakeNexusglass
from tests.providers.fake_nexusglass_events import PRIORITIES

Reply = tuple[int, Message, Any]  # status, headers, the JSON of the body


@contextmanager
def client(
    fake: FakeNexusglass, query: str = f"token={KEY}", *, path: str = "/ws/fastfeed", **options
) -> Iterator[ClientConnection]:
    with dial(f"{fake.url}{path}?{query}", **options) as connection:
        yield connection


@contextmanager
def greeted(fake: FakeNexusglass, query: str = f"token={KEY}", **options):
    """A client that has read HANDSHAKE and SNAPSHOT."""
    with client(fake, query, **options) as connection:
        assert [told(connection)["type"] for _ in range(2)] == ["HANDSHAKE", "SNAPSHOT"]
        yield connection


def told(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(timeout=5))


def ids(connection: ClientConnection, count: int) -> list[int]:
    return [told(connection)["payload"]["id"] for _ in range(count)]


def ask(
    fake: FakeNexusglass,
    path: str = "/api/v1/fastfeed/events?since_id=0",
    *,
    key: str | None = KEY,
    method: str = "GET",
    context: ssl.SSLContext | None = None,
) -> Reply:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    headers = {} if key is None else {"X-API-Key": key}
    request = urllib.request.Request(fake.http_url + path, method=method, headers=headers)
    try:
        with opener.open(request, timeout=5) as answer:
            return answer.status, answer.headers, json.load(answer, parse_float=str)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, json.load(error)


def page(fake: FakeNexusglass, since: int) -> Any:
    return ask(fake, f"/api/v1/fastfeed/events?since_id={since}")[2]


@pytest.fixture
def few():
    """A NexusGlass whose ids are 1, 2, 3, …"""
    with FakeNexusglass(first_id=1) as fake:
        yield fake


# ---- connecting ----


def test_handshake_then_snapshot_greet_each_client(nexusglass: FakeNexusglass):
    event = json.loads(nexusglass.push())["payload"]
    with client(nexusglass) as connection:
        first, second = told(connection), told(connection)
    assert first["type"] == "HANDSHAKE"
    assert first["payload"].keys() == {"tier", "priorities", "delay_ms", "server_time"}
    assert (first["payload"]["tier"], first["payload"]["delay_ms"]) == ("PULSE", 0)
    assert second == {"type": "SNAPSHOT", "payload": [event]}


def test_a_snapshot_takes_the_shape_size_order_and_filter_that_are_asked_for(few: FakeNexusglass):
    for symbol in ("BTCUSDT", "BTCUSDT", "ETHUSDT", "BTCUSDT"):
        few.push(symbol=symbol)
    few.snapshot_shape, few.snapshot_size, few.snapshot_descending = "events", 2, True
    with client(few, f"token={KEY}&symbols=BTCUSDT") as connection:
        told(connection)
        snapshot = told(connection)["payload"]
    assert [event["id"] for event in snapshot["events"]] == [4, 2]


def test_a_snapshot_of_no_events_is_empty(few: FakeNexusglass):
    few.push()
    few.snapshot_size = 0
    with client(few) as connection:
        told(connection)
        assert told(connection)["payload"] == []


def test_a_greeting_can_be_left_out(nexusglass: FakeNexusglass):
    nexusglass.greets = False
    with client(nexusglass) as connection:
        nexusglass.wait_connected()
        nexusglass.push()
        assert told(connection)["type"] == "EVENT"


@pytest.mark.parametrize("query", ["", "token=", "token=nxg_other", f"key={KEY}"])
@pytest.mark.parametrize("close", [1008, None])
def test_a_bad_key_gets_an_error_frame_and_a_close_if_it_is_to(query: str, close: int | None):
    with FakeNexusglass() as fake:
        fake.refusal_close = close
        with client(fake, query) as connection:
            error = told(connection)
            assert (error["type"], error["payload"]["code"]) == ("ERROR", "AUTH_FAILED")
            assert error["payload"].keys() == {"code", "message"}
            with pytest.raises(TimeoutError if close is None else ConnectionClosed):
                connection.recv(timeout=0.1 if close is None else 5)
            assert (connection.close_code, fake.clients) == (close, [])


@pytest.mark.parametrize("status", [401, 403])
def test_a_bad_key_can_get_an_http_status(nexusglass: FakeNexusglass, status: Any):
    nexusglass.refuses_by = status
    with pytest.raises(InvalidStatus) as caught, client(nexusglass, "token=nxg_other"):
        pass
    assert caught.value.response.status_code == status


def test_a_key_of_a_lower_tier_is_refused_on_both_sides():
    with FakeNexusglass(keys={"nxg_free": "FREE"}) as fake:
        with client(fake, "token=nxg_free") as connection:
            assert told(connection)["payload"]["code"] == "AUTH_FAILED"
        assert ask(fake, key="nxg_free")[0] == 403


def test_a_key_can_be_taken_back_while_its_client_stays(nexusglass: FakeNexusglass):
    with greeted(nexusglass) as old:
        nexusglass.keys.clear()
        with client(nexusglass) as connection:
            assert told(connection)["payload"]["code"] == "AUTH_FAILED"
        assert ask(nexusglass)[0] == 401
        nexusglass.push()
        assert told(old)["type"] == "EVENT"


def test_handshakes_can_be_refused_a_number_of_times(nexusglass: FakeNexusglass):
    nexusglass.refuse(503, {"Retry-After": "7"}, times=2)
    for _ in range(2):
        with pytest.raises(InvalidStatus) as caught, client(nexusglass):
            pass
        assert caught.value.response.headers["Retry-After"] == "7"
    with greeted(nexusglass):
        assert len(nexusglass.handshakes) == 3
        assert len(nexusglass.accepted) == 1


def test_another_path_is_not_found(nexusglass: FakeNexusglass):
    with pytest.raises(InvalidStatus) as caught, client(nexusglass, path="/ws"):
        pass
    assert caught.value.response.status_code == 404


# ---- events ----


def test_an_event_has_the_documented_form_and_its_digits(nexusglass: FakeNexusglass):
    with greeted(nexusglass) as connection:
        sent = nexusglass.push(detected_at="2026-05-26T14:32:11.000Z")
        assert connection.recv(timeout=5) == sent
    assert sent == (
        f'{{"type":"EVENT","payload":{{"id":{FIRST_ID},"type":"LIQUIDATION_CLUSTER_ARMED",'
        '"priority":"P0","symbol":"BTCUSDT","confidence":0.10,"data":{"cluster_price":64250.10,'
        '"cluster_side":"LONG","intensity_usd":18446744073709551615,"distance_pct":0.10},'
        '"detected_at":"2026-05-26T14:32:11.000Z","latency_ms":12}}'
    )


def test_known_types_have_their_priority_and_others_can_be_made_up(few: FakeNexusglass):
    events = [json.loads(few.push(name))["payload"] for name in [*PRIORITIES, "MOON_PHASE"]]
    assert [event["priority"] for event in events] == [*PRIORITIES.values(), "P2"]
    assert [event["id"] for event in events] == list(range(1, 14))
    assert '"confidence":1e-3' in few.push(confidence=digits("1e-3"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3]),
        ("&symbols=BTCUSDT", [1, 3]),
        ("&symbols=ETHUSDT%2CBTCUSDT", [1, 2, 3]),
        ("&events=REGIME_SHIFT,FUNDING_EXTREME", [2, 3]),
        ("&symbols=BTCUSDT&events=REGIME_SHIFT", [3]),
        ("&symbols=&events=", [1, 2, 3]),
    ],
)
def test_the_filters_of_the_url_are_applied(few: FakeNexusglass, query: str, expected: list[int]):
    with greeted(few, f"token={KEY}{query}") as connection:
        few.push("LARGE_LIQUIDATION", "BTCUSDT")
        few.push("FUNDING_EXTREME", "ETHUSDT")
        few.push("REGIME_SHIFT", "BTCUSDT")
        assert ids(connection, len(expected)) == expected
        few.error("END", "no more")
        assert told(connection)["type"] == "ERROR"


def test_an_event_can_miss_the_clients_or_the_log_or_all_clients_but_one(few: FakeNexusglass):
    with greeted(few) as first, greeted(few) as second:
        few.push(live=False)
        few.push(logged=False)
        few.push(only=few.clients[1])
        few.push(event_id=100)
        few.push()
        assert ids(first, 3) == [2, 100, 101]
        assert ids(second, 4) == [2, 3, 100, 101]
    assert [event["id"] for event in few.log] == [1, 3, 100, 101]
    assert few.last_id == 101


def test_a_repeated_and_a_lower_id_go_out_as_they_are_told(few: FakeNexusglass):
    with greeted(few) as connection:
        for number in (7, 7, 3):
            few.push(event_id=number)
        few.push()
        assert ids(connection, 4) == [7, 7, 3, 8]


def test_events_of_many_threads_arrive_in_order_of_their_ids(few: FakeNexusglass):
    with greeted(few) as connection, ThreadPoolExecutor(4) as threads:
        for _ in range(100):
            threads.submit(few.push)
        assert ids(connection, 100) == list(range(1, 101))


def test_what_is_pushed_during_a_greeting_is_in_the_snapshot_or_behind_it(few: FakeNexusglass):
    few.snapshot_size = 1000
    with ThreadPoolExecutor(1) as thread:
        pushing = thread.submit(lambda: [few.push() for _ in range(300)])
        with client(few) as connection:
            assert told(connection)["type"] == "HANDSHAKE"
            seen = [event["id"] for event in told(connection)["payload"]]
            pushing.result(5)
            seen += ids(connection, 300 - len(seen))
    assert seen == list(range(1, 301))


def test_errors_and_raw_frames_go_out_unchanged(nexusglass: FakeNexusglass):
    with greeted(nexusglass) as first, greeted(nexusglass) as second:
        assert nexusglass.error("RATE_LIMITED", "slow down") == first.recv(timeout=5)
        assert told(second)["payload"] == {"code": "RATE_LIMITED", "message": "slow down"}
        nexusglass.push_raw('{ "type" : "NEW", "n": 0.10 }')
        nexusglass.push_bytes(b"\x00\xff", only=nexusglass.clients[0])
        assert first.recv(timeout=5) == second.recv(timeout=5) == '{ "type" : "NEW", "n": 0.10 }'
        assert first.recv(timeout=5) == b"\x00\xff"


# ---- alive ----


def test_a_ping_is_answered_until_pongs_are_switched_off(nexusglass: FakeNexusglass):
    with greeted(nexusglass) as connection:
        connection.send('{"type":"PING"}')
        assert told(connection)["type"] == "PONG"
        nexusglass.answers_pings = False
        connection.send('{"type":"PING"}')
        eventually(lambda: nexusglass.received == ['{"type":"PING"}'] * 2)
        nexusglass.push()
        assert told(connection)["type"] == "EVENT"
        nexusglass.pong()
        assert told(connection)["type"] == "PONG"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("ping", "BAD_FRAME"),
        ("[]", "BAD_FRAME"),
        ('{"type":1}', "BAD_FRAME"),
        (b'{"type":"PING"}', "BAD_FRAME"),
        ('{"type":"ping"}', "UNKNOWN_TYPE"),
    ],
)
def test_a_frame_that_is_no_ping_gets_an_error(
    nexusglass: FakeNexusglass, frame: str | bytes, code: str
):
    with greeted(nexusglass) as connection:
        connection.send(frame)
        assert told(connection)["payload"]["code"] == code
        connection.send('{"type":"PING"}')
        assert told(connection)["type"] == "PONG"


def test_silence_stops_pongs_and_events_and_keeps_the_connection(nexusglass: FakeNexusglass):
    with greeted(nexusglass) as connection:
        nexusglass.silence()
        nexusglass.push()
        connection.send('{"type":"PING"}')
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.1)
        nexusglass.wait_connected()
        with greeted(nexusglass):
            nexusglass.wait_connected(2)


@pytest.mark.parametrize("code", [1000, 1008, 1013, 4001])
def test_one_client_can_be_dropped_with_any_code(nexusglass: FakeNexusglass, code: int):
    with greeted(nexusglass) as first, greeted(nexusglass) as second:
        nexusglass.drop(code, "enough", only=nexusglass.clients[0])
        with pytest.raises(ConnectionClosed):
            first.recv(timeout=5)
        assert (first.close_code, first.close_reason) == (code, "enough")
        nexusglass.wait_connected()
        nexusglass.push()
        assert told(second)["type"] == "EVENT"
        eventually(lambda: nexusglass.close_codes == [code, None])


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_in_the_middle_of_a_frame_comes_after_whole_ones(
    nexusglass: FakeNexusglass, *, reset: bool
):
    with greeted(nexusglass) as connection:
        sent = nexusglass.push()
        nexusglass.cut(text_frame(sent)[:9], reset=reset)
        nexusglass.wait_connected(0)
        assert connection.recv(timeout=5) == sent
        with pytest.raises(ConnectionClosedError) as caught:
            connection.recv(timeout=5)
        assert caught.value.rcvd is None


# ---- REST ----


def test_events_since_an_id_are_paged_from_the_oldest(few: FakeNexusglass):
    few.rest.page_size = 2
    for _ in range(5):
        few.push()
    pages = [[event["id"] for event in page(few, since)["events"]] for since in (1, 3, 5)]
    assert pages == [[2, 3], [4, 5], []]
    assert [request.query for request in few.requests] == [
        {"since_id": since} for since in ("1", "3", "5")
    ]


@pytest.mark.parametrize("envelope", ["events", "data", "items"])
def test_a_page_can_have_any_envelope_and_order(few: FakeNexusglass, envelope: Any):
    for _ in range(3):
        few.push()
    few.rest.envelope, few.rest.descending = envelope, True
    assert [event["id"] for event in page(few, 1)[envelope]] == [3, 2]
    few.rest.envelope = "list"
    assert [event["id"] for event in page(few, 1)] == [3, 2]


def test_a_page_can_repeat_what_is_known(few: FakeNexusglass):
    for _ in range(3):
        few.push()
    few.rest.envelope, few.rest.inclusive = "list", True
    assert [event["id"] for event in page(few, 2)] == [2, 3]
    few.rest.deaf = True
    assert [event["id"] for event in page(few, 3)] == [1, 2, 3]


def test_a_page_knows_filters_only_when_it_is_told_to(few: FakeNexusglass):
    few.push(symbol="BTCUSDT")
    few.push(symbol="ETHUSDT")
    path = "/api/v1/fastfeed/events?since_id=0&symbols=ETHUSDT"
    assert len(ask(few, path)[2]["events"]) == 2
    few.rest.filters = True
    assert [event["id"] for event in ask(few, path)[2]["events"]] == [2]


def test_a_page_keeps_the_digits_of_the_stream(nexusglass: FakeNexusglass):
    event = json.loads(nexusglass.push(), parse_float=str)["payload"]
    assert page(nexusglass, FIRST_ID - 1)["events"] == [event]
    assert event["confidence"] == "0.10"
    assert event["data"]["intensity_usd"] == 18446744073709551615


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        ("/api/v1/fastfeed/events?since_id=0", {"key": None}, 401),
        ("/api/v1/fastfeed/events?since_id=0", {"key": "nxg_other"}, 401),
        (f"/api/v1/fastfeed/events?since_id=0&token={KEY}", {"key": None}, 401),
        ("/api/v1/fastfeed/events?since_id=0", {"method": "POST"}, 405),
        ("/api/v1/fastfeed/events", {}, 400),
        ("/api/v1/fastfeed/events?since_id=last", {}, 400),
        ("/api/v1/fastfeed", {}, 404),
    ],
)
def test_a_wrong_request_is_refused_with_the_documented_body(
    nexusglass: FakeNexusglass, path: str, options: dict[str, Any], status: int
):
    answered, _, body = ask(nexusglass, path, **options)
    assert (answered, body.keys()) == (status, {"error", "code", "message"})


def test_the_key_of_a_request_can_be_left_unchecked(nexusglass: FakeNexusglass):
    nexusglass.rest.needs_key = False
    assert ask(nexusglass, key=None)[0] == 200


def test_a_429_says_when_to_come_back_in_header_and_body(nexusglass: FakeNexusglass):
    nexusglass.rest.fail_next(429, "RATE_LIMITED", retry_after=7)
    status, headers, body = ask(nexusglass)
    assert (status, headers["Retry-After"]) == (429, "7")
    assert (body["code"], body["retry_after"]) == ("RATE_LIMITED", 7)
    assert ask(nexusglass)[0] == 200


def test_the_next_answers_can_be_anything(nexusglass: FakeNexusglass):
    nexusglass.rest.answer_next(418, {"X-Tea": "oolong"}, b"[1]", times=2)
    for _ in range(2):
        status, headers, body = ask(nexusglass, "/nowhere")
        assert (status, headers["X-Tea"], body) == (418, "oolong", [1])
    assert ask(nexusglass)[0] == 200


def test_an_answer_can_be_held_while_the_stream_goes_on(few: FakeNexusglass):
    few.push()
    few.rest.hold()
    with greeted(few) as connection, ThreadPoolExecutor(1) as thread:
        asked = thread.submit(page, few, 0)
        eventually(lambda: few.requests)
        few.push()
        assert ids(connection, 1) == [2]
        assert not asked.done()
        few.rest.release()
        assert [event["id"] for event in asked.result(5)["events"]] == [1, 2]


def test_an_answer_can_be_delayed(nexusglass: FakeNexusglass):
    nexusglass.rest.delay = 0.05
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(ask, nexusglass)
        eventually(lambda: nexusglass.requests)
        assert not asked.done()
        assert asked.result(5)[0] == 200


def test_it_ends_while_an_answer_is_held():
    with ThreadPoolExecutor(1) as thread:
        with FakeNexusglass() as fake:
            fake.rest.hold()
            fake.rest.delay = 60
            asked = thread.submit(ask, fake)
            eventually(lambda: fake.requests)
        asked.exception(5)


def test_it_speaks_tls_on_both_sides(authority: Authority):
    context = authority.client_context()

    async def talk(fake: FakeNexusglass) -> None:
        # on one thread, because OpenSSL does not bear the sync client's two
        url = f"{fake.url}/ws/fastfeed?token={KEY}"
        async with asyncio.timeout(10), connect_async(url, ssl=context, proxy=None) as connection:
            assert [json.loads(await connection.recv())["type"] for _ in range(2)] == [
                "HANDSHAKE",
                "SNAPSHOT",
            ]
            sent = fake.push()
            assert await connection.recv() == sent

    with FakeNexusglass(tls=authority.server_context()) as fake:
        assert fake.url.startswith("wss://")
        asyncio.run(talk(fake))
        assert len(ask(fake, context=context)[2]["events"]) == 1
