"""What the session remembers: the name of what comes on a channel."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import Any, Final

_MOST: Final = 100_000  # names; the one that was put first is forgotten for one more


class Memory:
    """Names by JSON scalars, type-strictly: "1" is not 1, true is not 1, and 1 is 1.0. The session
    writes to it, the decoder reads it for every message.
    """

    def __init__(self) -> None:
        self._names: dict[Hashable, str] = {}

    def put(self, value: Any, name: str) -> None:
        """Remember a name for a value; a list or an object names no channel and is passed over."""
        key = scalar_key(value)
        if key is None:
            return
        names = self._names
        names.pop(key, None)
        if len(names) >= _MOST:
            del names[next(iter(names))]
        names[key] = name

    def name(self, value: Any) -> str:
        """Give the name that is remembered for a value, "" where there is none."""
        return self._names.get(scalar_key(value), "")

    def clear(self) -> None:
        """Forget everything."""
        self._names.clear()


def scalar_key(value: Any) -> Hashable | None:
    """Give what is equal for equal scalars, None for what is no scalar."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return ("", value)
    if isinstance(value, Decimal) and value != value.to_integral_value():
        return float(value)  # 0.1 is the same whether it was read as a float or not
    if isinstance(value, int | float | Decimal):
        return value
    return None
