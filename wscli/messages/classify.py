"""Which of the profile's rules a message follows, and the name that users see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

import orjson

from wscli.jq.expressions import compile_expression
from wscli.messages.decode import decode
from wscli.messages.match import Test, compile_match, text_of
from wscli.model.message import MISSING, Message
from wscli.model.profile import Expression, Profile

_message: Final[Callable[[tuple[Any, ...]], Message]] = partial(tuple.__new__, Message)
# Message(...) goes through a Python-level __new__; this is the same value in half the time.


class Classifier:
    """Compiled once a profile: ``name(value, raw)`` gives the name and the rule's key.

    Rules are tried in the profile's order and the first that holds wins. A rule without a
    ``match`` holds where the discriminator's value is its name.
    """

    def __init__(self, profile: Profile) -> None:
        self._keys = tuple(_lookup(source) for source in profile.discriminator)
        self._texts: dict[str, str] = {}
        self._matches: list[tuple[int, str, Test]] = []
        self._named: dict[str, tuple[int, tuple[tuple[int, str, Test], ...]]] = {}
        for index, rule in enumerate(profile.messages):
            text = text_of(rule.match)
            if text is not None:
                self._texts.setdefault(text, rule.name)
            elif rule.match is MISSING:
                self._named[rule.name] = (index, tuple(self._matches))
            else:
                self._matches.append((index, rule.name, compile_match(rule.match)))

    def name(self, value: Any, raw: bytes) -> tuple[str, str]:
        """Give the name that users see and the rule's key; both "" where there is none."""
        if value is MISSING:
            rule = self._texts.get(raw.decode(errors="replace"), "") if self._texts else ""
            return rule, rule
        name = ""
        for lookup in self._keys:
            found = lookup(value)
            if found.__class__ is str:
                name = found
                break
            if isinstance(found, bool | int | float):
                name = orjson.dumps(found).decode()
                break
        named = self._named.get(name)
        matches = self._matches if named is None else named[1]
        for _, rule, holds in matches:
            if holds(value):
                return name or rule, rule
        return name, (name if named else "")


class Decoder:
    """Frames into messages: each parsed once and named."""

    def __init__(self, profile: Profile) -> None:
        self._name = Classifier(profile).name

    def messages(self, frames: Iterable[bytes]) -> Iterator[Message]:
        """Give the messages one by one: what the session learns from one may name the next."""
        name_of = self._name
        loads = orjson.loads
        failed = orjson.JSONDecodeError
        for raw in frames:
            problem = ""
            try:
                value = loads(raw)
            except failed:
                value, problem = decode(raw)
            name, rule = name_of(value, raw)
            yield _message((raw, value, name, rule, problem))


def _lookup(source: Expression) -> Callable[[Any], Any]:
    expression = compile_expression(source)
    if expression.get is not None:
        return expression.get
    return lambda value: expression.first(value, {})
