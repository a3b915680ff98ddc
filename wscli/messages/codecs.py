"""The codecs that a profile's ``frames`` can name, and whether a pipeline of them makes sense.

What they do is in ``pipeline`` for what comes and in ``frames`` for what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from enum import IntEnum
from itertools import pairwise
from typing import Any, Final, assert_never

from wscli.model.frozen import frozen
from wscli.model.profile import Codec


class Unreadable(Exception):  # noqa: N818 - not an error of ours: a message gets it as its problem
    """What came is not what the codec reads; the text completes "a message is …"."""


class Place(IntEnum):
    """Where a codec stands between the wire and our values."""

    BYTES = 0  # it works on what the wire carries
    JSON = 1  # it is the step between text and values: there is exactly one
    VALUES = 2


class Argument(IntEnum):
    """What the profile may say beside a codec's name."""

    NONE = 0
    TEXT = 1
    NAMES = 2


@frozen
class CodecEntry:
    """One line of the list. ``does``: a line for help and documentation. ``receives``, ``sends``:
    in which pipelines it may stand. ``needs``: in which it cannot do without its argument.
    """

    does: str
    place: Place = Place.BYTES
    receives: bool = True
    sends: bool = False
    argument: Argument = Argument.NONE
    needs_argument: bool = False


CODECS: Final[Mapping[str, CodecEntry]] = {
    "gunzip": CodecEntry("a binary frame is gzip data (RFC 1952)"),
    "inflate": CodecEntry("a binary frame is zlib or raw deflate data (RFC 1950, RFC 1951)"),
    "zlib-stream": CodecEntry(
        "the binary frames of a connection are one zlib stream; a message ends with 00 00 FF FF"
    ),
    "zstd": CodecEntry("a binary frame is Zstandard data (RFC 8878); needs the extra zstd"),
    "base64": CodecEntry("a frame is base64, with padding", sends=True),
    "lines": CodecEntry(
        "a frame holds several messages, with a line break or another text between them",
        argument=Argument.TEXT,
    ),
    "json": CodecEntry(
        "a message is JSON; a text of ours is sent as it stands", Place.JSON, sends=True
    ),
    "socket.io": CodecEntry(
        "a frame is a packet of Engine.IO 4 and Socket.IO 5, which is an object here",
        Place.JSON,
        sends=True,
    ),
    "array": CodecEntry(
        "a list is several messages; with names a list is an object with these names",
        Place.VALUES,
        sends=True,
        argument=Argument.NAMES,
    ),
    "append": CodecEntry(
        "this text stands behind each message that is sent",
        receives=False,
        sends=True,
        argument=Argument.TEXT,
        needs_argument=True,
    ),
}
"""Every codec by its name."""


def codec_problems(codecs: Sequence[Codec], *, sending: bool) -> list[str]:
    """Say in sentences what is wrong with a pipeline, in the order of its stages; empty where
    nothing is.
    """
    problems = [what for codec in codecs if (what := _stage_problem(codec, sending=sending))]
    known = [codec.name for codec in codecs if codec.name in CODECS]
    if len(known) == len(codecs):
        problems += _json_problems(known)
        problems += _order_problems(known, sending=sending)
    return problems


def _stage_problem(codec: Codec, *, sending: bool) -> str:
    entry = CODECS.get(codec.name)
    if entry is None:
        close = get_close_matches(codec.name, CODECS, n=1)
        remedy = f"Did you mean {close[0]}?" if close else f"There are {', '.join(CODECS)}."
        return f'there is no codec "{codec.name}". {remedy}'
    if not (entry.sends if sending else entry.receives):
        way = "frames that come" if sending else "what is sent"
        return f"{codec.name} is only for {way}."
    return _argument_problem(codec.name, entry, codec.argument, sending=sending)


def _argument_problem(name: str, entry: CodecEntry, argument: Any, *, sending: bool) -> str:
    if argument is None:
        if name == "array" and sending:
            return "array needs names for what is sent: {array: {names: [a, b]}}."
        return f'{name} needs a text: {{{name}: "…"}}.' if entry.needs_argument else ""
    match entry.argument:
        case Argument.NONE:
            return f"{name} takes no argument."
        case Argument.TEXT:
            right = isinstance(argument, str) and argument != ""
            return "" if right else f"{name} takes a text that is not empty."
        case Argument.NAMES:
            return "" if _are_names(argument) else "array takes a list of different names."
        case _:
            assert_never(entry.argument)


def _are_names(argument: Any) -> bool:
    if not isinstance(argument, list | tuple) or not argument:
        return False
    return all(isinstance(name, str) for name in argument) and len(set(argument)) == len(argument)


def _json_problems(names: Sequence[str]) -> list[str]:
    readers = [name for name in names if CODECS[name].place is Place.JSON]
    if not readers:
        return ["json is missing (or socket.io): without it there are no values."]
    if len(readers) > 1:
        return [f"{' and '.join(readers)} do the same work: keep one of them."]
    return []


def _order_problems(names: Sequence[str], *, sending: bool) -> list[str]:
    problems = []
    for one, other in pairwise(names):
        before, after = (other, one) if sending else (one, other)
        if CODECS[before].place > CODECS[after].place:
            problems.append(f"{one} cannot come before {other}.")
    if "zlib-stream" in names[1:]:
        problems.append("zlib-stream works on the frames themselves, so it is the first.")
    return problems
