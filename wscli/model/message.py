"""A message: one JSON value out of a frame, with its name and its own bytes."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, NamedTuple, Self


class Role(StrEnum):
    """What a message is for. Data and snapshot are shown and counted, the others work behind."""

    DATA = "data"
    SNAPSHOT = "snapshot"
    HEARTBEAT = "heartbeat"
    ACK = "ack"
    ERROR = "error"
    CONTROL = "control"


class MessageOrigin(StrEnum):
    """How a message came to us."""

    LIVE = "live"
    RECOVERED = "recovered"  # it was missed, and asked for afterwards
    HISTORY = "history"  # it was before our time, and asked for


SHOWN: Final = frozenset({Role.DATA, Role.SNAPSHOT})


class _Missing:
    """The type of ``MISSING``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()
"""Stands for "no value" where None would be JSON's null."""


class Message(NamedTuple):
    """``raw``: the bytes as they came, ``Binary`` for a binary frame. ``value``: what they say,
    ``MISSING`` where they are no JSON, then ``problem`` says why. ``name``: the type that users
    see, "" where the profile knows none. ``rule``: the key of the profile's message rule, "" where
    none holds. Where ``frames``, ``parse`` or ``split`` changed it, ``raw`` is a ``Derived``.
    """

    raw: bytes
    value: Any
    name: str
    rule: str
    problem: str = ""
    origin: MessageOrigin = MessageOrigin.LIVE


class Derived(bytes):
    """The JSON text of a message that was made from a frame: ``frame`` is what came."""

    frame: bytes

    def __new__(cls, text: bytes, frame: bytes) -> Self:
        """Make one; messages of one frame share the same ``frame`` object."""
        made = super().__new__(cls, text)
        made.frame = frame
        return made
