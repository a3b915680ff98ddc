"""What is known before anything is connected to: the user's values, and what is made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum, auto
from random import Random
from typing import Any, Final

from wscli.errors import TemplateError
from wscli.jq.expressions import compile_expression
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.secret import Secret
from wscli.session.computed import Computed, for_expressions, uses
from wscli.session.conditions import holds
from wscli.templates import Rendered

_MOMENT: Final = {
    "now": "the time then",
    "later": "a time after that",
    "uuid": "an id, made then",
    "random": "drawn at random then",
}
"""Kinds whose values are made in the moment in which they are sent."""

_OPAQUE: Final = frozenset({"pick", "hash", "hmac", "sign", "jwt"})
"""Kinds that need to know a value to make anything of it."""

_UNLIKE: Final = 1_000_000.0  # seconds: a moment that is written otherwise in every form
_FAILED: Final = object()


class State(Enum):
    """What can be said of a name."""

    UNSET = auto()
    KNOWN = auto()
    SECRET = auto()  # a secret of the user's: that it is there is known
    HIDDEN = auto()  # not known, and never shown: it is made of a secret
    LATER = auto()  # only the provider tells, or the moment in which it is sent
    TOLD_SECRET = auto()  # as that, and it must only go where secrets may


OPEN: Final = frozenset({State.HIDDEN, State.LATER, State.TOLD_SECRET})
"""Of these no value is known."""


class Answer(Enum):
    """Whether a condition holds."""

    YES = auto()
    NO = auto()
    OPEN = auto()


class Knowledge:
    """Grows from step to step: ``tell`` adds what the provider has told by then. ``secrets`` are
    the options whose secrets would be read; they are not known here.
    """

    def __init__(
        self,
        computed: Mapping[str, Any],
        options: Mapping[str, Any],
        secrets: Collection[str],
        now: Instant,
    ) -> None:
        self._computed = computed
        self._known: dict[str, Any] = {**options, **stand_in_secrets(secrets)}
        self._secrets = frozenset(secrets)
        self._told: dict[str, State] = {}
        self._sources: dict[str, str] = {}
        self._counted: set[str] = set()
        # Two worlds in which all differs that is not known: what is the same in both, is known.
        far = Instant(now.monotonic + _UNLIKE, now.wall + _UNLIKE + 0.001001)
        self._worlds = [
            (Computed(computed, Random(seed)), f"world{seed}", at)  # noqa: S311 - nothing is sent
            for seed, at in ((1, now), (2, far))
        ]

    def tell(self, names: Iterable[str], source: str, secret: Collection[str] = ()) -> None:
        """The provider may have told these names by now; ``source`` says how, in words."""
        for name in names:
            self._told[name] = State.TOLD_SECRET if name in secret else State.LATER
            known = self._sources.setdefault(name, source)
            if source not in known:
                self._sources[name] = f"{known} or {source}"

    def forget(self, names: Iterable[str]) -> None:
        """These names held for one step alone. Where they come from can still be asked."""
        for name in names:
            self._told.pop(name, None)

    def blur(self, names: Iterable[str]) -> None:
        """It is not known whether these names were used, so no counter among what they are made
        of is known any more.
        """
        for name in names:
            parts = {name, *uses(self._computed, name)}
            self._counted |= {part for part in parts if self._kind(part) == "counter"}

    def sharpen(self) -> None:
        """A new connection: every counter begins again."""
        self._counted.clear()

    def source(self, name: str) -> str:
        """Say where a value will come from."""
        if name in self._computed:
            kind = self._kind(name)
            of = ", ".join(sorted(uses(self._computed, name) & self._told.keys()))
            made = f"computed then of {of}" if of else "computed then"
            return _MOMENT.get(kind, "counted then" if kind == "counter" else made)
        return f"told by {self._sources[name]}" if name in self._sources else ""

    def state(self, name: str) -> State:
        """Give what is known of a name."""
        if name in self._computed:
            return self._state_of_computed(name)
        if name in self._told:
            return self._told[name]
        if name in self._secrets:
            return State.SECRET
        return State.UNSET if self._known.get(name, MISSING) is MISSING else State.KNOWN

    def decide(self, condition: str | None) -> Answer:
        """Give whether a condition of the profile holds; one that is not there always does."""
        if condition is None:
            return Answer.YES
        if self.open_names(condition):
            return Answer.OPEN
        names = for_expressions(self._rendering(0))
        return Answer.YES if holds(condition, None, names) else Answer.NO

    def open_names(self, condition: str) -> list[str]:
        """Give the names in a condition whose values are not known."""
        used = sorted(compile_expression(condition).names)
        return [name for name in used if self.state(name) in OPEN]

    def _state_of_computed(self, name: str) -> State:
        parts = {name, *uses(self._computed, name)}
        kinds = {self._kind(part) for part in parts}
        told = parts & self._told.keys()
        open_ = bool(told or parts & self._counted or kinds & _MOMENT.keys())
        found, other = (self._made(name, world) for world in (0, 1))
        # Whatever is picked by what nobody knows is picked later; a counter moves with each look.
        unsure = _FAILED in (found, other) or bool(told and "pick" in kinds)
        if found is MISSING and not unsure:
            return State.UNSET
        later = open_ and (unsure or bool(parts & self._counted) or found != other)
        if self._masked(found, parts):
            return State.HIDDEN if later or kinds & _OPAQUE else State.KNOWN
        if not later:
            return State.KNOWN
        secret = any(self._told[part] is State.TOLD_SECRET for part in told)
        return State.TOLD_SECRET if secret else State.LATER

    def _masked(self, found: Any, parts: set[str]) -> bool:
        if isinstance(found, Rendered):
            return found.masked
        return found is _FAILED and bool(parts & self._secrets)

    def _kind(self, name: str) -> str:
        return next(iter(self._computed.get(name, ())), "")

    def _made(self, name: str, world: int) -> Any:
        try:
            return self._rendering(world).get(name, MISSING)
        except TemplateError:
            return _FAILED

    def _rendering(self, world: int) -> Mapping[str, Any]:
        computed, text, now = self._worlds[world]
        computed.reset()
        told = {name: f"{text}{name}" for name in self._told}
        return computed.rendering({**self._known, **told}, now)


def stand_in_secrets(names: Iterable[str]) -> dict[str, Secret]:
    """Give something in the place of secrets that are not read: what a filter for numbers takes
    as well, and too short to be found in any other text.
    """
    return {name: Secret("0") for name in names}
