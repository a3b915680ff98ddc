"""A worker that has errands run: requests and secrets beside the connection."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from tests.harness.waiting import eventually
from tests.runtime.playing import JumpingClock, JumpingWaker, Played, PlayedWire, story
from tests.session.conversation import make_profile, span
from tests.session.recovering import fetch, recovering
from wscli.errors import UsageError
from wscli.model.message import Message, Role
from wscli.model.options import Option
from wscli.model.profile import MessageRule, Profile, Reconnect, Split, Then
from wscli.model.record import Batch, Ending
from wscli.model.requests import HttpStep, Request
from wscli.model.secret import Secret
from wscli.model.steps import Step
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
from wscli.runtime.errands import ReadSecrets
from wscli.session import commands
from wscli.session.target import Overrides
from wscli.transport.failures import Cancelled, Failed

DOWN = Failure(FailureKind.REFUSED, "nobody listens there")

Cancelling: TypeAlias = Callable[[], bool]


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


def test_a_text_is_sent_as_it_stands() -> None:
    running = Running(make_profile())
    wire = PlayedWire(running.clock, [])
    running.worker._wire = wire
    running.worker._perform(commands.Send("hello", "…"), running.clock.now())
    assert wire.sent == ["hello"]


def test_what_is_to_be_sent_after_the_connection_went_goes_nowhere() -> None:
    running = Running(make_profile())
    running.worker._perform(commands.SendPing(b"x"), running.clock.now())
    running.worker._perform(commands.Close(1000), running.clock.now())
    running.worker._perform(commands.Drop(), running.clock.now())
    assert not running.wires
