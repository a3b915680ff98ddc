"""The user's options: from the words on the command line to the values that a profile uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wscli.loader.logins import Logins
from wscli.loader.required import missing, must_be_given
from wscli.loader.secrets import (
    Places,
    SecretReader,
    Source,
    Warn,
    check_stdin,
    find_source,
    fixed,
    lacking,
)
from wscli.loader.words import value_of
from wscli.model.frozen import frozen
from wscli.model.options import Option
from wscli.model.profile import Profile
from wscli.model.secret import Secret

SIMULATED: Final = "simulated"
"""What stands for a secret that a simulator is not shown."""

_GIVEN: Final = Secret("given")  # a condition can ask whether there is a secret, not what it is


@frozen
class OptionValues:
    """``values``: those of the options that are no secrets; ``secrets`` reads the others.
    ``assumed``: the words put in for required options that were not given.
    """

    values: dict[str, Any]
    secrets: SecretReader
    assumed: Mapping[str, str]


def option_values(
    profile: Profile,
    given: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    logins: Logins,
    warn: Warn,
    rehearsed: bool = False,
) -> OptionValues:
    """Give the value of each option that has one: given, from its environment variable, or its
    default; and a reader for the secrets. ``given`` holds the words of the command line by name of
    the option, for a secret also with ``_file`` and ``_cmd`` behind it; an empty list counts as
    not given. ``rehearsed``: nothing is sent, so a required secret may be missing; reading it says
    so.

    Raises UsageError for a missing required option and for a value that does not fit.
    """
    found = _Found(profile, Places(given, environment, logins, warn))
    for option in profile.options:
        if found.lacks(option):
            if not (rehearsed and option.secret):
                raise missing(profile, option)
            found.do_without(option)
    return found.result()


def simulated_values(
    profile: Profile, given: Mapping[str, Any], environment: Mapping[str, str], *, warn: Warn
) -> OptionValues:
    """Do the same for a simulator, which asks for nothing: a missing secret is ``simulated``,
    another missing option has its first example or choice, and the keyring is left alone. Raises
    UsageError where there is no such word.
    """
    found = _Found(profile, Places(given, environment, None, warn))
    for option in profile.options:
        if found.lacks(option):
            found.assume(option)
    return found.result()


class _Found:
    """What was found so far."""

    def __init__(self, profile: Profile, places: Places) -> None:
        self._profile = profile
        self._values: dict[str, Any] = {}
        self._sources: dict[str, Source] = {}
        self._assumed: dict[str, str] = {}
        check_stdin(profile, places.given)
        for option in profile.options:
            if option.secret:
                source = find_source(profile, option, places)
                if source is not None:
                    self._sources[option.name] = source
            elif (words := _words(option, places)) is not None:
                self._values[option.name] = value_of(option, words)

    def lacks(self, option: Option) -> bool:
        """Whether the option is required and has no value."""
        names = {**self._values, **dict.fromkeys(self._sources, _GIVEN)}
        return option.name not in names and must_be_given(option, names)

    def assume(self, option: Option) -> None:
        """Put in a word for an option that was not given; raises UsageError."""
        if option.secret:
            self._sources[option.name] = fixed(Secret(SIMULATED))
            self._assumed[option.name] = SIMULATED
            return
        word = next(iter([*option.examples, *option.choices]), None)
        if word is None:
            raise missing(self._profile, option)
        self._values[option.name] = value_of(option, word)
        self._assumed[option.name] = word

    def do_without(self, option: Option) -> None:
        """Let a secret be known as one that is to be given still."""
        self._sources[option.name] = lacking(missing(self._profile, option))

    def result(self) -> OptionValues:
        return OptionValues(self._values, SecretReader(self._sources), self._assumed)


def _words(option: Option, places: Places) -> Any:
    """Give the word or the list of words that the user gave, or the default; None for none."""
    variable = places.environment.get(option.env) if option.env else None
    for words in (places.given.get(option.name), variable or None, option.default):
        if words is not None and words != []:
            return words
    return None
