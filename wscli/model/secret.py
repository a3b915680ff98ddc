"""A value that must never be shown."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "***"
_LOGIN: Final = re.compile("//.*@", re.DOTALL)  # a password may hold anything


class Secret:
    """Wraps a secret from the loader to the socket: whatever prints it prints ``***``."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the value itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled")


def without_login(url: str) -> str:
    """Give a URL as an error may show it: what stands before its last ``@``, where a user name and
    a password would stand, is ``***``. It need not be a URL at all.
    """
    return _LOGIN.sub(f"//{MASK}@", url)
