"""The exit codes: one table, from which help, man page and README come."""

from __future__ import annotations

from typing import Final

from wscli.model.frozen import frozen


@frozen
class Meaning:
    """What some exit codes mean, for users; backquotes stand around what is typed."""

    codes: tuple[int, ...]
    text: str


EXIT_CODES: Final = (
    Meaning(
        (0,),
        "it ended as asked: `-n`, `--for`, `--until`, or a normal close under `--no-reconnect`",
    ),
    Meaning((1,), "a message was invalid under `--validate strict`"),
    Meaning(
        (2,),
        "wrong usage: an unknown profile or option, a profile with mistakes, a wrong expression,"
        " a required option or secret that is missing",
    ),
    Meaning((3,), "could not connect, or the connection was lost and is not to be made again"),
    Meaning((4,), "the provider refused us"),
    Meaning((74,), "the output could not be written"),
    Meaning((124,), "`--timeout` ran out"),
    Meaning(
        (129, 130, 143),
        "SIGHUP, SIGINT, SIGTERM; the socket was closed properly, what was received is written",
    ),
    Meaning((141,), "the reader of stdout went away (`| head`)"),
)
