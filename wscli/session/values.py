"""What ``${name}`` and ``$name`` stand for: options, secrets, captured and computed values."""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Mapping
from random import Random
from typing import Any, Final
from urllib.parse import quote

from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.profile import Profile
from wscli.model.secret import MASK, Secret
from wscli.session.computed import Computed, for_expressions
from wscli.templates import Rendered, Scope

_TELLING: Final = 4  # characters that a secret has at least; a shorter one is no word of its own
_REMEMBERED: Final = 100  # secrets: those of the user, and the last that were captured
_NOTHING: Final[Mapping[str, Any]] = {}


class Values:
    """The values of one run. ``names`` holds all but the computed ones; what is captured lasts
    until ``begin``, but for what the profile keeps.
    """

    def __init__(self, profile: Profile, options: Mapping[str, Any], rng: Random) -> None:
        self._options = dict(options)
        self._keep = frozenset(profile.resume.keep)
        self._kept: dict[str, Any] = {}
        self._computed = Computed(profile.computed, rng) if profile.computed else None
        self.names: dict[str, Any] = dict(options)
        self.has_secrets = False  # the user's were read
        self._veiled: deque[str] = deque(maxlen=_REMEMBERED)

    @property
    def resumable(self) -> bool:
        """Whether every value that is kept is set."""
        return len(self._kept) == len(self._keep)

    def begin(self) -> None:
        """Begin another attempt: what was captured is forgotten, but for what is kept, and so are
        the secrets, which are read anew.
        """
        self.names = {**self._options, **self._kept}
        if self._computed is not None:
            self._computed.reset()

    def take_secrets(self, secrets: Mapping[str, Secret]) -> None:
        """Put the user's secrets into the names."""
        self.has_secrets = True
        for value in secrets.values():
            self._veil(value)
        self.names.update(secrets)

    def capture(self, name: str, value: Any, *, keep: bool = True) -> None:
        """Put a captured value into the names. Where it is not to be kept, one that is kept
        stays as it was.
        """
        if name in self._keep:
            if not keep:
                return
            self._kept[name] = value
        self._veil(value)
        self.names[name] = value

    def veiled(self, text: str) -> str:
        """Mask the secrets in what a provider said: some repeat what they were sent."""
        for secret in tuple(self._veiled):  # the user's thread asks as well
            text = text.replace(secret, MASK).replace(_quoted(secret), MASK)
        return text

    def _veil(self, value: Any) -> None:
        """Remember a secret for as long as the run: it may be repeated after its time."""
        secret = value.reveal() if isinstance(value, Secret) else ""
        if len(secret) >= _TELLING and secret not in self._veiled:
            self._veiled.append(secret)

    def forget(self) -> None:
        """Keep nothing any more: the next connection begins afresh."""
        self._kept = {}

    def scope(
        self,
        now: Instant,
        *,
        element: Any = MISSING,
        message: Any = MISSING,
        item: Any = MISSING,
        local: Mapping[str, Any] = _NOTHING,
    ) -> Scope:
        """Give where one rendering looks its values up; ``local`` goes before the names."""
        names = self._with(local)
        if self._computed is not None:
            names = self._computed.rendering(names, now, item)
        return Scope(names=names, element=element, message=message, item=item)

    def for_expressions(
        self, now: Instant, *, item: Any = MISSING, local: Mapping[str, Any] = _NOTHING
    ) -> Mapping[str, Any]:
        """Give the names for expressions, in which a secret stays one; ``item`` is ``$item``."""
        if self._computed is None and item is MISSING and not local:
            return self.names
        scope = self.scope(now, item=item, local=local)
        if item is MISSING:
            return for_expressions(scope.names)
        return for_expressions(ChainMap({"item": item}, scope.names))  # type: ignore[arg-type]  # read only

    def _with(self, local: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**self.names, **local} if local else self.names


def _quoted(secret: str) -> str:
    return quote(secret, safe="", errors="replace")


def items_of(found: Rendered) -> list[Rendered]:
    """Give the elements that a rendered list stands for, each with its masked twin; one that is no
    list is the only element, null and what is left out none.
    """
    if found.value is MISSING or found.value is None:
        return []
    if not isinstance(found.value, list):
        return [found]
    if not isinstance(found.shown, list):
        return [Rendered(value, MASK) for value in found.value]
    pairs = zip(found.value, found.shown, strict=True)
    return [Rendered(value, shown) for value, shown in pairs]


def as_item(found: Rendered) -> Any:
    """Give what ``${item}`` and ``$item`` are: a value, or what hides the secrets in it."""
    return found if found.masked else found.value


def as_secret(value: Any) -> Any:
    """Give a captured value as one that is never shown."""
    return Secret(value) if isinstance(value, str) else Rendered(value, MASK)
