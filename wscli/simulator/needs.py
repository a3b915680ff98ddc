"""What must come with a request: all that only a client can know, its keys above all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final

from wscli.errors import WscliError
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.profile import Profile
from wscli.model.requests import HttpStep
from wscli.model.steps import Step
from wscli.session.computed import uses
from wscli.session.values import Values
from wscli.simulator.places import Place, at
from wscli.templates import compile_template
from wscli.templates.syntax import parse_string

_LONG_AGO: Final = Instant(0.0, 0.0)
_LACKS: Final = {"query": "the query", "form": "the form", "json": "the body"}


@frozen
class Need:
    """A value that must be there. ``place``: where it stands in a request, whose first key is
    query, headers, form or json; ``begins``: what stands before it; ``is_key``: a secret is in it,
    or an option that must be given.
    """

    place: Place
    begins: str
    is_key: bool

    def met(self, request: Mapping[str, Any]) -> bool:
        """Whether a request has the value."""
        value = at(request, self.place)
        if value is MISSING or (self.is_key and value in (None, "", [])):
            return False
        if not self.begins:
            return True
        begins = isinstance(value, str) and value.lower().startswith(self.begins.lower())
        return begins and len(value) > len(self.begins)

    @property
    def text(self) -> str:
        """Say that it is not there."""
        kind, *keys = map(str, self.place)
        name = ".".join(keys)
        if kind == "headers":
            return f"the header {name} is missing"
        return f"{_LACKS[kind]} lacks {name}" if name else f"{_LACKS[kind]} is missing"


class Clients:
    """What only clients know: secrets, required options, and what was captured. A template needs
    it that cannot be rendered without.
    """

    def __init__(self, profile: Profile, options: Mapping[str, Any], rng: Random) -> None:
        self._computed = profile.computed
        given = {option.name for option in profile.options if option.required or option.secret}
        secret = {name for step in http_steps(profile) for name in step.secret}
        self._keys = frozenset(given | secret)
        rest = {name: value for name, value in options.items() if name not in given}
        self._without = Values(profile, rest, rng)

    def needs(self, kind: str, tree: Any) -> tuple[Need, ...]:
        """Give what must come of one part of a request, made of a template."""
        return tuple(self._found((kind,), tree))

    def _found(self, place: Place, tree: Any) -> Iterator[Need]:
        if isinstance(tree, Mapping):
            for key, sub in tree.items():
                yield from self._found((*place, key), sub)
        elif isinstance(tree, list | tuple):
            for index, sub in enumerate(tree):
                yield from self._found((*place, index), sub)
        elif isinstance(tree, str) and self._only_theirs(tree):
            parts = parse_string(tree, None)
            begins = parts[0] if isinstance(parts[0], str) else ""
            yield Need(place, begins, self._is_key(tree))

    def _only_theirs(self, template: str) -> bool:
        try:
            compile_template(template).render(self._without.scope(_LONG_AGO))
        except WscliError:
            return True
        return False

    def _is_key(self, template: str) -> bool:
        names = compile_template(template).names
        used = names.union(*(uses(self._computed, name) for name in names & self._computed.keys()))
        return bool(used & self._keys)


def http_steps(profile: Profile) -> Sequence[HttpStep]:
    """Give all requests of a profile whose answers are looked at."""
    steps: tuple[Step, ...] = (*profile.session, *(profile.resume.session or ()))
    return (*profile.bootstrap, *(step.http for step in steps if step.http is not None))
