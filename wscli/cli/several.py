"""``wscli tail A + B``: several streams in one run, each with the options that follow its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from wscli.cli.common_options import COMMON, LOOK, STOP, TALKING
from wscli.errors import UsageError
from wscli.loader.load import load_profile
from wscli.model.profile import Profile

PLUS: Final = "+"
_OF_THE_RUN: Final = (LOOK, STOP, TALKING)
"""Panels whose options hold for all streams, wherever they stand."""

Parse = Callable[[Profile, Sequence[str], str], Mapping[str, Any] | None]
"""Parses the words behind a profile's name; ``None`` where help was asked for, which is printed.
The last argument is how the command calls itself.
"""


def between_plus(words: Sequence[str]) -> list[list[str]]:
    """Give the words of each stream."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word == PLUS:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def parse_all(
    parts: Sequence[Sequence[str]], path: str, parse: Parse
) -> list[tuple[Profile, dict[str, Any]]]:
    """Give each stream's profile and what its options say; nothing where help was asked for.
    ``path`` is what the user typed to come here. Raises UsageError, ProfileError and what the
    parser raises.
    """
    parsed = []
    for part in parts:
        if not part or part[0].startswith("-"):
            raise UsageError(
                f"`{PLUS}` stands between two profiles.",
                hint=f"For example `{path} A --option x {PLUS} B`.",
            )
        profile = load_profile(part[0], os.environ)
        given = parse(profile, part[1:], f"{path} {part[0]}")
        if given is None:
            return []
        parsed.append((profile, dict(given)))
    _share([given for _, given in parsed])
    return parsed


def _share(many: Sequence[dict[str, Any]]) -> None:
    """Let what was said of the run hold for each stream; raises UsageError where two say two
    things.
    """
    for option in COMMON:
        if option.panel not in _OF_THE_RUN:
            continue
        default = option.parameter().default
        given = [each[option.name] for each in many if each[option.name] != default]
        if any(value != given[0] for value in given):
            raise UsageError(
                f"{option.flags[-1]} is given twice, and not the same.",
                hint="It holds for all streams together: give it once.",
            )
        for each in many:
            each[option.name] = given[0] if given else default
