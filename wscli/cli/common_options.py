"""The options of ``tail`` that every profile shares: one list, in the order of the help page."""

from __future__ import annotations

from typing import Final

from wscli.cli.common_connecting import CONNECTING
from wscli.cli.common_option import (
    CHECKING,
    CONNECTION,
    LOOK,
    OFFLINE,
    STOP,
    TALKING,
    WHICH,
    CommonOption,
)
from wscli.cli.common_printing import PRINTING
from wscli.inspection.plans import Validation

__all__ = [
    "CHECKING",
    "COMMON",
    "CONNECTION",
    "LOOK",
    "OFFLINE",
    "STOP",
    "TALKING",
    "WHICH",
    "CommonOption",
]

COMMON: Final = (
    *PRINTING,
    *CONNECTING,
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
