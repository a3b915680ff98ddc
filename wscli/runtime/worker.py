"""The connection's thread: performs the session's commands and reports what happens as events."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, assert_never

from wscli.messages.classify import Decoder
from wscli.model.instant import Instant
from wscli.model.message import MessageOrigin
from wscli.model.record import Ending, SentRecord
from wscli.model.wire import Close, Incoming, Lost, Pong, Target, Violated
from wscli.runtime.errands import Errands, Fetch, ReadSecrets
from wscli.runtime.gathering import Gathering
from wscli.runtime.inbox import Inbox
from wscli.runtime.speech import Speech
from wscli.runtime.stop import StopBox
from wscli.runtime.wire import Wire
from wscli.session import commands, events
from wscli.session.session import Session
from wscli.transport.clock import Clock
from wscli.transport.failures import Cancelled, Failed, SendFailed
from wscli.transport.waker import Waker

_BACKLOG: Final = 32 * 1024 * 1024
"""Bytes that may have waited in the system's buffers while the process was stopped."""

_BREATH: Final = 64 * 1024
"""Bytes that the user may say before the next look at what has come."""

_LONGEST_WAIT: Final = 1.0
"""Seconds: the system's own waits do not count the time that the machine is suspended, so a dead
link is noticed this long after waking, not a whole deadline later."""


class Worker(threading.Thread):
    """Lives as long as the stream. Its last batch carries the ending, or ``error`` is set: an
    exception that the main thread is to raise. ``lane`` is the number that its batches carry.
    """

    def __init__(
        self,
        *,
        session: Session,
        decoder: Decoder,
        inbox: Inbox,
        connect: Callable[[Target], Wire],
        fetch: Fetch,
        read_secrets: ReadSecrets,
        clock: Clock,
        waker: Waker,
        stop: StopBox,
        lane: int = 0,
        speech: Speech | None = None,
    ) -> None:
        super().__init__(name="wscli-connection", daemon=True)
        self.error: BaseException | None = None
        self._session = session
        self._decoder = decoder
        self._inbox = inbox
        self._connect = connect
        self._clock = clock
        self._waker = waker
        self._stop_box = stop
        self._stop_told = False
        self._speech = speech
        self._wire: Wire | None = None
        self._connections = 0
        self._paused = False
        self._ending: Ending | None = None
        self._gathered = Gathering(session, decoder, self._tell, lane)
        self._events: deque[events.Event] = deque()
        self._reports: deque[events.Event | BaseException] = deque()  # filled by another thread
        self._errands = Errands(fetch, read_secrets, self._reported)

    @property
    def knows_secrets(self) -> bool:
        """Whether ``veiled`` knows what to mask by now; from any thread."""
        return self._session.knows_secrets

    def veiled(self, text: str) -> str:
        """Mask the stream's secrets in a text; from any thread."""
        return self._session.veiled(text)

    def run(self) -> None:
        """Live the stream's life."""
        try:
            self._live()
        except BaseException as error:  # noqa: BLE001 - raised again on the main thread
            self.error = error
        finally:
            self._errands.close()
            if self._wire is not None:
                self._wire.abort()
            ending = self._ending or Ending(1, "the connection's thread failed")
            self._hand_over(self._clock.now(), ending)

    def _live(self) -> None:
        self._tell(events.Started())
        while self._ending is None:
            self._look_at_the_stop_box()
            self._look_at_the_reports()
            self._listen()
            self._hand_over(self._clock.now())
            self._pause_or_resume()
            if not self._reports and self._ending is None:
                self._wait_and_take()
                self._tick()

    def _wait_and_take(self) -> None:
        timeout = self._time_left()
        if timeout is not None:
            timeout = min(timeout, _LONGEST_WAIT)
        if self._hears:
            timeout = 0.0
        if self._wire is None or self._paused:
            self._waker.wait(None, timeout)
        else:
            self._receive(self._wire, timeout)

    def _receive(self, wire: Wire, timeout: float | None) -> bool:
        """Take what has come; gives whether anything has. Bytes of a message that is not yet whole
        are a sign of life as well.
        """
        before = wire.taken
        incoming = wire.receive(timeout)
        came = wire.taken != before
        if came:
            self._tell(events.Activity())
        if incoming:
            self._take(incoming)
        return came or bool(incoming)

    def _time_left(self) -> float | None:
        deadline = self._session.deadline
        return None if deadline is None else max(0.0, deadline - self._clock.now().monotonic)

    def _tick(self) -> None:
        """Tell the session that its time has come. What came in the meantime is taken first: after
        the process was stopped for a while, silence would else be seen where there was none.
        """
        begun = self._wire.taken if self._wire is not None else 0
        while self._time_left() == 0.0:
            wire = self._wire
            if wire is None or self._paused or wire.taken - begun > _BACKLOG:
                break
            if not self._receive(wire, 0.0):
                break
            self._hand_over(self._clock.now())
            self._pause_or_resume()
        if self._time_left() == 0.0:
            self._tell(events.Tick())

    def _look_at_the_stop_box(self) -> None:
        wish = self._stop_box.wish
        if wish is not None and not self._stop_told:
            self._stop_told = True
            self._tell(events.StopAsked(wish.ending, wish.patience))

    def _reported(self, report: events.Event | BaseException) -> None:
        """Take what an errand came to; on its thread."""
        self._reports.append(report)
        self._waker.wake()

    def _look_at_the_reports(self) -> None:
        while self._reports and self._ending is None:
            report = self._reports.popleft()
            if isinstance(report, BaseException):
                raise report
            self._tell(report)

    @property
    def _hears(self) -> bool:
        """Whether the user says something that the session takes. While nothing is read nothing is
        said either: a server that answers at once would fill the line, and both would wait. So
        what came while we were sending is taken first.
        """
        if self._speech is None or self._paused or self._ending is not None:
            return False
        if not self._speech.waits or (self._wire is not None and self._wire.behind):
            return False
        return self._session.listens

    def _listen(self) -> None:
        """Tell the session what the user says; of much only a part, to read between two."""
        size = 0
        while self._speech is not None and self._hears and size < _BREATH:
            event, weight = self._speech.take()
            size += weight
            self._tell(event)

    def _pause_or_resume(self) -> None:
        if self._inbox.full is not self._paused:
            self._paused = not self._paused
            self._tell(events.ReadingPaused() if self._paused else events.ReadingResumed())
            self._hand_over(self._clock.now())

    # --- what comes ----------------------------------------------------------------------------

    def _take(self, incoming: list[Incoming]) -> None:
        """Take what came: first the messages, then what is said of the connection itself."""
        frames = [item for item in incoming if isinstance(item, bytes)]
        self._gathered.take(frames)
        if len(frames) < len(incoming):
            self._take_control(incoming)

    def _take_control(self, incoming: list[Incoming]) -> None:
        for item in incoming:
            match item:
                case Pong(payload):
                    self._tell(events.PongReceived(payload))
                case Close() | Lost() | Violated():
                    self._give_up()
                    self._tell(events.ConnectionEnded(item))
                case _:
                    pass  # a message, or a ping that the connection has answered

    # --- what is to be done --------------------------------------------------------------------

    def _tell(self, event: events.Event) -> None:
        """Tell the session, and do what it says; that may make further events."""
        self._events.append(event)
        while self._events and self._ending is None:
            now = self._clock.now()
            for command in self._session.handle(self._events.popleft(), now):
                self._perform(command, now)

    def _perform(self, command: commands.Command, now: Instant) -> None:
        match command:
            case commands.ReadSecrets():
                self._errands.read_secrets()
            case commands.Ask(token, request):
                self._errands.ask(token, request)
            case commands.Connect(target):
                self._hand_over(now)
                self._open(target)
            case commands.Send(text, shown):
                self._send(lambda wire: wire.send_text(text))
                self._gathered.items.append(SentRecord(shown, now, self._connections))
            case commands.SendPing(payload):
                self._send(lambda wire: wire.ping(payload))
            case commands.Close(code, reason):
                if self._wire is not None:
                    self._wire.close(code, reason)
            case commands.Drop():
                self._give_up()
            case commands.Deliver(message):
                self._gathered.items.append(message)
                self._gathered.size += len(message.raw) * (message.origin is not MessageOrigin.LIVE)
            case commands.Skip():
                self._gathered.repeated += 1
            case commands.Announce(record):
                self._gathered.items.append(record)
            case commands.Finish(ending):
                self._ending = ending
            case _:  # pragma: no cover
                assert_never(command)

    def _open(self, target: Target) -> None:
        try:
            self._wire = self._connect(target)
        except Failed as error:
            self._events.append(events.ConnectFailed(error.failure))
        except Cancelled:
            pass  # the stop box says why
        else:
            self._connections += 1
            self._decoder.reset()
            self._events.append(events.Connected(self._wire.handshake))

    def _send(self, send: Callable[[Wire], None]) -> None:
        if self._wire is None:
            return
        try:
            send(self._wire)
        except SendFailed as error:
            self._events.append(events.SendFailed(str(error)))

    def _give_up(self) -> None:
        """The connection is gone, and with it all that was asked beside it."""
        self._errands.abandon()
        if self._wire is not None:
            self._wire.abort()
            self._wire = None

    def _hand_over(self, now: Instant, ending: Ending | None = None) -> None:
        batch = self._gathered.batch(now, self._connections, ending)
        if batch is not None:
            self._inbox.put(batch)
