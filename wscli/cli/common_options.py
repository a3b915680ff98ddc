"""The options of ``tail`` that every profile shares: one list, in the order of the help page."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from wscli.inspection.plans import Validation
from wscli.model.frozen import frozen
from wscli.output.formats import FORMATS

WHICH: Final = "Which messages"
LOOK: Final = "How they look"
STOP: Final = "When to stop"
CONNECTION: Final = "Connection"
CHECKING: Final = "Checking"
OFFLINE: Final = "Without the network"
TALKING: Final = "Talking"


@frozen
class CommonOption:
    """One option. ``name`` is how the code calls it; ``type`` is list for one that is repeated,
    bool for a flag. ``choices`` are offered by the shell's completion.
    """

    name: str
    type: Any
    flags: tuple[str, ...]
    panel: str
    help: str
    metavar: str | None = None
    default: Any = None
    choices: Callable[[], list[str]] | None = None
    least: int | None = None

    def parameter(self) -> inspect.Parameter:
        """Give the parameter that makes Typer offer this option."""
        default, kind = self.default, self.type
        if kind is bool:
            default = False
        elif kind is list:
            default, kind = [], list[str]
        elif default is None:
            kind = kind | None
        option = typer.Option(
            *self.flags,
            help=self.help,
            metavar=self.metavar,
            rich_help_panel=self.panel,
            autocompletion=self.choices,
            min=self.least,
            show_default=bool(default),
        )
        return inspect.Parameter(
            self.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[kind, option],
        )


_FORMATS: Final = " · ".join(f"{each.name}: {each.help}" for each in FORMATS.values())

COMMON: Final = (
    CommonOption(
        "type",
        list,
        ("--type",),
        WHICH,
        "Only these message types, a glob. Repeat it for more.",
        "GLOB",
    ),
    CommonOption(
        "where",
        list,
        ("--where",),
        WHICH,
        "Only messages for which this jq expression is true. Repeat it: all must hold.",
        "EXPR",
    ),
    CommonOption(
        "all",
        bool,
        ("--all",),
        WHICH,
        "Also heartbeats, acknowledgements and other control messages.",
    ),
    CommonOption(
        "output",
        str,
        ("-o", "--output"),
        LOOK,
        f"{_FORMATS}. Without it: table on a terminal (log where the profile has no table),"
        " ndjson otherwise.",
        "FORMAT",
        choices=lambda: list(FORMATS),
    ),
    CommonOption(
        "jq",
        str,
        ("--jq",),
        LOOK,
        "What to print of each message, a jq expression; each of its results is one line of JSON.",
        "EXPR",
    ),
    CommonOption("table", str, ("--table",), LOOK, "Show only this table.", "NAME"),
    CommonOption(
        "sort",
        str,
        ("--sort",),
        LOOK,
        "Sort the table by this column; -COLUMN sorts downwards.",
        "COLUMN",
    ),
    CommonOption(
        "color",
        str,
        ("--color",),
        LOOK,
        "auto, always or never.",
        "WHEN",
        default="auto",
        choices=lambda: ["auto", "always", "never"],
    ),
    CommonOption(
        "count",
        int,
        ("-n", "-c", "--count"),
        STOP,
        "Stop after N printed messages.",
        "N",
        least=1,
    ),
    CommonOption(
        "duration", str, ("--for",), STOP, "Stop after this long: 10s, 1m30s.", "DURATION"
    ),
    CommonOption(
        "until",
        str,
        ("--until",),
        STOP,
        "Stop after the first printed message for which this jq expression is true.",
        "EXPR",
    ),
    CommonOption(
        "timeout",
        str,
        ("--timeout",),
        STOP,
        "Give up with exit code 124 when -n or --until is not reached by then; without them, when"
        " nothing was printed by then.",
        "DURATION",
    ),
    CommonOption(
        "url",
        str,
        ("--url",),
        CONNECTION,
        "Connect there instead; without a path the profile's path is kept.",
        "URL",
    ),
    CommonOption(
        "header",
        list,
        ("-H", "--header"),
        CONNECTION,
        "Another header for the handshake, or another value for one.",
        "'K: V'",
    ),
    CommonOption("origin", str, ("--origin",), CONNECTION, "The Origin header.", "URL"),
    CommonOption(
        "subprotocol", list, ("--subprotocol",), CONNECTION, "A subprotocol to offer.", "P"
    ),
    CommonOption(
        "insecure",
        bool,
        ("-k", "--insecure"),
        CONNECTION,
        "Do not check the server's certificate.",
    ),
    CommonOption(
        "cacert",
        str,
        ("--cacert",),
        CONNECTION,
        "Trust the authorities in this PEM file.",
        "FILE",
    ),
    CommonOption(
        "connect_timeout",
        str,
        ("--connect-timeout",),
        CONNECTION,
        "For name, TCP, TLS and handshake together; 10s if not said.",
        "DURATION",
    ),
    CommonOption(
        "no_reconnect",
        bool,
        ("--no-reconnect",),
        CONNECTION,
        "End when the connection ends.",
    ),
    CommonOption(
        "max_reconnects",
        int,
        ("--max-reconnects",),
        CONNECTION,
        "Reconnect N times at most, also where the first attempt fails.",
        "N",
        least=0,
    ),
    CommonOption(
        "max_frame",
        str,
        ("--max-frame",),
        CONNECTION,
        "The longest message that is accepted; 16MiB if not said.",
        "SIZE",
    ),
    CommonOption(
        "allow_cleartext",
        bool,
        ("--allow-cleartext",),
        CONNECTION,
        "Send a secret without TLS as well, to other machines than this one.",
    ),
    CommonOption(
        "no_compress",
        bool,
        ("--no-compress",),
        CONNECTION,
        "Do not offer permessage-deflate.",
    ),
    CommonOption(
        "validate",
        str,
        ("--validate",),
        CHECKING,
        "warn: an invalid message is shown, counted, and its reason told once. strict: the first"
        " one ends the run with exit code 1. off: nothing is checked.",
        "HOW",
        default="warn",
        choices=lambda: [str(each) for each in Validation],
    ),
    CommonOption(
        "history",
        bool,
        ("--history",),
        OFFLINE,
        "First what the provider's history offers, oldest first.",
    ),
    CommonOption(
        "simulate",
        bool,
        ("--simulate",),
        OFFLINE,
        "Play the provider inside this process, and follow that.",
    ),
    CommonOption("quiet", bool, ("-q", "--quiet"), TALKING, "Only errors on stderr."),
    CommonOption(
        "verbose",
        bool,
        ("-v", "--verbose"),
        TALKING,
        "Also every frame sent and every step of the session.",
    ),
)
