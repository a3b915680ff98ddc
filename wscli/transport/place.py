"""How a place on the network is written."""

from __future__ import annotations

import re
from typing import Final

_HOST: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")


def host_and_port(host: str, port: int) -> str:
    """Write ``host:port``, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def ascii_host(host: str) -> str:
    """Give a host name or an address without brackets as it goes over the wire, in lower case;
    "" where it is neither.
    """
    try:
        found = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return found if _HOST.fullmatch(found) else ""
