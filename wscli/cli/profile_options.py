"""The options that a profile declares: how Typer offers them, and what it gives back."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final

import typer

from wscli.loader.required import in_words
from wscli.loader.secrets import CMD, FILE, flag_of, ways_to_give
from wscli.loader.selectors import FORM
from wscli.model.options import Option, OptionType
from wscli.model.profile import Profile
from wscli.model.secret import Secret
from wscli.output.escape import printable

_PREFIX: Final = "profile_"  # keeps a profile's options apart from the common ones
_PANEL: Final = "From the profile"
_REPEATED: Final = frozenset({OptionType.LIST, OptionType.FLAGS})
_TYPES: Final = {
    OptionType.INTEGER: int | None,
    OptionType.NUMBER: float | None,
    OptionType.BOOLEAN: bool | None,
}


def parameters_of(profile: Profile) -> list[inspect.Parameter]:
    """Give the parameters that make Typer offer the profile's options, three for a secret."""
    return [
        parameter
        for option in profile.options
        for parameter in (_secret(option) if option.secret else [_parameter(option)])
    ]


def words_of(profile: Profile, given: dict[str, Any]) -> dict[str, Any]:
    """Take out of what Typer gives the words of the profile's options, by name; a secret that was
    given itself is a ``Secret`` from here on.
    """
    words: dict[str, Any] = {}
    for option in profile.options:
        for name in ways_to_give(option) if option.secret else (option.name,):
            words[name] = given.pop(_PREFIX + name, None)
        if option.secret and words[option.name] is not None:
            words[option.name] = Secret(words[option.name])
    return words


def plain(text: str) -> str:
    """Make a profile's own words safe for a terminal and for Rich, which reads markup in help."""
    return re.sub(r"(\\*)\[", r"\1\1\\[", printable(text)).rstrip("\\")


def _parameter(option: Option) -> inspect.Parameter:
    many = option.type in _REPEATED
    kind: Any = list[str] if many else _TYPES.get(option.type, str | None)
    if option.choices and not many:  # what is typed is a label, whatever it stands for
        kind = str | None
    return _offered(
        option.name,
        option.flag,
        kind,
        help=_help(option),
        metavar=None if option.type is OptionType.BOOLEAN else _metavar(option),
        autocompletion=_completion(option),
    )


def _secret(option: Option) -> Iterator[inspect.Parameter]:
    """Offer a secret in its three ways; the first says in which order they are looked at."""
    file, command, _ = (flag_of(name) for name in ways_to_give(option))
    order = ", ".join([file, command, *filter(None, [option.env]), "the keyring (wscli login)"])
    said = f"Looked for in {order}, in this order; given here, other users can see it."
    env = f"[env: {option.env}]" if option.env else ""
    yield _offered(
        option.name,
        option.flag,
        str | None,
        help=_joined([_sentence(option.help), said, env, in_words(option)]),
        metavar=option.name.upper(),
    )
    yield _offered(
        option.name + FILE,
        file,
        str | None,
        help=plain(f"The file that holds what {option.flag} would say; - is stdin."),
        metavar="PATH",
    )
    yield _offered(
        option.name + CMD,
        command,
        str | None,
        help=plain(f"The command that prints what {option.flag} would say; no shell runs it."),
        metavar="COMMAND",
    )


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _offered(name: str, flag: str, kind: Any, **how: Any) -> inspect.Parameter:
    option = typer.Option(flag, rich_help_panel=_PANEL, show_default=False, **how)
    return inspect.Parameter(
        _PREFIX + name,
        inspect.Parameter.KEYWORD_ONLY,
        default=[] if kind == list[str] else None,
        annotation=Annotated[kind, option],
    )


def _help(option: Option) -> str:
    parts = [option.help]
    if option.choices:
        parts.append(f"One of {', '.join(option.choices)}.")
    if option.default is not None:
        many = option.default if isinstance(option.default, list) else [option.default]
        parts.append(f"[default: {', '.join(str(item) for item in many)}]")
    if option.env:
        parts.append(f"[env: {option.env}]")
    return _joined([*parts, in_words(option)])


def _joined(parts: list[str]) -> str:
    return plain(" ".join(part for part in parts if part))


def _metavar(option: Option) -> str:
    if option.selector:
        return FORM
    return option.name.upper() if option.type in _REPEATED else option.type.upper()


def _completion(option: Option) -> Callable[[str], list[str]] | None:
    words = list(option.choices) or list(option.examples)
    if not words:
        return None
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]
