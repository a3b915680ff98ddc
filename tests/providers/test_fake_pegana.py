from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection
from websockets.typing import Origin

from tests.harness.plain_client import dial, until_quiet
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import text_frame
from tests.providers.fake_pegana import FakePegana, rfc3339

HOME = Origin("https://pegana.xyz")
LONG = 3600.0  # seconds: no heartbeat comes between


@contextmanager
def client(
    fake: FakePegana, *, path: str = "/v1/ws", origin: Origin | None = HOME, **options
) -> Iterator[ClientConnection]:
    with dial(fake.url + path, origin=origin, **options) as connection:
        yield connection


@pytest.fixture
def quiet():
    """A Pegana without heartbeats."""
    with FakePegana(heartbeat=LONG) as fake:
        yield fake


def refusal(fake: FakePegana, **options):
    with pytest.raises(InvalidStatus) as caught, client(fake, **options):
        pass
    return caught.value.response


def get(fake: FakePegana, path: str, timeout: float = 5) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(fake.http_url + path, timeout=timeout) as answer:
        return json.load(answer)


def status_of(fake: FakePegana, path: str, method: str = "GET") -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(fake.http_url + path, method=method)
    with pytest.raises(urllib.error.HTTPError) as caught, opener.open(request, timeout=5):
        pass
    caught.value.close()
    return caught.value.code


# ---- connecting ----


@pytest.mark.parametrize(
    "origin", ["https://pegana.xyz", "https://www.pegana.xyz", "http://localhost:3000"]
)
def test_an_origin_on_the_list_is_let_in(quiet: FakePegana, origin: str):
    with client(quiet, origin=Origin(origin)):
        quiet.wait_connected()


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://pegana.xyz.evil.example", None]
)
def test_an_origin_off_the_list_and_a_missing_one_get_403(quiet: FakePegana, origin: str | None):
    assert refusal(quiet, origin=origin and Origin(origin)).status_code == 403
    assert quiet.connections == 0


def test_the_list_of_origins_is_the_instance_s_own():
    with FakePegana(origins=["https://mine.example"]) as fake:
        assert refusal(fake).status_code == 403
        with client(fake, origin=Origin("https://mine.example")):
            fake.wait_connected()


def test_another_path_is_not_found(quiet: FakePegana):
    assert refusal(quiet, path="/ws").status_code == 404


def test_every_handshake_is_recorded_with_time_path_and_headers(quiet: FakePegana):
    refusal(quiet, origin=None)
    with client(quiet):
        pass

    refused, let_in = quiet.handshakes
    assert refused.headers.get("Origin") is None
    assert (let_in.path, let_in.headers["Origin"]) == ("/v1/ws", "https://pegana.xyz")
    assert refused.at < let_in.at


def test_the_sixth_connection_of_an_address_gets_429_until_one_leaves(quiet: FakePegana):
    with ExitStack() as stack:
        for _ in range(5):
            last = stack.enter_context(client(quiet))
        quiet.wait_connected(5)

        answer = refusal(quiet)
        assert (answer.status_code, "Retry-After" in answer.headers) == (429, False)

        last.close()
        quiet.wait_connected(4)
        stack.enter_context(client(quiet))
        quiet.wait_connected(5)


def test_the_capacity_can_change_and_a_429_can_say_when_to_retry():
    with FakePegana(heartbeat=LONG, capacity=0, retry_after="7") as fake:
        answer = refusal(fake)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")

        fake.capacity = 1
        with client(fake):
            fake.wait_connected()


# ---- frames ----


def test_heartbeats_come_in_their_interval_on_each_connection():
    with FakePegana(heartbeat=0.02) as fake, client(fake) as first, client(fake) as second:
        for connection in (first, second):
            beats = [json.loads(connection.recv(timeout=5)) for _ in range(3)]
            assert {beat["op"] for beat in beats} == {"heartbeat"}
            assert datetime.fromisoformat(beats[0]["ts"]).tzinfo is not None
        eventually(lambda: fake.heartbeats >= 6)


def test_traffic_does_not_hold_up_the_heartbeat():
    ping = Frame(Opcode.TEXT, b'{"op":"ping"}').serialize(mask=True)
    with FakePegana(heartbeat=0.001) as fake, client(fake) as connection:
        connection.socket.sendall(ping * 1000)
        ops: list[str] = []
        while ops.count("pong") < 1000:
            ops.append(json.loads(connection.recv(timeout=5))["op"])
        assert "heartbeat" in ops[100:-100]


def test_an_update_goes_to_every_connection_in_the_documented_form(quiet: FakePegana):
    with client(quiet) as first, client(quiet) as second:
        quiet.wait_connected(2)
        sent = quiet.push("jitoSOL", "DRIFT", ts="2026-05-26T14:32:11Z")
        assert first.recv(timeout=5) == second.recv(timeout=5) == sent.decode()

    # the documentation's own example
    assert sent == (
        b'{"op":"update","asset":"jitoSOL","payload":{"state":"DRIFT","previous_state":"PEGGED",'
        b'"discount":"-0.0034","intrinsic_usd":"213.42","market_usd":"212.69",'
        b'"confidence":"0.98","ts":"2026-05-26T14:32:11Z"}}'
    )


def test_raw_text_and_binary_go_out_unchanged(quiet: FakePegana):
    with client(quiet) as connection:
        quiet.wait_connected()
        quiet.push_raw('{ "op" : "mystery", "n": 0.10 }')
        quiet.push_bytes(b"\x00\xff")
        assert connection.recv(timeout=5) == '{ "op" : "mystery", "n": 0.10 }'
        assert connection.recv(timeout=5) == b"\x00\xff"


def test_a_ping_is_answered_by_a_pong(quiet: FakePegana):
    with client(quiet) as connection:
        connection.send('{"op":"ping"}')
        assert json.loads(connection.recv(timeout=5)) == {"op": "pong"}


def test_subscriptions_are_recorded_and_change_nothing(quiet: FakePegana):
    with client(quiet) as connection:
        connection.send('{"op":"subscribe","assets":["mSOL"]}')
        connection.send('{"op":"unsubscribe","assets":["mSOL"]}')
        eventually(lambda: len(quiet.subscriptions) == 2)
        sent = quiet.push("jitoSOL", "PEGGED")
        assert connection.recv(timeout=5) == sent.decode()
    assert quiet.subscriptions == [("subscribe", ["mSOL"]), ("unsubscribe", ["mSOL"])]
    assert quiet.received == [
        '{"op":"subscribe","assets":["mSOL"]}',
        '{"op":"unsubscribe","assets":["mSOL"]}',
    ]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ("not json", "malformed frame"),
        ("[1]", "malformed frame"),
        ('{"assets":[]}', "malformed frame"),
        ('{"op":7}', "malformed frame"),
        (b"\x00", "malformed frame"),
        ('{"op":"dance"}', "unknown op: dance"),
        ('{"op":"subscribe"}', "unknown op: subscribe"),
    ],
)
def test_a_frame_it_does_not_know_gets_an_error_and_the_connection_stays(
    quiet: FakePegana, frame: str | bytes, message: str
):
    with client(quiet) as connection:
        connection.send(frame)
        assert json.loads(connection.recv(timeout=5)) == {"op": "error", "msg": message}
        connection.send('{"op":"ping"}')
        assert json.loads(connection.recv(timeout=5)) == {"op": "pong"}


# ---- faults ----


def test_silence_stops_every_frame_and_keeps_the_connection():
    with FakePegana(heartbeat=0.01) as fake, client(fake) as connection:
        connection.recv(timeout=5)
        fake.silence()
        until_quiet(connection)
        fake.push("jitoSOL", "DEPEG")
        connection.send('{"op":"ping"}')
        pong = connection.ping()
        assert until_quiet(connection) == []
        assert not pong.is_set()
        assert fake.connections == 1

        with client(fake) as later:
            assert json.loads(later.recv(timeout=5))["op"] == "heartbeat"


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_in_the_middle_of_a_frame_comes_after_whole_ones(quiet: FakePegana, *, reset: bool):
    with client(quiet) as connection:
        quiet.wait_connected()
        sent = quiet.push("jitoSOL", "DRIFT")
        assert connection.recv(timeout=5) == sent.decode()
        quiet.cut(text_frame(sent)[:9], reset=reset)
        assert quiet.connections == 0
        with pytest.raises(ConnectionClosedError) as caught:
            connection.recv(timeout=5)
        assert caught.value.rcvd is None


def test_the_close_code_of_each_client_is_known(quiet: FakePegana):
    with client(quiet) as first, client(quiet):
        quiet.wait_connected(2)
        first.close(1001)
        eventually(lambda: quiet.close_codes == [1001, None])
    eventually(lambda: quiet.close_codes == [1001, 1000])


def test_it_speaks_tls_as_well(authority: Authority):
    with (
        FakePegana(heartbeat=LONG, tls=authority.server_context()) as fake,
        client(fake, ssl=authority.client_context()) as connection,
    ):
        assert fake.url.startswith("wss://")
        fake.wait_connected()
        sent = fake.push("jitoSOL", "DRIFT")
        assert connection.recv(timeout=5) == sent.decode()


# ---- REST ----

NOW = datetime.now(UTC).replace(microsecond=0)


def ago(**span: float) -> str:
    return rfc3339(NOW - timedelta(**span))


def point(ts: str) -> dict[str, str]:
    return {"ts": ts, "discount": "-0.01", "state": "DRIFT"}


@pytest.fixture
def history(quiet: FakePegana):
    old, middle, new = (point(ago(hours=hours)) for hours in (30, 20, 1))
    quiet.history["hyloSOL+"] = [middle, new, old]
    return old, middle, new


def test_history_is_newest_first_and_a_day_long_by_default(quiet: FakePegana, history):
    _, middle, new = history

    assert get(quiet, f"/v1/assets/{quote('hyloSOL+')}/history") == [new, middle]
    assert get(quiet, "/v1/assets/hyloSOL+/history?bucket=1m&limit=1") == [new]
    assert [request.query for request in quiet.requests] == [{}, {"bucket": "1m", "limit": "1"}]


def test_history_can_be_asked_from_and_to(quiet: FakePegana, history):
    old, middle, _ = history
    span = f"from={ago(hours=40)}&to={ago(hours=20)}"

    assert get(quiet, f"/v1/assets/hyloSOL+/history?{span}") == [middle, old]


@pytest.mark.parametrize(
    "query", ["limit=5001", "limit=0", "limit=x", "bucket=5m", "from=yesterday"]
)
def test_history_outside_its_ranges_is_a_bad_request(quiet: FakePegana, history, query: str):
    assert status_of(quiet, f"/v1/assets/hyloSOL+/history?{query}") == 400


def alert(number: int, asset: str, detected_at: str) -> dict[str, object]:
    return {
        "id": number,
        "asset": asset,
        "class": "lst",
        "from_state": "PEGGED",
        "to_state": "DRIFT",
        "detected_at": detected_at,
    }


def test_alerts_are_newest_first_and_can_be_narrowed(quiet: FakePegana):
    first = alert(1, "jitoSOL", "2026-05-26T14:00:00Z")
    second = alert(2, "hyloSOL+", "2026-05-26T15:00:00Z")
    third = alert(3, "jitoSOL", "2026-05-26T16:00:00Z")
    quiet.alerts = [second, third, first]

    assert get(quiet, "/v1/alerts") == [third, second, first]
    assert get(quiet, "/v1/alerts?since=2026-05-26T15:00:00Z") == [third, second]
    assert get(quiet, "/v1/alerts?asset=hyloSOL%2B") == [second]
    assert get(quiet, "/v1/alerts?asset=jitoSOL&limit=1") == [third]
    assert status_of(quiet, "/v1/alerts?limit=501") == 400


def test_an_offset_that_was_not_percent_encoded_is_a_bad_request(quiet: FakePegana):
    assert status_of(quiet, "/v1/alerts?since=2026-05-26T15:00:00+00:00") == 400


def test_assets_are_listed_as_the_test_set_them(quiet: FakePegana):
    quiet.assets = [{"symbol": "jitoSOL", "name": "Jito", "class": "lst", "state": "PEGGED"}]

    assert get(quiet, "/v1/assets") == quiet.assets


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/v1/assets/none/history", "GET", 404),
        ("/v2/assets", "GET", 404),
        ("/v1/assets", "DELETE", 405),
    ],
)
def test_what_there_is_not_is_refused(quiet: FakePegana, path: str, method: str, status: int):
    assert status_of(quiet, path, method) == status


def test_an_answer_can_be_the_test_s_own_and_can_be_held_back(quiet: FakePegana):
    quiet.answer_next(503, {"Retry-After": "1"})
    assert status_of(quiet, "/v1/alerts") == 503
    assert get(quiet, "/v1/alerts") == []

    quiet.hold()
    with pytest.raises(TimeoutError):
        get(quiet, "/v1/alerts", timeout=0.1)
    quiet.release()
    assert get(quiet, "/v1/alerts") == []
