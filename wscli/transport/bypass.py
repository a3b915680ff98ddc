"""Which hosts are reached without a proxy: what ``no_proxy`` and ``--noproxy`` say. Touches no
socket.

As curl reads it: names between commas or blanks, each standing for the host and all below it,
whatever dot it begins or ends with; addresses, and networks as ``10.0.0.0/8``; ``*`` for every
host. Beyond curl and as other tools do: ``host:port`` holds for that port alone.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias

_Address: TypeAlias = IPv4Address | IPv6Address

_SEPARATORS: Final = re.compile(r"[,\s]+")
_WITH_PORT: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]+):(?P<port>[0-9]{1,5})")


def is_bypassed(listed: str, host: str, port: int) -> bool:
    """Whether the list holds a host, a name or an address without brackets."""
    host = host.lower().removesuffix(".")
    return any(_holds(each, host, port) for each in _SEPARATORS.split(listed.lower()) if each)


def _holds(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    if (found := _WITH_PORT.fullmatch(entry)) is not None:
        if int(found["port"]) != port:
            return False
        entry = found["host"]
    address = _address(host)
    if address is not None:
        return _holds_address(entry.strip("[]"), address)
    name = entry.removeprefix(".").removesuffix(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _holds_address(entry: str, address: _Address) -> bool:
    try:
        return address in ip_network(entry, strict=False)
    except ValueError:  # a name, or nothing that can be read: curl passes over it too
        return False


def _address(host: str) -> _Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
