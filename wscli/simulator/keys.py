"""The keys that a table's made-up rows are about: asked for, known from examples, or numbered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from wscli.model.frozen import frozen
from wscli.model.profile import MessageRule, Profile
from wscli.simulator.asked import asked_for, suggested
from wscli.simulator.lines import Line, Part
from wscli.simulator.places import Place, at, replaced
from wscli.simulator.rows import column_places

Key: TypeAlias = str | int

_MOST: Final = 1000  # keys, whatever the profile wishes
_MOST_TRIES: Final = 2  # numbered keys to try for each one wanted, where a schema refuses some


@frozen
class Keys:
    """The keys of one table: those that were ``asked`` for, and further ones; ``wanted`` is how
    many there should be in all.
    """

    asked: tuple[Key, ...] = ()
    further: tuple[Key, ...] = ()
    wanted: int = 0

    def fitting(self, line: Line, place: Place) -> tuple[Key, ...]:
        """Give the keys with which a line is still right: all that were asked for, and as many
        further ones as are wanted.
        """
        own = type(at(line.example, place))
        asked, further = (
            [
                key
                for key in keys
                if isinstance(key, own) and line.right(replaced(line.example, place, key))
            ]
            for keys in (self.asked, self.further)
        )
        return tuple(dict.fromkeys((*asked, *further)))[: max(self.wanted, len(asked))]


def key_place(line: Line, profile: Profile) -> Place | None:
    """Give the place of the key in a line, None where its message is about no row, or about
    several.
    """
    places = _key_places(line, profile)
    if len(places) != 1 or not is_key(at(line.example, places[0])):
        return None
    return places[0]


def find_keys(
    table: str, parts: Iterable[Part], profile: Profile, names: Mapping[str, Any]
) -> Keys:
    """Find the keys that the rules which feed a table speak about."""
    places = [
        (line.rule, place, at(line.example, place))
        for part in parts
        if table_of(part.rule) == table
        for line in part.lines
        for place in _key_places(line, profile)
    ]
    asked = [key for rule, place, _ in places for key in asked_for(rule, place, names)]
    own = [key for _, _, key in places]
    hints = [key for rule, place, _ in places for key in suggested(rule, place, profile.options)]
    first = next(filter(is_key, own), None)
    wanted = max(1, min(profile.simulate.keys, _MOST))
    asked_keys = _distinct(asked)
    if asked_keys:  # little else, or who filters sees little; but something, so that it is seen
        wanted = min(wanted, len(asked_keys) + 1)
    numbers = range(2, wanted * _MOST_TRIES + 2)
    more = () if first is None else (numbered(first, number) for number in numbers)
    return Keys(asked_keys, _distinct((*own, *hints, *more)), wanted)


def table_of(rule: MessageRule) -> str:
    """Give the name of the table that a rule feeds, "" for none."""
    return "" if rule.rows is None else rule.rows.table


def is_key(value: Any) -> bool:
    """Whether a value can tell one thing from another: a text or a whole number."""
    return isinstance(value, str | int) and not isinstance(value, bool)


def numbered(first: Key, number: int) -> Key:
    """Give a key that looks like the first: a text with a number appended, a later integer."""
    if isinstance(first, int):
        return first + number - 1
    return f"{first}-{number}" if first[-1:].isdigit() else f"{first}{number}"


def _key_places(line: Line, profile: Profile) -> tuple[Place, ...]:
    rows = line.rule.rows
    for table in profile.tables:
        if rows is not None and rows.table == table.name and table.key is not None:
            return column_places(rows, table.key, line.example)
    return ()


def _distinct(values: Iterable[Any]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(filter(is_key, values)))
