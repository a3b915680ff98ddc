"""Which pipelines of codecs make sense."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.messages.codecs import CODECS, Place, codec_problems
from wscli.messages.pipeline import Pipeline
from wscli.model.profile import Codec, Frames


def codecs(*stages: Any) -> tuple[Codec, ...]:
    """Make codecs of names, and of pairs of a name and an argument."""
    return tuple(Codec(*stage) if isinstance(stage, tuple) else Codec(stage) for stage in stages)


RECEIVING: list[tuple[Any, ...]] = [
    ("json",),
    ("gunzip", "json", "array"),
    ("zlib-stream", "json"),
    ("base64", "inflate", ("lines", "\x1e"), "json", "array", ("array", ("a", "b"))),
    ("lines", "socket.io"),
]
SENDING: list[tuple[Any, ...]] = [
    ("json",),
    (("array", ["a", "b"]), "json", ("append", "\x1e")),
    ("json", "base64"),
    ("socket.io",),
]


@pytest.mark.parametrize("stages", RECEIVING)
def test_what_can_be_received_has_no_problem(stages: tuple[Any, ...]) -> None:
    assert codec_problems(codecs(*stages), sending=False) == []
    Pipeline(codecs(*stages), 1000)


@pytest.mark.parametrize("stages", SENDING)
def test_what_can_be_sent_has_no_problem(stages: tuple[Any, ...]) -> None:
    assert codec_problems(codecs(*stages), sending=True) == []


def test_the_usual_frames_have_no_problem() -> None:
    assert codec_problems(Frames().receive, sending=False) == []
    assert codec_problems(Frames().send, sending=True) == []


@pytest.mark.parametrize(
    ("sending", "stages", "problems"),
    [
        (False, ("gunzp", "json"), ['there is no codec "gunzp". Did you mean gunzip?']),
        (
            False,
            ("x", "array"),
            [f'there is no codec "x". There are {", ".join(CODECS)}.'],
        ),
        (False, ("json", ("append", "x")), ["append is only for what is sent.", "json cannot"]),
        (True, ("gunzip", "json"), ["gunzip is only for frames that come.", "gunzip cannot"]),
        (False, ("array", "json"), ["array cannot come before json."]),
        (False, ("json", "gunzip"), ["json cannot come before gunzip."]),
        (True, ("json", ("array", ("a",))), ["json cannot come before array."]),
        (True, ("base64", "json"), ["base64 cannot come before json."]),
        (False, ("gunzip",), ["json is missing (or socket.io): without it there are no values."]),
        (False, ("json", "json"), ["json and json do the same work: keep one of them."]),
        (False, ("socket.io", "json"), ["socket.io and json do the same work"]),
        (False, ("lines", "zlib-stream", "json"), ["zlib-stream works on the frames themselves"]),
        (False, (("gunzip", 9), "json"), ["gunzip takes no argument."]),
        (False, (("lines", ""), "json"), ["lines takes a text that is not empty."]),
        (False, (("lines", 1), "json"), ["lines takes a text that is not empty."]),
        (True, ("json", "append"), ['append needs a text: {append: "…"}.']),
        (
            True,
            ("array", "json"),
            ["array needs names for what is sent: {array: {names: [a, b]}}."],
        ),
        (False, ("json", ("array", ())), ["array takes a list of different names."]),
        (False, ("json", ("array", ("a", "a"))), ["array takes a list of different names."]),
        (False, ("json", ("array", (1,))), ["array takes a list of different names."]),
        (False, ("json", ("array", "ab")), ["array takes a list of different names."]),
    ],
)
def test_what_makes_no_sense_is_said(
    sending: bool, stages: tuple[Any, ...], problems: list[str]
) -> None:
    found = codec_problems(codecs(*stages), sending=sending)
    assert len(found) == len(problems)
    assert all(one.startswith(start) for one, start in zip(found, problems, strict=True)), found


@pytest.mark.parametrize("name", CODECS)
def test_every_codec_of_the_list_has_its_line_and_its_place(name: str) -> None:
    entry = CODECS[name]
    assert entry.does
    assert not entry.does.endswith(".")
    assert entry.receives or entry.sends
    assert entry.place in set(Place)
