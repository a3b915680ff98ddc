"""The keys of a run: from the terminal to the table, where there are both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wscli.output.base import Keyed, Reporter

if TYPE_CHECKING:
    from wscli.output.keyboard import Keyboard


class Keys:
    """Hands the keys that are pressed to the reporter, if it is one that takes them and ``wanted``;
    else there are none, and stdin is left alone. ``nudge`` wakes the main loop for a key.
    """

    def __init__(
        self, reporter: Reporter, nudge: Callable[[], None], encoding: str, *, wanted: bool
    ) -> None:
        self._keyboard: Keyboard | None = None
        self._reporter = reporter
        if wanted and isinstance(reporter, Keyed):
            from wscli.output.keyboard import Keyboard  # noqa: PLC0415 - only where it is used

            self._keyboard = Keyboard(0, nudge, encoding)

    def start(self) -> None:
        """Begin to read; ``close`` must be called on every way out."""
        if self._keyboard is not None:
            self._keyboard.start()

    def pressed(self) -> bool:
        """Hand over what was pressed since the last time; tells whether the user wants to leave."""
        if self._keyboard is None or not isinstance(self._reporter, Keyed):
            return False
        keys = self._keyboard.take()
        return bool(keys) and self._reporter.press(keys)

    def close(self) -> None:
        """Give the terminal back as it was. Never raises; may be called from any thread."""
        if self._keyboard is not None:
            self._keyboard.close()
