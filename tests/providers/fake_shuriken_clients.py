"""Who is connected to the fake Shuriken, and what it may be sent."""

from __future__ import annotations

import json

from tests.harness.fake import Fake
from tests.harness.waiting import eventually
from tests.harness.ws_connection import Connection
from tests.providers.fake_shuriken_frames import DataForm, error, frame
from tests.providers.fake_shuriken_socket import Client, ping


class Clients(Fake[Client]):
    """The connections that were let in, and the messages of channels for them."""

    def __init__(self) -> None:
        super().__init__()
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
    def accepted(self) -> list[Connection]:
        """The connections of all that were let in."""
        return [client.connection for client in self.all_clients]

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
