"""What the user asked for: the options that a rule's ``where`` compares a place with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from wscli.model.options import Option
from wscli.model.profile import MessageRule
from wscli.simulator.places import Place, at, nodes

_NAME: Final = re.compile(r"\$\{([a-z][a-z0-9_]*)")


def asked_for(rule: MessageRule, place: Place, names: Mapping[str, Any]) -> tuple[Any, ...]:
    """Give the values that the user wants to see at that place, () where any will do."""
    found: list[Any] = []
    for name in _option_names(rule, place):
        value = names.get(name)
        found += value if isinstance(value, list | tuple) else [value]
    return tuple(value for value in found if value is not None)


def suggested(rule: MessageRule, place: Place, options: tuple[Option, ...]) -> tuple[str, ...]:
    """Give the examples of the options that the user could ask with for that place."""
    wanted = set(_option_names(rule, place))
    return tuple(text for option in options if option.name in wanted for text in option.examples)


def _option_names(rule: MessageRule, place: Place) -> Iterator[str]:
    for way, leaf in nodes(at(rule.where, place)):
        if isinstance(leaf, str) and "$not" not in way:
            yield from _NAME.findall(leaf)
