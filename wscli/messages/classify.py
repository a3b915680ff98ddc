"""Which of the profile's rules a message follows, and the name that users see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from wscli.jq.expressions import compile_expression
from wscli.messages.decode import decode
from wscli.messages.encode import frame_text
from wscli.messages.match import Test, compile_match, text_of
from wscli.messages.memory import Memory
from wscli.messages.whole import Whole
from wscli.model.message import MISSING, Message, MessageOrigin
from wscli.model.profile import Frames, MiB, Profile, Remembered
from wscli.model.tables import Expression

if TYPE_CHECKING:
    from wscli.messages.pipeline import Pipeline
    from wscli.messages.unfold import Unfolder

_message: Final[Callable[[tuple[Any, ...]], Message]] = partial(tuple.__new__, Message)
# Message(...) goes through a Python-level __new__; this is the same value in half the time.
_LIVE: Final = MessageOrigin.LIVE


Namer: TypeAlias = Callable[[Any, bytes], tuple[str, str]]
_Key: TypeAlias = Callable[[Any], str | None]


class Classifier:
    """Compiled once a profile: ``name(value, raw)`` gives the name that users see and the rule's
    key, both "" where there is none.

    Rules are tried in the profile's order and the first that holds wins. A rule without a
    ``match`` holds where the name is its own: the discriminator's value, or what ``memory`` has
    for it.
    """

    def __init__(self, profile: Profile, memory: Memory | None = None) -> None:
        names = Memory() if memory is None else memory
        self._keys = tuple(_compile_key(source, names) for source in profile.discriminator)
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
        self.name: Namer = self._any_name
        match profile.discriminator:
            case (str(only),):
                self.name = self._quick_name(compile_lookup(only))

    def _quick_name(self, lookup: Callable[[Any], Any]) -> Namer:
        """Make the short way for the common case: one discriminator, and no match to try first."""
        slow = self._any_name
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
        """Give the name that the first discriminator which is present gives."""
        for key in self._keys:
            name = key(value)
            if name is not None:
                return name
        return ""


class Decoder:
    """Frames into messages: each parsed once and named, then changed as its rule says.

    ``limit``: bytes that a compressed message may come to; the messages of one frame together may
    weigh four times as much. Raises MissingPackageError where a codec needs a package that is not
    installed; what comes never raises.
    """

    def __init__(
        self, profile: Profile, memory: Memory | None = None, *, limit: int = 16 * MiB
    ) -> None:
        self._name = Classifier(profile, memory).name
        self._pipeline: Pipeline | None = None
        self._unfolder: Unfolder | None = None
        packed = profile.frames.receive != Frames().receive
        if packed:
            from wscli.messages.pipeline import Pipeline  # noqa: PLC0415 - few profiles need it

            self._pipeline = Pipeline(profile.frames.receive, limit)
        if packed or any(rule.parse or rule.split for rule in profile.messages):
            from wscli.messages.unfold import Unfolder  # noqa: PLC0415 - as above

            self._unfolder = Unfolder(profile.messages, self._name, 4 * limit)

    def reset(self) -> None:
        """Begin anew, for a new connection. What is remembered stays."""
        if self._pipeline is not None:
            self._pipeline.reset()

    def messages(self, frames: Iterable[bytes]) -> Iterator[Message | Whole]:
        """Give the messages one by one: what the session learns from one may name the next."""
        if self._unfolder is None:
            return self._plain(frames)
        if self._pipeline is None:
            return self._unfolded(frames, self._unfolder)
        return self._unpacked(frames, self._pipeline, self._unfolder)

    def made(self, text: bytes, origin: MessageOrigin) -> list[Message]:
        """Give what a JSON text stands for that was made of an answer, as if it had been received
        as it is. A message that was split is not among them.
        """
        message = self._named(text, *decode(text))
        found = [message] if self._unfolder is None else self._unfolder.frame(text, [message])
        return [each._replace(origin=origin) for each in found if not isinstance(each, Whole)]

    def _plain(self, frames: Iterable[bytes]) -> Iterator[Message]:
        """Give the messages of frames that are JSON and stay as they are: the hot path."""
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
            yield _message((raw, value, name, rule, problem, _LIVE))

    def _unfolded(self, frames: Iterable[bytes], unfolder: Unfolder) -> Iterator[Message | Whole]:
        for message in self._plain(frames):
            if message.rule in unfolder.rules:
                yield from unfolder.frame(message.raw, [message])
            else:
                yield message

    def _unpacked(
        self, frames: Iterable[bytes], pipeline: Pipeline, unfolder: Unfolder
    ) -> Iterator[Message | Whole]:
        for frame in frames:
            yield from unfolder.frame(frame, starmap(self._named, pipeline.read(frame)))

    def _named(self, raw: bytes, value: Any, problem: str) -> Message:
        name, rule = self._name(value, raw)
        return _message((raw, value, name, rule, problem, _LIVE))


def compile_lookup(source: Expression) -> Callable[[Any], Any]:
    """Compile a profile's expression to a closure of one argument: the first result or MISSING."""
    expression = compile_expression(source)
    if expression.get is not None:
        return expression.get
    return lambda value: expression.first(value, {})


def _compile_key(source: Expression | Remembered, memory: Memory) -> _Key:
    """Compile a part of the discriminator: the name that it gives, None where it gives none."""
    if isinstance(source, Remembered):
        remembered = compile_lookup(source.path)
        return lambda value: memory.name(remembered(value)) or None
    lookup = compile_lookup(source)

    def name(value: Any) -> str | None:
        found = lookup(value)
        if isinstance(found, str):
            return found
        return frame_text(found) if isinstance(found, bool | int | float) else None

    return name
