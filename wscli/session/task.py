"""Something that asks over HTTP beside the connection, or before it, one thing after the other."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar, assert_never

from wscli.model.record import StateEvent
from wscli.session import commands
from wscli.session.desk import Desk
from wscli.session.waits import Ask, NeedSecrets, Pause

_Wait = TypeVar("_Wait")


def next_of(walk: Generator[_Wait, Any, None], result: Any) -> _Wait | None:
    """Give what the walk waits for next, None where it is over."""
    try:
        return walk.send(result)
    except StopIteration:
        return None


class Task:
    """Drives a walk; ``done`` is called at its end. What the walk raises, the method raises that
    drove it, and the task is over. ``deadline``: monotonic seconds, where it pauses.
    """

    def __init__(
        self,
        desk: Desk,
        walk: Generator[NeedSecrets | Ask | Pause, Any, None],
        done: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._walk = walk
        self._done = done
        self._wait: NeedSecrets | Ask | Pause | None = None
        self._token = 0
        self.deadline: float | None = None

    def begin(self) -> None:
        """Begin."""
        self._go_on(None)

    def answered(self, token: int, result: Any) -> None:
        """Tell of an answer; one that is of another time does nothing."""
        if isinstance(self._wait, Ask) and token == self._token:
            self._go_on(result)

    def secrets_read(self, secrets: Any) -> None:
        """Tell of the user's secrets."""
        if isinstance(self._wait, NeedSecrets):
            self._go_on(secrets)

    def due(self, now: float) -> None:
        """Tell the time."""
        if self.deadline is not None and now >= self.deadline:
            self._go_on(None)

    def _go_on(self, result: Any) -> None:
        self._wait, self.deadline = None, None
        self._wait = next_of(self._walk, result)
        match self._wait:
            case None:
                self._done()
            case NeedSecrets():
                self._desk.out.append(commands.ReadSecrets())
            case Ask(asked):
                self._desk.say(StateEvent.STEP, f"asking {asked.shown}")
                self._token = self._desk.ask(asked)
            case Pause(seconds):
                self.deadline = self._desk.at + seconds
            case _:  # pragma: no cover
                assert_never(self._wait)
