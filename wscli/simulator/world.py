"""What all connections to the simulator share: the lines, the data that flows, what was told."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from wscli.model.instant import Instant
from wscli.model.message import MISSING, SHOWN
from wscli.model.profile import Profile
from wscli.session.gate import Dedupe
from wscli.session.values import Values
from wscli.simulator.admission import Admission
from wscli.simulator.answers import chosen_example
from wscli.simulator.channels import Wiring
from wscli.simulator.feed import Feed
from wscli.simulator.framing import Framing
from wscli.simulator.lines import Said, captured, make_parts
from wscli.simulator.needs import Clients
from wscli.simulator.numbering import Highest
from wscli.simulator.past import Past
from wscli.simulator.recogniser import Recogniser
from wscli.simulator.streams import Streams

_KEPT: Final = 64  # answers that are remembered: clients may speak of what they were told


class World:
    """The provider's world, one for all who connect. Not for two threads at once.

    ``options`` are the values of the user's options, for secrets anything; ``parts`` the message
    rules by name. ``told``: what clients captured of the answers before the connection, the last
    first. Raises MissingPackageError where a package is needed for the profile's frames.
    """

    def __init__(self, profile: Profile, options: Mapping[str, Any], rng: Random) -> None:
        Framing(profile.frames)  # to see whether it can be had
        self.profile = profile
        self.options = options
        self.rng = rng
        self.parts = make_parts(profile, Recogniser(profile))
        self.wiring = Wiring(profile, self.parts)
        self.streams = Streams(profile, self.parts, self.wiring, options)
        self.highest: Highest = {}
        self._dedupe = Dedupe(profile.resume.dedupe)
        self.clients = Clients(profile, options, rng)
        self.admission = Admission(profile, self.clients)
        self.told: deque[Mapping[str, Any]] = deque(maxlen=_KEPT)
        for step in profile.bootstrap:
            self.tell(captured(step.capture, chosen_example(step, options)))
        self.past = self._begin_past()

    def known(self) -> Values:
        """Give what is known of the names when a client connects."""
        values = Values(self.profile, self.options, self.rng)
        for name, value in (self.told[0] if self.told else {}).items():
            values.capture(name, value)
        return values

    def feed(self) -> Feed:
        """Give what one connection hears."""
        return Feed(self.streams, self.wiring, self._dedupe, self.rng)

    def tell(self, names: Mapping[str, Any]) -> None:
        """Keep what a client captured of an answer."""
        self.told.appendleft({**(self.told[0] if self.told else {}), **names})

    def note(self, said: Said, now: Instant) -> None:
        """Keep what was said, where it can be asked for."""
        if self.past is not None and said.line.rule.role in SHOWN:
            self.past.note(said, now)

    def go_on(self, now: Instant) -> None:
        """Let time go by, where what was said meanwhile can be asked for."""
        if self.past is not None:
            self.past.go_on(now)

    def _begin_past(self) -> Past | None:
        """Give what can be asked for, None where there is nothing or only examples."""
        catalog = self.profile.catalog
        fetches = [self.profile.history, self.profile.resume.backfill]
        fetches += [catalog] if catalog is not None and catalog.shape is not MISSING else []
        if not any(fetch is not None and not fetch.examples for fetch in fetches):
            return None
        feed = self.feed()
        for channel in self.wiring.usual():
            feed.open(channel)
        return Past(feed, self.profile.simulate.rate)
