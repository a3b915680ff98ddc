"""The states of a stream and every legal move between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a stream is in its life."""

    IDLE = "idle"  # not begun
    BOOTSTRAPPING = "bootstrapping"  # secrets are read and requests made before the connection
    CONNECTING = "connecting"  # a connection is being opened
    GREETING = "greeting"  # the profile's steps are being said
    STREAMING = "streaming"  # the steps are through
    WAITING = "waiting"  # before the next attempt
    CLOSING = "closing"  # our close frame is sent, the peer's is awaited
    CLOSED = "closed"  # over


MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.IDLE: frozenset({State.BOOTSTRAPPING, State.CLOSED}),
    State.BOOTSTRAPPING: frozenset({State.CONNECTING, State.WAITING, State.CLOSED}),
    State.CONNECTING: frozenset({State.GREETING, State.WAITING, State.CLOSED}),
    State.GREETING: frozenset({State.STREAMING, State.WAITING, State.CLOSING, State.CLOSED}),
    State.STREAMING: frozenset({State.WAITING, State.CLOSING, State.CLOSED}),
    State.WAITING: frozenset({State.BOOTSTRAPPING, State.CLOSED}),
    State.CLOSING: frozenset({State.WAITING, State.CLOSED}),
    State.CLOSED: frozenset(),
}

OPEN: Final = frozenset({State.GREETING, State.STREAMING, State.CLOSING})
"""The states in which there is a connection."""

TALKING: Final = frozenset({State.GREETING, State.STREAMING})
"""The states in which the connection is not being closed."""


def diagram() -> str:
    """Draw the moves as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.IDLE}"]
    for state, targets in MOVES.items():
        lines += [f"    {state} --> {target}" for target in State if target in targets]
    return "\n".join([*lines, f"    {State.CLOSED} --> [*]"])
