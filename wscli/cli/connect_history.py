"""The lines that the user typed, kept in a file for the next time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_MODE: Final = 0o600  # what somebody said to a provider is nobody else's business
_KEPT: Final = 1000  # lines of all profiles, once there are twice as many


def line_history(name: str) -> LineHistory:
    """Give the history of what was said to a profile, in the platform's folder for state."""
    from platformdirs import user_state_path  # noqa: PLC0415 - only where somebody types

    return LineHistory(user_state_path("wscli") / "connect-history", name)


class LineHistory:
    """Keeps lines in ``path``, each with ``name``, the profile it was said to. A file that cannot
    be written or read is nobody's loss.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name

    def load(self) -> list[str]:
        """Give the lines that were said to this profile, oldest first."""
        entries = self._entries()
        if len(entries) > 2 * _KEPT:
            self._keep(entries[-_KEPT:])
        found = map(_said_to, entries)
        return [line for name, line in found if name == self._name]

    def add(self, line: str) -> None:
        """Keep a line."""
        entry = json.dumps([self._name, line]) + "\n"
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._path, entry, os.O_APPEND)

    def _entries(self) -> list[str]:
        try:
            return self._path.read_text("utf-8", errors="replace").splitlines(keepends=True)
        except OSError:
            return []

    def _keep(self, entries: list[str]) -> None:
        """Put the last lines in place of all."""
        beside = self._path.with_suffix(".new")
        with suppress(OSError):
            self._write(beside, "".join(entries), os.O_TRUNC)
            beside.replace(self._path)

    def _write(self, path: Path, text: str, how: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, _MODE)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, _MODE)
            file.write(text.encode())


def _said_to(entry: str) -> Iterator[str]:
    """Give the profile's name and the line; two empty texts for what is no entry of ours."""
    try:
        name, line = json.loads(entry)
    except (ValueError, TypeError, RecursionError):
        name = line = ""
    yield from (str(name), str(line))
