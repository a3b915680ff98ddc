"""Names, addresses and TCP: what goes wrong before a byte is exchanged."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.faults.opening import PATIENCE, at_the_second_look, attempting, never
from tests.faults.raw_server import black_hole, closed_port, raw_server, wait_for_the_end
from wscli.model.wire import Failure, FailureKind
from wscli.transport.dial import _interleaved, _most_telling, _outcome, _race, dial
from wscli.transport.failures import Cancelled, Failed, kind_and_words
from wscli.transport.names import Address

SYSTEM = socket.getaddrinfo


def failure(host: str, port: int, seconds: float = PATIENCE) -> Failure:
    with attempting(f"{host}:{port}", seconds) as attempt, pytest.raises(Failed) as caught:
        dial(host, port, attempt)
    return caught.value.failure


def only_names(answer: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``answer`` resolve names; addresses are left to the system."""

    def getaddrinfo(host: str, port: int, *, type: int, flags: int = 0) -> Any:  # noqa: A002 - as the original
        if flags & socket.AI_NUMERICHOST:
            return SYSTEM(host, port, type=type, flags=flags)
        return answer()

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def found(*addresses: tuple[str, int]) -> list[tuple[Any, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]


def raising(error: Exception) -> Callable[[], Any]:
    def answer() -> Any:
        raise error

    return answer


@contextmanager
def silent_name_server(
    monkeypatch: pytest.MonkeyPatch, asked: Callable[[], None]
) -> Iterator[None]:
    """A name server that never answers, until the test is over."""
    over, gone = threading.Event(), threading.Event()

    def answer() -> Any:
        asked()
        over.wait(PATIENCE)
        gone.set()
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    only_names(answer, monkeypatch)
    try:
        yield
    finally:
        over.set()
        assert gone.wait(PATIENCE)


def test_gives_a_connected_socket_that_does_not_block() -> None:
    with (
        raw_server(wait_for_the_end) as port,
        attempting() as attempt,
        dial("127.0.0.1", port, attempt) as sock,
    ):
        assert sock.getpeername() == ("127.0.0.1", port)
        assert sock.gettimeout() == 0
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_name_is_resolved() -> None:
    with (
        raw_server(wait_for_the_end) as port,
        attempting() as attempt,
        dial("localhost", port, attempt) as sock,
    ):
        assert sock.getpeername()[1] == port


def test_an_address_that_was_given_is_used_instead_of_asking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_names(raising(AssertionError("nobody asks")), monkeypatch)
    with raw_server(wait_for_the_end) as port, attempting() as attempt:
        resolve = {("api.example", port): ("127.0.0.1",)}
        with dial("API.example", port, attempt, resolve=resolve) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)


def test_of_several_given_addresses_the_first_that_answers_is_used() -> None:
    with raw_server(wait_for_the_end) as port, attempting() as attempt:
        resolve = {("*", port): ("127.0.0.2", "::1", "127.0.0.1")}
        with dial("api.example", port, attempt, resolve=resolve, stagger=PATIENCE) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)


def test_refused_is_said_with_host_and_port() -> None:
    port = closed_port()
    assert failure("127.0.0.1", port) == Failure(
        FailureKind.REFUSED, f"cannot connect to 127.0.0.1:{port}: connection refused"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no"), "the host name has no address"),
        (socket.gaierror(socket.EAI_AGAIN, "no"), "no name server answered"),
        (socket.gaierror(socket.EAI_FAIL, "boom"), "the host name could not be resolved ([Errno"),
        (OSError(errno.EMFILE, "Too many"), "the host name could not be resolved ([Errno"),
        (UnicodeError("label too long"), "the host name could not be resolved (label too long)"),
    ],
)
def test_a_name_without_an_address_is_said(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_names(raising(error), monkeypatch)
    found = failure("no.example", 80)
    assert found.kind is FailureKind.NAME
    assert found.text.startswith(f"cannot connect to no.example:80: {words}")
    assert found.retry


def test_a_name_server_that_never_answers_takes_no_longer_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with silent_name_server(monkeypatch, asked=lambda: None):
        assert failure("slow.example", 80, seconds=0.2) == Failure(
            FailureKind.TIMEOUT,
            "cannot connect to slow.example:80: its name was not resolved within 0.2 s",
        )


def test_a_server_that_drops_syns_takes_no_longer_than_allowed() -> None:
    with black_hole() as port:
        assert failure("127.0.0.1", port, seconds=0.2) == Failure(
            FailureKind.TIMEOUT,
            f"cannot connect to 127.0.0.1:{port}: no TCP connection within 0.2 s",
        )


def test_time_that_is_up_is_up_before_the_first_wait() -> None:
    with black_hole() as port:
        assert failure("127.0.0.1", port, seconds=0).kind is FailureKind.TIMEOUT


def test_a_dead_first_address_does_not_stop_the_second() -> None:
    with black_hole("127.0.0.2") as dead, raw_server(wait_for_the_end) as port:
        addresses = deque(
            [
                Address(socket.AF_INET, ("127.0.0.2", dead)),
                Address(socket.AF_INET, ("127.0.0.1", port)),
            ]
        )
        with attempting() as attempt, _race(addresses, attempt, 0.02) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)


def test_a_slow_first_address_can_still_win(monkeypatch: pytest.MonkeyPatch) -> None:
    with black_hole("127.0.0.2") as dead, raw_server(wait_for_the_end) as port:
        only_names(lambda: found(("127.0.0.1", port), ("127.0.0.2", dead)), monkeypatch)
        with attempting() as attempt, dial("two.example", 80, attempt, stagger=0) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)


def test_the_next_address_does_not_wait_for_one_that_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = time.monotonic()
    with raw_server(wait_for_the_end) as port:
        only_names(lambda: found(("127.0.0.1", closed_port()), ("127.0.0.1", port)), monkeypatch)
        with attempting() as attempt, dial("two.example", 80, attempt, stagger=PATIENCE) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)
    assert time.monotonic() - started < PATIENCE / 2


def test_an_address_that_fails_at_once_does_not_stop_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with raw_server(wait_for_the_end) as port:
        nowhere = ("255.255.255.255", 1)  # TCP has no broadcast
        only_names(lambda: found(nowhere, ("127.0.0.1", port)), monkeypatch)
        with attempting() as attempt, dial("two.example", 80, attempt, stagger=PATIENCE) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)


def test_calling_off_ends_the_wait_for_a_name_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    called_off = threading.Event()
    with attempting(cancelled=called_off.is_set) as attempt:

        def call_off() -> None:
            called_off.set()
            attempt.patience.waker.wake()

        started = time.monotonic()
        with silent_name_server(monkeypatch, asked=call_off), pytest.raises(Cancelled):
            dial("slow.example", 80, attempt)
        assert time.monotonic() - started < PATIENCE / 2


def test_calling_off_ends_the_wait_for_tcp_at_once() -> None:
    started = time.monotonic()
    with black_hole() as port, attempting(cancelled=at_the_second_look()) as attempt:
        attempt.patience.waker.wake()
        with pytest.raises(Cancelled):
            dial("127.0.0.1", port, attempt)
    assert time.monotonic() - started < PATIENCE / 2


def test_a_wake_that_calls_nothing_off_changes_nothing() -> None:
    with raw_server(wait_for_the_end) as port, attempting(cancelled=never) as attempt:
        attempt.patience.waker.wake()
        with dial("127.0.0.1", port, attempt) as sock:
            assert sock.getpeername()[1] == port


def test_address_families_take_turns_beginning_with_the_preferred_one() -> None:
    def addresses(*families: int) -> list[Address]:
        return [Address(family, (str(place), 80)) for place, family in enumerate(families)]

    v6, v4 = socket.AF_INET6, socket.AF_INET
    order = [address.sockaddr[0] for address in _interleaved(addresses(v6, v6, v6, v4, v4))]
    assert order == ["0", "3", "1", "4", "2"]
    order = [address.sockaddr[0] for address in _interleaved(addresses(v4, v4, v6))]
    assert order == ["0", "2", "1"]


def test_a_host_that_refused_says_more_than_a_network_that_is_missing() -> None:
    missing, refused = OSError(errno.ENETUNREACH, "x"), OSError(errno.ECONNREFUSED, "x")
    assert _most_telling([missing, refused])[0] is FailureKind.REFUSED
    assert _most_telling([missing, missing]) == (
        FailureKind.UNREACHABLE,
        "the network cannot be reached",
    )


def test_a_socket_that_the_kernel_connected_to_itself_counts_as_refused() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.connect(sock.getsockname())
        outcome = _outcome(sock)
        assert outcome is not None
        assert outcome.errno == errno.ECONNREFUSED


def test_a_socket_that_is_not_connected_after_all_has_failed() -> None:
    with socket.socket() as sock:
        outcome = _outcome(sock)
        assert outcome is not None
        assert kind_and_words(outcome) == (FailureKind.LOST, "the connection was reset")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            ConnectionResetError(errno.ECONNRESET, "x"),
            (FailureKind.LOST, "the connection was reset"),
        ),
        (OSError(errno.EHOSTUNREACH, "x"), (FailureKind.UNREACHABLE, "no route to the host")),
        (OSError(errno.EMFILE, "x"), (FailureKind.UNREACHABLE, "too many open files")),
        (OSError("Something"), (FailureKind.UNREACHABLE, "something")),
    ],
)
def test_errors_of_the_network_have_their_words(
    error: OSError, expected: tuple[FailureKind, str]
) -> None:
    assert kind_and_words(error) == expected
