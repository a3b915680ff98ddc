"""Whoever types, and what prompt_toolkit asks of us for them: history and completion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import History

from wscli.cli.connect_completion import suggestions
from wscli.cli.connect_history import LineHistory
from wscli.model.frozen import frozen
from wscli.model.profile import Profile
from wscli.output.escape import printable


class Veil(Protocol):
    """What masks secrets, see ``runtime.worker.Worker``."""

    @property
    def knows_secrets(self) -> bool:
        """Whether it knows them by now."""

    def veiled(self, text: str) -> str:
        """Mask them in a text."""


@frozen
class Typist:
    """What the prompt needs of the talk. ``hear`` is called with what was typed; ``leave`` where
    nothing more will be, with whether that is because the terminal is gone. ``history`` is None
    where nothing is kept.
    """

    profile: Profile
    hear: Callable[[str], None]
    leave: Callable[[bool], None]
    secrets: Veil
    history: LineHistory | None


class Kept(History):
    """The history that prompt_toolkit walks through. A line with a secret in it is not kept, and
    none is before the secrets are known.
    """

    def __init__(self, typist: Typist) -> None:
        super().__init__()
        self._typist = typist
        self._waiting: list[str] = []

    def load_history_strings(self) -> Iterable[str]:
        """Give the lines of earlier runs, the last one first."""
        history = self._typist.history
        return reversed(history.load()) if history is not None else []

    def store_string(self, string: str) -> None:
        """Keep a line for the next run."""
        history = self._typist.history
        if history is None:
            return
        self._waiting.append(string)
        if self._typist.secrets.knows_secrets:
            for line in self._waiting:
                if self._typist.secrets.veiled(line) == line:
                    history.add(line)
            self._waiting.clear()


class Offered(Completer):
    """What the Tab key offers."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002 - as prompt_toolkit calls it
    ) -> Iterable[Completion]:
        """Give what may follow."""
        for each in suggestions(document.text_before_cursor, self._profile):
            meta = printable(each.help)
            yield Completion(printable(each.text), start_position=-each.typed, display_meta=meta)
