from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

import pytest

from tests.harness.values_only import refuse_io


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (lambda: socket.socket(socket.AF_UNIX), "open a socket"),
        (lambda: socket.create_connection(("127.0.0.1", 9)), "look up a name"),
        (lambda: socket.socketpair(socket.AF_UNIX), "open a socket"),
        (lambda: time.sleep(0), "sleep"),
    ],
)
def test_sockets_and_sleep_are_refused_in_clear_words(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], what: str
):
    refuse_io(monkeypatch)

    with pytest.raises(pytest.fail.Exception, match=f"must not {what}"):
        act()


def test_code_that_swallows_exceptions_does_not_swallow_the_refusal(
    monkeypatch: pytest.MonkeyPatch,
):
    refuse_io(monkeypatch)

    with pytest.raises(pytest.fail.Exception), contextlib.suppress(Exception):
        time.sleep(0)


def test_afterwards_sockets_work_again():
    with pytest.MonkeyPatch.context() as patch:
        refuse_io(patch)

    with socket.socket():
        time.sleep(0)
