"""Every profile as a subcommand, with the options that it declares."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, Final

import typer
from typer.core import TyperGroup

from wscli.cli.common_options import COMMON
from wscli.cli.invocation import Invocation
from wscli.cli.tail import tail
from wscli.errors import WscliError
from wscli.loader.find import available
from wscli.loader.glance import title_of
from wscli.loader.load import load_profile
from wscli.loader.values import option_values
from wscli.model.options import Option, OptionType
from wscli.model.profile import Profile
from wscli.output.escape import printable

_PREFIX: Final = "profile_"  # keeps a profile's options apart from the common ones
_TYPES: Final = {
    OptionType.INTEGER: int | None,
    OptionType.NUMBER: float | None,
    OptionType.BOOLEAN: bool | None,
    OptionType.LIST: list[str],
}

Action = Callable[[Invocation], int]
"""What a subcommand does; gives the exit code."""


class ProfileGroup(TyperGroup):
    """A group whose commands are the profiles; a path or a URL stands for one as well."""

    action: ClassVar[Action] = staticmethod(tail)
    common: ClassVar[Sequence[inspect.Parameter]] = [each.parameter() for each in COMMON]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """Give the names of all profiles."""
        return list(available(os.environ))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Typer's signature
        """Give a command that only knows its title, for lists: profiles with mistakes too."""
        found = available(os.environ).get(cmd_name)
        if found is None:
            return None
        return _command(cmd_name, _plain(title_of(found[0])), [], _nothing)

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
        own = [_parameter(option) for option in profile.options]

        def callback(**given: Any) -> None:
            words = {
                option.name: given.pop(_PREFIX + option.name, None) for option in profile.options
            }
            values = option_values(profile, words, os.environ)
            raise typer.Exit(cls.action(Invocation(profile, values, words, given)))

        about = profile.about
        parts = [about.title or f"Follow {profile.name}.", about.caution]
        parts += [f"Documentation: {about.docs}"] if about.docs else []
        text = "\n\n".join(_plain(part) for part in parts if part)
        return _command(profile.name, text, [*own, *cls.common], callback)


def _nothing() -> None:
    pass


def _plain(text: str) -> str:
    """Make a profile's own words safe for a terminal and for Rich, which reads markup in help."""
    return re.sub(r"(\\*)\[", r"\1\1\\[", printable(text)).rstrip("\\")


def _command(
    name: str, text: str, parameters: Sequence[inspect.Parameter], callback: Callable[..., None]
) -> Any:
    """Make a command whose options are these parameters, by Typer's public means."""

    def function(**given: Any) -> None:
        callback(**given)

    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # PEP 362
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name, help=text, context_settings={"help_option_names": ["-h", "--help"]})(function)
    return typer.main.get_command(app)


def _parameter(option: Option) -> inspect.Parameter:
    """Give the parameter that makes Typer offer a profile's option."""
    kind = _TYPES.get(option.type, str | None)
    declaration = typer.Option(
        option.flag,
        help=_help(option),
        metavar=None if option.type is OptionType.BOOLEAN else _metavar(option),
        autocompletion=_completion(option),
        rich_help_panel="From the profile",
        show_default=False,
    )
    return inspect.Parameter(
        _PREFIX + option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=[] if option.type is OptionType.LIST else None,
        annotation=Annotated[kind, declaration],
    )


def _help(option: Option) -> str:
    parts = [option.help]
    if option.choices:
        parts.append(f"One of {', '.join(option.choices)}.")
    if option.default is not None:
        parts.append(f"[default: {option.default}]")
    if option.env:
        parts.append(f"[env: {option.env}]")
    if option.required:
        parts.append("[required]")
    return _plain(" ".join(part for part in parts if part))


def _metavar(option: Option) -> str:
    return option.name.upper() if option.type is OptionType.LIST else option.type.upper()


def _completion(option: Option) -> Callable[[str], list[str]] | None:
    words = list(option.choices) or list(option.examples)
    if not words:
        return None
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]
