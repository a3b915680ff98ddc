"""``wscli tail shuriken`` end to end: how channels are subscribed to, and what comes over them."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs

import pytest

from tests.conftest import ScreenFactory
from tests.harness.exact_json import digits
from tests.harness.process import Runner
from tests.harness.screen import Screen
from tests.harness.waiting import eventually
from tests.providers.fake_shuriken import FakeShuriken
from tests.providers.fake_shuriken_frames import MEMBER, DataForm, Refusal, frame, swap
from tests.providers.fake_shuriken_streams import Stream
from tests.providers.shuriken_tail import (
    AUTOMATION,
    KEY,
    SIGNALS,
    SWAPS,
    Tail,
    changed,
    channel,
    interrupted,
    line,
    session,
    told,
)

DOCUMENTED = {  # the sheet's streams, with a filter for each that has one
    **{
        f"svm.token.{name}": "tokenAddress=So111"
        for name in ["swaps", "poolInfo", "balances", "distributionStats", "holderStats"]
    },
    **{f"svm.wallet.{name}": "walletAddress=4Nd1" for name in ("nativeBalance", "tokenBalances")},
    **{f"svm.bondingCurve.{name}": "" for name in ("creations", "graduations")},
    **{
        f"evm.token.{name}": "chainId=1,tokenAddress=0xabc"
        for name in ("swaps", "poolInfo", "balances")
    },
    **{f"evm.wallet.{name}": "" for name in ("nativeBalance", "tokenBalances")},
    **{f"alpha.signalFeed{name}": "" for name in ("Global", "Personal")},
    "alpha.signalFeedProfile": "profileId=7",
    "alpha.signalFeedNamed": "feedId=9",
    "alpha.personal": "",
    "portfolio.notifications": "",
    "automation.updates": "",
}


@pytest.fixture
def tail(wscli: Runner, shuriken: FakeShuriken) -> Tail:
    return Tail(wscli, shuriken)


def subscribed(fake: FakeShuriken, client: int = -1) -> list[dict[str, Any]]:
    """The data of each ``pusher:subscribe`` that a client has sent."""
    return [said["data"] for said in fake.all_clients[client].said("pusher:subscribe")]


# ---- subscribing ----


def test_a_public_channel_is_asked_for_by_its_name_alone(tail: Tail, shuriken: FakeShuriken):
    interrupted(tail())

    name = channel(shuriken, SWAPS)
    assert name.startswith("public-")
    assert shuriken.received == [f'{{"event":"pusher:subscribe","data":{{"channel":"{name}"}}}}']
    assert shuriken.rest.auth.requests == []


def test_a_presence_channel_is_authorised_and_the_answer_forwarded_as_it_is(
    tail: Tail, shuriken: FakeShuriken
):
    interrupted(tail(streams=[AUTOMATION]))

    (request,) = shuriken.rest.auth.requests
    ((socket_id, name),) = shuriken.rest.authorised
    assert request.method == "POST"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {"socket_id": [socket_id], "channel_name": [name]}
    signature = shuriken.pusher.auth(socket_id, name, MEMBER)
    assert subscribed(shuriken) == [{"channel": name, "auth": signature, "channel_data": MEMBER}]


def test_a_private_channel_is_authorised_although_it_is_called_public(
    tail: Tail, shuriken: FakeShuriken
):
    interrupted(tail(streams=[SIGNALS]))

    ((socket_id, name),) = shuriken.rest.authorised
    assert name.startswith("private-")
    signature = shuriken.pusher.auth(socket_id, name)
    assert subscribed(shuriken) == [{"channel": name, "auth": signature}]


def test_a_presence_channel_may_be_named_as_a_public_one(tail: Tail, shuriken: FakeShuriken):
    shuriken.rest.streams[AUTOMATION] = Stream(AUTOMATION, visibility="presence")
    interrupted(tail(streams=[AUTOMATION]))

    assert channel(shuriken, AUTOMATION).startswith("public-")
    assert len(shuriken.rest.authorised) == 1


def test_the_signature_is_the_documented_one(tail: Tail, shuriken: FakeShuriken):
    shuriken.rest.streams["alpha.personal"] = Stream(
        "alpha.personal", prefix="private-", name="foobar"
    )
    interrupted(tail(streams=["alpha.personal"]))

    assert shuriken.rest.authorised == [("1234.1234", "private-foobar")]
    signature = "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"
    assert subscribed(shuriken) == [
        {"channel": "private-foobar", "auth": f"278d425bdf160c739803:{signature}"}
    ]


def test_every_documented_stream_can_be_asked_for(tail: Tail, shuriken: FakeShuriken):
    streams = [f"{name},{given}" if given else name for name, given in DOCUMENTED.items()]
    running = tail("-n21", streams=streams)
    for stream in streams:
        shuriken.push(channel(shuriken, stream), {"of": stream})

    done = running.finish()

    assert [json.loads(said)["data"]["of"] for said in done.lines] == streams
    (request,) = shuriken.rest.session.requests
    wanted = json.loads(request.body)["subscriptions"]
    assert [one["stream"] for one in wanted] == list(DOCUMENTED)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(Refusal("No such token", form="object"), id="subscription_error"),
        pytest.param(Refusal("No such token", form="text"), id="subscription_error, text"),
        pytest.param(Refusal("No such token", event="pusher:error"), id="error"),
        pytest.param(Refusal("No such token", event="pusher:error", form="string"), id="string"),
        pytest.param(Refusal("No such token", event="pusher:error", form="text"), id="text"),
        pytest.param(Refusal("No such token", event="pusher:error", code=None), id="no code"),
        pytest.param(
            Refusal("No such token", event="pusher:error", names_channel=True), id="with a channel"
        ),
    ],
)
def test_a_refused_channel_is_told_once_and_the_others_go_on(
    tail: Tail, shuriken: FakeShuriken, refusal: Refusal
):
    name = channel(shuriken, SWAPS)
    shuriken.pusher.rejected[name] = refusal
    running = tail.start("-n1", streams=[SWAPS, SIGNALS])
    tail.wait_subscribed(running, [SIGNALS])
    shuriken.push(channel(shuriken, SIGNALS), {"n": 1})

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [line(shuriken, SIGNALS, {"n": 1})])
    (said,) = told(done, "No such token")
    assert "rejected: svm.token.swaps" in said
    assert name in said
    if refusal.event == "pusher:error" and refusal.form == "object" and refusal.code:
        assert "4009" in said
    assert "1 error from the provider" in done.stderr


def test_a_refused_channel_is_not_told_again_on_each_connection(tail: Tail, shuriken: FakeShuriken):
    shuriken.pusher.rejected[channel(shuriken, SWAPS)] = Refusal("No such token")
    running = tail.start(streams=[SWAPS, SIGNALS])
    tail.wait_subscribed(running, [SIGNALS])
    shuriken.drop(4200)
    eventually(lambda: len(shuriken.handshakes) == 2)
    tail.wait_subscribed(running, [SIGNALS])

    assert len(told(interrupted(running), "No such token")) == 1


def test_two_channels_of_one_stream_are_told_apart(tail: Tail, shuriken: FakeShuriken):
    other = "svm.token.swaps,tokenAddress=BONK"
    for stream in (SWAPS, other):
        shuriken.pusher.rejected[channel(shuriken, stream)] = Refusal("No such token")

    done = tail.start(streams=[SWAPS, other]).finish()

    assert done.returncode == 4
    assert [len(told(done, f"rejected: .*-{token}")) for token in ("So111", "BONK")] == [1, 1]
    assert "everything that was asked for was rejected" in done.stderr
    assert len(shuriken.handshakes) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_an_authorisation_that_is_refused_is_that_channel_s_rejection(
    tail: Tail, shuriken: FakeShuriken, status: int
):
    shuriken.rest.auth.fail_next(status, "NOT_YOURS")
    running = tail.start("-n1", streams=[SIGNALS, AUTOMATION])
    tail.wait_subscribed(running, [AUTOMATION])
    shuriken.push(channel(shuriken, AUTOMATION), {"n": 1})

    done = running.finish()

    assert done.lines == [line(shuriken, AUTOMATION, {"n": 1})]
    assert told(done, f"rejected: alpha.signalFeedGlobal.*{status}.*NOT_YOURS")


def test_where_every_authorisation_is_refused_the_run_ends(tail: Tail, shuriken: FakeShuriken):
    shuriken.rest.auth.fail_next(403, "NOT_YOURS", times=2)

    done = tail.start(streams=[SIGNALS, AUTOMATION]).finish()

    assert (done.returncode, done.stdout) == (4, b"")
    assert len(told(done, "NOT_YOURS")) == 2
    assert len(shuriken.handshakes) == 1


def test_a_rate_limit_of_the_authorisation_is_waited_out(tail: Tail, shuriken: FakeShuriken):
    shuriken.rest.auth.fail_next(429, "RATE_LIMITED", retry_after="1")
    running = tail(streams=[SWAPS, SIGNALS])
    done = interrupted(running)

    first, second = shuriken.rest.auth.requests
    assert second.at - first.at >= 1.0
    assert told(done, "429.*RATE_LIMITED.*asking again in 1 s")
    assert len(shuriken.handshakes) == 1


def test_an_authorisation_that_fails_alone_is_tried_with_a_new_session(
    tail: Tail, shuriken: FakeShuriken
):
    shuriken.rest.auth.fail_next(500, "TROUBLE")
    running = tail.start(streams=[SIGNALS])
    running.wait_stderr("reconnecting in 1")
    assert told(interrupted(running), "500.*TROUBLE")


@pytest.mark.parametrize("streams", [(SWAPS, SIGNALS), (SWAPS,)], ids=["one of two", "all"])
def test_a_subscription_without_an_answer_is_told(
    tail: Tail, shuriken: FakeShuriken, tmp_path: Path, streams: tuple[str, ...]
):
    name = channel(shuriken, SWAPS)
    shuriken.pusher.ignored = {name}
    profile = changed(tmp_path, "within: 10s}", "within: 300ms}")
    running = tail.start(streams=streams, profile=profile)
    running.wait_stderr("no pusher_internal:subscription_succeeded within 300 ms")
    if SIGNALS in streams:
        tail.wait_subscribed(running, [SIGNALS])
    else:
        running.wait_stderr("reconnecting in 1")

    done = interrupted(running)

    assert told(done, re.escape(f"svm.token.swaps ({name}): no "))
    assert bool(told(done, "reconnecting")) is (SIGNALS not in streams)


def test_the_acknowledgement_of_another_channel_is_none(
    tail: Tail, shuriken: FakeShuriken, tmp_path: Path
):
    shuriken.pusher.ignored = {channel(shuriken, SWAPS)}
    running = tail.start(profile=changed(tmp_path, "within: 10s}", "within: 300ms}"))
    eventually(lambda: shuriken.received)
    shuriken.push_raw(frame("pusher_internal:subscription_succeeded", {}, channel="elsewhere"))

    running.wait_stderr("no pusher_internal:subscription_succeeded within 300 ms")
    interrupted(running)


@pytest.mark.parametrize("missing", ["subscriptions", "authEndpoint"])
def test_what_the_session_lacks_is_told_where_it_is_needed(
    tail: Tail, shuriken: FakeShuriken, missing: str
):
    shuriken.rest.session.answer_next(200, {}, session(shuriken, missing), times=9)
    running = tail.start(streams=[SIGNALS])
    said = running.wait_stderr("was answered without")
    running.kill()

    assert "/api/v2/ws/session was answered without (.data // .)." in said
    assert missing in said


# ---- what is printed ----


@pytest.mark.parametrize(
    ("form", "payload"),
    [
        ("string", swap()),
        ("object", swap()),
        ("text", "maintenance at 10:00, see {status}"),
        ("string", {"list": [1, {"deep": 'it\'s "quoted" ☂'}], "none": None}),
        ("string", "a string in a string"),
        ("string", [digits("0.10"), digits("18446744073709551615"), digits("-1E-7")]),
    ],
)
def test_the_data_is_unpacked_and_every_digit_stays(
    tail: Tail, shuriken: FakeShuriken, form: DataForm, payload: object
):
    running = tail("-n1", streams=[SIGNALS])
    shuriken.push(channel(shuriken, SIGNALS), payload, form=form)

    done = running.finish()

    assert done.stdout == line(shuriken, SIGNALS, payload) + b"\n"


def test_amounts_keep_their_digits(tail: Tail, shuriken: FakeShuriken):
    running = tail("-n1", "--jq", ".data | .slot, .sizeSol, .sizeUsd, .priceUsd")
    shuriken.push(channel(shuriken, SWAPS), swap())

    assert running.finish().lines == [
        b"18446744073709551615",
        b"0.10",
        b"16.420",
        b"0.000012345678901234567890",
    ]


def test_raw_is_the_frame_as_it_came(tail: Tail, shuriken: FakeShuriken):
    running = tail("-n1", "-o", "raw")
    sent = shuriken.push(channel(shuriken, SWAPS), swap())

    assert running.finish().lines == [sent.encode()]


@pytest.mark.parametrize(
    ("pattern", "expected"), [("svm.token.swaps", [SWAPS]), ("a*", [SIGNALS, AUTOMATION])]
)
def test_a_message_goes_by_the_name_of_its_stream(
    tail: Tail, shuriken: FakeShuriken, pattern: str, expected: list[str]
):
    streams = [SWAPS, SIGNALS, AUTOMATION]
    running = tail("--type", pattern, f"-n{len(expected)}", streams=streams)
    for stream in streams:
        shuriken.push(channel(shuriken, stream), swap())

    assert running.finish().lines == [line(shuriken, stream, swap()) for stream in expected]


def test_the_log_names_the_stream_of_each_message(tail: Tail, shuriken: FakeShuriken):
    running = tail("-o", "log", "-n2", streams=[SWAPS, SIGNALS])
    shuriken.push(channel(shuriken, SWAPS), swap())
    shuriken.push(channel(shuriken, SIGNALS), {"token": "BONK"})

    first, second = running.finish().lines

    assert b"svm.token.swaps" in first
    assert b"alpha.signalFeedGlobal" in second


def test_names_are_those_of_the_new_session_after_a_reconnect(tail: Tail, shuriken: FakeShuriken):
    running = tail("--type", SIGNALS, "-n1", streams=[SIGNALS])
    shuriken.rest.streams[SIGNALS] = Stream(SIGNALS, prefix="private-", name="another-channel")
    shuriken.drop(4200)
    eventually(lambda: len(shuriken.handshakes) == 2)
    tail.wait_subscribed(running, [SIGNALS])
    shuriken.push("private-another-channel", {"n": 1})

    assert running.finish().lines == [line(shuriken, SIGNALS, {"n": 1})]


@pytest.mark.parametrize("options", [["-n1"], ["-n5", "--all"]], ids=["", "--all"])
def test_members_that_come_and_go_are_shown_only_on_request(
    tail: Tail, shuriken: FakeShuriken, options: list[str]
):
    name = channel(shuriken, AUTOMATION)
    running = tail(*options, streams=[AUTOMATION])
    shuriken.member_added(name, MEMBER)
    shuriken.member_removed(name, MEMBER)
    shuriken.push(name, {"state": "running"})

    events = [json.loads(said)["event"] for said in running.finish().lines]

    background = [
        "pusher:connection_established",
        "pusher_internal:subscription_succeeded",
        "pusher_internal:member_added",
        "pusher_internal:member_removed",
    ]
    assert events == [*(background if "--all" in options else []), "update"]


@pytest.mark.parametrize(
    ("code", "form", "words"),
    [
        (4301, "object", r"Too fast \(4301\)"),
        (None, "object", "Too fast$"),
        (4301, "string", "Too fast"),
        (None, "text", "Too fast$"),
    ],
)
def test_an_error_of_the_server_is_told_and_the_run_goes_on(
    tail: Tail, shuriken: FakeShuriken, code: int | None, form: DataForm, words: str
):
    running = tail("-n1")
    shuriken.error("Too fast", code, form=form)
    running.wait_stderr("Too fast")
    shuriken.push(channel(shuriken, SWAPS), swap())

    done = running.finish()

    assert done.lines == [line(shuriken, SWAPS, swap())]
    assert told(done, words)
    assert len(shuriken.handshakes) == 1


def test_null_for_a_code_is_not_shown(tail: Tail, shuriken: FakeShuriken):
    running = tail()
    shuriken.push_raw('{"event":"pusher:error","data":{"code":null,"message":"Too fast"}}')
    running.wait_stderr("pusher:error: Too fast\n")
    interrupted(running)


@pytest.mark.parametrize("event", ["", "pusher:new_thing", "update"])
def test_an_event_that_nobody_knows_does_no_harm(tail: Tail, shuriken: FakeShuriken, event: str):
    running = tail("-n1", "--type", "svm.token.swaps")
    shuriken.push_raw(frame(event, {"n": 1}, channel="elsewhere"))
    shuriken.push_raw(json.dumps({"event": event}))
    shuriken.push(channel(shuriken, SWAPS), swap())

    assert running.finish().lines == [line(shuriken, SWAPS, swap())]


# ---- checking ----


def test_the_documented_payload_is_valid_and_tells_the_lag(tail: Tail, shuriken: FakeShuriken):
    running = tail("-n1", "--validate", "strict")
    shuriken.push(channel(shuriken, SWAPS), swap(blockTime=int(time.time()), maker="4Nd1"))

    done = running.finish()

    assert done.returncode == 0
    found = re.search(r"lag p50 (-?[\d.]+) (ms|s)\b", done.stderr)
    assert found, done.stderr
    seconds = float(found[1]) * (0.001 if found[2] == "ms" else 1)
    assert 0.0 <= seconds < 10.0, "blockTime is seconds"


def test_a_swap_of_another_shape_is_told_and_printed(tail: Tail, shuriken: FakeShuriken):
    running = tail("-n1")
    shuriken.push(channel(shuriken, SWAPS), swap(isBuy="yes"))

    done = running.finish()

    assert done.lines == [line(shuriken, SWAPS, swap(isBuy="yes"))]
    assert told(done, r"svm\.token\.swaps.*\.data\.isBuy")


# ---- on a terminal ----


class Watch(Protocol):
    """Starts the command on a terminal and waits until it has subscribed."""

    def __call__(self, *streams: str, columns: int = 140) -> Screen: ...


@pytest.fixture
def watch(screen: ScreenFactory, shuriken: FakeShuriken, tmp_path: Path) -> Watch:
    def start(*streams: str, columns: int = 140) -> Screen:
        place = tmp_path / "key"
        place.touch(mode=0o600)
        place.write_text(KEY)
        wanted = [word for stream in streams for word in ("--stream", stream)]
        where = ["--server", shuriken.http_url, "--api-key-file", str(place)]
        shown = screen("tail", "shuriken", *where, *wanted, columns=columns, rows=24)
        shuriken.wait_subscribed(*(channel(shuriken, stream) for stream in streams))
        return shown

    return start


def row_of(lines: list[str], text: str) -> str:
    """The only visible line with the text."""
    (row,) = [said for said in lines if text in said]
    return row


def test_swaps_are_a_table_and_so_is_all_else(watch: Watch, shuriken: FakeShuriken):
    shown = watch(SWAPS, SIGNALS)
    now = int(time.time())
    bought = swap("So11111111111111111111111111111111111111112", blockTime=now, maker="4Nd1mBQ")
    shuriken.push(channel(shuriken, SWAPS), bought)
    shuriken.push(channel(shuriken, SWAPS), swap("BONK", isBuy=False, blockTime=now))
    shuriken.push(channel(shuriken, SIGNALS), {"token": "WIF", "score": 7})

    lines = shown.wait_for("WIF")

    row = row_of(lines, "So11…1112")
    for cell in ("true", "0.1 ", "16.42", "0.00001235", "4Nd1mBQ", "5VER…BRnb"):
        assert cell in row, cell
    assert "false" in row_of(lines, "BONK")
    assert shown.cell_colour("true") == "green"
    assert shown.cell_colour("false") == "red"
    row = row_of(lines, "WIF")
    assert "private-signal-global" in row
    assert '{"token":"WIF","score":7}' in row
    shown.type("\x03")
    assert shown.finish() == 130


def test_a_narrow_terminal_shows_the_token_and_what_was_done(watch: Watch, shuriken: FakeShuriken):
    shown = watch(SWAPS, columns=60)
    shuriken.push(channel(shuriken, SWAPS), swap("BONK", isBuy=False))

    lines = shown.wait_for("BONK")

    assert "false" in row_of(lines, "BONK")
    assert "hidden" in "\n".join(lines)


def test_the_screen_tells_a_rejection_and_a_lost_connection(watch: Watch, shuriken: FakeShuriken):
    shown = watch(SWAPS)
    shuriken.error("Over quota", 4301)
    shown.wait_for("Over quota (4301)")
    shuriken.drop(4300, "moving")
    shown.wait_for("4300 moving")
    shown.wait_for("reconnecting")
