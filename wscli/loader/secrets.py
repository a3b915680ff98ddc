"""Where a secret option's value comes from, and how it is read.

From what stands on the command line (``--X-file``, ``--X-cmd`` or, with a warning, ``--X``), the
environment variable that the profile names, the user's keyring. Nothing here repeats a value.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from wscli.errors import UsageError
from wscli.loader.logins import Logins
from wscli.loader.secret_files import can_be_read_again, is_open_to_others, read_file, read_stdin
from wscli.model.frozen import frozen
from wscli.model.options import Option
from wscli.model.profile import Profile
from wscli.model.secret import Secret

FILE: Final = "_file"
CMD: Final = "_cmd"
LARGEST: Final = 64 * 1024  # bytes; certificates and their keys have less
_STDIN: Final = "-"

Warn: TypeAlias = Callable[[str], None]
"""Says one line to the user; the run goes on."""


@frozen
class Source:
    """Where one secret comes from. ``read`` raises UsageError; ``again``: whether it could give
    something else the next time. ``place`` says where in words; ``quiet``: whether it is read
    without running anything or asking anybody.
    """

    read: Callable[[], Secret]
    again: bool = False
    place: str = ""
    quiet: bool = True


@frozen
class Places:
    """Where secrets are looked for. ``given``: the words of the command line by option, with
    ``_file`` and ``_cmd`` behind its name for the other ways to give it. ``logins`` is None where
    the keyring is to be left alone.
    """

    given: Mapping[str, Any]
    environment: Mapping[str, str]
    logins: Logins | None
    warn: Warn


class SecretReader:
    """Reads the secrets of one run. ``names``: the secret options that have a source; ``again``:
    whether reading again could give something else.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = dict(sources)
        self.names = frozenset(sources)
        self.again = any(source.again for source in sources.values())
        self.places = {name: source.place for name, source in sources.items()}

    def __repr__(self) -> str:
        return f"SecretReader({', '.join(sorted(self.names))})"

    def check(self) -> None:
        """Read what is read quietly, and keep nothing of it; raises UsageError."""
        for source in self._sources.values():
            if source.quiet:
                source.read()

    def read(self) -> Mapping[str, Secret]:
        """Give the secrets by option; raises UsageError. May take long: commands are run, and a
        keyring may ask its owner.
        """
        return {name: source.read() for name, source in self._sources.items()}


def find_source(profile: Profile, option: Option, places: Places) -> Source | None:
    """Give where the secret comes from, None where it is nowhere. What can be read only once is
    read here. Raises UsageError where it was given in two ways, or cannot be had as it was given.
    """
    ways = [name for name in ways_to_give(option) if places.given.get(name) is not None]
    if len(ways) > 1:
        flags = " and ".join(flag_of(name) for name in ways)
        raise UsageError(f"{flags} contradict each other.", hint="Leave one of them out.")
    if ways:
        return _from_command_line(option, ways[0], places)
    if option.env and (value := places.environment.get(option.env)):
        return fixed(_checked(value, option.env), f"${option.env}")
    if places.logins is not None and option.name in places.logins.names(profile):
        fetch = cache(partial(places.logins.fetch, profile, option))
        return Source(fetch, place="the keyring", quiet=False)
    if option.default is not None:
        return fixed(Secret(str(option.default)), "the profile")
    return None


def check_stdin(profile: Profile, given: Mapping[str, Any]) -> None:
    """Raise UsageError where two secrets are to be read from stdin."""
    names = [option.name + FILE for option in profile.options if option.secret]
    flags = [flag_of(name) for name in names if given.get(name) == _STDIN]
    if len(flags) > 1:
        raise UsageError(f"{' and '.join(flags)} cannot both be read from stdin.")


def ways_to_give(option: Option) -> tuple[str, str, str]:
    """Give the names of the three options by which a secret can be given."""
    return (option.name + FILE, option.name + CMD, option.name)


def flag_of(name: str) -> str:
    """Give how an option of that name is written on the command line."""
    return Option(name).flag


def fixed(secret: Secret, place: str = "") -> Source:
    """Give the source of a secret that is known already."""
    return Source(lambda: secret, place=place)


def lacking(error: UsageError) -> Source:
    """Give the source of a secret that was not given: reading it raises the error."""

    def read() -> Secret:
        raise error

    return Source(read, place="a source that you have not named yet")


def secret_text(raw: bytes, what: str) -> Secret:
    """Give the secret that these bytes are, without the line break (one) that a file or a
    command's output ends in; a byte order mark is none of it. Raises UsageError.
    """
    if len(raw) > LARGEST:
        raise UsageError(f"{what} is longer than 64 KiB, too long for a secret.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{what} is not UTF-8 text.") from None
    if text.endswith("\n"):
        text = text.removesuffix("\n").removesuffix("\r")
    return _checked(text, what)


def _checked(text: str, what: str) -> Secret:
    if not text:
        raise UsageError(f"{what} is empty.")
    if "\0" in text:
        raise UsageError(f"{what} has a NUL byte in it.")
    if any("\ud800" <= sign <= "\udfff" for sign in text):  # how Python reads bytes that are none
        raise UsageError(f"{what} is not UTF-8 text.")
    return Secret(text)


def _from_command_line(option: Option, way: str, places: Places) -> Source:
    given = places.given[way]
    if way.endswith(FILE):
        return _from_stdin() if given == _STDIN else _from_file(Path(given), places.warn)
    if way.endswith(CMD):
        return _from_command(option, given)
    value = given.reveal() if isinstance(given, Secret) else str(given)
    better = [*(flag_of(name) for name in ways_to_give(option)[:2]), *filter(None, [option.env])]
    places.warn(
        f"other users of this machine can see {option.flag}; better give it by {_or(better)}."
    )
    return fixed(_checked(value, option.flag), "the command line")


def _from_stdin() -> Source:
    return fixed(secret_text(read_stdin(at_most=LARGEST), "stdin"), "stdin")


def _from_file(path: Path, warn: Warn) -> Source:
    path = path.expanduser()
    what = f"the file {path}"
    if not can_be_read_again(path):
        return fixed(secret_text(read_file(path, at_most=LARGEST), what), what)
    if is_open_to_others(path):
        warn(f"{what} is open to other users of this machine; `chmod 600` keeps them out.")
    read = partial(_read_again, path, what)
    return Source(read, again=True, place=what)


def _read_again(path: Path, what: str) -> Secret:
    return secret_text(read_file(path, at_most=LARGEST), what)


def _from_command(option: Option, command: str) -> Source:
    flag = flag_of(option.name + CMD)
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"{flag}: {str(error).lower()}.") from None
    if not words:
        raise UsageError(f"{flag} is empty.")
    what = f"what {words[0]} printed"

    def read() -> Secret:
        from wscli.loader.run_command import output_of  # noqa: PLC0415 - 15 ms, rarely needed

        return secret_text(output_of(words, at_most=LARGEST), what)

    return Source(read, again=True, place=f"the command {words[0]}", quiet=False)


def _or(items: list[str]) -> str:
    return f"{', '.join(items[:-1])} or {items[-1]}"
