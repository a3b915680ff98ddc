"""What was missed while we were away: held back, asked for, shown in order, and then what came."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from wscli.messages.classify import Decoder
from wscli.model.instant import Instant
from wscli.model.message import Message, MessageOrigin
from wscli.model.record import StateEvent
from wscli.model.requests import Fetch
from wscli.session.desk import Ask, Desk, Pause
from wscli.session.fetching import NotFetched, fetch_page

_PAGES: Final = 10_000  # a provider that brings something new for ever
_MOST: Final = 64 * 1024 * 1024  # bytes of messages that are held back


class Recovery:
    """One recovery, from the moment that data is held back. ``show`` shows a message that was
    missed, and tells whether it is new; ``since`` is when we lost the stream.
    """

    def __init__(
        self,
        desk: Desk,
        fetch: Fetch,
        decoder: Decoder,
        show: Callable[[Message], bool],
        since: Instant | None,
    ) -> None:
        self._desk = desk
        self._fetch = fetch
        self._decoder = decoder
        self._show = show
        self._since = since
        self._held: list[Message] = []
        self._size = 0

    @property
    def too_much(self) -> bool:
        """Whether no more can be held back."""
        return self._size > _MOST

    def hold(self, message: Message) -> None:
        """Keep a message until what was missed before it has been shown."""
        self._held.append(message)
        self._size += len(message.raw)

    def release(self) -> Iterable[Message]:
        """Give what was held back, in the order in which it came."""
        held, self._held = self._held, []
        return held

    def walk(self) -> Generator[Ask | Pause, Any, None]:
        """Ask page by page, and show what is new. What cannot be had is a gap that is told."""
        found = 0
        for _ in range(_PAGES):
            try:
                origin = MessageOrigin.RECOVERED
                page = yield from fetch_page(self._desk, self._fetch, origin, self._decoder)
            except NotFetched as failure:
                text = f"what was missed{self._when()} could not be recovered: {failure}"
                self._desk.say(StateEvent.GAP, text)
                return
            new = sum(self._show(message) for message in page)
            found += new
            if not (self._fetch.more and new):
                break
        noun = "message" if found == 1 else "messages"
        text = f"{found} {noun} missed{self._when()} recovered"
        self._desk.say(StateEvent.RECOVERED, text)

    def _when(self) -> str:
        if self._since is None:
            return ""
        since = datetime.fromtimestamp(self._since.wall, UTC)
        return f" since {since:%H:%M:%S}Z"


def history(
    desk: Desk, fetch: Fetch, decoder: Decoder, show: Callable[[Message], bool]
) -> Generator[Ask | Pause, Any, None]:
    """Ask for what was before, and show it. That it cannot be had is told, and no reason to end."""
    try:
        page = yield from fetch_page(desk, fetch, MessageOrigin.HISTORY, decoder)
    except NotFetched as failure:
        desk.say(StateEvent.PROBLEM, f"the history could not be had: {failure}")
        return
    for message in page:
        show(message)
    noun = "message" if len(page) == 1 else "messages"
    desk.say(StateEvent.STEP, f"{len(page)} {noun} of the history")
