"""``wscli login`` and ``wscli logout``: a profile's secrets in the user's keyring."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from getpass import getpass
from typing import Annotated, Any, ClassVar, Final

import typer

from wscli.cli.print import print_text
from wscli.cli.profile_commands import ProfileGroup, make_command
from wscli.cli.profile_options import plain
from wscli.errors import UsageError
from wscli.loader.logins import Logins
from wscli.loader.secret_files import read_stdin
from wscli.loader.secrets import LARGEST, secret_text
from wscli.model.options import Option
from wscli.model.profile import Profile
from wscli.model.secret import Secret
from wscli.output.escape import printable

_STDIN: Final = 0
_PREFIX: Final = "secret_"  # an option may be called as a word of Python is


class LoginGroup(ProfileGroup):
    """Every profile as a subcommand of ``login``, its secrets as flags."""

    common: ClassVar[Sequence[inspect.Parameter]] = ()

    @classmethod
    def command_of(cls, profile: Profile) -> Any:
        """Make the command of one profile."""

        def callback(**given: bool) -> None:
            secrets = _secrets_of(profile)
            wanted = [option for option in secrets if given[_PREFIX + option.name]]
            _log_in(profile, wanted or secrets, Logins())

        flags = [_flag(option) for option in profile.options if option.secret]
        text = f"Store the secrets of {profile.name} in your keyring: all of them, or those named."
        return make_command(profile.name, text, flags, callback)


class LogoutGroup(ProfileGroup):
    """Every profile as a subcommand of ``logout``."""

    common: ClassVar[Sequence[inspect.Parameter]] = ()

    @classmethod
    def command_of(cls, profile: Profile) -> Any:
        """Make the command of one profile."""

        def callback() -> None:
            _secrets_of(profile)
            _log_out(profile, Logins())

        text = f"Remove the secrets of {profile.name} from your keyring."
        return make_command(profile.name, text, [], callback)


def _log_in(profile: Profile, options: Sequence[Option], logins: Logins) -> None:
    logins.ready()  # before a person types for nothing
    answers = _asked(profile, options) if os.isatty(_STDIN) else _piped(options)
    if not answers:
        raise UsageError("nothing was given, and nothing is stored.")
    for option, secret in answers:
        logins.store(profile, option, secret)
    _say("stored", profile, [option.flag for option, _ in answers])


def _log_out(profile: Profile, logins: Logins) -> None:
    names = logins.forget(profile)
    if names:
        _say("removed", profile, [Option(name).flag for name in names])
    else:
        print_text(f"nothing is stored for {printable(profile.name)}")


def _say(done: str, profile: Profile, flags: Sequence[str]) -> None:
    print_text(printable(f"{done} for {profile.name}: {', '.join(flags)}"))


def _secrets_of(profile: Profile) -> list[Option]:
    secrets = [option for option in profile.options if option.secret]
    if not secrets:
        raise UsageError(f"{profile.name} has no secrets, so there is nothing to log in with.")
    return secrets


def _flag(option: Option) -> inspect.Parameter:
    """Offer to ask for one secret alone."""
    declared = typer.Option(option.flag, help=plain(option.help), show_default=False)
    return inspect.Parameter(
        _PREFIX + option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, declared],
    )


def _asked(profile: Profile, options: Sequence[Option]) -> list[tuple[Option, Secret]]:
    """Ask on the terminal without echo; an empty answer leaves a secret out."""

    def answer(option: Option) -> str:
        try:
            return getpass(printable(f"{profile.name} {option.flag} (empty to leave it out): "))
        except EOFError:
            raise typer.Abort from None

    return _given(options, lambda option: answer(option).encode(errors="surrogateescape"))


def _piped(options: Sequence[Option]) -> list[tuple[Option, Secret]]:
    """Take one line of stdin for each; an empty one leaves a secret out."""
    lines = read_stdin(at_most=(LARGEST + 2) * len(options)).removesuffix(b"\n").split(b"\n")
    if len(lines) != len(options):
        flags = ", ".join(option.flag for option in options)
        raise UsageError(
            f"stdin must have one line for each secret: {flags}.",
            hint="An empty line leaves one out.",
        )
    rest = iter(lines)
    return _given(options, lambda _: next(rest).removesuffix(b"\r"))


def _given(
    options: Sequence[Option], answer: Callable[[Option], bytes]
) -> list[tuple[Option, Secret]]:
    answers = [(option, answer(option)) for option in options]
    return [(option, secret_text(raw, option.flag)) for option, raw in answers if raw]
