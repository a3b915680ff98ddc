"""What a profile's subcommand was called with."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from wscli.errors import UsageError
from wscli.model.frozen import frozen
from wscli.model.profile import Origin, Profile


@frozen
class Invocation:
    """``words``: the profile's options as they were given, by name; ``values``: what they come
    to, defaults and environment included; ``common``: the options that every profile shares.
    """

    profile: Profile
    values: dict[str, Any]
    words: Mapping[str, Any]
    common: dict[str, Any]

    def tail_command(self) -> str:
        """Give the command that follows the same profile with the same options."""
        profile = self.profile
        parts = ["wscli", "tail", profile.source if profile.origin is Origin.FILE else profile.name]
        for option in profile.options:
            given = self.words.get(option.name)
            if given is True:
                parts.append(option.flag)
            elif given is not None and given is not False:
                for word in given if isinstance(given, list) else [given]:
                    parts += [option.flag, str(word)]
        return shlex.join(parts)


def require_provider(profile: Profile) -> None:
    """Raise UsageError for a bare URL, of which nothing is known that could be played."""
    if profile.origin is Origin.URL:
        raise UsageError(
            "a bare URL cannot be simulated: nothing is known of its provider.",
            hint="Name a profile, see `wscli profiles list`.",
        )
