"""Commands whose help ends with examples."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from wscli.cli.page import BOLD
from wscli.cli.topics import Example, examples
from wscli.output.escape import printable
from wscli.output.sink import Sink


class TaughtCommand(TyperCommand):
    """A command; ``examples`` are its own, where it is not one of those that the list names."""

    examples: Sequence[Example] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; an error of the parser knows of which command it is."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if getattr(error, "ctx", ctx) is None:
                setattr(error, "ctx", ctx)  # noqa: B010 - of a class that Typer does not publish
            raise

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help, and the examples below it."""
        super().format_help(ctx, formatter)
        _teach(self.examples or examples().get(ctx.command_path, ()))


class TaughtGroup(TyperGroup):
    """A group of commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help, and the examples below it."""
        super().format_help(ctx, formatter)
        _teach(examples().get(ctx.command_path, ()))


def can_be_bold() -> bool:
    """Whether stdout is a terminal that shows bold text."""
    return Sink(1).isatty and os.environ.get("TERM") != "dumb"


def _teach(found: Sequence[Example]) -> None:
    if found:
        typer.echo("\n".join(_lines(found, bold=can_be_bold())))


def _lines(found: Sequence[Example], *, bold: bool) -> Iterator[str]:
    yield f" {BOLD.format('Examples')}" if bold else " Examples"
    for each in found:
        if each.says:
            yield f"   # {printable(each.says)}"
        yield f"   {printable(each.command)}"
