"""Makes docs/table.svg from the real table: plays the simulator's messages into the reporter.

Run it from the top of the repository: `.venv/bin/python docs/make_table_picture.py`.
"""

from __future__ import annotations

import io
import json
import random
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from wscli.inspection.inspector import Inspector
from wscli.inspection.plans import Selection, Validation
from wscli.inspection.statistics import Statistics
from wscli.loader.load import load_profile
from wscli.messages.classify import Decoder
from wscli.model.instant import Instant
from wscli.model.record import Batch, StateEvent, StateRecord
from wscli.output.base import Stage
from wscli.output.table import TableReporter
from wscli.tables.tables import Tables

WIDTH, HEIGHT = 100, 16


class Nowhere:
    """An outlet that is a terminal and shows nothing."""

    isatty = True

    def write(self, data: bytes) -> None:
        """Drop it."""

    def size(self) -> tuple[int, int]:
        """Give the picture's columns and rows."""
        return WIDTH, HEIGHT


def frames() -> list[bytes]:
    """Make one update for each of a few assets."""
    rng = random.Random(7)
    states = ("PEGGED", "PEGGED", "DRIFT", "PEGGED", "DEPEG", "PEGGED")
    assets = ("bSOL", "hyloSOL+", "INF", "jitoSOL", "jupSOL", "mSOL")
    made = []
    for asset, state in zip(assets, states, strict=True):
        fair = rng.uniform(190, 240)
        gap = {"PEGGED": 0.0004, "DRIFT": 0.0034, "DEPEG": 0.021}[state]
        payload = {
            "state": state,
            "previous_state": "PEGGED" if state != "PEGGED" else "DRIFT",
            "discount": f"{-gap:.4f}",
            "intrinsic_usd": f"{fair:.2f}",
            "market_usd": f"{fair * (1 - gap):.2f}",
            "confidence": f"{rng.uniform(0.9, 1):.2f}",
            "ts": f"2026-05-26T14:{rng.randrange(10, 32)}:11Z",
        }
        made.append(json.dumps({"op": "update", "asset": asset, "payload": payload}).encode())
    return [*made, b'{"op":"heartbeat","ts":"2026-05-26T14:32:16Z"}']


def main() -> None:
    """Write the picture."""
    profile = load_profile("pegana", {})
    start = Instant(1000.0, 1779805000.0)
    now = Instant(1936.0, 1779805936.0)
    statistics = Statistics(started=start)
    inspector = Inspector(profile, {}, Selection(), Validation.WARN, statistics)
    tables = Tables(profile.tables, profile.messages)
    reporter = TableReporter(Stage(Nowhere(), profile, tables, statistics, colour=True))
    connected = StateRecord(
        StateEvent.CONNECTED, "connected to wss://api.pegana.xyz/v1/ws", start, 1
    )
    items = [connected, *Decoder(profile).messages(frames())]
    at = Instant(now.monotonic - 3, now.wall - 3)
    reporter.report(inspector.inspect(Batch(items, at, 1, 1000)))
    lines = reporter.snapshot(now, (WIDTH, HEIGHT))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join(lines)))
    picture = console.export_svg(title="wscli tail pegana")
    # Rich's fonts lie on somebody's server; a reader's own monospace font does as well.
    Path("docs/table.svg").write_text(re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL))
    print(f"docs/table.svg: {Path('docs/table.svg').stat().st_size} bytes")


if __name__ == "__main__":
    main()
