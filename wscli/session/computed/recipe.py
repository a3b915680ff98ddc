"""One computed value as the profile says it: read, and compiled to what makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from wscli.model.frozen import frozen
from wscli.session.computed.filling import Filling
from wscli.session.computed.kinds import KINDS, Kind, Making
from wscli.session.computed.words import Names, Unfit, in_short, nearest
from wscli.templates import Rendered


class Complaint(NamedTuple):
    """What is wrong with a computed value, at a path below it, and what would be right."""

    path: tuple[str | int, ...]
    what: str
    remedy: str = ""


@frozen
class Recipe:
    """How a value is made: its kind, and what its words say."""

    kind: Kind
    words: Mapping[str, Any]

    @property
    def names(self) -> frozenset[str]:
        """The names that it may look up."""
        fillings = (word for word in self.words.values() if isinstance(word, Filling))
        return frozenset().union(*(filling.names for filling in fillings))

    def make(self, making: Making) -> Rendered:
        """Make the value; raises what ``Make`` raises."""
        return self.kind.make(self.words, making)


def read_recipe(raw: Any, names: Names) -> tuple[Recipe | None, list[Complaint]]:
    """Read a raw computed value: the recipe, or None and everything that is wrong with it.
    ``names``: those that its templates may use; None: any.
    """
    listed = ", ".join(KINDS)
    if not isinstance(raw, dict):
        return None, [Complaint((), f"{in_short(raw)} must be a mapping.", f"Kinds are {listed}.")]
    if not raw:
        return None, [Complaint((), "must not be empty.", f"Kinds are {listed}.")]
    told = [
        Complaint((key,), f'unknown key "{key}".', nearest(key, KINDS) or f"Kinds are {listed}.")
        for key in raw
        if key not in KINDS
    ]
    if len(raw) > 1:
        told.append(Complaint((), f"says {' and '.join(map(str, raw))}.", "Keep one kind."))
    if told:
        return None, told
    ((name, given),) = raw.items()
    return _read_kind(name, given, names)


def _read_kind(name: str, given: Any, names: Names) -> tuple[Recipe | None, list[Complaint]]:
    kind = KINDS[name]
    words: dict[str, Any] = {}
    if kind.bare:
        told = list(_read_words(kind, {name: given}, names, words))
    elif isinstance(given, dict):
        told = [
            Complaint((name, *path), what, remedy)
            for path, what, remedy in _read_words(kind, given, names, words)
        ]
    else:
        what = f"{in_short(given)} must be a mapping."
        told = [Complaint((name,), what, f"It takes {', '.join(kind.words)}.")]
    return (None, told) if told else (Recipe(kind, words), [])


def _read_words(
    kind: Kind, given: Mapping[str, Any], names: Names, into: dict[str, Any]
) -> Iterator[Complaint]:
    for key, raw in given.items():
        word = kind.words.get(key, kind.others)
        if word is None:
            remedy = nearest(key, kind.words) or f"Known here: {', '.join(kind.words)}."
            yield Complaint((key,), f'unknown key "{key}".', remedy)
            continue
        try:
            into[key] = word.read(raw, names)
        except Unfit as unfit:
            yield Complaint((key,), unfit.what, unfit.remedy)
    for key, word in kind.words.items():
        if key not in given and not word.optional:
            yield Complaint((), f'"{key}" is missing.')
    if kind.others is not None and set(given) <= set(kind.words):
        yield Complaint((), "there is nothing to choose from.", "Add a key for each value.")
