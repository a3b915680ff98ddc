"""A worker over a wire that a test plays, on a clock that jumps from one deadline to the next."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.session.conversation import LeastRandom
from wscli.messages.classify import Decoder
from wscli.model.instant import Instant
from wscli.model.message import Message
from wscli.model.profile import Profile
from wscli.model.record import Batch, Ending, StateRecord
from wscli.model.wire import Handshake, HttpAnswer, HttpRequest, Incoming, Target
from wscli.runtime.errands import ReadSecrets
from wscli.runtime.inbox import Inbox
from wscli.runtime.speech import Speech
from wscli.runtime.stop import StopBox
from wscli.runtime.wire import Wire
from wscli.runtime.worker import Worker
from wscli.session.session import Session
from wscli.session.target import Overrides
from wscli.transport.clock import Clock
from wscli.transport.failures import SendFailed


class JumpingClock(Clock):
    """Stands still until it is told to jump."""

    __slots__ = ("time",)

    def __init__(self) -> None:
        super().__init__()
        self.time = 1000.0

    def now(self) -> Instant:
        return Instant(self.time, self.time + 1e9)


class JumpingWaker:
    """Waits by letting the clock jump. Nothing to wait for at all would be for ever: a bug."""

    def __init__(self, clock: JumpingClock) -> None:
        self._clock = clock
        self.waits: list[float] = []

    def wake(self) -> None:
        pass

    def wait(self, sock: object, timeout: float | None) -> bool:
        assert sock is None
        assert timeout is not None, "the worker would wait for ever"
        self.waits.append(timeout)
        self._clock.time += timeout
        return False


class PlayedWire:
    """``script``: what ``receive`` gives, one entry a call; then it is silent."""

    handshake = Handshake(101)
    behind = False

    def __init__(self, clock: JumpingClock, script: list[list[Incoming]]) -> None:
        self._clock = clock
        self._script = deque(script)
        self.sent: list[Any] = []
        self.closed: list[int] = []
        self.aborted = False
        self.broken = False
        self.taken = 0
        self.on_silence: Callable[[], None] = lambda: None

    def receive(self, timeout: float | None) -> list[Incoming]:
        if self._script:
            items = self._script.popleft()
            self.taken += sum(len(item) for item in items if isinstance(item, bytes))
            return items
        self.on_silence()
        assert timeout is not None, "the worker would wait for ever"
        self._clock.time += timeout
        return []

    def send_text(self, text: str) -> None:
        self._send(json.loads(text) if text.startswith("{") else text)

    def ping(self, payload: bytes) -> None:
        self._send(payload)

    def close(self, code: int, reason: str) -> None:
        assert not reason
        self.closed.append(code)

    def abort(self) -> None:
        self.aborted = True

    def _send(self, what: Any) -> None:
        if self.broken:
            raise SendFailed("broken pipe")
        self.sent.append(what)


class PlayedFetch:
    """``answers``: what each request gets, in order."""

    def __init__(self) -> None:
        self.answers: deque[HttpAnswer | Exception] = deque()
        self.requests: list[HttpRequest] = []

    def __call__(
        self, request: HttpRequest, cancelled: Callable[[], bool] = lambda: False
    ) -> HttpAnswer:
        self.requests.append(request)
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wake(self) -> None:
        pass


class Played:
    """``opens``: for each attempt to connect a wire, or an exception to raise."""

    def __init__(
        self,
        profile: Profile,
        opens: Sequence[Callable[[JumpingClock], PlayedWire] | Exception],
        overrides: Overrides | None = None,
        capacity: int = 1 << 20,
        read_secrets: ReadSecrets | None = None,
    ) -> None:
        self.clock = JumpingClock()
        self.waker = JumpingWaker(self.clock)
        self.stop = StopBox(self.waker.wake)
        self.inbox = Inbox(self.waker.wake, capacity)
        self.speech = Speech(self.waker.wake)
        self.targets: list[Target] = []
        self.wires: list[PlayedWire] = []
        self._opens = deque(opens)
        self.fetch = PlayedFetch()
        session = Session(
            profile,
            {},
            overrides or Overrides(),
            LeastRandom(),
            secrets=read_secrets is not None,
        )
        self.worker = Worker(
            session=session,
            decoder=Decoder(profile, session.memory),
            inbox=self.inbox,
            connect=self._connect,
            fetch=self.fetch,
            read_secrets=read_secrets or dict,
            clock=self.clock,
            waker=self.waker,  # type: ignore[arg-type]  # plays one
            stop=self.stop,
            speech=self.speech,
        )

    def _connect(self, target: Target) -> Wire:
        self.targets.append(target)
        opened = self._opens.popleft()
        if isinstance(opened, Exception):
            raise opened
        self.wires.append(opened(self.clock))
        return self.wires[-1]

    def run(self) -> list[Batch]:
        """Live the worker's life on this thread; gives all batches."""
        self.worker.run()
        return self.inbox.take(0)


def wire(*script: list[Incoming]) -> Callable[[JumpingClock], PlayedWire]:
    return lambda clock: PlayedWire(clock, list(script))


def story(batches: list[Batch]) -> list[str]:
    """Give what happened, in order: messages by name, changes of state by event."""
    return [
        item.name if isinstance(item, Message) else item.event.value
        for batch in batches
        for item in batch.items
        if isinstance(item, Message | StateRecord)
    ]


@contextmanager
def expecting(code: int, batches: list[Batch]) -> Iterator[Ending]:
    ending = batches[-1].ending
    assert ending is not None
    assert ending.exit_code == code
    assert all(batch.ending is None for batch in batches[:-1])
    yield ending
