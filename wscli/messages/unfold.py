"""What becomes of a message whose rule has ``parse`` or ``split``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Final

from wscli.messages.decode import decode
from wscli.messages.parse import compile_parse
from wscli.messages.split import Part, Splitter
from wscli.messages.whole import Whole
from wscli.model.message import MISSING, Derived, Message
from wscli.model.profile import MessageRule

_DEEPEST: Final = 4  # messages that are split off each other
_OVERHEAD: Final = 256  # bytes that a message weighs beside its text, more or less


class Unfolder:
    """Compiled once a profile. ``name``: a classifier's; ``limit``: bytes that the messages of one
    frame may weigh together.
    """

    def __init__(
        self,
        rules: Iterable[MessageRule],
        name: Callable[[Any, bytes], tuple[str, str]],
        limit: int,
    ) -> None:
        self._name = name
        self._limit = limit
        self._changes = {rule.name: _Change(rule) for rule in rules if rule.parse or rule.split}
        self.rules = frozenset(self._changes)

    def frame(self, frame: bytes, messages: Iterable[Message]) -> Iterator[Message | Whole]:
        """Give what becomes of the messages of a frame, as long as it does not weigh too much; of
        the rest one message tells. The next one is looked at when it is asked for.
        """
        room = self._limit
        for message in messages:
            for each in self._unfolded(message, 0):
                if room < 0:
                    problem = f"the rest of a frame that comes to more than {self._limit} bytes"
                    yield Message(frame, MISSING, "", "", problem)
                    return
                room -= _OVERHEAD + (0 if isinstance(each, Whole) else len(each.raw))
                yield each

    def _unfolded(self, message: Message, depth: int) -> Iterator[Message | Whole]:
        """Give a message with its strings parsed, or what it stands for. ``depth``: how many others
        it was split off.
        """
        change = self._changes.get(message.rule)
        if change is None or message.value is MISSING:
            yield message
            return
        message = change.parsed(message)
        parts = change.parts(message.raw) if depth < _DEEPEST else iter(())
        first = next(parts, None)
        if first is None:
            yield message
            return
        yield Whole(message)
        for part in chain((first,), parts):
            yield from self._unfolded(self._part(part, message), depth + 1)

    def _part(self, part: Part, whole: Message) -> Message:
        raw = _derived(part.text, whole.raw)
        if part.problem:
            return Message(raw, MISSING, "", "", part.problem)
        value, problem = decode(raw)
        return Message(raw, value, *self._name(value, raw), problem)


class _Change:
    """A rule's ``parse`` and ``split``."""

    def __init__(self, rule: MessageRule) -> None:
        self._parse = compile_parse(rule.parse)
        self._splitter = None if rule.split is None else Splitter(rule.split)

    def parsed(self, message: Message) -> Message:
        """Give the message with its strings parsed."""
        text, value = self._parse(message.raw, message.value)
        if text is message.raw:
            return message
        return message._replace(raw=_derived(text, message.raw), value=value)

    def parts(self, text: bytes) -> Iterator[Part]:
        """Give what the message stands for."""
        return iter(()) if self._splitter is None else self._splitter.parts(text)


def _derived(text: bytes, raw: bytes) -> Derived:
    """Make the text of a message that comes of the same frame as ``raw``."""
    return Derived(text, raw.frame if isinstance(raw, Derived) else raw)
