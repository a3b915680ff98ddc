"""Lengths of time as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Final

_SECONDS: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PARTS: Final = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h)", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)


def parse_duration(text: str | float) -> float:
    """Give the seconds of ``500ms``, ``10s``, ``1m30s``, ``2h`` or a bare number; raises
    ValueError, which says what is wrong, for everything else.
    """
    if isinstance(text, int | float):
        seconds = float(text)
        if not isfinite(seconds) or seconds < 0:
            raise ValueError(f"{text} is no length of time")
        return seconds
    if _NUMBER.fullmatch(text):
        return float(text)
    position, seconds = 0, 0.0
    while part := _PARTS.match(text, position):
        seconds += float(part[1]) * _SECONDS[part[2]]
        position = part.end()
    if not text or position < len(text):
        raise ValueError(f"{text!r} is no length of time; write 500ms, 10s, 1m30s or 2h")
    return seconds
