"""What takes its time is done beside the connection: requests, and reading the user's secrets."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from typing import Any, TypeAlias

import pytest

from tests.harness.waiting import eventually
from tests.runtime.playing import JumpingClock, JumpingWaker, Played, PlayedWire, story
from tests.session.conversation import make_profile, span
from tests.session.recovering import fetch, recovering
from wscli.errors import UsageError
from wscli.model.message import Message, Role
from wscli.model.options import Option
from wscli.model.profile import MessageRule, Profile, Reconnect, Split, Step, Then
from wscli.model.record import Batch, Ending
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
from wscli.runtime.errands import Errands, ReadSecrets
from wscli.runtime.fetcher import Fetcher
from wscli.session import commands, events
from wscli.session.target import Overrides
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


# --- a worker that has errands run ---------------------------------------------------------------


class Bell(JumpingWaker):
    """Waits for a real wake where the worker has no time set, as there are real threads here."""

    def __init__(self, clock: JumpingClock) -> None:
        super().__init__(clock)
        self._rung = threading.Semaphore(0)

    def wake(self) -> None:
        self._rung.release()

    def wait(self, sock: object, timeout: float | None) -> bool:
        if timeout is None:
            assert self._rung.acquire(timeout=10), "nobody has woken the worker"
            return False
        return super().wait(sock, timeout)


class PatientWire(PlayedWire):
    """Where the script says None it waits for an errand."""

    def __init__(self, clock: JumpingClock, bell: Bell, script: Script) -> None:
        super().__init__(clock, [])
        self._bell = bell
        self._entries = deque(script)

    def receive(self, timeout: float | None) -> list[Incoming]:
        entry = self._entries.popleft()
        if entry is None:
            self._bell.wait(None, None)
            return []
        self.taken += 1
        return entry


Script: TypeAlias = list[list[Incoming] | None]


class Running(Played):
    """``scripts``: one for each connection. ``answers``: JSON, for one request each."""

    def __init__(
        self,
        profile: Profile,
        *scripts: Script | Exception,
        answers: Sequence[Any] = (),
        overrides: Overrides | None = None,
        read_secrets: ReadSecrets | None = None,
    ) -> None:
        super().__init__(profile, [], overrides, read_secrets=read_secrets)
        self.bell = Bell(self.clock)
        self.worker._waker = self.bell  # type: ignore[assignment]  # plays one
        self.fetch.answers.extend(
            answer if isinstance(answer, Exception) else HttpAnswer(200, body=frame(answer))
            for answer in answers
        )
        self._opens.extend(
            script if isinstance(script, Exception) else self.opening(script) for script in scripts
        )

    def opening(self, script: Script) -> Callable[[JumpingClock], PlayedWire]:
        return lambda clock: PatientWire(clock, self.bell, script)


def frame(value: Any) -> bytes:
    return json.dumps(value).encode()


def trade(number: int) -> bytes:
    return frame({"type": "trade", "id": number})


WELCOME = frame({"type": "welcome"})
ONCE = Overrides(max_reconnects=0)


def trades(batches: list[Batch]) -> list[Any]:
    items = [item for batch in batches for item in batch.items]
    return [
        item.value["id"] for item in items if isinstance(item, Message) and item.name == "trade"
    ]


def test_secrets_are_read_and_requests_made_before_the_connection_is_opened() -> None:
    login = HttpStep(
        Request("POST", "https://demo.test/login", json={"key": "${key}"}),
        capture={"token": ".token"},
        secret=("token",),
    )
    profile = make_profile(
        options=(Option("key", secret=True),),
        bootstrap=(login,),
        session=(Step(send={"token": "${token}"}),),
    )
    running = Running(
        profile,
        [[Close(1000)]],
        answers=[{"token": "t0ken"}],
        overrides=ONCE,
        read_secrets=lambda: {"key": Secret("s3cret")},
    )
    batches = running.run()
    assert running.fetch.requests[0].body == b'{"key":"s3cret"}'
    assert running.wires[0].sent == [{"token": "t0ken"}]
    assert story(batches) == ["step", "connecting", "connected", "ready"]
    assert "s3cret" not in repr(batches)
    assert "t0ken" not in repr(batches)


def test_secrets_that_cannot_be_read_end_the_run() -> None:
    def fails() -> Mapping[str, Secret]:
        raise UsageError("there is no such file", hint="Create it.")

    running = Running(make_profile(), read_secrets=fails)
    assert running.run()[-1].ending == Ending(2, "there is no such file", "Create it.")


def test_a_request_that_fails_before_the_first_connection_ends_the_run() -> None:
    profile = make_profile(bootstrap=(HttpStep(Request("GET", "https://demo.test/")),))
    ending = Running(profile, answers=[Failed(DOWN)]).run()[-1].ending
    assert ending is not None
    assert (ending.exit_code, ending.text) == (
        3,
        "GET https://demo.test/: nobody listens there",
    )


def test_a_bug_in_an_errand_reaches_the_main_thread() -> None:
    profile = make_profile(bootstrap=(HttpStep(Request("GET", "https://demo.test/")),))
    running = Running(profile, answers=[RuntimeError("a bug")])
    assert running.run()[-1].ending == Ending(1, "the connection's thread failed")
    assert isinstance(running.worker.error, RuntimeError)


def test_a_bug_in_an_errand_gives_the_socket_back() -> None:
    running = Running(
        recovering(reconnect=Reconnect(backoff=(span(1),))),
        [[WELCOME, trade(1)], [Lost("cut")]],
        [[WELCOME], None],
        answers=[RuntimeError("a bug")],
    )
    running.run()
    assert isinstance(running.worker.error, RuntimeError)
    assert running.wires[1].aborted


def test_what_was_missed_is_shown_before_what_came_and_repeats_are_counted() -> None:
    running = Running(
        recovering(reconnect=Reconnect(backoff=(span(1),))),
        [[WELCOME, trade(1), trade(2), trade(1)], [Lost("cut")]],
        [[trade(5)], [WELCOME, trade(6)], None, None, [trade(7), Close(1008)]],
        answers=[{"items": [{"type": "trade", "id": n} for n in (2, 3, 4)]}, {"items": []}],
    )
    batches = running.run()
    assert trades(batches) == [1, 2, 3, 4, 5, 6, 7]
    assert [each.url for each in running.fetch.requests] == [
        "https://demo.test/trades?since=2",
        "https://demo.test/trades?since=4",
    ]
    assert sum(batch.repeated for batch in batches) == 2
    recovered = b'{"type":"trade","id":3}'
    assert sum(batch.size for batch in batches) == (
        2 * len(WELCOME) + 6 * len(trade(1)) + 2 * len(recovered)
    ), "what came over HTTP weighs as well"


def test_the_answer_to_a_connection_that_is_gone_is_not_taken_for_the_next() -> None:
    running = Running(
        recovering(reconnect=Reconnect(backoff=(span(1),))),
        [[WELCOME, trade(1)], [Lost("cut")]],
        [[WELCOME], [trade(9), Lost("cut")]],
        [[WELCOME], None, None, [Close(1008)]],
        answers=[{"items": []}, {"items": [{"type": "trade", "id": 2}]}, {"items": []}],
    )
    running.fetch.answers.clear()

    def answer(request: HttpRequest, cancelled: Cancelling = lambda: False) -> HttpAnswer:
        running.fetch.requests.append(request)
        if len(running.fetch.requests) == 1:
            eventually(cancelled, what="the connection to go")
            raise Cancelled
        numbers = [2] if request.url.endswith("since=1") else []
        return HttpAnswer(200, body=frame({"items": [{"type": "trade", "id": n} for n in numbers]}))

    running.worker._errands._fetch = type(
        "Answering", (), {"__call__": staticmethod(answer), "wake": lambda self: None}
    )()
    assert trades(running.run()) == [1, 2, 9]


def test_the_history_comes_before_the_connection() -> None:
    history = fetch(request=Request("GET", "https://demo.test/history"), more=False)
    running = Running(
        recovering(history=history),
        [[WELCOME, trade(2), trade(3), Close(1000)]],
        answers=[{"items": [{"type": "trade", "id": n} for n in (1, 2)]}],
        overrides=Overrides(history=True, max_reconnects=0),
    )
    batches = running.run()
    assert story(batches)[:5] == ["step", "trade", "trade", "step", "connecting"]
    assert trades(batches) == [1, 2, 3]


def test_a_stop_while_a_request_is_awaited_ends_the_run_at_once() -> None:
    profile = make_profile(bootstrap=(HttpStep(Request("GET", "https://demo.test/")),))
    running = Running(profile)
    ended = threading.Event()

    def slow(request: HttpRequest, cancelled: Cancelling = lambda: False) -> HttpAnswer:
        running.stop.ask(Ending(130), 3.0)
        running.bell.wake()
        eventually(cancelled, what="the end of the run")
        ended.set()
        raise Cancelled

    running.worker._errands._fetch = type(
        "Slow", (), {"__call__": staticmethod(slow), "wake": lambda self: None}
    )()
    assert running.run()[-1].ending == Ending(130)
    assert ended.wait(10)


def test_the_session_hears_of_a_message_that_stands_for_others_and_of_those() -> None:
    whole = MessageRule("batch", Role.SNAPSHOT, split=Split(".all[]"), reply={"ack": "${.n}"})
    others = MessageRule("pile", Role.SNAPSHOT, split=Split(".all[]"))
    bye = MessageRule("bye", Role.CONTROL, then=Then.STOP)
    running = Running(
        make_profile(messages=(whole, others, MessageRule("trade"), bye)),
        [
            [
                frame({"type": "batch", "n": 7, "all": [{"type": "trade", "id": 1}]}),
                frame({"type": "pile", "all": [{"type": "trade", "id": 2}, {"type": "bye"}]}),
            ],
            [trade(3), Binary(b"\x00")],
            [Close(1000)],
        ],
    )
    batches = running.run()
    assert running.wires[0].sent == [{"ack": 7}]
    assert running.wires[0].closed == [1000]
    assert trades(batches) == [1, 2, 3]


def test_bytes_are_sent_as_a_binary_frame_and_a_text_as_it_stands() -> None:
    running = Running(make_profile())
    wire = PlayedWire(running.clock, [])
    running.worker._wire = wire
    for text in (b"\x00", "hello"):
        running.worker._perform(commands.Send(text, "…"), running.clock.now())
    assert wire.sent == [b"\x00", "hello"]


def test_what_is_to_be_sent_after_the_connection_went_goes_nowhere() -> None:
    running = Running(make_profile())
    running.worker._perform(commands.SendPing(b"x"), running.clock.now())
    running.worker._perform(commands.Close(1000), running.clock.now())
    running.worker._perform(commands.Drop(), running.clock.now())
    assert not running.wires
