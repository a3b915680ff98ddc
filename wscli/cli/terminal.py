"""What the terminal and the environment say about colour."""

from __future__ import annotations

from collections.abc import Mapping


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
