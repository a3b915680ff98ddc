"""A moment, read once at the edge and passed in to everything that decides."""

from __future__ import annotations

from typing import NamedTuple


class Instant(NamedTuple):
    """``monotonic``: seconds that never jump, for waiting; ``wall``: POSIX seconds, for showing."""

    monotonic: float
    wall: float
