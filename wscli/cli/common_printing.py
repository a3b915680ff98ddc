"""The shared options about what is printed: which messages, how they look, when to stop."""

from __future__ import annotations

from typing import Final

from wscli.cli.common_option import LOOK, STOP, WHICH, CommonOption
from wscli.cli.completion import column_names, message_types, table_names
from wscli.output.formats import FORMATS

_FORMATS: Final = " · ".join(f"{each.name}: {each.help}" for each in FORMATS.values())

PRINTING: Final = (
    CommonOption(
        "type",
        list,
        ("--type",),
        WHICH,
        "Only these message types, a glob. Repeat it for more.",
        "GLOB",
        choices=message_types,
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
        "What to print of each message, a jq expression; each of its results is one line of JSON."
        " With --envelope it sees the envelope.",
        "EXPR",
    ),
    CommonOption(
        "envelope",
        bool,
        ("--envelope",),
        LOOK,
        "With ndjson: each message inside of an object with its time, type, number, validity and"
        " lag; with --all what happens to the connection is a line as well.",
    ),
    CommonOption(
        "table",
        str,
        ("--table",),
        LOOK,
        "Show only this table.",
        "NAME",
        choices=table_names,
    ),
    CommonOption(
        "sort",
        str,
        ("--sort",),
        LOOK,
        "Sort the table by this column; -COLUMN sorts downwards.",
        "COLUMN",
        choices=column_names,
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
        "duration",
        str,
        ("--for",),
        STOP,
        "Stop after this long: 10s, 1m30s; a bare number is seconds.",
        "DURATION",
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
)
