"""The shared options about the connection: where to, past whom, trusting whom, how often."""

from __future__ import annotations

from typing import Final

from wscli.cli.common_option import CONNECTION, CommonOption

CONNECTING: Final = (
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
        "cert",
        str,
        ("--cert",),
        CONNECTION,
        "Show this certificate to a server that asks for one: a PEM file, which may hold its key.",
        "FILE",
    ),
    CommonOption("key", str, ("--key",), CONNECTION, "The key of --cert, a PEM file.", "FILE"),
    CommonOption(
        "proxy",
        str,
        ("-x", "--proxy"),
        CONNECTION,
        "Go through this proxy: http, https, socks5 or socks5h; '' for none. Without it what"
        " $https_proxy, $http_proxy and $all_proxy say.",
        "URL",
    ),
    CommonOption(
        "noproxy",
        str,
        ("--noproxy",),
        CONNECTION,
        "Hosts, domains and networks that need no proxy, with commas between them, or *; in the"
        " place of $no_proxy.",
        "LIST",
    ),
    CommonOption(
        "unix_socket",
        str,
        ("--unix-socket",),
        CONNECTION,
        "Connect to this Unix socket, whatever the URL's host.",
        "PATH",
    ),
    CommonOption(
        "resolve",
        list,
        ("--resolve",),
        CONNECTION,
        "Take this address, or several with commas between them, for a host and port; * is every"
        " host. Repeat it for more.",
        "HOST:PORT:ADDR",
    ),
    CommonOption(
        "connect_timeout",
        str,
        ("--connect-timeout",),
        CONNECTION,
        "For name, TCP, proxy, TLS and handshake together; 10s if not said.",
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
        "dry_run",
        bool,
        ("--dry-run",),
        CONNECTION,
        "Say what would be connected to and sent, secrets masked, and connect to nothing.",
    ),
)
