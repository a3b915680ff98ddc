"""What the user says, between the thread that hears it and the one that sends it."""

from __future__ import annotations

import threading

from tests.runtime.playing import Played, wire
from tests.session.conversation import make_profile
from wscli.model.message import Message
from wscli.model.record import Ending, SentRecord
from wscli.model.wire import Close, Lost
from wscli.runtime.speech import Speech
from wscli.session.events import Said, SaidAll
from wscli.session.sayings import Text
from wscli.session.target import Overrides

NO_RETRY = Overrides(max_reconnects=0)


def test_what_is_put_comes_out_in_order_and_wakes_the_one_who_sends() -> None:
    wakes: list[int] = []
    speech = Speech(lambda: wakes.append(1))
    assert speech.put(Said(Text("a")), 1)
    assert speech.offer(SaidAll())
    assert speech.waits
    assert [speech.take()[0], speech.take()[0]] == [Said(Text("a")), SaidAll()]
    assert len(wakes) == 2


def test_a_full_box_lets_a_pipe_wait_and_turns_a_person_away() -> None:
    speech = Speech(lambda: None, capacity=100)
    speech.put(Said(Text("a")), 1)
    assert not speech.offer(Said(Text("b")), 1)
    thread = threading.Thread(target=speech.put, args=(Said(Text("c")), 1), daemon=True)
    thread.start()
    assert speech.take()[0] == Said(Text("a"))
    thread.join(10)
    assert not thread.is_alive()
    assert speech.take()[0] == Said(Text("c"))


def test_nobody_waits_for_a_run_that_is_over() -> None:
    speech = Speech(lambda: None, capacity=1)
    speech.put(Said(Text("a")))
    put: list[bool] = []
    thread = threading.Thread(target=lambda: put.append(speech.put(Said(Text("b")))), daemon=True)
    thread.start()
    speech.close()
    thread.join(10)
    assert put == [False]
    assert not speech.offer(SaidAll())


def test_the_worker_says_it_and_records_it() -> None:
    played = Played(make_profile(), [wire([], [], [Close(1000)])], NO_RETRY)
    for text in ("a", "b"):
        played.speech.put(Said(Text(text)), 1)
    batches = played.run()
    assert played.wires[0].sent == ["a", "b"]
    records = [item for batch in batches for item in batch.items if isinstance(item, SentRecord)]
    assert [record.shown for record in records] == ["a", "b"]


def test_between_much_that_is_said_the_worker_looks_at_what_comes() -> None:
    played = Played(make_profile(), [wire([b"1"], [b"2"], [b"3"], [Close(1000)])], NO_RETRY)
    for text in "abc":
        played.speech.put(Said(Text(text)), 64 * 1024)
    items = [item for batch in played.run() for item in batch.items]
    told = [
        item.shown if isinstance(item, SentRecord) else item.raw.decode()
        for item in items
        if isinstance(item, SentRecord | Message)
    ]
    assert told == ["a", "1", "b", "2", "c", "3"]


def test_while_nothing_is_read_nothing_is_said() -> None:
    played = Played(make_profile(), [wire([b"x" * 100], [Lost("cut")])], NO_RETRY, capacity=50)

    def wait(_sock: object, _timeout: float | None) -> bool:
        """Nobody takes what has come, and something is said; then the run is ended."""
        if played.speech.waits:
            played.stop.ask(Ending(0), 0.0)
        played.speech.put(Said(Text("second")))
        return False

    played.speech.put(Said(Text("first")))
    played.waker.wait = wait  # type: ignore[assignment,method-assign]  # plays what goes on meanwhile
    played.run()
    assert played.wires[0].sent == ["first"]
    assert played.speech.waits
