"""One client of Pear Exchange."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from websockets.frames import Frame, Opcode

from tests.harness.wire import Gone
from tests.harness.ws_connection import Connection
from tests.providers.fake_pear_frames import dump


class Peer:
    """A client that was let in; ``user_id`` is None for the anonymous.

    ``speaking`` is held while frames must follow each other: the welcome before anything else,
    a snapshot right behind its acknowledgement. Sending to a client that has left does nothing.
    """

    def __init__(self, connection: Connection, user_id: str | None) -> None:
        self.connection = connection
        self.user_id = user_id
        self.speaking = threading.RLock()
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

    def send_raw(self, data: bytes) -> bytes:
        """Send a text frame as it is."""
        with self.speaking, contextlib.suppress(Gone):
            self.connection.send_text(data)
        return data

    def send_bytes(self, data: bytes) -> bytes:
        """Send a binary frame."""
        with self.speaking, contextlib.suppress(Gone):
            self.connection.send_binary(data)
        return data

    def offer(self, topic: str, frame: bytes) -> None:
        """Send a topic's frame if it is subscribed to."""
        with self.speaking:
            if topic in self._topics:
                self.send_raw(frame)

    def drop(self, code: int | None, reason: str = "") -> None:
        """Send a close frame, an empty one if ``code`` is None."""
        with contextlib.suppress(Gone):
            self.connection.close(code, reason)

    def cut(self, partial: bytes = b"", *, reset: bool = False) -> None:
        """Send the first bytes of a frame and end the connection without a close frame, by FIN or
        by RST.
        """
        with contextlib.suppress(Gone):
            self.connection.cut(partial, reset=reset)

    def silence(self) -> None:
        """Send nothing more, not even pongs; the connection stays open."""
        self.connection.mute()

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


def parse(message: str | bytes) -> Any:
    """The JSON value of a text message; None where it is none, and of a binary one (assumed)."""
    try:
        return json.loads(message) if isinstance(message, str) else None
    except ValueError:
        return None
