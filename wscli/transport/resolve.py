"""``--resolve``: addresses to use in the place of what a name server says. Touches no socket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Final, TypeAlias

from wscli.model.hosts import is_loopback
from wscli.transport.place import ascii_host

Resolve: TypeAlias = Mapping[tuple[str, int], tuple[str, ...]]
"""The addresses, without brackets, for a lower-case host and a port; ``*`` is every host."""

_ANY: Final = "*"
_ENTRY: Final = re.compile(r"(\[[^\]]*\]|[^:\[\]]+):([0-9]{1,5}):(.+)")
_FORM: Final = "write HOST:PORT:ADDRESS[,ADDRESS]…"


def parse_resolve(entries: Iterable[str]) -> Resolve:
    """Read entries as curl does; of two for the same place the later one holds. Raises ValueError
    with a plain sentence without a full stop.
    """
    return dict(_entry(text) for text in entries)


def addresses_for(resolve: Resolve, host: str, port: int) -> tuple[str, ...]:
    """Give the addresses to use, or else the host itself."""
    exact = resolve.get((host.lower(), port))
    return exact or resolve.get((_ANY, port)) or (host,)


def leads_away(resolve: Resolve) -> bool:
    """Whether a host of this machine, by its name, is given the address of another one."""
    return any(
        (host == _ANY or is_loopback(host)) and not all(map(is_loopback, addresses))
        for (host, _), addresses in resolve.items()
    )


def _entry(text: str) -> tuple[tuple[str, int], tuple[str, ...]]:
    if text.startswith(("+", "-")):
        raise ValueError(f"{text!r}: curl's prefixes + and - mean nothing here, {_FORM}")
    found = _ENTRY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} cannot be read, {_FORM}")
    host = found[1] if found[1] == _ANY else ascii_host(found[1].strip("[]"))
    port = int(found[2])
    if not host:
        raise ValueError(f"{text!r}: {found[1]!r} is no host name")
    if not 0 < port < 65_536:
        raise ValueError(f"{text!r}: the port is a number from 1 to 65535")
    return (host, port), tuple(_address(each, text) for each in found[3].split(","))


def _address(text: str, entry: str) -> str:
    bare = text.removeprefix("[").removesuffix("]")
    try:
        ip_address(bare)
    except ValueError:
        raise ValueError(f"{entry!r}: {text!r} is no IP address") from None
    return bare
