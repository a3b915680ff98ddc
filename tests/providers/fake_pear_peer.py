"""One client of Pear Exchange."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from websockets.frames import Frame, Opcode

from tests.harness.exact_json import dump
from tests.harness.guest import Guest
from tests.harness.ws_connection import Connection


class Peer(Guest):
    """A client that was let in; ``user_id`` is None for the anonymous."""

    def __init__(self, connection: Connection, user_id: str | None) -> None:
        super().__init__(connection)
        self.user_id = user_id
        self._topics: dict[str, None] = {}  # a set that keeps its order

    @property
    def topics(self) -> list[str]:
        """What this client is subscribed to, in order."""
        with self.speaking:
            return list(self._topics)

    def subscribe(self, topics: Iterable[str]) -> None:
        """Let it get the data of these topics as well."""
        with self.speaking:
            self._topics.update(dict.fromkeys(topics))

    def unsubscribe(self, topics: Iterable[str]) -> None:
        """Let it get the data of these topics no more."""
        with self.speaking:
            for topic in topics:
                self._topics.pop(topic, None)

    def send(self, frame: Mapping[str, Any]) -> bytes:
        """Send a frame, whatever it is subscribed to; returns the frame's bytes."""
        return self.send_raw(dump(frame))

    def offer(self, topic: str, frame: bytes) -> None:
        """Send a topic's frame if it is subscribed to."""
        with self.speaking:
            if topic in self._topics:
                self.send_raw(frame)

    def ignore_pings(self) -> None:
        """Answer protocol pings no more, and go on with everything else.

        The library answers them by itself and has no switch for it, so its writing of frames is
        replaced by one that leaves pongs out.
        """
        protocol = self.connection._protocol
        write = protocol.send_frame

        def write_no_pongs(frame: Frame) -> None:
            if frame.opcode is not Opcode.PONG:
                write(frame)

        protocol.send_frame = write_no_pongs  # type: ignore[method-assign]  # no switch, see above


def wanted(frame: object) -> tuple[str, list[str]] | None:
    """The action and the topics of a client's frame; None where it is malformed or unknown.

    ``topic`` may stand for ``topics``, for both actions (assumed of ``unsubscribe``). A topic that
    is no string makes the whole frame malformed (assumed).
    """
    match frame:
        case {"action": "subscribe" | "unsubscribe" as action, "topics": [*topics]}:
            pass
        case {"action": "subscribe" | "unsubscribe" as action, "topic": topic}:
            topics = [topic]
        case _:
            return None
    return (action, topics) if all(isinstance(topic, str) for topic in topics) else None
