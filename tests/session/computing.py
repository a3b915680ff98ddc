"""Computed values of a test: one moment, one die, one rendering."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.session.computed import Computed

NOW: Final = Instant(monotonic=5.0, wall=1_795_305_600.123456)  # 2026-11-22T00:00:00.123456Z


def rendering(
    computed: Mapping[str, Any],
    names: Mapping[str, Any] | None = None,
    now: Instant = NOW,
    item: Any = MISSING,
) -> Mapping[str, Any]:
    """Everything that one rendering sees."""
    return Computed(computed, Random(1)).rendering({} if names is None else names, now, item)


def made(raw: Any, names: Mapping[str, Any] | None = None, item: Any = MISSING) -> Any:
    """One computed value: plain, a ``Rendered`` where it is masked, or MISSING."""
    return rendering({"x": raw}, names, item=item).get("x", MISSING)
