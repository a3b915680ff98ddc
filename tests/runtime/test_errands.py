"""What takes its time is done beside the connection: requests, and reading the user's secrets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any, TypeAlias

import pytest

from tests.harness.waiting import eventually
from wscli.errors import UsageError
from wscli.model.secret import Secret
from wscli.model.wire import (
    Failure,
    FailureKind,
    HttpAnswer,
    HttpRequest,
)
from wscli.runtime.errands import Errands
from wscli.runtime.fetcher import Fetcher
from wscli.session import events
from wscli.transport import http
from wscli.transport.clock import Clock
from wscli.transport.failures import Cancelled, Failed
from wscli.transport.settings import TransportSettings
from wscli.transport.waker import Waker

REQUEST = HttpRequest("GET", "https://demo.test/", "https://demo.test/")
SLOW = HttpRequest("GET", "https://slow.test/", "https://slow.test/")
OK = HttpAnswer(200, body=b"{}")
DOWN = Failure(FailureKind.REFUSED, "nobody listens there")

# --- errands -------------------------------------------------------------------------------------

Cancelling: TypeAlias = Callable[[], bool]


class Chores:
    """Errands whose reports are kept, and whose requests do what ``does`` says."""

    def __init__(self, does: Callable[[HttpRequest, Cancelling], HttpAnswer]) -> None:
        self.does = does
        self.woken = threading.Event()
        self.threads: list[threading.Thread] = []
        self.secrets: Mapping[str, Secret] | Exception = {"key": Secret("s3cret")}
        self.reports: SimpleQueue[events.Event | BaseException] = SimpleQueue()
        self.errands = Errands(self, self.read, self.reports.put)

    def __call__(self, request: HttpRequest, cancelled: Cancelling = lambda: False) -> HttpAnswer:
        self.threads.append(threading.current_thread())
        return self.does(request, cancelled)

    def wake(self) -> None:
        self.woken.set()

    def read(self) -> Mapping[str, Secret]:
        if isinstance(self.secrets, Exception):
            raise self.secrets
        return self.secrets

    def report(self) -> events.Event | BaseException:
        return self.reports.get(timeout=10)

    def end(self) -> None:
        self.errands.close()
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


def quick(_: HttpRequest, __: Cancelling) -> HttpAnswer:
    return OK


def raising(error: BaseException) -> Callable[[HttpRequest, Cancelling], HttpAnswer]:
    def does(_: HttpRequest, __: Cancelling) -> HttpAnswer:
        raise error

    return does


class Slow:
    """A request to SLOW lasts until it is called off."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.chores = Chores(self)

    def __call__(self, request: HttpRequest, cancelled: Cancelling) -> HttpAnswer:
        if request is not SLOW:
            return OK
        self.began.set()
        while not cancelled():
            assert self.chores.woken.wait(10)
            self.chores.woken.clear()
        raise Cancelled


def test_requests_are_made_one_after_the_other_on_one_thread_of_their_own() -> None:
    chores = Chores(quick)
    for token in (1, 2, 3):
        chores.errands.ask(token, REQUEST)
    assert [chores.report() for _ in range(3)] == [events.HttpAnswered(n, OK) for n in (1, 2, 3)]
    (thread,) = set(chores.threads)
    assert thread is not threading.current_thread()
    assert thread.daemon, "a request that hangs must not keep the program alive"
    chores.end()


def test_a_request_that_fails_is_an_answer_too() -> None:
    chores = Chores(raising(Failed(DOWN)))
    chores.errands.ask(7, REQUEST)
    assert chores.report() == events.HttpAnswered(7, DOWN)
    chores.end()


def test_secrets_are_read_or_it_is_said_why_not() -> None:
    chores = Chores(quick)
    chores.errands.read_secrets()
    assert chores.report() == events.SecretsRead({"key": Secret("s3cret")})
    for hint in ("Create it.", None):
        chores.secrets = UsageError("there is no such file", hint=hint)
        chores.errands.read_secrets()
        assert chores.report() == events.SecretsFailed("there is no such file", hint or "")
    chores.end()


@pytest.mark.parametrize("bug", [RuntimeError("a bug"), SystemExit(1)])
def test_a_bug_is_reported_as_it_is_and_the_next_errand_is_run(bug: BaseException) -> None:
    chores = Chores(raising(bug))
    chores.errands.ask(1, REQUEST)
    assert chores.report() is bug
    chores.errands.read_secrets()
    assert isinstance(chores.report(), events.SecretsRead)
    chores.end()


def test_without_an_errand_there_is_no_thread_and_nothing_to_end() -> None:
    chores = Chores(quick)
    chores.end()
    assert not chores.threads
    assert not chores.woken.is_set()


def test_closing_calls_off_what_is_under_way_and_what_was_to_come() -> None:
    slow = Slow()
    chores = slow.chores
    chores.errands.ask(1, SLOW)
    chores.errands.ask(2, REQUEST)
    chores.errands.read_secrets()
    assert slow.began.wait(10)
    chores.end()
    assert len(chores.threads) == 1, "the second one is not made"
    assert chores.reports.empty()


def test_what_nobody_waits_for_any_more_delays_nothing_and_is_told_to_nobody() -> None:
    slow = Slow()
    chores = slow.chores
    chores.errands.ask(1, SLOW)
    chores.errands.ask(2, REQUEST)
    assert slow.began.wait(10)
    chores.errands.abandon()
    chores.errands.ask(3, REQUEST)
    assert chores.report() == events.HttpAnswered(3, OK)
    chores.end()
    assert chores.reports.empty()
    assert len(chores.threads) == 2, "of those that were abandoned one had begun"


# --- the fetcher ---------------------------------------------------------------------------------


class Requests:
    """In the place of ``transport.http.fetch``: SLOW lasts until it is called off."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wakers: list[Waker] = []
        monkeypatch.setattr(http, "fetch", self)

    def __call__(
        self, request: HttpRequest, settings: Any, waker: Waker, clock: Any, cancelled: Cancelling
    ) -> HttpAnswer:
        self.wakers.append(waker)
        while request is SLOW:
            if cancelled():
                raise Cancelled
            waker.wait(None, 10)
        return OK


def fetcher() -> Fetcher:
    return Fetcher(TransportSettings(), Clock())


def test_one_waker_serves_all_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    requests, fetches = Requests(monkeypatch), fetcher()
    fetches.wake()
    assert [fetches(REQUEST) for _ in range(2)] == [OK, OK]
    assert len(set(map(id, requests.wakers))) == 1
    requests.wakers[0].close()


def test_a_request_under_way_is_called_off_from_another_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests, fetches = Requests(monkeypatch), fetcher()
    off, ended = threading.Event(), threading.Event()

    def ask() -> None:
        with pytest.raises(Cancelled):
            fetches(SLOW, off.is_set)
        ended.set()

    thread = threading.Thread(target=ask)
    thread.start()
    eventually(lambda: requests.wakers, what="the request to begin")
    off.set()
    fetches.wake()
    assert ended.wait(5), "without the wake it would take ten seconds"
    thread.join()
    requests.wakers[0].close()
