"""Waiting for sockets, and being interrupted."""

from __future__ import annotations

import os
import resource
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.opening import PATIENCE
from wscli.transport.clock import Clock
from wscli.transport.waker import READABLE, WRITABLE, Waker


@pytest.fixture
def waker() -> Iterator[Waker]:
    made = Waker()
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Pair = tuple[socket.socket, socket.socket]


def test_tells_whether_the_socket_is_readable(waker: Waker, pair: Pair) -> None:
    ours, theirs = pair
    assert not waker.wait(ours, 0)
    theirs.send(b"x")
    assert waker.wait(ours, PATIENCE)


def test_a_wake_from_another_thread_ends_the_wait(waker: Waker, pair: Pair) -> None:
    started = time.monotonic()
    thread = threading.Thread(target=waker.wake)
    thread.start()
    assert not waker.wait(pair[0], PATIENCE)
    thread.join(PATIENCE)
    assert time.monotonic() - started < PATIENCE / 2


def test_a_wake_before_the_wait_ends_it_once(waker: Waker) -> None:
    waker.wake()
    waker.wake()
    started = time.monotonic()
    assert not waker.wait(None, PATIENCE)
    assert time.monotonic() - started < PATIENCE / 2
    started = time.monotonic()
    assert not waker.wait(None, 0.02)
    assert time.monotonic() - started >= 0.02


def test_a_wake_that_another_kind_of_wait_took_still_ends_the_next_wait(waker: Waker) -> None:
    waker.wake()
    assert waker.select({}, PATIENCE) == []
    started = time.monotonic()
    assert not waker.wait(None, PATIENCE)
    assert time.monotonic() - started < PATIENCE / 2


def test_a_wake_does_not_hide_that_the_socket_is_readable(waker: Waker, pair: Pair) -> None:
    ours, theirs = pair
    theirs.send(b"x")
    waker.wake()
    assert waker.wait(ours, PATIENCE)


def test_several_sockets_are_waited_for_at_once(waker: Waker, pair: Pair) -> None:
    ours, theirs = pair
    assert waker.select({ours: READABLE, theirs: READABLE | WRITABLE}, PATIENCE) == [theirs]


def test_waking_never_blocks_and_never_raises(waker: Waker) -> None:
    for _ in range(10_000):
        waker.wake()
    assert not waker.wait(None, PATIENCE)
    waker.close()
    waker.wake()


def test_works_with_file_numbers_that_select_cannot_hold(waker: Waker, pair: Pair) -> None:
    ours, theirs = pair
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    try:
        with socket.socket(fileno=os.dup2(ours.fileno(), 1500)) as high:
            theirs.send(b"x")
            assert waker.wait(high, PATIENCE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_clock_goes_forward_and_knows_the_date() -> None:
    clock = Clock()
    first, second = clock.now(), clock.now()
    assert first.monotonic <= second.monotonic
    assert abs(second.wall - time.time()) < 60


@pytest.mark.parametrize(
    "missing", [(), ("CLOCK_BOOTTIME",), ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC")]
)
def test_the_clock_makes_do_with_what_the_system_has(
    missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in missing:
        monkeypatch.delattr(time, name, raising=False)
    clock = Clock()
    assert clock.now().monotonic <= clock.now().monotonic
