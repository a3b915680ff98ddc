"""Who is connected to the fake Shuriken, and what it may be sent."""

from __future__ import annotations

import contextlib
import json
import threading

from tests.harness.waiting import eventually
from tests.harness.wire import Gone
from tests.providers.fake_shuriken_frames import DataForm, error, frame
from tests.providers.fake_shuriken_socket import Client, ping


class Clients:
    """The connections that were let in. Where a method takes ``only``, that is one of
    ``clients``; without it the method is for all of them. Those that leave meanwhile are no error.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Client] = []

    # ---- what they did ----

    @property
    def clients(self) -> list[Client]:
        """Those that are connected and were told so, in order of their coming."""
        return [client for client in self.all_clients if client.is_open]

    @property
    def all_clients(self) -> list[Client]:
        """Every client that was let in until now."""
        with self._lock:
            return list(self._all)

    @property
    def received(self) -> list[str | bytes]:
        """All that they sent, one connection after the other."""
        return [message for client in self.all_clients for message in client.connection.received]

    @property
    def close_codes(self) -> list[int | None]:
        """The code of each client's close frame; None where there was none, or not yet."""
        return [client.connection.close_code for client in self.all_clients]

    def wait_connected(self, count: int = 1, timeout: float = 10) -> None:
        """Wait until so many are connected at once."""
        eventually(lambda: len(self.clients) == count, timeout, what=f"{count} connections")

    def wait_subscribed(self, *channels: str, timeout: float = 10) -> None:
        """Wait until each connected client, and there is one, has subscribed to all of these."""

        def all_have() -> bool:
            clients = self.clients
            return bool(clients) and all(set(channels) <= set(one.channels) for one in clients)

        eventually(all_have, timeout, what=f"subscriptions to {', '.join(channels)}")

    # ---- what they get ----

    def push(
        self,
        channel: str,
        payload: object,
        *,
        event: str = "update",
        form: DataForm = "string",
        only: Client | None = None,
    ) -> str:
        """Send a message to those that have subscribed to the channel; returns its frame. Digits
        of numbers are kept where they are made by ``digits``.
        """
        text = frame(event, payload, channel=channel, form=form)
        for client in self._those(only):
            client.send(text, channel=channel)
        return text

    def member_added(self, channel: str, member: str, *, only: Client | None = None) -> str:
        """Tell that somebody has joined; ``member`` is what stands in ``channel_data``."""
        return self.push(
            channel, member, event="pusher_internal:member_added", form="text", only=only
        )

    def member_removed(self, channel: str, member: str, *, only: Client | None = None) -> str:
        """Tell that somebody has left; ``member`` as in ``member_added``."""
        user = {"user_id": json.loads(member)["user_id"]}
        return self.push(channel, user, event="pusher_internal:member_removed", only=only)

    def error(
        self,
        message: str,
        code: int | None = None,
        *,
        form: DataForm = "object",
        only: Client | None = None,
    ) -> str:
        """Send a ``pusher:error``, and return it; the connections stay open."""
        text = error(message, code, form=form)
        self.push_raw(text, only=only)
        return text

    def ping(self, *, only: Client | None = None) -> None:
        """Send a ``pusher:ping``; the answer is in ``Client.said("pusher:pong")``."""
        self.push_raw(ping(), only=only)

    def push_raw(self, text: str | bytes, *, only: Client | None = None) -> None:
        """Send a text frame as it is, bytes even where they are no UTF-8."""
        for client in self._those(only):
            client.send(text)

    def push_bytes(self, data: bytes, *, only: Client | None = None) -> None:
        """Send a binary frame."""
        for client in self._those(only):
            with contextlib.suppress(Gone):
                client.connection.send_binary(data)

    def silence(self, *, only: Client | None = None) -> None:
        """Send nothing more, not even a pong; the connections stay open."""
        for client in self._those(only):
            client.connection.mute()

    def drop(
        self, code: int | None = 1000, reason: str = "", *, only: Client | None = None
    ) -> None:
        """Close with a code that RFC 6455 lets one send (None: a close frame without one)."""
        for client in self._those(only):
            with contextlib.suppress(Gone):
                client.connection.close(code, reason)

    def cut(self, partial: bytes = b"", *, reset: bool = False, only: Client | None = None) -> None:
        """Send the first bytes of a frame and end the connections without a close frame, by FIN
        or by RST.
        """
        for client in self._those(only):
            with contextlib.suppress(Gone):
                client.connection.cut(partial, reset=reset)

    def _those(self, only: Client | None) -> list[Client]:
        return self.clients if only is None else [only]
