"""Amounts and times in words, the same in every line that a person reads."""

from __future__ import annotations

from datetime import datetime
from typing import Final

_UNITS: Final = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def plural(count: int, noun: str) -> str:
    """Give ``1 message`` or ``1,234 messages``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """Give a length of time by its two largest units: ``3s``, ``2m 10s``, ``5h``, ``2d 4h``."""
    left = max(int(seconds), 0)
    parts: list[str] = []
    for unit, size in _UNITS:
        amount, left = divmod(left, size)
        if amount or parts:
            parts.append(f"{amount}{unit}" if amount else "")
    return " ".join(part for part in parts[:2] if part) or "0s"


def delay(seconds: float) -> str:
    """Give a wait or a lag: ``43 ms``, ``2.1 s``, ``1m 12s``; with a minus where it is negative."""
    size, sign = abs(seconds), "-" if seconds <= -0.0005 else ""
    if size < 0.9995:
        return f"{sign}{size * 1000:.0f} ms"
    return f"{sign}{size:.1f} s" if size < 59.95 else f"{sign}{duration(round(size))}"


def per_second(rate: float) -> str:
    """Give ``1,234/s``, ``5.0/s`` or, for what is rare, ``0.03/s``."""
    if rate >= 9.95 or not rate:
        return f"{rate:,.0f}/s"
    return f"{rate:.1f}/s" if rate >= 0.095 else f"{rate:.2f}/s"


def cut(text: str, most: int) -> str:
    """Give at most so many characters of a text, the last of them an ellipsis where it is cut."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def time_of_day(posix: float) -> str:
    """Give the local ``HH:MM:SS``. Raises ValueError, OverflowError or OSError for a time that no
    calendar has.
    """
    return datetime.fromtimestamp(posix).strftime("%H:%M:%S")  # noqa: DTZ006 - local is meant
