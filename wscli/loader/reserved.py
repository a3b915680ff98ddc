"""Names that a profile's options may not have: those of the options that every profile shares.

Kept as a list of its own, with names that later versions will need, so that a profile that works
today goes on working; a test holds it against the command line.
"""

from __future__ import annotations

from typing import Final

COMMON_OPTIONS: Final = frozenset(
    {
        "all",
        "allow_cleartext",
        "append",
        "cacert",
        "cert",
        "color",
        "connect_timeout",
        "count",
        "dry_run",
        "envelope",
        "for",
        "force",
        "header",
        "help",
        "history",
        "insecure",
        "jq",
        "key",
        "max_frame",
        "max_reconnects",
        "no_compress",
        "no_line_history",
        "no_reconnect",
        "noproxy",
        "origin",
        "output",
        "proxy",
        "quiet",
        "record",
        "record_size",
        "record_time",
        "resolve",
        "send",
        "simulate",
        "sort",
        "subprotocol",
        "table",
        "timeout",
        "trust",
        "type",
        "unix_socket",
        "until",
        "url",
        "validate",
        "verbatim",
        "verbose",
        "wait",
        "where",
    }
)
