"""Every profile as a subcommand, with the options that it declares."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import typer

from wscli.cli.common_options import COMMON
from wscli.cli.complain import complain
from wscli.cli.invocation import Invocation
from wscli.cli.profile_examples import tail_examples
from wscli.cli.profile_options import parameters_of, plain, words_of
from wscli.cli.several import PLUS, between_plus, parse_all
from wscli.cli.taught import TaughtCommand, TaughtGroup
from wscli.cli.topics import Example
from wscli.errors import WscliError
from wscli.loader.find import available
from wscli.loader.glance import title_of
from wscli.loader.load import load_profile
from wscli.loader.logins import Logins
from wscli.loader.values import option_values, simulated_values
from wscli.model.profile import Profile

Action = Callable[[Invocation], int]
"""What a subcommand does; gives the exit code."""


def _tail(*invocations: Invocation) -> int:
    from wscli.cli.tail import tail_all  # noqa: PLC0415 - 40 ms that help and completion save

    return tail_all(invocations)


class ProfileGroup(TaughtGroup):
    """A group whose commands are the profiles; a path or a URL stands for one as well.

    ``plays``: the provider is played by us, so that no secret is needed; where None is said,
    ``--simulate`` decides.
    """

    action: ClassVar[Action] = staticmethod(_tail)
    common: ClassVar[Sequence[inspect.Parameter]] = [each.parameter() for each in COMMON]
    plays: ClassVar[bool | None] = None
    examples_of: ClassVar[Callable[[Profile], Sequence[Example]]] = staticmethod(lambda _: ())

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """Give the names of all profiles."""
        return list(available(os.environ))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Typer's signature
        """Give a command that only knows its title, for lists: profiles with mistakes too."""
        found = available(os.environ).get(cmd_name)
        if found is None:
            return None
        return make_command(cmd_name, plain(title_of(found[0])), [], _nothing)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Give the command for the first word; raises UsageError or ProfileError."""
        name = args[0]
        if name.startswith("-"):
            return super().resolve_command(ctx, args)
        try:
            profile = load_profile(name, os.environ)
        except WscliError:
            if ctx.resilient_parsing:  # the shell completes a word: no place for an error
                return name, make_command(name, "", [], _nothing), args[1:]
            raise
        ctx.obj = profile  # for the completion of what depends on it
        return name, self.command_of(profile), args[1:]

    @classmethod
    def command_of(cls, profile: Profile) -> Any:
        """Make the command of one profile."""

        def callback(**given: Any) -> None:
            words = words_of(profile, given)
            raise typer.Exit(cls.action(cls.invocation(profile, words, given)))

        return cls._command(profile, callback)

    @classmethod
    def _command(cls, profile: Profile, callback: Callable[..., None]) -> Any:
        about = profile.about
        parts = [about.title or f"Follow {profile.name}.", about.caution]
        parts += [f"Documentation: {about.docs}"] if about.docs else []
        text = "\n\n".join(plain(part) for part in parts if part)
        parameters = [*parameters_of(profile), *cls.common]
        return make_command(profile.name, text, parameters, callback, cls.examples_of(profile))

    @classmethod
    def invocation(
        cls, profile: Profile, words: Mapping[str, Any], common: dict[str, Any]
    ) -> Invocation:
        """Give what the command was called with; raises UsageError."""
        warn = _say_nothing if common.get("quiet") else complain
        if common.get("simulate") if cls.plays is None else cls.plays:
            found = simulated_values(profile, words, os.environ, warn=warn)
        else:
            found = option_values(
                profile,
                words,
                os.environ,
                logins=Logins(),
                warn=warn,
                rehearsed=bool(common.get("dry_run")),
            )
        return Invocation(profile, found.values, found.secrets, {**words, **found.assumed}, common)


class TailGroup(ProfileGroup):
    """The same for ``tail``, which follows several at once: ``A + B``."""

    examples_of: ClassVar[Callable[[Profile], Sequence[Example]]] = staticmethod(tail_examples)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Give the command for the first word, or one for all where there are several."""
        parts = between_plus(args)
        if len(parts) == 1:
            return super().resolve_command(ctx, args)
        if ctx.resilient_parsing:  # the shell completes a word of the last one
            return super().resolve_command(ctx, parts[-1]) if parts[-1] else (None, None, [])

        def callback() -> None:
            parsed = parse_all(parts, ctx.command_path, self._parse)
            calls = [
                self.invocation(profile, words_of(profile, given), given)
                for profile, given in parsed
            ]
            raise typer.Exit(_tail(*calls) if calls else 0)

        return PLUS, make_command(PLUS, "Follow several streams at once.", [], callback), []

    @classmethod
    def _parse(cls, profile: Profile, words: Sequence[str], path: str) -> dict[str, Any] | None:
        found: list[dict[str, Any]] = []
        command = cls._command(profile, lambda **given: found.append(given))
        command.main(args=list(words), prog_name=path, standalone_mode=False)
        return found[0] if found else None


def make_command(
    name: str,
    text: str,
    parameters: Sequence[inspect.Parameter],
    callback: Callable[..., None],
    examples: Sequence[Example] = (),
) -> Any:
    """Make a command whose options are these parameters, by Typer's public means. Its help ends
    with the examples.
    """

    def function(**given: Any) -> None:
        callback(**given)

    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # PEP 362
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    how = {"help_option_names": ["-h", "--help"]}
    app.command(name, cls=TaughtCommand, help=text, context_settings=how)(function)
    command: Any = typer.main.get_command(app)
    command.examples = examples
    return command


def _nothing() -> None:
    pass


def _say_nothing(_text: str) -> None:
    pass
