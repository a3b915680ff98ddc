"""``wscli profiles``: which profiles there are, what they say, whether they hold."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from wscli.cli.complain import complain
from wscli.cli.print import print_text
from wscli.cli.taught import TaughtCommand
from wscli.errors import ProfileError, UsageError
from wscli.loader.find import available, find
from wscli.loader.glance import title_of
from wscli.loader.load import read_profile
from wscli.model.profile import Origin
from wscli.output.escape import printable

profiles_app = typer.Typer(pretty_exceptions_enable=False)


def _names() -> list[str]:
    return list(available(os.environ))


@profiles_app.command("list", cls=TaughtCommand)
def list_profiles() -> None:
    """List all profiles. A profile of your own comes before a bundled one of the same name."""
    known = available(os.environ)
    width = max((len(name) for name in known), default=0)
    for name, places in known.items():
        first = places[0]
        where = "bundled" if first.origin is Origin.BUNDLED else printable(first.source)
        hides = f", in place of {len(places) - 1} other" if len(places) > 1 else ""
        print_text(f"{printable(name):<{width}}  {printable(title_of(first))}  ({where}{hides})")


@profiles_app.command("show", cls=TaughtCommand)
def show(
    name: Annotated[
        str, typer.Argument(help="A profile's name, or a path.", autocompletion=_names)
    ],
) -> None:
    """Print a profile as it is written: a good beginning for one of your own."""
    text = find(name, os.environ).read().decode(errors="replace")
    print_text(printable(text.rstrip("\n"), keep_newlines=True))


@profiles_app.command("explain", cls=TaughtCommand)
def explain_profile(
    name: Annotated[
        str, typer.Argument(help="A profile's name, or a path.", autocompletion=_names)
    ],
) -> None:
    """Say in words what a profile sends where, with which secrets, and what each message means."""
    from wscli.cli.explain import explain  # noqa: PLC0415 - only this command needs it

    for line in explain(read_profile(find(name, os.environ), os.environ)):
        print_text(printable(line))


@profiles_app.command("check", cls=TaughtCommand)
def check(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Paths or names.", autocompletion=_names),
    ],
) -> None:
    """Check profiles: every mistake of each, with its line. Exit code 2 where there is any."""
    wrong = False
    for name in files:
        try:
            profile = read_profile(find(name, os.environ), os.environ)
        except (ProfileError, UsageError) as error:
            wrong = True
            complain(str(error))
        else:
            print_text(f"{printable(profile.source)}: no mistakes")
    if wrong:
        raise typer.Exit(2)
