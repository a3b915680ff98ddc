"""The hand-over between the worker and the main thread."""

from __future__ import annotations

import threading

from wscli.model.instant import Instant
from wscli.model.record import Batch, Ending, StateEvent, StateRecord
from wscli.runtime.inbox import Inbox
from wscli.runtime.stop import StopBox


def batch(size: int) -> Batch:
    return Batch([], Instant(0, 0), 1, size)


def test_batches_come_out_in_order() -> None:
    inbox = Inbox(lambda: None)
    first, second = batch(1), batch(2)
    inbox.put(first)
    inbox.put(second)
    assert inbox.take(0) == [first, second]
    assert inbox.take(0) == []


def test_it_is_full_by_bytes_and_tells_when_there_is_room() -> None:
    told: list[bool] = []
    inbox = Inbox(lambda: told.append(inbox.full), capacity=100)
    inbox.put(batch(99))
    full = inbox.full
    assert not full
    inbox.put(batch(50))
    full = inbox.full
    assert full
    assert told == []
    inbox.take(0)
    assert told == [False]
    inbox.put(batch(10))
    inbox.take(0)
    assert told == [False], "it was not full"


def test_taking_waits_for_what_another_thread_puts() -> None:
    inbox = Inbox(lambda: None)
    thread = threading.Thread(target=lambda: inbox.put(batch(1)))
    thread.start()
    assert len(inbox.take(10)) == 1
    thread.join()


def test_the_first_wish_to_stop_is_the_one_that_counts() -> None:
    woken: list[int] = []
    stop = StopBox(lambda: woken.append(1))
    asked = stop.asked
    assert not asked
    stop.ask(Ending(0), 0.5)
    stop.ask(Ending(130), 3.0)
    assert stop.wish is not None
    assert (stop.wish.ending, stop.wish.patience) == (Ending(0), 0.5)
    assert woken == [1]


def test_items_without_a_byte_fill_it_as_well() -> None:
    inbox = Inbox(lambda: None, capacity=1000)
    record = StateRecord(StateEvent.READY, "ready", Instant(0, 0))
    inbox.put(Batch([record] * 5, Instant(0, 0), 1, 0))
    assert inbox.full
