"""What the shell offers while a command is typed: quick, and silent whatever goes wrong."""

from __future__ import annotations

import io
import re
from collections.abc import MutableMapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Final

import typer

from wscli.cli.print import print_text
from wscli.errors import OutputError, ReaderGone
from wscli.model.message import SHOWN
from wscli.model.profile import Profile

VARIABLE: Final = "_WSCLI_COMPLETE"
"""Set by the shell's script; Typer makes the name of that of the command."""

_BREAK: Final = re.compile("[:=]+")
_PLAIN: Final = re.compile(r"[\w.:@/+-]+")
_FAILED: Final = 1


def complete(environment: MutableMapping[str, str]) -> int:
    """Answer the shell; gives the exit code. Raises nothing."""
    prefix = join_words(environment) if environment[VARIABLE] == "complete_bash" else ""
    code, answer = _FAILED, io.StringIO()
    with redirect_stdout(answer), redirect_stderr(io.StringIO()), suppress(Exception):
        try:
            from wscli.cli.app import app  # noqa: PLC0415 - what an import says is kept as well

            app(args=[], prog_name="wscli")
        except SystemExit as end:
            code = int(end.code or 0)
    lines = [line.removeprefix(prefix) for line in answer.getvalue().splitlines()]
    with suppress(ReaderGone, OutputError):
        print_text("\n".join(lines))
    return code


def join_words(environment: MutableMapping[str, str]) -> str:
    """Put together what bash took apart: `:` and `=` are words of their own to it. Gives what bash
    expects to be missing from the front of each answer then.
    """
    text, index = environment.get("COMP_WORDS", ""), environment.get("COMP_CWORD", "")
    apart = text.split("\n") if "\n" in text else text.split(" ")
    if not index.isdecimal() or int(index) >= len(apart):
        return ""
    words = [apart[0]]
    joins = False  # the word at hand goes on
    for word in apart[1 : int(index) + 1]:
        breaks = _BREAK.fullmatch(word) is not None
        if (joins or breaks) and len(words) > 1:
            words[-1] += word
        else:
            words.append(word)
        joins = breaks
    environment["COMP_WORDS"] = "\n".join(words)
    environment["COMP_CWORD"] = str(len(words) - 1)
    last = apart[int(index)]
    return words[-1] if _BREAK.fullmatch(last) else words[-1].removesuffix(last)


def message_types(ctx: typer.Context) -> list[str]:
    """Give the types of the profile's messages that need no quotes, those that are shown first."""
    if not isinstance(ctx.obj, Profile):
        return []
    rules = sorted(ctx.obj.messages, key=lambda rule: rule.role not in SHOWN)
    return [rule.name for rule in rules if _PLAIN.fullmatch(rule.name)]


def table_names(ctx: typer.Context) -> list[str]:
    """Give the profile's tables."""
    return [table.name for table in ctx.obj.tables] if isinstance(ctx.obj, Profile) else []


def column_names(ctx: typer.Context) -> list[str]:
    """Give the columns of the table that was chosen, or of all."""
    if not isinstance(ctx.obj, Profile):
        return []
    chosen = [each for each in ctx.obj.tables if ctx.params.get("table") in (None, each.name)]
    return list(dict.fromkeys(column.name for table in chosen for column in table.columns))
