"""Asks for lists over HTTP: messages that were missed, those that were before, and catalogs."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import Any

from wscli.errors import TemplateError
from wscli.messages.classify import Decoder
from wscli.messages.split import elements
from wscli.model.message import MISSING, Message, MessageOrigin
from wscli.model.profile import Then
from wscli.model.record import StateEvent
from wscli.model.requests import Fetch
from wscli.session.asking import judge_answer
from wscli.session.desk import Desk
from wscli.session.retry import Verdict
from wscli.session.values import as_item, items_of
from wscli.session.waits import Ask, Pause
from wscli.templates import compile_template


class NotFetched(Exception):  # noqa: N818 - a gap, not an error of ours
    """The list could not be had; ``verdict`` says why, and what that means."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.text)
        self.verdict = verdict


def fetch_page(
    desk: Desk, fetch: Fetch, origin: MessageOrigin, decoder: Decoder
) -> Generator[Ask | Pause, Any, list[Message]]:
    """Ask once, or once for each element of ``fetch.over``; gives the messages in order. Raises
    NotFetched, and SecretStays.
    """
    texts = yield from fetch_texts(desk, fetch)
    return [message for text in texts for message in decoder.made(text, origin)]


def fetch_texts(desk: Desk, fetch: Fetch) -> Generator[Ask | Pause, Any, list[bytes]]:
    """Do the same, and give the JSON text of each element."""
    try:
        items, names = _items(desk, fetch)
        if not items:
            raise NotFetched(Verdict(Then.STOP, f"none is given of {fetch.over} to ask for"))
        texts: list[bytes] = []
        for item in items:
            texts += yield from _ask(desk, fetch, item, names)
    except TemplateError as error:
        text = "; ".join([error.text, *desk.lacking])
        raise NotFetched(Verdict(Then.STOP, text, error.hint or "")) from None
    if len(items) > 1:
        together = b"[" + b",".join(texts) + b"]"
        texts = list(elements(None, MISSING, fetch.sort, together, names={}).texts)
    return texts


def _items(desk: Desk, fetch: Fetch) -> tuple[list[Any], frozenset[str]]:
    """Give what to ask for, one after the other, and the names that were used for it."""
    if fetch.over is None:
        return [MISSING], frozenset()
    template = compile_template(fetch.over)
    found = items_of(template.render(desk.scope()))
    return [as_item(each) for each in found], template.names


def _ask(
    desk: Desk, fetch: Fetch, item: Any, names: Collection[str]
) -> Generator[Ask | Pause, Any, list[bytes]]:
    """Ask, and where the provider wants us to wait for a while, once more."""
    for again in (True, False):
        ask = desk.request(fetch.request, names, item=item)
        result = yield ask
        verdict = judge_answer(ask.asked, result, desk.profile.reconnect.on_http, desk.rng)
        if verdict is None:
            values = desk.scope(item=item).names
            found = elements(
                fetch.each, fetch.shape, fetch.sort, result.body, names=values, item=item
            )
            if found.problem and not found.texts:
                text = f"{ask.asked.shown} was answered with {found.problem}"
                raise NotFetched(Verdict(Then.STOP, text))
            if found.skipped:
                text = f"{found.skipped} of the answer to {ask.asked.shown} are of no use"
                desk.say(StateEvent.PROBLEM, f"{text}: {found.problem}")
            return list(found.texts)
        if not (again and verdict.soon):
            raise NotFetched(verdict)
        yield Pause(verdict.at_least)
    raise AssertionError  # pragma: no cover - the second time raises
