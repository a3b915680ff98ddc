"""The command line as a whole: which commands there are."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from wscli.cli.help import help_command
from wscli.cli.print import print_text
from wscli.cli.profiles import profiles_app
from wscli.cli.taught import TaughtCommand, TaughtGroup
from wscli.errors import UsageError
from wscli.loader.find import available
from wscli.loader.shape import closest
from wscli.model.frozen import frozen


@frozen
class PerProfile:
    """A command that has a subcommand for every profile. ``group``: its module and class, which is
    imported where the command is asked for, so that none pays for the others.
    """

    name: str
    group: str
    help: str
    rest: str = " [OPTIONS]"

    def command(self) -> Any:
        """Give the command itself."""
        module, _, name = self.group.partition(":")
        made = typer.Typer(
            name=self.name,
            cls=getattr(import_module(f"wscli.cli.{module}"), name),
            help=self.help,
            subcommand_metavar=f"PROFILE{self.rest}",
            pretty_exceptions_enable=False,
        )
        return typer.main.get_group(made)


PER_PROFILE: Final = (
    PerProfile(
        "tail",
        "profile_commands:TailGroup",
        "Follow a stream: PROFILE is a profile's name, the path of a profile, or a ws:// or wss://"
        " URL. Several at once stand with a + between them, each with its own options; how they"
        " look and when they end holds for all.",
        " [OPTIONS] [+ ...]",
    ),
    PerProfile(
        "connect",
        "connect:ConnectGroup",
        "Talk to a stream: what you type or pipe in is sent, a line a frame.",
    ),
    PerProfile(
        "simulate",
        "simulate:SimulateGroup",
        "Play a provider on this machine, from its profile alone.",
    ),
    PerProfile(
        "streams", "streams:StreamsGroup", "List what a provider has to follow: its catalog."
    ),
    PerProfile(
        "login",
        "login:LoginGroup",
        "Store a profile's secrets in your keyring, so that `tail` finds them there.",
    ),
    PerProfile("logout", "login:LogoutGroup", "Remove a profile's secrets from your keyring.", ""),
)


_PER_PROFILE: Final = {each.name: each for each in PER_PROFILE}


class _Root(TaughtGroup):
    """All commands, ``help`` as the last one."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Give the names of the commands."""
        others = sorted(super().list_commands(ctx), key=lambda name: name == "help")
        return [*_PER_PROFILE, *others]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Give a command, None where there is none of this name."""
        each = _PER_PROFILE.get(cmd_name)
        return super().get_command(ctx, cmd_name) if each is None else each.command()

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Give the command for the first word; raises UsageError."""
        word = args[0]
        if not (ctx.resilient_parsing or word.startswith("-") or word in self.list_commands(ctx)):
            text = f'there is no command "{word}".'
            if word in available(os.environ):
                raise UsageError(text, hint=f"To follow that profile: `wscli tail {word}`.")
            hint = closest(word, self.list_commands(ctx)) or "See `wscli help`."
            raise UsageError(text, hint=hint)
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="wscli",
    cls=_Root,
    help="Look into WebSocket streams: one profile for each provider, one command for the live,"
    " checked stream.",
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it with the flag's value
    if wanted:
        from wscli import __version__  # noqa: PLC0415 - rarely needed

        print_text(f"wscli {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", help="Print the version.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


app.add_typer(
    profiles_app,
    name="profiles",
    cls=TaughtGroup,
    help="Which profiles there are, and whether they hold.",
)
app.command("help", cls=TaughtCommand)(help_command)
