"""``wscli tail shuriken`` end to end, against a server written from the protocol sheet: the session
before the socket, the socket, and staying alive. What comes over the channels is in
test_shuriken_channels.py, what endings mean in test_shuriken_endings.py.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from tests.harness.process import Runner
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import text_frame
from tests.providers.fake_shuriken import FakeShuriken
from tests.providers.fake_shuriken_frames import swap
from tests.providers.shuriken_tail import (
    AUTOMATION,
    ENV,
    KEY,
    SIGNALS,
    SWAPS,
    Tail,
    changed,
    channel,
    delays,
    interrupted,
    keepalive,
    line,
    session,
    told,
    wait_said,
)

BOTH = (SWAPS, SIGNALS)
LIMIT = 8 * 1024 * 1024  # bytes of an answer


@pytest.fixture
def tail(wscli: Runner, shuriken: FakeShuriken) -> Tail:
    return Tail(wscli, shuriken)


# ---- the session ----


def test_the_session_is_asked_for_with_the_key_and_the_streams(tail: Tail, shuriken: FakeShuriken):
    filtered = "evm.token.swaps,chainId=1,tokenAddress=0xabc"
    interrupted(tail(streams=[SWAPS, filtered, SIGNALS]))

    (request,) = shuriken.rest.session.requests
    assert (request.method, request.target) == ("POST", "/api/v2/ws/session")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == {
        "subscriptions": [
            {"stream": "svm.token.swaps", "filter": {"tokenAddress": "So111"}},
            {"stream": "evm.token.swaps", "filter": {"chainId": "1", "tokenAddress": "0xabc"}},
            {"stream": "alpha.signalFeedGlobal", "filter": {}},
        ]
    }


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "inside data"])
@pytest.mark.parametrize("endpoint", ["absolute", "path"])
def test_an_answer_is_understood_in_each_of_its_forms(
    tail: Tail, shuriken: FakeShuriken, endpoint: str, *, wrapped: bool
):
    shuriken.rest.wrapped = wrapped
    shuriken.auth_endpoint = "path" if endpoint == "path" else "absolute"
    running = tail("-n1", streams=BOTH)
    shuriken.push(channel(shuriken, SIGNALS), {"n": 1})

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [line(shuriken, SIGNALS, {"n": 1})])
    assert len(shuriken.rest.authorised) == 1


def test_the_socket_is_where_the_session_says(tail: Tail, shuriken: FakeShuriken):
    shuriken.move("another-key", host="localhost")
    done = interrupted(tail())

    (handshake,) = shuriken.handshakes
    assert re.fullmatch(
        r"/app/another-key\?protocol=7&client=wscli&version=[\w.]+", handshake.target
    )
    assert handshake.headers["Host"].startswith("localhost:")
    assert "connected to ws://localhost:" in done.stderr, "TLS is not forced"


@pytest.mark.parametrize("option", ["--cacert", "-k"])
def test_everything_goes_over_tls_where_it_is_forced(
    wscli: Runner, authority: Authority, option: str
):
    trust = ["--cacert", authority.pem] if option == "--cacert" else [option]
    with FakeShuriken(tls=authority.server_context()) as fake:
        running = Tail(wscli, fake)("-n2", *trust, streams=[SWAPS, AUTOMATION])
        fake.push(channel(fake, SWAPS), swap())
        fake.push(channel(fake, AUTOMATION), {"state": "running"})
        done = running.finish()
        lines = [line(fake, SWAPS, swap()), line(fake, AUTOMATION, {"state": "running"})]

    assert (done.returncode, done.lines) == (0, lines)
    assert "connected to wss://" in done.stderr


def test_an_unknown_authority_is_named_and_is_not_tried_again(wscli: Runner, authority: Authority):
    with FakeShuriken(tls=authority.server_context()) as fake:
        done = Tail(wscli, fake).start().finish()
        requests = fake.requests

    assert done.returncode == 3
    assert "certificate" in done.stderr
    assert "--cacert" in done.stderr
    assert requests == []


def test_a_url_of_the_user_s_own_is_asked_for_everything(tail: Tail, shuriken: FakeShuriken):
    running = tail("--url", shuriken.url, "-n1", streams=BOTH)
    shuriken.push(channel(shuriken, SWAPS), swap())

    assert running.finish().lines == [line(shuriken, SWAPS, swap())]
    assert len(shuriken.rest.session.requests) == 1


def test_neither_the_key_nor_a_signature_is_ever_shown(tail: Tail, shuriken: FakeShuriken):
    done = interrupted(tail("-v", streams=[SWAPS, SIGNALS, AUTOMATION]))

    signatures = [shuriken.pusher.auth(*pair) for pair in shuriken.rest.authorised]
    assert len(signatures) == 2
    for secret in (KEY, *(signature.partition(":")[2] for signature in signatures)):
        assert secret not in done.stderr
    assert '"auth":"***"' in done.stderr


# ---- sessions that are refused, or of no use ----


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_ends_the_run_and_says_where_it_came_from(
    tail: Tail, shuriken: FakeShuriken, status: int
):
    if status == 403:
        shuriken.rest.forbidden = {KEY}
    shuriken.rest.keys = set()

    done = tail.start().finish()

    assert (done.returncode, done.stdout) == (4, b"")
    (said,) = done.stderr.splitlines()
    assert str(status) in said
    assert "agent key" in said, "the server's own words"
    assert "SHURIKEN_API_KEY" in said
    assert "--api-key-file" in said
    assert KEY not in said
    assert len(shuriken.rest.session.requests) == 1
    assert shuriken.handshakes == []


def test_a_missing_key_is_told_before_anything_is_asked(tail: Tail, shuriken: FakeShuriken):
    done = tail.start(env={}).finish()

    assert (done.returncode, done.stdout) == (2, b"")
    assert "--api-key" in done.stderr
    assert "SHURIKEN_API_KEY" in done.stderr
    assert shuriken.requests == []


def test_a_key_that_is_revoked_meanwhile_ends_the_run(tail: Tail, shuriken: FakeShuriken):
    running = tail()
    shuriken.rest.keys = {"another"}
    shuriken.drop(4200)

    done = running.finish()

    assert done.returncode == 4
    assert len(shuriken.rest.session.requests) == 2


def test_the_key_is_read_again_before_every_connection(
    tail: Tail, shuriken: FakeShuriken, tmp_path: Path
):
    place = tmp_path / "key"
    place.touch(mode=0o600)
    place.write_text(f"{KEY}\n")
    running = tail("--api-key-file", place, env={})
    shuriken.rest.keys = {"sk_fresh"}
    place.write_text("sk_fresh\n")
    shuriken.drop(4200)
    eventually(lambda: len(shuriken.handshakes) == 2)
    interrupted(running)

    sent = [request.headers["Authorization"] for request in shuriken.rest.session.requests]
    assert sent == [f"Bearer {KEY}", "Bearer sk_fresh"]


def test_a_rate_limit_is_waited_out_as_long_as_the_server_says(tail: Tail, shuriken: FakeShuriken):
    shuriken.rest.session.fail_next(429, "RATE_LIMITED", retry_after="1")
    running = tail("-n1")
    shuriken.push(channel(shuriken, SWAPS), swap())

    done = running.finish()

    first, second = shuriken.rest.session.requests
    assert done.returncode == 0
    assert second.at - first.at >= 1.0
    assert told(done, "429.*RATE_LIMITED.*reconnecting in 1")


@pytest.mark.parametrize("retry_after", ["30", "Sun, 22 Nov 2026 10:00:30 GMT"])
def test_a_long_rate_limit_is_told(tail: Tail, shuriken: FakeShuriken, retry_after: str):
    headers = {"Retry-After": retry_after, "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    shuriken.rest.session.answer_next(429, headers)
    running = tail.start()
    running.wait_stderr("reconnecting in 30.0 s")
    interrupted(running)


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_in_trouble_is_asked_again_later(tail: Tail, shuriken: FakeShuriken, status: int):
    shuriken.rest.session.fail_next(status, "TROUBLE")
    running = tail.start()
    running.wait_stderr("reconnecting")
    done = interrupted(running)

    (delay,) = delays(done)
    assert 1.0 <= delay <= 1.5
    assert told(done, f"{status}.*TROUBLE")


def test_a_filter_that_the_server_does_not_know_ends_the_run(tail: Tail, shuriken: FakeShuriken):
    done = tail.start(streams=["svm.token.swaps,mint=So111"]).finish()

    assert done.returncode == 3
    assert "svm.token.swaps takes tokenAddress" in done.stderr
    assert len(shuriken.rest.session.requests) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"<html><body>Please log in</body></html>", "no JSON", id="login page"),
        pytest.param(b"", "no JSON", id="nothing"),
        pytest.param(b"{}", "was answered without .*wsHost", id="an empty object"),
        pytest.param(b"[]", "was answered without .*wsHost", id="a list"),
        pytest.param(b'{"data":null}', "was answered without .*wsHost", id="null"),
        pytest.param(b" " * (LIMIT + 1), "8 MiB", id="too large"),
    ],
)
def test_an_answer_of_no_use_is_told_plainly(
    tail: Tail, shuriken: FakeShuriken, body: bytes, words: str
):
    shuriken.rest.session.answer_next(200, {}, body, times=9)

    done = tail.start().finish()

    assert (done.returncode, done.stdout) == (3, b"")
    assert re.search(words, done.stderr), done.stderr
    assert "/api/v2/ws/session" in done.stderr
    assert shuriken.handshakes == []


def test_an_answer_that_never_comes_is_given_up(tail: Tail, shuriken: FakeShuriken, tmp_path: Path):
    session_request = '  - request: "POST ${server}/api/v2/ws/session"\n'
    copy = changed(tmp_path, session_request, f"{session_request}    within: 300ms\n")
    shuriken.rest.session.hold()

    done = tail.start(profile=copy).finish()

    assert done.returncode == 3
    assert "/api/v2/ws/session" in done.stderr
    assert "no answer within 0.3 s" in done.stderr


def test_a_redirect_is_not_followed(tail: Tail, shuriken: FakeShuriken):
    elsewhere = f"{shuriken.http_url}/elsewhere"
    shuriken.rest.session.answer_next(307, {"Location": elsewhere})

    done = tail.start().finish()

    assert done.returncode == 3
    assert "Redirects are not followed" in done.stderr
    assert [request.path for request in shuriken.requests] == ["/api/v2/ws/session"]


@pytest.mark.parametrize(
    ("elsewhere", "words"),
    [
        ("https://elsewhere.example/auth", "which the profile does not name"),
        ("http://api.shuriken.trade/auth", "in clear text"),
    ],
)
def test_the_key_goes_to_no_other_host_and_never_in_clear_text(
    tail: Tail, shuriken: FakeShuriken, elsewhere: str, words: str
):
    body = session(shuriken, authEndpoint=elsewhere)
    shuriken.rest.session.answer_next(200, {}, body)

    done = tail.start(streams=[SIGNALS]).finish()

    assert done.returncode == 3
    assert words in done.stderr
    assert "nothing was sent" in done.stderr
    assert shuriken.received == []


# ---- the socket ----


def test_nothing_is_said_before_the_connection_is_established(tail: Tail, shuriken: FakeShuriken):
    shuriken.pusher.established_delay = 0.3
    running = tail()

    (client,) = shuriken.clients
    assert client.early == []
    interrupted(running)


def test_the_session_is_asked_for_again_on_every_reconnect(tail: Tail, shuriken: FakeShuriken):
    running = tail("-n2", streams=BOTH)
    shuriken.push(channel(shuriken, SWAPS), swap())
    running.read_line()
    shuriken.move("fresh-key", new_port=True)
    shuriken.drop(4200)
    eventually(lambda: len(shuriken.handshakes) == 2)
    tail.wait_subscribed(running, BOTH)
    shuriken.push(channel(shuriken, SIGNALS), {"n": 2})

    done = running.finish()

    first, second = shuriken.handshakes
    assert first.path == "/app/278d425bdf160c739803"
    assert second.path == "/app/fresh-key"
    assert first.headers["Host"] != second.headers["Host"]
    assert [len(wanted) for wanted in shuriken.rest.sessions] == [2, 2]
    (before, _), (after, _) = shuriken.rest.authorised
    assert before != after, "each socket has an id of its own"
    assert done.lines[1] == line(shuriken, SIGNALS, {"n": 2})
    assert told(done, "not connected for .* missing"), "what was missed cannot be had"


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_in_the_middle_of_a_frame_loses_no_earlier_message(
    tail: Tail, shuriken: FakeShuriken, *, reset: bool
):
    running = tail()
    name = channel(shuriken, SWAPS)
    for number in range(50):
        shuriken.push(name, swap(slot=number))
    shuriken.cut(text_frame('{"event":"update","channel":"x"}')[:20], reset=reset)
    running.wait_stderr("partial")
    done = interrupted(running)

    assert done.lines == [line(shuriken, SWAPS, swap(slot=number)) for number in range(50)]
    (delay,) = delays(done)
    assert 1.0 <= delay <= 1.5


# ---- staying alive ----


def test_after_the_server_s_own_time_of_quiet_a_ping_is_sent(wscli: Runner):
    with FakeShuriken(activity_timeout=1) as fake:
        running = Tail(wscli, fake)()
        quiet_since = time.monotonic()
        (client,) = fake.clients
        assert client.said("pusher:ping") == []
        said = wait_said(client, "pusher:ping")
        waited = time.monotonic() - quiet_since
        interrupted(running)

    assert said == [{"event": "pusher:ping", "data": {}}]
    assert waited >= 0.8


def test_no_more_than_the_profile_s_time_of_quiet_is_waited(
    tail: Tail, shuriken: FakeShuriken, tmp_path: Path
):
    running = tail(profile=keepalive(tmp_path, quiet="300ms", within="5s"))

    (client,) = shuriken.clients  # it was told 120 s
    wait_said(client, "pusher:ping", times=2)
    interrupted(running)
    assert len(shuriken.handshakes) == 1, "its pings are answered"


def test_any_message_counts_as_activity(tail: Tail, shuriken: FakeShuriken, tmp_path: Path):
    running = tail(profile=keepalive(tmp_path, quiet="600ms", within="5s"))
    name = channel(shuriken, SWAPS)
    (client,) = shuriken.clients
    end = time.monotonic() + 1.0

    def busy() -> bool:
        shuriken.push(name, swap())
        return time.monotonic() >= end

    eventually(busy)
    assert client.said("pusher:ping") == []
    wait_said(client, "pusher:ping")
    interrupted(running)


def test_any_message_answers_a_ping(tail: Tail, shuriken: FakeShuriken, tmp_path: Path):
    shuriken.pusher.answers_pings = False
    running = tail(profile=keepalive(tmp_path, quiet="200ms", within="5s"))
    (client,) = shuriken.clients
    for number in (1, 2, 3):  # the next is sent only where the last was answered
        wait_said(client, "pusher:ping", times=number)
        shuriken.push(channel(shuriken, SWAPS), swap())
    interrupted(running)


def test_a_ping_without_an_answer_leads_to_a_new_connection(
    tail: Tail, shuriken: FakeShuriken, tmp_path: Path
):
    running = tail("-n1", profile=keepalive(tmp_path, quiet="200ms", within="200ms"))
    shuriken.silence()
    (dead,) = shuriken.all_clients
    fresh = eventually(lambda: [one for one in shuriken.all_clients[1:] if one.channels])[0]
    shuriken.push(channel(shuriken, SWAPS), swap(), only=fresh)

    done = running.finish()

    assert dead.said("pusher:ping") == [{"event": "pusher:ping", "data": {}}]
    assert done.lines == [line(shuriken, SWAPS, swap())]
    assert told(done, "no answer to our ping within 200 ms; reconnecting in 1")
    assert len(shuriken.rest.session.requests) == 2


def test_the_server_s_ping_is_answered_and_not_printed(tail: Tail, shuriken: FakeShuriken):
    running = tail("-n1")
    shuriken.ping()
    (client,) = shuriken.clients
    assert wait_said(client, "pusher:pong") == [{"event": "pusher:pong", "data": {}}]
    shuriken.push(channel(shuriken, SWAPS), swap())

    assert running.finish().lines == [line(shuriken, SWAPS, swap())]


# ---- usage ----


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        ("svm.token.swap,tokenAddress=a", 'Did you mean "svm.token.swaps"?'),
        ("svm.token.swaps,tokenAddress", "NAME[,key=value…]"),
    ],
)
def test_a_misspelt_stream_is_told_before_anything_is_asked(
    tail: Tail, shuriken: FakeShuriken, stream: str, words: str
):
    done = tail.start(streams=[stream]).finish()

    assert done.returncode == 2
    assert words in done.stderr
    assert shuriken.requests == []


def test_without_a_stream_there_is_nothing_to_follow(tail: Tail, shuriken: FakeShuriken):
    done = tail.start(streams=[], env=ENV).finish()

    assert done.returncode == 2
    assert "--stream" in done.stderr
    assert shuriken.requests == []
