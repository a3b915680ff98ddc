"""Which of the profile's rules a message follows, and the name that users see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final, TypeAlias

import orjson

from wscli.jq.expressions import compile_expression
from wscli.messages.decode import decode
from wscli.messages.encode import frame_text
from wscli.messages.match import Test, compile_match, text_of
from wscli.model.message import MISSING, Message
from wscli.model.profile import Expression, Profile

_message: Final[Callable[[tuple[Any, ...]], Message]] = partial(tuple.__new__, Message)
# Message(...) goes through a Python-level __new__; this is the same value in half the time.


Namer: TypeAlias = Callable[[Any, bytes], tuple[str, str]]


class Classifier:
    """Compiled once a profile: ``name(value, raw)`` gives the name that users see and the rule's
    key, both "" where there is none.

    Rules are tried in the profile's order and the first that holds wins. A rule without a
    ``match`` holds where the discriminator's value is its name.
    """

    def __init__(self, profile: Profile) -> None:
        self._keys = tuple(compile_lookup(source) for source in profile.discriminator)
        self._texts: dict[str, str] = {}
        self._matches: list[tuple[str, Test]] = []
        self._named: dict[str, tuple[tuple[str, Test], ...]] = {}  # with the matches before it
        for rule in profile.messages:
            text = text_of(rule.match)
            if text is not None:
                self._texts.setdefault(text, rule.name)
            elif rule.match is MISSING:
                self._named[rule.name] = tuple(self._matches)
            else:
                self._matches.append((rule.name, compile_match(rule.match)))
        self.name: Namer = self._any_name if len(self._keys) != 1 else self._quick_name()

    def _quick_name(self) -> Namer:
        """Make the short way for the common case: one discriminator, and no match to try first."""
        lookup, slow = self._keys[0], self._any_name
        direct = {name: (name, name) for name, before in self._named.items() if not before}

        def name(value: Any, raw: bytes) -> tuple[str, str]:
            found = lookup(value)
            return (direct.get(found) if found.__class__ is str else None) or slow(value, raw)

        return name

    def _any_name(self, value: Any, raw: bytes) -> tuple[str, str]:
        if value is MISSING:
            rule = self._texts.get(raw.decode(errors="replace"), "") if self._texts else ""
            return rule, rule
        name = self._discriminated(value)
        named = self._named.get(name)
        for rule, holds in self._matches if named is None else named:
            if holds(value):
                return name or rule, rule
        return name, ("" if named is None else name)

    def _discriminated(self, value: Any) -> str:
        """Give the value of the first discriminator that is present, as a name."""
        for lookup in self._keys:
            found = lookup(value)
            if isinstance(found, str):
                return found
            if isinstance(found, bool | int | float):
                return frame_text(found)
        return ""


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


def compile_lookup(source: Expression) -> Callable[[Any], Any]:
    """Compile a profile's expression to a closure of one argument: the first result or MISSING."""
    expression = compile_expression(source)
    if expression.get is not None:
        return expression.get
    return lambda value: expression.first(value, {})
