"""Runs ``wscli tail nexusglass`` against its fake, for the two files of tests about it."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.harness.process import Finished, Runner, Running
from tests.harness.waiting import eventually
from tests.providers.fake_nexusglass import KEY, FakeNexusglass

ENV = {"NEXUSGLASS_API_KEY": KEY, "WSCLI_NEXUSGLASS_API_KEY": KEY}  # the latter for a copy


class Tail:
    """Starts the command with the key in the environment and waits until it is let in."""

    def __init__(self, wscli: Runner, fake: FakeNexusglass) -> None:
        self._wscli = wscli
        self._fake = fake

    def start(
        self,
        *args: str | Path,
        profile: str | Path = "nexusglass",
        env: Mapping[str, str] = ENV,
        stdin: bytes | None = None,
    ) -> Running:
        """Without waiting."""
        return self._wscli.start(
            "tail", profile, "--url", self._fake.url, *args, env=env, input=stdin
        )

    def __call__(
        self,
        *args: str | Path,
        profile: str | Path = "nexusglass",
        env: Mapping[str, str] = ENV,
        stdin: bytes | None = None,
    ) -> Running:
        running = self.start(*args, profile=profile, env=env, stdin=stdin)
        eventually(lambda: running.ended or self._fake.clients, what="a connection")
        assert not running.ended, f"it ended instead of connecting: {running.stderr}"
        return running


def as_lines(frames: Iterable[str]) -> list[bytes]:
    """The lines of stdout that stand for these frames: their own bytes."""
    return [frame.encode() for frame in frames]


def ids(lines: Iterable[bytes]) -> list[int]:
    """The ids of the events on stdout."""
    return [json.loads(line)["payload"]["id"] for line in lines]


def interrupted(running: Running) -> Finished:
    """The run, ended from outside as Ctrl-C does it."""
    running.signal(signal.SIGINT)
    done = running.finish()
    assert "Traceback" not in done.stderr
    return done


def told(done: Finished | Running, pattern: str) -> list[str]:
    """The lines on stderr in which the pattern is found, but for the summary, which is the last of
    a run that has ended.
    """
    lines = done.stderr.splitlines()
    return [line for line in lines if re.search(pattern, line) and not is_summary(line)]


def is_summary(line: str) -> bool:
    """Whether a line on stderr is the last one, with the counts."""
    return (
        re.match(r"wscli: \w+: (no messages|[\d,]+ messages?( \([\d,]+ shown\))?), ", line)
        is not None
    )


def summary(done: Finished) -> str:
    """The last line on stderr, with the counts."""
    last = done.stderr.splitlines()[-1]
    assert is_summary(last), done.stderr
    return last
