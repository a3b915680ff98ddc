"""What may stand at a word of a computed value: each reader gives what its kind works with."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

from wscli.errors import TemplateError
from wscli.model.durations import parse_duration
from wscli.model.frozen import frozen
from wscli.session.computed.filling import Filling, compile_filling
from wscli.templates.syntax import Root

Names: TypeAlias = Collection[str] | None
"""The names that a template may use; None: any."""

_LONGEST: Final = 100 * 366 * 86_400.0  # seconds: a century, so that every time has a year
_NOT_HERE: Final[Mapping[Root, str]] = {Root.ELEMENT: "${.…}", Root.MESSAGE: "${$.…}"}


class Unfit(Exception):  # noqa: N818 - becomes one of the profile's problems where the place is known
    """A value does not fit its word: what is wrong with it, and what would be right."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


@frozen
class Word:
    """One word. ``read(raw, names)`` raises Unfit for what cannot stand there."""

    read: Callable[[Any, Names], Any]
    optional: bool = False


def one_of(*values: str | int) -> Word:
    """A closed list."""

    def read(raw: Any, _names: Names) -> Any:
        for value in values:
            if raw == value:
                return value
        listed = ", ".join(str(value) for value in values)
        raise Unfit(f"{in_short(raw)} must be one of {listed}.", nearest(raw, values))

    return Word(read)


def defaulting(word: Word) -> Word:
    """A word that may be left out."""
    return Word(word.read, optional=True)


def whole_number(least: int, most: int) -> Word:
    """A whole number between both ends."""

    def read(raw: Any, _names: Names) -> int:
        if type(raw) is not int or not least <= raw <= most:
            raise Unfit(f"{in_short(raw)} must be a whole number from {least} to {most}.")
        return raw

    return Word(read)


def length_of_time() -> Word:
    """A length of time, in seconds."""

    def read(raw: Any, _names: Names) -> float:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise Unfit(f"{in_short(raw)} is no length of time.", "Write 500ms, 10s, 1m30s or 2h.")
        try:
            seconds = parse_duration(raw)
        except (ValueError, OverflowError) as error:
            raise Unfit(f"{error}.") from None
        if seconds > _LONGEST:
            raise Unfit(f"{in_short(raw)} is longer than a century.")
        return seconds

    return Word(read)


def template(*, own_item: bool = False) -> Word:
    """Any tree with ``${…}`` in its texts; see ``compile_filling``."""

    def read(raw: Any, names: Names) -> Filling:
        try:
            filling = compile_filling(raw, names, own_item=own_item)
        except TemplateError as error:
            raise Unfit(f"{error.text}.", error.hint or "") from None
        for root, written in _NOT_HERE.items():
            if root in filling.roots:
                raise Unfit(
                    f"{written} means nothing here.",
                    "Use an option, a captured or another computed value.",
                )
        return filling

    return Word(read)


def json_object(*, without: Mapping[str, str] | None = None) -> Word:
    """A template that gives an object. ``without``: keys that it may not have, and why."""
    tree = template()

    def read(raw: Any, names: Names) -> Any:
        if not isinstance(raw, dict | str):
            raise Unfit(f"{in_short(raw)} must be a mapping.")
        for key, remedy in (without or {}).items():
            if key in raw and isinstance(raw, dict):
                raise Unfit(f'"{key}" cannot stand here.', remedy)
        return tree.read(raw, names)

    return Word(read)


def nearest(word: Any, known: Iterable[Any]) -> str:
    """Suggest the nearest of the known words; "" where none is near."""
    near = get_close_matches(str(word), [str(each) for each in known], 1)
    return f'Did you mean "{near[0]}"?' if near else ""


def in_short(raw: Any) -> str:
    """Show a part of a profile in at most 60 characters."""
    shown = json.dumps(raw, ensure_ascii=False, default=str, skipkeys=True)
    return shown if len(shown) <= 60 else shown[:60] + "…"
