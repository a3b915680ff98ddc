"""``wscli help``: pages about topics, and the help of every command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from wscli.cli.page import Block, Heading, Paragraph, Term, render
from wscli.cli.print import print_text
from wscli.cli.taught import can_be_bold
from wscli.cli.topics import TOPICS, topic
from wscli.errors import UsageError
from wscli.loader.find import available
from wscli.loader.shape import closest
from wscli.output.sink import Sink


def _offered(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:
    """Give the topics and commands for the first word, for the others what a command has."""
    group: Any = ctx.find_root().command
    words: list[str] = ctx.params.get("words") or args
    inner = group.get_command(ctx, words[0]) if words else group
    names = list(inner.list_commands(ctx)) if hasattr(inner, "list_commands") else []
    known = names if words else [*TOPICS, *names]
    return [name for name in known if name.startswith(incomplete)]


def help_command(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC|COMMAND...]", help="What to explain.", autocompletion=_offered
        ),
    ] = None,
) -> None:
    """Explain a topic or a command; alone, say which there are."""
    root = ctx.find_root()
    group: Any = root.command
    commands = {name: group.get_command(root, name) for name in group.list_commands(root)}
    if not words:
        _print(tuple(_overview(commands)))
    elif words[0] in TOPICS and len(words) == 1:
        _print(topic(words[0]))
    elif words[0] in commands:
        group.main(args=[*words, "--help"], prog_name=root.info_name, standalone_mode=False)
    elif words[0] in TOPICS:
        raise UsageError("a topic stands alone.", hint=f"See `wscli help {words[0]}`.")
    else:
        raise _unknown(words[0], [*TOPICS, *commands])


def _overview(commands: dict[str, Any]) -> Iterator[Block]:
    yield Paragraph(
        "`wscli help TOPIC` prints a page, `wscli help COMMAND` is `wscli COMMAND --help`."
    )
    yield Heading("Topics", 2)
    for name, about in TOPICS.items():
        yield Term(name, about)
    yield Heading("Commands", 2)
    for name, command in commands.items():
        yield Term(name, command.help.partition("\n")[0])


def _unknown(word: str, known: list[str]) -> UsageError:
    text = f'there is no topic and no command "{word}".'
    if word in available(os.environ):
        return UsageError(text, hint=f"For a profile's options see `wscli tail {word} --help`.")
    return UsageError(text, hint=closest(word, known) or "See `wscli help`.")


def _print(blocks: tuple[Block, ...]) -> None:
    stdout = Sink(1)
    print_text(render(blocks, stdout.size()[0], bold=can_be_bold()))
