"""The command line as a whole: which commands there are."""

from __future__ import annotations

from typing import Annotated

import typer

from wscli.cli.login import LoginGroup, LogoutGroup
from wscli.cli.print import print_text
from wscli.cli.profile_commands import ProfileGroup
from wscli.cli.profiles import profiles_app
from wscli.cli.simulate import SimulateGroup
from wscli.cli.streams import StreamsGroup

app = typer.Typer(
    name="wscli",
    help="Look into WebSocket streams: one profile for each provider, one command for the live,"
    " checked stream.",
    epilog="Begin with: wscli profiles list · wscli tail PROFILE --simulate",
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
    typer.Typer(cls=ProfileGroup, pretty_exceptions_enable=False),
    name="tail",
    help="Follow a stream: PROFILE is a profile's name, the path of a profile, or a ws:// or"
    " wss:// URL.",
    epilog="Examples: wscli tail PROFILE --help · wscli tail mine.yaml --simulate · wscli tail wss://example.org/feed",
    subcommand_metavar="PROFILE [OPTIONS]",
)
app.add_typer(
    typer.Typer(cls=SimulateGroup, pretty_exceptions_enable=False),
    name="simulate",
    help="Play a provider on this machine, from its profile alone.",
    epilog="Example: wscli simulate PROFILE --port 8080",
    subcommand_metavar="PROFILE [OPTIONS]",
)
app.add_typer(
    typer.Typer(cls=StreamsGroup, pretty_exceptions_enable=False),
    name="streams",
    help="List what a provider has to follow: its catalog.",
    epilog="Examples: wscli streams PROFILE · wscli streams PROFILE | jq -r .id",
    subcommand_metavar="PROFILE [OPTIONS]",
)
app.add_typer(
    typer.Typer(cls=LoginGroup, pretty_exceptions_enable=False),
    name="login",
    help="Store a profile's secrets in your keyring, so that `tail` finds them there.",
    epilog="Examples: wscli login PROFILE · wscli login PROFILE --token < token.txt",
    subcommand_metavar="PROFILE [OPTIONS]",
)
app.add_typer(
    typer.Typer(cls=LogoutGroup, pretty_exceptions_enable=False),
    name="logout",
    help="Remove a profile's secrets from your keyring.",
    epilog="Example: wscli logout PROFILE",
    subcommand_metavar="PROFILE",
)
app.add_typer(
    profiles_app, name="profiles", help="Which profiles there are, and whether they hold."
)
