"""A profile that recovers what it missed, and words for what happens to its trades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.session.conversation import Conversation, delivered, make_profile, span
from wscli.model.message import Role
from wscli.model.profile import MessageRule, Profile, Reconnect, Resume
from wscli.model.requests import Fetch, Request
from wscli.model.steps import Step
from wscli.model.wire import Lost
from wscli.session import commands
from wscli.session.target import Overrides

TRADE = MessageRule("trade", capture={"last_id": ".id"})
WELCOME = Step(expect=("welcome",), within=span(5))


def fetch(**parts: Any) -> Fetch:
    request = Request("GET", "https://demo.test/trades", {"since": "${last_id}"})
    return Fetch(**{"request": request, "each": ".items[]", "sort": ".id", "more": True, **parts})


def recovering(
    *others: MessageRule,
    trade: MessageRule = TRADE,
    session: tuple[Step, ...] = (WELCOME,),
    resume: Any = None,
    **parts: Any,
) -> Profile:
    """Give the profile; ``resume``: parts of it that are different."""
    parts.setdefault("reconnect", Reconnect(backoff=(span(1),)))
    resuming = {"keep": ("last_id",), "backfill": fetch(), "dedupe": (".id",), **(resume or {})}
    welcome = MessageRule("welcome", Role.CONTROL)
    return make_profile(
        messages=(welcome, trade, *others), session=session, resume=Resume(**resuming), **parts
    )


class Trading(Conversation):
    """``streaming`` is what comes after the welcome of the first connection."""

    def __init__(
        self,
        profile: Profile | None = None,
        overrides: Overrides | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(profile or recovering(), values, overrides)

    def streaming(self, *ids: Any) -> Trading:
        self.connect()
        self.receive({"type": "welcome"})
        self.trades(*ids)
        return self

    def trades(self, *ids: Any) -> list[commands.Command]:
        return [done for id_ in ids for done in self.receive({"type": "trade", "id": id_})]

    def back(self) -> list[commands.Command]:
        """Lose the connection, wait, and connect again, but for the welcome."""
        self.end(Lost("it was cut"))
        self.wait_for_deadline()
        return self.connect()

    def page(self, *ids: Any) -> list[commands.Command]:
        """Answer the last request with trades."""
        return self.answer({"items": [{"type": "trade", "id": id_} for id_ in ids]})


def ids(done: list[commands.Command]) -> list[Any]:
    return [message.value["id"] for message in delivered(done)]


def skipped(done: list[commands.Command]) -> int:
    return sum(isinstance(each, commands.Skip) for each in done)
