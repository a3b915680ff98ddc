"""What the live table costs: the share of one core that 50 rows of 8 columns at 5,000 messages a
second take.

    .venv/bin/python benchmarks/table_cost.py [--runs 5] [--seconds 8] [--rate 5000]

A server on loopback pushes small updates at a steady pace; wscli shows them on a terminal of 80
by 60, which is read all the time and checked for frames that are torn: each must be whole, between
the marks of a synchronised update. What counts is the processor time of wscli, user and system
together, over the time on the wall, once it has started. The goal is 25 % of one core or less.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

ROWS, COLUMNS = 50, 8
BEGIN, END = b"\x1b[?2026h", b"\x1b[?2026l"
NAMES = [f"c{number}" for number in range(1, COLUMNS)]
PROFILE = f"""\
wscli: 1
name: cost
connect: {{url: "ws://127.0.0.1:1/"}}
discriminator: .type
messages:
  tick:
    role: data
    time: .ts
    schema: {{type: object, required: [key], properties: {{key: {{type: string}}}}}}
    rows: {{table: ticks, set: {{key: .key, {", ".join(f"{name}: .{name}" for name in NAMES)}}}}}
    examples: [{{type: tick, key: a}}]
tables:
  ticks: {{key: key, sort: key, columns: {{c1: {{format: price}}, c2: {{style: sign}}}}}}
keepalive: {{silence: 30s}}
"""


class Pusher:
    """Sends one update after the other, ``rate`` a second, in small bursts as a provider does."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.sent = 0

    def __call__(self, connection: ServerConnection) -> None:
        begun, sent = time.perf_counter(), 0
        pause = threading.Event()
        with contextlib.suppress(ConnectionClosed, OSError):
            while True:
                due = int((time.perf_counter() - begun) * self.rate)
                for number in range(sent, due):
                    connection.send(update(number))
                self.sent += due - sent
                sent = due
                pause.wait(0.002)


def update(number: int) -> str:
    key = number * 7 % ROWS
    cells = ",".join(
        f'"{name}":"{(number * (index + 3)) % 997}.{number % 10}"'
        for index, name in enumerate(NAMES)
    )
    return f'{{"type":"tick","key":"row{key:02}","ts":{time.time():.6f},{cells}}}'


class Terminal:
    """Reads what comes to a pseudo-terminal, and looks at each frame."""

    def __init__(self, master: int) -> None:
        self.bytes = self.frames = self.torn = 0
        self._master = master
        self._rest = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 1 << 16):
                self.bytes += len(data)
                *whole, self._rest = (self._rest + data).split(END)
                self.frames += len(whole)
                self.torn += sum(frame.count(BEGIN) != 1 for frame in whole)


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def share_of_a_core(url: str, profile: Path, seconds: float) -> tuple[float, Terminal]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 80, 0, 0))
    terminal = Terminal(master)
    wscli = str(Path(sys.executable).with_name("wscli"))
    with subprocess.Popen(
        [wscli, "tail", str(profile), "--url", url],
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color"},
    ) as process:
        while terminal.frames < 8:  # it has started, and what is made once is made
            time.sleep(0.1)
        begun, used = time.perf_counter(), processor_seconds(process.pid)
        time.sleep(seconds)
        share = (processor_seconds(process.pid) - used) / (time.perf_counter() - begun)
        process.send_signal(signal.SIGINT)
    os.close(slave)
    return share, terminal


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rate", type=int, default=5000)
    given = parser.parse_args()
    pusher = Pusher(given.rate)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(pusher, "127.0.0.1", 0, compression=None) as server,
    ):
        profile = Path(folder, "cost.yaml")
        profile.write_text(PROFILE)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        shares = []
        for _ in range(given.runs):
            sent, begun = pusher.sent, time.perf_counter()
            share, terminal = share_of_a_core(url, profile, given.seconds)
            rate = (pusher.sent - sent) / (time.perf_counter() - begun)
            shares.append(share)
            print(
                f"{share:.1%} of a core · about {rate:,.0f} messages/s sent · "
                f"{terminal.frames} frames, {terminal.torn} torn · {terminal.bytes:,} bytes drawn"
            )
    print(f"median {statistics.median(shares):.1%} of {given.runs} runs (goal: 25 %)")


if __name__ == "__main__":
    main()
