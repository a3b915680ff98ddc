"""How long until the first message is on the pipe: wscli and wscat in turn, in the same minute.

    .venv/bin/python benchmarks/start_up.py [--runs 9] [--wscat PATH]

A server on loopback sends one update as soon as it is connected to. wscat is looked for on PATH;
without it wscli is measured alone. What counts is the ratio: machines are noisy.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

UPDATE = (
    '{"op":"update","asset":"jitoSOL","payload":{"state":"DRIFT","previous_state":"PEGGED",'
    '"discount":"-0.0034","intrinsic_usd":"213.42","market_usd":"212.69","confidence":"0.98",'
    '"ts":"2026-05-26T14:32:11Z"}}'
)


def greet(connection: ServerConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        connection.send(UPDATE)
        connection.recv()


def first_message(command: list[str]) -> float:
    """Give the seconds until the command's first line."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        taken = time.perf_counter() - begun
        process.kill()
    assert b"jitoSOL" in line, f"{command[0]} said {line!r}"
    return taken


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--wscat", default=shutil.which("wscat"))
    given = parser.parse_args()
    with serve(greet, "127.0.0.1", 0, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        wscli = str(Path(sys.executable).with_name("wscli"))
        commands = {"wscli": [wscli, "tail", "pegana", "--url", url]}
        if given.wscat:
            commands["wscat"] = [given.wscat, "-c", f"{url}/"]
        for command in commands.values():
            first_message(command)
        runs = [
            [first_message(command) for command in commands.values()] for _ in range(given.runs)
        ]
    for name, taken in zip(commands, zip(*runs, strict=True), strict=True):
        print(f"{name}: median {statistics.median(taken) * 1000:.0f} ms of {given.runs} runs")
    if given.wscat:
        ratio = statistics.median(own / other for own, other in runs)
        print(f"wscli takes {ratio:.2f} times as long as wscat")


if __name__ == "__main__":
    main()
