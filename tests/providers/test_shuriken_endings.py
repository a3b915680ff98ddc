"""``wscli tail shuriken`` end to end: what each ending of the socket means, and how long is waited."""

from __future__ import annotations

import time

import pytest

from tests.harness.process import Runner
from tests.harness.waiting import eventually
from tests.providers.fake_shuriken import FakeShuriken
from tests.providers.fake_shuriken_frames import swap
from tests.providers.shuriken_tail import (
    SWAPS,
    Tail,
    channel,
    delays,
    interrupted,
    line,
    told,
)


@pytest.fixture
def tail(wscli: Runner, shuriken: FakeShuriken) -> Tail:
    return Tail(wscli, shuriken)


@pytest.mark.parametrize("early", [False, True], ids=["while streaming", "at once"])
@pytest.mark.parametrize(
    ("code", "exit_code", "words"),
    [
        (4000, 3, "4000 because.*TLS"),
        (4001, 3, "4001 because.*no app"),
        (4009, 4, "4009 because.*not authorised"),
        (4099, 3, "4099 because"),
    ],
)
def test_what_would_not_help_is_not_tried_again(
    tail: Tail, shuriken: FakeShuriken, code: int, exit_code: int, words: str, *, early: bool
):
    if early:
        shuriken.turn_away(code, "because")
        running = tail.start()
    else:
        running = tail()
        shuriken.drop(code, "because")

    done = running.finish()

    assert done.returncode == exit_code
    assert told(done, words), done.stderr
    assert len(shuriken.rest.session.requests) == 1


@pytest.mark.parametrize("code", [4100, 4199, 4300, 4999, 1000, 1011, None])
def test_every_other_close_is_followed_by_a_wait(
    tail: Tail, shuriken: FakeShuriken, code: int | None
):
    running = tail()
    shuriken.drop(code)
    running.wait_stderr("reconnecting")
    done = interrupted(running)

    (delay,) = delays(done)
    assert 1.0 <= delay <= 1.5
    assert "the server closed the connection" in done.stderr


@pytest.mark.parametrize("code", [4200, 4299])
def test_some_closes_are_followed_by_a_new_connection_at_once(
    tail: Tail, shuriken: FakeShuriken, code: int
):
    running = tail("-n1")
    before = time.monotonic()
    shuriken.drop(code, "restarting")
    eventually(lambda: len(shuriken.handshakes) == 2)
    assert shuriken.handshakes[1].at - before < 0.9
    tail.wait_subscribed(running)
    shuriken.push(channel(shuriken, SWAPS), swap())

    done = running.finish()

    assert done.lines == [line(shuriken, SWAPS, swap())]
    assert told(done, f"{code} restarting; reconnecting at once")


@pytest.mark.parametrize("early", [False, True], ids=["while streaming", "at once"])
def test_three_times_in_a_row_is_enough(tail: Tail, shuriken: FakeShuriken, *, early: bool):
    if early:
        shuriken.turn_away(4200, "again", times=9)
        running = tail.start()
    else:
        running = tail()
        for _ in range(3):
            shuriken.drop(4200, "again")
            tail.wait_subscribed(running)
        shuriken.drop(4200, "again")
    running.wait_stderr("reconnecting in")
    done = interrupted(running)

    *at_once, last = delays(done)
    assert at_once == [0.0, 0.0, 0.0]
    assert last >= 4.0, "the wait has grown with every attempt"
    assert len(shuriken.handshakes) == 4


@pytest.mark.parametrize(
    ("failures", "least", "code"), [(0, 2.0, 1011), (1, 5.0, 4100), (2, 9.0, 4300), (3, 9.0, 4100)]
)
def test_the_waits_are_those_that_the_session_recommends(
    tail: Tail, shuriken: FakeShuriken, failures: int, least: float, code: int
):
    shuriken.rest.backoff_ms = [2000, 5000, 9000]
    shuriken.turn_away(4200, times=failures)  # each costs no time, and counts
    running = tail()
    shuriken.drop(code)
    running.wait_stderr("reconnecting in")
    done = interrupted(running)

    *_, delay = delays(done)
    assert least <= delay <= 1.5 * least


def test_the_recommended_waits_hold_while_no_session_can_be_had(tail: Tail, shuriken: FakeShuriken):
    shuriken.rest.backoff_ms = [2000, 7000]
    running = tail()
    shuriken.rest.session.fail_next(503, "TROUBLE")
    shuriken.drop(4200)
    running.wait_stderr("reconnecting in")
    done = interrupted(running)

    *_, delay = delays(done)
    assert 7.0 <= delay <= 10.5


def test_a_handshake_that_is_refused_for_now_is_tried_again_with_a_new_session(
    tail: Tail, shuriken: FakeShuriken
):
    shuriken.reject(503, {"Retry-After": "1"})
    running = tail("-n1")
    shuriken.push(channel(shuriken, SWAPS), swap())

    assert running.finish().returncode == 0
    first, second = shuriken.handshakes
    assert second.at - first.at >= 1.0
    assert len(shuriken.rest.session.requests) == 2
