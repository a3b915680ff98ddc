"""What the terminal and the environment say about colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_WITHOUT_BLOCKS: Final = frozenset(("dumb", "linux", "cons25", "vt52", "vt100", "vt102", "vt220"))


def wants_colour(wish: str, *, terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether to use colours. ``wish`` is auto, always or never; the environment's NO_COLOR and
    FORCE_COLOR decide for auto (no-color.org: any value but an empty one), then the terminal does.
    """
    if wish != "auto":
        return wish == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return terminal and environment.get("TERM") != "dumb"


def has_blocks(environment: Mapping[str, str]) -> bool:
    """Whether the terminal has the block characters that sparklines are drawn with."""
    return environment.get("TERM") not in _WITHOUT_BLOCKS


def encoding_of(stdout: str | None, locale: str, environment: Mapping[str, str]) -> str:
    """Give what a terminal shows. Python takes any for UTF-8 where the locale is C, which is right
    where none was chosen; whoever says LC_ALL=C has no UTF-8 there. ``stdout`` is the encoding that
    Python gave it, ``locale`` that of the locale.
    """
    if environment.get("PYTHONIOENCODING") or environment.get("PYTHONUTF8"):
        return stdout or "utf-8"
    plain = environment.get("LC_ALL") in {"C", "POSIX"}
    return locale if plain else stdout or "utf-8"
