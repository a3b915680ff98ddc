"""Asks over HTTP on this thread, one thing after the other: for commands without a stream."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar, assert_never

from wscli.model.record import StateEvent, StateRecord
from wscli.model.wire import Failure, HttpAnswer, HttpRequest
from wscli.runtime.errands import ReadSecrets
from wscli.session import commands
from wscli.session.desk import Desk
from wscli.session.spans import in_words
from wscli.session.waits import Ask, NeedSecrets, Pause
from wscli.transport.clock import Clock
from wscli.transport.failures import Failed

T = TypeVar("T")


class Alone:
    """Does what a walk asks for. ``fetch`` makes a request or raises Failed, ``note`` is told what
    happens.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        fetch: Callable[[HttpRequest], HttpAnswer],
        read_secrets: ReadSecrets,
        note: Callable[[StateRecord], None],
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._fetch = fetch
        self._read_secrets = read_secrets
        self._note = note
        self._clock = clock

    def run(self, walk: Generator[NeedSecrets | Ask | Pause, Any, T]) -> T:
        """Give what the walk comes to. Raises what it raises, and UsageError for a secret that
        cannot be read.
        """
        result: Any = None
        while True:
            self._desk.now = self._clock.now()
            try:
                wait = walk.send(result)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # T, which StopIteration forgets
            finally:
                self._tell()
            result = self._done(wait)

    def _done(self, wait: NeedSecrets | Ask | Pause) -> Any:
        match wait:
            case NeedSecrets():
                return self._read_secrets()
            case Ask(asked):
                self._say(StateEvent.STEP, f"asking {asked.shown}")
                return self._answer(asked.request)
            case Pause(seconds):
                text = f"the server wants us to wait; asking again in {in_words(seconds)}"
                self._say(StateEvent.PAUSED, text)
                threading.Event().wait(seconds)
                return None
            case _:  # pragma: no cover
                assert_never(wait)

    def _answer(self, request: HttpRequest) -> HttpAnswer | Failure:
        try:
            return self._fetch(request)
        except Failed as error:
            return error.failure

    def _say(self, event: StateEvent, text: str) -> None:
        self._desk.say(event, text)
        self._tell()

    def _tell(self) -> None:
        """Tell what was said."""
        said, self._desk.out = self._desk.out, []
        for command in said:
            if isinstance(
                command, commands.Announce
            ):  # pragma: no branch - all that a desk is told
                self._note(command.record)
