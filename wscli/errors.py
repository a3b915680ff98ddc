"""The exceptions that end a run. Each class carries its exit code; ``main()`` alone prints them.

Errors about data (an invalid message, a rejected topic) are values, never exceptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class WscliError(Exception):
    """Ends the run with ``exit_code``. The text says what was done and what happened, ``hint``
    what to do next; both are plain sentences that may be shown to a user.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, text: str, *, hint: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint

    def __str__(self) -> str:
        if not self.hint:
            return self.text
        stop = "" if self.text.endswith((".", "!", "?")) else "."
        return f"{self.text}{stop} {self.hint}"


class UsageError(WscliError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class ExpressionError(WscliError):
    """A jq expression that does not compile. ``position`` is an offset into ``source``."""

    exit_code = 2

    def __init__(self, source: str, position: int, what: str, *, hint: str | None = None) -> None:
        super().__init__(f"expression {source!r}: {what}", hint=hint)
        self.source = source
        self.position = position
        self.what = what


class TemplateError(WscliError):
    """A ``${...}`` that does not compile, or a name in it that is not set."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a profile. ``line`` counts from 1, 0 where none is known;
    ``path`` is the key path (``messages.update.schema``), "" for the whole file.
    """

    line: int
    path: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "the file"
        path = f", {self.path}" if self.path else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{where}{path}: {self.what}{remedy}"


class ProfileError(WscliError):
    """A profile with mistakes, all of them in ``problems``, in order of line."""

    exit_code = 2

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        count = len(problems)
        noun = "mistake" if count == 1 else "mistakes"
        lines = "".join(f"\n  {source}: {problem}" for problem in problems)
        super().__init__(f"the profile {source} has {count} {noun}:{lines}")
        self.source = source
        self.problems = tuple(problems)


class OutputError(WscliError):
    """Output could not be written, for another reason than that its reader went away."""

    exit_code = 74


class ReaderGone(Exception):  # noqa: N818 - not an error: `| head` is a way to say "enough"
    """The reader of stdout went away: the run ends quietly with ``exit_code``."""

    exit_code: ClassVar[int] = 141
