"""Data that looks alive, made from a rule's examples: each key walks on its own and stays valid."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, Final, assert_never

from wscli.model.instant import Instant
from wscli.model.profile import Profile
from wscli.model.tables import RowAction
from wscli.simulator.keys import Key, Keys, key_place, numbered
from wscli.simulator.lines import Part, Said
from wscli.simulator.motions import (
    MOST_DRIFT,
    Asked,
    Change,
    Drift,
    Hints,
    Motion,
    Rise,
    find_motions,
)
from wscli.simulator.places import Place, at, replaced
from wscli.simulator.values import drifted

_RETURN: Final = 0.1  # share of its way that a number comes back to the example's with each step
_STRIDE: Final = 0.008  # how far all numbers of a key go together in a step, as a share
_NOISE: Final = 0.001  # how far each of them goes besides
_CHANGES: Final = 0.1  # how often a text changes
_REMOVALS: Final = 0.1  # how often a message that removes a row is sent, others being 1


class Walk:
    """One key's way through one example: what it said last, and what it says next."""

    def __init__(self, example: Any, motions: tuple[Motion, ...]) -> None:
        self._example = example
        self._motions = motions
        self._together = 0.0
        self._apart: dict[Place, float] = {}
        self._texts = {
            motion.place: at(example, motion.place)
            for motion in motions
            if isinstance(motion, Change)
        }

    def step(self, counters: dict[Place, int], rng: Random) -> Any:
        """Give the next message, its times as in the example. ``counters`` are the rule's."""
        self._together = _wandered(self._together, _STRIDE, rng)
        made = self._example
        for motion in self._motions:
            place = motion.place
            match motion:
                case Drift():
                    made = replaced(made, place, self._drifted(place, rng))
                case Rise():
                    counters[place] += 1
                    made = replaced(made, place, self._risen(place, counters[place]))
                case Asked(_, choices):
                    made = replaced(made, place, rng.choice(choices))
                case Change():
                    made = self._changed(made, motion, rng)
                case _:  # pragma: no cover
                    assert_never(motion)
        return made

    def _risen(self, place: Place, count: int) -> Key:
        own = at(self._example, place)
        return numbered(own, count) if isinstance(own, str) else count

    def _drifted(self, place: Place, rng: Random) -> Any:
        self._apart[place] = _wandered(self._apart.get(place, 0.0), _NOISE, rng)
        drift = self._together + self._apart[place]
        return drifted(at(self._example, place), max(-MOST_DRIFT, min(drift, MOST_DRIFT)))

    def _changed(self, made: Any, motion: Change, rng: Random) -> Any:
        former = motion.former
        before = self._texts[motion.place]
        others = [choice for choice in motion.choices if choice != before]
        if rng.random() < _CHANGES:
            self._texts[motion.place] = rng.choice(others)
            if former is not None:
                self._texts[former] = before
        made = replaced(made, motion.place, self._texts[motion.place])
        if former is None or former not in self._texts:
            return made
        return replaced(made, former, self._texts[former])


class Stream:
    """The data of one rule. ``weight``: how often it comes, compared with other rules.

    ``counters`` hold the rising integers, by place; streams that share them go on from each other.
    ``still``: places of what does not move.
    """

    def __init__(
        self,
        part: Part,
        keys: Keys,
        profile: Profile,
        names: Mapping[str, Any],
        *,
        counters: dict[Place, int] | None = None,
        still: tuple[Place, ...] = (),
    ) -> None:
        self._lines = part.lines
        rows = part.rule.rows
        removes = rows is not None and rows.do is RowAction.DELETE
        self.weight = _REMOVALS if removes else 1.0
        self._places = [key_place(line, profile) for line in self._lines]
        self._motions = [
            find_motions(line, Hints(profile, names, (*still, *filter(None, [place]))))
            for line, place in zip(self._lines, self._places, strict=True)
        ]
        self._counters = {} if counters is None else counters
        self._begin_to_count()
        self._walks: dict[tuple[Key | None, int], Walk] = {}
        self._tellers = self._who_tells(keys)

    def next(self, now: Instant, rng: Random) -> Said:
        """Make the next message: a key and a line are drawn, and that key goes on there. What
        would come out wrong gives way to the example with that key, and this to the example.
        """
        key = rng.choice(list(self._tellers))
        index = rng.choice(self._tellers[key])
        line, place = self._lines[index], self._places[index]
        keyed = line.example
        if key is not None and place is not None:
            keyed = replaced(keyed, place, key)
        walk = self._walks.setdefault((key, index), Walk(keyed, self._motions[index]))
        made = walk.step(self._counters, rng)
        right = (value for value in (made, keyed) if line.right(value))
        return Said(line, line.refreshed(next(right, line.example), now))

    def _begin_to_count(self) -> None:
        """Let each rising integer begin at the highest of the examples."""
        for line, motions in zip(self._lines, self._motions, strict=True):
            for motion in motions:
                if isinstance(motion, Rise):
                    own = at(line.example, motion.place)
                    here = own if isinstance(own, int) else 1
                    self._counters[motion.place] = max(here, self._counters.get(motion.place, here))

    def _who_tells(self, keys: Keys) -> dict[Key | None, list[int]]:
        """Give for each key the lines to tell of it with: its own, or one of those that fit, in
        turn, so that it does not jump between them. None stands for the lines without a key.
        """
        own: dict[Key | None, list[int]] = {}
        fitting: dict[Key | None, list[int]] = {}
        for index, (line, place) in enumerate(zip(self._lines, self._places, strict=True)):
            if place is None:
                own.setdefault(None, []).append(index)
                continue
            mine = at(line.example, place)
            for key in keys.fitting(line, place):
                (own if key == mine else fitting).setdefault(key, []).append(index)
        made_up = [key for key in fitting if key not in own]
        turns = {key: [fitting[key][turn % len(fitting[key])]] for turn, key in enumerate(made_up)}
        return {**turns, **own} or {None: list(range(len(self._lines)))}


def _wandered(drift: float, stride: float, rng: Random) -> float:
    return drift * (1 - _RETURN) + rng.gauss(0.0, stride)
