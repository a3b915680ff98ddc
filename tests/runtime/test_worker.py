"""The connection's thread: performs the session's commands, reports what happens."""

from __future__ import annotations

import pytest

from tests.runtime.playing import JumpingClock, Played, PlayedWire, story, wire
from tests.session.conversation import make_profile, span
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.message import Message, Role
from wscli.model.profile import MessageRule, Reconnect
from wscli.model.record import Ending, SentRecord
from wscli.model.steps import Step
from wscli.model.wire import (
    Binary,
    Close,
    Failure,
    FailureKind,
    Incoming,
    Lost,
    Ping,
    Pong,
    Violated,
)
from wscli.session import events
from wscli.session.sayings import Goodbye, Text
from wscli.session.target import Overrides
from wscli.transport.failures import Cancelled, Failed

NO_RETRY = Overrides(max_reconnects=0)
MESSAGES = (
    MessageRule("update"),
    MessageRule("ping", Role.HEARTBEAT, reply={"type": "pong"}),
    MessageRule("error", Role.ERROR),
    MessageRule("welcome", Role.CONTROL),
)
PROFILE = make_profile(messages=MESSAGES, reconnect=Reconnect(backoff=(span(2),)))


def frame(name: str) -> bytes:
    return b'{"type":"%s"}' % name.encode()


def test_messages_and_changes_of_state_come_in_the_order_they_happened() -> None:
    played = Played(
        PROFILE,
        [wire([frame("update"), frame("error"), frame("update")], [Close(1000)])],
        NO_RETRY,
    )
    batches = played.run()
    assert story(batches) == [
        "connecting", "connected", "ready", "update", "error", "problem", "update",
    ]  # fmt: skip
    assert batches[-1].ending == Ending(0, "the server closed the connection: 1000")
    assert sum(batch.size for batch in batches) == sum(
        map(len, map(frame, ("update", "error", "update")))
    )
    assert [batch.connection for batch in batches] == [0, 1, 1, 1][: len(batches)]


def test_a_ping_of_the_provider_is_answered_within_its_batch() -> None:
    played = Played(
        PROFILE, [wire([frame("ping"), frame("update"), frame("ping"), Close(1000)])], NO_RETRY
    )
    batches = played.run()
    assert played.wires[0].sent == [{"type": "pong"}, {"type": "pong"}]
    items = [item for batch in batches for item in batch.items]
    kinds = [type(item) for item in items if isinstance(item, Message | SentRecord)]
    assert kinds == [Message, SentRecord, Message, Message, SentRecord]


def test_what_came_before_the_end_of_a_connection_is_never_lost() -> None:
    for end in (Close(1000), Lost("reset", 3), Violated(1002, "reserved bits")):
        played = Played(PROFILE, [wire([frame("update"), Binary(b"\x00"), end])], NO_RETRY)
        batches = played.run()
        assert [m.raw for b in batches for m in b.items if isinstance(m, Message)] == [
            frame("update"),
            b"\x00",
        ]
        assert played.wires[0].aborted


def test_after_an_end_the_next_connection_is_opened_when_its_time_has_come() -> None:
    played = Played(PROFILE, [wire([Lost("cut")]), wire([frame("update"), Close(1008)])])
    batches = played.run()
    assert story(batches) == [
        "connecting", "connected", "ready", "reconnecting",
        "connecting", "connected", "ready", "gap", "update",
    ]  # fmt: skip
    assert sum(played.waker.waits) == 2.0
    assert max(played.waker.waits) == 1.0, (
        "short, because waits do not count a suspended machine's time"
    )
    assert len(played.targets) == 2


def test_a_connection_that_cannot_be_opened_is_a_failure_with_words() -> None:
    failure = Failure(FailureKind.STATUS, "the server answered HTTP 503", status=503)
    played = Played(PROFILE, [Failed(failure), wire([Close(1008)])])
    batches = played.run()
    assert story(batches)[:2] == ["connecting", "reconnecting"]


def test_silence_is_noticed_and_the_socket_given_back() -> None:
    profile = make_profile(messages=MESSAGES, keepalive=Keepalive(silence=span(15)))
    played = Played(profile, [wire([frame("update")])], NO_RETRY)
    batches = played.run()
    assert batches[-1].ending == Ending(3, "silent for 15 s")
    assert played.wires[0].aborted
    assert played.clock.time == 1015.0


def test_what_arrived_while_the_process_was_stopped_is_read_before_silence_is_seen() -> None:
    """As after SIGSTOP: the wait returns with nothing, long after the deadline."""
    profile = make_profile(messages=MESSAGES, keepalive=Keepalive(silence=span(15)))
    clocks: list[JumpingClock] = []

    def open_wire(clock: JumpingClock) -> PlayedWire:
        clocks.append(clock)
        played_wire = PlayedWire(clock, [[], [frame("update")] * 50, [Close(1000)]])
        clock.time += 0
        return played_wire

    played = Played(profile, [open_wire], NO_RETRY)
    original = PlayedWire.receive

    def stopped(self: PlayedWire, timeout: float | None) -> list[object]:
        if not clocks[0].time > 1000:
            clocks[0].time += 60
        return original(self, timeout)  # type: ignore[return-value]  # items

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlayedWire, "receive", stopped)
        batches = played.run()
    assert story(batches).count("update") == 50
    assert batches[-1].ending is not None
    assert batches[-1].ending.exit_code == 0


def test_our_own_ping_is_sent_and_its_pong_told() -> None:
    profile = make_profile(messages=MESSAGES, keepalive=Keepalive(PingRule(span(30), span(10))))
    played = Played(profile, [wire([Ping(b"theirs")], [], [Pong(b"wscli 1")], [], [])], NO_RETRY)
    batches = played.run()
    assert played.wires[0].sent[0] == b"wscli 1"
    assert batches[-1].ending == Ending(3, "no answer to our ping within 10 s")


def test_a_wish_to_stop_closes_the_connection_and_takes_what_is_on_its_way() -> None:
    played = Played(PROFILE, [])

    def open_wire(clock: JumpingClock) -> PlayedWire:
        played.stop.ask(Ending(130, "interrupted"), 3.0)
        return PlayedWire(clock, [[frame("update")], [frame("update"), Close(1000)]])

    played._opens.append(open_wire)
    batches = played.run()
    assert played.wires[0].closed == [1000]
    assert story(batches).count("update") == 2
    assert batches[-1].ending == Ending(130, "interrupted")


def test_a_wish_to_stop_interrupts_connecting() -> None:
    played = Played(PROFILE, [Cancelled()])
    played.stop.ask(Ending(130), 3.0)
    played.worker._stop_told = True
    played._opens.appendleft(Cancelled())

    def told_late(sock: object, timeout: float | None) -> bool:
        played.worker._stop_told = False
        return False

    played.waker.wait = told_late  # type: ignore[method-assign]  # plays a wake
    assert played.run()[-1].ending == Ending(130)


def test_a_full_inbox_stops_reading_but_not_pinging() -> None:
    profile = make_profile(
        messages=MESSAGES, keepalive=Keepalive(PingRule(span(30), span(10)), silence=span(15))
    )
    played = Played(profile, [wire([frame("update")], [Close(1000)])], NO_RETRY, capacity=700)
    jump = played.waker.wait

    def wait(sock: object, timeout: float | None) -> bool:
        if played.clock.time < 1080.0:
            return jump(sock, 40.0 if timeout is None else timeout)
        taken.extend(played.inbox.take(0))
        return False

    taken: list[object] = []
    played.waker.wait = wait  # type: ignore[method-assign]  # a slow reader
    batches = played.run()
    assert played.wires[0].sent == [b"wscli 1"]
    assert batches[-1].ending == Ending(0, "the server closed the connection: 1000")
    assert "paused" in story(batches)


def test_a_frame_that_cannot_be_sent_is_an_event_not_a_crash() -> None:
    profile = make_profile(messages=MESSAGES, session=(Step(send={"op": "sub"}),))

    def broken(clock: JumpingClock) -> PlayedWire:
        played_wire = PlayedWire(clock, [])
        played_wire.broken = True
        return played_wire

    batches = Played(profile, [broken], NO_RETRY).run()
    assert batches[-1].ending == Ending(3, "the connection was lost: broken pipe")


def test_the_profile_may_want_to_know_of_data() -> None:
    profile = make_profile(messages=MESSAGES, keepalive=Keepalive(data_silence=span(60)))
    played = Played(
        profile, [wire([frame("update")], [], [frame("welcome")], [Close(1000)])], NO_RETRY
    )
    played_story = story(played.run())
    assert "quiet" not in played_story


def test_data_that_the_session_is_told_of_is_data_all_the_same() -> None:
    messages = (MessageRule("update", capture={"id": ".id"}),)
    profile = make_profile(messages=messages, keepalive=Keepalive(data_silence=span(2)))
    played = Played(profile, [wire([], [frame("update")], [], [], [Close(1000)])], NO_RETRY)
    original = PlayedWire.receive

    def one_second_each(self: PlayedWire, timeout: float | None) -> list[Incoming]:
        played.clock.time += 1.0
        return original(self, timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlayedWire, "receive", one_second_each)
        assert "quiet" not in story(played.run())[:5]


def test_bytes_of_an_unfinished_message_are_a_sign_of_life() -> None:
    profile = make_profile(messages=MESSAGES, keepalive=Keepalive(silence=span(3)))
    played = Played(profile, [wire(*[[] for _ in range(9)], [Close(1000)])], NO_RETRY)
    original = PlayedWire.receive

    def drip(self: PlayedWire, timeout: float | None) -> list[Incoming]:
        played.clock.time += 1.0
        if played.clock.time % 2:  # every other second, so that there are pauses to be judged
            self.taken += 10
        return original(self, timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlayedWire, "receive", drip)
        batches = played.run()
    assert batches[-1].ending == Ending(0, "the server closed the connection: 1000")


def test_all_that_waited_is_read_before_a_pong_is_missed() -> None:
    """As after SIGSTOP: the pong lies behind many reads of data."""
    profile = make_profile(messages=MESSAGES, keepalive=Keepalive(PingRule(span(1), span(2))))
    data: list[Incoming] = [frame("update")] * 50
    script: list[list[Incoming]] = [*([data] * 20), [Pong(b"wscli 1")]]
    played = Played(profile, [wire(*script, [Close(1000)])], NO_RETRY)
    original = PlayedWire.receive

    def stopped_once(self: PlayedWire, timeout: float | None) -> list[Incoming]:
        if played.clock.time < 1050:  # quiet until our ping is out, then stopped for a minute
            played.clock.time += 60.0 if self.sent else 1.0
            return []
        return original(self, timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlayedWire, "receive", stopped_once)
        batches = played.run()
    assert story(batches).count("update") == 1000
    assert batches[-1].ending == Ending(0, "the server closed the connection: 1000")


def test_a_bug_reaches_the_main_thread_instead_of_vanishing() -> None:
    played = Played(PROFILE, [RuntimeError("a bug")])
    batches = played.run()
    assert isinstance(played.worker.error, RuntimeError)
    assert batches[-1].ending is not None


class Answering(PlayedWire):
    """Has something to receive as soon as something was sent."""

    def __init__(self, clock: JumpingClock) -> None:
        super().__init__(clock, [])
        self.order: list[str] = []

    @property
    def behind(self) -> bool:  # type: ignore[override]  # read only
        return bool(self._script)

    def receive(self, timeout: float | None) -> list[Incoming]:
        if self._script:
            self.order.append("received")
        return super().receive(timeout)

    def send_text(self, text: str) -> None:
        self.order.append(text)
        self._script.append([b"{}"])


def test_what_came_while_one_thing_was_said_is_taken_before_the_next_is_said():
    played = Played(make_profile(), [Answering])
    for text in ("a", "b"):
        played.speech.put(events.Said(Text(text)))
    played.speech.put(events.Said(Goodbye()))
    played.run()
    (wire,) = played.wires
    assert isinstance(wire, Answering)
    assert wire.order[:4] == ["a", "received", "b", "received"]
