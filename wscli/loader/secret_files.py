"""Files that hold a secret, and stdin."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from wscli.errors import UsageError

_STDIN: Final = 0
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_file(path: Path, *, at_most: int) -> bytes:
    """Give the file's bytes, cut one byte after ``at_most``; raises UsageError."""
    try:
        with path.open("rb") as stream:
            return stream.read(at_most + 1)
    except OSError as error:
        raise _unreadable(path, error) from None


def read_stdin(*, at_most: int) -> bytes:
    """Give stdin's bytes, cut one byte after ``at_most``; raises UsageError where a person would
    have to type them for all to see.
    """
    if os.isatty(_STDIN):
        raise UsageError("stdin is a terminal, which would show the secret.", hint="Pipe it in.")
    try:
        with os.fdopen(os.dup(_STDIN), "rb") as stream:
            return stream.read(at_most + 1)
    except OSError as error:
        raise UsageError(f"stdin cannot be read: {_why(error)}.") from None


def can_be_read_again(path: Path) -> bool:
    """Whether the file is a regular one: what a pipe gives is gone then. Raises UsageError where
    there is no file.
    """
    return stat.S_ISREG(_mode(path))


def is_open_to_others(path: Path) -> bool:
    """Whether other users may read or change a file, as far as its mode says; raises UsageError."""
    return os.name == "posix" and bool(_mode(path) & _OTHERS)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"the file {path} cannot be read: {_why(error)}.")


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
