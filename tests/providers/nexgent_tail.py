"""Runs ``wscli tail nexgent`` against its fake, for the two files of tests about it."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

from tests.harness.process import Finished, Runner, Running
from tests.harness.waiting import eventually
from tests.providers.fake_nexgent import EMAIL, PASSWORD, FakeNexgent
from tests.providers.fake_nexgent_frames import AGENT

FASTER = 75  # the profile's 75 s of silence become 1 s, its first wait of 5 s becomes 67 ms
LONG = 3600.0  # seconds: longer than any test
SOL = "So11111111111111111111111111111111111111112"


def given(**secrets: str) -> dict[str, str]:
    """The environment that holds these secrets, for the bundled profile and for a copy of it."""
    return {
        f"{prefix}NEXGENT_{name.upper()}": text
        for name, text in secrets.items()
        for prefix in ("", "WSCLI_")
    }


LOGIN = given(email=EMAIL, password=PASSWORD)


class Tail:
    """Starts ``wscli tail nexgent`` against the fake, with a good token if nothing else is said,
    and waits until it is connected.
    """

    def __init__(self, wscli: Runner, fake: FakeNexgent) -> None:
        self._wscli = wscli
        self._fake = fake

    def start(
        self,
        *args: str | Path,
        profile: str | Path = "nexgent",
        server: str | None = None,
        agent: str = AGENT,
        env: Mapping[str, str] | None = None,
    ) -> Running:
        """Without waiting."""
        where = ("--server", server or self._fake.url, "--agent", agent)
        secrets = given(token=self._fake.accounts.access_token(EMAIL)) if env is None else env
        return self._wscli.start("tail", profile, *where, *args, env=secrets)

    def __call__(
        self,
        *args: str | Path,
        profile: str | Path = "nexgent",
        server: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Running:
        before = len(self._fake.admitted)
        running = self.start(*args, profile=profile, server=server, env=env)
        eventually(lambda: running.ended or len(self._fake.admitted) > before, what="a connection")
        assert not running.ended, f"it ended instead of connecting: {running.stderr}"
        with self._fake.admitted[-1].speaking:  # its first frames are on their way
            pass
        return running


def interrupted(running: Running) -> Finished:
    """The run, ended from outside as Ctrl-C does it."""
    running.signal(signal.SIGINT)
    return running.finish()


def assert_plain(done: Finished) -> None:
    """Nothing of a program's insides on stderr, and nothing secret."""
    for strange in ("Traceback", "Exception", PASSWORD, EMAIL):
        assert strange not in done.stderr
