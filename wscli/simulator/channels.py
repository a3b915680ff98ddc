"""What a client subscribed to, and which lines are said on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from wscli.model.frozen import frozen
from wscli.model.message import SHOWN
from wscli.model.profile import MessageRule, Profile, Remembered
from wscli.model.steps import Step
from wscli.simulator.keys import Key, is_key
from wscli.simulator.lines import Line, Part
from wscli.simulator.places import Place, at, read_places, reader

_OPEN_TESTS: Final = frozenset({"$glob", "$exists", "$in", "$type"})
"""The tests of a pattern that leave open which value it is."""


@frozen
class Channel:
    """What data comes on: ``value`` stands in its messages, ``name`` is what the client remembers
    for it, "" for nothing.
    """

    value: Key
    name: str = ""


class Wiring:
    """Where the lines of a profile hold their channel, compiled once.

    That is where the discriminator looks for what is remembered; or, where acknowledgements say
    what they grant, a place that the rule's ``match`` leaves open.
    """

    def __init__(self, profile: Profile, parts: Mapping[str, Part]) -> None:
        sources = [key.path for key in profile.discriminator if isinstance(key, Remembered)]
        self.remembers = bool(sources)
        grants = not sources and _grants(profile)
        self._parts = [part for part in parts.values() if part.rule.role in SHOWN]
        self._places: dict[Line, Place] = {}
        for line in (line for part in self._parts for line in part.lines):
            places = _tested(line) if grants else _read(line, sources)
            place = next((each for each in places if is_key(at(line.example, each))), None)
            if place is not None:
                self._places[line] = place
        self.places = tuple(dict.fromkeys(self._places.values()))

    def free(self, part: Part) -> Part:
        """Give a part with the lines that are said on no channel."""
        return Part(part.rule, tuple(line for line in part.lines if line not in self._places))

    def on(self, channel: Channel) -> list[Part]:
        """Give the parts that are said on a channel, its value in their lines."""
        found = [Part(part.rule, tuple(self._carrying(part, channel))) for part in self._parts]
        return [part for part in found if part.lines]

    def usual(self) -> list[Channel]:
        """Give the channels that the examples speak of."""
        channels = [
            Channel(at(line.example, place), line.rule.name if line.by_memory else "")
            for line, place in self._places.items()
        ]
        return list(dict.fromkeys(channels))

    def _carrying(self, part: Part, channel: Channel) -> list[Line]:
        """Give the lines that fit a channel: of those that would be right the ones whose own
        channel begins most like it.
        """
        fitting: list[tuple[int, Line]] = []
        for line in part.lines:
            place = self._places.get(line)
            own = None if place is None else at(line.example, place)
            if place is None or not isinstance(channel.value, type(own)):
                continue
            made = line.on(place, channel.value)
            if made.right(made.example, channel.name):
                fitting.append((_alike(own, channel.value), made))
        most = max((alike for alike, _ in fitting), default=0)
        return [line for alike, line in fitting if alike == most]


def _grants(profile: Profile) -> bool:
    """Whether an acknowledgement says what it grants."""
    steps: tuple[Step, ...] = (*profile.session, *(profile.resume.session or ()))
    awaited = {name for step in steps if step.ack is not None for name in step.ack.messages}
    return any(rule.name in awaited and rule.accepted is not None for rule in profile.messages)


def _read(line: Line, sources: list[str]) -> Iterator[Place]:
    for source in sources:
        yield from read_places(reader(source), line.example)


def _tested(line: Line) -> Iterator[Place]:
    """Give the places of texts whose value the rule's ``match`` leaves open."""
    for place in _open(line.rule):
        if isinstance(at(line.example, place), str):
            yield place


def _open(rule: MessageRule) -> Iterator[Place]:
    waiting: list[tuple[Place, Any]] = [((), rule.match)]
    while waiting:
        place, pattern = waiting.pop(0)
        if isinstance(pattern, dict):
            if pattern.keys() & _OPEN_TESTS:
                yield place
            waiting += [((*place, key), sub) for key, sub in pattern.items() if key[:1] != "$"]
        elif isinstance(pattern, list):
            waiting += [((*place, index), sub) for index, sub in enumerate(pattern)]


def _alike(own: Any, value: Any) -> int:
    """Give how many characters two channels begin with together."""
    if not isinstance(own, str):
        return 0
    pairs = enumerate(zip(own, value, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(own), len(value)))
