"""Profiles of public APIs end to end: each against a server that speaks the frames of the API's own
documentation, and each played by the simulator.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness.process import Finished, Runner
from tests.harness.profiles import bundled, shortened
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer

LIMITS = ("--for", "10s", "--validate", "strict", "--max-reconnects", "0")


def asked(connection: Connection) -> Any:
    """The client's next frame."""
    frame = connection.receive()
    assert frame is not None
    return json.loads(frame)


def say(connection: Connection, *messages: Any) -> None:
    for message in messages:
        connection.send_text(json.dumps(message))


def followed(
    wscli: Runner, conversation: Callable[[Connection], None], *words: str | Path
) -> Finished:
    """How a run ends that follows a server which leads this conversation, then stays quiet."""

    def handler(connection: Connection) -> None:
        connection.accept()
        conversation(connection)
        connection.wait_closed()

    name, *options = words
    with WsServer(handler) as server:
        return wscli.run("tail", name, "--url", server.url, *options, *LIMITS)


# ---- Kraken, docs.kraken.com/exchange/api-reference/spot-websocket-v2 ----

STATUS = {
    "channel": "status",
    "data": [
        {
            "api_version": "v2",
            "connection_id": 13834774380200032777,
            "system": "online",
            "version": "2.0.0",
        }
    ],
    "type": "update",
}
TIMES = {"time_in": "2023-10-06T17:35:55.219022Z", "time_out": "2023-10-06T17:35:55.219067Z"}
TRADE = {
    "symbol": "ALGO/USD",
    "side": "buy",
    "price": 0.5117,
    "qty": 40.0,
    "ord_type": "market",
    "trade_id": 4665906,
    "timestamp": "2023-09-25T07:49:37.708706Z",
}
TICKER = {
    "symbol": "ALGO/USD",
    "bid": 0.10025,
    "bid_qty": 740.0,
    "ask": 0.10036,
    "ask_qty": 1361.44813783,
    "last": 0.10035,
    "volume": 997038.98383185,
    "vwap": 0.10148,
    "low": 0.09979,
    "high": 0.10285,
    "change": -0.00017,
    "change_pct": -0.17,
}


def kraken(connection: Connection) -> None:
    """An answer for each symbol of a subscription, with its req_id; a ticker begins whole."""
    say(connection, STATUS)
    subscriptions = 0
    while subscriptions < 4:
        frame = asked(connection)
        channel, symbols = frame["params"]["channel"], frame["params"]["symbol"]
        for symbol in symbols:
            subscriptions += 1
            answer = {"method": frame["method"], "req_id": frame["req_id"], **TIMES}
            if symbol != "ALGO/USD":
                why = f"Currency pair not supported {symbol}"
                say(connection, {**answer, "success": False, "error": why, "symbol": symbol})
                continue
            result = {"channel": channel, "snapshot": True, "symbol": symbol}
            say(connection, {**answer, "success": True, "result": result})
            if channel == "ticker":
                say(connection, {"channel": channel, "type": "snapshot", "data": [TICKER]})
    say(connection, {"channel": "heartbeat"})
    say(connection, {"channel": "trade", "type": "update", "data": [TRADE, TRADE]})


def test_kraken_subscribes_each_pair_and_tells_which_one_there_is_not(wscli: Runner):
    pairs = ("--symbol", "NO/PAIR", "--symbol", "ALGO/USD")
    channels = ("--channel", "ticker", "--channel", "trade")
    done = followed(wscli, kraken, "kraken", *pairs, *channels, "-n2")
    assert done.returncode == 0, done
    told = [json.loads(line) for line in done.lines]
    assert [message["channel"] for message in told] == ["ticker", "trade"]
    assert "Currency pair not supported NO/PAIR" in done.stderr


def test_kraken_refuses_where_there_is_none_of_the_pairs(wscli: Runner):
    done = followed(wscli, kraken, "kraken", "--symbol", "NO/PAIR")
    assert (done.returncode, done.lines) == (4, []), done


# ---- Deribit, docs.deribit.com ----

TICK = {
    "instrument_name": "BTC-PERPETUAL",
    "timestamp": 1623060194301,
    "state": "open",
    "last_price": 36457.5,
    "mark_price": 36446.51,
    "best_bid_price": None,
    "best_bid_amount": 0,
    "best_ask_price": 36443,
    "best_ask_amount": 100,
}
SECRET = "W0H6FJW4IRPZ1MOQ8FP6KMC5RZDUUKXS"  # the documentation's


def rpc(message: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", **message}


def deribit(connection: Connection) -> None:
    """JSON-RPC: who does not answer a test_request with public/test is cut off at once."""
    granted: list[str] = []
    while not granted:
        call = asked(connection)
        assert call["jsonrpc"] == "2.0"
        params = call["params"]
        match call["method"]:
            case "public/auth" if params["client_secret"] != SECRET:
                wrong = {"code": 13004, "message": "invalid_credentials"}
                say(connection, rpc({"id": call["id"], "error": wrong}))
                continue
            case "public/auth":
                assert params["grant_type"] == "client_credentials"
                result: Any = {"access_token": "1582.1Mb", "expires_in": 31536000}
            case "public/set_heartbeat":
                assert params["interval"] >= 10
                result = "ok"
            case "public/subscribe":
                granted = result = params["channels"]
            case other:
                raise AssertionError(other)
        say(connection, rpc({"id": call["id"], "result": result}))
    heartbeat = {"method": "heartbeat", "params": {"type": "heartbeat"}}
    request = {"method": "heartbeat", "params": {"type": "test_request"}}
    say(connection, rpc(heartbeat), rpc(request))
    test = asked(connection)
    assert (test["jsonrpc"], test["method"]) == ("2.0", "public/test")
    say(connection, rpc({"id": test["id"], "result": {"version": "1.2.26"}}))
    for channel in granted:
        params = {"channel": channel, "data": TICK}
        say(connection, rpc({"method": "subscription", "params": params}))


def test_deribit_answers_the_test_request_or_would_hear_nothing(wscli: Runner):
    done = followed(wscli, deribit, "deribit", "-n1")
    assert done.returncode == 0, done
    (message,) = [json.loads(line) for line in done.lines]
    assert message["params"] == {"channel": "ticker.BTC-PERPETUAL.100ms", "data": TICK}


@pytest.mark.parametrize(("secret", "code"), [(SECRET, 0), ("wrong", 4)])
def test_deribit_logs_in_where_there_are_credentials(
    wscli: Runner, tmp_path: Path, secret: str, code: int
):
    path = tmp_path / "secret"
    path.write_text(secret)
    path.chmod(0o600)
    login = ("--client-id", "fo7WAPRm4P", "--client-secret-file", path)
    raw = ("--channel", "ticker.BTC-PERPETUAL.raw")
    done = followed(wscli, deribit, "deribit", *login, *raw, "-n1")
    assert (done.returncode, len(done.lines)) == (code, 0 if code else 1), done
    assert ("invalid_credentials" in done.stderr) is bool(code)
    assert secret not in done.stderr


# ---- Home Assistant, developers.home-assistant.io/docs/api/websocket ----

TOKEN = "ABCDEFGHIJKLMNOPQ"  # the documentation's
VERSION = "2021.5.3"


def changed(entity: str, state: str | None) -> dict[str, Any]:
    new = None if state is None else {"entity_id": entity, "state": state, "attributes": {}}
    return {
        "data": {"entity_id": entity, "new_state": new, "old_state": None},
        "event_type": "state_changed",
        "time_fired": "2016-11-26T01:37:24.265429+00:00",
        "origin": "LOCAL",
    }


def home_assistant(connection: Connection) -> None:
    """A login first; then commands whose ids rise, and events with the id of their subscription."""
    assert connection.request.path == "/api/websocket"
    say(connection, {"type": "auth_required", "ha_version": VERSION})
    if asked(connection) != {"type": "auth", "access_token": TOKEN}:
        say(connection, {"type": "auth_invalid", "message": "Invalid access token"})
        connection.close()
        return
    say(connection, {"type": "auth_ok", "ha_version": VERSION})
    last = 0
    while True:
        command = asked(connection)
        assert command["id"] > last, "identifier values have to increase"
        last = command["id"]
        if command["event_type"] == "state_changed":
            break
        why = {"code": "unauthorized", "message": "Unauthorized"}
        say(connection, {"id": last, "type": "result", "success": False, "error": why})
    say(connection, {"id": last, "type": "result", "success": True, "result": None})
    for event in (changed("light.a", "on"), changed("light.b", "on"), changed("light.a", None)):
        say(connection, {"id": last, "type": "event", "event": event})
    while True:
        ping = asked(connection)
        assert (ping["type"], ping["id"] > last) == ("ping", True), "pings are commands"
        last = ping["id"]
        say(connection, {"id": last, "type": "pong"})


def home(
    wscli: Runner, token: str, *words: str, profile: str | Path = "home-assistant"
) -> Finished:
    path = wscli.folder / "token"
    path.write_text(token)
    path.chmod(0o600)
    return followed(wscli, home_assistant, profile, "--token-file", path, *words)


def test_home_assistant_shows_the_changes_of_an_entity(wscli: Runner):
    events = ("--event", "call_service", "--event", "state_changed")
    done = home(wscli, TOKEN, *events, "--entity", "light.a", "-n2")
    assert done.returncode == 0, done
    told = [json.loads(line)["event"]["data"] for line in done.lines]
    assert [data["entity_id"] for data in told] == ["light.a", "light.a"]
    assert told[1]["new_state"] is None
    assert "Unauthorized (unauthorized)" in done.stderr
    assert TOKEN not in done.stderr


def test_home_assistant_refuses_a_wrong_token(wscli: Runner):
    done = home(wscli, "wrong")
    assert (done.returncode, done.lines) == (4, []), done
    assert "Invalid access token" in done.stderr


def test_home_assistant_is_pinged_with_ids_that_go_on_rising(wscli: Runner, tmp_path: Path):
    quick = shortened(bundled("home-assistant"), tmp_path, 50)
    done = home(wscli, TOKEN, "--all", "-n8", profile=quick)
    assert done.returncode == 0, done
    told = [json.loads(line) for line in done.lines]
    assert [message["type"] for message in told[:3]] == ["auth_required", "auth_ok", "result"]
    assert [message["id"] for message in told if message["type"] == "pong"] == [2, 3]


# ---- played ----


@pytest.mark.parametrize(
    "words",
    [
        ("kraken",),
        ("kraken", "--symbol", "ETH/USD", "--channel", "trade", "--channel", "book"),
        ("deribit",),
        ("deribit", "--channel", "trades.ETH-PERPETUAL.100ms", "--channel", "quote.BTC-PERPETUAL"),
        ("home-assistant",),
        ("home-assistant", "--every", "--entity", "light.kitchen"),
    ],
)
def test_a_public_profile_plays_itself(wscli: Runner, words: tuple[str, ...]):
    done = wscli.run("tail", *words, "--simulate", "-n5", "--for", "15s", "--validate", "strict")
    assert (done.returncode, len(done.lines)) == (0, 5), done
    assert not any(word in done.stderr for word in ("error", "problem", "unknown", "reconnect"))
