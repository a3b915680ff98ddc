"""The hand-over between the worker and the main thread."""

from __future__ import annotations

import threading

import pytest

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


def test_a_nudge_ends_the_waiting_now_or_the_next_time() -> None:
    inbox = Inbox(lambda: None)
    thread = threading.Thread(target=inbox.nudge)
    thread.start()
    assert inbox.take(10) == []
    thread.join()
    inbox.nudge()
    assert inbox.take(None) == []
    assert inbox.take(0) == []


def test_where_nobody_is_in_a_hurry_batches_gather() -> None:
    inbox = Inbox(lambda: None, linger=0.2)
    threads = [threading.Thread(target=lambda: inbox.put(batch(1))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert len(inbox.take(10)) == 3
    for thread in threads:
        thread.join()
    assert inbox.take(0.01) == []


@pytest.mark.parametrize("ripe", [Batch([], Instant(0, 0), 1, 0, Ending(0)), batch(2000)])
def test_they_do_not_gather_when_one_is_the_last_or_they_are_many(ripe: Batch) -> None:
    inbox = Inbox(lambda: None, capacity=1000, linger=60.0)
    inbox.put(ripe)
    assert inbox.take(None) == [ripe]
    thread = threading.Thread(target=lambda: inbox.put(ripe))
    thread.start()
    assert inbox.take(None) == [ripe]
    thread.join()


def test_a_nudge_is_not_kept_waiting_by_what_gathers() -> None:
    inbox = Inbox(lambda: None, linger=60.0)
    inbox.put(batch(1))
    inbox.nudge()
    assert len(inbox.take(None)) == 1
    inbox.put(batch(1))
    thread = threading.Thread(target=inbox.nudge)
    thread.start()
    assert len(inbox.take(None)) == 1
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
