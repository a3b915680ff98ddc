from __future__ import annotations

import threading

import pytest

from tests.harness.waiting import eventually


def test_the_first_true_answer_is_returned():
    answers = iter([0, "", None, "yes", "later"])

    assert eventually(lambda: next(answers)) == "yes"


def test_another_thread_is_waited_for():
    done = threading.Event()
    timer = threading.Timer(0.02, done.set)
    timer.start()

    assert eventually(done.is_set)
    timer.join()


def test_a_wait_in_vain_says_what_for_and_what_was_seen_last():
    with pytest.raises(AssertionError, match=r"waited 0.02 s for two clients; last seen: \[\]"):
        eventually(list, 0.02, what="two clients")
