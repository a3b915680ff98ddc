"""Every profile as a subcommand, with the options that it declares."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from wscli.cli.common_options import COMMON
from wscli.cli.complain import complain
from wscli.cli.invocation import Invocation
from wscli.cli.profile_options import parameters_of, plain, words_of
from wscli.cli.tail import tail
from wscli.errors import WscliError
from wscli.loader.find import available
from wscli.loader.glance import title_of
from wscli.loader.load import load_profile
from wscli.loader.logins import Logins
from wscli.loader.values import option_values, simulated_values
from wscli.model.profile import Profile

Action = Callable[[Invocation], int]
"""What a subcommand does; gives the exit code."""


class ProfileGroup(TyperGroup):
    """A group whose commands are the profiles; a path or a URL stands for one as well.

    ``plays``: the provider is played by us, so that no secret is needed; where None is said,
    ``--simulate`` decides.
    """

    action: ClassVar[Action] = staticmethod(tail)
    common: ClassVar[Sequence[inspect.Parameter]] = [each.parameter() for each in COMMON]
    plays: ClassVar[bool | None] = None

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """Give the names of all profiles."""
        return list(available(os.environ))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Typer's signature
        """Give a command that only knows its title, for lists: profiles with mistakes too."""
        found = available(os.environ).get(cmd_name)
        if found is None:
            return None
        return make_command(cmd_name, plain(title_of(found[0])), [], _nothing)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Give the command for the first word; raises UsageError or ProfileError."""
        name = args[0]
        if name.startswith("-"):
            return super().resolve_command(ctx, args)
        try:
            profile = load_profile(name, os.environ)
        except WscliError:
            if ctx.resilient_parsing:  # the shell completes a word: no place for an error
                return None, None, args[1:]
            raise
        return name, self.command_of(profile), args[1:]

    @classmethod
    def command_of(cls, profile: Profile) -> Any:
        """Make the command of one profile."""

        def callback(**given: Any) -> None:
            words = words_of(profile, given)
            raise typer.Exit(cls.action(cls._invocation(profile, words, given)))

        about = profile.about
        parts = [about.title or f"Follow {profile.name}.", about.caution]
        parts += [f"Documentation: {about.docs}"] if about.docs else []
        text = "\n\n".join(plain(part) for part in parts if part)
        return make_command(profile.name, text, [*parameters_of(profile), *cls.common], callback)

    @classmethod
    def _invocation(
        cls, profile: Profile, words: Mapping[str, Any], common: dict[str, Any]
    ) -> Invocation:
        warn = _say_nothing if common.get("quiet") else complain
        if common.get("simulate") if cls.plays is None else cls.plays:
            found = simulated_values(profile, words, os.environ, warn=warn)
        else:
            found = option_values(profile, words, os.environ, logins=Logins(), warn=warn)
        return Invocation(profile, found.values, found.secrets, {**words, **found.assumed}, common)


def make_command(
    name: str, text: str, parameters: Sequence[inspect.Parameter], callback: Callable[..., None]
) -> Any:
    """Make a command whose options are these parameters, by Typer's public means."""

    def function(**given: Any) -> None:
        callback(**given)

    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # PEP 362
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name, help=text, context_settings={"help_option_names": ["-h", "--help"]})(function)
    return typer.main.get_command(app)


def _nothing() -> None:
    pass


def _say_nothing(_text: str) -> None:
    pass
