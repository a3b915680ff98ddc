"""The box in which the main thread asks the worker to end the run."""

from __future__ import annotations

from collections.abc import Callable

from wscli.model.frozen import frozen
from wscli.model.record import Ending


@frozen
class StopWish:
    """``patience``: seconds to wait for the peer's close, and so for messages on their way."""

    ending: Ending
    patience: float


class StopBox:
    """Holds the first wish; later ones change nothing. May be used from a signal handler."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.wish: StopWish | None = None

    @property
    def asked(self) -> bool:
        """Whether the run is to end."""
        return self.wish is not None

    def ask(self, ending: Ending, patience: float) -> None:
        """Ask for the end of the run."""
        if self.wish is None:
            self.wish = StopWish(ending, patience)
            self._wake()
