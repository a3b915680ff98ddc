"""Values become the text of a frame."""

from __future__ import annotations

import json
from typing import Any

import orjson


def frame_text(value: Any) -> str:
    """Give the text frame for a value: a string is sent as it stands, everything else as compact
    JSON. Raises ValueError where it is nested too deeply to be written.
    """
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits, a lone surrogate or a Decimal
        pass
    try:
        return json.dumps(value, separators=(",", ":"), default=str)
    except RecursionError:
        raise ValueError("it is nested too deeply to be written") from None
