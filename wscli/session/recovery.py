"""What was missed while we were away: held back, asked for, shown in order, and then what came."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from datetime import UTC, datetime
from typing import Any, Final

from wscli.messages.classify import Decoder
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import Message, MessageOrigin
from wscli.model.record import StateEvent
from wscli.model.requests import Fetch
from wscli.session.desk import Desk
from wscli.session.fetching import NotFetched, fetch_page
from wscli.session.waits import Ask, Pause

_PAGES: Final = 10_000  # a provider that brings something new for ever
_MOST: Final = 64 * 1024 * 1024  # bytes of messages that are held back
_OVERHEAD: Final = 256  # bytes that a message weighs beside its text, more or less


class Held:
    """Messages that are held back until what was missed before them has been shown. ``since`` is
    when we lost the stream, None where we did not.
    """

    def __init__(self, since: Instant | None) -> None:
        self.since = since
        self.earlier: list[Message] = []  # of connections that were lost meanwhile
        self.messages: list[Message] = []  # in the order in which they came
        self.keys: set[Hashable] = set()  # what tells them from others
        self._size = 0

    @property
    def too_much(self) -> bool:
        """Whether no more can be held back."""
        return self._size > _MOST

    def add(self, message: Message, key: Hashable | None) -> None:
        """Hold a message back; its key is None where it has none."""
        self.messages.append(message)
        self._size += len(message.raw) + _OVERHEAD
        if key is not None:
            self.keys.add(key)

    def outlive(self, known: Callable[[Message], bool]) -> None:
        """The connection is lost. Messages that are ``known`` if they come again stay; that they
        are among what was missed no longer means that nothing else is.
        """
        self.earlier += filter(known, self.messages)
        self.messages = []
        self.keys.clear()


@frozen
class Showing:
    """How messages that came over HTTP are shown. ``show`` gives whether a message is new;
    ``wanted`` whether it is one that the user asked for, which alone are counted; ``met`` whether
    it is one of those that are held back, so that no more are missing.
    """

    decoder: Decoder
    show: Callable[[Message], bool]
    wanted: Callable[[Message], bool]
    met: Callable[[Message], bool]


def recovery(
    desk: Desk, fetch: Fetch, showing: Showing, since: Instant | None
) -> Generator[Ask | Pause, Any, None]:
    """Ask for what was missed, and show it. What cannot be had is a gap that is told."""
    count, problem = yield from _pages(desk, fetch, MessageOrigin.RECOVERED, showing)
    if since is None and not count:  # we did not lose the stream, yet messages are missing
        problem = problem or "there is nothing new"
    when = "" if since is None else f" since {datetime.fromtimestamp(since.wall, UTC):%H:%M:%S}Z"
    if problem:
        text = f"what was missed{when} could not be recovered"
        text += f" but for {_messages(count)}" if count else ""
        desk.say(StateEvent.GAP, f"{text}: {problem}")
    else:
        missed = f"{_messages(count)} missed{when} recovered"
        desk.say(StateEvent.RECOVERED, missed if count else f"nothing was missed{when}")


def history(desk: Desk, fetch: Fetch, showing: Showing) -> Generator[Ask | Pause, Any, None]:
    """Ask for what was before, and show it. That it cannot be had is told, and no reason to end."""
    count, problem = yield from _pages(desk, fetch, MessageOrigin.HISTORY, showing)
    if problem:
        desk.say(StateEvent.PROBLEM, f"the history could not be had: {problem}")
    if count or not problem:
        desk.say(StateEvent.STEP, f"{_messages(count)} of the history")


def _pages(
    desk: Desk, fetch: Fetch, origin: MessageOrigin, showing: Showing
) -> Generator[Ask | Pause, Any, tuple[int, str]]:
    """Ask page by page, and show what is new; gives how many of them were wanted, and why not all
    were had, "" where there are no more.
    """
    count = 0
    for _ in range(_PAGES):
        try:
            page = yield from fetch_page(desk, fetch, origin, showing.decoder)
        except NotFetched as failure:
            return count, str(failure)
        met = any(map(showing.met, page))
        new = [message for message in page if showing.show(message)]
        count += sum(map(showing.wanted, new))
        if met or not (fetch.more and new):
            return count, ""
    return count, f"after {_PAGES} pages there was still more"


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
