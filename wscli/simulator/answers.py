"""What is answered to the profile's requests whose answers are looked at: their examples, led here
and with what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from wscli.model.profile import Profile
from wscli.model.requests import HttpStep
from wscli.session.conditions import holds
from wscli.simulator.endpoints import Heard
from wscli.simulator.lines import captured
from wscli.simulator.mirror import mirrored, telling_keys
from wscli.simulator.relocation import Relocation


class Answers:
    """``port``: where the simulator listens; ``tell`` is told what a client captures of an answer
    that is about the whole connection.
    """

    def __init__(
        self,
        profile: Profile,
        options: Mapping[str, Any],
        *,
        port: int,
        rng: Random,
        tell: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._bootstrap = profile.bootstrap
        self._options = options
        self._relocation = Relocation(profile, options, port, rng)
        self._telling = telling_keys(profile)
        self._tell = tell

    def answer(self, step: HttpStep, heard: Heard) -> Any:
        """Give the answer to a request."""
        value = self._relocation.relocated(step, chosen_example(step, self._options))
        value = mirrored(value, heard.value, self._telling)
        if step in self._bootstrap:
            self._tell(captured(step.capture, value))
        return value


def chosen_example(step: HttpStep, names: Mapping[str, Any]) -> Any:
    """Give the first example that fulfils what the profile requires, else the first at all; an
    empty object where there is none.
    """
    good = [
        example
        for example in step.examples
        if step.require is None or holds(step.require, example, names)
    ]
    return next(iter([*good, *step.examples]), {})
