"""When colours are used."""

from __future__ import annotations

import pytest

from wscli.cli.terminal import wants_colour


@pytest.mark.parametrize(
    ("wish", "terminal", "environment", "colour"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(wish: str, terminal: bool, environment: dict[str, str], colour: bool) -> None:
    assert wants_colour(wish, terminal=terminal, environment=environment) is colour
