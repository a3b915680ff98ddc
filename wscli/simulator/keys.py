"""The keys that a table's made-up rows are about: asked for, known from examples, or numbered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from wscli.model.frozen import frozen
from wscli.model.profile import Profile
from wscli.simulator.asked import asked_for, suggested
from wscli.simulator.parts import Part
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

    def fitting(self, part: Part, index: int, place: Place) -> tuple[Key, ...]:
        """Give the keys with which a rule's example is still right: all that were asked for, and
        as many further ones as are wanted.
        """
        example = part.rule.examples[index]
        own = type(at(example, place))
        asked, further = (
            [
                key
                for key in keys
                if isinstance(key, own) and part.right(replaced(example, place, key))
            ]
            for keys in (self.asked, self.further)
        )
        return tuple(dict.fromkeys((*asked, *further)))[: max(self.wanted, len(asked))]


def key_place(part: Part, index: int, profile: Profile) -> Place | None:
    """Give the place of the key in a rule's example, None where its message is about no row, or
    about several.
    """
    places = _key_places(part, index, profile)
    if len(places) != 1 or not _is_key(at(part.rule.examples[index], places[0])):
        return None
    return places[0]


def find_keys(
    table: str, parts: Iterable[Part], profile: Profile, names: Mapping[str, Any]
) -> Keys:
    """Find the keys that the rules which feed a table speak about."""
    places = [
        (part, place, at(example, place))
        for part in parts
        if part.rule.rows is not None and part.rule.rows.table == table
        for index, example in enumerate(part.rule.examples)
        for place in _key_places(part, index, profile)
    ]
    asked = [key for part, place, _ in places for key in asked_for(part.rule, place, names)]
    own = [key for _, _, key in places]
    hints = [
        key for part, place, _ in places for key in suggested(part.rule, place, profile.options)
    ]
    first = next(filter(_is_key, own), None)
    wanted = max(1, min(profile.simulate.keys, _MOST))
    asked_keys = _distinct(asked)
    if asked_keys:  # little else, or who filters sees little; but something, so that it is seen
        wanted = min(wanted, len(asked_keys) + 1)
    numbers = range(2, wanted * _MOST_TRIES + 2)
    more = () if first is None else (_like(first, number) for number in numbers)
    return Keys(asked_keys, _distinct((*own, *hints, *more)), wanted)


def _key_places(part: Part, index: int, profile: Profile) -> tuple[Place, ...]:
    rows = part.rule.rows
    for table in profile.tables:
        if rows is not None and rows.table == table.name and table.key is not None:
            return column_places(rows, table.key, part.rule.examples[index])
    return ()


def _distinct(values: Iterable[Any]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(filter(_is_key, values)))


def _is_key(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _like(first: Key, number: int) -> Key:
    """Give a key that looks like the first: a text with a number appended, the next integer."""
    if isinstance(first, int):
        return first + number - 1
    return f"{first}-{number}" if first[-1:].isdigit() else f"{first}{number}"
