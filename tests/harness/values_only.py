"""Holds tests of values to values: no socket, no sleep."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import NoReturn

import pytest


def refuse(what: str) -> Callable[..., NoReturn]:
    """A function that fails the test, whatever it is called with."""

    def refused(*_: object, **__: object) -> NoReturn:
        # pytest's own failure passes through `except Exception`, as code under test may have it
        pytest.fail(f"a test of values must not {what}: it belongs in tests/faults or tests/cli")

    return refused


def refuse_io(patch: pytest.MonkeyPatch) -> None:
    """Make opening a socket, looking up a name and sleeping fail the test."""
    patch.setattr(socket.socket, "__init__", refuse("open a socket"))
    patch.setattr(socket, "socketpair", refuse("open a socket"))
    patch.setattr(socket, "getaddrinfo", refuse("look up a name"))
    patch.setattr(time, "sleep", refuse("sleep"))
