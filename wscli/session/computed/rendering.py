"""Computed values beside the other names: each is made when it is first looked up, then fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from random import Random
from typing import Any

from wscli.errors import TemplateError
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.session.computed.filling import NotSet
from wscli.session.computed.kinds import Making
from wscli.session.computed.recipe import Recipe, read_recipe
from wscli.templates import Rendered, Scope


class _ComputedError(TemplateError):
    """A computed value cannot be made; the text names it."""


class Computed:
    """The computed values of a profile, compiled once. ``computed``: the raw trees by name, which
    ``check_computed`` found nothing wrong with; TemplateError where there is.
    """

    def __init__(self, computed: Mapping[str, Any], rng: Random) -> None:
        self._recipes = {name: _recipe(name, raw) for name, raw in computed.items()}
        self._rng = rng
        self.reset()

    def reset(self) -> None:
        """A new connection: every counter begins again."""
        self._turns = {name: count() for name in self._recipes}

    def rendering(
        self, names: Mapping[str, Any], now: Instant, item: Any = MISSING
    ) -> Mapping[str, Any]:
        """Give ``names`` and the computed values as one mapping, for one rendering: what is made
        of a secret is a ``Rendered``, what is not set is not in it. ``item``: what ``${item}`` is,
        which may be a ``Rendered``.

        A value is made at its first look-up, from ``names`` as they are then, and stays as it is.
        A look-up raises TemplateError, which names the value, where it cannot be made.
        """
        return _Rendering(names, self._recipes, partial(self._made, now), item)

    def _made(self, now: Instant, name: str, scope: Scope) -> Any:
        """Make one value: ``MISSING`` where what it needs is not set."""
        making = Making(scope, now, self._rng, self._turns[name].__next__)
        try:
            found = self._recipes[name].make(making)
        except NotSet:
            return MISSING
        except _ComputedError:  # a computed value that this one is made of
            raise
        except TemplateError as error:
            what = f"{name} cannot be computed: {error.text}"
            raise _ComputedError(what, hint=error.hint) from None
        except RecursionError:
            raise _ComputedError(
                f"{name} cannot be computed: a value is nested too deeply"
            ) from None
        return found if found.masked else found.value


def _recipe(name: str, raw: Any) -> Recipe:
    recipe, told = read_recipe(raw, None)
    if recipe is None:
        raise _ComputedError(f"{name} cannot be computed: {told[0].what}", hint=told[0].remedy)
    return recipe


class _Rendering(Mapping[str, Any]):
    """Names and computed values. To go through all of it makes all of them."""

    def __init__(
        self,
        names: Mapping[str, Any],
        recipes: Mapping[str, Recipe],
        make: Callable[[str, Scope], Any],
        item: Any,
    ) -> None:
        self._names = names
        self._recipes = recipes
        self._make = make
        self._scope = Scope(self, item=item)
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        value = self._found(name)
        if value is MISSING or (isinstance(value, Rendered) and value.value is MISSING):
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in {**self._names, **self._recipes} if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _found(self, name: str) -> Any:
        if name not in self._recipes:
            return self._names.get(name, MISSING)
        if name not in self._values:
            self._values[name] = self._make(name, self._scope)
        return self._values[name]
