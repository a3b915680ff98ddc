"""Makes docs/wscli.1, the man page, from the texts and options of the command itself.

Run it from the top of the repository: `.venv/bin/python docs/make_man_page.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from wscli import __version__
from wscli.cli.app import PER_PROFILE, app
from wscli.cli.page import Block, Code, Heading, Item, Paragraph, Term
from wscli.cli.profile_commands import make_command
from wscli.cli.topics import TOPICS, Example, examples, topic

SECTIONS = {"exit-codes": "EXIT STATUS"}
PLACE = Path(__file__).with_name("wscli.1")
AFTER_BOLD = r"\fR"


def escaped(text: str) -> str:
    """Write plain text: nothing of it is a command, every dash of an option can be copied."""
    text = text.replace("\\", "\\e")
    text = re.sub(r"(?<![\w\\])-+|--+", lambda dashes: r"\-" * len(dashes[0]), text)
    text = "".join(sign if " " <= sign <= "~" else f"\\[u{ord(sign):04X}]" for sign in text)
    return rf"\&{text}" if text[:1] in (".", "'") else text


def typed(text: str) -> str:
    """Write what is typed: every dash is one that can be copied."""
    return escaped(text).replace(r"\-", "-").replace("-", r"\-")


def bold(text: str) -> str:
    return rf"\fB{typed(text)}{AFTER_BOLD}"


def prose(text: str) -> str:
    """Write running text, in which backquotes stand around what is typed."""
    parts = re.split(r"`([^`]+)`", " ".join(text.split()))
    return "".join(bold(part) if odd % 2 else escaped(part) for odd, part in enumerate(parts))


def block_lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(text, _):
            yield f".SS {escaped(text)}"
        case Paragraph(text):
            yield from (".PP", prose(text))
        case Item(text):
            yield from (r".IP \(bu 2", prose(text))
        case Term(word, text):
            yield from (".TP", bold(word), prose(text))
        case Code(lines):
            yield from (".PP", ".RS 4", ".nf", *(typed(line) for line in lines), ".fi", ".RE")


def option_lines(params: Iterable[Any], known: Mapping[str, str]) -> Iterator[str]:
    """Give each option with what it takes and its help, under the headings of the help page. What
    is known from tail, and means the same, is only named.
    """
    panel = ""
    options = [each for each in params if each.param_type_name == "option" and each.name != "help"]
    same = [each for each in options if known.get(each.name) == each.help]
    for each in options:
        if each in same:
            continue
        if (found := getattr(each, "rich_help_panel", None) or "") != panel:
            panel = found
            yield from (".PP", rf"\fI{escaped(panel)}\fR")
        flags = ", ".join(bold(flag) for flag in [*each.opts, *each.secondary_opts])
        takes = "" if each.is_flag else f" {each.metavar or each.type.name.upper()}"
        yield from (".TP", flags + escaped(takes), prose(each.help or ""))
    if same:
        names = ", ".join(bold(each.opts[-1]) for each in same)
        yield from (".PP", rf"As with {bold('wscli tail')}: {names}.")


def example_lines(found: Iterable[Example]) -> Iterator[str]:
    lines = [
        line
        for each in found
        for line in ([f"# {each.says}"] if each.says else []) + [each.command]
    ]
    yield from block_lines(Code(tuple(lines))) if lines else ()


def command_lines(
    name: str, command: Any, params: Iterable[Any], rest: str, known: Mapping[str, str]
) -> Iterator[str]:
    yield f".SS {escaped(f'wscli {name} {rest}'.rstrip())}"
    yield prose(command.help)
    yield from option_lines(params, known)
    yield from example_lines(examples().get(f"wscli {name}", ()))


def commands() -> Iterator[str]:
    """Give every command with its options; of profiles those that all of them share."""
    root: Any = typer.main.get_command(app)
    context = root.make_context("wscli", [], resilient_parsing=True)
    shared = {each.name: each for each in PER_PROFILE}
    known: dict[str, str] = {}
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        if name in shared:
            common = make_command(name, "", command.common, lambda **_: None)
            rest = f"PROFILE{shared[name].rest}"
            yield from command_lines(name, command, common.params, rest, known)
            known = known or {each.name: each.help for each in common.params}
        elif hasattr(command, "commands"):
            for inner, each in command.commands.items():
                yield from command_lines(
                    f"{name} {inner}", each, each.params, arguments(each), known
                )
        else:
            yield from command_lines(name, command, command.params, arguments(command), known)


def arguments(command: Any) -> str:
    found = [each for each in command.params if each.param_type_name == "argument"]
    return " ".join(each.metavar or each.name.upper() for each in found)


def page() -> str:
    """Give the whole page."""
    root: Any = typer.main.get_command(app)
    lines = [
        r".\" Made by docs/make_man_page.py from the command's own texts: change those.",
        f'.TH WSCLI 1 "" "wscli {__version__}" "User Commands"',
        ".nh",  # no hyphens: what is read here is typed
        ".ad l",
        ".SH NAME",
        r"wscli \- look into WebSocket streams",
        ".SH SYNOPSIS",
        r"\fBwscli tail\fR \fIPROFILE\fR [\fIOPTIONS\fR]",
        ".br",
        r"\fBwscli\fR \fICOMMAND\fR [\fIARGUMENTS\fR]",
        ".br",
        r"\fBwscli help\fR [\fITOPIC\fR|\fICOMMAND\fR]",
        ".SH DESCRIPTION",
        prose(root.help),
        ".PP",
        prose(
            "stdout carries messages and nothing else; what happens to the connection, what is"
            " invalid, and the summary at the end go to stderr. Each profile adds options of its"
            " own: `wscli tail NAME --help` shows them."
        ),
        *example_lines(examples()["wscli"]),
        ".SH COMMANDS",
        *commands(),
    ]
    for name in TOPICS:
        lines.append(f".SH {SECTIONS.get(name, name.upper())}")
        lines += [line for block in topic(name)[1:] for line in block_lines(block)]
    lines += [".SH SEE ALSO", r"\fBjq\fR(1), \fBcurl\fR(1)"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="ascii")
