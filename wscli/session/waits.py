"""What the walks of a session wait for: they are generators that yield these, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from wscli.model.frozen import frozen
from wscli.session.asking import Asked


@frozen
class NeedSecrets:
    """The user's secrets are to be read."""


@frozen
class Ask:
    """An HTTP request is to be made, and its answer awaited."""

    asked: Asked


@frozen
class Pause:
    """So many seconds are to go by."""

    seconds: float


@frozen
class Await:
    """One of these messages is awaited, for so many seconds. ``early``: one that came while
    something else was awaited will do. ``same``: what it must say at which path. ``element``: an
    error message in its place is the rejection of one element of a list.
    """

    names: tuple[str, ...]
    within: float
    early: bool = False
    same: Mapping[str, Any] = field(default_factory=dict)
    element: bool = False
