"""The forms in which a moment is written. All of them are cut from the same microsecond, so two of
them in one frame agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _iso(micros: int) -> str:
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


FORMS: Final[Mapping[str, Callable[[int], str | int]]] = {
    "iso": _iso,  # RFC 3339, in UTC
    "s": lambda micros: micros // 1_000_000,
    "ms": lambda micros: micros // 1000,
    "us": lambda micros: micros,
    "ns": lambda micros: micros * 1000,
}
"""Every form by its name; each takes microseconds since 1970."""


def written(wall: float, form: str) -> str | int:
    """Write a moment, POSIX seconds, in one of ``FORMS``. A float of today's size holds no more
    than microseconds; finer digits are zero.
    """
    return FORMS[form](round(wall * 1_000_000))
