"""``wscli tail nexgent`` end to end, against a server written from Nexgent's protocol sheet: how it
gets in, is refused, and comes back. What it shows then is in test_nexgent_stream.py.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.process import Runner
from tests.harness.profiles import bundled, shortened
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.providers.fake_nexgent import (
    EMAIL,
    FOREIGN_AGENT,
    PASSWORD,
    REPLACED,
    SHUT_DOWN,
    TIMED_OUT,
    FakeNexgent,
)
from tests.providers.fake_nexgent_frames import AGENT, position
from tests.providers.nexgent_tail import FASTER, LOGIN, LONG, Tail, assert_plain, given, interrupted

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def tail(wscli: Runner, nexgent: FakeNexgent) -> Tail:
    return Tail(wscli, nexgent)


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """The profile with its waiting times made short."""
    return shortened(bundled("nexgent"), tmp_path, FASTER)


# ---- connecting ----


def test_the_token_goes_into_the_query_and_nowhere_else(tail: Tail, nexgent: FakeNexgent):
    token = nexgent.accounts.access_token(EMAIL)

    done = interrupted(tail("-v", env=given(token=token)))

    (handshake,) = nexgent.handshakes
    assert handshake.path == "/ws"
    assert handshake.query == {"token": token, "agentId": AGENT}
    assert not any(token in text for text in handshake.headers.values())
    assert "Authorization" not in handshake.headers
    assert nexgent.requests == []
    assert token not in done.stderr
    assert f"/ws?token=***&agentId={AGENT}" in done.stderr


def test_an_email_and_a_password_are_changed_for_a_token_before_the_connection(
    tail: Tail, nexgent: FakeNexgent
):
    done = interrupted(tail("-v", env=LOGIN))

    (request,), (handshake,) = nexgent.requests, nexgent.handshakes
    assert (request.method, request.target) == ("POST", "/api/v1/auth/login")
    assert request.headers.get_content_type() == "application/json"
    assert json.loads(request.body) == {"email": EMAIL, "password": PASSWORD}
    assert set(handshake.query) == {"token", "agentId"}
    user = nexgent.accounts.user_of(handshake.query["token"])
    assert user is not None
    assert user.email == EMAIL
    assert handshake.query["token"] not in done.stderr
    assert_plain(done)


def test_a_token_is_used_where_there_is_one_and_nobody_logs_in(tail: Tail, nexgent: FakeNexgent):
    token = nexgent.accounts.access_token(EMAIL)

    interrupted(tail(env={**LOGIN, **given(token=token)}))

    assert nexgent.requests == []
    assert nexgent.handshakes[0].query["token"] == token


def test_secrets_may_come_from_files_and_commands(tail: Tail, nexgent: FakeNexgent, tmp_path: Path):
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    password.chmod(0o600)

    done = interrupted(tail("--email-cmd", f"echo {EMAIL}", "--password-file", password, env={}))

    assert json.loads(nexgent.requests[0].body) == {"email": EMAIL, "password": PASSWORD}
    assert_plain(done)


@pytest.mark.parametrize("form", ["{ws}", "{ws}/", "{http}", "{http}/"])
def test_a_server_may_be_written_as_ws_or_http_with_or_without_a_slash(
    tail: Tail, nexgent: FakeNexgent, form: str
):
    interrupted(tail(server=form.format(ws=nexgent.url, http=nexgent.http_url), env=LOGIN))

    assert nexgent.requests[0].path == "/api/v1/auth/login"
    assert nexgent.handshakes[0].path == "/ws"


def test_a_url_moves_the_login_with_the_stream(wscli: Runner, nexgent: FakeNexgent):
    environment = {**LOGIN, "NEXGENT_AGENT": AGENT}
    running = wscli.start("tail", "nexgent", "--url", nexgent.url, env=environment)
    nexgent.wait_connected()
    interrupted(running)

    assert len(nexgent.requests) == len(nexgent.handshakes) == 1
    assert nexgent.handshakes[0].query["agentId"] == AGENT


def test_without_a_server_the_one_of_this_machine_is_meant(wscli: Runner):
    assert b"[default: ws://localhost:4000]" in wscli.run("tail", "nexgent", "--help").stdout


def test_both_the_login_and_the_stream_go_over_tls(wscli: Runner, authority: Authority):
    with FakeNexgent(tls=authority.server_context()) as fake:
        fake.book.put(AGENT, [position()])
        running = Tail(wscli, fake)("--cacert", authority.pem, "-n1", env=LOGIN)
        done = running.finish()

        assert (done.returncode, len(done.lines)) == (0, 1)
        assert len(fake.requests) == len(fake.handshakes) == 1


def test_an_unknown_authority_is_named_before_the_password_is_sent(
    wscli: Runner, authority: Authority
):
    with FakeNexgent(tls=authority.server_context()) as fake:
        done = Tail(wscli, fake).start(env=LOGIN).finish()

        assert done.returncode == 3
        assert "certificate" in done.stderr
        assert (fake.requests, fake.handshakes) == ([], [])


@pytest.mark.parametrize("secrets", [given(token="my-token"), LOGIN], ids=["token", "login"])
def test_no_secret_leaves_this_machine_in_clear_text(tail: Tail, secrets: dict[str, str]):
    done = tail.start(server="ws://192.0.2.1:4000", env=secrets).finish()

    assert done.returncode == 3
    assert "clear text, so nothing was sent" in done.stderr
    assert "my-token" not in done.stderr
    assert_plain(done)


@pytest.mark.parametrize(
    ("secrets", "agent", "said"),
    [
        ({}, AGENT, "needs --token (or --email)"),
        (given(email=EMAIL), AGENT, "needs --password where --email is given"),
        (given(password=PASSWORD), AGENT, "needs --token (or --email)"),
        (given(token="my-token"), None, "needs --agent. Give --agent VALUE or set NEXGENT_AGENT"),
    ],
    ids=["no secret", "no password", "a password alone", "no agent"],
)
def test_what_is_missing_is_named_before_anything_is_sent(
    wscli: Runner, nexgent: FakeNexgent, secrets: dict[str, str], agent: str | None, said: str
):
    wanted = [] if agent is None else ["--agent", agent]
    done = wscli.run("tail", "nexgent", "--server", nexgent.url, *wanted, env=secrets)

    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (nexgent.requests, nexgent.handshakes) == ([], [])
    assert_plain(done)


# ---- refusals ----


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("status", "401 Unauthorized instead of switching to WebSocket: Invalid or expired token."),
        ("close", "1008 Authentication failed."),
    ],
)
def test_a_bad_token_is_refused_once(tail: Tail, nexgent: FakeNexgent, by: str, said: str):
    nexgent.refuses_by = by  # type: ignore[assignment]  # one of the two

    done = tail.start(env=given(token="no-good")).finish()

    assert (done.returncode, done.stdout) == (4, b"")
    assert f"{said} Give a fresh token, or check the e-mail and the password." in done.stderr
    assert len(nexgent.handshakes) == 1
    assert "no-good" not in done.stderr
    assert_plain(done)


def test_a_wrong_password_is_refused_once(tail: Tail, nexgent: FakeNexgent):
    done = tail.start(env=given(email=EMAIL, password="wrong-one")).finish()

    assert (done.returncode, done.stdout) == (4, b"")
    assert "/api/v1/auth/login was answered with 401 Unauthorized" in done.stderr
    assert "Invalid email or password" in done.stderr
    assert "check the e-mail and the password" in done.stderr
    assert "wrong-one" not in done.stderr
    assert (len(nexgent.requests), nexgent.handshakes) == (1, [])
    assert_plain(done)


@pytest.mark.parametrize("by", ["status", "close"])
def test_somebody_else_s_agent_is_named_and_not_asked_for_again(
    tail: Tail, nexgent: FakeNexgent, by: str
):
    nexgent.refuses_by = by  # type: ignore[assignment]  # one of the two

    done = tail.start(agent=FOREIGN_AGENT).finish()

    assert (done.returncode, done.stdout) == (3, b"")
    assert "error: Agent not found or access denied" in done.stderr
    assert "1008 Agent not found. There is no such agent" in done.stderr
    assert len(nexgent.handshakes) == 1


def test_a_second_client_takes_over_and_the_first_does_not_fight_for_its_place(
    tail: Tail, nexgent: FakeNexgent
):
    first = tail()
    second = tail()

    done = first.finish()
    sent = nexgent.close_position("pos-1")

    assert done.returncode == 3
    assert "1000 New connection established. Another client connected as this agent" in done.stderr
    assert second.read_line().startswith(b'{"type":"initial_data"')
    assert second.read_line() == sent
    assert len(nexgent.handshakes) == 2


@pytest.mark.parametrize(
    ("code", "reason", "exit_code", "said"),
    [
        (1008, "Missing authentication", 4, "A token and an agent are needed."),
        (1008, "Agent not found", 3, "There is no such agent"),
        (1008, "Policy violation", 4, "1008 Policy violation"),
        (*REPLACED, 3, "Another client connected as this agent and took over."),
    ],
)
def test_these_closes_end_the_run(
    tail: Tail,
    nexgent: FakeNexgent,
    impatient: Path,
    *,
    code: int,
    reason: str,
    exit_code: int,
    said: str,
):
    running = tail(profile=impatient)
    nexgent.drop(code, reason)

    done = running.finish()

    assert done.returncode == exit_code
    assert said in done.stderr
    assert len(nexgent.handshakes) == 1


# ---- reconnecting ----


@pytest.mark.parametrize(
    ("lose", "said"),
    [
        (lambda fake: fake.drop(*TIMED_OUT), "1000 Connection timeout; reconnecting in "),
        (lambda fake: fake.drop(*SHUT_DOWN), "1000 Server shutdown; reconnecting in "),
        (lambda fake: fake.drop(1000), "1000; reconnecting in "),
        (lambda fake: fake.drop(1011, "boom"), "1011 boom; reconnecting in "),
        (lambda fake: fake.cut(), "the connection was lost"),
    ],
    ids=["timeout", "shutdown", "1000", "1011", "1006"],
)
def test_every_other_end_is_followed_by_a_new_connection_and_the_whole_state(
    tail: Tail,
    nexgent: FakeNexgent,
    impatient: Path,
    lose: Callable[[FakeNexgent], None],
    said: str,
):
    running = tail(profile=impatient)
    assert json.loads(running.read_line())["data"]["positions"] == []

    nexgent.book.put(AGENT, [position("pos-7")])
    lose(nexgent)

    (again,) = json.loads(running.read_line())["data"]["positions"]
    assert again["id"] == "pos-7"
    done = interrupted(running)
    assert said in done.stderr
    assert re.search(r"not connected for .*; what was sent meanwhile is missing", done.stderr)
    assert "1 reconnect, 1 gap" in done.stderr
    assert len(nexgent.handshakes) == 2


def test_each_connection_has_a_fresh_token_where_there_is_a_login(
    tail: Tail, nexgent: FakeNexgent, impatient: Path
):
    running = tail(profile=impatient, env=LOGIN)
    nexgent.accounts.expire_access_tokens()
    nexgent.drop(*SHUT_DOWN)

    running.read_line()
    assert running.read_line().startswith(b'{"type":"initial_data"')

    first, second = (handshake.query["token"] for handshake in nexgent.handshakes)
    assert first != second
    assert len(nexgent.requests) == 2


def test_each_connection_has_a_fresh_token_where_a_command_prints_it(
    tail: Tail, nexgent: FakeNexgent, impatient: Path, tmp_path: Path
):
    kept = tmp_path / "token"
    kept.write_text(nexgent.accounts.access_token(EMAIL))
    running = tail("--token-cmd", f"cat {kept}", profile=impatient, env={})

    kept.write_text(fresh := nexgent.accounts.access_token(EMAIL))
    nexgent.drop(*SHUT_DOWN)

    running.read_line()
    assert running.read_line().startswith(b'{"type":"initial_data"')
    assert nexgent.handshakes[1].query["token"] == fresh


@pytest.mark.parametrize("by", ["status", "close"])
def test_a_token_that_is_not_accepted_any_more_is_renewed_once(
    tail: Tail, nexgent: FakeNexgent, impatient: Path, by: str
):
    running = tail(profile=impatient, env=LOGIN)
    if by == "status":
        nexgent.refuse_handshakes(401, {}, b"Invalid or expired token")
        nexgent.drop(*SHUT_DOWN)
        connections, said = 3, "401 Unauthorized"
    else:
        nexgent.drop(1008, "Authentication failed")
        connections, said = 2, "1008 Authentication failed"

    running.read_line()
    assert running.read_line().startswith(b'{"type":"initial_data"')

    assert len(nexgent.requests) == len(nexgent.handshakes) == connections
    assert said in interrupted(running).stderr


def test_a_renewal_does_not_wait(tail: Tail, nexgent: FakeNexgent):
    running = tail(env=LOGIN)  # with the profile's own five seconds
    nexgent.drop(1008, "Authentication failed")

    eventually(lambda: len(nexgent.handshakes) == 2, 4, what="a handshake at once")
    interrupted(running)


@pytest.mark.parametrize("by", ["status", "close"])
def test_a_token_that_cannot_be_renewed_ends_the_run(
    tail: Tail, nexgent: FakeNexgent, impatient: Path, by: str
):
    nexgent.refuses_by = by  # type: ignore[assignment]  # one of the two
    running = tail(profile=impatient)
    nexgent.accounts.expire_access_tokens()
    nexgent.drop(*SHUT_DOWN)

    done = running.finish()

    assert done.returncode == 4
    assert "Give a fresh token" in done.stderr
    assert len(nexgent.handshakes) == 3  # the good one, the refused one, and once more


def test_a_password_that_is_not_accepted_any_more_ends_the_run(
    tail: Tail, nexgent: FakeNexgent, impatient: Path
):
    running = tail(profile=impatient, env=LOGIN)
    nexgent.accounts.add(EMAIL, "another password", AGENT)
    nexgent.drop(*SHUT_DOWN)

    done = running.finish()

    assert done.returncode == 4
    assert "Invalid email or password" in done.stderr
    assert (len(nexgent.requests), len(nexgent.handshakes)) == (3, 1)
    assert_plain(done)


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (429, {"Retry-After": "1"}, "429 Too Many Requests"),
        (503, {}, "503 Service Unavailable"),
    ],
)
def test_a_login_that_is_not_possible_now_is_tried_again(
    tail: Tail,
    nexgent: FakeNexgent,
    impatient: Path,
    *,
    status: int,
    headers: dict[str, str],
    said: str,
):
    nexgent.answer_http(status, headers, b"later")
    running = tail("-n1", profile=impatient, env=LOGIN)

    done = running.finish()

    assert done.returncode == 0
    assert f"was answered with {said}: later; reconnecting in " in done.stderr
    first, second = nexgent.requests
    assert second.at - first.at >= (1.0 if headers else 5 / FASTER)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((404, JSON, b'{"error":"Not found"}'), "404 Not Found"),
        (
            (302, {"Location": "https://elsewhere.example/"}, b""),
            "302 Found, which leads to https://elsewhere.example. Redirects are not followed",
        ),
        ((200, {"Content-Type": "text/html"}, b"<h1>Please log in</h1>"), "no JSON"),
        ((200, JSON, b'{"user":{}}'), "/api/v1/auth/login was answered without .accessToken"),
        ((200, JSON, b"[]"), "/api/v1/auth/login was answered without .accessToken"),
    ],
    ids=["404", "redirect", "a page", "no token", "a list"],
)
def test_a_login_of_no_use_is_told_in_words_and_not_repeated(
    tail: Tail, nexgent: FakeNexgent, answer: tuple[int, dict[str, str], bytes], said: str
):
    nexgent.answer_http(*answer)

    done = tail.start(env=LOGIN).finish()

    assert done.returncode == 3
    assert said in done.stderr
    assert (len(nexgent.requests), nexgent.handshakes) == (1, [])
    assert_plain(done)


def test_a_login_that_hangs_can_be_interrupted(tail: Tail, nexgent: FakeNexgent):
    nexgent.http_delay = LONG
    running = tail.start(env=LOGIN)
    eventually(lambda: nexgent.requests)
    begun = time.monotonic()

    done = interrupted(running)

    assert done.returncode == 130
    assert time.monotonic() - begun < 3
    assert_plain(done)


def test_the_waits_grow_by_half_up_to_a_minute(tail: Tail, nexgent: FakeNexgent, tmp_path: Path):
    faster = 250
    nexgent.refuse_handshakes(502, times=9)
    profile = shortened(bundled("nexgent"), tmp_path, faster)

    said = interrupted(tail(profile=profile)).stderr

    waits = [int(text) * faster / 1000 for text in re.findall(r"reconnecting in (\d+) ms", said)]
    assert len(waits) == 9
    for count, wait in enumerate(waits):
        least = min(5 * 1.5**count, 60)
        assert 0.97 * least - 0.25 <= wait <= 1.5 * least + 0.5  # drawn; said in whole ms
