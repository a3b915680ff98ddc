"""Whether the computed values of a profile make sense, and what each of them is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from wscli.session.computed.recipe import Complaint, read_recipe


def check_computed(computed: Any, names: Collection[str]) -> Iterator[Complaint]:
    """Give everything that is wrong with what a profile says under ``computed``, whatever it is.
    Paths begin below that. ``names``: options and captured values; computed ones are known.
    """
    if not isinstance(computed, dict):
        yield Complaint((), "must be a mapping.", "Each name has a kind: {now: ms}.")
        return
    known = {*names, *computed}
    made_of: dict[str, list[str]] = {}
    for name, raw in computed.items():
        recipe, told = read_recipe(raw, known)
        yield from (Complaint((name, *path), what, remedy) for path, what, remedy in told)
        made_of[name] = sorted(recipe.names & computed.keys()) if recipe is not None else []
    for name, through in _circles(made_of):
        way = "" if through == name else f', by way of "{through}"'
        yield Complaint((name,), f'"{name}" is made of itself{way}.')


def uses(computed: Mapping[str, Any], name: str) -> frozenset[str]:
    """Give every name that a computed value may depend on, through others as well: options,
    captured and computed ones. Nothing for a name that is not computed or does not make sense.
    """
    found: set[str] = set()
    waiting = {name}
    while waiting:
        recipe, _ = read_recipe(computed.get(waiting.pop()), None)
        further = recipe.names - found if recipe is not None else frozenset()
        found |= further
        waiting |= further & computed.keys()
    return frozenset(found)


def _circles(edges: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    """Give for each circle a name on it, and the one before that which leads back to it. Takes
    time in proportion to the edges, and no recursion: a profile may hold a long chain.
    """
    done: set[str] = set()
    for start in edges:
        trail = {} if start in done else {start: iter(edges[start])}
        while trail:
            last = next(reversed(trail))
            following = next(trail[last], None)
            if following is None:
                del trail[last]
                done.add(last)
            elif following in trail:
                yield following, last
            elif following not in done:
                trail[following] = iter(edges[following])
