"""Options about how messages look that cannot go together."""

from __future__ import annotations

from typing import Final

from wscli.cli.settings import Settings
from wscli.errors import UsageError
from wscli.model.profile import Profile
from wscli.output.formats import FORMATS

_WRAPPING: Final = tuple(each.name for each in FORMATS.values() if each.wraps)
_SORTING: Final = tuple(each.name for each in FORMATS.values() if each.sorts)
_TABULAR: Final = tuple(each.name for each in FORMATS.values() if each.needs_table)


def check_looks(name: str, profile: Profile, settings: Settings) -> None:
    """UsageError where an option does not go with the format ``name``, or where that shows one
    table and the profile has several.
    """
    demands = (
        ("--envelope", settings.envelope, _WRAPPING),
        ("--sort", settings.sort is not None, _SORTING),
        ("--table", settings.table is not None, _TABULAR),
    )
    for option, given, formats in demands:
        if given and name not in formats:
            raise UsageError(
                f"{option} and -o {name} contradict each other.",
                hint=_remedy(option, formats, chosen=settings.output is not None),
            )
    names = [table.name for table in profile.tables]
    if FORMATS[name].single and settings.table is None and len(names) > 1:
        raise UsageError(
            f"-o {name} prints one table, and {profile.name} has {len(names)}.",
            hint=f"Choose one with --table: {', '.join(names)}.",
        )


def _remedy(option: str, formats: tuple[str, ...], *, chosen: bool) -> str:
    named = " or ".join(f"-o {each}" for each in formats)
    if chosen:
        return f"{option} goes with {named}."
    return f"Add {named}: where nothing is said, the terminal or the pipe decides."
