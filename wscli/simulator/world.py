"""What all connections to the simulator share: the rules' parts and the data that flows."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from wscli.messages.classify import Classifier
from wscli.model.instant import Instant
from wscli.model.message import MISSING, Role
from wscli.model.profile import Profile
from wscli.simulator.keys import Keys, find_keys
from wscli.simulator.moving import Stream
from wscli.simulator.parts import Part


class World:
    """The provider's world, one for all who connect. Not for two threads at once.

    ``names`` are the values of the user's options; ``parts`` the message rules by name.
    """

    def __init__(self, profile: Profile, options: Mapping[str, Any]) -> None:
        classifier = Classifier(profile)
        self.names = options
        self.parts = {rule.name: Part(rule, classifier, profile) for rule in profile.messages}
        keys = {
            table.name: find_keys(table.name, self.parts.values(), profile, self.names)
            for table in profile.tables
        }
        self._streams = [
            Stream(part, keys.get(part.rule.rows.table, Keys()), profile, self.names)
            if part.rule.rows is not None
            else Stream(part, Keys(), profile, self.names)
            for part in self.parts.values()
            if part.rule.role is Role.DATA and part.rule.examples
        ]
        self._weights = [stream.weight for stream in self._streams]

    def data(self, now: Instant, rng: Random) -> Any:
        """Make one data message, of a rule drawn at random; MISSING where none has an example."""
        if not self._streams:
            return MISSING
        (stream,) = rng.choices(self._streams, self._weights)
        return stream.next(now, rng)
