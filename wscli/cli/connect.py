"""``wscli connect PROFILE``: says what is typed or piped in, and shows what comes."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final

import typer

from wscli.cli.common_options import COMMON, OFFLINE, CommonOption
from wscli.cli.connect_lines import read_line
from wscli.cli.connect_shows import Answers, TalkShows
from wscli.cli.connect_talk import Talk
from wscli.cli.followed import Followed, Shared
from wscli.cli.invocation import Invocation
from wscli.cli.profile_commands import Action, ProfileGroup
from wscli.cli.settings import Settings
from wscli.cli.tail import tail_all
from wscli.errors import UsageError
from wscli.loader.units import parse_duration
from wscli.model.frozen import frozen
from wscli.model.profile import Profile
from wscli.output.sink import Sink
from wscli.session.events import Unsayable

_UNSENT: Final = 2  # exit code: something that was to be said could not be
_WAIT: Final = 1.0  # seconds without an answer, after which none is expected any more
_FOREVER: Final = "forever"
_SPEAKING: Final = "What is said"


@frozen
class _Wishes:
    """What the options that only ``connect`` has come to. ``wait``: seconds, None for ever."""

    send: tuple[str, ...]
    wait: float | None
    verbatim: bool
    keeps: bool


def connect(invocation: Invocation) -> int:
    """Talk until the user or the other side has had enough; gives the exit code. Raises
    WscliError.
    """
    given = dict(invocation.common)
    wishes = _wishes(given)
    given = {**{each.name: each.parameter().default for each in COMMON}, **given}
    given |= {"all": True, "unfiltered": True}  # who talks wants to see what is answered
    invocation = replace(invocation, common=given)
    answers = Answers(wishes.wait)
    talk = Talk(
        invocation.profile, verbatim=wishes.verbatim, keeps=wishes.keeps, quiet=given["quiet"]
    )
    _check_what_is_sent(wishes, invocation.profile)
    if not wishes.send and _somebody_types():
        talk.open_prompt()

    def make_shows(settings: Settings, profiles: Sequence[Profile]) -> TalkShows:
        return TalkShows(settings, profiles, answers, talk.sink)

    @contextmanager
    def beside(shared: Shared, followed: Sequence[Followed]) -> Iterator[None]:
        answers.stop = shared.stop
        with talk.going_on(shared, followed[0].lane.worker, wishes.send):
            yield

    with talk.notes():
        code = tail_all([invocation], make_shows=make_shows, beside=beside)
    return _UNSENT if code == 0 and answers.unsent and not talk.typed else code


def _somebody_types() -> bool:
    """Whether a person sits at a terminal that can be drawn on."""
    if sys.stdin is None or sys.stdout is None or os.environ.get("TERM") in (None, "", "dumb"):
        return False
    return os.isatty(0) and Sink(1).isatty


def _wishes(given: dict[str, Any]) -> _Wishes:
    """Take our own options out; raises UsageError."""
    wait, send = given.pop("wait"), tuple(given.pop("send"))
    ends = [flag for name, flag in _ENDS.items() if given[name] is not None]
    if wait is not None and ends:
        raise UsageError(
            f"--wait and {ends[0]} contradict each other.",
            hint=f"With {ends[0]} the end of what is said ends nothing; --timeout gives up.",
        )
    return _Wishes(
        send=send,
        wait=None if ends or wait == _FOREVER else _seconds(wait),
        verbatim=given.pop("verbatim"),
        keeps=not given.pop("no_line_history"),
    )


_ENDS: Final = {"count": "-n", "until": "--until", "duration": "--for"}


def _seconds(wait: str | None) -> float:
    if wait is None:
        return _WAIT
    try:
        return parse_duration(wait)
    except ValueError as error:
        raise UsageError(f"--wait: {error}.", hint=f"Or write --wait {_FOREVER}.") from None


def _check_what_is_sent(wishes: _Wishes, profile: Profile) -> None:
    """Raise UsageError for a --send that could not be sent, before anything is."""
    for text in wishes.send:
        meaning = read_line(text, profile, verbatim=wishes.verbatim)
        if isinstance(meaning, Unsayable):
            raise UsageError(f"--send: {meaning.text}.", hint=meaning.hint or None)


def _own(name: str, kind: Any, flag: str, text: str, **how: Any) -> inspect.Parameter:
    default: Any = [] if kind == list[str] else False if kind is bool else None
    option = typer.Option(flag, help=text, rich_help_panel=_SPEAKING, show_default=False, **how)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


_OWN: Final = (
    _own(
        "send",
        list[str],
        "--send",
        "Say this and leave stdin alone. Repeat it for more.",
        metavar="TEXT",
    ),
    _own(
        "wait",
        str | None,
        "--wait",
        "When everything is said, end after so long without a further message, or `forever` not at"
        " all; 1s if not said. With -n, --until or --for it is those that end the run.",
        metavar="DURATION",
    ),
    _own("verbatim", bool, "--verbatim", "Send every line as it stands, with a slash or without."),
    _own("no_line_history", bool, "--no-line-history", "Do not keep the lines that are typed."),
)

_NOT_HERE: Final = frozenset({"all", "table", "sort", "history"})
"""Options of ``tail`` that say nothing of a talk."""


def _offered(option: CommonOption) -> CommonOption | None:
    """Give an option of ``tail`` as it is offered here."""
    if option.name in _NOT_HERE:
        return None
    if option.name == "output":
        formats = option.help.partition(" Without it:")[0]
        words = "Without it: log on a terminal and ndjson otherwise, for a bare URL raw."
        return replace(option, help=f"{formats} {words}")
    if option.panel == OFFLINE:
        return replace(option, help=option.help.replace("follow that", "talk to that"))
    return option


class ConnectGroup(ProfileGroup):
    """Every profile as a subcommand of ``connect``."""

    action: ClassVar[Action] = staticmethod(connect)
    common: ClassVar[Sequence[inspect.Parameter]] = [
        *_OWN,
        *(option.parameter() for option in map(_offered, COMMON) if option is not None),
    ]
