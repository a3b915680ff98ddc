"""Runs ``wscli tail shuriken`` against its fake, for the two files of tests about it."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.harness.process import Finished, Runner, Running
from tests.harness.profiles import bundled
from tests.harness.waiting import eventually
from tests.providers.fake_shuriken import FakeShuriken
from tests.providers.fake_shuriken_frames import frame
from tests.providers.fake_shuriken_rest import KEY
from tests.providers.fake_shuriken_socket import Client

ENV = {"SHURIKEN_API_KEY": KEY, "WSCLI_SHURIKEN_API_KEY": KEY}  # the latter for a copy
SWAPS = "svm.token.swaps,tokenAddress=So111"
SIGNALS = "alpha.signalFeedGlobal"  # a private channel
AUTOMATION = "automation.updates"  # a presence channel

__all__ = ["AUTOMATION", "ENV", "KEY", "SIGNALS", "SWAPS"]


class Tail:
    """Starts the command with the key in the environment; a call waits until it has subscribed to
    all of its streams.
    """

    def __init__(self, wscli: Runner, fake: FakeShuriken) -> None:
        self._wscli = wscli
        self._fake = fake

    def start(
        self,
        *args: str | Path,
        streams: Sequence[str] = (SWAPS,),
        profile: str | Path = "shuriken",
        env: Mapping[str, str] = ENV,
    ) -> Running:
        """Without waiting."""
        wanted = [word for stream in streams for word in ("--stream", stream)]
        where = () if "--url" in args else ("--server", self._fake.http_url)
        return self._wscli.start("tail", profile, *where, *wanted, *args, env=env)

    def __call__(
        self,
        *args: str | Path,
        streams: Sequence[str] = (SWAPS,),
        profile: str | Path = "shuriken",
        env: Mapping[str, str] = ENV,
    ) -> Running:
        running = self.start(*args, streams=streams, profile=profile, env=env)
        self.wait_subscribed(running, streams)
        return running

    def wait_subscribed(self, running: Running, streams: Sequence[str] = (SWAPS,)) -> None:
        """Wait until the one client has subscribed to these streams."""
        wanted = {channel(self._fake, stream) for stream in streams}

        def look() -> bool:
            clients = self._fake.clients
            return running.ended or (bool(clients) and wanted <= set(clients[-1].channels))

        eventually(look, what="subscriptions")
        assert not running.ended, f"it ended instead of subscribing: {running.stderr}"


def channel(fake: FakeShuriken, stream: str) -> str:
    """The channel of a stream as it is written on the command line."""
    name, *filters = stream.split(",")
    return fake.channel(name, **dict(one.split("=") for one in filters))


def line(fake: FakeShuriken, stream: str, payload: object) -> bytes:
    """What is printed of a message: its data unpacked."""
    return frame("update", payload, channel=channel(fake, stream), form="object").encode()


def changed(folder: Path, old: str, new: str) -> Path:
    """A copy of the profile in which a piece of its text is another."""
    text = bundled("shuriken").read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is in the profile {text.count(old)} times"
    copy = folder / "shuriken.yaml"
    own = text.replace("env: SHURIKEN", "env: WSCLI_SHURIKEN")  # all that a copy may read
    copy.write_text(own.replace(old, new), encoding="utf-8")
    return copy


def keepalive(folder: Path, *, quiet: str, within: str) -> Path:
    """A copy of the profile with other times for its ping, laid over the base's."""
    ping = f"{{every: {{most: {quiet}}}, within: {within}}}"
    return changed(folder, "\nreconnect:\n", f"\nkeepalive: {{ping: {ping}}}\n\nreconnect:\n")


def wait_said(client: Client, event: str, times: int = 1) -> list[dict[str, Any]]:
    """Wait until a client has sent frames of an event; return them."""
    eventually(lambda: len(client.said(event)) >= times, what=f"{event}, {times} times")
    return client.said(event)


def session(fake: FakeShuriken, *without: str, **connection: Any) -> bytes:
    """A session's answer for SIGNALS with other words for the connection, or none."""
    told = {
        "provider": "pusher",
        "appKey": fake.pusher.key,
        "wsHost": "127.0.0.1",
        "wsPort": int(fake.url.rpartition(":")[2]),
        "forceTls": False,
        "authEndpoint": f"{fake.http_url}/api/v2/ws/auth",
        **connection,
    }
    subscription = {"stream": SIGNALS, "channel": "private-signal-global", "event": "update"}
    whole = {
        "connection": {name: value for name, value in told.items() if name not in without},
        "session": {"recommendedReconnectBackoffMs": [1000, 2000, 4000]},
        "subscriptions": [{**subscription, "visibility": "public"}],
    }
    return json.dumps({name: part for name, part in whole.items() if name not in without}).encode()


def interrupted(running: Running) -> Finished:
    """The run, ended from outside as Ctrl-C does it."""
    running.signal(signal.SIGINT)
    done = running.finish()
    assert "Traceback" not in done.stderr
    return done


def told(done: Finished | Running, pattern: str) -> list[str]:
    """The lines on stderr in which the pattern is found."""
    return [said for said in done.stderr.splitlines() if re.search(pattern, said)]


def delays(done: Finished | Running) -> Iterator[float]:
    """The seconds of each wait that was announced; 0 for none."""
    for said in told(done, "reconnecting"):
        found = re.search(r"reconnecting in ([\d.]+) (ms|s)$", said)
        if found is None:
            assert said.endswith("reconnecting at once"), said
            yield 0.0
        else:
            yield float(found[1]) * (0.001 if found[2] == "ms" else 1)
