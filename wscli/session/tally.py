"""What the provider granted of what the session steps asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wscli.model.profile import Then
from wscli.session.retry import Verdict

_SAID: Final = 5  # elements that are named where none was answered


class Tally:
    """Counts what was granted and rejected; ``unanswered`` says what was neither."""

    def __init__(self) -> None:
        self.granted = 0
        self.rejected = 0
        self.unanswered: list[str] = []

    @property
    def verdict(self) -> Verdict | None:
        """What it means where nothing at all was granted: there is nothing to wait for."""
        if not self.granted and self.unanswered:
            return Verdict(Then.RECONNECT, _in_brief(self.unanswered))
        if not self.granted and self.rejected:
            return Verdict(Then.REFUSED, "everything that was asked for was rejected")
        return None


def _in_brief(texts: Sequence[str]) -> str:
    """Put some of many texts into one line of ours."""
    more = f"; and {len(texts) - _SAID} more" if len(texts) > _SAID else ""
    return "; ".join(texts[:_SAID]) + more
