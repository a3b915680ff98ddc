"""The sockets that are open, so that they can be counted, and ended when the simulator stops."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Condition
from typing import Final

from wscli.simulator.conversation import Conversation

_MOST_CONVERSATIONS: Final = 64
_MOST_SOCKETS: Final = 128  # with those that have not said yet what they want
_FAREWELL: Final = 3.0  # seconds for closing handshakes
_HANGING_UP: Final = 1.0  # seconds for threads to notice that their socket is shut down


class Guests:
    """Who is connected. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._open: dict[socket.socket, Conversation | None] = {}
        self._stopping = False

    def arrive(self, sock: socket.socket) -> bool:
        """Let a socket in; False where there are too many, or it is too late."""
        with self._changed:
            if self._stopping or len(self._open) >= _MOST_SOCKETS:
                return False
            self._open[sock] = None
            return True

    def talk(self, sock: socket.socket, conversation: Conversation) -> bool:
        """Begin a conversation; False where there are too many, or it is too late."""
        with self._changed:
            talking = sum(each is not None for each in self._open.values())
            if self._stopping or talking >= _MOST_CONVERSATIONS:
                return False
            self._open[sock] = conversation
            return True

    def leave(self, sock: socket.socket) -> None:
        """Forget a socket, whether it was let in or not."""
        with self._changed:
            self._open.pop(sock, None)
            self._changed.notify_all()

    def say_goodbye(self) -> None:
        """Let nobody in any more, end every conversation properly, and those that do not end in
        time improperly. Takes a few seconds at most.
        """
        with self._changed:
            self._stopping = True
            for sock, conversation in self._open.items():
                if conversation is None:
                    _hang_up(sock)
                else:
                    conversation.stop()
            if not self._changed.wait_for(lambda: not self._open, _FAREWELL):
                for sock in self._open:
                    _hang_up(sock)
                self._changed.wait_for(lambda: not self._open, _HANGING_UP)


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):  # closed already
        sock.shutdown(socket.SHUT_RDWR)
