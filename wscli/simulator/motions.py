"""What moves in an example, and how: found out once, from its form, its names and its profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from wscli.model.frozen import frozen
from wscli.model.profile import MessageRule, Profile
from wscli.simulator.asked import asked_for
from wscli.simulator.enums import listed
from wscli.simulator.keys import is_key, numbered
from wscli.simulator.lines import Line
from wscli.simulator.naming import former_names, name_words, says_counter, says_fixed
from wscli.simulator.places import Place, at, nodes, read_places, reader, replaced
from wscli.simulator.rows import column_places
from wscli.simulator.values import drifted

MOST_DRIFT: Final = 0.1  # a number moves at most so far from the example's own, as a share


@frozen
class Drift:
    """A number that walks at random around the example's own."""

    place: Place


@frozen
class Rise:
    """An integer that is one more in every message of its rule, or a text that is numbered on."""

    place: Place


@frozen
class Change:
    """A text that now and then becomes another of ``choices``; ``former``: where the message
    repeats the one before.
    """

    place: Place
    choices: tuple[str, ...]
    former: Place | None = None


@frozen
class Asked:
    """A text that is one of those the user asked for, or the example's own."""

    place: Place
    choices: tuple[str, ...]


Motion: TypeAlias = Drift | Rise | Change | Asked


@frozen
class Hints:
    """What the profile and the user say about the values of a line; ``still``: the places of what
    does not move.
    """

    profile: Profile
    names: Mapping[str, Any]
    still: tuple[Place, ...] = ()


def find_motions(line: Line, hints: Hints) -> tuple[Motion, ...]:
    """Find what moves in a line. A motion that would make the message wrong, or another message,
    is left out; so are what stays still and the times, which move in their own way.
    """
    example = line.example
    still = {*hints.still, *line.times}
    leaves = {
        place: leaf
        for place, leaf in nodes(example)
        if place and place not in still and not isinstance(leaf, dict | list)
    }
    ids = [Rise(place) for place in _ids(line, hints.profile) if place in leaves]
    ids = [motion for motion in ids if _harmless(line, motion, leaves[motion.place])]
    for place in {motion.place for motion in ids}:
        del leaves[place]
    texts = list(_text_motions(line, leaves, hints))
    formers = {motion.former for motion in texts if isinstance(motion, Change)}
    texts = [motion for motion in texts if motion.place not in formers]
    taken = {motion.place for motion in texts} | formers
    numbers = [
        motion
        for place, leaf in leaves.items()
        if place not in taken
        and (motion := _number_motion(place, leaf)) is not None
        and _harmless(line, motion, leaf)
    ]
    return (*ids, *texts, *numbers)


def _ids(line: Line, profile: Profile) -> list[Place]:
    """Give the place that alone tells one message from all others, as the profile has it."""
    paths = profile.resume.dedupe
    places = read_places(reader(paths[0]), line.example) if len(paths) == 1 else ()
    return [place for place in places if is_key(at(line.example, place))]


def _text_motions(
    line: Line, leaves: Mapping[Place, Any], hints: Hints
) -> Iterator[Asked | Change]:
    rule = line.rule
    styles = _styled(rule, line.example, hints.profile)
    for place, leaf in leaves.items():
        if not isinstance(leaf, str):
            continue
        asked = _right(line, place, asked_for(rule, place, hints.names))
        if asked:
            yield Asked(place, (*asked, leaf))
            continue
        known = styles.get(place) or listed(rule.schema, place, hints.profile.schemas)
        choices = _right(line, place, known) if leaf in known else ()
        if len(choices) > 1:
            yield Change(place, choices, _former(leaves, place))


def _right(line: Line, place: Place, values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(
        value
        for value in dict.fromkeys(value for value in values if isinstance(value, str))
        if line.right(replaced(line.example, place, value))
    )


def _styled(rule: MessageRule, example: Any, profile: Profile) -> dict[Place, tuple[str, ...]]:
    """Give the values that a column has a colour for, by the place in the message."""
    if rule.rows is None:
        return {}
    return {
        place: tuple(column.style)
        for table in profile.tables
        if table.name == rule.rows.table
        for column in table.columns
        if column.style
        for place in column_places(rule.rows, column.name, example)
    }


def _former(leaves: Mapping[Place, Any], place: Place) -> Place | None:
    """Find the member beside ``place`` that repeats its value of before."""
    wanted = set(former_names(str(place[-1])))
    for other, leaf in leaves.items():
        beside = other[:-1] == place[:-1] and (leaf is None or isinstance(leaf, str))
        if beside and name_words(str(other[-1])) in wanted:
            return other
    return None


def _number_motion(place: Place, leaf: Any) -> Drift | Rise | None:
    name = str(place[-1])
    if isinstance(leaf, int) and not isinstance(leaf, bool) and says_counter(name):
        return Rise(place)
    if says_fixed(name) or drifted(leaf, 0.0) is None:
        return None
    return Drift(place)


def _harmless(line: Line, motion: Drift | Rise, leaf: Any) -> bool:
    if isinstance(motion, Rise):
        values = [leaf + 1 if isinstance(leaf, int) else numbered(leaf, 2)]
    else:
        values = [drifted(leaf, MOST_DRIFT), drifted(leaf, -MOST_DRIFT)]
    return all(line.right(replaced(line.example, motion.place, value)) for value in values)
