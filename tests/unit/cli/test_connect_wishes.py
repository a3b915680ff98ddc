"""When a talk ends after all is said."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.cli.connect import _wishes
from wscli.errors import UsageError


def given(**parts: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"send": [], "wait": None, "verbatim": False, "no_line_history": False}
    return {**plain, "count": None, "until": None, "duration": None, **parts}


@pytest.mark.parametrize(
    ("parts", "wait"),
    [
        ({}, 1.0),
        ({"wait": "250ms"}, 0.25),
        ({"wait": "0"}, 0.0),
        ({"wait": "forever"}, None),
        ({"count": 3}, None),
        ({"until": ".x"}, None),
        ({"duration": "10s"}, None),
    ],
)
def test_a_talk_ends_in_silence_unless_something_else_ends_it(
    parts: dict[str, Any], wait: float | None
) -> None:
    assert _wishes(given(**parts)).wait == wait


@pytest.mark.parametrize("end", ["count", "until", "duration"])
def test_two_ends_contradict_each_other(end: str) -> None:
    with pytest.raises(UsageError, match="contradict"):
        _wishes(given(wait="1s", **{end: "1"}))
