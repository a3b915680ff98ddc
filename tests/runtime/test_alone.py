"""Asking without a stream: what a walk wants is done on this thread, and told."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from random import Random
from typing import Any

import pytest

from wscli.errors import UsageError
from wscli.messages.memory import Memory
from wscli.model.profile import Connect, Profile
from wscli.model.record import StateEvent, StateRecord
from wscli.model.secret import Secret
from wscli.model.wire import Failure, FailureKind, HttpAnswer, HttpRequest
from wscli.runtime.alone import Alone
from wscli.session.asking import Asked
from wscli.session.desk import Desk
from wscli.session.target import Overrides
from wscli.session.waits import Ask, NeedSecrets, Pause
from wscli.transport.clock import Clock
from wscli.transport.failures import Failed

ASKED = Asked(
    HttpRequest("GET", "https://demo.test/", "https://demo.test/"), "GET https://demo.test/"
)


GOOD = HttpAnswer(200)


class Told:
    """A desk, and what was told of it."""

    def __init__(self, answer: HttpAnswer | Failure = GOOD) -> None:
        profile = Profile("demo", Connect(url="wss://demo.test/"))
        self.desk = Desk(profile, {}, Overrides(), Random(0), Memory())
        self.records: list[StateRecord] = []
        self.secrets: Mapping[str, Secret] | None = {"key": Secret("s3cret")}
        self._answer = answer

    def run(self, walk: Generator[Any, Any, Any]) -> Any:
        alone = Alone(
            self.desk,
            fetch=self._fetch,
            read_secrets=self._read,
            note=self.records.append,
            clock=Clock(),
        )
        return alone.run(walk)

    def _fetch(self, request: HttpRequest) -> HttpAnswer:
        assert request is ASKED.request
        if isinstance(self._answer, Failure):
            raise Failed(self._answer)
        return self._answer

    def _read(self) -> Mapping[str, Secret]:
        if self.secrets is None:
            raise UsageError("the file is empty.")
        return self.secrets


def test_what_a_walk_asks_for_is_done_in_order_and_its_result_given() -> None:
    def walk() -> Generator[Any, Any, list[Any]]:
        secrets = yield NeedSecrets()
        answer = yield Ask(ASKED)
        return [secrets["key"].reveal(), answer.status]

    told = Told()
    assert told.run(walk()) == ["s3cret", 200]
    assert [record.text for record in told.records] == ["asking GET https://demo.test/"]
    assert told.desk.now.monotonic > 0


def test_a_request_that_cannot_be_made_is_an_answer_as_well() -> None:
    def walk() -> Generator[Any, Any, Any]:
        return (yield Ask(ASKED))

    failure = Failure(FailureKind.REFUSED, "connection refused")
    assert Told(failure).run(walk()) is failure


def test_a_pause_is_told_and_kept() -> None:
    told = Told()
    before = Clock().now().monotonic

    def walk() -> Generator[Any, Any, float]:
        yield Pause(0.05)
        return told.desk.now.monotonic

    assert told.run(walk()) - before >= 0.05
    (record,) = told.records
    assert record.event is StateEvent.PAUSED
    assert record.text == "the server wants us to wait; asking again in 50 ms"


def test_what_is_said_before_the_end_is_told_although_it_fails() -> None:
    told = Told()

    def walk() -> Generator[Any, Any, None]:
        yield Ask(ASKED)
        told.desk.say(StateEvent.PROBLEM, "2 of the answer are of no use")
        raise UsageError("no good.")

    with pytest.raises(UsageError):
        told.run(walk())
    assert [record.event for record in told.records] == [StateEvent.STEP, StateEvent.PROBLEM]


def test_a_secret_that_cannot_be_read_ends_it() -> None:
    told = Told()
    told.secrets = None
    with pytest.raises(UsageError, match="the file is empty"):
        told.run(iter_secrets())


def iter_secrets() -> Generator[NeedSecrets, Any, None]:
    yield NeedSecrets()
