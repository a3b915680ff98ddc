"""Which rule a client would take a message for."""

from __future__ import annotations

from typing import Any

from wscli.messages.classify import Classifier, compile_lookup
from wscli.messages.memory import Memory
from wscli.model.message import MISSING
from wscli.model.profile import Profile, Remembered


class Recogniser:
    """Says which rule a client would take a message for, compiled once a profile."""

    def __init__(self, profile: Profile) -> None:
        self._memory = Memory()
        self._name = Classifier(profile, self._memory).name
        sources = [key.path for key in profile.discriminator if isinstance(key, Remembered)]
        self._lookups = tuple(map(compile_lookup, sources))

    def rule(self, wire: Any, remembered: str = "") -> str:
        """Give the rule of a value as it is sent, "" for none; ``remembered``: the name that the
        client remembers for what stands where the discriminator looks.
        """
        self._memory.clear()
        for lookup in self._lookups if remembered else ():
            self._memory.put(lookup(wire), remembered)
        if isinstance(wire, str):  # a frame that is a text and no JSON
            return self._name(MISSING, wire.encode(errors="replace"))[1]
        return self._name(wire, b"")[1]
