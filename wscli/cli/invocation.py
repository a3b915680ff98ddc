"""What a profile's subcommand was called with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from wscli.errors import UsageError
from wscli.loader.secrets import CMD, FILE, SecretReader
from wscli.model.frozen import frozen
from wscli.model.options import Option
from wscli.model.profile import Origin, Profile

_ELLIPSIS = "…"


@frozen
class Invocation:
    """``words``: the profile's options as they were given, by name, a secret as ``Secret``;
    ``values``: what they come to, defaults and environment included, without the secrets, which
    ``secrets`` reads; ``common``: the options that every profile shares.
    """

    profile: Profile
    values: dict[str, Any]
    secrets: SecretReader
    words: Mapping[str, Any] = field(repr=False)  # commands that print secrets may hold them
    common: dict[str, Any]

    def tail_command(self) -> str:
        """Give the command that follows the same profile with the same options. A secret is not
        in it: the reader has to fill in a file or a command, unless a file was named.
        """
        profile = self.profile
        parts = ["wscli", "tail", profile.source if profile.origin is Origin.FILE else profile.name]
        shown = [shlex.quote(part) for part in parts]
        for option in profile.options:
            shown += self._secret(option) if option.secret else self._plain(option)
        return " ".join(shown)

    def _plain(self, option: Option) -> Iterator[str]:
        given = self.words.get(option.name)
        if isinstance(given, bool):
            yield option.flag if given else f"--no-{option.flag.removeprefix('--')}"
        elif given is not None:
            for word in given if isinstance(given, list) else [given]:
                yield from (option.flag, shlex.quote(str(word)))

    def _secret(self, option: Option) -> Iterator[str]:
        path, given = self.words.get(option.name + FILE), self.words.get(option.name)
        if isinstance(given, str):  # no secret of anybody's: it stands for one
            yield from (option.flag, shlex.quote(given))
        elif self.words.get(option.name + CMD) is not None:
            yield from (f"{option.flag}-cmd", _ELLIPSIS)
        elif path is not None and path != "-":
            yield from (f"{option.flag}-file", shlex.quote(path))
        elif path is not None or given is not None:
            yield from (f"{option.flag}-file", _ELLIPSIS)


def require_provider(profile: Profile) -> None:
    """Raise UsageError for a bare URL, of which nothing is known that could be played."""
    if profile.origin is Origin.URL:
        raise UsageError(
            "a bare URL cannot be simulated: nothing is known of its provider.",
            hint="Name a profile, see `wscli profiles list`.",
        )
