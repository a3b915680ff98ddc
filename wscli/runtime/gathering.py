"""What the connection's thread gathers for the main thread: messages on their way into a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from wscli.messages.classify import Decoder
from wscli.messages.whole import Whole
from wscli.model.instant import Instant
from wscli.model.record import Batch, Ending, Item
from wscli.session import events
from wscli.session.session import Session

Tell: TypeAlias = Callable[[events.Event], None]


class Gathering:
    """The next batch as far as it has come: ``items`` in their order, ``size`` in bytes of frames,
    and how many messages were ``repeated``, thus left out. ``lane`` is the number that its batches
    carry.
    """

    __slots__ = ("_decoder", "_lane", "_session", "_tell", "items", "repeated", "size")

    def __init__(self, session: Session, decoder: Decoder, tell: Tell, lane: int) -> None:
        self._session = session
        self._decoder = decoder
        self._tell = tell
        self._lane = lane
        self.items: list[Item] = []
        self.size = 0
        self.repeated = 0

    def take(self, frames: list[bytes]) -> None:
        """Make messages of frames, and tell the session what concerns it, in order."""
        self.size += sum(map(len, frames))
        session, append, tell = self._session, self.items.append, self._tell
        concerns, gated, plain = session.concerns, session.gated, session.plain
        for message in self._decoder.messages(frames):
            if isinstance(message, Whole):
                if message.message.rule in concerns:
                    tell(events.Received(message.message, whole=True))
                continue
            rule = message.rule
            passes = session.passes(message) if rule in plain else None
            if passes or rule not in gated:
                append(message)
            elif passes is not None:
                self.repeated += 1
            if passes is None and rule in concerns:
                tell(events.Received(message))
            if session.wants_data and rule in session.data_rules:
                tell(events.Activity(data=True))

    def batch(self, now: Instant, connections: int, ending: Ending | None) -> Batch | None:
        """Give what was gathered, and begin anew. None where that is nothing, and no ending."""
        if not self.items and not self.repeated and ending is None:
            return None
        batch = Batch(self.items, now, connections, self.size, ending, self.repeated, self._lane)
        self.items, self.size, self.repeated = [], 0, 0
        return batch
