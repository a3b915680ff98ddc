"""Makes docs/table.svg from the real table: plays the simulator's messages into the reporter.

Run it from the top of the repository: `.venv/bin/python docs/make_table_picture.py`.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from wscli.inspection.inspector import Inspector
from wscli.inspection.plans import Selection, Validation
from wscli.inspection.statistics import Statistics
from wscli.loader.load import load_profile
from wscli.messages.classify import Decoder
from wscli.model.instant import Instant
from wscli.model.record import Batch, Item, StateEvent, StateRecord
from wscli.output.base import Stage
from wscli.output.table import TableReporter
from wscli.tables.tables import Tables

WIDTH, HEIGHT = 100, 17
NOW = Instant(1936.0, 1779805936.0)  # 2026-05-26T14:32:16Z


class Nowhere:
    """An outlet that is a terminal and shows nothing."""

    isatty = True

    def write(self, data: bytes) -> None:
        """Drop it."""

    def size(self) -> tuple[int, int]:
        """Give the picture's columns and rows."""
        return WIDTH, HEIGHT


def updates() -> Iterator[tuple[float, bytes]]:
    """Make updates of a few assets: how many seconds ago each came, and its frame."""
    rng = random.Random(7)
    states = {
        "bSOL": "PEGGED",
        "hyloSOL+": "PEGGED",
        "INF": "DRIFT",
        "jitoSOL": "PEGGED",
        "jupSOL": "DEPEG",
        "mSOL": "PEGGED",
    }
    fair = {asset: rng.uniform(190, 240) for asset in states}
    for ago in sorted((rng.uniform(0.2, 28) for _ in range(40)), reverse=True):
        asset = rng.choice(list(states))
        gap = {"PEGGED": 0.0004, "DRIFT": 0.0034, "DEPEG": 0.021}[states[asset]]
        fair[asset] *= rng.uniform(0.9995, 1.0005)
        sent = datetime.fromtimestamp(NOW.wall - ago - rng.uniform(0.04, 0.2), UTC)
        payload = {
            "state": states[asset],
            "previous_state": "PEGGED" if states[asset] != "PEGGED" else "DRIFT",
            "discount": f"{-gap:.4f}",
            "intrinsic_usd": f"{fair[asset]:.2f}",
            "market_usd": f"{fair[asset] * (1 - gap):.2f}",
            "confidence": f"{rng.uniform(0.9, 1):.2f}",
            "ts": sent.isoformat(timespec="milliseconds"),
        }
        yield ago, json.dumps({"op": "update", "asset": asset, "payload": payload}).encode()


def main() -> None:
    """Write the picture."""
    profile = load_profile("pegana", {})
    start = Instant(NOW.monotonic - 936, NOW.wall - 936)
    statistics = Statistics(started=start)
    inspector = Inspector(profile, {}, Selection(), Validation.WARN, statistics)
    tables = Tables(profile.tables, profile.messages)
    stage = Stage(Nowhere(), profile, tables, statistics, colour=True, blocks=True, keys=True)
    reporter = TableReporter(stage)
    decoder = Decoder(profile)

    def show(items: Sequence[Item], ago: float) -> None:
        at = Instant(NOW.monotonic - ago, NOW.wall - ago)
        reporter.report(inspector.inspect(Batch(list(items), at, 1, 1000)))
        reporter.snapshot(at, (WIDTH, HEIGHT))

    connected = "connected to wss://api.pegana.xyz/v1/ws"
    show([StateRecord(StateEvent.CONNECTED, connected, start, 1)], 936)
    for ago, frame in updates():
        show(list(decoder.messages([frame])), ago)
    show(list(decoder.messages([b'{"op":"heartbeat","ts":"2026-05-26T14:32:16Z"}'])), 0.1)
    now = NOW
    lines = reporter.snapshot(now, (WIDTH, HEIGHT))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join(lines)))
    picture = console.export_svg(title="wscli tail pegana")
    # Rich's fonts lie on somebody's server; a reader's own monospace font does as well.
    Path("docs/table.svg").write_text(re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL))
    print(f"docs/table.svg: {Path('docs/table.svg').stat().st_size} bytes")


if __name__ == "__main__":
    main()
