"""What takes its time is done beside the connection: requests, and reading the user's secrets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any

import pytest

from tests.harness.waiting import eventually
from tests.runtime.playing import JumpingClock, Played, PlayedWire, story
from tests.session.conversation import make_profile, span
from tests.session.recovering import fetch, recovering
from wscli.errors import UsageError
from wscli.model.message import Message, MessageOrigin, Role
from wscli.model.profile import MessageRule, Profile, Reconnect, Split, Step, Then
from wscli.model.record import Ending
from wscli.model.requests import HttpStep, Request
from wscli.model.secret import Secret
from wscli.model.wire import (
    Binary,
    Close,
    Failure,
    FailureKind,
    HttpAnswer,
    HttpRequest,
    Incoming,
    Lost,
)
from wscli.runtime.errands import Errands
from wscli.runtime.fetcher import Fetcher
from wscli.session import events
from wscli.session.target import Overrides
from wscli.transport import http
from wscli.transport.clock import Clock
from wscli.transport.failures import Cancelled, Failed
from wscli.transport.settings import TransportSettings

REQUEST = HttpRequest("GET", "https://demo.test/", "https://demo.test/")
OK = HttpAnswer(200, body=b"{}")
DOWN = Failure(FailureKind.REFUSED, "nobody listens there")

# --- errands -------------------------------------------------------------------------------------


class Chores:
    """Errands whose reports are kept, and whose requests do what ``does`` says."""

    def __init__(self, does: Callable[[HttpRequest], HttpAnswer] = lambda _: OK) -> None:
        self.does = does
        self.cancelled = 0
        self.threads: list[threading.Thread] = []
        self.secrets: Mapping[str, Secret] | Exception = {"key": Secret("s3cret")}
        self.reports: SimpleQueue[events.Event | BaseException] = SimpleQueue()
        self.errands = Errands(self, self.read, self.reports.put)

    def __call__(self, request: HttpRequest) -> HttpAnswer:
        self.threads.append(threading.current_thread())
        return self.does(request)

    def cancel(self) -> None:
        self.cancelled += 1

    def read(self) -> Mapping[str, Secret]:
        if isinstance(self.secrets, Exception):
            raise self.secrets
        return self.secrets

    def report(self) -> events.Event | BaseException:
        return self.reports.get(timeout=10)


def raising(error: BaseException) -> Callable[[HttpRequest], HttpAnswer]:
    def does(_: HttpRequest) -> HttpAnswer:
        raise error

    return does


def test_requests_are_made_one_after_the_other_on_one_thread_of_their_own() -> None:
    chores = Chores()
    for token in (1, 2, 3):
        chores.errands.ask(token, REQUEST)
    assert [chores.report() for _ in range(3)] == [events.HttpAnswered(n, OK) for n in (1, 2, 3)]
    (thread,) = set(chores.threads)
    assert thread is not threading.current_thread()
    assert thread.daemon, "a request that hangs must not keep the program alive"
    chores.errands.close()
    thread.join(10)
    assert not thread.is_alive()


def test_a_request_that_fails_is_an_answer_too() -> None:
    chores = Chores(raising(Failed(DOWN)))
    chores.errands.ask(7, REQUEST)
    assert chores.report() == events.HttpAnswered(7, DOWN)
    chores.errands.close()


def test_secrets_are_read_or_it_is_said_why_not() -> None:
    chores = Chores()
    chores.errands.read_secrets()
    assert chores.report() == events.SecretsRead({"key": Secret("s3cret")})
    for hint in ("Create it.", None):
        chores.secrets = UsageError("there is no such file", hint=hint)
        chores.errands.read_secrets()
        assert chores.report() == events.SecretsFailed("there is no such file", hint or "")
    chores.errands.close()


@pytest.mark.parametrize("bug", [RuntimeError("a bug"), SystemExit(1)])
def test_a_bug_is_reported_as_it_is_and_the_next_errand_is_run(bug: BaseException) -> None:
    chores = Chores(raising(bug))
    chores.errands.ask(1, REQUEST)
    assert chores.report() is bug
    chores.errands.read_secrets()
    assert isinstance(chores.report(), events.SecretsRead)
    chores.errands.close()


def test_without_an_errand_there_is_no_thread_and_nothing_to_end() -> None:
    chores = Chores()
    before = threading.active_count()
    chores.errands.close()
    assert threading.active_count() == before
    assert not chores.cancelled


def test_closing_calls_a_request_off_and_what_becomes_of_it_is_told_to_nobody() -> None:
    began, called_off = threading.Event(), threading.Event()

    def slow(_: HttpRequest) -> HttpAnswer:
        began.set()
        assert called_off.wait(10)
        raise Cancelled

    chores = Chores(slow)
    chores.errands.ask(1, REQUEST)
    chores.errands.ask(2, REQUEST)
    assert began.wait(10)
    chores.errands.close()
    assert chores.cancelled == 1
    called_off.set()
    chores.threads[0].join(10)
    assert not chores.threads[0].is_alive()
    assert len(chores.threads) == 1, "the second one is not made"
    assert chores.reports.empty()


# --- the fetcher ---------------------------------------------------------------------------------


class Requests:
    """In the place of ``transport.http.fetch``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wakers: list[Any] = []
        monkeypatch.setattr(http, "fetch", self)

    def __call__(
        self, request: Any, settings: Any, waker: Any, clock: Any, cancelled: Callable[[], bool]
    ) -> HttpAnswer:
        self.wakers.append(waker)
        while cancelled() is False and request is not REQUEST:
            waker.wait(None, 10)
        if cancelled():
            raise Cancelled
        return OK


def fetcher() -> Fetcher:
    return Fetcher(TransportSettings(), Clock())


def test_one_waker_serves_all_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    requests, fetches = Requests(monkeypatch), fetcher()
    assert [fetches(REQUEST) for _ in range(2)] == [OK, OK]
    assert len(set(map(id, requests.wakers))) == 1
    requests.wakers[0].close()


def test_a_request_under_way_is_called_off_from_another_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests, fetches, cancelled = Requests(monkeypatch), fetcher(), threading.Event()

    def ask() -> None:
        try:
            fetches(HttpRequest("GET", "https://slow.test/", "https://slow.test/"))
        except Cancelled:
            cancelled.set()

    thread = threading.Thread(target=ask)
    thread.start()
    eventually(lambda: bool(requests.wakers), "the request begins")
    fetches.cancel()
    assert cancelled.wait(10)
    thread.join()
    requests.wakers[0].close()


def test_a_request_that_is_called_off_before_it_begins_is_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests, fetches = Requests(monkeypatch), fetcher()
    fetches.cancel()
    with pytest.raises(Cancelled):
        fetches(REQUEST)
    requests.wakers[0].close()
