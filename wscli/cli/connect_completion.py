"""What the Tab key offers behind a slash: what can be called, its arguments, and their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wscli.loader.arguments import arguments_of
from wscli.model.frozen import frozen
from wscli.model.profile import Profile
from wscli.session.sayings import BUILT_IN


@frozen
class Suggestion:
    """A text that may stand in place of the last ``typed`` characters, and what it means."""

    text: str
    typed: int
    help: str = ""


def suggestions(before: str, profile: Profile) -> Iterator[Suggestion]:
    """Give what may follow the text that stands before the cursor."""
    if not before.startswith("/"):
        return
    name, space, rest = before[1:].partition(" ")
    if not space:
        yield from _fitting(name, _names(profile))
        return
    word = rest.rpartition(" ")[2]
    key, equals, begun = word.partition("=")
    for operation in profile.operations:
        if operation.name == name and equals:
            yield from _fitting(begun, _values(profile, key))
        elif operation.name == name:
            arguments = arguments_of(profile, operation)
            yield from _fitting(word, {f"{each}=": _help(profile, each) for each in arguments})


def _fitting(begun: str, words: Mapping[str, str]) -> Iterator[Suggestion]:
    for word, means in words.items():
        if word.startswith(begun):
            yield Suggestion(word, len(begun), means)


def _names(profile: Profile) -> dict[str, str]:
    return {**{each.name: each.help for each in profile.operations}, **BUILT_IN}


def _values(profile: Profile, key: str) -> dict[str, str]:
    found = (option for option in profile.options if option.name == key)
    return {word: "" for option in found for word in [*option.choices] or [*option.examples]}


def _help(profile: Profile, name: str) -> str:
    return next((option.help for option in profile.options if option.name == name), "")
