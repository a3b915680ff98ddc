"""``wscli streams PROFILE``: what there is to follow, from the provider's catalog."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from wscli.cli.common_options import COMMON, CONNECTION, TALKING, CommonOption
from wscli.cli.invocation import Invocation
from wscli.cli.profile_commands import Action, ProfileGroup
from wscli.model.profile import Profile

FORMATS: Final = ("table", "ndjson")
"""How the items may be printed."""

_OF_STREAMS: Final = frozenset(
    {"dry_run", "header", "origin", "subprotocol", "no_reconnect", "max_reconnects", "max_frame"}
)
"""Options of a connection that say nothing where only requests are made."""


def _streams(invocation: Invocation) -> int:
    from wscli.cli.catalog import streams  # noqa: PLC0415 - help and completion are quick without

    return streams(invocation)


def _offered(option: CommonOption) -> CommonOption | None:
    """Give an option of ``tail`` as it is offered here."""
    if option.name == "output":
        words = "table: a line for each item · ndjson: the items as they came. Without it: table"
        return replace(
            option, help=f"{words} on a terminal, ndjson otherwise.", choices=lambda: [*FORMATS]
        )
    if option.name == "url":
        return replace(option, help="Ask there instead; the paths of the profile are kept.")
    if option.panel == TALKING or (option.panel == CONNECTION and option.name not in _OF_STREAMS):
        return option
    return None


class StreamsGroup(ProfileGroup):
    """Every profile as a subcommand of ``streams``."""

    action: ClassVar[Action] = staticmethod(_streams)
    common: ClassVar[Sequence[inspect.Parameter]] = [
        option.parameter() for option in map(_offered, COMMON) if option is not None
    ]
    plays: ClassVar[bool | None] = False

    @classmethod
    def command_of(cls, profile: Profile) -> Any:
        """Make the command of one profile."""
        from wscli.session.catalog import for_catalog  # noqa: PLC0415 - as above

        return super().command_of(for_catalog(profile))
