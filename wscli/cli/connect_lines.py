"""What a line that the user says means: a frame, one of the profile's operations, or a command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, TypeAlias

from wscli.errors import UsageError
from wscli.loader.arguments import arguments_of, read_arguments
from wscli.loader.shape import closest
from wscli.model.profile import Profile
from wscli.session.events import Unsayable
from wscli.session.sayings import BUILT_IN, Call, Goodbye, Ping, Saying, Text

_SLASH: Final = "A text that begins with a slash is sent where it is written //text."
_PAYLOAD: Final = 125  # bytes of a control frame (RFC 6455, section 5.5)
_REASON: Final = _PAYLOAD - 2  # the code has the others
_LEAST, _MOST = 3000, 4999  # codes that are free to be used


class Wish(StrEnum):
    """What is asked of us, not said to the stream."""

    HELP = "help"
    QUIT = "quit"


Meaning: TypeAlias = Saying | Wish | Unsayable


def read_line(line: str, profile: Profile, *, verbatim: bool) -> Meaning:
    """Give what a line without its line break means. ``verbatim``: a slash has no meaning."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return Unsayable("a line is no UTF-8 text, so it was not sent")
    if verbatim or not line.startswith("/"):
        return Text(line)
    if line.startswith("//"):
        return Text(line[1:])
    name, _, rest = line[1:].partition(" ")
    match name:
        case "help" | "quit":
            return Wish(name)
        case "ping":
            return _ping(rest.strip())
        case "close":
            return _goodbye(rest.strip())
        case _:
            return _call(profile, name, rest)


def lines_of(text: str) -> list[str]:
    """Give the frames that a typed or pasted text stands for: a line each, the empty ones left
    out; but several lines that are one JSON object or list are one.
    """
    if "\n" in text and text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            return [text]
    return [line.removesuffix("\r") for line in text.split("\n") if line.strip("\r")]


def help_lines(profile: Profile, *, verbatim: bool) -> Iterator[str]:
    """Say what can be said."""
    if verbatim:
        yield "every line is sent as a text frame"
        return
    yield "a line is sent as a text frame; //text sends /text"
    for operation in profile.operations:
        given = " ".join(f"{name}=…" for name in arguments_of(profile, operation))
        means = operation.help or "a frame of the profile"
        yield f"{f'/{operation.name} {given}'.rstrip()}: {means}"
    for name, means in BUILT_IN.items():
        yield f"/{name}: {means}"


def _call(profile: Profile, name: str, rest: str) -> Call | Unsayable:
    operation = next((each for each in profile.operations if each.name == name), None)
    if operation is None:
        known = [*(each.name for each in profile.operations), *BUILT_IN]
        near = closest(name, known)
        hint = f"{near} {_SLASH}" if near else f"{_SLASH} See /help."
        return Unsayable(f"there is no /{name[:40]}, so nothing was sent", hint)
    try:
        return Call(name, read_arguments(profile, operation, rest))
    except UsageError as error:
        return Unsayable(f"/{name} was not sent: {error.text.removesuffix('.')}", error.hint or "")


def _ping(text: str) -> Ping | Unsayable:
    payload = text.encode()
    if len(payload) > _PAYLOAD:
        return Unsayable(f"/ping was not sent: a ping carries {_PAYLOAD} bytes at most")
    return Ping(payload)


def _goodbye(text: str) -> Goodbye | Unsayable:
    code, _, reason = text.partition(" ")
    reason = reason.strip()
    if not code:
        return Goodbye()
    # those of RFC 6455 that an endpoint may send, but 1010, which says what we did not offer
    allowed = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, *range(_LEAST, _MOST + 1)}
    if not code.isascii() or not code.isdigit() or int(code) not in allowed:
        hint = f"Write /close [code [reason]] with 1000, 1001 or {_LEAST} to {_MOST}."
        return Unsayable(f"{code[:40]!r} is no code that may be sent", hint)
    if len(reason.encode()) > _REASON:
        return Unsayable(f"/close was not sent: a reason has {_REASON} bytes at most")
    return Goodbye(int(code), reason)
