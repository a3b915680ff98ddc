"""The data that there is: a stream for each rule, and more of them for each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from wscli.model.message import Role
from wscli.model.profile import Profile
from wscli.simulator.channels import Channel, Wiring
from wscli.simulator.keys import Keys, key_place
from wscli.simulator.lines import Part
from wscli.simulator.moving import Stream
from wscli.simulator.places import Place
from wscli.simulator.shares import share_out

_MOST: Final = 10_000  # channels that are kept; clients may ask for ever more


class Streams:
    """All connections share them, so what one of them says goes on for the next. ``names`` are the
    values of the user's options.
    """

    def __init__(
        self,
        profile: Profile,
        parts: Mapping[str, Part],
        wiring: Wiring,
        names: Mapping[str, Any],
    ) -> None:
        self._profile = profile
        self._wiring = wiring
        self._names = names
        self._keys: dict[str, Keys] = {}
        for table in profile.tables:
            self._keys |= share_out(table, parts.values(), profile, names)
        self._counters: dict[str, dict[Place, int]] = {name: {} for name in parts}
        self._on: dict[Channel, tuple[Stream, ...]] = {}
        speaking = [part for part in parts.values() if part.rule.role is Role.DATA]
        self.all = self._made(speaking)
        """Every rule's data, whatever channel its examples speak of."""
        self.free = self._made([wiring.free(part) for part in speaking])
        """What is said on no channel."""

    def on(self, channel: Channel) -> tuple[Stream, ...]:
        """Give what is said on a channel."""
        if channel not in self._on:
            if len(self._on) >= _MOST:
                self._on.clear()
            parts = [part for part in self._wiring.on(channel) if part.rule.role is Role.DATA]
            self._on[channel] = tuple(
                Stream(
                    part,
                    self._keys_on(part, channel),
                    self._profile,
                    self._names,
                    counters=self._counters[part.rule.name],
                    still=self._wiring.places,
                )
                for part in parts
            )
        return self._on[channel]

    def _made(self, parts: Sequence[Part]) -> tuple[Stream, ...]:
        return tuple(
            Stream(
                part,
                self._keys.get(part.rule.name, Keys()),
                self._profile,
                self._names,
                counters=self._counters[part.rule.name],
            )
            for part in parts
            if part.lines
        )

    def _keys_on(self, part: Part, channel: Channel) -> Keys:
        """Give the keys of rows on a channel: where it is the key itself, there is no other."""
        places = {key_place(line, self._profile) for line in part.lines}
        if places & set(self._wiring.places):
            return Keys((channel.value,), (), 1)
        return self._keys.get(part.rule.name, Keys())
